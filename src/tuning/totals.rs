//! The counts of one window at every threshold over all segments together: what a sweep prints
//! and the trade-off draws. Which `no_tap` segment a tap fell into is not kept.

use std::ops::Range;

use super::edges::{self, Visitor};
use super::labelled::Series;
use super::levels::Levels;
use super::stretches::Cursor;
use super::sweep::{Sweeper, WindowSweep};
use super::thresholds::{THRESHOLDS, place};
use crate::engine::Mean;
use crate::recording::Intent;
use crate::replay::Latencies;

/// The counts of one (window, threshold), over one recording or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `tap` segments with at least one tap.
    pub hit: u64,
    /// … with none.
    pub missed: u64,
    /// … with more than one.
    pub double: u64,
    /// Taps in `no_tap` segments.
    pub false_taps: u64,
    /// Of the segments hit.
    pub latencies: Latencies,
}

impl Counts {
    /// Adds what a recording shows at this threshold.
    pub fn add(&mut self, sweep: &WindowSweep, threshold_dbm: i32) {
        for segment in &sweep.segments {
            let taps = segment.taps(threshold_dbm);
            match segment.intent {
                Intent::NoTap => self.false_taps += u64::from(taps),
                _ if taps == 0 => self.missed += 1,
                _ => {
                    self.hit += 1;
                    self.double += u64::from(taps > 1);
                    self.latencies.extend(segment.latency_us(threshold_dbm));
                }
            }
        }
    }

    /// Starts over, keeping memory.
    pub fn clear(&mut self) {
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.clear();
        *self = Self { latencies, ..Self::default() };
    }
}

/// The levels that a `u8` of [`Levels`] has, so that none lies outside of an array.
const LEVELS: usize = THRESHOLDS + 1;

/// One window of a recording, all thresholds.
#[derive(Clone, Debug)]
pub struct Totals {
    wanted: Vec<Wanted>,
    /// Of false taps: how many more there are at a threshold than at the one before.
    false_taps: [i64; LEVELS],
    levels: Levels,
}

/// A `tap` segment.
#[derive(Clone, Debug)]
struct Wanted {
    /// Taps at each threshold; two mean two or more.
    taps: [u8; LEVELS],
    /// Begin to first tap at each threshold, in microseconds; means nothing where there is none.
    first_us: [i64; LEVELS],
}

impl Wanted {
    #[inline]
    fn tapped(&mut self, places: Range<usize>, latency_us: i64) {
        // Mostly one place: indexing beats slices, and a branch could not be predicted.
        for place in places {
            let taps = self.taps[place];
            let so_far_us = if taps == 0 { i64::MAX } else { self.first_us[place] };
            self.first_us[place] = so_far_us.min(latency_us);
            self.taps[place] = (taps + 1).min(2);
        }
    }
}

impl Totals {
    /// Room for the counts of a recording.
    pub fn of(sweeper: &Sweeper<'_>) -> Self {
        let is_tap = |&&span: &&usize| sweeper.recording.spans[span].intent == Intent::Tap;
        let wanted = sweeper.spans.iter().filter(is_tap).count();
        let fresh = Wanted { taps: [0; LEVELS], first_us: [0; LEVELS] };
        Self { wanted: vec![fresh; wanted], false_taps: [0; LEVELS], levels: Levels::default() }
    }

    /// Counts one window anew; the recording is that of [`Self::of`].
    pub fn fill(&mut self, sweeper: &Sweeper<'_>, window: usize) {
        self.wanted.iter_mut().for_each(|wanted| wanted.taps.fill(0));
        self.false_taps.fill(0);
        if edges::is_plain(&sweeper.model) {
            sweeper.for_each_run(|index, run| self.plain(sweeper, window, index, run));
            return;
        }
        for (series, stretches) in sweeper.recording.series.iter().zip(&sweeper.stretches) {
            let Some(last) = stretches.last() else { continue };
            let mut entering = Entering { totals: self, series, cursor: Cursor::new(stretches) };
            edges::switched(series, window, &sweeper.model, last.samples.end, &mut entering);
        }
    }

    fn plain(
        &mut self,
        sweeper: &Sweeper<'_>,
        window: usize,
        index: usize,
        run: &[super::stretches::Stretch],
    ) {
        let ([first, ..], [.., last]) = (run, run) else { return };
        let Self { wanted, false_taps, levels } = self;
        let t_us = &sweeper.recording.series[index].t_us;
        levels.fill(&sweeper.sums[index], window, first.samples.start..last.samples.end);
        read_ahead(&t_us[first.samples.start..last.samples.end]);
        for stretch in run {
            for inside in &stretch.inside {
                match inside.nth_tap {
                    Some(nth) => levels.rises(&stretch.samples, |sample, before, now| {
                        wanted[nth].tapped(before.into()..now.into(), t_us[sample] - inside.begin_us);
                    }),
                    None => levels.rises(&stretch.samples, |_, before, now| {
                        false_taps[usize::from(before)] += 1;
                        false_taps[usize::from(now)] -= 1;
                    }),
                }
            }
        }
    }

    /// Adds this to as many thresholds as there are `counts`, from `first_dbm` on.
    pub fn add_to(&self, counts: &mut [Counts], first_dbm: i32) {
        let mut hit = [0u32; LEVELS];
        let mut double = [0u32; LEVELS];
        for wanted in &self.wanted {
            for ((hit, double), taps) in hit.iter_mut().zip(&mut double).zip(&wanted.taps) {
                *hit += u32::from(*taps > 0);
                *double += u32::from(*taps > 1);
            }
        }
        let first = place(first_dbm).unwrap_or(THRESHOLDS);
        let mut false_taps: i64 = self.false_taps[..first].iter().sum();
        for (offset, counts) in counts.iter_mut().enumerate() {
            // At 0 BLE tap is off and every tap missed.
            let at = Some(first + offset).filter(|at| *at < THRESHOLDS);
            false_taps = at.map_or(0, |at| false_taps + self.false_taps[at]);
            let of = |counts: &[u32; LEVELS]| at.map_or(0, |at| u64::from(counts[at]));
            counts.hit += of(&hit);
            counts.missed += self.wanted.len() as u64 - of(&hit);
            counts.double += of(&double);
            counts.false_taps += u64::try_from(false_taps).unwrap_or(0);
            let Some(at) = at else { continue };
            let tapped = self.wanted.iter().filter(|wanted| wanted.taps[at] > 0);
            counts.latencies.extend(tapped.map(|wanted| wanted.first_us[at]));
        }
    }
}

/// Brings times into the cache in order, which the processor does ahead; where the taps are it would
/// wait for one after the other.
fn read_ahead(t_us: &[i64]) {
    const LINE: usize = 64 / size_of::<i64>();
    std::hint::black_box(t_us.iter().step_by(LINE).fold(0, |all, t_us| all ^ t_us));
}

/// Enters what a pass tells into the segments around it.
struct Entering<'e> {
    totals: &'e mut Totals,
    series: &'e Series,
    cursor: Cursor<'e>,
}

impl Visitor for Entering<'_> {
    fn judged(&mut self, _: usize, _: Mean) {}

    fn taps(&mut self, sample: usize, places: Range<usize>) {
        for inside in self.cursor.around(sample) {
            if let Some(nth) = inside.nth_tap {
                let latency_us = self.series.t_us[sample] - inside.begin_us;
                self.totals.wanted[nth].tapped(places.clone(), latency_us);
            } else {
                self.totals.false_taps[places.start] += 1;
                self.totals.false_taps[places.end] -= 1;
            }
        }
    }
}
