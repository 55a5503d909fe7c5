//! A recording that is closed, or broke off, replaced by one made from it: whole or not at all.

use std::collections::HashSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::cancelled::without_cancelled;
use super::reader::{Options, ReadError, Reader};
use crate::whole_file::{self, folder_of};

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
    let mut new = BufWriter::new(NamedTempFile::new_in(folder_of(&path)).map_err(text)?);
    let open = || {
        let file = File::open(&path).map_err(|error| ReadError::Io { line: 0, error })?;
        Ok(Reader::new(file, Options::default())?.keep_raw())
    };
    let done = copy(&open, &mut new).map_err(|error| error.to_string())?;
    let new = new.into_inner().map_err(|error| text(error.into_error()))?;
    new.as_file().set_permissions(mode).map_err(text)?;
    whole_file::finish(new, &path).map_err(text)?;
    Ok(done)
}

/// Writes it anew without these segments.
///
/// # Errors
/// Why it is as it was.
pub fn take_out(path: &Path, segments: &HashSet<u64>) -> Result<(), String> {
    rewritten(path, |open, new| without_cancelled(&mut open()?, new, segments).map_err(Box::from))
}
