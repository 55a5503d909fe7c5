//! A series cut where `tap` and `no_tap` segments begin and end, so that a pass over it looks for
//! the segments around a sample once a stretch.

use std::ops::Range;

use super::labelled::{Labelled, Series};
use crate::recording::Intent;

/// Consecutive samples that lie in the same segments.
#[derive(Debug)]
pub(super) struct Stretch {
    /// Which.
    pub(super) samples: Range<usize>,
    /// At least one.
    pub(super) inside: Vec<Inside>,
}

/// A segment around a stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside {
    /// Its place among the `tap` and `no_tap` segments.
    pub(super) place: usize,
    /// Of a `tap` segment: its place among those.
    pub(super) nth_tap: Option<usize>,
    /// Its begin, in microseconds.
    pub(super) begin_us: i64,
}

/// The stretches of a series; those inside no segment of `spans` (places in the recording's, in
/// order of begin) are left out.
pub(super) fn stretches(recording: &Labelled, spans: &[usize], series: &Series) -> Vec<Stretch> {
    let mut taps = 0;
    let mut covering = Vec::new();
    for (place, span) in spans.iter().map(|&span| &recording.spans[span]).enumerate() {
        let nth_tap = (span.intent == Intent::Tap).then_some(taps);
        taps += usize::from(nth_tap.is_some());
        let samples = if span.covers(series) { series.within(span) } else { 0..0 };
        if !samples.is_empty() {
            covering.push((Inside { place, nth_tap, begin_us: span.begin_us }, samples));
        }
    }
    let mut cuts: Vec<_> = covering.iter().flat_map(|(_, s)| [s.start, s.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    // Segments are in order of begin, and so are their samples.
    let mut coming = covering.into_iter().peekable();
    let mut open: Vec<(Inside, Range<usize>)> = Vec::new();
    let mut stretches = Vec::new();
    for cut in cuts.windows(2) {
        open.retain(|(_, samples)| samples.end > cut[0]);
        open.extend(std::iter::from_fn(|| coming.next_if(|(_, samples)| samples.start <= cut[0])));
        if !open.is_empty() {
            let inside = open.iter().map(|(inside, _)| *inside).collect();
            stretches.push(Stretch { samples: cut[0]..cut[1], inside });
        }
    }
    stretches
}

/// Follows a pass through the stretches.
pub(super) struct Cursor<'s> {
    /// The present stretch first, or the next one where the sample lies between two.
    stretches: &'s [Stretch],
    /// The first sample for which that is no longer so.
    until: usize,
    inside: &'s [Inside],
}

impl<'s> Cursor<'s> {
    /// Before the first sample.
    pub(super) fn new(stretches: &'s [Stretch]) -> Self {
        Self { stretches, until: 0, inside: &[] }
    }

    /// The segments around a sample; it never lies before the last one that was asked for.
    #[inline]
    pub(super) fn around(&mut self, sample: usize) -> &'s [Inside] {
        if sample >= self.until {
            self.move_to(sample);
        }
        self.inside
    }

    fn move_to(&mut self, sample: usize) {
        while self.stretches.first().is_some_and(|s| s.samples.end <= sample) {
            self.stretches = &self.stretches[1..];
        }
        (self.inside, self.until) = match self.stretches.first() {
            Some(stretch) if stretch.samples.start <= sample => {
                (stretch.inside.as_slice(), stretch.samples.end)
            }
            Some(stretch) => (&[][..], stretch.samples.start),
            None => (&[][..], usize::MAX),
        };
    }
}
