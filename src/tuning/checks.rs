//! Proximity and Lock Control over a series, from check to check instead of sample to sample: the
//! engine's own rules, fed with sums that are looked up. Agrees with the engine (property test below).

use super::labelled::Series;
use super::sums::prefix_sums;
use crate::engine::{
    AbsentRule, Check, Event, Lock, LockRule, Mean, Model, Proximity, ProximityCheck, ProximityRule, Report,
};

/// A series prepared for many passes with one model.
#[derive(Debug)]
pub(super) struct Checks<'s> {
    series: &'s Series,
    prefix: Vec<i32>,
    /// Samples that came so long after the one before that absence may have fallen due between.
    pauses: Vec<usize>,
    last_t_us: i64,
    sliding: bool,
    absent_rule: AbsentRule,
}

impl<'s> Checks<'s> {
    pub(super) fn new(series: &'s Series, model: &Model, last_t_us: i64) -> Self {
        let absent_after_us = i64::from(model.absent_after_s) * 1_000_000;
        let long = |&i: &usize| series.t_us[i] - series.t_us[i - 1] >= absent_after_us;
        Self {
            series,
            prefix: prefix_sums(series),
            pauses: (1..series.t_us.len()).filter(long).collect(),
            last_t_us,
            sliding: model.proximity_check == ProximityCheck::EverySample,
            absent_rule: model.absent_rule,
        }
    }

    /// The mean of the `window` samples up to and with this one.
    fn mean(&self, sample: usize, window: usize) -> Mean {
        let sum = self.prefix[sample + 1].wrapping_sub(self.prefix[sample + 1 - window]);
        Mean { sum, n: i32::try_from(window).unwrap_or(i32::MAX) }
    }

    /// The weakest and strongest check of this window length.
    pub(super) fn range(&self, window: usize) -> Option<(Mean, Mean)> {
        let step = if self.sliding { 1 } else { window };
        let means = (window - 1..self.series.t_us.len()).step_by(step).map(|i| self.mean(i, window));
        means.fold(None, |range, mean| {
            let (low, high): (Mean, Mean) = range.unwrap_or((mean, mean));
            let lower = if mean.cmp_mean(low).is_lt() { mean } else { low };
            Some((lower, if mean.cmp_mean(high).is_gt() { mean } else { high }))
        })
    }

    /// Runs the rules to the recording's end; each report and Lock Control event goes to `event`.
    pub(super) fn run(
        &self,
        window: usize,
        rule: &ProximityRule,
        lock_rule: &LockRule,
        mut event: impl FnMut(i64, Event),
    ) {
        let times = &self.series.t_us;
        let mut state = State { proximity: Proximity::new(rule), lock: Lock::default() };
        let mut pauses = self.pauses.iter().copied().peekable();
        let mut check_at = window - 1;
        loop {
            // Only pauses matter between checks, and only while absence counts from samples.
            let pause = if self.absent_rule == AbsentRule::NoSample { pauses.peek().copied() } else { None };
            let stop = pause.map_or(check_at, |p| p.min(check_at));
            let Some(&t_us) = times.get(stop) else { break };
            if stop > 0 {
                state.proximity.heard(rule, times[stop - 1]);
            }
            let absent_at_us = state.settle(lock_rule, t_us, &mut event);
            if pause == Some(stop) {
                pauses.next();
            }
            if let Some(due_us) = absent_at_us {
                // The count starts afresh with the first sample at or after it.
                check_at = times.partition_point(|&t| t < due_us) + window - 1;
            } else if stop == check_at {
                state.proximity.heard(rule, t_us);
                let Check { report, .. } = state.proximity.check(rule, t_us, self.mean(stop, window));
                if let Some(report) = report {
                    event(t_us, if report == Report::Present { Event::Present } else { Event::Away });
                    state.report(lock_rule, t_us, report, &mut event);
                }
                check_at += if self.sliding { 1 } else { window };
            }
        }
        if let Some(&last) = times.last() {
            state.proximity.heard(rule, last);
        }
        state.settle(lock_rule, self.last_t_us, &mut event);
    }
}

struct State {
    proximity: Proximity,
    lock: Lock,
}

impl State {
    fn report(&mut self, rule: &LockRule, t_us: i64, report: Report, event: &mut impl FnMut(i64, Event)) {
        if let Some(caused) = self.lock.report(rule, t_us, report) {
            event(t_us, caused);
        }
    }

    /// What time makes due up to `t_us`, in order; when absence was among it, its instant.
    fn settle(&mut self, rule: &LockRule, t_us: i64, event: &mut impl FnMut(i64, Event)) -> Option<i64> {
        let mut absent_at_us = None;
        loop {
            let lock_us = self.lock.ends_at_us().filter(|&due| due <= t_us);
            let absent_us = self.proximity.absent_at_us().filter(|&due| due <= t_us);
            match (lock_us, absent_us) {
                (Some(lock_us), absent) if absent.is_none_or(|a| lock_us <= a) => {
                    self.lock.end();
                    event(lock_us, Event::Locked);
                }
                (_, Some(due_us)) => {
                    self.proximity.absent();
                    event(due_us, Event::Away);
                    self.report(rule, due_us, Report::Away, event);
                    absent_at_us = Some(due_us);
                }
                _ => return absent_at_us,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::parameters::{Parameter, ParameterSet};
    use crate::engine::{Engine, PairId, Policy, Rules};

    proptest! {
        /// From check to check or from sample to sample: the same events at the same times.
        #[test]
        fn agrees_with_the_engine(
            steps in prop::collection::vec((prop_oneof![8 => 0i64..=900, 1 => 4_000i64..=45_000, 1 => Just(30_000i64)], -95i8..=-60), 0..80),
            tail_ms in 0i64..=60_000,
            window in 1usize..=6,
            close in -80i64..=-70,
            far in -90i64..=-72,
            sliding: bool,
            not_close: bool,
            countdown in prop_oneof![Just(10u32), 0u32..=3],
            cancels: bool,
        ) {
            let mut series = Series::default();
            let mut t_us = 0;
            for (step_ms, rssi_dbm) in steps {
                t_us += step_ms * 1000;
                series.t_us.push(t_us);
                series.rssi_dbm.push(rssi_dbm);
            }
            let last_t_us = t_us + tail_ms * 1000;
            let model = Model {
                proximity_check: if sliding { ProximityCheck::EverySample } else { ProximityCheck::EveryWindow },
                absent_rule: if not_close { AbsentRule::NotClose } else { AbsentRule::NoSample },
                lock_countdown_s: countdown,
                ..Model::default()
            };
            let policy = Policy { keep_unlocked_when_present: cancels, ..Policy::default() };
            let mut parameters = ParameterSet::default();
            for (parameter, value) in [
                (Parameter::WindowLong, i64::try_from(window).unwrap()),
                (Parameter::CutoffClose, close),
                (Parameter::CutoffFar, far),
                (Parameter::TapThreshold, 0),
            ] {
                parameters.set(parameter, value).unwrap();
            }
            let rules = Rules { parameters, model, policy };
            let mut engine = Engine::new(&rules).unwrap();
            let mut decisions = Vec::new();
            for (&t_us, &rssi_dbm) in series.t_us.iter().zip(&series.rssi_dbm) {
                engine.sample(t_us, PairId::new(0), rssi_dbm, &mut decisions);
            }
            engine.advance(last_t_us, &mut decisions);
            let expected: Vec<_> = decisions.iter().map(|d| (d.t_us, d.event)).collect();

            let mut events = Vec::new();
            let rule = ProximityRule::new(&rules.parameters, &model).unwrap();
            let lock_rule = LockRule::new(&model, &policy);
            Checks::new(&series, &model, last_t_us).run(window, &rule, &lock_rule, |t, e| events.push((t, e)));
            prop_assert_eq!(events, expected);
        }
    }
}
