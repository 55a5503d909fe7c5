//! Choosing a command, and the keys.

use eframe::egui::{Grid, RichText, ScrollArea, TextEdit, Ui};

use crate::bench::{Offer, file_name};

use super::command::{Command, entries, key_words};
use super::state::{Dialog, State};

/// Recordings that can be opened with a click.
pub fn recordings(ui: &mut Ui, paths: &[String], commands: &mut Vec<Command>) {
    for path in paths {
        let file = file_name(path);
        let name = file.split(".rssi.jsonl").next().unwrap_or(file).replace('-', " ");
        if ui.link(name).on_hover_text(path).clicked() {
            commands.push(Command::Open(path.clone()));
        }
    }
}

/// All commands, and all that can be listened to, to choose from.
pub fn palette(ui: &mut Ui, state: &mut State, offers: &[Offer], commands: &mut Vec<Command>) {
    let Dialog::Palette(typed) = &mut state.dialog else { return };
    ui.set_width(420.0);
    let edit = ui.add(TextEdit::singleline(typed).desired_width(f32::INFINITY).hint_text("what to do"));
    if typed.is_empty() {
        edit.request_focus();
    }
    let wanted = typed.to_lowercase();
    let always = entries().into_iter().map(|entry| (entry.name.to_owned(), entry.command, entry.key));
    let sources = offers.iter().filter(|offer| offer.obstacle.is_none()).map(|offer| {
        let name = format!("Listen to {}", offer.place.title());
        (name, Command::Listen(offer.place.clone()), None)
    });
    let is_wanted = |name: &str| name.to_lowercase().contains(&wanted);
    let found: Vec<_> = always.chain(sources).filter(|(name, ..)| is_wanted(name)).collect();
    let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(eframe::egui::Key::Enter));
    let mut chosen = found.first().filter(|_| is_entered).map(|(_, command, _)| command.clone());
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for (name, command, key) in &found {
            ui.horizontal(|ui| {
                if ui.button(name).clicked() {
                    chosen = Some(command.clone());
                }
                if let Some(key) = key {
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
    ui.label("Segments lie on the strip below the plot: drag on empty ground to add one, drag its edges or its middle to move it, click it to choose it. A key gives the chosen one another meaning, Delete takes it out. Saved, they are a new recording (Ctrl+Shift+S); the old one stays as it is.");
    ui.separator();
    // As high as the window allows: a dialog would give it less by itself.
    let height = (ui.ctx().content_rect().height() - 330.0).clamp(120.0, 420.0);
    let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        Grid::new("keys").num_columns(2).spacing([24.0, 3.0]).show(ui, |ui| {
            for entry in entries() {
                ui.label(entry.name);
                ui.label(RichText::new(entry.key.as_ref().map_or(String::new(), key_words)).monospace());
                ui.end_row();
            }
        });
    });
}
