//! Choosing recordings: folders, what was opened lately, and a path that is typed.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Button, Key, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::bench::{Browser, Entry, completed, places};

use super::command::Command;
use super::dialogs;
use super::look::size;
use super::saving::problem;
use super::state::{Dialog, State};

/// How high the lists are, in points.
const HEIGHT: f32 = 330.0;

/// The dialog.
pub fn show(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    ui.set_width(680.0);
    typed(ui, state, commands);
    ui.separator();
    let columns = vec2(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(columns, egui::Layout::left_to_right(egui::Align::TOP), |ui| {
        ui.allocate_ui(vec2(190.0, HEIGHT), |ui| ui.vertical(|ui| known(ui, state, commands)));
        ui.add_space(8.0);
        ui.vertical(|ui| folder(ui, state, commands));
    });
    ui.separator();
    buttons(ui, state, commands);
}

/// The path: completed with Tab, opened with Enter.
fn typed(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let Dialog::Open(path) = &mut state.dialog else { return };
    ui.horizontal(|ui| {
        let label = ui.label("Path");
        let whole = completion(path, state.opening.browser.as_mut());
        let edit = TextEdit::singleline(path)
            .desired_width(520.0)
            // Where nothing can be completed, Tab goes on to what comes next.
            .lock_focus(whole.is_some())
            .hint_text("a recording, a folder, or a pattern such as *.rssi.jsonl; Tab completes");
        let response = ui.add(edit).labelled_by(label.id);
        let is_entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if let Some(whole) = whole
            && response.has_focus()
            && ui.input(|i| i.key_pressed(Key::Tab))
        {
            *path = whole;
            // What is typed next goes behind it.
            if let Some(mut text) = TextEdit::load_state(ui.ctx(), response.id) {
                let end = egui::text::CCursor::new(path.chars().count());
                text.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                text.store(ui.ctx(), response.id);
            }
        }
        let has_words = !path.trim().is_empty();
        if (ui.add_enabled(has_words, Button::new("Go")).clicked() || is_entered) && has_words {
            commands.push(Command::GoTo(path.trim().to_owned()));
        }
    });
}

/// A path with its last part completed from what is in its folder, where that can be done.
fn completion(path: &str, browser: Option<&mut Browser>) -> Option<String> {
    let browser = browser?;
    let at = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let (before, last) = path.split_at(at);
    // What was read is all that is known; another folder is read by going there.
    let is_here = before.is_empty() || Path::new(before) == browser.folder();
    let found = browser.found().as_ref().ok().filter(|_| is_here && !last.is_empty())?;
    let whole = completed(last, found.entries.iter().map(|entry| entry.name.as_str()))?;
    Some(format!("{before}{whole}"))
}

/// Places, recordings that were opened lately, and those that come with tapbench.
fn known(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    ui.set_width(190.0);
    ScrollArea::vertical().id_salt("known").max_height(HEIGHT).show(ui, |ui| {
        ui.strong("Places");
        if state.opening.has_recordings && ui.link("Recordings").on_hover_text(recordings_go(state)).clicked()
        {
            commands.push(Command::GoTo(state.folder.to_string_lossy().into_owned()));
        }
        for (name, path) in &state.places {
            if ui.link(name).on_hover_text(path.to_string_lossy()).clicked() {
                commands.push(Command::GoTo(path.to_string_lossy().into_owned()));
            }
        }
        if !state.recent.is_empty() {
            ui.add_space(6.0);
            ui.strong("Opened lately");
            dialogs::recordings(ui, &state.recent, commands);
        }
        if !state.samples.is_empty() {
            ui.add_space(6.0);
            ui.strong("Sample recordings");
            dialogs::recordings(ui, &state.samples, commands);
        }
    });
}

fn folder(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let Some(browser) = &mut state.opening.browser else { return };
    let folder = browser.folder().to_owned();
    ui.horizontal(|ui| {
        let above = folder.parent().map(Path::to_owned);
        let up = ui.add_enabled(above.is_some(), Button::new("Up")).on_hover_text("The folder above");
        if up.clicked()
            && let Some(above) = above
        {
            commands.push(Command::GoTo(above.to_string_lossy().into_owned()));
        }
        let words = folder.to_string_lossy().into_owned();
        ui.add(egui::Label::new(RichText::new(&words).strong()).truncate()).on_hover_text(&words);
        if browser.is_reading() {
            ui.spinner();
        }
    });
    let is_reading = browser.is_reading();
    // What was typed stays until it has led somewhere.
    if let Dialog::Open(typed) = &mut state.dialog
        && state.opening.went_to.take_if(|_| !is_reading && browser.found().is_ok()).as_ref() == Some(typed)
    {
        typed.clear();
    }
    let picked = &mut state.opening.picked;
    match browser.found() {
        Err(why) => problem(ui, Some(why)),
        Ok(found) if found.is_file => commands.push(Command::Open(folder.to_string_lossy().into_owned())),
        Ok(found) if found.entries.is_empty() && !is_reading => {
            ui.weak("There is no folder and no recording (*.rssi.jsonl, *.rssi.jsonl.zst) here.");
        }
        Ok(found) => {
            let height = ui.text_style_height(&egui::TextStyle::Button) + 6.0;
            let area = ScrollArea::vertical().id_salt("folder").max_height(HEIGHT - 28.0);
            area.auto_shrink([false, false]).show_rows(ui, height, found.entries.len(), |ui, range| {
                for entry in found.entries.get(range).unwrap_or_default() {
                    one(ui, entry, picked, commands);
                }
            });
            if found.is_cut {
                ui.weak("There is more in this folder than can be listed: type a path.");
            }
        }
    }
}

fn one(ui: &mut Ui, entry: &Entry, picked: &mut Vec<PathBuf>, commands: &mut Vec<Command>) {
    let path = entry.path.to_string_lossy().into_owned();
    if entry.is_folder {
        if ui.selectable_label(false, format!("{}/", entry.name)).on_hover_text("Open this folder").clicked()
        {
            commands.push(Command::GoTo(path));
        }
        return;
    }
    let is_picked = picked.contains(&entry.path);
    let words = format!("{}   {}", entry.name, size(entry.size));
    let response = ui.selectable_label(is_picked, words).on_hover_text("Pick it; a double click opens it");
    if response.double_clicked() {
        commands.push(Command::Open(path));
    } else if response.clicked() {
        if is_picked {
            picked.retain(|other| *other != entry.path);
        } else {
            picked.push(entry.path.clone());
        }
    }
}

fn buttons(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let count = state.opening.picked.len();
    let found = state.opening.browser.as_mut().map(Browser::found);
    let is_there = found.is_some_and(|found| found.as_ref().is_ok_and(|found| !found.is_file));
    ui.horizontal(|ui| {
        let words = match count {
            0 => "Open".to_owned(),
            1 => "Open 1 recording".to_owned(),
            _ => format!("Open {count} recordings"),
        };
        let paths = || state.opening.picked.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        if ui.add_enabled(count > 0, Button::new(words)).on_disabled_hover_text("Pick some first").clicked() {
            commands.push(Command::OpenAll { paths: paths(), beside: false });
        }
        let add = ui.add_enabled(count > 0, Button::new("Add to those that are open"));
        if add.on_hover_text("Judge them together with what is open").clicked() {
            commands.push(Command::OpenAll { paths: paths(), beside: true });
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Cancel").clicked() {
                commands.push(Command::Close);
            }
            let Some(folder) = state.opening.browser.as_ref().map(Browser::folder) else { return };
            if ui.button("Open all in this folder").on_hover_text("Folders in it too").clicked() {
                commands.push(Command::Open(folder.to_string_lossy().into_owned()));
            }
            let can_record = is_there && folder != state.folder;
            let record = ui.add_enabled(can_record, Button::new("Record into this folder"));
            if record
                .on_hover_text(recordings_go(state))
                .on_disabled_hover_text(recordings_go(state))
                .clicked()
            {
                commands.push(Command::RecordInto(folder.to_owned()));
            }
        });
    });
}

fn recordings_go(state: &State) -> String {
    format!("New recordings go to {}", state.folder.display())
}

/// Where the dialog begins: beside what is open, else in the present folder.
pub fn begin(state: &mut State, shown: Option<&str>, wake: crate::bench::Wake) {
    if state.places.is_empty() {
        state.places = places();
    }
    // It is made with the first recording.
    state.opening.has_recordings = state.folder.is_dir();
    let beside = shown.and_then(|path| Path::new(path).parent()).filter(|folder| folder.is_absolute());
    let here = state.places.first().map(|(_, path)| path.clone()).unwrap_or_default();
    let known = state.opening.browser.take().and_then(|mut browser| {
        // Where a file was gone to, its folder.
        let is_file = browser.found().as_ref().is_ok_and(|found| found.is_file);
        let folder = browser.folder();
        if is_file { folder.parent().map(Path::to_owned) } else { Some(folder.to_owned()) }
    });
    let folder = known.or(beside.map(Path::to_owned)).unwrap_or(here);
    state.opening.picked.clear();
    state.opening.browser = Some(Browser::new(folder, wake));
    state.dialog = Dialog::Open(String::new());
}

/// Goes to a folder, or opens what a pattern finds; a path may be relative to the folder that is shown.
pub fn go_to(state: &mut State, typed: &str) -> Option<Command> {
    let browser = state.opening.browser.as_mut()?;
    let path = browser.folder().join(typed);
    if typed.contains(['*', '?', '[']) {
        return Some(Command::Open(path.to_string_lossy().into_owned()));
    }
    // Whether it is a folder shows when it is read; a file is opened then.
    browser.go(path);
    state.opening.went_to = Some(typed.to_owned());
    None
}
