//! What every (window, threshold) costs, for a heat map, and how far the nearest errors are from
//! one of them.

use std::ops::RangeInclusive;

use super::grid::{Extremes, Pair, WINDOWS};
use super::labelled::Labelled;
use super::sweep::Sweeper;
use super::totals::{Counts, Totals};
use crate::engine::{Mean, Model};
use crate::recording::Intent;

/// At least these windows are shown, and as far as twice the longest in question.
const MIN_WINDOWS: usize = 30;
/// … and thresholds so far around those in question, in dB.
const AROUND_DB: i32 = 22;

/// The errors of one (window, threshold).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// `tap` segments without a tap.
    pub missed: u64,
    /// Taps in `no_tap` segments.
    pub false_taps: u64,
}

impl Cell {
    /// Neither a missed nor a false tap.
    pub fn is_free(self) -> bool {
        self == Self::default()
    }
}

/// The errors of every pair in a rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeOff {
    /// `rssi_window_tap` of the rows, in samples.
    pub windows: RangeInclusive<usize>,
    /// `rssi_tap_threshold` of the columns, in dBm.
    pub thresholds: RangeInclusive<i32>,
    /// Row by row from the shortest window, thresholds farthest from 0 first.
    pub rows: Vec<Vec<Cell>>,
}

impl TradeOff {
    /// Counts every pair over all recordings, as `sweep` does. Thresholds lie in −127…−1.
    pub fn of(
        recordings: &[&Labelled],
        model: &Model,
        windows: RangeInclusive<usize>,
        thresholds: RangeInclusive<i32>,
    ) -> Self {
        let sweepers: Vec<_> = recordings.iter().map(|r| Sweeper::new(r, model)).collect();
        let mut memory: Vec<_> = sweepers.iter().map(Totals::of).collect();
        let mut counts = vec![Counts::default(); thresholds.clone().count()];
        let mut row = |window| {
            counts.iter_mut().for_each(Counts::clear);
            for (sweeper, totals) in sweepers.iter().zip(&mut memory) {
                totals.fill(sweeper, window);
                totals.add_to(&mut counts, *thresholds.start());
            }
            counts.iter().map(|c| Cell { missed: c.missed, false_taps: c.false_taps }).collect()
        };
        let rows = windows.clone().map(&mut row).collect();
        Self { windows, thresholds, rows }
    }

    /// The rectangle in which these pairs, and what lies around them, can be seen.
    pub fn around(recordings: &[&Labelled], model: &Model, pairs: &[Pair]) -> Self {
        let longest = pairs.iter().map(|p| p.window * 2).max().unwrap_or(0);
        let thresholds = || pairs.iter().map(|p| p.threshold_dbm);
        let low = thresholds().min().unwrap_or(-60).saturating_sub(AROUND_DB).clamp(-127, -1);
        let high = thresholds().max().unwrap_or(-30).saturating_add(AROUND_DB).clamp(-127, -1);
        Self::of(recordings, model, 1..=longest.clamp(MIN_WINDOWS, *WINDOWS.end()), low..=high)
    }

    /// The errors of a pair; `None` outside the rectangle.
    pub fn cell(&self, pair: Pair) -> Option<Cell> {
        let row = self.rows.get(pair.window.checked_sub(*self.windows.start())?)?;
        row.get(usize::try_from(pair.threshold_dbm - self.thresholds.start()).ok()?).copied()
    }
}

/// The means that come nearest to an error at one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margins {
    /// The lowest of the `tap` segments' best window means.
    pub weakest_tap: Option<Mean>,
    /// The highest window mean in a `no_tap` segment.
    pub strongest_no_tap: Option<Mean>,
    /// The distance of the nearer one from the threshold in dB, as (sum, n); below 0 there is an
    /// error.
    pub margin: Option<Mean>,
}

impl Margins {
    /// Of a pair over all recordings. All empty under a model whose taps are not decided by the
    /// mean alone.
    pub fn of(recordings: &[&Labelled], model: &Model, pair: Pair) -> Self {
        let mut extremes = Extremes::default();
        for recording in recordings {
            for segment in Sweeper::new(recording, model).window(pair.window).segments {
                match segment.intent {
                    Intent::NoTap => extremes.widen(None, segment.best),
                    _ => extremes.widen(segment.best, None),
                }
            }
        }
        let Extremes { weakest_tap, strongest_no_tap } = extremes;
        Self { weakest_tap, strongest_no_tap, margin: extremes.margin(pair.threshold_dbm) }
    }
}
