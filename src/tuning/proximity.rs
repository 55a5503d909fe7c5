//! The proximity parameters: `rssi_window_long`, `rssi_cutoff_close` and `rssi_cutoff_far` for
//! recordings with `stay`, `leave` and `return` segments.

use std::cmp::Reverse;

use super::checks::Checks;
use super::labelled::{Labelled, Span};
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::engine::{Event, LockRule, Model, Policy, ProximityRule, UnlockRule};
use crate::recording::Intent;

/// The long windows that are considered beside the present one; the checks of longer ones would
/// take longer than people wait at a desk.
const WINDOWS: [usize; 13] = [5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 150, 200];

/// How many segments of an intent there are, and how many failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// `stay`, `leave`, `return`: segments.
    pub count: [u64; 3],
    /// … and how many failed.
    pub failed: [u64; 3],
}

impl Failures {
    /// All intents together.
    pub fn total(&self) -> u64 {
        self.failed.iter().sum()
    }
}

/// The outcome for proximity.
#[derive(Clone, Debug)]
pub struct ProximityTuning {
    /// `rssi_window_long`.
    pub window: usize,
    /// `rssi_cutoff_close`, in dBm.
    pub close_dbm: i32,
    /// `rssi_cutoff_far`, in dBm.
    pub far_dbm: i32,
    /// What fails with these three.
    pub failures: Failures,
    /// By how many dB either cutoff could move before a verdict flips, or before the two meet.
    pub gap_db: i32,
    /// Mean time from a `leave` segment's begin to the lock, in microseconds.
    pub time_to_lock_us: Option<i64>,
}

const INTENTS: [Intent; 3] = [Intent::Stay, Intent::Leave, Intent::Return];

/// Whether recordings show enough to choose the three: what must lock, and what must not.
pub fn has_proximity_evidence(recordings: &[&Labelled]) -> bool {
    let any = |intent| recordings.iter().any(|r| r.count(intent) > 0);
    any(Intent::Leave) && (any(Intent::Stay) || any(Intent::Return))
}

/// Finds the three parameters: fewest failed segments, then the widest gap between each cutoff
/// and the nearest check mean that would flip a verdict, then the shortest time to lock. The
/// distance between the cutoffs counts as a gap too: it is the hysteresis (rule 7), and without it
/// the two would meet in the middle, where a band at rest makes the terminal flap.
///
/// `now` are the parameters in use: a long window that is tried too, and what decides a tie.
/// `tap` is the tap pair that goes with them: the close cutoff stays farther from 0 than its
/// threshold, and the long window is not shorter than the tap window.
pub fn tune_proximity(
    recordings: &[&Labelled],
    model: &Model,
    policy: &Policy,
    now: &ParameterSet,
    tap: &ParameterSet,
) -> Option<ProximityTuning> {
    let close_below_dbm = tap.get(Parameter::TapThreshold).filter(|&t| t != 0);
    let shortest = tap.get(Parameter::WindowTap).and_then(|w| usize::try_from(w).ok()).unwrap_or(1);
    // Without a return segment nothing speaks for or against the close cutoff: it stays.
    let returns = recordings.iter().any(|r| r.count(Intent::Return) > 0);
    let kept_close_dbm = now.get(Parameter::CutoffClose).filter(|&c| !returns && c != 0);
    let scenes: Vec<_> = recordings.iter().map(|r| Scene::new(r, model)).collect();
    let mut windows = WINDOWS.to_vec();
    windows.extend(now.get(Parameter::WindowLong).and_then(|w| usize::try_from(w).ok()));
    windows.sort_unstable();
    windows.dedup();
    windows.retain(|w| *w >= shortest);
    let mut best: Option<(_, ProximityTuning)> = None;
    for window in windows {
        let Some(map) = FailureMap::new(&scenes, window, model, policy) else { continue };
        let fewest = map.fewest(kept_close_dbm, close_below_dbm);
        for (close_dbm, far_dbm) in map.pairs(kept_close_dbm, close_below_dbm) {
            let outcome = map.at(close_dbm, far_dbm);
            if Some(outcome.failures.total()) != fewest {
                continue;
            }
            let gaps = map.gaps(close_dbm, far_dbm);
            let gap_db = gaps.into_iter().flatten().fold(close_dbm - far_dbm, i32::min);
            let moved: i32 = [(Parameter::CutoffClose, close_dbm), (Parameter::CutoffFar, far_dbm)]
                .iter()
                .filter_map(|(p, v)| now.get(*p).map(|n| (n - v).abs()))
                .sum();
            let merit = (
                outcome.failures.total(),
                Reverse(gap_db),
                outcome.time_to_lock_us.unwrap_or(i64::MAX),
                moved,
                window,
            );
            if best.as_ref().is_none_or(|(b, _)| merit < *b) {
                let tuning = ProximityTuning {
                    window,
                    close_dbm,
                    far_dbm,
                    failures: outcome.failures,
                    gap_db,
                    time_to_lock_us: outcome.time_to_lock_us,
                };
                best = Some((merit, tuning));
            }
        }
    }
    best.map(|(_, tuning)| tuning)
}

/// A recording prepared for many passes.
struct Scene<'r> {
    checks: Vec<(Checks<'r>, Vec<&'r Span>)>,
    counts: [u64; 3],
    spans: Vec<&'r Span>,
}

impl<'r> Scene<'r> {
    fn new(recording: &'r Labelled, model: &Model) -> Self {
        let judged = |s: &&Span| {
            INTENTS.contains(&s.intent)
                && !(s.intent == Intent::Return && model.unlock_rule == UnlockRule::Gate)
        };
        let spans: Vec<_> = recording.spans.iter().filter(judged).collect();
        let checks = recording
            .series
            .iter()
            .map(|series| {
                let covering = spans.iter().copied().filter(|s| s.covers(series)).collect::<Vec<_>>();
                (Checks::new(series, model, recording.last_t_us), covering)
            })
            .filter(|(_, covering)| !covering.is_empty())
            .collect();
        let counts = INTENTS.map(|i| spans.iter().filter(|s| s.intent == i).count() as u64);
        Self { checks, counts, spans }
    }

    /// Adds what fails, and each leave's time to lock.
    fn judge(&self, window: usize, rule: &ProximityRule, lock_rule: &LockRule, outcome: &mut Outcome) {
        let mut away = vec![false; self.spans.len()];
        let mut locked_at: Vec<Option<i64>> = vec![None; self.spans.len()];
        let mut unlocked = vec![false; self.spans.len()];
        for (checks, covering) in &self.checks {
            checks.run(window, rule, lock_rule, |t_us, event| {
                for (place, span) in self.spans.iter().enumerate() {
                    if !span.contains(t_us) || !covering.iter().any(|c| std::ptr::eq(*c, *span)) {
                        continue;
                    }
                    match event {
                        Event::Away => away[place] = true,
                        Event::Locked => {
                            locked_at[place] = Some(locked_at[place].map_or(t_us, |t| t.min(t_us)));
                        }
                        Event::Unlocked => unlocked[place] = true,
                        _ => {}
                    }
                }
            });
        }
        for (place, span) in self.spans.iter().enumerate() {
            let failed = match span.intent {
                Intent::Stay => away[place],
                Intent::Leave => locked_at[place].is_none(),
                _ => !unlocked[place],
            };
            let kind = INTENTS.iter().position(|i| *i == span.intent).unwrap_or(0);
            outcome.failures.failed[kind] += u64::from(failed);
            if let (Intent::Leave, Some(t_us)) = (span.intent, locked_at[place]) {
                outcome.locks += 1;
                outcome.locks_us += t_us - span.begin_us;
            }
        }
        for (total, count) in outcome.failures.count.iter_mut().zip(self.counts) {
            *total += count;
        }
        outcome.time_to_lock_us = (outcome.locks > 0).then(|| outcome.locks_us / outcome.locks);
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    failures: Failures,
    locks: i64,
    locks_us: i64,
    time_to_lock_us: Option<i64>,
}

/// What fails at every pair of cutoffs that the checks of one window length can tell apart.
struct FailureMap {
    low: i32,
    high: i32,
    outcomes: Vec<Outcome>,
}

impl FailureMap {
    /// `None` where no check of this length completes.
    fn new(scenes: &[Scene<'_>], window: usize, model: &Model, policy: &Policy) -> Option<Self> {
        let ranges = scenes.iter().flat_map(|s| &s.checks).filter_map(|(checks, _)| checks.range(window));
        let (low, high) = ranges.fold(None, |range: Option<(i32, i32)>, (weak, strong)| {
            let (l, h) = (weak.sum.div_euclid(weak.n) - 1, strong.sum.div_euclid(strong.n) + 2);
            Some(range.map_or((l, h), |(low, high)| (low.min(l), high.max(h))))
        })?;
        let (low, high) = (low.clamp(-127, -2), high.clamp(-126, -1));
        let lock_rule = LockRule::new(model, policy);
        let mut map = Self { low, high, outcomes: Vec::new() };
        for close_dbm in low..=high {
            for far_dbm in low..=high {
                let mut outcome = Outcome::default();
                if far_dbm < close_dbm
                    && let Some(rule) = rule(window, close_dbm, far_dbm, model)
                {
                    for scene in scenes {
                        scene.judge(window, &rule, &lock_rule, &mut outcome);
                    }
                }
                map.outcomes.push(outcome);
            }
        }
        Some(map)
    }

    /// Cutoffs beyond the range decide like its ends.
    fn at(&self, close_dbm: i32, far_dbm: i32) -> Outcome {
        let close_dbm = close_dbm.clamp(self.low + 1, self.high);
        let far_dbm = far_dbm.clamp(self.low, close_dbm - 1);
        let place = |dbm: i32| usize::try_from(dbm - self.low).unwrap_or(0);
        let side = place(self.high) + 1;
        self.outcomes[place(close_dbm) * side + place(far_dbm)]
    }

    /// The pairs to consider: any close cutoff below the limit, or only the one that is kept.
    fn pairs(
        &self,
        kept_close_dbm: Option<i32>,
        close_below_dbm: Option<i32>,
    ) -> impl Iterator<Item = (i32, i32)> + use<> {
        let (low, high) = (self.low, self.high);
        let closes = kept_close_dbm.map_or(low..=high, |close| close..=close);
        closes
            .filter(move |close| close_below_dbm.is_none_or(|top| *close < top))
            .flat_map(move |close| (low..close.min(high + 1)).map(move |far| (close, far)))
    }

    fn fewest(&self, kept_close_dbm: Option<i32>, close_below_dbm: Option<i32>) -> Option<u64> {
        let pairs = self.pairs(kept_close_dbm, close_below_dbm);
        pairs.map(|(close, far)| self.at(close, far).failures.total()).min()
    }

    /// How far the close and the far cutoff can each move alone before the verdicts change.
    fn gaps(&self, close_dbm: i32, far_dbm: i32) -> [Option<i32>; 2] {
        let here = self.at(close_dbm, far_dbm).failures;
        let flips = |close: i32, far: i32| far < close && self.at(close, far).failures != here;
        let span = self.high - self.low;
        let first = |moves: &dyn Fn(i32) -> bool| (1..=span).find(|&k| moves(k));
        let nearer = |a: Option<i32>, b: Option<i32>| a.into_iter().chain(b).min();
        let close = nearer(
            first(&|k| close_dbm + k <= self.high && flips(close_dbm + k, far_dbm)),
            first(&|k| close_dbm - k >= self.low && flips(close_dbm - k, far_dbm)),
        );
        let far = nearer(
            first(&|k| far_dbm + k <= self.high && flips(close_dbm, far_dbm + k)),
            first(&|k| far_dbm - k >= self.low && flips(close_dbm, far_dbm - k)),
        );
        [close, far]
    }
}

fn rule(window: usize, close_dbm: i32, far_dbm: i32, model: &Model) -> Option<ProximityRule> {
    let mut parameters = ParameterSet::default();
    for (parameter, value) in [
        (Parameter::WindowLong, i64::try_from(window).ok()?),
        (Parameter::CutoffClose, close_dbm.into()),
        (Parameter::CutoffFar, far_dbm.into()),
    ] {
        parameters.set(parameter, value).ok()?;
    }
    ProximityRule::new(&parameters, model)
}
