//! Edited segments become a new file, and are not lost by opening another.

use std::path::{Path, PathBuf};

use eframe::egui::{Button, Context, TextEdit, Ui};

use crate::bench::{Deck, Jobs, Problem, Workbench, name_of_copy};

use super::application::App;
use super::command::{Command, Do};
use super::state::{Dialog, State};
use super::working;

/// Asks for the name of the new file.
pub fn save_as(ui: &mut Ui, state: &mut State, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    let Dialog::SaveAs(path) = &mut state.dialog else { return };
    ui.set_width(520.0);
    ui.label(
        "The recording with its segments as they are now becomes a new file. The old one stays as it is.",
    );
    ui.horizontal(|ui| {
        let label = ui.label("File");
        let edit = ui.add(TextEdit::singleline(path).desired_width(420.0)).labelled_by(label.id);
        let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(eframe::egui::Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            edit.request_focus();
        }
        let is_free = jobs.running().is_none();
        if ui.add_enabled(is_free, Button::new("Save")).clicked() || (is_entered && is_free) {
            commands.push(Command::Save(PathBuf::from(path.trim())));
        }
    });
    working::job(ui, jobs);
    problem(ui, state.problem.as_ref());
}

/// What went wrong, where it was asked for.
pub fn problem(ui: &mut Ui, problem: Option<&Problem>) {
    let Some(problem) = problem else { return };
    ui.label(format!("{}.", problem.what));
    if let Some(remedy) = &problem.remedy {
        ui.label(format!("What to do: {remedy}."));
    }
}

/// Asks what to do with edited segments.
pub fn unsaved(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.set_width(420.0);
    ui.label("Segments were changed and are not saved.");
    ui.horizontal(|ui| {
        if ui.button("Save as\u{2026}").clicked() {
            commands.push(Command::AskSave);
        }
        if ui.button("Give them up").clicked() {
            commands.push(Command::GiveUpSegments);
        }
        if ui.button("Stay here").clicked() {
            commands.push(Command::Close);
        }
    });
}

/// Asks whether what was not recorded may be lost.
pub fn unrecorded(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.set_width(420.0);
    ui.label("What was heard so far is not recorded: the segments that were marked in it are lost.");
    ui.horizontal(|ui| {
        if ui.button("Go on without them").clicked() {
            commands.push(Command::GiveUpSegments);
        }
        if ui.button("Stay here").clicked() {
            commands.push(Command::Close);
        }
    });
}

impl App {
    /// Whether segments of the recording that is shown are edited and not saved.
    pub(super) fn is_edited(&self) -> bool {
        let deck = self.workbench.as_ref().map(Workbench::deck);
        deck.is_some_and(|deck| deck.as_ref().is_some_and(|deck| self.state.is_edited(deck)))
    }

    /// Whether a command would lose edited segments; if so, it is asked what to do.
    pub(super) fn would_lose(&mut self, command: &Command) -> bool {
        let is_of_a_session = matches!(command, Command::Record | Command::ListenToo(_) | Command::TakeAsOne);
        if !leaves(command) || (is_of_a_session && self.listening.is_none()) {
            return false;
        }
        if self.state.gives_up {
            // The window is asked once more when it closes.
            self.state.gives_up = *command == Command::Quit;
            return false;
        }
        let dialog = if self.is_edited() {
            Dialog::Unsaved
        } else if self.is_unrecorded() {
            Dialog::Unrecorded
        } else {
            return false;
        };
        (self.state.dialog, self.state.afterwards) = (dialog, Some(command.clone()));
        true
    }

    /// Whether segments were marked in what was heard, and nothing of that was recorded.
    fn is_unrecorded(&self) -> bool {
        if self.listening.as_ref().is_some_and(|listening| listening.file.is_some()) {
            return false;
        }
        let deck = self.workbench.as_ref().map(Workbench::deck);
        let is_marked = |deck: &Deck| deck.path.is_none() && !deck.trace.marks().is_empty();
        deck.is_some_and(|deck| deck.as_ref().is_some_and(is_marked))
    }

    /// What would be lost is given up; what was asked for is done.
    pub(super) fn give_up(&mut self, ctx: &Context) {
        self.state.values.forget_marks();
        self.state.dialog = Dialog::None;
        if let Some(command) = self.state.afterwards.take() {
            self.state.gives_up = true;
            self.carry_out(command, ctx);
        }
    }

    /// Asks for the name of a new file.
    pub(super) fn ask_save(&mut self) {
        let mut path = None;
        self.with_deck(|_, deck| path.clone_from(&deck.path));
        match path {
            Some(path) => {
                self.state.problem = None;
                self.state.dialog = Dialog::SaveAs(name_of_copy(&path).to_string_lossy().into_owned());
            }
            None if self.is_unrecorded() => {
                let problem = Problem::new("this was not recorded, so it cannot be saved");
                self.state.problem = Some(problem.remedy("press Record (Ctrl+R) before you mark"));
            }
            None => {}
        }
    }

    /// Writes the recording with its segments to a new file.
    pub(super) fn save(&mut self, to: PathBuf) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref()
            && let Some(from) = deck.path.clone()
        {
            let marks = self.state.marks(deck);
            let labels = marks.iter().map(|marked| marked.label(&deck.trace.names)).collect();
            self.state.problem = None;
            self.jobs.save(from, to, labels);
        }
    }

    /// The new file takes the place of the one that it was made from, where that is shown still.
    pub(super) fn saved(&mut self, from: &Path, to: &Path) {
        let new = to.to_string_lossy().into_owned();
        if let Some(collection) = &self.collection {
            collection.replace(&from.to_string_lossy(), new.clone());
        }
        let mut is_shown = false;
        self.with_deck(|_, deck| is_shown = deck.path.as_ref().is_some_and(|path| Path::new(path) == from));
        if is_shown {
            if self.state.afterwards.is_some() {
                self.state.values.forget_marks();
            }
            self.state.dialog = Dialog::None;
            (self.state.keeps_values, self.state.keeps_view) = (true, true);
            self.show(new.clone());
        }
        self.state.said = Some(format!("Saved as {new}"));
    }
}

/// Whether something else is shown after this command.
fn leaves(command: &Command) -> bool {
    match command {
        Command::Open(_) | Command::ShowRecording(_) | Command::Listen(_) | Command::Quit => true,
        Command::OpenAll { beside, .. } => !beside,
        Command::NextRecording | Command::RecordingBefore | Command::CloseRecording(_) => true,
        Command::Record | Command::ListenToo(_) | Command::TakeAsOne => true,
        Command::MarkNfcTaps | Command::Calibration(Do::Reopen(_)) => true,
        Command::StopEndpointFor(command) => leaves(command),
        _ => false,
    }
}
