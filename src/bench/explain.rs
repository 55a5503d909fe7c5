//! Why it did or did not tap, in a sentence: for the instant under the pointer and for an event.

use crate::engine::parameters::Parameter;
use crate::engine::{Event, Mean, ProximityRule, TapRule, Zone};
use crate::replay::Placed;

use super::deck::Decided;
use super::time::time;
use super::trace::Trace;

/// What the engine thought of series number `series` at `t_us`; `None` before its first sample.
pub fn explain(trace: &Trace, decided: &Decided, series: usize, t_us: i64) -> Option<String> {
    let columns = trace.series.get(series)?;
    let heard = columns.t_us.place_behind(t_us);
    let last = heard.checked_sub(1)?;
    let rssi_dbm = columns.rssi_dbm.get(last)?;
    let age_us = t_us - columns.t_us.get(last)?;
    let mut words = vec![format!("sample {}", dbm(f64::from(rssi_dbm), 0))];
    if age_us > 1_000_000 {
        words.push(format!("heard {} before", time(age_us, 1)));
    }
    words.push(tap_words(trace, decided, series, heard)?);
    words.extend(check_words(decided, series, heard));
    Some(words.join(";  "))
}

/// The tap window behind the first `heard` samples.
fn tap_words(trace: &Trace, decided: &Decided, series: usize, heard: usize) -> Option<String> {
    let rssi_dbm = &trace.series.get(series)?.rssi_dbm;
    let value = |parameter| decided.rules.parameters.get(parameter);
    let Some(threshold) = value(Parameter::TapThreshold).filter(|t| *t != 0) else {
        return Some("BLE tap is off (threshold 0)".to_owned());
    };
    let window = value(Parameter::WindowTap).and_then(|w| usize::try_from(w).ok()).unwrap_or(1);
    let filled = window.min(heard);
    let samples: Vec<_> = rssi_dbm.iter(heard - filled..heard).map(i32::from).collect();
    if filled < window {
        return Some(format!("the window has {filled} of {window} samples"));
    }
    let mean = Mean { sum: samples.iter().sum(), n: i32::try_from(filled).unwrap_or(i32::MAX) };
    let above = samples.iter().filter(|r| **r > threshold).count();
    let distance = (mean.as_dbm() - f64::from(threshold)).abs();
    let relation = if mean.exceeds(threshold) {
        format!("{distance:.1} dB above {}", number(threshold))
    } else {
        format!("{distance:.1} dB short of {}", number(threshold))
    };
    let all = decided.rules.model.tap_rule == TapRule::EverySampleAbove;
    let why = if !mean.exceeds(threshold) {
        String::new()
    } else if all && above < window {
        ", and every one must be".to_owned()
    } else {
        not_rearmed(trace, decided, series, heard).map_or(String::new(), |why| format!(";  {why}"))
    };
    let mean = dbm(mean.as_dbm(), 1);
    Some(format!("mean of {window} = {mean}, {relation}; {above} of {window} samples above{why}"))
}

/// Why a window above the threshold behind the first `heard` samples is no tap; nothing where it is one.
fn not_rearmed(trace: &Trace, decided: &Decided, series: usize, heard: usize) -> Option<String> {
    let columns = trace.series.get(series)?;
    let t_us = columns.t_us.get(heard.checked_sub(1)?)?;
    // A tap at the last instant is not among the events before time has moved on.
    if t_us >= trace.last_t_us {
        return None;
    }
    let before = decided.events.partition_point(|placed| placed.decision.t_us <= t_us);
    let is_tap = |placed: &&Placed| {
        placed.decision.event == Event::Tap && (placed.source, placed.band) == (columns.source, columns.band)
    };
    let tap_us = decided.events[..before].iter().rfind(is_tap)?.decision.t_us;
    if tap_us == t_us {
        return None;
    }
    let threshold = decided.rules.parameters.get(Parameter::TapThreshold)?;
    let back = number(threshold - i32::from(decided.rules.model.rearm_hysteresis_db));
    let later = match decided.rules.model.rearm_cooldown_ms {
        0 => String::new(),
        ms => format!(" {ms} ms or more after it"),
    };
    Some(format!(
        "no tap: the one at {} had not ended, the mean did not fall back to or below {back}{later}",
        time(tap_us, 2)
    ))
}

/// The last distance check among the first `heard` samples.
fn check_words(decided: &Decided, series: usize, heard: usize) -> Option<String> {
    let means = decided.means.get(series)?;
    let before = means.checks().place_of(i64::try_from(heard).ok()?);
    let mean = means.check(before.checked_sub(1)?)?;
    let rule = ProximityRule::new(&decided.rules.parameters, &decided.rules.model)?;
    let zone = match rule.zone(mean) {
        Zone::Close => "close",
        Zone::Between => "between the cutoffs",
        Zone::Away => "away",
    };
    Some(format!("last distance check {}: {zone}", dbm(mean.as_dbm(), 1)))
}

/// An event in a sentence.
pub fn explain_decision(trace: &Trace, decided: &Decided, placed: &Placed) -> String {
    let decision = &placed.decision;
    let value = |parameter| decided.rules.parameters.get(parameter).unwrap_or(0);
    let at = time(decision.t_us, 2);
    let what = match decision.event {
        Event::Tap => "tap",
        Event::Present => "present",
        Event::Away => "away",
        Event::CountdownStarted => "the countdown to the lock begins",
        Event::CountdownCancelled => "the countdown is cancelled",
        Event::Locked => "the terminal locks",
        Event::Unlocked => "the terminal unlocks",
    };
    let why = match (decision.event, decision.mean) {
        (Event::Tap, Some(mean)) => {
            let threshold = value(Parameter::TapThreshold);
            let by = mean.as_dbm() - f64::from(threshold);
            format!(
                ": mean of {} = {}, {by:.1} dB above {}",
                mean.n,
                dbm(mean.as_dbm(), 1),
                number(threshold)
            )
        }
        (Event::Present, Some(mean)) => {
            let cutoff = number(value(Parameter::CutoffClose));
            format!(": a check of {} samples = {}, not beyond {cutoff}", mean.n, dbm(mean.as_dbm(), 1))
        }
        (Event::Away, Some(mean)) => {
            let cutoff = number(value(Parameter::CutoffFar));
            format!(": a check of {} samples = {}, at or beyond {cutoff}", mean.n, dbm(mean.as_dbm(), 1))
        }
        (Event::Away, None) => format!(": nothing heard for {} s", decided.rules.model.absent_after_s),
        (Event::CountdownStarted, _) => format!(": {} s", decided.rules.model.lock_countdown_s),
        _ => String::new(),
    };
    let band = trace.names.band(placed.band).map_or(String::new(), |band| format!("  {band}"));
    let segment = placed.segment.map_or(String::new(), |id| format!("  (segment {id})"));
    format!("{at}{band}: {what}{why}{segment}")
}

fn dbm(value: f64, places: usize) -> String {
    format!("{value:.places$} dBm").replace('-', "\u{2212}")
}

fn number(value: i32) -> String {
    value.to_string().replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use crate::engine::Rules;
    use crate::engine::parameters::{Dongle, ParameterSet};

    use super::super::deck::decide;
    use super::*;

    #[test]
    fn a_tap_that_did_not_come_is_explained_by_what_is_missing() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/synthetic-calibration-hard.rssi.jsonl");
        let trace = Trace::open(path).unwrap();
        let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
        let decided = decide(&trace, &rules).unwrap();
        assert_eq!(explain(&trace, &decided, 0, 0), None);
        let early = explain(&trace, &decided, 0, 400_000).unwrap();
        assert!(early.contains("the window has 4 of 10 samples"), "{early}");
        let later = explain(&trace, &decided, 0, 1_000_000).unwrap();
        assert!(
            later.contains("mean of 10 = \u{2212}59.3 dBm, 17.3 dB short of \u{2212}42; 0 of 10"),
            "{later}"
        );
        // A threshold so far from 0 that the hover between the taps does not end the first one.
        let mut far = rules.clone();
        far.parameters.set(Parameter::TapThreshold, -60).unwrap();
        let held = decide(&trace, &far).unwrap();
        let segment = held.segments.iter().find(|s| s.segment.id == 3).unwrap();
        let words = explain(&trace, &held, 0, segment.end_us.unwrap()).unwrap();
        let says = "above \u{2212}60; 9 of 10 samples above;  no tap: the one at 12.47 s had not ended, the mean did not fall back to or below \u{2212}60";
        assert!(words.contains(says), "{words}");
        let tap = held.events.iter().find(|e| e.decision.event == Event::Tap).unwrap();
        let words = explain(&trace, &held, 0, tap.decision.t_us).unwrap();
        assert!(!words.contains("no tap"), "{words}");
        let tap = decided.events.iter().find(|e| e.decision.event == Event::Tap).unwrap();
        let words = explain_decision(&trace, &decided, tap);
        assert!(words.contains(": tap: mean of 10 = ") && words.contains("dB above \u{2212}42"), "{words}");
    }
}
