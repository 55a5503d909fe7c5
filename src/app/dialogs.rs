//! Opening a recording, choosing a command, and the keys.

use eframe::egui::{Grid, RichText, ScrollArea, TextEdit, Ui};

use super::command::{Command, entries, key_words};
use super::state::{Dialog, State};

/// Asks for a recording.
pub fn open(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let Dialog::Open(path) = &mut state.dialog else { return };
    ui.set_width(520.0);
    ui.label("The path of a recording (*.rssi.jsonl, also .zst). Or drop one on the window.");
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(path).desired_width(430.0).hint_text("path of a recording");
        let response = ui.add(edit);
        if path.is_empty() {
            response.request_focus();
        }
        let is_entered = response.lost_focus() && ui.input(|i| i.key_pressed(eframe::egui::Key::Enter));
        if ui.button("Open").clicked() || is_entered {
            commands.push(Command::Open(path.trim().to_owned()));
        }
    });
    if !state.samples.is_empty() {
        ui.separator();
        ui.strong("Sample recordings");
        samples(ui, &state.samples, commands);
    }
}

/// The recordings that come with tapbench.
pub fn samples(ui: &mut Ui, samples: &[String], commands: &mut Vec<Command>) {
    for path in samples {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let name = file.split(".rssi.jsonl").next().unwrap_or(file).replace('-', " ");
        if ui.link(name).on_hover_text(path).clicked() {
            commands.push(Command::Open(path.clone()));
        }
    }
}

/// All commands, to choose from.
pub fn palette(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let Dialog::Palette(typed) = &mut state.dialog else { return };
    ui.set_width(420.0);
    let edit = ui.add(TextEdit::singleline(typed).desired_width(f32::INFINITY).hint_text("what to do"));
    if typed.is_empty() {
        edit.request_focus();
    }
    let wanted = typed.to_lowercase();
    let found: Vec<_> = entries().into_iter().filter(|e| e.name.to_lowercase().contains(&wanted)).collect();
    let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(eframe::egui::Key::Enter));
    let mut chosen = found.first().filter(|_| is_entered).map(|entry| entry.command.clone());
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for entry in &found {
            ui.horizontal(|ui| {
                if ui.button(entry.name).clicked() {
                    chosen = Some(entry.command.clone());
                }
                if let Some(key) = &entry.key {
                    ui.weak(key_words(key));
                }
            });
        }
        if found.is_empty() {
            ui.weak("Nothing is called that.");
        }
    });
    if let Some(command) = chosen {
        state.dialog = Dialog::None;
        commands.push(command);
    }
}

/// The keys, and what the plot does with the mouse.
pub fn help(ui: &mut Ui) {
    ui.set_width(560.0);
    ui.label("Drag a line to change its value. Drag the plot to move in time, turn the wheel to zoom, double-click to see all. Space follows what is heard.");
    ui.separator();
    ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        Grid::new("keys").num_columns(2).spacing([24.0, 3.0]).show(ui, |ui| {
            for entry in entries() {
                ui.label(entry.name);
                ui.label(RichText::new(entry.key.as_ref().map_or(String::new(), key_words)).monospace());
                ui.end_row();
            }
        });
    });
}
