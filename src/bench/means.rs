//! The means that the engine formed: the curves in the plot. A mean by itself is formed again from the
//! samples when it is drawn; kept are the extremes of each few, and the distance checks.

use std::ops::Range;

use crate::engine::{Judged, Mean};

use super::packed::Packed;
use super::pyramid::{FAN, Levels, Pyramid, extremes};

/// The extremes of no mean at all.
const NONE: (f32, f32) = (f32::INFINITY, f32::NEG_INFINITY);

/// The window means of one series, by the number of the sample behind which they were formed.
#[derive(Clone, Debug)]
pub struct Means {
    /// Samples that came.
    count: usize,
    /// The first of them with a mean of the tap window: the window was full, or need not be.
    first: Option<usize>,
    /// How many samples the tap window has; fewer before the series had so many.
    window: usize,
    groups: Levels<f32>,
    /// The extremes of the group that is not whole yet.
    open: (f32, f32),
    /// The numbers of samples that completed a distance check.
    checks: Packed,
    /// The sum that each check is of, in dBm.
    check_sums: Packed,
    /// How many samples each check is of.
    checked: i32,
}

impl Default for Means {
    fn default() -> Self {
        Self {
            count: 0,
            first: None,
            window: 0,
            groups: Levels::default(),
            open: NONE,
            checks: Packed::default(),
            check_sums: Packed::default(),
            checked: 1,
        }
    }
}

impl Means {
    /// Takes what the engine made of the next sample.
    pub fn push(&mut self, judged: &Judged) {
        if let Some(mean) = judged.tap.mean() {
            self.first.get_or_insert(self.count);
            self.window = self.window.max(samples(mean));
            let dbm = drawn(mean);
            let (low, high) = self.open;
            self.open = (if dbm < low { dbm } else { low }, if dbm > high { dbm } else { high });
        }
        if let Some(check) = judged.check {
            self.checks.push(i64::try_from(self.count).unwrap_or(i64::MAX));
            self.check_sums.push(check.mean.sum.into());
            self.checked = check.mean.n;
        }
        self.count += 1;
        if self.count.is_multiple_of(FAN) {
            self.groups.push(std::mem::replace(&mut self.open, NONE));
        }
    }

    /// Samples that it knows of.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The tap window's means behind the samples at `range` of the series, in dBm, each with its sample's
    /// number. Samples before the window was full have none.
    pub fn tap_dbm(&self, rssi_dbm: &Pyramid<i8>, range: Range<usize>) -> impl Iterator<Item = (usize, f32)> {
        let begin = range.start.max(self.first.unwrap_or(self.count));
        let end = range.end.min(self.count).min(rssi_dbm.len());
        // All but the newest of the window behind the first sample.
        let mut sum = sum(rssi_dbm, (begin + 1).saturating_sub(self.window)..begin);
        let newest = rssi_dbm.iter(begin..end.max(begin));
        newest.enumerate().map(move |(behind, newest)| {
            let at = begin + behind;
            let filled = self.window.min(at + 1);
            sum += i32::from(newest);
            let mean = Mean { sum, n: count(filled) };
            sum -= rssi_dbm.get(at + 1 - filled).filter(|_| filled == self.window).map_or(0, i32::from);
            (at, drawn(mean))
        })
    }

    /// The least and the greatest of these means; `None` where there is none.
    pub fn tap_extremes_dbm(&self, rssi_dbm: &Pyramid<i8>, range: Range<usize>) -> Option<(f32, f32)> {
        let range = range.start..range.end.min(self.count).min(rssi_dbm.len());
        let few = |few| extremes(self.tap_dbm(rssi_dbm, few).map(|(_, dbm)| (dbm, dbm)));
        self.groups.extremes(range, few).filter(|(low, high)| low <= high)
    }

    /// The numbers of the samples that completed a distance check, in order.
    pub fn checks(&self) -> &Packed {
        &self.checks
    }

    /// The mean of the check at this place among them.
    pub fn check(&self, place: usize) -> Option<Mean> {
        let sum = i32::try_from(self.check_sums.get(place)?).ok()?;
        Some(Mean { sum, n: self.checked })
    }

    /// What it takes of the heap, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.groups.heap_bytes() + self.checks.heap_bytes() + self.check_sums.heap_bytes()
    }
}

fn sum(rssi_dbm: &Pyramid<i8>, range: Range<usize>) -> i32 {
    rssi_dbm.iter(range).map(i32::from).sum()
}

fn samples(mean: Mean) -> usize {
    usize::try_from(mean.n).unwrap_or(0)
}

fn count(samples: usize) -> i32 {
    i32::try_from(samples).unwrap_or(i32::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "to be drawn, not decided by")]
fn drawn(mean: Mean) -> f32 {
    mean.as_dbm() as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
    use crate::engine::{Engine, Model, PairId, PartialWindow, ProximityCheck, Rules};

    fn rules(window_tap: i64, window_long: i64, is_partial: bool, is_sliding: bool) -> Rules {
        let mut parameters = ParameterSet::published(Dongle::Bluegiga);
        parameters.set(Parameter::WindowTap, window_tap).unwrap();
        parameters.set(Parameter::WindowLong, window_long).unwrap();
        let partial_window = if is_partial { PartialWindow::Use } else { PartialWindow::Wait };
        let proximity_check =
            if is_sliding { ProximityCheck::EverySample } else { ProximityCheck::EveryWindow };
        let model = Model { partial_window, proximity_check, ..Model::default() };
        Rules { parameters, model, ..Rules::default() }
    }

    proptest! {
        /// Steps of a band in seconds and dBm: near and far, with silences in which it is taken for absent.
        #[test]
        fn they_are_as_the_engine_formed_them(
            samples in proptest::collection::vec((prop_oneof![20 => Just(0i64), 1 => Just(60)], -100i8..-30), 0..1500),
            (window_tap, window_long) in (1i64..60, 1i64..90),
            (is_partial, is_sliding) in any::<(bool, bool)>(),
            a in 0usize..1600,
            b in 0usize..1600,
        ) {
            let mut engine = Engine::new(&rules(window_tap, window_long, is_partial, is_sliding)).unwrap();
            let (mut means, mut rssi_dbm) = (Means::default(), Pyramid::default());
            let (mut tap, mut checks, mut t_us, mut decided) = (Vec::new(), Vec::new(), 0, Vec::new());
            for (at, (pause_s, dbm)) in samples.iter().enumerate() {
                t_us += 100_000 + pause_s * 1_000_000;
                engine.advance(t_us, &mut decided);
                let judged = engine.sample(t_us, PairId::new(0), *dbm, &mut decided);
                if let Some(mean) = judged.tap.mean() {
                    tap.push((at, drawn(mean)));
                }
                checks.extend(judged.check.map(|check| (at, check.mean)));
                means.push(&judged);
                rssi_dbm.push(*dbm);
            }
            prop_assert_eq!(means.len(), samples.len());
            prop_assert_eq!(means.tap_dbm(&rssi_dbm, 0..samples.len()).collect::<Vec<_>>(), tap.clone());
            let range = a.min(b)..a.max(b);
            tap.retain(|(at, _)| range.contains(at));
            prop_assert_eq!(means.tap_dbm(&rssi_dbm, range.clone()).collect::<Vec<_>>(), tap.clone());
            let expected = extremes(tap.into_iter().map(|(_, dbm)| (dbm, dbm)));
            prop_assert_eq!(means.tap_extremes_dbm(&rssi_dbm, range), expected);
            let numbers = means.checks().iter(0..checks.len() + 1).map(|at| usize::try_from(at).unwrap());
            let formed: Vec<_> =
                numbers.enumerate().map(|(place, at)| (at, means.check(place).unwrap())).collect();
            prop_assert_eq!(formed, checks);
        }
    }
}
