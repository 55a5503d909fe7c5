//! "Find my band": for three seconds the band is held to the dongle, then the one that rose most is
//! proposed.

use eframe::egui::{Ui, Widget};

use crate::bench::{Deck, Workbench};

use super::command::Command;
use super::look::Look;
use super::state::State;

/// How long a band is looked for, in microseconds.
const LENGTH_US: i64 = 3_000_000;

impl State {
    /// Takes note of what was found once the time is over.
    pub(super) fn follow_finding(&mut self, workbench: &Workbench) {
        let Some(finding) = &mut self.finding else { return };
        // A session that was begun anew counts from 0.
        finding.begin_us = finding.begin_us.min(workbench.now_us());
        if finding.came.is_some() || workbench.now_us() - finding.begin_us < LENGTH_US {
            return;
        }
        let listed = workbench.listed();
        let found =
            listed.and_then(|listed| listed.rows.get(listed.found?).map(|row| (row.band, row.rise_db)));
        finding.came = Some(found);
    }
}

/// What is to be done, or what came of it.
pub fn show(ui: &mut Ui, state: &mut State, deck: &Deck, now_us: i64, commands: &mut Vec<Command>) {
    let Some(finding) = state.finding else { return };
    let look = Look::of(ui);
    let Some(came) = finding.came else {
        let left_us = (LENGTH_US - (now_us - finding.begin_us)).clamp(1, LENGTH_US);
        let seconds = (left_us + 999_999) / 1_000_000;
        ui.colored_label(look.ink, format!("Now hold your band to the dongle: {seconds} s"));
        let share = 1.0 - left_us as f32 / LENGTH_US as f32;
        eframe::egui::ProgressBar::new(share).desired_height(4.0).ui(ui);
        return;
    };
    let Some((band, rise_db)) = came else {
        ui.colored_label(
            look.ink,
            "No band stood out. Hold yours at arm's length, try again, and put it right on the dongle at once.",
        );
        ui.horizontal(|ui| {
            if ui.button("Try again").clicked() {
                commands.push(Command::FindBand);
            }
            if ui.button("Leave it").clicked() {
                state.finding = None;
            }
        });
        return;
    };
    ui.colored_label(look.ink, format!("{band} rose most, by {rise_db:.0} dB."));
    let at = deck.trace.series.iter().position(|series| deck.trace.band(series) == Some(band));
    ui.horizontal(|ui| {
        if let Some(at) = at
            && ui.button("This is it").clicked()
        {
            state.chosen = Some(at);
            state.finding = None;
        }
        if ui.button("Try again").clicked() {
            commands.push(Command::FindBand);
        }
        if ui.button("Not mine").clicked() {
            state.finding = None;
        }
    });
}
