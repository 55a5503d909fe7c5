//! The exact sweep: for every (window, threshold) the counts that a replay with those two
//! parameters would give, in one pass per window.

use std::ops::Range;

use super::edges::{self, Visitor};
use super::labelled::{Labelled, Series};
use super::sums::Sums;
use super::thresholds::{THRESHOLDS, place};
use crate::engine::{Mean, Model};
use crate::recording::Intent;
use crate::replay::Latencies;

/// Stretches of a series that are swept before another series' turn.
const BLOCK: usize = 64;

/// One `tap` or `no_tap` segment under one window, at every threshold.
#[derive(Clone, Debug)]
pub struct SegmentSweep {
    /// Its place in the recording's spans.
    pub span: usize,
    /// `tap` or `no_tap`.
    pub intent: Intent,
    /// Taps at each threshold.
    taps: Box<[u32; THRESHOLDS]>,
    /// Of a `tap` segment: begin to first tap at each threshold, in microseconds; means nothing
    /// where there is none.
    first_us: Box<[i64; THRESHOLDS]>,
    /// The strongest window mean in it, where that was asked for.
    pub best: Option<Mean>,
}

impl SegmentSweep {
    /// Taps at a threshold; none at 0, which turns BLE tap off.
    pub fn taps(&self, threshold_dbm: i32) -> u32 {
        place(threshold_dbm).map_or(0, |p| self.taps[p])
    }

    /// From the begin of a `tap` segment to its first tap, in microseconds.
    pub fn latency_us(&self, threshold_dbm: i32) -> Option<i64> {
        place(threshold_dbm)
            .filter(|&p| self.intent == Intent::Tap && self.taps[p] > 0)
            .map(|p| self.first_us[p])
    }

    #[inline]
    fn tapped(&mut self, places: Range<usize>, latency_us: i64) {
        // Mostly one place: indexing beats slices, and a branch could not be predicted.
        for place in places {
            let so_far_us = if self.taps[place] == 0 { i64::MAX } else { self.first_us[place] };
            self.first_us[place] = so_far_us.min(latency_us);
            self.taps[place] += 1;
        }
    }

    #[inline]
    fn tapped_wrongly(&mut self, places: Range<usize>) {
        for place in places {
            self.taps[place] += 1;
        }
    }

    fn keep_best(&mut self, mean: Mean) {
        if self.best.is_none_or(|best| mean.cmp_mean(best).is_gt()) {
            self.best = Some(mean);
        }
    }
}

/// All segments of one recording under one window.
#[derive(Clone, Debug)]
pub struct WindowSweep {
    /// `rssi_window_tap`.
    pub window: usize,
    /// Its `tap` and `no_tap` segments, in order of begin.
    pub segments: Vec<SegmentSweep>,
    levels: Vec<u8>,
}

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
        Self::add_each(std::slice::from_mut(self), sweep, threshold_dbm);
    }

    /// Adds what a recording shows at each of as many thresholds as there are `counts`, from
    /// `first_dbm` on.
    pub fn add_each(counts: &mut [Self], sweep: &WindowSweep, first_dbm: i32) {
        // Segment by segment, as they lie in memory; at 0 BLE tap is off and every tap missed.
        let first = place(first_dbm).unwrap_or(THRESHOLDS);
        let mut hit = [0u32; THRESHOLDS];
        let mut double = [0u32; THRESHOLDS];
        let mut false_taps = [0u64; THRESHOLDS];
        let mut wanted = 0;
        for segment in &sweep.segments {
            if segment.intent == Intent::NoTap {
                for (sum, taps) in false_taps.iter_mut().zip(segment.taps.iter()) {
                    *sum += u64::from(*taps);
                }
                continue;
            }
            wanted += 1;
            for ((hit, double), taps) in hit.iter_mut().zip(&mut double).zip(segment.taps.iter()) {
                *hit += u32::from(*taps > 0);
                *double += u32::from(*taps > 1);
            }
            let tapped = segment.taps[first..].iter().zip(&segment.first_us[first..]);
            for (counts, (_, us)) in counts.iter_mut().zip(tapped).filter(|(_, (taps, _))| **taps > 0) {
                counts.latencies.extend([*us]);
            }
        }
        for (offset, counts) in counts.iter_mut().enumerate() {
            let of = |counts: &[u32]| counts.get(first + offset).map_or(0, |&count| u64::from(count));
            counts.hit += of(&hit);
            counts.missed += wanted - of(&hit);
            counts.double += of(&double);
            counts.false_taps += false_taps.get(first + offset).copied().unwrap_or(0);
        }
    }

    /// Starts over, keeping memory.
    pub fn clear(&mut self) {
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.clear();
        *self = Self { latencies, ..Self::default() };
    }
}

/// A recording prepared for many passes.
#[derive(Debug)]
pub struct Sweeper<'r> {
    recording: &'r Labelled,
    /// Of each series.
    sums: Vec<Sums>,
    /// Of each series: the stretches of samples and the segments that contain them.
    stretches: Vec<Vec<Stretch>>,
    /// The spans that matter, as places in the recording's.
    spans: Vec<usize>,
    model: Model,
}

#[derive(Debug)]
struct Stretch {
    samples: Range<usize>,
    /// Places in `Sweeper::spans`.
    inside: Vec<usize>,
}

impl<'r> Sweeper<'r> {
    /// Prepares a recording.
    pub fn new(recording: &'r Labelled, model: &Model) -> Self {
        let spans: Vec<_> = (0..recording.spans.len())
            .filter(|&i| matches!(recording.spans[i].intent, Intent::Tap | Intent::NoTap))
            .collect();
        let stretches = recording.series.iter().map(|s| stretches(recording, &spans, s)).collect();
        let sums = recording.series.iter().map(Sums::of).collect();
        Self { recording, sums, stretches, spans, model: *model }
    }

    /// One window, all thresholds, and each segment's best mean.
    pub fn window(&self, window: usize) -> WindowSweep {
        let mut sweep = self.memory();
        self.taps(window, &mut sweep);
        if edges::is_plain(&self.model) {
            self.best_means(&mut sweep);
        }
        sweep
    }

    /// A sweep to be filled by [`Self::taps`], for each window anew.
    pub fn memory(&self) -> WindowSweep {
        let fresh = |&span: &usize| SegmentSweep {
            span,
            intent: self.recording.spans[span].intent,
            taps: Box::new([0; THRESHOLDS]),
            first_us: Box::new([0; THRESHOLDS]),
            best: None,
        };
        WindowSweep { window: 0, segments: self.spans.iter().map(fresh).collect(), levels: Vec::new() }
    }

    /// One window, all thresholds; the best means are left out.
    pub fn taps(&self, window: usize, sweep: &mut WindowSweep) {
        let WindowSweep { window: of, segments, levels } = sweep;
        *of = window;
        for segment in segments.iter_mut() {
            segment.taps.fill(0);
            segment.best = None;
        }
        if !edges::is_plain(&self.model) {
            for (series, stretches) in self.recording.series.iter().zip(&self.stretches) {
                let Some(last) = stretches.last() else { continue };
                let mut counter = Counter::new(self.recording, series, segments, stretches);
                edges::switched(series, window, &self.model, last.samples.end, &mut counter);
                counter.leave();
            }
            return;
        }
        // All series of a few segments before the next few: their counts then stay in the cache.
        let most = self.stretches.iter().map(Vec::len).max().unwrap_or(0);
        for block in 0..most.div_ceil(BLOCK) {
            for (index, series) in self.recording.series.iter().enumerate() {
                let stretches = self.stretches[index].chunks(BLOCK).nth(block).unwrap_or_default();
                for run in stretches.chunk_by(|a, b| a.samples.end == b.samples.start) {
                    let ([first, ..], [.., last]) = (run, run) else { continue };
                    let samples = first.samples.start..last.samples.end;
                    let mut counter = Counter::new(self.recording, series, segments, run);
                    edges::plain(&self.sums[index], window, samples, levels, &mut counter);
                }
            }
        }
    }

    fn best_means(&self, sweep: &mut WindowSweep) {
        let Ok(n) = i32::try_from(sweep.window) else { return };
        for (stretches, sums) in self.stretches.iter().zip(&self.sums) {
            for stretch in stretches {
                let Some(sum) = sums.greatest(sweep.window, stretch.samples.clone()) else { continue };
                for &at in &stretch.inside {
                    sweep.segments[at].keep_best(Mean { sum, n });
                }
            }
        }
    }
}

/// Cuts a series where segments begin and end; stretches inside none are left out.
fn stretches(recording: &Labelled, spans: &[usize], series: &Series) -> Vec<Stretch> {
    let covering: Vec<_> = spans
        .iter()
        .enumerate()
        .filter(|&(_, &span)| recording.spans[span].covers(series))
        .map(|(place, &span)| (place, series.within(&recording.spans[span])))
        .filter(|(_, samples)| !samples.is_empty())
        .collect();
    let mut cuts: Vec<_> = covering.iter().flat_map(|(_, s)| [s.start, s.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    // Segments are in order of begin, and so are their samples.
    let mut coming = covering.into_iter().peekable();
    let mut open: Vec<(usize, Range<usize>)> = Vec::new();
    let mut stretches = Vec::new();
    for cut in cuts.windows(2) {
        open.retain(|(_, samples)| samples.end > cut[0]);
        open.extend(std::iter::from_fn(|| coming.next_if(|(_, samples)| samples.start <= cut[0])));
        if !open.is_empty() {
            let inside = open.iter().map(|(place, _)| *place).collect();
            stretches.push(Stretch { samples: cut[0]..cut[1], inside });
        }
    }
    stretches
}

/// Enters what a pass tells into the segments around it.
struct Counter<'c> {
    recording: &'c Labelled,
    series: &'c Series,
    segments: &'c mut [SegmentSweep],
    /// The present stretch first, or the next one where the sample lies between two.
    stretches: &'c [Stretch],
    /// The first sample for which that is no longer so.
    until: usize,
    /// The stretch that contains the present sample.
    inside: Option<&'c Stretch>,
    best: Option<Mean>,
}

impl<'c> Counter<'c> {
    fn new(
        recording: &'c Labelled,
        series: &'c Series,
        segments: &'c mut [SegmentSweep],
        stretches: &'c [Stretch],
    ) -> Self {
        Self { recording, series, segments, stretches, until: 0, inside: None, best: None }
    }

    #[inline]
    fn at(&mut self, sample: usize) {
        if sample >= self.until {
            self.move_to(sample);
        }
    }

    fn move_to(&mut self, sample: usize) {
        self.leave();
        while self.stretches.first().is_some_and(|s| s.samples.end <= sample) {
            self.stretches = &self.stretches[1..];
        }
        let next = self.stretches.first();
        self.inside = next.filter(|s| s.samples.start <= sample);
        self.until =
            next.map_or(usize::MAX, |s| if self.inside.is_some() { s.samples.end } else { s.samples.start });
    }

    fn leave(&mut self) {
        let (Some(best), Some(stretch)) = (self.best.take(), self.inside) else { return };
        for &place in &stretch.inside {
            self.segments[place].keep_best(best);
        }
    }
}

impl Visitor for Counter<'_> {
    #[inline]
    fn judged(&mut self, sample: usize, mean: Mean) {
        self.at(sample);
        if self.inside.is_some() && self.best.is_none_or(|best| mean.cmp_mean(best).is_gt()) {
            self.best = Some(mean);
        }
    }

    #[inline]
    fn taps(&mut self, sample: usize, places: Range<usize>) {
        self.at(sample);
        let Some(stretch) = self.inside else { return };
        for &at in &stretch.inside {
            let segment = &mut self.segments[at];
            if segment.intent == Intent::NoTap {
                segment.tapped_wrongly(places.clone());
            } else {
                let begin_us = self.recording.spans[segment.span].begin_us;
                segment.tapped(places.clone(), self.series.t_us[sample] - begin_us);
            }
        }
    }
}
