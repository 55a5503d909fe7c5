//! The window's hold on a calibration that a session leads: what it sees of it, and its answers.

use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::calibration::{Done, Phase, Plan, Position, Problem, Setup};
use crate::session::Waker;

use super::kept_calibration::KeptCalibration;

/// What the operator says to a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It counts although it was refused.
    Accept,
    /// It is done again.
    Redo,
    /// It is left out.
    Skip,
}

/// How strongly the band is heard now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// The last sample, in dBm.
    pub rssi_dbm: Option<i8>,
    /// The mean of the last second, in dBm.
    pub mean_dbm: Option<f64>,
}

/// What the window sees of a calibration.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The session's time, in µs.
    pub now_us: i64,
    /// What is going on.
    pub phase: Phase,
    /// Where in the plan.
    pub position: Position,
    /// What was accepted or skipped so far.
    pub done: Vec<Done>,
    /// Problems of repeats that count nonetheless.
    pub warnings: Vec<(Position, Problem)>,
    /// The band now.
    pub meter: Meter,
    /// Since when a band lies on an NFC reader, in µs.
    pub on_reader_since_us: Option<i64>,
}

/// A calibration to be led.
pub struct Guided {
    /// What was chosen.
    pub setup: Setup,
    /// What need not be done again.
    pub done: Vec<Done>,
    /// What is kept beside its recordings.
    pub kept: KeptCalibration,
    /// Where.
    pub path: PathBuf,
    /// What the recording's header says beside its source: site, operator and the like.
    pub header: Map<String, Value>,
}

/// The window's hold on a calibration.
#[derive(Debug)]
pub struct Guidance {
    /// All steps.
    pub plan: Plan,
    /// What was chosen.
    pub setup: Setup,
    /// Where it is kept what it is.
    pub path: PathBuf,
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) answers: SyncSender<(Position, Answer)>,
    pub(super) waker: Waker,
}

impl Guidance {
    /// How far it is.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something to the repeat `at` this place; nothing to any other, which may be under way by now.
    /// Never waits.
    pub fn answer(&self, at: Position, answer: Answer) {
        // Whoever pressed so often before anything happened is not waiting for this one.
        let _ = self.answers.try_send((at, answer));
        self.waker.wake();
    }
}
