//! What the calibration's commands do.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::bench::{
    Answer, Awake, Confirming, Guided, KeptCalibration, Listening, Problem, ReportOf, Resumable, Whom,
    beside, broken_off, finished, new_confirmation, new_recording,
};
use crate::calibration::{Outcome as Advice, Setup};

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

    pub(super) fn guidance(&self) -> Option<&crate::bench::Guidance> {
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

    pub(super) fn guide(&mut self, file: PathBuf, from: Resumable) {
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
}

/// Whether a command would disturb a calibration's own marks.
pub fn disturbs(command: &Command, listening: Option<&Listening>) -> bool {
    let is_guided = listening.is_some_and(|listening| listening.guidance.is_some());
    is_guided
        && matches!(command, Command::Begin(_) | Command::EndSegment | Command::Record | Command::FindBand)
}
