//! Guided calibration, in the place of the plot: what is to be done, the steps, what they
//! recommend, and whether NBE does so. Here it is only drawn; `bench` leads it.

mod act;
mod confirm;
mod cue;
mod follow;
mod meter;
mod outcome;
mod reader;
mod setup;
mod steps;
#[cfg(test)]
mod tests;
mod words;

use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui};

use crate::bench::{Deck, Jobs, Listening, Offer};

use super::command::{Command, Do};
use super::state::{Page, State};
pub use act::disturbs;
pub use cue::show as show_cue;
pub use setup::setup;

/// How wide text may be, so that it can be read.
const WIDTH: f32 = 720.0;

/// What the pane looks at beside the state.
pub struct Around<'a> {
    /// What is heard.
    pub deck: Option<&'a Deck>,
    /// The session.
    pub listening: Option<&'a Listening>,
    /// What can be listened to.
    pub offers: &'a [Offer],
    /// Whether a source is being opened.
    pub is_opening: bool,
}

/// The pane.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    around: &Around<'_>,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    match state.calibrate.page {
        Page::Setup => column(ui, |ui| setup::show(ui, state, around, jobs, commands)),
        Page::Steps => steps::show(ui, state, around, commands),
        Page::Outcome => scrolled(ui, |ui| outcome::show(ui, state, around, jobs, commands)),
        Page::Confirm => column(ui, |ui| confirm::show(ui, state, jobs, commands)),
    }
}

/// The head of a page that leads back to the plot, and elsewhere.
fn heading(ui: &mut Ui, title: &str, size: f32, also: Option<(&str, Do)>, commands: &mut Vec<Command>) {
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).size(size));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Back to the plot").clicked() {
                commands.push(Command::Calibration(Do::Leave));
            }
            if let Some((words, act)) = also
                && ui.button(words).clicked()
            {
                commands.push(Command::Calibration(act));
            }
        });
    });
}

fn scrolled(ui: &mut Ui, show: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, show);
}

/// A column that is no wider than can be read, in the middle.
fn column(ui: &mut Ui, show: impl FnOnce(&mut Ui)) {
    scrolled(ui, |ui| {
        let width = ui.available_width().min(WIDTH);
        let margin = ((ui.available_width() - width) / 2.0).floor();
        ui.horizontal(|ui| {
            ui.add_space(margin);
            ui.vertical(|ui| {
                ui.set_width(width);
                show(ui);
            });
        });
    });
}
