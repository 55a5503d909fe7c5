//! The recommendation for people: the numbers first, then why, how sure, and what to beware of.

use std::fmt::Write;

use super::Tuned;
use crate::engine::Mean;
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::whole_milliseconds;
use crate::tuning::{Candidate, Counts, TapTuning, binomial_interval_95};

pub(super) fn render(tuned: &Tuned<'_>) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, tuned);
    out
}

fn write_all(out: &mut String, tuned: &Tuned<'_>) -> std::fmt::Result {
    let r = tuned.recommendation;
    recommended(out, tuned)?;
    writeln!(out, "\n{}", wrapped(&r.reason))?;
    if let Some(best) = r.tap.as_ref().and_then(|t| t.best.as_ref()) {
        how_sure(out, tuned, best)?;
    }
    if let Some(tap) = &r.tap {
        robustness(out, tap)?;
        several(out, tap)?;
        alternatives(out, tap)?;
    }
    if !r.warnings.is_empty() {
        writeln!(out, "\nBeware")?;
        for warning in &r.warnings {
            writeln!(out, "{}", indented(&format!("[{}] {}", warning.code, warning.text)))?;
        }
    }
    let rules = tuned.inputs.first().map(|i| &i.resolved.rules);
    if let Some(model) = rules.map(|r| r.model).filter(|m| *m != crate::engine::Model::default()) {
        let model = serde_json::to_string(&model).unwrap_or_default();
        writeln!(out, "\nModel in use: {model}")?;
    }
    Ok(())
}

fn recommended(out: &mut String, tuned: &Tuned<'_>) -> std::fmt::Result {
    let r = tuned.recommendation;
    if let Some(from) = tuned.transferred {
        writeln!(out, "Transferred: recorded with {from}, used for {} as asked.\n", tuned.dongle)?;
    }
    let Some(set) = r.recommended else {
        return writeln!(out, "Cannot be separated here: nothing is recommended.");
    };
    let now = tuned.inputs.first().map(|i| i.resolved.rules.parameters).unwrap_or_default();
    writeln!(out, "Recommended for {}", tuned.dongle)?;
    for (parameter, value) in set.iter() {
        let before = match now.get(parameter) {
            Some(before) if before == value => "as it is".into(),
            Some(before) => format!("now {before}"),
            None => "not published".into(),
        };
        let hold = match (parameter, r.rate_hz) {
            (Parameter::WindowTap | Parameter::WindowLong, Some(hz)) => {
                format!(
                    ", {:.0} ms at the {hz:.1} advertisements/s this bench hears",
                    f64::from(value) * 1000.0 / hz
                )
            }
            _ => String::new(),
        };
        writeln!(out, "  {:<19} {value:>5} {:<8} ({before}{hold})", parameter.key(), parameter.spec().unit)?;
    }
    if !r.left_alone.is_empty() {
        let keys: Vec<_> = r.left_alone.iter().map(|p| p.key()).collect();
        writeln!(out, "  left as they are, for want of evidence: {}", keys.join(", "))?;
    }
    Ok(())
}

fn how_sure(out: &mut String, tuned: &Tuned<'_>, best: &Candidate) -> std::fmt::Result {
    let Counts { hit, missed, false_taps, latencies, .. } = &best.counts;
    let no_taps = tuned.inputs.iter().map(|i| i.recording.count(Intent::NoTap)).sum::<usize>() as u64;
    let percent = |k, n| {
        let [low, high] = binomial_interval_95(k, n);
        format!("{:.0} to {:.0} %", low * 100.0, high * 100.0)
    };
    writeln!(out, "\nHow sure (95 %, exact binomial, both sides)")?;
    writeln!(out, "  missed taps   {missed} of {:<5} rate {}", hit + missed, percent(*missed, hit + missed))?;
    let shown = (*false_taps).min(no_taps);
    writeln!(out, "  false taps    {false_taps} in {no_taps:<5} rate {}", percent(shown, no_taps))?;
    for held in tuned.recommendation.tap.iter().flat_map(|t| &t.held_out) {
        writeln!(
            out,
            "  left out by {:<8} {} of {} taps missed, {} false taps in {}",
            held.by, held.missed, held.taps, held.false_taps, held.no_taps
        )?;
    }
    if let Some([p50, p90, p99]) = latencies.percentiles([50, 90, 99]) {
        let ms = whole_milliseconds;
        writeln!(out, "  tap latency   p50 {} ms, p90 {} ms, p99 {} ms", ms(p50), ms(p90), ms(p99))?;
    }
    if let Some((pair, counts)) = &tuned.recommendation.now {
        writeln!(
            out,
            "  as it is now  ({}, {} dBm): {} of {} taps missed, {} false taps, {} double",
            pair.window,
            pair.threshold_dbm,
            counts.missed,
            counts.hit + counts.missed,
            counts.false_taps,
            counts.double
        )?;
    }
    Ok(())
}

fn robustness(out: &mut String, tap: &TapTuning) -> std::fmt::Result {
    writeln!(out, "\nIf NBE hears less than this bench, or reads its rules otherwise")?;
    for variant in &tap.robustness {
        let Counts { missed, double, false_taps, .. } = variant.counts;
        writeln!(out, "  {:<26} {missed} missed, {double} double, {false_taps} false", variant.variant)?;
    }
    Ok(())
}

/// Where there are several recordings: whether one value serves them all, and which limit it.
fn several(out: &mut String, tap: &TapTuning) -> std::fmt::Result {
    let (Some(pair), false) = (tap.common_pair(), tap.recordings.is_empty()) else { return Ok(()) };
    let (window, threshold) = (pair.window, pair.threshold_dbm);
    let (asked, silent): (Vec<_>, Vec<_>) = tap.recordings.iter().partition(|r| r.has_say());
    writeln!(out, "\nError-free thresholds of each recording at window {window}")?;
    for recording in &asked {
        let runs: Vec<_> = recording.at(window).iter().map(|(low, high)| run(*low, *high)).collect();
        let shown = if runs.is_empty() { "none".into() } else { runs.join(", ") };
        writeln!(out, "  {shown:<12}  {}", recording.path)?;
    }
    if !silent.is_empty() {
        let paths: Vec<_> = silent.iter().map(|r| r.path.as_str()).collect();
        let text = format!("no tap and no no_tap segment, and so no say in it: {}", paths.join(", "));
        writeln!(out, "{}", indented(&text))?;
    }
    let holding: Vec<_> = asked.iter().filter_map(|r| Some((r, r.around(pair)?))).collect();
    let (all, holds) = (asked.len(), holding.len());
    if holds < all {
        writeln!(out, "  {threshold} holds at {holds} of {all}; these need their own:")?;
        for recording in asked.iter().filter(|r| r.around(pair).is_none()) {
            let own = recording.own.map_or("none is free of errors".into(), |p| {
                format!("window {}, threshold {}", p.window, p.threshold_dbm)
            });
            writeln!(out, "    {}: {own}", recording.path)?;
        }
        return Ok(());
    }
    let farthest = holding.iter().max_by_key(|(_, (low, _))| *low);
    let closest = holding.iter().min_by_key(|(_, (_, high))| *high);
    let (Some((far, (low, _))), Some((near, (_, high)))) = (farthest, closest) else { return Ok(()) };
    let others = if low == high {
        "1 dB to either side does not hold".into()
    } else {
        format!("{} hold", run(*low, *high))
    };
    writeln!(out, "  one value for all: {threshold}; {others} everywhere")?;
    if far.path == near.path {
        return writeln!(out, "  limited by {} on both sides", far.path);
    }
    writeln!(out, "  limited by {} (farther from 0) and {} (closer to 0)", far.path, near.path)
}

fn run(low: i32, high: i32) -> String {
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}

fn alternatives(out: &mut String, tap: &TapTuning) -> std::fmt::Result {
    if tap.alternatives.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat else was close")?;
    for c in &tap.alternatives {
        // Below 0 without an error: the means lie on the wrong side while a tap has not ended.
        let is_unended = |m: &Mean| m.sum < 0 && c.counts.missed == 0 && c.counts.false_taps == 0;
        let margin = c.margin.map_or("margin -".into(), |m| {
            if is_unended(&m) { "margin not known".into() } else { format!("margin {:.2} dB", m.as_dbm()) }
        });
        let p90 = c
            .counts
            .latencies
            .percentiles([90])
            .map_or("-".into(), |[us]| whole_milliseconds(us).to_string());
        writeln!(
            out,
            "  window {:>3}, threshold {:>4}: {} missed, {} false, {} double, {margin}, p90 {p90} ms, errors over all variants {}",
            c.pair.window,
            c.pair.threshold_dbm,
            c.counts.missed,
            c.counts.false_taps,
            c.counts.double,
            c.robust_cost
        )?;
    }
    Ok(())
}

fn wrapped(text: &str) -> String {
    lines(text, 96).join("\n")
}

fn indented(text: &str) -> String {
    lines(text, 92)
        .iter()
        .enumerate()
        .map(|(i, l)| format!("{}{l}", if i == 0 { "  " } else { "\n    " }))
        .collect()
}

fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
