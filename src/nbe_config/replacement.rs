//! Bytes that are to take a file's place: what a plan or a backup comes to, ready to be written by
//! this process or, where it may not, by one that may.

use std::path::{Path, PathBuf};

use super::file_error::{FileError, Obstacle};
use super::safe_write;

/// A file's bytes as they are, and as they will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The file.
    pub path: PathBuf,
    /// What it holds; `None` where there is none yet.
    pub old: Option<Vec<u8>>,
    /// What it will hold.
    pub new: Vec<u8>,
}

/// What writing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The file was already so; nothing was written.
    Unchanged,
    /// Written, synced and read back.
    Written {
        /// The old file, where there was one.
        backup: Option<PathBuf>,
    },
}

impl Replacement {
    /// The bytes of `backup` for `path`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn from_backup(path: &Path, backup: &Path) -> Result<Self, FileError> {
        let new = safe_write::read(backup)?;
        Ok(Self { path: path.to_owned(), old: read_if_there(path)?, new })
    }

    /// Whether there is nothing to write.
    pub fn is_unchanged(&self) -> bool {
        self.old.as_ref() == Some(&self.new)
    }

    /// Backs up the old file, replaces it in one step and reads it back. Nothing to change: nothing
    /// is written.
    ///
    /// # Errors
    /// Why it was not written; the file is then as it was, unless it says otherwise.
    pub fn write(&self) -> Result<Outcome, FileError> {
        if self.is_unchanged() {
            return Ok(Outcome::Unchanged);
        }
        let backup = safe_write::replace(&self.path, self.old.as_deref(), &self.new)?;
        Ok(Outcome::Written { backup })
    }
}

/// What a file holds; `None` where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match safe_write::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.obstacle == Obstacle::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
