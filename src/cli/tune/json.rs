//! The recommendation as one JSON object, with the contract's keys first.

use serde_json::{Map, Value, json};

use super::Tuned;
use crate::engine::Mean;
use crate::recording::Intent;
use crate::replay::{centi_dbm, decimal, milliseconds};
use crate::tuning::{Candidate, Counts, HeldOut, binomial_interval_95};

pub(super) fn render(tuned: &Tuned<'_>) -> Value {
    let r = tuned.recommendation;
    let best = r.tap.as_ref().and_then(|t| t.best.as_ref());
    let recommended = r.recommended.map_or(Value::Null, |set| {
        Value::Object(set.iter().map(|(p, v)| (p.key().to_owned(), v.into())).collect())
    });
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("recommended", recommended);
    put("reason", json!(r.reason));
    put("evidence", evidence(tuned, best));
    put("margin_db", margin(best.and_then(|b| b.margin)));
    put("latency_ms", best.map_or(Value::Null, |b| latency(&b.counts)));
    put("intervals", best.map_or(Value::Null, |b| intervals(tuned, &b.counts)));
    let held_out = r.tap.iter().flat_map(|t| &t.held_out).map(|h| (format!("by_{}", h.by), held_out(h)));
    put("held_out", Value::Object(held_out.collect()));
    let robustness = r.tap.iter().flat_map(|t| &t.robustness);
    put(
        "robustness",
        robustness
            .map(|v| {
                json!({"variant": v.variant, "hit": v.counts.hit, "missed": v.counts.missed,
                       "double": v.counts.double, "false_taps": v.counts.false_taps})
            })
            .collect(),
    );
    put("alternatives", r.tap.iter().flat_map(|t| &t.alternatives).map(candidate).collect());
    put("warnings", r.warnings.iter().map(|w| json!({"code": w.code, "text": w.text})).collect());
    put("left_alone", r.left_alone.iter().map(|p| p.key()).collect());
    put("dongle", json!(tuned.dongle.name()));
    put("transferred_from", json!(tuned.transferred.map(|d| d.name())));
    put("rate_hz", json!(r.rate_hz.map(|hz| rounded(hz, 2))));
    put(
        "now",
        r.now
            .as_ref()
            .map_or(Value::Null, |(pair, counts)| pair_counts(pair.window, pair.threshold_dbm, counts)),
    );
    put("proximity", proximity(tuned));
    put("recordings", recordings(tuned));
    let rules = tuned.inputs.first().map(|i| &i.resolved.rules);
    put("model", json!(rules.map(|r| r.model)));
    put("policy", json!(rules.map(|r| r.policy)));
    Value::Object(object)
}

fn evidence(tuned: &Tuned<'_>, best: Option<&Candidate>) -> Value {
    let count = |intent| tuned.inputs.iter().map(|i| i.recording.count(intent)).sum::<usize>();
    let counts = best.map(|b| &b.counts);
    let mut evidence = Map::new();
    evidence.insert(
        "tap".into(),
        json!({"count": count(Intent::Tap), "hit": counts.map(|c| c.hit), "missed": counts.map(|c| c.missed),
               "double": counts.map(|c| c.double)}),
    );
    evidence.insert(
        "no_tap".into(),
        json!({"count": count(Intent::NoTap), "false_taps": counts.map(|c| c.false_taps)}),
    );
    for (index, intent) in [Intent::Stay, Intent::Leave, Intent::Return].into_iter().enumerate() {
        let failed = tuned.recommendation.proximity.as_ref().map(|p| p.failures.failed[index]);
        evidence.insert(intent.name().into(), json!({"count": count(intent), "failed": failed}));
    }
    Value::Object(evidence)
}

fn margin(margin: Option<Mean>) -> Value {
    margin.map_or(Value::Null, |m| centi_dbm(m.centi_dbm()))
}

fn latency(counts: &Counts) -> Value {
    counts.latencies.percentiles([50, 90, 99]).map_or(
        Value::Null,
        |[p50, p90, p99]| json!({"p50": milliseconds(p50), "p90": milliseconds(p90), "p99": milliseconds(p99)}),
    )
}

fn intervals(tuned: &Tuned<'_>, counts: &Counts) -> Value {
    let no_taps = tuned.inputs.iter().map(|i| i.recording.count(Intent::NoTap)).sum::<usize>() as u64;
    let rounded = |ends: [f64; 2]| json!(ends.map(|end| rounded(end, 4)));
    json!({
        "miss_rate": rounded(binomial_interval_95(counts.missed, counts.missed + counts.hit)),
        "false_tap_rate": rounded(binomial_interval_95(counts.false_taps.min(no_taps), no_taps)),
    })
}

fn held_out(h: &HeldOut) -> Value {
    json!({"folds": h.folds, "tap": {"count": h.taps, "hit": h.taps - h.missed, "missed": h.missed},
           "no_tap": {"count": h.no_taps, "false_taps": h.false_taps}})
}

fn pair_counts(window: usize, threshold_dbm: i32, counts: &Counts) -> Value {
    json!({"rssi_window_tap": window, "rssi_tap_threshold": threshold_dbm, "hit": counts.hit,
           "missed": counts.missed, "double": counts.double, "false_taps": counts.false_taps,
           "latency_ms": latency(counts)})
}

fn candidate(c: &Candidate) -> Value {
    let mut value = pair_counts(c.pair.window, c.pair.threshold_dbm, &c.counts);
    if let Value::Object(object) = &mut value {
        object.insert("margin_db".into(), margin(c.margin));
        object.insert("robust_cost".into(), json!(c.robust_cost));
    }
    value
}

fn proximity(tuned: &Tuned<'_>) -> Value {
    tuned.recommendation.proximity.as_ref().map_or(Value::Null, |p| {
        json!({"rssi_window_long": p.window, "rssi_cutoff_close": p.close_dbm, "rssi_cutoff_far": p.far_dbm,
               "gap_db": p.gap_db, "time_to_lock_ms": p.time_to_lock_us.map(milliseconds)})
    })
}

fn recordings(tuned: &Tuned<'_>) -> Value {
    let Some(tap) = &tuned.recommendation.tap else { return json!([]) };
    let recordings = tap.recordings.iter().map(|r| {
        let windows: Vec<_> = r
            .at_window
            .iter()
            .enumerate()
            .flat_map(|(i, runs)| runs.iter().map(move |(low, high)| json!([i + 1, low, high])))
            .collect();
        json!({"recording": r.path, "error_free": windows,
               "own": r.own.map(|p| json!({"rssi_window_tap": p.window, "rssi_tap_threshold": p.threshold_dbm}))})
    });
    recordings.collect()
}

/// A float of our own, for people: so many places, and no trailing zeros.
#[expect(clippy::cast_possible_truncation, reason = "rates and Hertz are small")]
fn rounded(value: f64, places: u32) -> Value {
    decimal((value * f64::from(10u32.pow(places))).round() as i64, places)
}
