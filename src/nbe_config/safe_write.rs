//! Replacing a file so that a crash at any instant leaves the old bytes or the new ones, never a
//! part. The new bytes go to a temporary file in the same folder, to the disk, and then take the
//! old file's name in one step; owner and permissions stay; the result is read back.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::backup;
use super::document::MAX_BYTES;
use super::file_error::{FileError, Obstacle, obstacle_of};
use super::staging::{remove_leftovers, stage};
use super::write_lock;
use crate::whole_file::{folder_of, keep_name};

/// How long to wait for another program to let go of the file, or for another tapbench to end.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// How long Windows may refuse a file because it is just being replaced: it says the same then as
/// where rights are missing.
const REPLACED_PATIENCE: Duration = Duration::from_millis(200);

/// Reads a whole ordinary file of at most [`MAX_BYTES`].
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    const ACTION: &str = "cannot read";
    let metadata = fs::metadata(path).map_err(|error| FileError::new(ACTION, path, error))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "it is a folder" } else { "it is not an ordinary file" };
        return Err(FileError::stated(ACTION, path, Obstacle::NotAFile, what));
    }
    let file = patiently(|| File::open(path)).map_err(|error| FileError::new(ACTION, path, error))?;
    read_limited(file, path)
}

/// Reads at most [`MAX_BYTES`] of anything; `path` names it in errors.
pub fn read_limited(from: impl Read, path: &Path) -> Result<Vec<u8>, FileError> {
    const ACTION: &str = "cannot read";
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    from.take(limit).read_to_end(&mut bytes).map_err(|error| FileError::new(ACTION, path, error))?;
    if bytes.len() > MAX_BYTES {
        let why = "it has more than 1 MiB, and an nbe.toml has a few hundred bytes";
        return Err(FileError::stated(ACTION, path, Obstacle::TooLarge, why));
    }
    Ok(bytes)
}

/// Puts `new` in the place of `old`, the bytes that the file was read with, after a backup of them
/// beside it. `None`: there was no file. Returns the backup.
pub fn replace(path: &Path, old: Option<&[u8]>, new: &[u8]) -> Result<Option<PathBuf>, FileError> {
    const ACTION: &str = "cannot write";
    let target = resolve(path)?;
    let folder = folder_of(&target);
    let _lock = write_lock::take(folder, path, LOCK_PATIENCE)?;
    // Behind the lock: what another has just begun is no leftover.
    remove_leftovers(folder);
    let metadata = match old {
        Some(_) => Some(writable(&target).map_err(|error| error.named(path))?),
        None => None,
    };
    let staged =
        stage(folder, new, metadata.as_ref()).map_err(|error| FileError::new(ACTION, path, error))?;
    if old.is_some_and(|old| read(&target).ok().as_deref() != Some(old)) {
        let why = "another program changed it in the meantime";
        return Err(FileError::stated(ACTION, path, Obstacle::ChangedMeanwhile, why));
    }
    let backup = match old {
        Some(old) => {
            Some(backup::create(&target, old, metadata.as_ref()).map_err(|error| error.named(path))?)
        }
        None => None,
    };
    let persisted = match old {
        Some(_) => persist_patiently(staged, &target),
        None => staged.persist_noclobber(&target).map(drop).map_err(|error| error.error),
    };
    if let Err(error) = persisted {
        if let Some(backup) = backup {
            // The file is as it was, so there is nothing to go back to.
            let _ = fs::remove_file(backup);
        }
        return Err(FileError::new(ACTION, path, error));
    }
    keep_name(&target);
    if read(&target)? != new {
        let why = "read back, the file does not hold what was written";
        return Err(FileError::stated("not sure of", path, Obstacle::NotAsWritten, why));
    }
    Ok(backup.map(|backup| beside(path, &target, backup)))
}

/// The file that a link leads to; a path without a file is its own.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            Ok(path.to_owned())
        }
        Err(error) => Err(FileError::new("cannot follow", path, error)),
    }
}

/// The backup as the person named its folder, unless a link led elsewhere.
fn beside(path: &Path, target: &Path, backup: PathBuf) -> PathBuf {
    let followed = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    match backup.file_name() {
        Some(name) if !followed && path.file_name() == target.file_name() => path.with_file_name(name),
        _ => backup,
    }
}

/// Whether the file may be written, asked before anything is: root may write read-only files, and
/// whoever may write the folder could replace a file that is not theirs.
fn writable(target: &Path) -> Result<Metadata, FileError> {
    const ACTION: &str = "cannot write";
    let metadata = fs::metadata(target).map_err(|error| FileError::new(ACTION, target, error))?;
    if metadata.permissions().readonly() {
        return Err(FileError::stated(ACTION, target, Obstacle::ReadOnlyFile, "it is marked read-only"));
    }
    patiently(|| OpenOptions::new().write(true).open(target))
        .map_err(|error| FileError::new(ACTION, target, error))?;
    Ok(metadata)
}

fn persist_patiently(staged: NamedTempFile, target: &Path) -> io::Result<()> {
    let mut staged = Some(staged);
    patiently(|| match staged.take() {
        Some(file) => file.persist(target).map(drop).map_err(|error| {
            staged = Some(error.file);
            error.error
        }),
        None => Ok(()),
    })
}

/// Tries again while another program holds the file, for a limited time.
fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let begun = Instant::now();
    loop {
        let result = attempt();
        let patience = match result.as_ref().map_err(obstacle_of) {
            Err(Obstacle::Locked) => LOCK_PATIENCE,
            Err(Obstacle::NoRights) if cfg!(windows) => REPLACED_PATIENCE,
            _ => return result,
        };
        if begun.elapsed() >= patience {
            return result;
        }
        std::thread::park_timeout(LOCK_RETRY);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_changed_in_the_meantime_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        File::create_new(&path).unwrap().write_all(b"theirs").unwrap();
        let error = replace(&path, Some(b"what we read"), b"ours").unwrap_err();
        assert_eq!(error.obstacle, Obstacle::ChangedMeanwhile);
        assert_eq!(read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_new_file_never_overwrites_one_that_came_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        File::create_new(&path).unwrap().write_all(b"theirs").unwrap();
        assert!(replace(&path, None, b"ours").is_err());
        assert_eq!(read(&path).unwrap(), b"theirs");
    }

    #[test]
    fn leftovers_of_a_killed_run_go_and_those_of_a_living_one_stay() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join(".tapbench-dead00.tmp");
        File::create_new(&dead).unwrap();
        let living = stage(folder.path(), b"half", None).unwrap();
        replace(&folder.path().join("nbe.toml"), None, b"x = 1\n").unwrap();
        assert!(!dead.exists() && living.path().exists());
    }
}
