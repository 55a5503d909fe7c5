//! One call from a wish to a written file: read, judge, edit, back up, replace, verify.
//! [`Plan`] is the same without writing, for a diff.

use std::path::{Path, PathBuf};

use super::check::{Context, check, problem_of_agent_url};
use super::document::{Document, Layout, Layouts, SyntaxError};
use super::edit::{EditError, Splice};
use super::file_error::{FileError, Obstacle};
use super::finding::Finding;
use super::migrate::MigrateError;
use super::order::{OrderViolation, violations};
use super::replacement::{Outcome, Replacement};
use super::safe_write;
use crate::engine::parameters::{Dongle, OutOfDomain, Parameter, ParameterSet};

/// The file beside `nbe.toml` that NBE's installer writes and that holds the defaults.
pub const DEFAULT_FILE: &str = "nbe.default.toml";

/// What is asked of a file.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The file.
    pub path: &'a Path,
    /// Whose values.
    pub dongle: Dongle,
    /// Where to write them; `None`: into the layout that the file has.
    pub layout: Option<Layout>,
    /// The values, each parameter at most once.
    pub values: &'a [(Parameter, i64)],
    /// The agent of a file that has to be created, never used for one that exists.
    pub agent_url: Option<&'a str>,
}

/// Why a value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Outside its domain.
    #[error(transparent)]
    OutOfDomain(#[from] OutOfDomain),
    /// Against the order of the cutoffs and the threshold.
    #[error(transparent)]
    Order(#[from] OrderViolation),
}

/// Why a file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not TOML.
    #[error("{} is not TOML: {error}", .path.display())]
    Syntax {
        /// Which file: the one to change, or the default one to copy.
        path: PathBuf,
        /// Why, and where.
        error: SyntaxError,
    },
    /// It is written in a way that cannot be edited.
    #[error("{}: {error}", .path.display())]
    Edit {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: EditError,
    },
    /// It cannot be moved to the current layout.
    #[error("{}: {error}", .path.display())]
    Migrate {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: MigrateError,
    },
    /// The file has both layouts, and the caller has not said which to write into.
    #[error("{} has RSSI keys both at the top level and in a dongle's table", .0.display())]
    BothLayouts(PathBuf),
    /// The values are refused, all reasons together.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
    /// There is no file, no `nbe.default.toml` to copy, and no agent to create one with.
    #[error("{} does not exist, and there is no {DEFAULT_FILE} beside it to copy", .0.display())]
    NoFile(PathBuf),
    /// The default file to copy has no agent, and none was given.
    #[error("{} does not exist, and {} has no agent_url", .path.display(), .default_file.display())]
    NoAgent {
        /// The file to create.
        path: PathBuf,
        /// The one to copy.
        default_file: PathBuf,
    },
    /// The default file to copy names another agent than the caller.
    #[error("{} names the agent {theirs}, not the one given", .default_file.display())]
    OtherAgent {
        /// The file to copy.
        default_file: PathBuf,
        /// Its agent.
        theirs: String,
    },
    /// The agent given is none.
    #[error("{0}")]
    BadAgent(String),
}

/// A change that is judged and ready, with nothing written yet.
#[derive(Clone, Debug)]
pub struct Plan {
    path: PathBuf,
    old: Option<Vec<u8>>,
    copied_from: Option<PathBuf>,
    before: Document,
    after: Document,
    dongle: Dongle,
}

/// Does the whole of it: see [`Plan::set`] and [`Plan::write`].
pub fn change(request: &Request<'_>) -> Result<Outcome, ChangeError> {
    Ok(Plan::set(request)?.write()?)
}

impl Plan {
    /// Judges new values and edits the file in memory.
    pub fn set(request: &Request<'_>) -> Result<Self, ChangeError> {
        let (old, copied_from, before) = match safe_write::read(request.path) {
            Ok(bytes) => {
                let document = parse(request.path, &bytes)?;
                (Some(bytes), None, document)
            }
            Err(error) if error.obstacle == Obstacle::NotFound => {
                let (copied_from, document) = new_file(request)?;
                (None, copied_from, document)
            }
            Err(error) => return Err(error.into()),
        };
        let layout = match (request.layout, before.layouts()) {
            (Some(layout), _) | (None, Layouts::One(layout)) => layout,
            (None, Layouts::Neither) => Layout::Dongle,
            (None, Layouts::Both) => return Err(ChangeError::BothLayouts(request.path.to_owned())),
        };
        let after = judge_and_edit(&before, layout, request)?;
        let path = request.path.to_owned();
        Ok(Self { path, old, copied_from, before, after, dongle: request.dongle })
    }

    /// Moves the RSSI keys at the top of the file into the dongle's table, in memory.
    pub fn migrate(path: &Path, dongle: Dongle) -> Result<Self, ChangeError> {
        let bytes = safe_write::read(path)?;
        let before = parse(path, &bytes)?;
        let after =
            before.migrated(dongle).map_err(|error| ChangeError::Migrate { path: path.to_owned(), error })?;
        Ok(Self { path: path.to_owned(), old: Some(bytes), copied_from: None, before, after, dongle })
    }

    /// Whether there is nothing to write.
    pub fn is_unchanged(&self) -> bool {
        self.old.as_ref().is_some_and(|old| *old == self.after.to_bytes())
    }

    /// The text of the file as it is, without a byte order mark; empty where there is none.
    pub fn old_text(&self) -> &str {
        if self.old.is_some() { self.before.text() } else { "" }
    }

    /// Whether the file has to be created.
    pub fn creates(&self) -> bool {
        self.old.is_none()
    }

    /// The default file that a new file is a copy of.
    pub fn copied_from(&self) -> Option<&Path> {
        self.copied_from.as_deref()
    }

    /// The file as it was, or as it would have been copied.
    pub fn before(&self) -> &Document {
        &self.before
    }

    /// The file as it will be.
    pub fn after(&self) -> &Document {
        &self.after
    }

    /// What the checker says about the file as it will be.
    pub fn findings(&self) -> Vec<Finding> {
        check(&self.after, Context { dongle: Some(self.dongle), is_default_file: false })
    }

    /// What is to be written, and where.
    pub fn replacement(&self) -> Replacement {
        Replacement { path: self.path.clone(), old: self.old.clone(), new: self.after.to_bytes() }
    }

    /// Backs up the old file, replaces it in one step and reads it back. Nothing to change: nothing
    /// is written.
    pub fn write(&self) -> Result<Outcome, FileError> {
        self.replacement().write()
    }
}

/// The default file beside `path`, where there is one and `path` is not it.
pub fn default_file_beside(path: &Path) -> Option<PathBuf> {
    let beside = path.with_file_name(DEFAULT_FILE);
    (path.file_name() != beside.file_name() && beside.is_file()).then_some(beside)
}

/// What it holds, where it can be read.
pub fn default_document_beside(path: &Path) -> Option<Document> {
    Document::parse(&safe_write::read(&default_file_beside(path)?).ok()?).ok()
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Document, ChangeError> {
    Document::parse(bytes).map_err(|error| ChangeError::Syntax { path: path.to_owned(), error })
}

fn new_file(request: &Request<'_>) -> Result<(Option<PathBuf>, Document), ChangeError> {
    if let Some(problem) = request.agent_url.and_then(problem_of_agent_url) {
        return Err(ChangeError::BadAgent(problem));
    }
    let agent_line = request.agent_url.map(|url| format!("agent_url = {}", toml_edit::Value::from(url)));
    let Some(default_file) = default_file_beside(request.path) else {
        let line = agent_line.ok_or_else(|| ChangeError::NoFile(request.path.to_owned()))?;
        return Ok((None, parse(request.path, format!("{line}\n").as_bytes())?));
    };
    let document = parse(&default_file, &safe_write::read(&default_file)?)?;
    let document = match (document.agent_url(), agent_line) {
        (Some(theirs), Some(_)) if request.agent_url != Some(theirs) => {
            let theirs = theirs.to_owned();
            return Err(ChangeError::OtherAgent { default_file, theirs });
        }
        (Some(_), _) => document,
        (None, None) => {
            return Err(ChangeError::NoAgent { path: request.path.to_owned(), default_file });
        }
        (None, Some(line)) => {
            let with = format!("{line}{}", document.newline());
            let edited = document.spliced(vec![Splice { range: 0..0, with }]);
            edited.map_err(|error| ChangeError::Edit { path: default_file.clone(), error })?
        }
    };
    Ok((Some(default_file), document))
}

fn judge_and_edit(before: &Document, layout: Layout, request: &Request<'_>) -> Result<Document, ChangeError> {
    let mut refusals = Vec::new();
    let mut good = Vec::new();
    for &(parameter, value) in request.values {
        match parameter.check(value) {
            Ok(_) => good.push((parameter, value)),
            Err(error) => refusals.push(error.into()),
        }
    }
    let after = before
        .set(request.dongle, layout, &good)
        .map_err(|error| ChangeError::Edit { path: request.path.to_owned(), error })?;
    let stated = |document: &Document, parameter| document.value(request.dongle, layout, parameter);
    let is_new = |parameter| {
        let value = |document: &Document| stated(document, parameter).and_then(Result::ok).map(|(v, _)| v);
        value(before) != value(&after)
    };
    let mut effective = ParameterSet::default();
    for parameter in Parameter::ALL {
        let value = match stated(&after, parameter) {
            Some(value) => value.ok().map(|(value, _)| value),
            None => parameter.published_default(request.dongle),
        };
        if let Some(value) = value {
            effective
                .set(parameter, value.into())
                .map_err(|error| ChangeError::Refused(vec![error.into()]))?;
        }
    }
    let broken = violations(&effective);
    refusals.extend(broken.into_iter().filter(|v| is_new(v.outer) || is_new(v.inner)).map(Refusal::Order));
    if refusals.is_empty() { Ok(after) } else { Err(ChangeError::Refused(refusals)) }
}
