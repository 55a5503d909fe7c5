//! Recordings as the window reads them: what a crash left of one is taken.

use std::io;
use std::sync::Arc;

use crate::recording::{self, Blocks, Input, Options, Progress, Reader};
use crate::replay::Filter;
use crate::tuning::Labelled;

use super::problem::{Problem, plain};
use super::reading::Reading;

/// Opens a recording.
///
/// # Errors
/// When it cannot be opened, or does not begin as a recording does.
pub(super) fn reader(path: &str) -> Result<Reader<Box<dyn Blocks + Send>>, Problem> {
    opened(path, None)
}

/// The same, and takes note of how far it is.
///
/// # Errors
/// The same.
pub(super) fn watched(reading: &Arc<Reading>) -> Result<Reader<Box<dyn Blocks + Send>>, Problem> {
    opened(&reading.path, Some(reading.progress()))
}

fn opened(path: &str, progress: Option<Progress>) -> Result<Reader<Box<dyn Blocks + Send>>, Problem> {
    let cannot = |error: io::Error| {
        let problem = Problem::new(format!("{path}: cannot be opened: {}", plain(&error)));
        problem.remedy("check that it is still there and that you may read it")
    };
    if path == "-" {
        let problem = Problem::new("-: the standard input cannot be opened in the window");
        return Err(problem.remedy("open a file"));
    }
    let stream = recording::open(&Input { path: path.to_owned() }, progress).map_err(cannot)?;
    let options = Options { lenient: false, keep_cut_off: true };
    Reader::new(stream, options).map_err(|error| Problem::unreadable(path, &error))
}

/// A recording as tuning takes it, called by its file's name.
///
/// # Errors
/// When it cannot be read.
pub(super) fn labelled(path: &str) -> Result<Labelled, Problem> {
    let mut reader = reader(path)?;
    let labelled = Labelled::read(file_name(path), &mut reader, &Filter::default());
    labelled.map_err(|error| Problem::unreadable(path, &error))
}

/// What a recording is called where words are few.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
