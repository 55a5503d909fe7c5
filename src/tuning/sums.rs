//! Sums over a sliding window, and the level of each: the place below which its mean exceeds the
//! threshold.

use std::ops::Range;
use std::sync::OnceLock;

use super::labelled::Series;
use super::thresholds::THRESHOLDS;

/// Up to this window 16 bits hold all that a level needs; the processor divides eight at a time.
const NARROW: Range<usize> = 2..221;

/// The sums of a series' samples before each of its places.
#[derive(Debug)]
pub(super) struct Sums<'s> {
    series: &'s Series,
    // Wrapping is harmless in both: only differences over a window are used.
    narrow: Vec<u16>,
    wide: OnceLock<Vec<i32>>,
}

impl<'s> Sums<'s> {
    pub(super) fn of(series: &'s Series) -> Self {
        let mut sum = 0u16;
        let sums = series.rssi_dbm.iter().map(|&rssi_dbm| {
            sum = sum.wrapping_add(i16::from(rssi_dbm).cast_unsigned());
            sum
        });
        Self { series, narrow: std::iter::once(0).chain(sums).collect(), wide: OnceLock::new() }
    }

    fn wide(&self) -> &[i32] {
        self.wide.get_or_init(|| prefix_sums(self.series))
    }

    /// The greatest sum of `window` samples that ends in `range`.
    pub(super) fn greatest(&self, window: usize, range: Range<usize>) -> Option<i32> {
        let first = range.start.max(window - 1);
        let wide = self.wide();
        let ends = wide.get(first + 1..=range.end)?;
        ends.iter().zip(&wide[first + 1 - window..]).map(|(end, start)| end.wrapping_sub(*start)).max()
    }

    /// Appends for each sample of `range`, none of which lies before the first full window:
    /// `⌈sum / window⌉ + 127`, clamped to the places of the thresholds.
    pub(super) fn levels(&self, window: usize, range: Range<usize>, levels: &mut Vec<u8>) {
        let (ends, starts) =
            (range.start + 1..range.end + 1, range.start + 1 - window..range.end + 1 - window);
        if NARROW.contains(&window) {
            let divide = Narrow::by(window);
            let pairs = self.narrow[ends].iter().zip(&self.narrow[starts]);
            levels.extend(pairs.map(|(end, start)| divide.level(end.wrapping_sub(*start))));
        } else {
            let divide = Wide::by(window);
            let wide = self.wide();
            let pairs = wide[ends].iter().zip(&wide[starts]);
            levels.extend(pairs.map(|(end, start)| divide.level(end.wrapping_sub(*start))));
        }
    }
}

pub(super) fn prefix_sums(series: &Series) -> Vec<i32> {
    let mut sum = 0i32;
    std::iter::once(0)
        .chain(series.rssi_dbm.iter().map(|&r| {
            sum = sum.wrapping_add(i32::from(r));
            sum
        }))
        .collect()
}

/// `⌈sum / n⌉`.
pub(super) fn ceiling(sum: i32, n: i32) -> i32 {
    -(-sum).div_euclid(n)
}

/// Division by one multiplication; exact for windows up to 1000.
struct Wide {
    reciprocal: u64,
    offset: i64,
}

impl Wide {
    fn by(window: usize) -> Self {
        let window = window as u64;
        Self { reciprocal: (1 << 32) / window + 1, offset: (128 * window - 1).cast_signed() }
    }

    #[inline]
    fn level(&self, sum: i32) -> u8 {
        // 0 … 148·n − 1, so that the quotient is ⌈sum / n⌉ + 127.
        let shifted = u64::try_from(i64::from(sum) + self.offset).unwrap_or(0);
        let quotient = (shifted * self.reciprocal) >> 32;
        u8::try_from(quotient.min(THRESHOLDS as u64)).unwrap_or(u8::MAX)
    }
}

/// The same in 16 bits. With 2^s < n ≤ 2^(s + 1) the reciprocal 2^(16 + s) / n + 1 fits, and it is
/// too great by at most n: exact while 148·n·n < 2^(16 + s), which 221 is the first to break.
struct Narrow {
    reciprocal: u16,
    shift: u32,
    offset: u16,
}

impl Narrow {
    fn by(window: usize) -> Self {
        let shift = (window - 1).ilog2();
        Self {
            reciprocal: u16::try_from((1usize << (16 + shift)) / window + 1).unwrap_or(u16::MAX),
            shift,
            offset: u16::try_from(128 * window - 1).unwrap_or(u16::MAX),
        }
    }

    #[inline]
    fn level(&self, sum: u16) -> u8 {
        let shifted = sum.wrapping_add(self.offset);
        let high = (u32::from(shifted) * u32::from(self.reciprocal)) >> 16;
        (high >> self.shift).min(127) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_divisions_are_exact() {
        for window in 1..=1000usize {
            let n = i32::try_from(window).unwrap();
            let (wide, narrow) = (Wide::by(window), NARROW.contains(&window).then(|| Narrow::by(window)));
            for sum in -127 * n..=20 * n {
                let expected = u8::try_from((ceiling(sum, n) + 127).clamp(0, 127)).unwrap();
                assert_eq!(wide.level(sum), expected, "{sum}/{n}");
                if let Some(narrow) = &narrow {
                    let low = u16::try_from(sum.rem_euclid(1 << 16)).unwrap();
                    assert_eq!(narrow.level(low), expected, "{sum}/{n} in 16 bits");
                }
            }
        }
    }
}
