//! How a command ends: the exit status of the contract, and failures worded for a person.

use std::process::ExitCode;

/// Exit status of every command (`docs/cli.md`, "Exit status"), weakest first in precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: done, and what was checked held.
    #[default]
    Done,
    /// 3: finished, but data was lost or skipped.
    DataLost,
    /// 1: it was checked and did not hold.
    DidNotHold,
    /// 2: wrong usage, or an input that cannot be read.
    BadInput,
    /// 4: the device, driver or service was not there or failed.
    NoDevice,
}

impl Exit {
    /// The status that wins where several apply: 4, then 2, then 1, then 3.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::DidNotHold => 1,
            Self::BadInput => 2,
            Self::DataLost => 3,
            Self::NoDevice => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that could not finish: what happened and why, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// The status to exit with.
    pub exit: Exit,
    /// What happened and why, without a full stop; names the file and line where there is one.
    pub what: String,
    /// What to do next, where something can be done.
    pub remedy: Option<String>,
}

impl Failure {
    /// Wrong usage, or an input that cannot be read (exit 2).
    pub fn bad_input(what: impl ToString) -> Self {
        Self { exit: Exit::BadInput, what: what.to_string(), remedy: None }
    }

    /// Something was checked and did not hold (exit 1).
    pub fn did_not_hold(what: impl ToString) -> Self {
        Self { exit: Exit::DidNotHold, what: what.to_string(), remedy: None }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::*;

    #[test]
    fn device_beats_input_beats_verdict_beats_loss() {
        assert_eq!(DataLost.and(DidNotHold), DidNotHold);
        assert_eq!(DidNotHold.and(BadInput), BadInput);
        assert_eq!(BadInput.and(NoDevice), NoDevice);
        assert_eq!(Done.and(DataLost), DataLost);
    }
}
