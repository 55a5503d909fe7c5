//! A recording with edited segments becomes a new file; no file is ever written over.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::recording::{self, CopyError, Label, Labels, Output};
use crate::whole_file;

use super::problem::{Problem, plain};
use super::read;

/// Writes the recording at `from` with these segments to `to`, unless that is cancelled meanwhile.
///
/// # Errors
/// When `from` cannot be read, `to` is there already, or cannot be written.
pub(super) fn save(
    from: &str,
    to: &Path,
    labels: &[Label],
    is_cancelled: &AtomicBool,
) -> Result<(), Problem> {
    let taken = || {
        let problem = Problem::new(format!("{} is there already; nothing was written", to.display()));
        problem.remedy("choose another name: recordings are never written over")
    };
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(),
        _ => Problem::new(format!("{}: cannot be written: {}", to.display(), plain(&error)))
            .remedy("choose another name or folder"),
    };
    if to.exists() {
        return Err(taken());
    }
    let unreadable = |error: &recording::ReadError| Problem::unreadable(from, error);
    let old = Labels::of(&mut read::reader(from)?.keep_raw()).map_err(|error| unreadable(&error))?;
    let mut reader = read::reader(from)?.keep_raw();
    let mut file = whole_file::begin(to).map_err(cannot)?;
    let mut output = Output::new(file.as_file_mut(), to).map_err(cannot)?;
    recording::relabel(&mut reader, &old, labels, &mut output).map_err(|error| match error {
        CopyError::Read(error) => unreadable(&error),
        CopyError::Write(error) => cannot(error),
    })?;
    output.finish().map_err(cannot)?;
    file.as_file().sync_all().map_err(cannot)?;
    if is_cancelled.load(Ordering::Relaxed) {
        return Err(Problem::new("nothing was saved"));
    }
    file.persist_noclobber(to).map_err(|error| cannot(error.error))?;
    whole_file::keep_name(to);
    Ok(())
}

/// A name for the copy, beside the recording, that is not taken.
pub fn name_of_copy(path: &str) -> PathBuf {
    let (stem, ending) = path.find(".rssi.jsonl").map_or((path, ".rssi.jsonl"), |at| path.split_at(at));
    let numbered = (2..1000).map(|n| format!("{stem}-marked-{n}{ending}"));
    let names = std::iter::once(format!("{stem}-marked{ending}")).chain(numbered);
    let free = names.map(PathBuf::from).find(|name| !name.exists());
    free.unwrap_or_else(|| PathBuf::from(format!("{stem}-marked{ending}")))
}
