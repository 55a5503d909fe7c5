//! Backups beside the file: `FILE.bak-YYYYMMDDTHHMMSSZ`, the time in UTC, with `-2`, `-3`… where
//! the name is taken. One is whole or not there at all.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::file_error::FileError;
use super::staging::stage;
use crate::whole_file::{folder_of, keep_name};

const MARK: &str = ".bak-";

/// `YYYYMMDDTHHMMSSZ`
const STAMP_LENGTH: usize = 16;

/// A backup of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// When it was made (UTC), as in its name.
    pub stamp: String,
    /// 1, or the number that its name ends with.
    pub number: u32,
    /// How long it is.
    pub bytes: u64,
}

impl Backup {
    /// `2026-11-23 19:24:32 UTC`
    pub fn time(&self) -> String {
        let part = |range: std::ops::Range<usize>| self.stamp.get(range).unwrap_or_default();
        let date = format!("{}-{}-{}", part(0..4), part(4..6), part(6..8));
        format!("{date} {}:{}:{} UTC", part(9..11), part(11..13), part(13..15))
    }
}

/// Writes `bytes`, what `target` held, beside it.
pub(super) fn create(target: &Path, bytes: &[u8], like: Option<&Metadata>) -> Result<PathBuf, FileError> {
    const ACTION: &str = "cannot write the backup of";
    let folder = folder_of(target);
    let mut staged = stage(folder, bytes, like).map_err(|error| FileError::new(ACTION, target, error))?;
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = target.file_name().unwrap_or_default();
    for number in 1.. {
        let mut name = name.to_owned();
        name.push(MARK);
        name.push(&stamp);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let path = target.with_file_name(name);
        match staged.persist_noclobber(&path) {
            Ok(_) => {
                keep_name(&path);
                return Ok(path);
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => staged = error.file,
            Err(error) => return Err(FileError::new(ACTION, target, error.error)),
        }
    }
    let taken = io::Error::from(io::ErrorKind::AlreadyExists);
    Err(FileError::new(ACTION, target, taken))
}

/// The backups of `path`, the newest first. A link is followed: they lie beside the file itself.
pub fn list(path: &Path) -> Result<Vec<Backup>, FileError> {
    let target = match fs::canonicalize(path) {
        Ok(target) if fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink()) => target,
        _ => path.to_owned(),
    };
    let folder = folder_of(&target);
    let entries = fs::read_dir(folder).map_err(|error| FileError::new("cannot list", folder, error))?;
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut backups: Vec<Backup> = entries
        .flatten()
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
            let file_name = entry.file_name();
            let (stamp, number) = parse_name(file_name.to_str()?, &name)?;
            let path = target.with_file_name(&file_name);
            Some(Backup { path, stamp, number, bytes: metadata.len() })
        })
        .collect();
    backups.sort_by(|a, b| (&b.stamp, b.number).cmp(&(&a.stamp, a.number)));
    Ok(backups)
}

fn parse_name(name: &str, of: &str) -> Option<(String, u32)> {
    let rest = name.strip_prefix(of)?.strip_prefix(MARK)?;
    let (stamp, number) = match rest.split_once('-') {
        Some((stamp, number)) => (stamp, number.parse().ok()?),
        None => (rest, 1),
    };
    let shaped = stamp.len() == STAMP_LENGTH
        && stamp.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    shaped.then(|| (stamp.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let name = "nbe.toml.bak-20261123T192432Z";
        assert_eq!(parse_name(name, "nbe.toml"), Some(("20261123T192432Z".into(), 1)));
        assert_eq!(parse_name(&format!("{name}-12"), "nbe.toml").map(|(_, number)| number), Some(12));
        for other in ["nbe.toml.bak", "nbe.toml.bak-yesterday", "x.toml.bak-20261123T192432Z"] {
            assert_eq!(parse_name(other, "nbe.toml"), None);
        }
    }

    #[test]
    fn three_in_one_second_all_stay_and_the_newest_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        for bytes in [b"a", b"b", b"c"] {
            create(&path, bytes, None).unwrap();
        }
        let backups = list(&path).unwrap();
        assert_eq!(backups.len(), 3);
        assert_eq!(fs::read(&backups[0].path).unwrap(), b"c");
        assert!(backups[0].time().ends_with(" UTC") && backups[0].time().len() == 23);
    }
}
