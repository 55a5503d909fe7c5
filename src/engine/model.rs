//! The switches of the model: where the vendor's words allow two readings, which one is in use,
//! and the NES policy. Every result names what it used.

use serde::{Deserialize, Serialize};

/// A1: what a tap window does before it is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartialWindow {
    /// No decision until `rssi_window_tap` samples have arrived.
    #[default]
    Wait,
    /// Decide on the samples there are.
    Use,
}

/// Rule 2: what must exceed the threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TapRule {
    /// The window's mean.
    #[default]
    Mean,
    /// Every sample of the window; re-arms by the mean.
    EverySampleAbove,
}

/// A3: when the distance is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProximityCheck {
    /// Each time `rssi_window_long` new samples have arrived.
    #[default]
    EveryWindow,
    /// At each sample, over the last `rssi_window_long`, once there are so many.
    EverySample,
}

/// A5: what counts as absence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbsentRule {
    /// No sample for `absent_after_s`.
    #[default]
    NoSample,
    /// No close check for `absent_after_s`.
    NotClose,
}

/// A7: what `present` does to a locked terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnlockRule {
    /// It unlocks (guide).
    #[default]
    OnPresent,
    /// It only lets an unlock succeed (support article): `unlocked` is never reported.
    Gate,
}

/// Which reading of the vendor's rules an engine uses; `[model]` in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Model {
    /// A1
    pub partial_window: PartialWindow,
    /// Rule 2
    pub tap_rule: TapRule,
    /// A2: re-arms at mean ≤ threshold − this, in dB.
    pub rearm_hysteresis_db: u8,
    /// A2: and not before that long after the tap, in ms.
    pub rearm_cooldown_ms: u32,
    /// A3
    pub proximity_check: ProximityCheck,
    /// A5
    pub absent_rule: AbsentRule,
    /// A5, in seconds; 30 by the support article.
    pub absent_after_s: u32,
    /// Rule 10, in seconds; 10 by the support article.
    pub lock_countdown_s: u32,
    /// A7
    pub unlock_rule: UnlockRule,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            partial_window: PartialWindow::default(),
            tap_rule: TapRule::default(),
            rearm_hysteresis_db: 0,
            rearm_cooldown_ms: 0,
            proximity_check: ProximityCheck::default(),
            absent_rule: AbsentRule::default(),
            absent_after_s: 30,
            lock_countdown_s: 10,
            unlock_rule: UnlockRule::default(),
        }
    }
}

/// The NES policy of Lock Control (guide, line 3013); `[policy]` in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Off: no countdown, no lock.
    pub lock_when_away: bool,
    /// Off: no `unlocked`.
    pub unlock_when_present: bool,
    /// Off: `present` does not cancel a countdown.
    pub keep_unlocked_when_present: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { lock_when_away: true, unlock_when_present: true, keep_unlocked_when_present: true }
    }
}
