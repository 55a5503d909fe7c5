//! The exact sweep: for every (window, threshold) the counts that a replay with those two
//! parameters would give, in one pass per window.

use std::ops::Range;

use super::edges::{self, Visitor};
use super::labelled::{Labelled, Series};
use super::levels::Levels;
use super::stretches::{Cursor, Inside, Stretch, stretches};
use super::sums::Sums;
use super::thresholds::{THRESHOLDS, place};
use crate::engine::{Mean, Model};
use crate::recording::Intent;

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
        for place in places {
            let so_far_us = if self.taps[place] == 0 { i64::MAX } else { self.first_us[place] };
            self.first_us[place] = so_far_us.min(latency_us);
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
}

/// A recording prepared for many passes.
#[derive(Debug)]
pub struct Sweeper<'r> {
    pub(super) recording: &'r Labelled,
    /// Of each series.
    pub(super) sums: Vec<Sums<'r>>,
    /// Of each series: the stretches of samples and the segments that contain them.
    pub(super) stretches: Vec<Vec<Stretch>>,
    /// The spans that matter, as places in the recording's.
    pub(super) spans: Vec<usize>,
    pub(super) model: Model,
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

    /// One window, all thresholds, segment by segment.
    pub fn window(&self, window: usize) -> WindowSweep {
        let fresh = |&span: &usize| SegmentSweep {
            span,
            intent: self.recording.spans[span].intent,
            taps: Box::new([0; THRESHOLDS]),
            first_us: Box::new([0; THRESHOLDS]),
            best: None,
        };
        let mut segments: Vec<_> = self.spans.iter().map(fresh).collect();
        if edges::is_plain(&self.model) {
            let mut levels = Levels::default();
            self.for_each_run(|index, run| self.plain(window, index, run, &mut levels, &mut segments));
        } else {
            for (series, stretches) in self.recording.series.iter().zip(&self.stretches) {
                let Some(last) = stretches.last() else { continue };
                let mut entering =
                    Entering { series, segments: &mut segments, cursor: Cursor::new(stretches) };
                edges::switched(series, window, &self.model, last.samples.end, &mut entering);
            }
        }
        WindowSweep { window, segments }
    }

    fn plain(
        &self,
        window: usize,
        index: usize,
        run: &[Stretch],
        levels: &mut Levels,
        segments: &mut [SegmentSweep],
    ) {
        let ([first, ..], [.., last], Ok(n)) = (run, run, i32::try_from(window)) else { return };
        levels.fill(&self.sums[index], window, first.samples.start..last.samples.end);
        for stretch in run {
            let best = self.sums[index].greatest(window, stretch.samples.clone());
            for inside in &stretch.inside {
                let segment = &mut segments[inside.place];
                levels.rises(&stretch.samples, |sample, before, now| {
                    let latency_us = self.recording.series[index].t_us[sample] - inside.begin_us;
                    segment.tapped(before.into()..now.into(), latency_us);
                });
                if let Some(sum) = best {
                    segment.keep_best(Mean { sum, n });
                }
            }
        }
    }

    /// Adjoining stretches of a series, with its place: all series of a few segments before the
    /// next few, whose counts then stay in the cache.
    pub(super) fn for_each_run(&self, mut each: impl FnMut(usize, &[Stretch])) {
        let most = self.stretches.iter().map(Vec::len).max().unwrap_or(0);
        for block in 0..most.div_ceil(BLOCK) {
            for (index, stretches) in self.stretches.iter().enumerate() {
                let stretches = stretches.chunks(BLOCK).nth(block).unwrap_or_default();
                for run in stretches.chunk_by(|a, b| a.samples.end == b.samples.start) {
                    each(index, run);
                }
            }
        }
    }
}

/// Enters what a pass tells into the segments around it.
struct Entering<'e> {
    series: &'e Series,
    segments: &'e mut [SegmentSweep],
    cursor: Cursor<'e>,
}

impl Visitor for Entering<'_> {
    fn judged(&mut self, sample: usize, mean: Mean) {
        for inside in self.cursor.around(sample) {
            self.segments[inside.place].keep_best(mean);
        }
    }

    fn taps(&mut self, sample: usize, places: Range<usize>) {
        for &Inside { place, begin_us, .. } in self.cursor.around(sample) {
            self.segments[place].tapped(places.clone(), self.series.t_us[sample] - begin_us);
        }
    }
}
