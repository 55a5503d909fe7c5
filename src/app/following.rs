//! What the threads have done since the last frame, and what follows from it.

use crate::bench::{self, Collection, Deck, LiveState, Outcome, Wanted, remember};
use crate::engine::parameters::ParameterSet;

use super::application::App;
use super::command::Command;
use super::state::{Dialog, Editing, State};

impl App {
    /// Takes note of what the threads have done since the last frame; what is to be done now.
    pub(super) fn look(&mut self) -> Option<Command> {
        if let Some(path) = self.collection.as_ref().and_then(Collection::take_to_show)
            && !self.is_in_the_way(&path)
        {
            self.show_first(path);
        }
        let workbench = self.workbench.as_ref()?;
        // Asked once: a session that ends while this is done is followed in the next frame.
        let is_over = matches!(workbench.live(), LiveState::Ended(_));
        if let Some(problem) = workbench.take_problem() {
            self.state.problem = Some(problem);
        }
        if let Some(path) = workbench.take_not_opened() {
            self.pass_over(&path);
        }
        self.follow_calibration(is_over);
        if let Some(command) = self.follow_endpoint() {
            return Some(command);
        }
        if let Some(listening) = self.listening.take_if(|_| is_over) {
            self.recorded(listening);
        }
        let workbench = self.workbench.as_ref()?;
        self.state.follow_finding(workbench);
        if let Some(deck) = workbench.deck().as_ref()
            && deck.generation != self.state.generation
        {
            begin_deck(&mut self.state, deck);
        }
        let marks = self.state.values.marks().map(|marks| (self.state.generation, marks.clone()));
        let compare = self.state.values.b().map(State::rules);
        let wanted = Wanted { rules: State::rules(self.state.values.now()), compare, marks };
        if let Some(collection) = &self.collection {
            collection.want(&wanted.rules);
            self.state.problem = collection.take_problem().or(self.state.problem.take());
        }
        workbench.want(&wanted);
        let is_reading = workbench.opening().is_some();
        self.state.gives_way = is_reading
            || self.jobs.is_saving()
            || self.collection.as_ref().is_some_and(Collection::is_looking);
        if !self.state.dialog.is_of_segments() {
            self.state.afterwards = None;
        }
        let command = self.follow_jobs();
        self.state.problem = self.jobs.take_refused().or(self.state.problem.take());
        command
    }

    /// Takes note of what a job came to, where it is of what is shown still; what is to be done now.
    fn follow_jobs(&mut self) -> Option<Command> {
        match self.jobs.done() {
            Some(Outcome::Recommended(of, recommendation)) if of == self.state.generation => {
                (self.state.recommendation, self.state.reveals_advice) = (Some(recommendation), true);
            }
            Some(Outcome::Calibrated(of, advice)) => self.calibrated(&of, advice),
            Some(Outcome::Reopened(read)) => self.reopened(*read),
            Some(Outcome::Resumable(resumable)) => self.resume(*resumable),
            Some(Outcome::Reported(of, path)) if self.state.calibrate.path.as_ref() == Some(&of) => {
                self.state.calibrate.report = Some(path);
            }
            Some(Outcome::Answered(of, answers)) if of == self.state.generation => {
                self.state.answers = answers
            }
            Some(Outcome::Planned(plan)) => self.state.config.plan = Some(*plan),
            Some(Outcome::Saved(from, to)) => {
                self.saved(&from, &to);
                return self.state.afterwards.take();
            }
            Some(Outcome::Loaded(path, of, values)) if of == self.state.dongle => self.loaded(&path, &values),
            Some(Outcome::Written(words)) => {
                (self.state.config.said, self.state.config.is_written) = (words, true);
            }
            Some(Outcome::Readers(readers)) => self.state.nfc.readers = readers,
            Some(Outcome::Mended(words)) => {
                self.state.nfc.said = words;
                // What they are now is read from them.
                self.jobs.read_readers(bench::present_folder());
            }
            Some(Outcome::Marked(path, words)) => {
                if !self.is_edited() && !self.is_in_the_way(&path) {
                    self.show(path);
                }
                self.state.nfc.said = vec![words];
            }
            Some(Outcome::Failed(problem)) => self.failed(problem),
            Some(Outcome::Answered(..)) => self.state.is_to_answer = true,
            // What they were asked for is not shown any more.
            Some(Outcome::Recommended(..) | Outcome::Reported(..) | Outcome::Loaded(..)) | None => {}
        }
        if self.state.is_to_answer && self.jobs.running().is_none() && self.state.dialog == Dialog::Symptoms {
            self.symptoms();
        }
        let due = self.state.calibrate.due.take_if(|_| self.jobs.running().is_none());
        if let Some(path) = due {
            self.jobs.calibrated(path);
        }
        None
    }

    /// What a file says of the parameters takes the place of what was there.
    fn loaded(&mut self, path: &std::path::Path, values: &ParameterSet) {
        self.state.values.replace(self.state.values.now().overlaid(values));
        self.state.dialog = Dialog::None;
        self.state.said = Some(format!("The values of {} are in use", path.display()));
    }
}

/// Starts with a recording that was put on the bench.
fn begin_deck(state: &mut State, deck: &Deck) {
    state.generation = deck.generation;
    if let Some(path) = &deck.path {
        remember(&mut state.recent, path);
    }
    state.values.forget_marks();
    state.editing = Editing::default();
    if state.dialog.is_of_segments() {
        // It is about segments of another recording.
        state.dialog = Dialog::None;
    }
    if std::mem::take(&mut state.keeps_view) {
        state.keeps_values = false;
        return;
    }
    state.transport.restart();
    state.recommendation = None;
    state.said = None;
    state.chosen = None;
    if deck.is_live {
        state.view.restart();
    } else {
        state.view.fit(deck);
    }
    let is_kept = std::mem::take(&mut state.keeps_values);
    if let Some(dongle) = deck.trace.dongle().filter(|dongle| *dongle != state.dongle && !is_kept) {
        state.dongle = dongle;
        state.values.replace(ParameterSet::published(dongle));
    }
}
