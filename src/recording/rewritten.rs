//! A recording that is closed, or broke off, replaced by one made from it: whole or not at all.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::cancelled::without_cancelled;
use super::reader::{Options, ReadError, Reader};

/// Opens the recording from its beginning.
pub type Open<'a> = dyn Fn() -> Result<Reader<File>, ReadError> + 'a;

/// Puts what `copy` writes in the recording's place.
///
/// # Errors
/// Why it is as it was.
pub fn rewritten<T>(
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
    keep_name(&path);
    Ok(done)
}

/// Writes it anew without these segments.
///
/// # Errors
/// Why it is as it was.
pub fn take_out(path: &Path, segments: &HashSet<u64>) -> Result<(), String> {
    rewritten(path, |open, new| without_cancelled(&mut open()?, new, segments).map_err(Box::from))
}

/// A new name outlives a power cut only when its folder is kept too. Where the system cannot do
/// that, the recording is no worse than any other file.
#[cfg(unix)]
pub fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

/// The same, where the system keeps names by itself.
#[cfg(not(unix))]
pub fn keep_name(_: &Path) {}
