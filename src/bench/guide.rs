//! Leads a calibration within a session: gives it samples and time, carries its marks into the
//! recording, and takes the operator's answers.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::calibration::{Calibration, Phase, Position, Setup};
use crate::drivers::rehearsed::Stage;
use crate::drivers::{Row, What};
use crate::recording::NfcRow;
use crate::session::{Action, Waker};

use super::ask::Ask;
use super::guidance::{Answer, Guidance, Guided, Meter, Seen};
use super::kept_calibration::KeptCalibration;
use super::rehearsal::{Mishap, errand};

/// Answers that may wait: more than anyone can press.
const ANSWERS: usize = 16;
/// What the meter's mean is taken over, in µs.
const METER_US: i64 = 1_000_000;

/// The session's side of it.
pub(super) struct Guide {
    calibration: Calibration,
    answers: Receiver<(Position, Answer)>,
    seen: Arc<Mutex<Seen>>,
    setup: Setup,
    now_us: i64,
    heard: VecDeque<(i64, i8)>,
    cue: Option<(Position, Phase)>,
    stage: Arc<Stage>,
    mishap: Mishap,
    kept: KeptCalibration,
    path: PathBuf,
    /// Whether what is kept is to be written.
    is_news: bool,
    asks: SyncSender<Ask>,
}

impl Guide {
    /// Both sides.
    pub(super) fn new(
        guided: Guided,
        waker: Waker,
        stage: Arc<Stage>,
        mishap: Mishap,
        asks: SyncSender<Ask>,
    ) -> (Self, Guidance) {
        let Guided { setup, done, kept, path, .. } = guided;
        let calibration = Calibration::resumed(setup.clone(), done);
        let (answers, given) = sync_channel(ANSWERS);
        let seen = Arc::new(Mutex::new(Seen {
            now_us: 0,
            phase: calibration.phase().clone(),
            position: calibration.position(),
            done: calibration.done().to_vec(),
            warnings: Vec::new(),
            meter: Meter::default(),
            on_reader_since_us: None,
        }));
        let plan = calibration.plan().clone();
        let guidance = Guidance {
            plan,
            setup: setup.clone(),
            path: path.clone(),
            seen: Arc::clone(&seen),
            answers,
            waker,
        };
        let guide = Self {
            calibration,
            answers: given,
            seen,
            setup,
            now_us: 0,
            heard: VecDeque::new(),
            cue: None,
            stage,
            mishap,
            kept,
            path,
            is_news: true,
            asks,
        };
        (guide, guidance)
    }

    /// A row of the session, in order of time.
    pub(super) fn hear(&mut self, row: &Row) {
        match row.what {
            What::Sample { band, rssi_dbm } => {
                self.calibration.sample(row.t_us, band, rssi_dbm);
                if band == self.setup.band {
                    self.heard.push_back((row.t_us, rssi_dbm));
                }
            }
            What::Other => self.hear_other(row),
            _ => {}
        }
    }

    fn hear_other(&mut self, row: &Row) {
        let Ok(Value::Object(keys)) = serde_json::from_slice(&row.line) else { return };
        if keys.contains_key("nfc") {
            self.calibration.nfc(row.t_us, &NfcRow::of(&keys, None));
        }
        self.calibration.dropped(dropped(&keys));
    }

    /// What is to be done at `t_us` in the operator's name.
    pub(super) fn act(&mut self, t_us: i64) -> Option<Action> {
        self.now_us = self.now_us.max(t_us);
        self.calibration.start(self.now_us);
        let action = self.answered().or_else(|| self.calibration.advance(self.now_us));
        self.tell();
        action
    }

    /// When the next cue comes, if nobody answers before.
    pub(super) fn next_cue_us(&self) -> Option<i64> {
        match self.calibration.phase() {
            Phase::Ready(at_us) | Phase::Running(at_us) => Some(*at_us),
            Phase::Waiting | Phase::Refused(_) | Phase::Finished => None,
        }
    }

    fn answered(&mut self) -> Option<Action> {
        loop {
            let (at, answer) = self.answers.try_recv().ok()?;
            if at != self.calibration.position() {
                continue;
            }
            let action = match answer {
                Answer::Redo => self.calibration.redo(self.now_us),
                Answer::Skip => self.calibration.skip(self.now_us),
                Answer::Accept => {
                    self.calibration.accept(self.now_us);
                    None
                }
            };
            if action.is_some() {
                return action;
            }
        }
    }

    fn tell(&mut self) {
        let cue = (self.calibration.position(), self.calibration.phase().clone());
        if self.cue.as_ref() != Some(&cue) {
            if let Some(step) = self.calibration.step()
                && let Some(errand) = errand(self.mishap, step, &cue.1)
            {
                self.stage.send(errand);
            }
            self.cue = Some(cue);
        }
        self.keep();
        while self.heard.front().is_some_and(|(t_us, _)| *t_us <= self.now_us - METER_US) {
            self.heard.pop_front();
        }
        let sum: i32 = self.heard.iter().map(|(_, dbm)| i32::from(*dbm)).sum();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.now_us = self.now_us;
        seen.phase.clone_from(self.calibration.phase());
        seen.position = self.calibration.position();
        if seen.done.len() != self.calibration.done().len() {
            seen.done = self.calibration.done().to_vec();
        }
        if seen.warnings.len() != self.calibration.warnings().len() {
            seen.warnings = self.calibration.warnings().to_vec();
        }
        seen.on_reader_since_us = self.calibration.lies_on_reader_since_us();
        seen.meter = Meter {
            rssi_dbm: self.heard.back().map(|(_, dbm)| *dbm),
            mean_dbm: (!self.heard.is_empty()).then(|| f64::from(sum) / self.heard.len() as f64),
        };
    }

    /// Hands what is kept to the workbench, which writes it, where there is news.
    fn keep(&mut self) {
        let is_finished = *self.calibration.phase() == Phase::Finished;
        let skipped = self.calibration.done().iter().filter(|done| done.skipped);
        if skipped.clone().count() != self.kept.skipped.len() || is_finished != self.kept.is_finished {
            self.kept.skipped = skipped.copied().collect();
            self.kept.is_finished = is_finished;
            self.is_news = true;
        }
        if self.is_news {
            // A full queue is asked again.
            self.is_news = matches!(self.asks.try_send(self.news()), Err(TrySendError::Full(_)));
        }
    }

    /// The session is over, and there is time to wait for what is still to be kept.
    pub(super) fn finish(self) {
        if self.is_news {
            // A workbench that is gone writes nothing.
            let _ = self.asks.send(self.news());
        }
    }

    fn news(&self) -> Ask {
        Ask::Keep(self.path.clone(), Box::new(self.kept.clone()))
    }
}

/// How many samples a row says were lost.
fn dropped(keys: &Map<String, Value>) -> u64 {
    if keys.get("source_event").and_then(Value::as_str) != Some("dropped") {
        return 0;
    }
    keys.get("count").and_then(Value::as_u64).unwrap_or(1)
}

#[cfg(test)]
mod tests;
