//! What went wrong, for the person at the window: what happened and why, and what to do.

use std::io;
use std::path::Path;

use crate::drivers::SourceError;
use crate::drivers::dongle::DongleError;
use crate::drivers::serial::Reason;
use crate::helper::NotWritten;
use crate::nbe_config::{ChangeError, FileError, Obstacle, Place};
use crate::recording::{self, ReadError};
use crate::report::ReplayError;
use crate::session::NotOpened;

/// What to do about what is in a port's way.
pub(super) fn in_the_way(reason: &Reason) -> &'static str {
    match reason {
        Reason::Busy => {
            "have the Endpoint stopped meanwhile, in the list of sources, or end what else holds the dongle"
        }
        reason => reason.remedy(),
    }
}

/// What the system says, without the number that only it knows and what it knows of our own files.
pub(super) fn plain(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What happened and why, without a full stop.
    pub what: String,
    /// What to do next, where something can be done.
    pub remedy: Option<String>,
}

impl Problem {
    /// Without advice.
    pub fn new(what: impl ToString) -> Self {
        Self { what: what.to_string(), remedy: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A thread of ours that broke down.
    pub(super) fn fault() -> Self {
        Self::new("the work stopped by a fault of its own")
            .remedy("what was written is kept; start tapbench again")
    }

    /// A recording that cannot be read.
    pub(super) fn unreadable(path: &str, error: &ReadError) -> Self {
        let problem = Self::new(format!("{path}: {error}"));
        match error {
            ReadError::Line(recording::BadLine { reason: recording::Reason::Version(_), .. }) => {
                problem.remedy("it was made by a newer tapbench: update this one, and open it again")
            }
            ReadError::Line(bad) if bad.line == 1 => problem
                .remedy(format!("if it is a capture or a CSV file: tapbench convert {path} OUT.rssi.jsonl")),
            ReadError::Line(_) => {
                problem.remedy(format!("tapbench repair {path} writes a clean recording beside it"))
            }
            ReadError::Empty => problem
                .remedy("nothing was written to it: record again, or open the copy that was made of it"),
            ReadError::Io { line, error } => {
                Self::new(format!("{path}: reading failed after line {line}: {}", plain(error)))
                    .remedy("copy the file to a disk of this computer, and open the copy")
            }
        }
    }

    /// A recording that cannot be replayed.
    pub(super) fn not_replayed(path: &str, error: &ReplayError) -> Self {
        match error {
            ReplayError::Read(error) => Self::unreadable(path, error),
            ReplayError::Missing(missing) => Self::new(missing),
        }
    }

    /// A source that could not be opened.
    pub(super) fn not_opened(error: &NotOpened) -> Self {
        let remedy = match error {
            NotOpened::Source(SourceError::Dongle(DongleError::Open(error))) => {
                Some(in_the_way(&error.reason))
            }
            NotOpened::Source(error) => error.remedy(),
            NotOpened::Thread(_) | NotOpened::Stopped => None,
        };
        Self { what: error.to_string(), remedy: remedy.map(str::to_owned) }
    }

    /// A config that was not changed.
    pub(super) fn not_changed(error: &ChangeError) -> Self {
        let problem = Self::new(error);
        match error {
            ChangeError::File(error) => Self::of_file(error),
            ChangeError::BothLayouts(_) => {
                problem.remedy("tapbench config migrate FILE moves all keys into the dongle's table")
            }
            ChangeError::Refused(_) => problem.remedy("correct the values in the tune pane first"),
            ChangeError::NoFile(_) | ChangeError::NoAgent { .. } => {
                problem.remedy("check the path: the Endpoint makes the file when it is installed; or make it with tapbench config set --create --agent-url ws://HOST:PORT/socket/websocket")
            }
            _ => problem.remedy("tapbench config check FILE says which line, and how to correct it"),
        }
    }

    /// A config that was not written, here or by a helper.
    pub(super) fn not_written(path: &Path, error: &NotWritten) -> Self {
        let file = path.display();
        match error {
            NotWritten::File(error) => Self::of_file(error),
            NotWritten::NotAccepted(_) | NotWritten::NoHelper(_) => {
                Self::new(format!("{file} is not written: {error}; the file is as it was"))
                    .remedy(Place::of(path).remedy_for_no_rights())
            }
            NotWritten::Lost(_) => Self::new(format!("{file}: {error}"))
                .remedy("compare again: that shows what the file holds now"),
        }
    }

    /// A file that could not be read or written.
    pub(super) fn of_file(error: &FileError) -> Self {
        let place = Place::of(&error.path);
        let problem = Self::new(error);
        match error.obstacle {
            Obstacle::NoRights => problem.remedy(place.remedy_for_no_rights()),
            Obstacle::ReadOnlyFileSystem => problem.remedy(place.remedy_for_read_only_file_system()),
            Obstacle::NotFound => problem.remedy(
                "check the path; Windows keeps it at C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml, HP ThinPro at /usr/bin/nbe.toml",
            ),
            Obstacle::BeingWritten => problem.remedy("wait until it has ended, then compare again"),
            Obstacle::ChangedMeanwhile => problem.remedy("compare again, then write"),
            _ => problem,
        }
    }
}
