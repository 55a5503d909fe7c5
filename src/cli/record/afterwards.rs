//! What is done to a recording once it is closed: segments that the operator took back leave it, and
//! taps on NFC readers become segments where that is asked for.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::cli::{Exit, Terminal};
use crate::reading::Band;
use crate::recording::{Options, ReadError, Reader, without_cancelled};
use crate::tap_quality::mark_taps;

/// Writes the recording anew without the segments taken back; says so where that cannot be done.
pub(super) fn take_out(path: &Path, cancelled: &[u64], terminal: &Terminal) -> Exit {
    if cancelled.is_empty() {
        return Exit::Done;
    }
    let segments: HashSet<_> = cancelled.iter().copied().collect();
    let without = |open: &Open<'_>, new: &mut dyn Write| {
        without_cancelled(&mut open()?, new, &segments).map_err(Box::from)
    };
    let Err(why) = rewritten(path, without) else { return Exit::Done };
    let list: Vec<_> = cancelled.iter().map(u64::to_string).collect();
    terminal.warn(format!(
        "{}: segments taken back are still in it, because {why}; do not count segment {}",
        path.display(),
        list.join(", ")
    ));
    Exit::DataLost
}

/// Writes the recording anew with a segment around each tap on a reader; says how many there are.
pub(super) fn mark_nfc_taps(path: &Path, band: Option<Band>, terminal: &Terminal) -> Exit {
    let marked = rewritten(path, |open, mut new| mark_taps(open, band, &mut new).map_err(Box::from));
    match marked {
        Ok((count, left_out)) => {
            terminal.note(format!("taps on the reader, marked as segments: {count}"));
            if let Some(words) = left_out.words() {
                terminal.note(words);
            }
            Exit::Done
        }
        Err(why) => {
            terminal.warn(format!(
                "{0}: taps on the reader are not marked, because {why}; later: tapbench mark {0} OUT --from-nfc",
                path.display()
            ));
            Exit::DataLost
        }
    }
}

/// Opens the recording from its beginning.
type Open<'a> = dyn Fn() -> Result<Reader<File>, ReadError> + 'a;

/// Puts what `copy` writes in the recording's place.
fn rewritten<T>(
    path: &Path,
    copy: impl FnOnce(&Open<'_>, &mut dyn Write) -> Result<T, Box<dyn Error>>,
) -> Result<T, String> {
    let text = |error: io::Error| format!("it cannot be written anew: {error}");
    let path = path.canonicalize().map_err(text)?;
    let mode = path.metadata().map_err(text)?.permissions();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = BufWriter::new(NamedTempFile::new_in(folder).map_err(text)?);
    let open = || {
        let file = File::open(&path).map_err(|error| ReadError::Io { line: 0, error })?;
        Ok(Reader::new(file, Options::default())?.keep_raw())
    };
    let done = copy(&open, &mut new).map_err(|error| error.to_string())?;
    let new = new.into_inner().map_err(|error| text(error.into_error()))?;
    new.as_file().set_permissions(mode).and_then(|()| new.as_file().sync_all()).map_err(text)?;
    new.persist(&path).map_err(|error| text(error.error))?;
    super::keep_name(&path);
    Ok(done)
}
