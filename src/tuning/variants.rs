//! The ways in which NBE may differ from this bench: it may hear less, and its rules may be read
//! otherwise. A recommendation should survive them.

use super::labelled::Labelled;
use crate::engine::{Model, PartialWindow, TapRule};

/// One way to differ.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    /// As the robustness table names it.
    pub(super) name: &'static str,
    /// 1 keeps every sample, 2 every second one.
    keep_every: usize,
    /// The model with one switch turned.
    pub(super) model: Model,
}

impl Variant {
    /// The recording as this variant hears it.
    pub(super) fn hear(&self, recording: &Labelled) -> Labelled {
        let mut heard = recording.clone();
        if self.keep_every > 1 {
            heard.series = recording.series.iter().map(|s| s.thinned(self.keep_every)).collect();
        }
        heard
    }
}

/// Every variant of a model that concerns taps.
pub(super) fn variants(model: &Model) -> Vec<Variant> {
    let switched = |name, model| Variant { name, keep_every: 1, model };
    let partial_window = match model.partial_window {
        PartialWindow::Wait => PartialWindow::Use,
        PartialWindow::Use => PartialWindow::Wait,
    };
    let tap_rule = match model.tap_rule {
        TapRule::Mean => TapRule::EverySampleAbove,
        TapRule::EverySampleAbove => TapRule::Mean,
    };
    vec![
        Variant { name: "every 2nd sample heard", keep_every: 2, model: *model },
        Variant { name: "every 3rd sample heard", keep_every: 3, model: *model },
        switched("partial_window turned", Model { partial_window, ..*model }),
        switched("tap_rule turned", Model { tap_rule, ..*model }),
        switched(
            "rearm_hysteresis_db + 3",
            Model { rearm_hysteresis_db: model.rearm_hysteresis_db.saturating_add(3), ..*model },
        ),
        switched(
            "rearm_cooldown_ms + 1000",
            Model { rearm_cooldown_ms: model.rearm_cooldown_ms.saturating_add(1000), ..*model },
        ),
    ]
}
