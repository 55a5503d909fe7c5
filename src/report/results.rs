//! Parameters before and after, what the model predicts beside what NBE confirmed, and each
//! segment's verdict.

use super::confirmed::{self, Confirmed, Share};
use super::html::{escape, outside, paragraph, section, table};
use super::{Proposed, Recorded, Replayed, Report};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::{JudgedSegment, Summary, Verdict, whole_milliseconds};

/// Segments beyond this are counted, not listed.
const LISTED: usize = 400;

/// The section on parameters, that on predictions and that on segments.
pub(super) fn write(out: &mut String, report: &Report) {
    section(out, "parameters", "Parameters", &parameters(report));
    section(out, "results", "Predicted and confirmed", &predicted(report));
    section(out, "segments", "Results per segment", &segments(report));
}

fn parameters(report: &Report) -> String {
    let mut out = String::new();
    paragraph(
        &mut out,
        match report.proposed {
            Proposed::Given => "The values after were given for this report.",
            Proposed::Recommended => {
                "The values after are those that tapbench recommends; what has no evidence stays as it is."
            }
            Proposed::Unchanged => "No change is proposed: the values after are those before.",
        },
    );
    let value = |v: Option<i32>| v.map_or("not known".to_owned(), |v| v.to_string());
    let rows: Vec<_> = Parameter::ALL
        .into_iter()
        .map(|p| {
            let (b, a) = (value(report.before.get(p)), value(report.parameters().get(p)));
            let change = if b == a { "unchanged" } else { "changed" };
            let hold = match (p, report.parameters().get(p), report.recommendation.rate_hz) {
                (Parameter::WindowTap | Parameter::WindowLong, Some(v), Some(hz)) => {
                    format!("{:.0} ms at {hz:.1} advertisements/s", f64::from(v) * 1000.0 / hz)
                }
                _ => String::new(),
            };
            let key = format!("<code>{}</code>", p.key());
            vec![key, b, a, change.to_owned(), p.spec().unit.to_owned(), hold, escape(p.spec().meaning)]
        })
        .collect();
    let caption = format!("Before: {}", report.before_from);
    let columns = ["parameter", "before", "after", "change", "unit", "at the measured rate", "meaning"];
    table(&mut out, &caption, &columns, &rows);
    out
}

fn total<'r>(replays: impl Iterator<Item = &'r Replayed>) -> Summary {
    let mut sum = Summary::default();
    for replay in replays {
        sum.add(&replay.outcome.summary);
    }
    sum
}

/// What the model predicts for one intent, as the table says it.
fn prediction(summary: &Summary, intent: Intent) -> (u64, String) {
    let of = |n: u64, count: u64| format!("{n} of {count}");
    match intent {
        Intent::Tap => {
            // As NBE is judged beside it: what is registered twice is not registered once.
            let (once, twice) = (summary.hit - summary.double, summary.double);
            let twice = if twice > 0 { format!(", {twice} registered twice") } else { String::new() };
            (summary.tap_count, of(once, summary.tap_count) + &twice)
        }
        Intent::NoTap => (summary.no_tap_count, format!("{} false taps", summary.false_taps)),
        intent => {
            let place = [Intent::Stay, Intent::Leave, Intent::Return].iter().position(|i| *i == intent);
            let demand = summary.proximity[place.unwrap_or(0)];
            let held = match demand.not_judged {
                0 => of(demand.count - demand.failed, demand.count),
                _ => "not judged: the model in use does not unlock by presence".to_owned(),
            };
            (demand.count, held)
        }
    }
}

fn predicted(report: &Report) -> String {
    let before = report.heard().all(|r| r.before.is_some());
    let before = before.then(|| total(report.heard().filter_map(|r| r.before.as_ref())));
    let after = total(report.heard().map(|r| &r.after));
    let confirmed = Confirmed::of(&report.recorded, report.parameters());
    let mut rows = Vec::new();
    for (intent, demand) in [
        (Intent::Tap, "tap: one tap is registered"),
        (Intent::NoTap, "no_tap: no tap is registered"),
        (Intent::Stay, "stay: never away"),
        (Intent::Leave, "leave: the terminal locks"),
        (Intent::Return, "return: the terminal unlocks"),
    ] {
        let (count, predicted) = prediction(&after, intent);
        let share = confirmed.as_ref().and_then(|c| c.share(intent));
        if count == 0 && share.is_none() {
            continue;
        }
        let judged = is_judged(report, intent);
        let not_judged = || "not judged: parameters not known".to_owned();
        let predicted = if judged { predicted } else { not_judged() };
        let before = before.as_ref().map_or_else(not_judged, |b| prediction(b, intent).1);
        let seen = share.map_or("not observed".to_owned(), |s: Share| s.to_string());
        rows.push(vec![escape(demand), count.to_string(), before, predicted, seen]);
    }
    let mut out = String::new();
    if rows.is_empty() {
        paragraph(&mut out, "No segment says what should have happened, so nothing was judged.");
    } else {
        let columns = [
            "demand",
            "segments",
            "model, before",
            "model, after: predicted",
            "NBE: confirmed, n of m observed",
        ];
        table(&mut out, "What the model predicts, and beside it what NBE was seen to do", &columns, &rows);
    }
    if let Some(confirmed) = confirmed.as_ref().filter(|confirmed| confirmed.predicted.of > 0) {
        paragraph(
            &mut out,
            &format!("Of what NBE was seen to do, the model predicts {} within 500 ms.", confirmed.predicted),
        );
    }
    match after.latencies.percentiles([50, 90, 99]) {
        Some(us) => {
            let [p50, p90, p99] = us.map(|us| format!("{} ms", whole_milliseconds(us)));
            paragraph(
                &mut out,
                &format!(
                    "Tap latency after, from the segment's begin to the tap: p50 {p50}, p90 {p90}, p99 {p99}."
                ),
            );
        }
        None => paragraph(&mut out, "Tap latency: no tap segment is hit."),
    }
    out
}

fn is_judged(report: &Report, intent: Intent) -> bool {
    match intent {
        Intent::Tap | Intent::NoTap => report.after.taps,
        _ => report.after.proximity,
    }
}

fn segments(report: &Report) -> String {
    let mut rows = Vec::new();
    let mut count = 0;
    for recorded in &report.recorded {
        for (place, segment) in recorded.after.outcome.segments.iter().enumerate() {
            count += 1;
            if count <= LISTED {
                rows.push(row(report, recorded, place, segment));
            }
        }
    }
    let mut out = String::new();
    if rows.is_empty() {
        paragraph(&mut out, "The recordings hold no segments.");
        return out;
    }
    let columns = [
        "segment",
        "intent",
        "distance",
        "from, s",
        "to, s",
        "before",
        "after",
        "NBE was seen to",
        "why it does not hold",
    ];
    table(&mut out, "Each segment with the parameters before and after", &columns, &rows);
    if count > LISTED {
        paragraph(&mut out, &format!("{} more segments are counted above and not listed.", count - LISTED));
    }
    out
}

fn row(report: &Report, recorded: &Recorded, place: usize, segment: &JudgedSegment) -> Vec<String> {
    let intent = segment.segment.intent;
    let seconds = |us: i64| format!("{:.1}", us as f64 / 1e6);
    let number = if report.recorded.len() > 1 {
        format!("{} {}", outside(report.name(&recorded.labelled.path)), segment.segment.id)
    } else {
        segment.segment.id.to_string()
    };
    let before = recorded.before.as_ref().and_then(|b| b.outcome.segments.get(place));
    let judged = is_judged(report, intent) && segment.judged && !recorded.labelled.is_unheard;
    let seen = if !confirmed::is_observed(recorded) || intent == Intent::Note {
        "not observed"
    } else if confirmed::was_met(recorded, segment) {
        "do so"
    } else {
        "do otherwise"
    };
    let why = segment.explain(&report.after.rules).filter(|_| judged).unwrap_or_default();
    vec![
        number,
        intent.name().to_owned(),
        segment.segment.distance_cm.map_or(String::new(), |cm| format!("{cm} cm")),
        seconds(segment.segment.begin_us),
        segment.end_us.map_or("the end".to_owned(), seconds),
        before.filter(|_| judged).map_or("not judged".to_owned(), |b| word(b, intent)),
        if judged { word(segment, intent) } else { "not judged".to_owned() },
        seen.to_owned(),
        escape(&why),
    ]
}

fn word(segment: &JudgedSegment, intent: Intent) -> String {
    match segment.verdict() {
        _ if intent == Intent::Note => "no demand".to_owned(),
        Verdict::FalseTaps(n) => format!("{n} false"),
        verdict => verdict.word().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::Demand;

    #[test]
    fn what_is_not_judged_is_not_counted_as_held() {
        let mut summary = Summary::default();
        summary.proximity[2] = Demand { count: 3, failed: 1, not_judged: 0 };
        assert_eq!(prediction(&summary, Intent::Return), (3, "2 of 3".to_owned()));
        summary.proximity[2] = Demand { count: 3, failed: 0, not_judged: 3 };
        let (_, words) = prediction(&summary, Intent::Return);
        assert_eq!(words, "not judged: the model in use does not unlock by presence");
    }

    #[test]
    fn what_is_registered_twice_is_not_registered_once() {
        let mut summary = Summary { tap_count: 12, hit: 11, missed: 1, double: 5, ..Summary::default() };
        assert_eq!(prediction(&summary, Intent::Tap), (12, "6 of 12, 5 registered twice".to_owned()));
        summary.double = 0;
        assert_eq!(prediction(&summary, Intent::Tap), (12, "11 of 12".to_owned()));
    }
}
