//! What people read of a replay: the events, the verdicts, the tap latency.

use std::fmt::Write;

use crate::cli::parameters::Resolved;
use crate::engine::Rules;
use crate::reading::Band;
use crate::recording::{BandId, Header, Names};
use crate::replay::{Filter, Latencies, Outcome, Placed, Summary, Verdict, whole_milliseconds};

/// More events than this are counted, not listed.
const LISTED: usize = 40;

/// Collects the events of one recording.
pub(super) struct Events {
    with_source: bool,
    named: Vec<Band>,
    rows: Vec<Row>,
    taps_beyond: u64,
    others_beyond: u64,
}

struct Row {
    text: String,
    band: BandId,
    in_segment: bool,
    lock_control: bool,
}

impl Events {
    pub(super) fn new(header: &Header, filter: &Filter) -> Self {
        Self {
            with_source: header.sources.len() > 1,
            named: filter.bands.clone(),
            rows: Vec::new(),
            taps_beyond: 0,
            others_beyond: 0,
        }
    }

    pub(super) fn event(&mut self, names: &Names, placed: &Placed) {
        use crate::engine::Event::Tap;
        let decision = &placed.decision;
        if self.rows.len() >= 50 * LISTED {
            let beyond = if decision.event == Tap { &mut self.taps_beyond } else { &mut self.others_beyond };
            *beyond += 1;
            return;
        }
        let band = names.band(placed.band);
        let source =
            if self.with_source { format!("  {:<12}", names.source(placed.source)) } else { String::new() };
        let mean = decision.mean.map_or(String::new(), |m| format!("{:.2}", m.as_dbm()));
        let segment = placed.segment.map_or(String::new(), |id| id.to_string());
        let band_text = band.map_or(String::new(), |b| b.to_string());
        let text = format!(
            "{:>12.3}{source}  {band_text:<17}  {:<19}  {mean:>8}  {segment:>7}",
            decision.t_us as f64 / 1e6,
            decision.event.name(),
        );
        self.rows.push(Row {
            text,
            band: placed.band,
            in_segment: placed.segment.is_some() || band.is_some_and(|b| self.named.contains(&b)),
            lock_control: decision.event.is_lock_control(),
        });
    }

    /// The whole table of one recording.
    pub(super) fn render(self, path: &str, outcome: &Outcome, resolved: &Resolved, color: bool) -> String {
        let mut out = String::new();
        let s = &outcome.summary;
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line(format!("{path}: {}", counts(s)));
        line(format!("  {}", used(resolved)));
        let segment_bands: Vec<_> = outcome.segments.iter().filter_map(|j| j.segment.band).collect();
        // A room full of strangers would lock and unlock on every line.
        let shown: Vec<_> = self
            .rows
            .iter()
            .filter(|r| !r.lock_control || r.in_segment || segment_bands.contains(&r.band))
            .collect();
        if !shown.is_empty() {
            let source = if self.with_source { "  source      " } else { "" };
            line(String::new());
            line(format!(
                "  {:>12}{source}  {:<17}  {:<19}  {:>8}  {:>7}",
                "t [s]", "band", "event", "mean", "segment"
            ));
        }
        for row in shown.iter().take(LISTED) {
            line(format!("  {}", row.text));
        }
        let beyond = shown.len().saturating_sub(LISTED) as u64 + self.taps_beyond + self.others_beyond;
        if beyond > 0 {
            line(format!("  … and {beyond} more events (--format jsonl prints them all)"));
        }
        if !outcome.segments.is_empty() {
            line(String::new());
            line(format!("  {}", verdict_counts(s)));
        }
        for judged in &outcome.segments {
            if let Some(why) = judged.explain(&resolved.rules) {
                let segment = &judged.segment;
                let mark = mark(judged.verdict(), color);
                line(format!("  {mark} segment {} ({}): {why}", segment.id, segment.intent.name()));
            }
        }
        out.push_str(&latency(&s.latencies));
        out
    }
}

/// The last lines where several recordings were replayed.
pub(super) fn total(recordings: usize, summary: &Summary) -> String {
    let mut out = format!("\n{recordings} recordings: {}\n  {}\n", counts(summary), verdict_counts(summary));
    out.push_str(&latency(&summary.latencies));
    out
}

fn mark(verdict: Verdict, color: bool) -> String {
    let word = verdict.word().to_uppercase();
    if color { format!("\x1b[1;31m{word}\x1b[0m") } else { word }
}

fn counts(s: &Summary) -> String {
    let bands = if s.bands == 1 { "band" } else { "bands" };
    let taps = if s.taps == 1 { "tap" } else { "taps" };
    let samples = if s.samples == 1 { "sample" } else { "samples" };
    format!(
        "{} {samples} of {} {bands} in {:.1} s, {} {taps}",
        s.samples,
        s.bands,
        s.duration_us as f64 / 1e6,
        s.taps
    )
}

fn verdict_counts(s: &Summary) -> String {
    let mut parts = Vec::new();
    if s.tap_count > 0 {
        let double = if s.double > 0 { format!(", {} double", s.double) } else { String::new() };
        parts.push(format!("tap: {} of {} hit{double}", s.hit, s.tap_count));
    }
    if s.no_tap_count > 0 {
        parts.push(format!("no_tap: {} false taps in {}", s.false_taps, s.no_tap_count));
    }
    for (demand, name) in s.proximity.iter().zip(["stay", "leave", "return"]) {
        if demand.not_judged > 0 {
            parts.push(format!("{name}: {} not judged", demand.not_judged));
        } else if demand.count > 0 {
            parts.push(format!("{name}: {} of {} held", demand.count - demand.failed, demand.count));
        }
    }
    if parts.is_empty() { "no segment makes a demand".into() } else { parts.join(" · ") }
}

/// The parameters and every switch that is not at its default.
fn used(resolved: &Resolved) -> String {
    let Rules { parameters, model, policy } = &resolved.rules;
    let mut parts: Vec<_> = parameters.iter().map(|(p, v)| format!("{p} {v}")).collect();
    parts.extend(changed(
        &serde_json::to_value(model),
        &serde_json::to_value(crate::engine::Model::default()),
    ));
    parts.extend(changed(
        &serde_json::to_value(policy),
        &serde_json::to_value(crate::engine::Policy::default()),
    ));
    parts.join(", ")
}

fn changed(
    now: &serde_json::Result<serde_json::Value>,
    default: &serde_json::Result<serde_json::Value>,
) -> Vec<String> {
    let (Ok(serde_json::Value::Object(now)), Ok(default)) = (now, default) else { return Vec::new() };
    now.iter().filter(|(k, v)| default.get(*k) != Some(*v)).map(|(k, v)| format!("{k} {v}")).collect()
}

/// Tap latency in a few lines: percentiles and a small histogram.
fn latency(latencies: &Latencies) -> String {
    const BARS: u32 = 6;
    let mut out = String::new();
    let Some([_, p50, p90, p99, max]) = latencies.percentiles([0, 50, 90, 99, 100]) else { return out };
    let ms = whole_milliseconds;
    let _ = writeln!(
        out,
        "\n  tap latency: p50 {} ms, p90 {} ms, p99 {} ms, slowest {} ms",
        ms(p50),
        ms(p90),
        ms(p99),
        ms(max)
    );
    let Ok(mut histogram) = hdrhistogram::Histogram::<u64>::new(3) else { return out };
    for us in latencies.as_slice() {
        histogram.saturating_record(u64::try_from(us / 1000).unwrap_or(0));
    }
    let (low, high) = (histogram.min() / 50 * 50, histogram.max());
    let step = ((high - low) / u64::from(BARS) + 1).next_multiple_of(50);
    let bars: Vec<_> = histogram.iter_linear(step).skip_while(|b| b.value_iterated_to() < low).collect();
    let most = bars.iter().map(hdrhistogram::iterators::IterationValue::count_since_last_iteration).max();
    for bar in bars {
        let count = bar.count_since_last_iteration();
        let width = (count * 30).div_ceil(most.unwrap_or(1).max(1));
        let blocks = "#".repeat(usize::try_from(width).unwrap_or(0));
        let upper = bar.value_iterated_to() + 1;
        let bar = format!("  {:>6} – {upper:<6} ms  {count:>5}  {blocks}", upper.saturating_sub(step));
        let _ = writeln!(out, "{}", bar.trim_end());
    }
    out
}
