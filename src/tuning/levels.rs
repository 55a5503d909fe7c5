//! The plain rule for one window, all thresholds at once.
//!
//! With `level = ⌈sum / n⌉ − 1`, a window's mean exceeds exactly the thresholds ≤ `level`. Under
//! the plain rule a window taps at the thresholds in (level before, level now]: those it exceeds
//! and that the window before did not, since a tap re-arms when the mean is back at the threshold
//! (rule 3). It agrees with `engine::tap` (see `tests/sweep.rs`).

use std::ops::Range;

use super::sums::Sums;

/// Levels that are compared at once.
const LANES: usize = 64;

/// The levels of consecutive samples under one window, by the plain rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    /// That of the sample before the first, those of the samples, and [`LANES`] that mean nothing.
    levels: Vec<u8>,
    samples: Range<usize>,
}

impl Levels {
    /// Takes the samples of `range`, as far as there is a full window.
    pub(super) fn fill(&mut self, sums: &Sums<'_>, window: usize, range: Range<usize>) {
        self.samples = range.start.max(window - 1).min(range.end)..range.end;
        self.levels.clear();
        if self.samples.is_empty() {
            return;
        }
        // Before its first full window every threshold is armed.
        let first = self.samples.start;
        let before = first.checked_sub(1).filter(|&sample| sample + 1 >= window);
        if before.is_none() {
            self.levels.push(0);
        }
        sums.levels(window, before.unwrap_or(first)..range.end, &mut self.levels);
        self.levels.resize(self.levels.len() + LANES, 0);
    }

    /// The samples of `range` whose level exceeds that of the sample before: which, and from where
    /// to where it rose. It taps at the thresholds between.
    #[inline]
    pub(super) fn rises(&self, range: &Range<usize>, mut each: impl FnMut(usize, u8, u8)) {
        let range = range.start.max(self.samples.start)..range.end.min(self.samples.end);
        for sample in range.clone().step_by(LANES) {
            let Some(levels) = self.levels.get(sample - self.samples.start..) else { return };
            let (Some(before), Some(now)) = (levels.first_chunk(), levels[1..].first_chunk()) else { return };
            let mut risen = risen(before, now);
            let count = range.end - sample;
            if count < LANES {
                risen &= (1 << count) - 1;
            }
            while risen != 0 {
                let at = risen.trailing_zeros() as usize;
                each(sample + at, before[at], now[at]);
                risen &= risen - 1;
            }
        }
    }
}

/// A bit for each level that exceeds the one before it. Eight at a time: of levels below 128 the
/// subtraction sets the top bit of a byte where that one rises, and borrows from no other byte;
/// the multiplication brings the eight top bits together.
#[inline]
fn risen(before: &[u8; LANES], now: &[u8; LANES]) -> u64 {
    const TOP: u64 = 0x8080_8080_8080_8080;
    const ONE: u64 = 0x0101_0101_0101_0101;
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (before, now) = (before.as_chunks::<8>().0, now.as_chunks::<8>().0);
    let eights = now.iter().zip(before).map(|(now, before)| {
        let risen = ((u64::from_le_bytes(*now) | TOP) - ONE - u64::from_le_bytes(*before)) & TOP;
        (risen >> 7).wrapping_mul(GATHER) >> 56
    });
    eights.enumerate().fold(0, |all, (at, eight)| all | eight << (8 * at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::labelled::Series;
    use super::super::sums::ceiling;
    use super::*;

    proptest! {
        #[test]
        fn rises_are_where_a_level_exceeds_the_one_before(
            rssi_dbm in proptest::collection::vec(-127i8..=20, 0..200),
            window in 1usize..6,
            (begin, end, from, to) in (0usize..200, 0usize..200, 0usize..200, 0usize..200),
        ) {
            let series = Series { rssi_dbm, ..Series::default() };
            let (sums, whole) = (Sums::of(&series), 0..series.rssi_dbm.len());
            let range = begin.min(whole.end)..end.min(whole.end);
            let mut levels = Levels::default();
            levels.fill(&sums, window, range.clone());
            let mut found = Vec::new();
            levels.rises(&(from..to), |sample, before, now| found.push((sample, before, now)));
            let level = |sample: usize| {
                let full = sample + 1 >= window;
                let sum = || series.rssi_dbm[sample + 1 - window..=sample].iter().map(|r| i32::from(*r)).sum();
                let n = i32::try_from(window).unwrap();
                if full { u8::try_from((ceiling(sum(), n) + 127).clamp(0, 127)).unwrap() } else { 0 }
            };
            let expected: Vec<_> = range
                .filter(|sample| (from..to).contains(sample) && sample + 1 >= window)
                .map(|sample| (sample, sample.checked_sub(1).map_or(0, level), level(sample)))
                .filter(|(_, before, now)| before < now)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
