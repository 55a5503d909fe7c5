//! One pass over a series for one window, all thresholds at once.
//!
//! The readings other than the plain one keep one armed bit per threshold; it agrees with
//! `engine::tap` (see `tests/sweep.rs`). The plain one is in `levels`.

use std::ops::Range;

use super::labelled::Series;
use super::sums::ceiling;
use super::thresholds::THRESHOLDS;
use crate::engine::{Mean, Model, PartialWindow, TapRule};

/// What a pass tells, in order of the samples.
pub(super) trait Visitor {
    /// A window was judged at this sample and has this mean.
    fn judged(&mut self, sample: usize, mean: Mean);
    /// It tapped at the thresholds of these places.
    fn taps(&mut self, sample: usize, places: Range<usize>);
}

/// Whether only the window before a sample matters; the other readings need all that came before.
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
