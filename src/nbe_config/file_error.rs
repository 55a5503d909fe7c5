//! What keeps a file from being read or written, for the choice of a remedy.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What kept a file from being read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    /// The file is marked read-only.
    ReadOnlyFile,
    /// The file system is mounted read-only.
    ReadOnlyFileSystem,
    /// No space or no quota left.
    DiskFull,
    /// This user may not.
    NoRights,
    /// Another program holds the file open.
    Locked,
    /// Another tapbench is writing in the same folder.
    BeingWritten,
    /// Not an ordinary file.
    NotAFile,
    /// It is not there.
    NotFound,
    /// Larger than an nbe.toml can be.
    TooLarge,
    /// Its bytes changed between reading and writing.
    ChangedMeanwhile,
    /// Read back, it did not hold what was written.
    NotAsWritten,
    /// Anything else.
    Other,
}

/// A file that could not be read or written. Unless it is [`Obstacle::NotAsWritten`], the old file
/// is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}: {source}", .path.display())]
pub struct FileError {
    /// What was being done: `cannot read`, `cannot write the backup`…
    pub action: Cow<'static, str>,
    /// To which file.
    pub path: PathBuf,
    /// Why, for the choice of a remedy.
    pub obstacle: Obstacle,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    pub(super) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action: action.into(), path: path.to_owned(), obstacle: obstacle_of(&source), source }
    }

    /// The same error of the path as the person gave it.
    pub(super) fn named(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// What was found out otherwise than from the system, or told by another process.
    pub fn stated(
        action: impl Into<Cow<'static, str>>,
        path: &Path,
        obstacle: Obstacle,
        why: impl Into<String>,
    ) -> Self {
        let source = io::Error::other(why.into());
        Self { action: action.into(), path: path.to_owned(), obstacle, source }
    }
}

pub(super) fn obstacle_of(error: &io::Error) -> Obstacle {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    match error.kind() {
        io::ErrorKind::NotFound => Obstacle::NotFound,
        io::ErrorKind::PermissionDenied => Obstacle::NoRights,
        io::ErrorKind::ReadOnlyFilesystem => Obstacle::ReadOnlyFileSystem,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Obstacle::DiskFull
        }
        io::ErrorKind::ExecutableFileBusy | io::ErrorKind::ResourceBusy => Obstacle::Locked,
        _ => match error.raw_os_error() {
            Some(SHARING_VIOLATION | LOCK_VIOLATION) if cfg!(windows) => Obstacle::Locked,
            _ => Obstacle::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_obstacle_has_its_own_name() {
        for (kind, obstacle) in [
            (io::ErrorKind::PermissionDenied, Obstacle::NoRights),
            (io::ErrorKind::ReadOnlyFilesystem, Obstacle::ReadOnlyFileSystem),
            (io::ErrorKind::StorageFull, Obstacle::DiskFull),
            (io::ErrorKind::QuotaExceeded, Obstacle::DiskFull),
            (io::ErrorKind::NotFound, Obstacle::NotFound),
        ] {
            assert_eq!(obstacle_of(&io::Error::from(kind)), obstacle);
        }
        let sharing = obstacle_of(&io::Error::from_raw_os_error(32));
        assert_eq!(sharing, if cfg!(windows) { Obstacle::Locked } else { Obstacle::Other });
    }
}
