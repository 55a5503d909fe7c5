//! What the calibration's commands do, and what becomes of it when a session or a job has ended.

use std::path::{Path, PathBuf};

use eframe::egui::ViewportCommand;
use serde_json::{Map, Value};

use crate::bench::{
    Answer, Awake, Confirming, Guided, KeptCalibration, Listening, Problem, ReportOf, Resumable, Whom,
    beside, broken_off, finished, new_confirmation, new_recording,
};
use crate::calibration::{Outcome as Advice, Phase, Setup};

use super::super::application::App;
use super::super::command::{Command, Do};
use super::{Around, Page, reader, setup as page};

impl App {
    /// Carries a command of the calibration out.
    pub(in super::super) fn calibrate(&mut self, act: Do) {
        match act {
            Do::Open => {
                self.look_for_earlier_ones();
                self.state.calibrate.is_open = true;
            }
            Do::Anew => {
                self.look_for_earlier_ones();
                let calibrate = &mut self.state.calibrate;
                calibrate.is_open = true;
                if matches!(calibrate.page, Page::Outcome | Page::Confirm) {
                    calibrate.page = Page::Setup;
                    (calibrate.confirming, calibrate.wishes.band_authenticated) = (None, None);
                }
            }
            Do::Reopen(path) => {
                self.may_take_its_place();
                self.jobs.reopen(path);
            }
            Do::NotNow => self.state.calibrate.not_now = self.state.calibrate.broken_off.take(),
            Do::Leave => {
                let calibrate = &mut self.state.calibrate;
                (calibrate.is_open, calibrate.is_cue) = (false, false);
            }
            Do::Begin => self.begin_calibration(),
            Do::Resume(path) => {
                self.may_take_its_place();
                self.jobs.resume(path);
            }
            Do::GoOn => match &mut self.state.calibrate.confirming {
                Some(confirming) if self.state.calibrate.page == Page::Confirm => confirming.go_on(),
                _ => self.answer(Answer::Accept),
            },
            Do::Again => match &mut self.state.calibrate.confirming {
                Some(confirming) if self.state.calibrate.page == Page::Confirm => confirming.take_back(),
                _ => self.answer(Answer::Redo),
            },
            Do::Skip => self.answer(Answer::Skip),
            Do::Cue => {
                let is_cue = !self.state.calibrate.is_cue && self.guidance().is_some();
                self.state.calibrate.is_cue = is_cue;
            }
            Do::Outcome => self.state.calibrate.page = Page::Outcome,
            Do::Confirm => self.confirm(),
            Do::Report => self.report(),
        }
    }

    fn look_for_earlier_ones(&mut self) {
        if self.guidance().is_some() {
            return;
        }
        let calibrate = &mut self.state.calibrate;
        let is_wanted = |path: &PathBuf| calibrate.not_now.as_ref() != Some(path);
        calibrate.broken_off = broken_off(&self.state.folder).filter(is_wanted);
        calibrate.finished = finished(&self.state.folder);
    }

    /// Shows again what a calibration recommends.
    pub(in super::super) fn reopened(
        &mut self,
        (kept, advice, confirmed): (Resumable, Advice, Vec<PathBuf>),
    ) {
        let Resumable { path, kept, setup, .. } = kept;
        let again = Command::Calibration(Do::Reopen(path.clone()));
        if self.is_in_the_way("the last calibration") || self.would_lose(&again) {
            return;
        }
        if let Some(recording) = kept.recordings(&path).pop() {
            self.end_listening();
            if let Some(workbench) = &self.workbench {
                workbench.open(recording.to_string_lossy().into_owned());
            }
        }
        let calibrate = &mut self.state.calibrate;
        calibrate.begin(path, setup);
        calibrate.is_at(&kept.site, &kept.operator);
        (calibrate.page, calibrate.advice) = (Page::Outcome, Some(Box::new(advice)));
        calibrate.confirmed = confirmed;
    }

    fn guidance(&self) -> Option<&crate::bench::Guidance> {
        self.listening.as_ref()?.guidance.as_ref()
    }

    fn answer(&self, answer: Answer) {
        if let (Some(guidance), Some(at)) = (self.guidance(), self.state.calibrate.drawn) {
            guidance.answer(at, answer);
        }
    }

    fn begin_calibration(&mut self) {
        let Some(listening) = &self.listening else { return };
        let Some(workbench) = &self.workbench else { return };
        let setup = {
            let deck = workbench.deck();
            let around =
                Around { deck: deck.as_ref(), listening: Some(listening), offers: &[], is_opening: false };
            page::setup(&self.state, &around)
        };
        let Some(setup) = setup.filter(|setup| setup.wishes.band_authenticated.is_some()) else { return };
        let file = new_recording(&self.state.folder);
        let path = beside(&file);
        let mut kept = KeptCalibration::new(&setup);
        kept.followed.clone_from(&listening.whom.followed);
        (kept.site, kept.operator) =
            (self.state.calibrate.site.clone(), self.state.calibrate.operator.clone());
        self.guide(file, Resumable { kept, path, setup, done: Vec::new() });
    }

    /// Goes on with a calibration; without a source it waits for one.
    pub(in super::super) fn resume(&mut self, resumable: Resumable) {
        if self.is_in_the_way("the interrupted calibration") {
            return;
        }
        let file = new_recording(&self.state.folder);
        let lacks_reader =
            resumable.setup.wishes.reader_taps > 0 && !reader::is_heard(self.listening.as_ref());
        self.guide(file, resumable);
        if lacks_reader {
            let problem = Problem::new("this calibration has taps on an NFC reader, and none is listened to");
            let remedy = "interrupt it, listen to the reader too, and go on; or leave its taps out";
            self.state.problem = Some(problem.remedy(remedy));
        }
    }

    fn guide(&mut self, file: PathBuf, from: Resumable) {
        let Some(places) = self.listening.as_ref().map(|listening| listening.places.clone()) else { return };
        let Resumable { mut kept, path, setup, done } = from;
        let whom = match kept.followed.as_ref().map(Whom::followed) {
            Some(Ok(whom)) => whom,
            Some(Err(why)) => {
                self.state.problem = Some(Problem::new(why));
                return;
            }
            None => Whom::default(),
        };
        self.state.calibrate.is_at(&kept.site, &kept.operator);
        kept.recordings.extend(file.file_name().map(|name| name.to_string_lossy().into_owned()));
        self.end_listening();
        let guided =
            Guided { setup: setup.clone(), done, kept, path: path.clone(), header: self.header(&setup) };
        let Some(workbench) = &self.workbench else { return };
        match workbench.listen(places, Some(file), whom, Some(guided)) {
            Ok(listening) => {
                self.listening = Some(listening);
                let calibrate = &mut self.state.calibrate;
                calibrate.page = Page::Steps;
                calibrate.awake = Some(Awake::start());
                calibrate.begin(path, setup);
            }
            Err(problem) => self.state.problem = Some(problem),
        }
    }

    /// What recordings of it say beside their source.
    fn header(&self, setup: &Setup) -> Map<String, Value> {
        let mut header = Map::new();
        let calibrate = &self.state.calibrate;
        for (key, text) in [("site", &calibrate.site), ("operator", &calibrate.operator)] {
            if !text.trim().is_empty() {
                header.insert(key.into(), text.trim().into());
            }
        }
        if let Some(said) = setup.wishes.band_authenticated {
            header.insert("band_authenticated".into(), said.into());
        }
        header
    }

    fn confirm(&mut self) {
        let Some(setup) = &self.state.calibrate.setup else { return };
        let Some(kept) = &self.state.calibrate.path else { return };
        let mut header = self.header(setup);
        if self.is_deck_foreign() {
            header.insert("not_a_nymi_band".into(), true.into());
        }
        let path = new_confirmation(kept);
        match Confirming::start(path, &self.state.values.now(), header) {
            Ok(confirming) => {
                self.state.calibrate.confirming = Some(confirming);
                self.state.calibrate.page = Page::Confirm;
            }
            Err(problem) => self.state.problem = Some(problem),
        }
    }

    fn report(&mut self) {
        let calibrate = &mut self.state.calibrate;
        calibrate.report = None;
        if let Some(kept) = calibrate.path.clone() {
            let (confirmed, values) = (calibrate.confirmed.clone(), self.state.values.now());
            self.jobs.report(ReportOf { kept, confirmed, values });
        }
    }

    /// A tap that the application registered, where NBE is being confirmed; `false` elsewhere.
    pub(in super::super) fn saw_tap_while_confirming(&mut self) -> bool {
        let calibrate = &mut self.state.calibrate;
        let confirming = calibrate.confirming.as_mut().filter(|_| calibrate.page == Page::Confirm);
        confirming.map(Confirming::saw_tap).is_some() && calibrate.is_open
    }

    /// Takes note of what became of the session, which `is_over` or not, and of the confirmation.
    pub(in super::super) fn follow_calibration(&mut self, is_over: bool) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(listening) = self.listening.as_ref()
            && let Some(guidance) = &listening.guidance
        {
            let (phase, position) = {
                let seen = guidance.seen();
                (seen.phase.clone(), seen.position)
            };
            let calibrate = &mut self.state.calibrate;
            if matches!(phase, Phase::Running(_))
                && calibrate.rung.replace(position) != Some(position)
                && let Some(bell) = &calibrate.bell
            {
                bell.ring();
            }
            if matches!(phase, Phase::Ready(_)) {
                // A repeat that is done again rings again.
                calibrate.rung = None;
            }
            if self.state.chosen.is_none()
                && let Some(deck) = workbench.deck().as_ref()
            {
                let is_ours = |series| deck.trace.band(series) == Some(guidance.setup.band);
                self.state.chosen = deck.trace.series.iter().position(is_ours);
            }
            let is_finished = phase == Phase::Finished;
            if is_finished {
                listening.stop();
            }
            if is_over {
                let path = guidance.path.clone();
                let recording = listening.file.clone();
                self.session_ended(path, recording, is_finished);
            }
        } else if self.state.calibrate.page == Page::Steps {
            // Another source or recording took its place.
            let path = self.state.calibrate.path.clone();
            self.interrupted(path);
        }
        let calibrate = &mut self.state.calibrate;
        if let Some(confirming) = calibrate.confirming.as_mut().filter(|confirming| confirming.is_done()) {
            let problem = confirming.take_problem();
            if !calibrate.confirmed.contains(&confirming.path) && problem.is_none() {
                calibrate.confirmed.push(confirming.path.clone());
            }
            if problem.is_some() {
                self.state.problem = problem;
            }
        }
    }

    fn session_ended(&mut self, path: PathBuf, recording: Option<PathBuf>, is_finished: bool) {
        self.listening = None;
        if !is_finished {
            self.interrupted(Some(path));
            return;
        }
        if let (Some(workbench), Some(recording)) = (&self.workbench, recording) {
            workbench.open(recording.to_string_lossy().into_owned());
        }
        self.calibration_finished(path);
    }

    /// All steps are through: what follows from them is looked for next.
    pub(in super::super) fn calibration_finished(&mut self, path: PathBuf) {
        let calibrate = &mut self.state.calibrate;
        (calibrate.page, calibrate.is_cue, calibrate.awake) = (Page::Outcome, false, None);
        calibrate.due = Some(path);
    }

    fn interrupted(&mut self, path: Option<PathBuf>) {
        let calibrate = &mut self.state.calibrate;
        (calibrate.page, calibrate.is_cue, calibrate.awake) = (Page::Setup, false, None);
        // Where its source could not be opened, it never began.
        calibrate.broken_off = path.filter(|path| path.is_file());
    }

    /// A job has come to what a calibration recommends.
    pub(in super::super) fn calibrated(&mut self, of: &Path, advice: Box<Advice>) {
        let calibrate = &mut self.state.calibrate;
        if calibrate.path.as_deref() == Some(of) {
            calibrate.advice = Some(advice);
        }
    }
}

/// Whether a command would disturb a calibration's own marks.
pub fn disturbs(command: &Command, listening: Option<&Listening>) -> bool {
    let is_guided = listening.is_some_and(|listening| listening.guidance.is_some());
    is_guided
        && matches!(command, Command::Begin(_) | Command::EndSegment | Command::Record | Command::FindBand)
}

impl App {
    /// The cue fills the screen, not only the window.
    pub(in super::super) fn follow_cue(&mut self) {
        let calibrate = &mut self.state.calibrate;
        if calibrate.fills_screen != calibrate.is_cue {
            calibrate.fills_screen = calibrate.is_cue;
            self.ctx.send_viewport_cmd(ViewportCommand::Fullscreen(calibrate.is_cue));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use eframe::egui::Context;

    use crate::app::Begin;
    use crate::bench::{Mishap, Place, Rehearsal};
    use crate::calibration::Wishes;
    use crate::engine::Rules;
    use crate::engine::parameters::{Dongle, ParameterSet};
    use crate::reading::Band;

    use super::*;

    fn setup() -> Setup {
        let parameters = ParameterSet::published(Dongle::Bluegiga);
        let wishes =
            Wishes { repeats: 1, band_authenticated: Some(true), reader_taps: 0, ..Wishes::default() };
        Setup {
            wishes,
            band: Band::Address(0xC605_0403_0201),
            dongle: Some(Dongle::Bluegiga),
            rules: Rules { parameters, ..Rules::default() },
            rate_hz: 1e6 / 105_000.0,
        }
    }

    /// A window that leads a short calibration into this folder.
    fn guided(ctx: &Context, folder: &Path) -> App {
        let mut app = App::new(ctx, &Begin::Empty);
        app.write_into(folder.to_owned());
        let rehearsal = Rehearsal { mishap: Mishap::None, pace: 2_000, with_reader: false };
        app.carry_out(Command::Listen(Place::Rehearsal(rehearsal)), ctx);
        let file = new_recording(folder);
        let (setup, path) = (setup(), beside(&file));
        app.guide(file, Resumable { kept: KeptCalibration::new(&setup), path, setup, done: Vec::new() });
        app
    }

    #[test]
    fn one_that_has_come_to_its_end_is_not_interrupted_by_what_is_asked_for_then() {
        let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
        let mut app = guided(&ctx, folder.path());
        let begin = Instant::now();
        while app.guidance().is_some_and(|guidance| guidance.seen().phase != Phase::Finished) {
            assert!(begin.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        // Before the window has looked.
        app.carry_out(Command::Listen(Place::Simulated("tap-session")), &ctx);
        app.look();
        assert_eq!(app.state.calibrate.page, Page::Outcome);
        while app.state.calibrate.advice.is_none() {
            assert!(begin.elapsed() < Duration::from_secs(60));
            app.look();
        }
    }

    #[test]
    fn a_recording_is_not_closed_for_what_was_asked_for_before_it_began() {
        let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
        let mut app = App::new(&ctx, &Begin::Empty);
        app.write_into(folder.path().to_owned());
        let simulated = Command::Listen(Place::Simulated("tap-session"));
        app.carry_out(simulated.clone(), &ctx);
        app.may_take_its_place();
        app.carry_out(Command::Record, &ctx);
        let recorded = app.listening.as_ref().and_then(|listening| listening.file.clone());
        assert!(recorded.is_some());
        let setup = setup();
        let kept = KeptCalibration::new(&setup);
        let path = folder.path().join("a.calibration.json");
        let interrupted =
            || Resumable { kept: kept.clone(), path: path.clone(), setup: setup.clone(), done: Vec::new() };
        app.resume(interrupted());
        assert_eq!(app.listening.as_ref().and_then(|listening| listening.file.clone()), recorded);
        assert!(app.state.problem.take().unwrap().what.contains("a recording was begun meanwhile"));
        // Asked for now, it takes the place of the recording.
        app.may_take_its_place();
        app.resume(interrupted());
        assert!(app.guidance().is_some() && app.state.problem.is_none());
    }

    #[test]
    fn one_that_never_began_is_not_offered() {
        let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
        let mut app = App::new(&ctx, &Begin::Empty);
        app.session_ended(folder.path().join("a.calibration.json"), None, false);
        assert_eq!((app.state.calibrate.page, app.state.calibrate.broken_off.clone()), (Page::Setup, None));
    }
}
