//! One pass over a series for one window, all thresholds at once.
//!
//! With `level = ⌈sum / n⌉ − 1`, a window's mean exceeds exactly the thresholds ≤ `level`. Under
//! the plain rule a window taps at the thresholds in (level before, level now]: those it exceeds
//! and that the window before did not, since a tap re-arms when the mean is back at the threshold
//! (rule 3). The other readings of the rules keep one armed bit per threshold. Both agree with
//! `engine::tap` (see `tests/sweep.rs`).

use super::labelled::Series;
use crate::engine::{Mean, Model, PartialWindow, TapRule};

/// Thresholds −127…−1 as places 0…126.
pub(super) const THRESHOLDS: usize = 127;

/// The place of a threshold.
pub(super) fn place(threshold_dbm: i32) -> Option<usize> {
    usize::try_from(threshold_dbm + 127).ok().filter(|&p| p < THRESHOLDS)
}

/// What the pass tells of each sample, in order.
pub(super) trait Visitor {
    /// A window was judged at this sample; under the plain rule it has this mean.
    fn judged(&mut self, sample: usize, mean: Mean);
    /// It tapped at the thresholds of these places.
    fn taps(&mut self, sample: usize, places: std::ops::Range<usize>);
}

/// Whether the pass may be restricted to some samples: the plain rule needs only the window
/// before them, the others need all that came before.
pub(super) fn is_plain(model: &Model) -> bool {
    *model
        == Model {
            proximity_check: model.proximity_check,
            absent_rule: model.absent_rule,
            absent_after_s: model.absent_after_s,
            lock_countdown_s: model.lock_countdown_s,
            unlock_rule: model.unlock_rule,
            ..Model::default()
        }
}

/// The plain rule over the samples of `range`.
pub(super) fn plain(
    prefix: &[i32],
    window: usize,
    range: std::ops::Range<usize>,
    visitor: &mut impl Visitor,
) {
    let Ok(n) = i32::try_from(window) else { return };
    let first = range.start.max(window - 1);
    if first >= range.end {
        return;
    }
    let level = Level::of(window);
    let sum_at = |sample: usize| prefix[sample + 1] - prefix[sample + 1 - window];
    // Before its first full window every threshold is armed.
    let mut before = if first >= window { level.place(sum_at(first - 1)) } else { 0 };
    let ends = &prefix[first + 1..=range.end];
    let starts = &prefix[first + 1 - window..];
    for (offset, (end, start)) in ends.iter().zip(starts).enumerate() {
        let sum = end - start;
        let now = level.place(sum);
        visitor.judged(first + offset, Mean { sum, n });
        if now > before {
            visitor.taps(first + offset, before..now);
        }
        before = now;
    }
}

/// Places below which a sum's mean exceeds the threshold: `⌈sum / n⌉ + 127`, clamped, by one
/// multiplication instead of a division; exact for windows up to 1000.
struct Level {
    reciprocal: u64,
    offset: i64,
}

impl Level {
    fn of(window: usize) -> Self {
        let window = window as u64;
        Self { reciprocal: (1 << 32) / window + 1, offset: (128 * window - 1).cast_signed() }
    }

    #[inline]
    fn place(&self, sum: i32) -> usize {
        // 0 … 148·n − 1, so that the quotient is ⌈sum / n⌉ + 127.
        let shifted = u64::try_from(i64::from(sum) + self.offset).unwrap_or(0);
        let quotient = (shifted * self.reciprocal) >> 32;
        usize::try_from(quotient).unwrap_or(THRESHOLDS).min(THRESHOLDS)
    }
}

/// Any reading of the rules, over all samples of the series up to `end`.
pub(super) fn switched(
    series: &Series,
    window: usize,
    model: &Model,
    end: usize,
    visitor: &mut impl Visitor,
) {
    let every_sample = model.tap_rule == TapRule::EverySampleAbove;
    let partial = model.partial_window == PartialWindow::Use;
    let cooldown_us = i64::from(model.rearm_cooldown_ms) * 1000;
    let mut armed = u128::MAX >> (128 - THRESHOLDS);
    let mut tapped_at_us = [0i64; THRESHOLDS];
    let mut sum = 0i32;
    let mut weakest = Weakest::default();
    for sample in 0..end.min(series.rssi_dbm.len()) {
        let rssi_dbm = series.rssi_dbm[sample];
        sum += i32::from(rssi_dbm);
        if sample >= window {
            sum -= i32::from(series.rssi_dbm[sample - window]);
        }
        if every_sample {
            weakest.push(sample, rssi_dbm, window);
        }
        let count = (sample + 1).min(window);
        if count < window && !partial {
            continue;
        }
        let n = i32::try_from(count).unwrap_or(i32::MAX);
        visitor.judged(sample, Mean { sum, n });
        // Mean ≤ threshold − h, that is threshold ≥ ⌈mean⌉ + h.
        let returned = below(ceiling(sum, n) + i32::from(model.rearm_hysteresis_db));
        let exceeded = if every_sample { below(weakest.dbm()) } else { below(ceiling(sum, n)) };
        let taps = armed & exceeded;
        let t_us = series.t_us[sample];
        let mut rearms = !armed & !returned & (u128::MAX >> (128 - THRESHOLDS));
        if cooldown_us > 0 {
            for p in bits(rearms) {
                if t_us - tapped_at_us[p] < cooldown_us {
                    rearms &= !(1 << p);
                }
            }
        }
        for p in bits(taps) {
            tapped_at_us[p] = t_us;
            visitor.taps(sample, p..p + 1);
        }
        armed = (armed & !taps) | rearms;
    }
}

fn ceiling(sum: i32, n: i32) -> i32 {
    -(-sum).div_euclid(n)
}

/// The places of the thresholds < `dbm`.
fn below(dbm: i32) -> u128 {
    match u32::try_from(dbm + 127) {
        Ok(count) if count >= 127 => u128::MAX >> (128 - THRESHOLDS),
        Ok(count) => (1 << count) - 1,
        Err(_) => 0,
    }
}

fn bits(mut mask: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (mask != 0).then_some(mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(place)
    })
}

/// The weakest sample of a sliding window.
#[derive(Default)]
struct Weakest(std::collections::VecDeque<(usize, i8)>);

impl Weakest {
    fn push(&mut self, sample: usize, rssi_dbm: i8, window: usize) {
        while self.0.back().is_some_and(|&(_, weaker)| weaker >= rssi_dbm) {
            self.0.pop_back();
        }
        self.0.push_back((sample, rssi_dbm));
        while self.0.front().is_some_and(|&(at, _)| at + window <= sample) {
            self.0.pop_front();
        }
    }

    fn dbm(&self) -> i32 {
        self.0.front().map_or(i32::MIN / 2, |&(_, dbm)| i32::from(dbm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reciprocal_divides_exactly() {
        for window in 1..=1000usize {
            let level = Level::of(window);
            let n = i32::try_from(window).unwrap();
            let sums = (-127 * n..=20 * n).filter(|s| window < 40 || s % 7 == 0 || s.rem_euclid(n) < 2);
            for sum in sums {
                let expected = usize::try_from(ceiling(sum, n) + 127).unwrap_or(0).min(THRESHOLDS);
                assert_eq!(level.place(sum), expected, "{sum}/{n}");
            }
        }
    }
}
