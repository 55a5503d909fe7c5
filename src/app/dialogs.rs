//! Recordings to click on, and the keys.

use eframe::egui::{Grid, RichText, ScrollArea, Ui};

use crate::bench::file_name;

use super::command::{Command, entries, key_words};

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

/// The keys, and what the plot does with the mouse.
pub fn help(ui: &mut Ui) {
    ui.set_width(560.0);
    ui.label("Drag a line to change its value. Drag the plot to move in time, turn the wheel to zoom, double-click to see all. Space follows what is heard.");
    ui.label("Segments lie on the strip below the plot: drag on empty ground to add one, drag its edges or its middle to move it, click it to choose it. A key gives a new one its meaning and the chosen one another; Delete takes the chosen one out. Saved, they are a new recording (Ctrl+Shift+S); the old one stays as it is.");
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
