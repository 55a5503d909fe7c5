//! What one check says.

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It may go wrong.
    Warning,
    /// It stops a calibration, or NBE itself.
    Problem,
    /// What would say so could not be read.
    CouldNotTell,
}

impl State {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
            Self::CouldNotTell => "could not tell",
        }
    }

    /// For scripts.
    pub fn key(self) -> &'static str {
        match self {
            Self::CouldNotTell => "could_not_tell",
            other => other.name(),
        }
    }
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name of the check in kebab-case, for scripts.
    pub code: &'static str,
    /// How it looks.
    pub state: State,
    /// What is so, without a full stop.
    pub what: String,
    /// Why that is likely, or why it matters.
    pub why: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// The command that does it, or that tells what could not be told.
    pub command: Option<String>,
}

impl Finding {
    fn new(code: &'static str, state: State, what: impl Into<String>) -> Self {
        Self { code, state, what: what.into(), why: None, remedy: None, command: None }
    }

    /// As it should be.
    pub fn ok(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, State::Ok, what)
    }

    /// It may go wrong.
    pub fn warning(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, State::Warning, what)
    }

    /// It stops a calibration.
    pub fn problem(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, State::Problem, what)
    }

    /// What would say so could not be read.
    pub fn could_not_tell(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(code, State::CouldNotTell, what)
    }

    /// The same, with a reason.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// The same, with advice.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same, with a command.
    #[must_use]
    pub fn command(mut self, command: impl ToString) -> Self {
        self.command = Some(command.to_string());
        self
    }
}
