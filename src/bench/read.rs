//! Recordings as the window reads them: what a crash left of one is taken.

use std::io;

use crate::recording::{self, Blocks, Input, Options, Reader};
use crate::replay::Filter;
use crate::tuning::Labelled;

use super::problem::Problem;

/// Opens a recording.
///
/// # Errors
/// When it cannot be opened, or does not begin as a recording does.
pub(super) fn reader(path: &str) -> Result<Reader<Box<dyn Blocks + Send>>, Problem> {
    let cannot = |error: io::Error| {
        let problem = Problem::new(format!("{path}: cannot be opened: {error}"));
        problem.remedy("check that it is still there and that you may read it")
    };
    if path == "-" {
        let problem = Problem::new("-: the standard input cannot be opened in the window");
        return Err(problem.remedy("open a file"));
    }
    let stream = recording::open(&Input { path: path.to_owned() }, None).map_err(cannot)?;
    let options = Options { lenient: false, keep_cut_off: true };
    Reader::new(stream, options).map_err(|error| Problem::unreadable(path, &error))
}

/// A recording as tuning takes it.
///
/// # Errors
/// When it cannot be read.
pub(super) fn labelled(path: &str) -> Result<Labelled, Problem> {
    let mut reader = reader(path)?;
    Labelled::read(path, &mut reader, &Filter::default()).map_err(|error| Problem::unreadable(path, &error))
}
