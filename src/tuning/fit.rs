//! Which reading of the rules reproduces what the real NBE was seen to do.

use super::labelled::{Labelled, Series};
use crate::engine::{
    AbsentRule, Engine, Event, MissingParameters, Model, PairId, PartialWindow, ProximityCheck, Rules,
    TapRule, UnlockRule,
};
use crate::recording::Observed;

/// An observation counts as reproduced by an event of its kind within this time.
pub const TOLERANCE_US: i64 = 500_000;

/// Re-arming margins that are tried, in dB.
const HYSTERESES_DB: [u8; 4] = [0, 1, 2, 4];
/// Re-arming delays that are tried, in ms.
const COOLDOWNS_MS: [u32; 4] = [0, 500, 1000, 2000];

/// Readings of the rules that do equally well and cannot be told apart by these recordings.
#[derive(Clone, Debug)]
pub struct FitGroup {
    /// Observations reproduced.
    pub reproduced: usize,
    /// Events of the observed kinds that nobody saw.
    pub surplus: usize,
    /// The readings.
    pub models: Vec<Model>,
}

/// The readings of the rules in order of merit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Observations in all recordings.
    pub observed: usize,
    /// Most reproduced first, then fewest surplus events.
    pub groups: Vec<FitGroup>,
}

/// What one reading of a half of the rules gives on all recordings.
struct Half {
    model: Model,
    /// Which observations it reproduces, recording by recording.
    reproduced: Vec<bool>,
    surplus: usize,
}

/// Replays every combination of the model's switches over the recordings. The tap switches and
/// the proximity switches do not touch each other, so each half is replayed by itself.
pub fn fit(recordings: &[(&Labelled, &Rules)]) -> Result<Fit, MissingParameters> {
    let observed = recordings.iter().map(|(r, _)| r.observed.len()).sum();
    let base = recordings.first().map(|(_, rules)| rules.model).unwrap_or_default();
    let halves = |models: Vec<Model>, kinds: &[Observed]| {
        models.into_iter().map(|m| half(recordings, m, kinds)).collect::<Result<Vec<_>, _>>()
    };
    let taps = halves(tap_models(base), &[Observed::Tap])?;
    let locks = halves(proximity_models(base), &[Observed::Locked, Observed::Unlocked])?;
    let mut groups: Vec<(Vec<bool>, FitGroup)> = Vec::new();
    for tap in &taps {
        for lock in &locks {
            let pattern: Vec<_> = tap.reproduced.iter().zip(&lock.reproduced).map(|(a, b)| a | b).collect();
            let surplus = tap.surplus + lock.surplus;
            let model = joined(&tap.model, &lock.model);
            match groups.iter_mut().find(|(p, g)| *p == pattern && g.surplus == surplus) {
                Some((_, group)) => group.models.push(model),
                None => {
                    let reproduced = pattern.iter().filter(|r| **r).count();
                    groups.push((pattern, FitGroup { reproduced, surplus, models: vec![model] }));
                }
            }
        }
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(_, g)| g).collect();
    groups.sort_by_key(|g| (std::cmp::Reverse(g.reproduced), g.surplus));
    Ok(Fit { observed, groups })
}

fn tap_models(base: Model) -> Vec<Model> {
    let mut models = Vec::new();
    for partial_window in [PartialWindow::Wait, PartialWindow::Use] {
        for tap_rule in [TapRule::Mean, TapRule::EverySampleAbove] {
            for rearm_hysteresis_db in HYSTERESES_DB {
                for rearm_cooldown_ms in COOLDOWNS_MS {
                    models.push(Model {
                        partial_window,
                        tap_rule,
                        rearm_hysteresis_db,
                        rearm_cooldown_ms,
                        ..base
                    });
                }
            }
        }
    }
    models
}

fn proximity_models(base: Model) -> Vec<Model> {
    let mut models = Vec::new();
    for proximity_check in [ProximityCheck::EveryWindow, ProximityCheck::EverySample] {
        for absent_rule in [AbsentRule::NoSample, AbsentRule::NotClose] {
            for unlock_rule in [UnlockRule::OnPresent, UnlockRule::Gate] {
                models.push(Model { proximity_check, absent_rule, unlock_rule, ..base });
            }
        }
    }
    models
}

fn joined(tap: &Model, proximity: &Model) -> Model {
    Model {
        partial_window: tap.partial_window,
        tap_rule: tap.tap_rule,
        rearm_hysteresis_db: tap.rearm_hysteresis_db,
        rearm_cooldown_ms: tap.rearm_cooldown_ms,
        ..*proximity
    }
}

fn half(
    recordings: &[(&Labelled, &Rules)],
    model: Model,
    kinds: &[Observed],
) -> Result<Half, MissingParameters> {
    let mut half = Half { model, reproduced: Vec::new(), surplus: 0 };
    for (recording, rules) in recordings {
        let rules = Rules { model, ..(*rules).clone() };
        let mut events = Vec::new();
        for series in &recording.series {
            events.extend(events_of(series, &rules, recording.last_t_us)?);
        }
        events.retain(|(_, kind)| kinds.contains(kind));
        events.sort_by_key(|(t_us, _)| *t_us);
        let mut used = vec![false; events.len()];
        for (t_us, kind) in &recording.observed {
            // In order of time the earliest free event within reach is the best match.
            let matched = events
                .iter()
                .enumerate()
                .position(|(i, (e_us, e))| !used[i] && e == kind && (e_us - t_us).abs() <= TOLERANCE_US);
            if let Some(i) = matched {
                used[i] = true;
            }
            half.reproduced.push(matched.is_some());
        }
        half.surplus += used.iter().filter(|u| !**u).count();
    }
    Ok(half)
}

fn events_of(
    series: &Series,
    rules: &Rules,
    last_t_us: i64,
) -> Result<Vec<(i64, Observed)>, MissingParameters> {
    let mut engine = Engine::new(rules)?;
    let mut decisions = Vec::new();
    for (&t_us, &rssi_dbm) in series.t_us.iter().zip(&series.rssi_dbm) {
        engine.sample(t_us, PairId::new(0), rssi_dbm, &mut decisions);
    }
    engine.advance(last_t_us, &mut decisions);
    let kind = |event| match event {
        Event::Tap => Some(Observed::Tap),
        Event::Locked => Some(Observed::Locked),
        Event::Unlocked => Some(Observed::Unlocked),
        _ => None,
    };
    Ok(decisions.iter().filter_map(|d| Some((d.t_us, kind(d.event)?))).collect())
}
