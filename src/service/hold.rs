//! Holding the service stopped: marker, stop, and start when this is dropped. It is done in a
//! process of its own (`helper`), which outlives a bench that is killed.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::change::{Change, Goal, Turn};
use super::manager::{Manager, Refusal};
use super::marker::{Kept, Marker};
use crate::system::Commands;

/// How long one command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// How long the service may take to stop or start.
const CHANGE_LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at a service that is on its way.
const TICK: Duration = Duration::from_millis(100);

/// A service that is stopped and will be started again.
#[derive(Debug)]
pub struct Hold {
    commands: Commands,
    manager: Manager,
    marker: Option<Kept>,
}

/// Why the service is not held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NotHeld {
    /// It was stopped before, by someone else, and is left alone.
    #[error("the service was stopped before")]
    WasStopped,
    /// Another bench holds it.
    #[error("another tapbench holds the service stopped")]
    Held,
    /// The marker cannot be written, so it was not touched.
    #[error("no note of the stop can be left, so the service was not touched: {0}")]
    NoMarker(String),
    /// It was not stopped.
    #[error("the service was not stopped: {0}")]
    Refused(Refusal),
}

impl Hold {
    /// Stops the service. One that is stopped already is only taken over from a bench that was
    /// killed.
    ///
    /// # Errors
    /// Why it is not held; it is then as it was.
    pub fn take(commands: Commands, manager: Manager, folders: &[PathBuf]) -> Result<Self, NotHeld> {
        let written = Kept::write(folders, &Marker::now(&manager));
        let (marker, was_left) = written.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => NotHeld::Held,
            _ => NotHeld::NoMarker(error.to_string()),
        })?;
        match bring(&commands, &manager, Goal::Stopped) {
            Ok(true) if !was_left => {
                unmark(marker);
                Err(NotHeld::WasStopped)
            }
            Ok(_) => Ok(Self { commands, manager, marker: Some(marker) }),
            Err((Refusal::Other(why), true)) => {
                // It may be on its way down.
                let hold = Self { commands, manager, marker: Some(marker) };
                let back = hold.release().err().map_or(String::new(), |why| format!("; and {why}"));
                Err(NotHeld::Refused(Refusal::Other(why + &back)))
            }
            Err((refusal, _)) => {
                if !was_left {
                    unmark(marker);
                }
                Err(NotHeld::Refused(refusal))
            }
        }
    }

    /// Starts the service again; the marker goes only when it runs.
    ///
    /// # Errors
    /// In words, why it is still down.
    pub fn release(mut self) -> Result<(), String> {
        self.give_back()
    }

    fn give_back(&mut self) -> Result<(), String> {
        let Some(marker) = self.marker.take() else { return Ok(()) };
        match bring(&self.commands, &self.manager, Goal::Running) {
            Ok(_) => {
                unmark(marker);
                Ok(())
            }
            Err((refusal, _)) => Err(refusal.to_string()),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // What fails here is told by the marker.
        let _ = self.give_back();
    }
}

/// One that stays behind is found to be out of date when the service runs.
fn unmark(marker: Kept) {
    let _ = marker.remove();
}

/// Whether it was there from the beginning; the error is why it does not get there, and whether it
/// was touched.
fn bring(commands: &Commands, manager: &Manager, goal: Goal) -> Result<bool, (Refusal, bool)> {
    let begun = Instant::now();
    let mut change = Change::new(manager.clone(), goal);
    let mut answer = None;
    loop {
        match change.next(answer.take().as_ref(), begun.elapsed() >= CHANGE_LIMIT) {
            Turn::Run(line) => answer = Some(commands.run(&line, COMMAND_LIMIT)),
            Turn::Wait => thread::park_timeout(TICK),
            Turn::Reached { was_there } => return Ok(was_there),
            Turn::Failed(refusal) => return Err((refusal, change.was_ordered())),
        }
    }
}
