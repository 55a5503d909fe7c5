//! What replay prints, from `docs/recording-format.md`: each event placed into its segment, and the
//! summary.

use tapbench::engine::parameters::Parameter;
use tapbench::engine::{AbsentRule, PartialWindow, ProximityCheck, Rules, TapRule, UnlockRule};

use super::Filter;
use super::model::Event;
use super::recording::{Kind, Recording, Segment};

/// `numerator / denominator` to `places` decimals, half away from zero, "numbers without trailing
/// zeros".
pub fn decimal(numerator: i64, denominator: i64, places: u32) -> String {
    let scale = 10_i64.pow(places);
    let doubled = 2 * numerator.abs() * scale + denominator;
    let rounded = doubled / (2 * denominator);
    let sign = if numerator < 0 && rounded > 0 { "-" } else { "" };
    let digits = format!("{}.{:0places$}", rounded / scale, rounded % scale, places = places as usize);
    format!("{sign}{}", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// One line of `--format jsonl`.
pub fn event_line(event: &Event, recording: &Recording) -> String {
    let mut line = format!("{{\"t_us\":{}", event.t_us);
    // "`source` (after `t_us`) is there when the header names more than one source."
    if recording.sources.len() > 1 {
        line += &format!(",\"source\":\"{}\"", event.source);
    }
    line += &format!(",\"band\":\"{}\",\"event\":\"{}\"", event.band, event.name);
    // "… the window mean in dBm, rounded half away from zero to 2 decimals, on `tap`, `present` and
    // `away` that come from a sample."
    if let Some((sum, n)) = event.mean {
        line += &format!(",\"mean\":{}", decimal(sum, n, 2));
    }
    // "The smallest id of the segments that contain the event (by time, band and source; `note`
    // included); left out where there is none."
    let holding =
        recording.segments().into_iter().filter(|s| s.contains(event.t_us, &event.source, &event.band));
    if let Some(id) = holding.map(|s| s.id).min() {
        line += &format!(",\"segment\":{id}");
    }
    line + "}"
}

/// The last line of `--format jsonl`.
pub fn summary_line(events: &[Event], recording: &Recording, rules: &Rules, filter: &Filter) -> String {
    let mut samples = 0;
    let mut pairs = Vec::new();
    for row in &recording.rows {
        if let Kind::Rssi { source, band, rssi } = &row.kind {
            let source = recording.source_of(source.as_ref());
            if *rssi != 127 && filter.evaluates(&source, band) {
                samples += 1;
                pairs.push((source, band));
            }
        }
    }
    pairs.sort();
    pairs.dedup();

    // A segment of a band or a dongle that is not evaluated is not judged.
    let judged = |segment: &Segment| {
        let (band, source) = segment.limits();
        band.is_none_or(|b| filter.bands.is_empty() || filter.bands.iter().any(|f| f == b))
            && source.is_none_or(|s| filter.sources.is_empty() || filter.sources.iter().any(|f| f == s))
    };
    let segments: Vec<Segment> = recording.segments().into_iter().filter(judged).collect();
    let inside = |segment: &Segment, name: &str| -> Vec<i64> {
        events
            .iter()
            .filter(|e| e.name == name && segment.contains(e.t_us, &e.source, &e.band))
            .map(|e| e.t_us)
            .collect()
    };
    let of = |intent: &str| -> Vec<&Segment> { segments.iter().filter(|s| s.intent == intent).collect() };

    // "A `tap` segment is hit when at least one tap lies in it, missed when none does, double when
    // more than one does (and then also hit)."
    let taps_in: Vec<Vec<i64>> = of("tap").iter().map(|s| inside(s, "tap")).collect();
    let hit = taps_in.iter().filter(|taps| !taps.is_empty()).count();
    let double = taps_in.iter().filter(|taps| taps.len() > 1).count();
    // "Its latency is the first tap's `t_us` less the segment's begin."
    let mut latencies: Vec<i64> = of("tap")
        .iter()
        .zip(&taps_in)
        .filter_map(|(segment, taps)| taps.first().map(|t_us| t_us - segment.begin_us))
        .collect();
    latencies.sort_unstable();
    // "`false_taps` counts taps, not segments."
    let false_taps: usize = of("no_tap").iter().map(|s| inside(s, "tap").len()).sum();
    let failed = |intent: &str, fails: &dyn Fn(&Segment) -> bool| {
        let all = of(intent);
        let failed = all.iter().filter(|s| fails(s)).count();
        format!("\"{intent}\":{{\"count\":{},\"failed\":{failed}}}", all.len())
    };
    // "`stay` fails on an `away` in it; `leave` without a `locked` in it; `return` without an
    // `unlocked` in it"; "with gate … `return` segments are not judged".
    let stay = failed("stay", &|s| !inside(s, "away").is_empty());
    let leave = failed("leave", &|s| inside(s, "locked").is_empty());
    let gate = rules.model.unlock_rule == UnlockRule::Gate;
    let back = failed("return", &|s| !gate && inside(s, "unlocked").is_empty());

    // "Percentiles are nearest-rank over all latencies, in ms with up to 3 decimals."
    let percentile = |p: usize| decimal(latencies[(p * latencies.len()).div_ceil(100) - 1], 1000, 3);
    let latency = if latencies.is_empty() {
        "null".to_owned()
    } else {
        let [p50, p90, p99, max] = [50, 90, 99, 100].map(percentile);
        format!("{{\"p50\":{p50},\"p90\":{p90},\"p99\":{p99},\"max\":{max}}}")
    };
    let taps: Vec<&Event> = events.iter().filter(|e| e.name == "tap").collect();
    // "`unlabelled_taps` those in no `tap` or `no_tap` segment."
    let labelled = |e: &Event| {
        segments
            .iter()
            .any(|s| matches!(s.intent, "tap" | "no_tap") && s.contains(e.t_us, &e.source, &e.band))
    };
    let unlabelled = taps.iter().filter(|e| !labelled(e)).count();
    format!(
        "{{\"summary\":{{\"samples\":{samples},\"bands\":{},\"duration_s\":{},\"taps\":{},\"segments\":{{\
         \"tap\":{{\"count\":{},\"hit\":{hit},\"missed\":{},\"double\":{double}}},\
         \"no_tap\":{{\"count\":{},\"false_taps\":{false_taps}}},{stay},{leave},{back}}},\
         \"tap_latency_ms\":{latency},\"unlabelled_taps\":{unlabelled},{}}}}}",
        pairs.len(),
        decimal(recording.last_t_us(), 1_000_000, 6),
        taps.len(),
        taps_in.len(),
        taps_in.len() - hit,
        of("no_tap").len(),
        rules_json(rules),
    )
}

fn rules_json(rules: &Rules) -> String {
    let parameters: Vec<String> = Parameter::ALL
        .iter()
        .filter_map(|p| rules.parameters.get(*p).map(|value| format!("\"{}\":{value}", p.key())))
        .collect();
    let m = &rules.model;
    let p = &rules.policy;
    format!(
        "\"parameters\":{{{}}},\"model\":{{\"partial_window\":\"{}\",\"tap_rule\":\"{}\",\
         \"rearm_hysteresis_db\":{},\"rearm_cooldown_ms\":{},\"proximity_check\":\"{}\",\
         \"absent_rule\":\"{}\",\"absent_after_s\":{},\"lock_countdown_s\":{},\"unlock_rule\":\"{}\"}},\
         \"policy\":{{\"lock_when_away\":{},\"unlock_when_present\":{},\"keep_unlocked_when_present\":{}}}",
        parameters.join(","),
        if m.partial_window == PartialWindow::Wait { "wait" } else { "use" },
        if m.tap_rule == TapRule::Mean { "mean" } else { "every-sample-above" },
        m.rearm_hysteresis_db,
        m.rearm_cooldown_ms,
        if m.proximity_check == ProximityCheck::EveryWindow { "every-window" } else { "every-sample" },
        if m.absent_rule == AbsentRule::NoSample { "no-sample" } else { "not-close" },
        m.absent_after_s,
        m.lock_countdown_s,
        if m.unlock_rule == UnlockRule::OnPresent { "on-present" } else { "gate" },
        p.lock_when_away,
        p.unlock_when_present,
        p.keep_unlocked_when_present,
    )
}
