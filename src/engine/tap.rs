//! When does it tap? "When the average RSSI from the tap window parameters exceeds the tap
//! threshold, Nymi Bluetooth Endpoint detects a tap" (Troubleshooting Guide v14, "Tuning Nymi Band
//! Tap Behaviour"). Rules 1–4 of `docs/nbe-model.md`.

use super::mean::Mean;
use super::model::{Model, PartialWindow, TapRule};
use super::parameters::{Parameter, ParameterSet};

/// The tap parameters and switches of one engine.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    window: usize,
    threshold_dbm: i32,
    every_sample: bool,
    partial: bool,
    rearm_hysteresis_db: i32,
    rearm_cooldown_us: i64,
}

impl Rule {
    /// `None` where BLE tap is off: threshold 0 (guide, Table 5).
    pub(super) fn new(parameters: &ParameterSet, model: &Model) -> Option<Self> {
        let threshold_dbm = parameters.get(Parameter::TapThreshold).filter(|&t| t != 0)?;
        Some(Self {
            window: usize::try_from(parameters.get(Parameter::WindowTap)?).ok()?,
            threshold_dbm,
            every_sample: model.tap_rule == TapRule::EverySampleAbove,
            partial: model.partial_window == PartialWindow::Use,
            rearm_hysteresis_db: i32::from(model.rearm_hysteresis_db),
            rearm_cooldown_us: i64::from(model.rearm_cooldown_ms) * 1000,
        })
    }
}

/// What a sample did to the tap decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapDecision {
    /// Too few samples (A1).
    Waiting,
    /// The window was judged and does not exceed the threshold, by `tap_rule`.
    No(Mean),
    /// The window would tap, but the approach that has tapped already has not ended (rule 3, A2).
    NotRearmed(NotRearmed),
    /// A tap.
    Tap(Mean),
}

impl TapDecision {
    /// The window's mean, where the window was judged.
    #[inline]
    pub fn mean(self) -> Option<Mean> {
        match self {
            Self::Waiting => None,
            Self::No(mean) | Self::Tap(mean) | Self::NotRearmed(NotRearmed { mean, .. }) => Some(mean),
        }
    }
}

/// A window that would tap, had the approach before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRearmed {
    /// The window's mean.
    pub mean: Mean,
    /// When that approach tapped, in microseconds.
    pub tapped_at_us: i64,
    /// Whether `rearm_cooldown_ms` are not over since then.
    pub cools_down: bool,
}

/// The tap window of one (source, band).
#[derive(Debug)]
pub(super) struct Tap {
    ring: Box<[i8]>,
    next: usize,
    filled: usize,
    sum: i32,
    /// Samples of the window above the threshold; kept only for `every-sample-above`.
    above: usize,
    /// When it last tapped, until the mean has returned to the threshold.
    tapped_at_us: Option<i64>,
}

impl Tap {
    pub(super) fn new(rule: &Rule) -> Self {
        let ring = vec![0; rule.window].into_boxed_slice();
        Self { ring, next: 0, filled: 0, sum: 0, above: 0, tapped_at_us: None }
    }

    #[inline]
    pub(super) fn sample(&mut self, rule: &Rule, t_us: i64, rssi_dbm: i8) -> TapDecision {
        let full = self.push(rule, rssi_dbm);
        if !full && !rule.partial {
            return TapDecision::Waiting;
        }
        let n = i32::try_from(self.filled).unwrap_or(i32::MAX);
        let mean = Mean { sum: self.sum, n };
        let exceeds =
            if rule.every_sample { self.above == self.filled } else { mean.exceeds(rule.threshold_dbm) };
        if let Some(tapped_at_us) = self.tapped_at_us {
            let returned = !mean.exceeds(rule.threshold_dbm - rule.rearm_hysteresis_db);
            let cools_down = t_us - tapped_at_us < rule.rearm_cooldown_us;
            if returned && !cools_down {
                self.tapped_at_us = None;
            }
            return if exceeds {
                TapDecision::NotRearmed(NotRearmed { mean, tapped_at_us, cools_down })
            } else {
                TapDecision::No(mean)
            };
        }
        if !exceeds {
            return TapDecision::No(mean);
        }
        self.tapped_at_us = Some(t_us);
        TapDecision::Tap(mean)
    }

    /// Takes the sample into the window; whether it is full. Old samples stay until newer ones
    /// push them out, however long that takes (rule 4).
    fn push(&mut self, rule: &Rule, rssi_dbm: i8) -> bool {
        let slot = &mut self.ring[self.next];
        let was_full = self.filled == rule.window;
        let oldest = std::mem::replace(slot, rssi_dbm);
        self.next = if self.next + 1 == rule.window { 0 } else { self.next + 1 };
        self.sum += i32::from(rssi_dbm) - i32::from(oldest);
        if !was_full {
            self.filled += 1;
        }
        if rule.every_sample {
            self.above += usize::from(i32::from(rssi_dbm) > rule.threshold_dbm);
            self.above -= usize::from(was_full && i32::from(oldest) > rule.threshold_dbm);
        }
        self.filled == rule.window
    }
}
