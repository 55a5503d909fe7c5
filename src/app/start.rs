//! Before anything is open: what can be done at once, without any hardware.

use eframe::egui::{RichText, Ui, vec2};

use crate::bench::Place;

use super::calibrate::Do;
use super::command::Command;
use super::dialogs;
use super::state::State;

/// The first view.
pub fn show(ui: &mut Ui, state: &State, is_busy: bool, commands: &mut Vec<Command>) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.16).max(20.0));
        if is_busy {
            ui.spinner();
            ui.label("One moment");
            return;
        }
        ui.label(RichText::new("See what the Endpoint would do").size(24.0));
        ui.add_space(4.0);
        ui.weak("Open a recording, drop one here, or start the simulated bench: it needs no hardware.");
        ui.add_space(16.0);
        let button = |words: &str| {
            eframe::egui::Button::new(RichText::new(words).size(15.0)).min_size(vec2(280.0, 36.0))
        };
        if ui.add(button("Start the simulated bench")).clicked() {
            commands.push(Command::Listen(Place::Simulated("tap-session")));
        }
        ui.add_space(6.0);
        let words = if state.calibrate.broken_off.is_some() {
            "Go on with the interrupted calibration"
        } else {
            "Calibrate a terminal"
        };
        if ui.add(button(words)).clicked() {
            commands.push(Command::Calibration(Do::Open));
        }
        ui.add_space(6.0);
        if ui.add(button("Open a recording\u{2026}")).clicked() {
            commands.push(Command::AskOpen);
        }
        if !state.samples.is_empty() {
            ui.add_space(20.0);
            ui.strong("Sample recordings");
            dialogs::samples(ui, &state.samples, commands);
        }
    });
}
