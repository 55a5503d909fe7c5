//! Consecutive rows with the same label and distance, as stretches that become segments.

use crate::recording::import::Stretch;
use crate::recording::names::BandId;
use crate::recording::row::Intent;

/// Gathers stretches in the file's order.
#[derive(Default)]
pub(super) struct Stretches {
    done: Vec<Stretch>,
    open: Option<Open>,
}

struct Open {
    label: Option<String>,
    distance_cm: Option<f64>,
    begin_us: i64,
    last_us: i64,
    band: BandId,
    several_bands: bool,
}

impl Stretches {
    /// Takes the next sample with what its row says of it.
    pub(super) fn sample(
        &mut self,
        time_us: i64,
        band: BandId,
        label: Option<&str>,
        distance_cm: Option<f64>,
    ) {
        let bits = |distance: Option<f64>| distance.map(f64::to_bits);
        if let Some(open) = &mut self.open
            && open.label.as_deref() == label
            && bits(open.distance_cm) == bits(distance_cm)
        {
            open.begin_us = open.begin_us.min(time_us);
            open.last_us = open.last_us.max(time_us);
            open.several_bands |= open.band != band;
            return;
        }
        self.close();
        if label.is_some() || distance_cm.is_some() {
            self.open = Some(Open {
                label: label.map(str::to_owned),
                distance_cm,
                begin_us: time_us,
                last_us: time_us,
                band,
                several_bands: false,
            });
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let intent = open.label.as_deref().and_then(Intent::from_name);
        self.done.push(Stretch {
            begin_us: open.begin_us,
            last_us: open.last_us,
            intent: intent.unwrap_or(Intent::Note),
            note: open.label.filter(|_| intent.is_none()),
            distance_cm: open.distance_cm,
            band: (!open.several_bands).then_some(open.band),
        });
    }

    /// All stretches.
    pub(super) fn finish(mut self) -> Vec<Stretch> {
        self.close();
        self.done
    }
}
