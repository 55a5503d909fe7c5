//! Parameters from elsewhere into the tune pane: published defaults, or what a file says.

use std::path::PathBuf;

use eframe::egui::{Button, Key, TextEdit, Ui};

use crate::bench::Jobs;
use crate::engine::parameters::Dongle;

use super::command::Command;
use super::saving::problem;
use super::state::{Dialog, State};
use super::working;

/// The menu.
pub fn menu(ui: &mut Ui, commands: &mut Vec<Command>) {
    let menu = ui.menu_button("Profile", |ui| {
        for (dongle, words) in [(Dongle::Bluegiga, "Bluegiga defaults"), (Dongle::BleuIo, "BleuIO defaults")]
        {
            if ui.button(words).clicked() {
                commands.push(Command::DefaultsOf(dongle));
            }
        }
        if ui.button("From nbe.toml or a profile\u{2026}").clicked() {
            commands.push(Command::AskLoad);
        }
    });
    menu.response.on_hover_text("Load parameters into the tune pane; no file is written");
}

/// Asks for the file.
pub fn ask(ui: &mut Ui, state: &mut State, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    let Dialog::Load(path) = &mut state.dialog else { return };
    ui.set_width(520.0);
    ui.label(
        "What this nbe.toml or profile says for the dongle is loaded into the tune pane. No file is written.",
    );
    ui.horizontal(|ui| {
        let label = ui.label("File");
        let edit = ui.add(TextEdit::singleline(path).desired_width(420.0)).labelled_by(label.id);
        let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            edit.request_focus();
        }
        let can = jobs.running().is_none() && !path.trim().is_empty();
        if (ui.add_enabled(can, Button::new("Load")).clicked() || is_entered) && can {
            commands.push(Command::Load(PathBuf::from(path.trim())));
        }
    });
    working::job(ui, jobs);
    problem(ui, state.problem.as_ref());
}
