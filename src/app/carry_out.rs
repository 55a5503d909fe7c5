//! What each command does to the state, and to the threads behind it.

use std::path::PathBuf;

use eframe::egui::{self, Context, Theme, ThemePreference};

use crate::bench::{self, Deck, Listening, Place, Problem};
use crate::drivers::Driver;
use crate::engine::parameters::ParameterSet;
use crate::recording::Observed;

use super::calibrate;
use super::command::Command;
use super::config;
use super::state::{Dialog, State};
use super::window::App;

impl App {
    /// Carries a command out.
    pub fn carry_out(&mut self, command: Command, ctx: &Context) {
        if calibrate::disturbs(&command, self.listening.as_ref()) {
            self.state.said = Some("The calibration sets its own marks.".into());
            return;
        }
        match command {
            Command::AskOpen => self.state.dialog = Dialog::Open(String::new()),
            Command::Open(path) => self.open(path),
            Command::Listen(place) => self.listen(place, None),
            Command::Stop => {
                if let Some(listening) = &self.listening {
                    listening.stop();
                }
            }
            Command::Record => {
                if let Some(place) = self.listening.as_ref().map(|l| l.place.clone()) {
                    self.listen(place, Some(bench::new_recording(&self.state.folder)));
                }
            }
            Command::Begin(intent) => self.with_session(|session| session.begin(intent)),
            Command::EndSegment => self.with_session(Listening::end),
            Command::Saw(Observed::Tap) if self.saw_tap_while_confirming() => {}
            Command::Saw(observed) => self.with_session(|session| session.observed(observed)),
            Command::FindBand => {
                self.with_session(Listening::find);
                self.state.finding = self.listening.is_some();
            }
            Command::Undo => self.state.values.undo(),
            Command::Redo => self.state.values.redo(),
            Command::KeepB => self.state.b = Some(self.state.values.now()),
            Command::SwapB => {
                if let Some(b) = self.state.b.replace(self.state.values.now()) {
                    self.state.values.replace(b);
                }
            }
            Command::DropB => self.state.b = None,
            Command::Defaults => self.state.values.replace(ParameterSet::published(self.state.dongle)),
            Command::Recommend => self.recommend(),
            Command::TakeRecommendation => {
                let advice = match self.state.calibrate.is_open {
                    true => &self.state.calibrate.advice,
                    false => &self.state.recommendation,
                };
                let recommended = advice.as_ref().and_then(|advice| advice.recommendation.recommended);
                if let Some(recommended) = recommended {
                    self.state.values.replace(self.state.values.now().overlaid(&recommended));
                }
            }
            Command::Symptoms => self.symptoms(),
            Command::ShowConfig => self.state.dialog = Dialog::Config,
            Command::CompareConfig => {
                (self.state.config.plan, self.state.config.written) = (None, Vec::new());
                let path = PathBuf::from(self.state.config.path.trim());
                self.jobs.plan(path, self.state.dongle, self.state.values.now());
            }
            Command::WriteConfig => {
                if let Some(plan) = self.state.config.plan.take().filter(|_| !self.is_foreign()) {
                    self.jobs.write(plan);
                }
            }
            Command::CopyIgel => {
                ctx.copy_text(config::igel_text(&self.state.values.now()));
                self.state.said = Some("The IGEL table is copied.".into());
            }
            Command::Follow => self.state.view.follow(),
            Command::FitAll => self.with_deck(|state, deck| state.view.fit(deck)),
            Command::Show(begin_us, end_us) => self.state.view.show(begin_us, end_us),
            Command::Foot(foot) => {
                self.state.foot = Some(foot).filter(|foot| self.state.foot != Some(*foot));
            }
            Command::Calibration(act) => self.calibrate(act),
            Command::Theme => ctx.set_theme(match ctx.theme() {
                Theme::Dark => ThemePreference::Light,
                Theme::Light => ThemePreference::Dark,
            }),
            Command::Palette => self.state.dialog = Dialog::Palette(String::new()),
            Command::Help => self.state.dialog = Dialog::Help,
            Command::Close => self.state.dialog = Dialog::None,
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn open(&mut self, path: String) {
        // What is listened to gives way; its recording is closed.
        self.listening = None;
        self.state.dialog = Dialog::None;
        self.state.problem = None;
        if let Some(workbench) = &self.workbench {
            workbench.open(path);
        }
    }

    /// Listens to a driver that stands in for what is at `place`.
    pub fn listen_to(&mut self, driver: Box<dyn Driver>, place: Place) {
        self.listening = None;
        if let Some(workbench) = &self.workbench {
            match workbench.listen_to(driver, place, None) {
                Ok(listening) => self.listening = Some(listening),
                Err(problem) => self.state.problem = Some(problem),
            }
        }
    }

    fn listen(&mut self, place: Place, file: Option<PathBuf>) {
        self.listening = None;
        (self.state.problem, self.state.finding) = (None, false);
        let Some(workbench) = &self.workbench else { return };
        match workbench.listen(place, file, None) {
            Ok(listening) => self.listening = Some(listening),
            Err(problem) => self.state.problem = Some(problem),
        }
    }

    fn with_session(&self, act: impl FnOnce(&Listening)) {
        if let Some(listening) = &self.listening {
            act(listening);
        }
    }

    fn with_deck(&mut self, act: impl FnOnce(&mut State, &Deck)) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref() {
            act(&mut self.state, deck);
        }
    }

    fn recommend(&mut self) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref() {
            let rules = State::rules(self.state.values.now());
            self.state.recommendation = None;
            self.jobs.recommend(deck.trace.labelled(), rules, self.state.dongle);
        }
    }

    fn symptoms(&mut self) {
        self.state.dialog = Dialog::Symptoms;
        self.state.answers.clear();
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref()
            && let Some(decided) = &deck.decided
        {
            self.jobs.answer(deck.trace.labelled(), decided.segments.clone(), decided.rules.clone());
        }
    }

    /// Says what could not be done, where it was asked for too.
    pub(super) fn failed(&mut self, problem: Problem) {
        if self.state.dialog == Dialog::Config {
            self.state.config.written = vec![format!("{}.", problem.what)];
            self.state.config.written.extend(problem.remedy.as_ref().map(|r| format!("What to do: {r}.")));
        }
        self.state.problem = Some(problem);
    }
}
