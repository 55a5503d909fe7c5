//! One pass over a series for one window, all thresholds at once.
//!
//! With `level = ⌈sum / n⌉ − 1`, a window's mean exceeds exactly the thresholds ≤ `level`. Under
//! the plain rule a window taps at the thresholds in (level before, level now]: those it exceeds
//! and that the window before did not, since a tap re-arms when the mean is back at the threshold
//! (rule 3). The other readings of the rules keep one armed bit per threshold. Both agree with
//! `engine::tap` (see `tests/sweep.rs`).

use super::labelled::Series;
use super::sums::{Sums, ceiling};
use super::thresholds::THRESHOLDS;
use crate::engine::{Mean, Model, PartialWindow, TapRule};

/// What a pass tells, in order of the samples.
pub(super) trait Visitor {
    /// A window was judged at this sample and has this mean.
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

/// The plain rule over the samples of `range`; tells the taps alone. `levels` is working memory.
pub(super) fn plain(
    sums: &Sums,
    window: usize,
    range: std::ops::Range<usize>,
    levels: &mut Vec<u8>,
    visitor: &mut impl Visitor,
) {
    let first = range.start.max(window - 1);
    if first >= range.end {
        return;
    }
    levels.clear();
    // Before its first full window every threshold is armed.
    let before = first.checked_sub(1).filter(|&sample| sample + 1 >= window);
    if before.is_none() {
        levels.push(0);
    }
    sums.levels(window, before.unwrap_or(first)..range.end, levels);
    rises(levels, |at, places| visitor.taps(first + at, places));
}

/// The places where a level exceeds the one before it, from the second level on, and from where to
/// where it rose. Eight at a time: of levels below 128 the subtraction sets the top bit of a byte
/// where that one rises, and borrows from no other byte.
fn rises(levels: &[u8], mut each: impl FnMut(usize, std::ops::Range<usize>)) {
    const TOP: u64 = 0x8080_8080_8080_8080;
    const ONE: u64 = 0x0101_0101_0101_0101;
    let (Some((_, now)), Some((_, before))) = (levels.split_first(), levels.split_last()) else { return };
    let (eights, last) = now.as_chunks::<8>();
    let (eights_before, last_before) = before.as_chunks::<8>();
    for (index, (now, before)) in eights.iter().zip(eights_before).enumerate() {
        let mut risen = ((u64::from_le_bytes(*now) | TOP) - ONE - u64::from_le_bytes(*before)) & TOP;
        while risen != 0 {
            let at = (risen.trailing_zeros() / 8) as usize;
            each(index * 8 + at, usize::from(before[at])..usize::from(now[at]));
            risen &= risen - 1;
        }
    }
    let index = eights.len() * 8;
    for (at, (now, before)) in last.iter().zip(last_before).enumerate().filter(|(_, (n, b))| n > b) {
        each(index + at, usize::from(*before)..usize::from(*now));
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rises_are_where_a_level_exceeds_the_one_before(levels in proptest::collection::vec(0u8..=127, 0..40)) {
            let mut found = Vec::new();
            rises(&levels, |at, places| found.push((at, places)));
            let pairs = levels.windows(2).enumerate();
            let expected: Vec<_> = pairs
                .filter(|(_, pair)| pair[0] < pair[1])
                .map(|(at, pair)| (at, usize::from(pair[0])..usize::from(pair[1])))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
