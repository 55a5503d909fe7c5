//! The means that the engine formed, sample by sample: the curves in the plot.

use crate::engine::{Judged, TapDecision, Zone};

use super::pyramid::Pyramid;

/// The window means of one series.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// Samples before the tap window was full: the first mean belongs to the sample behind them.
    pub waiting: usize,
    /// The tap window's mean after each later sample, in dBm.
    pub tap_dbm: Pyramid<f32>,
    /// Each distance check: when, its mean in dBm and the zone.
    pub checks: Vec<(i64, f32, Zone)>,
}

impl Means {
    /// Takes what the engine made of the next sample.
    pub fn push(&mut self, t_us: i64, judged: &Judged) {
        match judged.tap {
            TapDecision::Waiting => self.waiting += 1,
            TapDecision::No(mean) | TapDecision::Tap(mean) => self.tap_dbm.push(drawn(mean.as_dbm())),
        }
        if let Some(check) = judged.check {
            self.checks.push((t_us, drawn(check.mean.as_dbm()), check.zone));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "to be drawn, not decided by")]
fn drawn(dbm: f64) -> f32 {
    dbm as f32
}
