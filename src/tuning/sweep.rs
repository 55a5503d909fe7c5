//! The exact sweep: for every (window, threshold) the counts that a replay with those two
//! parameters would give, in one pass per window.

use super::edges::{self, THRESHOLDS, Visitor, place};
use super::labelled::{Labelled, Series};
use crate::engine::{Mean, Model};
use crate::recording::Intent;
use crate::replay::Latencies;

/// One `tap` or `no_tap` segment under one window, at every threshold.
#[derive(Clone, Debug)]
pub struct SegmentSweep {
    /// Its place in the recording's spans.
    pub span: usize,
    /// `tap` or `no_tap`.
    pub intent: Intent,
    /// Taps at each threshold.
    taps: Box<[u32; THRESHOLDS]>,
    /// Begin to first tap at each threshold, in microseconds; `i64::MAX` where there is none.
    first_us: Box<[i64; THRESHOLDS]>,
    /// The strongest window mean in it.
    pub best: Option<Mean>,
}

impl SegmentSweep {
    /// Taps at a threshold; none at 0, which turns BLE tap off.
    pub fn taps(&self, threshold_dbm: i32) -> u32 {
        place(threshold_dbm).map_or(0, |p| self.taps[p])
    }

    /// From its begin to its first tap, in microseconds.
    pub fn latency_us(&self, threshold_dbm: i32) -> Option<i64> {
        place(threshold_dbm).map(|p| self.first_us[p]).filter(|&us| us != i64::MAX)
    }
}

/// All segments of one recording under one window.
#[derive(Clone, Debug)]
pub struct WindowSweep {
    /// `rssi_window_tap`.
    pub window: usize,
    /// Its `tap` and `no_tap` segments, in order of begin.
    pub segments: Vec<SegmentSweep>,
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
        for segment in &sweep.segments {
            let taps = segment.taps(threshold_dbm);
            if segment.intent == Intent::NoTap {
                self.false_taps += u64::from(taps);
                continue;
            }
            self.hit += u64::from(taps > 0);
            self.missed += u64::from(taps == 0);
            self.double += u64::from(taps > 1);
            self.latencies.extend(segment.latency_us(threshold_dbm));
        }
    }
}

/// A recording prepared for many passes.
#[derive(Debug)]
pub struct Sweeper<'r> {
    recording: &'r Labelled,
    /// Of each series: the sum of its samples before each place.
    prefixes: Vec<Vec<i32>>,
    /// Of each series: the stretches of samples and the segments that contain them.
    stretches: Vec<Vec<Stretch>>,
    /// The spans that matter, as places in the recording's.
    spans: Vec<usize>,
    model: Model,
}

#[derive(Debug)]
struct Stretch {
    samples: std::ops::Range<usize>,
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
        let prefixes = recording.series.iter().map(prefix_sums).collect();
        Self { recording, prefixes, stretches, spans, model: *model }
    }

    /// One window, all thresholds.
    pub fn window(&self, window: usize) -> WindowSweep {
        let fresh = |&span: &usize| SegmentSweep {
            span,
            intent: self.recording.spans[span].intent,
            taps: Box::new([0; THRESHOLDS]),
            first_us: Box::new([i64::MAX; THRESHOLDS]),
            best: None,
        };
        let mut segments: Vec<_> = self.spans.iter().map(fresh).collect();
        let plain = edges::is_plain(&self.model);
        for (index, series) in self.recording.series.iter().enumerate() {
            let stretches = &self.stretches[index];
            if plain {
                for stretch in stretches {
                    let mut counter =
                        Counter::new(self.recording, series, &mut segments, std::slice::from_ref(stretch));
                    edges::plain(&self.prefixes[index], window, stretch.samples.clone(), &mut counter);
                    counter.finish();
                }
            } else if let Some(last) = stretches.last() {
                let mut counter = Counter::new(self.recording, series, &mut segments, stretches);
                edges::switched(series, window, &self.model, last.samples.end, &mut counter);
                counter.finish();
            }
        }
        WindowSweep { window, segments }
    }
}

pub(super) fn prefix_sums(series: &Series) -> Vec<i32> {
    let mut sum = 0i32;
    // Wrapping is harmless: only differences over a window are used.
    std::iter::once(0)
        .chain(series.rssi_dbm.iter().map(|&r| {
            sum = sum.wrapping_add(i32::from(r));
            sum
        }))
        .collect()
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
    cuts.windows(2)
        .map(|cut| {
            let inside = covering.iter().filter(|(_, s)| s.start <= cut[0] && cut[1] <= s.end);
            Stretch { samples: cut[0]..cut[1], inside: inside.map(|(place, _)| *place).collect() }
        })
        .filter(|stretch| !stretch.inside.is_empty())
        .collect()
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
            let kept = &mut self.segments[place].best;
            if kept.is_none_or(|k| best.cmp_mean(k).is_gt()) {
                *kept = Some(best);
            }
        }
    }

    fn finish(mut self) {
        self.leave();
    }
}

impl Visitor for Counter<'_> {
    #[inline]
    fn judged(&mut self, sample: usize, mean: Mean) {
        if sample >= self.until {
            self.move_to(sample);
        }
        if self.inside.is_some() && self.best.is_none_or(|best| mean.cmp_mean(best).is_gt()) {
            self.best = Some(mean);
        }
    }

    fn taps(&mut self, sample: usize, places: std::ops::Range<usize>) {
        let Some(stretch) = self.inside else { return };
        let t_us = self.series.t_us[sample];
        for &at in &stretch.inside {
            let segment = &mut self.segments[at];
            let latency_us = t_us - self.recording.spans[segment.span].begin_us;
            for place in places.clone() {
                segment.taps[place] += 1;
                segment.first_us[place] = segment.first_us[place].min(latency_us);
            }
        }
    }
}
