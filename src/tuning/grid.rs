//! Errors of every (window, threshold) over groups of segments, and the choice among them.

use std::cmp::{Ordering, Reverse};

use super::labelled::Labelled;
use super::sweep::{SegmentSweep, Sweeper, WindowSweep};
use super::thresholds::THRESHOLDS;
use crate::engine::{Mean, Model};
use crate::recording::Intent;

/// The windows that tune considers.
pub const WINDOWS: std::ops::RangeInclusive<usize> = 1..=100;

/// The thresholds that tune considers, as dBm.
pub(super) fn thresholds() -> impl DoubleEndedIterator<Item = i32> + Clone {
    -127..=-1
}

/// What a missed and a false tap weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Of a missed tap.
    pub missed: u32,
    /// Of a false tap.
    pub false_tap: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { missed: 1, false_tap: 1 }
    }
}

/// Which group each segment belongs to, recording by recording and span by span.
pub(super) type Grouping = Vec<Vec<usize>>;

/// The errors of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Errors {
    pub(super) missed: u32,
    pub(super) false_taps: u32,
    pub(super) double: u32,
}

impl Errors {
    fn add(&mut self, segment: &SegmentSweep, threshold_dbm: i32) {
        let taps = segment.taps(threshold_dbm);
        if segment.intent == Intent::NoTap {
            self.false_taps += taps;
        } else {
            self.missed += u32::from(taps == 0);
            self.double += u32::from(taps > 1);
        }
    }

    pub(super) fn cost(self, cost: Cost) -> u64 {
        u64::from(self.missed) * u64::from(cost.missed)
            + u64::from(self.false_taps) * u64::from(cost.false_tap)
    }

    pub(super) fn is_free(self) -> bool {
        self.missed == 0 && self.false_taps == 0
    }

    fn minus(self, other: Self) -> Self {
        Self {
            missed: self.missed - other.missed,
            false_taps: self.false_taps - other.false_taps,
            double: self.double - other.double,
        }
    }
}

/// The weakest tap's and the strongest non-tap's window mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extremes {
    pub(super) weakest_tap: Option<Mean>,
    pub(super) strongest_no_tap: Option<Mean>,
}

impl Extremes {
    pub(super) fn widen(&mut self, tap: Option<Mean>, no_tap: Option<Mean>) {
        let further = |kept: Option<Mean>, new: Option<Mean>, wanted: Ordering| match (kept, new) {
            (Some(k), Some(n)) if n.cmp_mean(k) != wanted => Some(k),
            (kept, None) => kept,
            (_, new) => new,
        };
        self.weakest_tap = further(self.weakest_tap, tap, Ordering::Less);
        self.strongest_no_tap = further(self.strongest_no_tap, no_tap, Ordering::Greater);
    }

    /// The smaller of weakest tap − threshold and threshold − strongest non-tap, exactly: as
    /// (sum, n) of a difference in dB.
    pub(super) fn margin(&self, threshold_dbm: i32) -> Option<Mean> {
        let above = self.weakest_tap.map(|m| Mean { sum: m.sum - threshold_dbm * m.n, n: m.n });
        let below = self.strongest_no_tap.map(|m| Mean { sum: threshold_dbm * m.n - m.sum, n: m.n });
        [above, below].into_iter().flatten().min_by(|a, b| a.cmp_mean(*b))
    }
}

/// All windows and thresholds over all recordings, in groups.
pub(super) struct Grid {
    /// `errors[group][cell]`
    errors: Vec<Vec<Errors>>,
    /// `robust[group][cell]`: cost summed over the variants.
    robust: Vec<Vec<u64>>,
    /// `extremes[group][window - 1]`
    extremes: Vec<Vec<Extremes>>,
    /// The slowest tap of each cell, over all groups, in microseconds.
    slowest_us: Vec<i64>,
    total: Vec<Errors>,
    total_robust: Vec<u64>,
}

/// The place of a (window, threshold).
fn cell(window: usize, threshold_dbm: i32) -> usize {
    (window - 1) * THRESHOLDS + usize::try_from(threshold_dbm + 127).unwrap_or(0)
}

impl Grid {
    /// Sweeps the recordings under the model in use.
    pub(super) fn new(recordings: &[&Labelled], model: &Model, grouping: &Grouping, groups: usize) -> Self {
        let cells = WINDOWS.count() * THRESHOLDS;
        let mut grid = Self {
            errors: vec![vec![Errors::default(); cells]; groups],
            robust: vec![vec![0; cells]; groups],
            extremes: vec![vec![Extremes::default(); WINDOWS.count()]; groups],
            slowest_us: vec![0; cells],
            total: vec![Errors::default(); cells],
            total_robust: vec![0; cells],
        };
        for_each_window(recordings, model, |recording, sweep| {
            for segment in &sweep.segments {
                let group = grouping[recording][segment.span];
                let extremes = &mut grid.extremes[group][sweep.window - 1];
                match segment.intent {
                    Intent::NoTap => extremes.widen(None, segment.best),
                    _ => extremes.widen(segment.best, None),
                }
                for threshold_dbm in thresholds() {
                    let at = cell(sweep.window, threshold_dbm);
                    grid.errors[group][at].add(segment, threshold_dbm);
                    grid.total[at].add(segment, threshold_dbm);
                    let latency = segment.latency_us(threshold_dbm).filter(|_| segment.intent == Intent::Tap);
                    grid.slowest_us[at] = grid.slowest_us[at].max(latency.unwrap_or(0));
                }
            }
        });
        grid
    }

    /// Adds the cost of a variant of the recordings or of the model.
    pub(super) fn add_variant(
        &mut self,
        recordings: &[&Labelled],
        model: &Model,
        grouping: &Grouping,
        cost: Cost,
    ) {
        for_each_window(recordings, model, |recording, sweep| {
            for segment in &sweep.segments {
                let group = grouping[recording][segment.span];
                for threshold_dbm in thresholds() {
                    let mut errors = Errors::default();
                    errors.add(segment, threshold_dbm);
                    let at = cell(sweep.window, threshold_dbm);
                    self.robust[group][at] += errors.cost(cost);
                    self.total_robust[at] += errors.cost(cost);
                }
            }
        });
    }

    /// The errors of a pair in one group.
    pub(super) fn errors_in(&self, group: usize, pair: Pair) -> Errors {
        self.errors[group][cell(pair.window, pair.threshold_dbm)]
    }

    /// The extremes of a window over all groups but some.
    pub(super) fn extremes(&self, window: usize, without: &[usize]) -> Extremes {
        let mut extremes = Extremes::default();
        for (_, group) in self.extremes.iter().enumerate().filter(|(g, _)| !without.contains(g)) {
            let Extremes { weakest_tap, strongest_no_tap } = group[window - 1];
            extremes.widen(weakest_tap, strongest_no_tap);
        }
        extremes
    }

    /// The best pair of each window in order of merit, on all groups but some.
    pub(super) fn ranked(&self, rule: &Choice, without: &[usize]) -> Vec<Ranked> {
        let mut best: Vec<_> = WINDOWS.filter_map(|w| self.best_of_window(w, rule, without)).collect();
        best.sort_by(Ranked::cmp_merit);
        best
    }

    fn best_of_window(&self, window: usize, rule: &Choice, without: &[usize]) -> Option<Ranked> {
        let extremes = self.extremes(window, without);
        let allowed = thresholds().filter(|&t| rule.ceiling_dbm.is_none_or(|top| t < top));
        let candidates = allowed.filter_map(|threshold_dbm| {
            let at = cell(window, threshold_dbm);
            if rule.max_latency_us.is_some_and(|cap| self.slowest_us[at] > cap) {
                return None;
            }
            let (mut errors, mut robust) = (self.total[at], self.total_robust[at]);
            for &group in without {
                errors = errors.minus(self.errors[group][at]);
                robust -= self.robust[group][at];
            }
            Some(Ranked {
                pair: Pair { window, threshold_dbm },
                errors,
                cost: errors.cost(rule.cost),
                robust,
                margin: extremes.margin(threshold_dbm),
            })
        });
        candidates.min_by(Ranked::cmp_merit)
    }
}

/// Limits on the choice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice {
    pub(super) cost: Cost,
    pub(super) ceiling_dbm: Option<i32>,
    pub(super) max_latency_us: Option<i64>,
}

/// A tap window and threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// `rssi_window_tap`.
    pub window: usize,
    /// `rssi_tap_threshold`.
    pub threshold_dbm: i32,
}

/// A pair with what it is ranked by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    pub(super) pair: Pair,
    pub(super) errors: Errors,
    pub(super) cost: u64,
    pub(super) robust: u64,
    pub(super) margin: Option<Mean>,
}

impl Ranked {
    /// Fewest errors, then fewest doubles, then the most robust, then the widest margin, then the
    /// shortest hold; of two thresholds equal in all that, the one closer to 0.
    fn cmp_merit(&self, other: &Self) -> Ordering {
        let key = |r: &Self| (!r.errors.is_free(), r.cost, r.errors.double, r.robust);
        let margin = |r: &Self| r.margin.unwrap_or(Mean { sum: i32::MIN / 2, n: 1 });
        key(self)
            .cmp(&key(other))
            .then_with(|| margin(other).cmp_mean(margin(self)))
            .then_with(|| self.pair.window.cmp(&other.pair.window))
            .then_with(|| Reverse(self.pair.threshold_dbm).cmp(&Reverse(other.pair.threshold_dbm)))
    }
}

fn for_each_window(recordings: &[&Labelled], model: &Model, mut each: impl FnMut(usize, &WindowSweep)) {
    for (index, recording) in recordings.iter().enumerate() {
        let sweeper = Sweeper::new(recording, model);
        for window in WINDOWS {
            each(index, &sweeper.window(window));
        }
    }
}
