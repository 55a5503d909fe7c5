//! Segments that the operator took back: out of the recording once it is closed.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::cli::{Exit, Terminal};
use crate::recording::{Options, Reader, without_cancelled};

/// Writes the recording anew without them; says so where that cannot be done.
pub(super) fn take_out(path: &Path, cancelled: &[u64], terminal: &Terminal) -> Exit {
    if cancelled.is_empty() {
        return Exit::Done;
    }
    let segments: HashSet<_> = cancelled.iter().copied().collect();
    let Err(why) = rewritten(path, &segments) else { return Exit::Done };
    let list: Vec<_> = cancelled.iter().map(u64::to_string).collect();
    terminal.warn(format!(
        "{}: segments taken back are still in it, because {why}; do not count segment {}",
        path.display(),
        list.join(", ")
    ));
    Exit::DataLost
}

fn rewritten(path: &Path, segments: &HashSet<u64>) -> Result<(), String> {
    let text = |error: io::Error| format!("it cannot be written anew: {error}");
    let path = path.canonicalize().map_err(text)?;
    let input = File::open(&path).map_err(text)?;
    let mode = input.metadata().map_err(text)?.permissions();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = io::BufWriter::new(tempfile::NamedTempFile::new_in(folder).map_err(text)?);
    let mut reader = Reader::new(input, Options::default()).map_err(|error| error.to_string())?.keep_raw();
    without_cancelled(&mut reader, &mut new, segments).map_err(|error| error.to_string())?;
    drop(reader);
    let new = new.into_inner().map_err(|error| text(error.into_error()))?;
    new.as_file().set_permissions(mode).and_then(|()| new.as_file().sync_all()).map_err(text)?;
    new.persist(&path).map_err(|error| text(error.error))?;
    super::keep_name(&path);
    Ok(())
}
