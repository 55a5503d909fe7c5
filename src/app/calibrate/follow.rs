//! What becomes of a calibration when its session, its confirmation or a job has come further.

use std::path::{Path, PathBuf};

use eframe::egui::ViewportCommand;

use crate::calibration::{Outcome as Advice, Phase};

use super::super::application::App;
use super::Page;

impl App {
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

    pub(super) fn session_ended(&mut self, path: PathBuf, recording: Option<PathBuf>, is_finished: bool) {
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

    /// The cue fills the screen, not only the window.
    pub(in super::super) fn follow_cue(&mut self) {
        let calibrate = &mut self.state.calibrate;
        if calibrate.fills_screen != calibrate.is_cue {
            calibrate.fills_screen = calibrate.is_cue;
            self.ctx.send_viewport_cmd(ViewportCommand::Fullscreen(calibrate.is_cue));
        }
    }
}
