//! Which of the recordings that are open is shown: the one that was asked for, or the next one that can
//! be read.

use crate::bench::{Collection, Judged, Listening, Problem};

use super::application::App;
use super::state::Cursor;

impl App {
    pub(super) fn open(&mut self, paths: Vec<String>, beside: bool) {
        self.may_take_its_place();
        self.state.dialog = super::state::Dialog::None;
        self.state.problem = None;
        if let Some(collection) = &self.collection {
            collection.open(paths, !beside);
        }
    }

    /// What is asked for now is shown in the place of what is being recorded now.
    pub(super) fn may_take_its_place(&mut self) {
        self.state.asked_during = self.listening.as_ref().and_then(|listening| listening.file.clone());
    }

    /// Whether something is being recorded that was begun after `what` was asked for: that is not closed
    /// for it, and it is said so.
    pub(super) fn is_in_the_way(&mut self, what: &str) -> bool {
        let file = self.listening.as_ref().and_then(|listening| listening.file.as_ref());
        let is_newer = file.is_some() && file != self.state.asked_during.as_ref();
        if is_newer {
            let problem = Problem::new(format!("{what}: not shown, as a recording was begun meanwhile"));
            self.state.problem = Some(problem.remedy("stop the recording, and ask for it again"));
        }
        is_newer
    }

    /// What is listened to gives way; its recording is closed. A calibration that has just come to its
    /// end in it is gone on with.
    pub(super) fn end_listening(&mut self) {
        if let Some(path) = self.listening.take().and_then(Listening::ended) {
            self.calibration_finished(path);
        }
    }

    /// Puts a recording on the bench.
    pub(super) fn show(&mut self, path: String) {
        self.end_listening();
        (self.state.problem, self.state.finding) = (None, None);
        if let Some(workbench) = &self.workbench {
            workbench.open(path);
        }
    }

    /// Shows the first of what was looked up, or the first of them that can be read.
    pub(super) fn show_first(&mut self, path: String) {
        self.state.cursor = Some(Cursor { path: path.clone(), by: 1 });
        (self.state.keeps_values, self.state.keeps_view) = (false, false);
        self.show(path);
    }

    /// Shows this one of the list.
    pub(super) fn show_listed(&mut self, path: String) {
        self.show_at(Cursor { path, by: 0 });
    }

    fn show_at(&mut self, cursor: Cursor) {
        let path = cursor.path.clone();
        self.state.cursor = Some(cursor);
        (self.state.keeps_values, self.state.keeps_view) = (true, false);
        self.show(path);
    }

    /// Shows the recording so many places further on.
    pub(super) fn show_next(&mut self, by: isize) {
        let mut shown = None;
        self.with_deck(|_, deck| shown = Some(deck.trace.title.clone()));
        // What was asked for by another spelling of its path is not in the list.
        let items = self.collection.as_ref().map(Collection::items).unwrap_or_default();
        let is_listed = |path: &String| items.iter().any(|item| item.path == *path);
        let asked = self.state.cursor.as_ref().map(|cursor| cursor.path.clone()).filter(is_listed);
        let next = asked.or(shown).and_then(|from| self.beside(&from, by));
        if self.listening.is_none()
            && let Some(path) = next
        {
            self.show_at(Cursor { path, by });
        }
    }

    /// The nearest recording in this direction that is not known to be unreadable.
    fn beside(&self, from: &str, by: isize) -> Option<String> {
        let items = self.collection.as_ref().map(Collection::items)?;
        let mut at = items.iter().position(|item| item.path == from)?;
        loop {
            at = at.checked_add_signed(by)?;
            let item = items.get(at)?;
            if !matches!(item.judged, Judged::Failed(_)) {
                return Some(item.path.clone());
            }
        }
    }

    /// A recording could not be opened: on the way through the list the next one is tried.
    pub(super) fn pass_over(&mut self, path: &str) {
        let keeps_values = std::mem::take(&mut self.state.keeps_values);
        self.state.keeps_view = false;
        let cursor = self.state.cursor.as_ref().filter(|cursor| cursor.path == path && cursor.by != 0);
        if let Some(by) = cursor.map(|cursor| cursor.by)
            && let Some(next) = self.beside(path, by)
        {
            // The list says which ones cannot be read, and why.
            self.show_at(Cursor { path: next, by });
            self.state.keeps_values = keeps_values;
        }
    }

    /// Reads what is being opened no further.
    pub(super) fn cancel_opening(&mut self) {
        (self.state.keeps_values, self.state.keeps_view) = (false, false);
        if let Some(workbench) = &self.workbench {
            workbench.cancel_opening();
        }
    }

    /// The recordings that are open beside the one that is shown.
    pub(super) fn others(&self, shown: &str) -> Vec<String> {
        let items = self.collection.as_ref().map(Collection::items).unwrap_or_default();
        if !items.iter().any(|item| item.path == shown) {
            return Vec::new();
        }
        let readable = items.iter().filter(|item| !matches!(item.judged, Judged::Failed(_)));
        readable.filter(|item| item.path != shown).map(|item| item.path.clone()).collect()
    }

    /// A session has ended. Its recording is opened, and can be edited, saved and opened again.
    pub(super) fn recorded(&mut self, listening: Listening) {
        // Where the source could not be opened, nothing was written.
        let Some(file) = listening.file.clone().filter(|_| listening.written() > 0) else { return };
        // Its thread closes the file.
        drop(listening);
        let path = file.to_string_lossy().into_owned();
        if let Some(collection) = &self.collection {
            collection.add(path.clone());
        }
        // What the session's end has to say stays.
        let problem = self.state.problem.take();
        self.state.cursor = Some(Cursor { path: path.clone(), by: 0 });
        (self.state.keeps_values, self.state.keeps_view) = (true, true);
        self.show(path);
        self.state.problem = problem;
        self.state.said = Some(format!("Recorded to {}", file.display()));
    }
}
