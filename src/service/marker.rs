//! A file that says that the bench has stopped the service. It is written before the service is
//! stopped and removed when it is started again, so that it outlives whoever was killed between.
//! Beside it a locked file tells whether that someone still lives.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Manager;

const FILE: &str = "endpoint-stopped.json";
const LOCK: &str = "endpoint-stopped.lock";

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The service, as its manager calls it.
    pub service: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// The command that starts it.
    pub start: String,
}

impl Marker {
    /// Of a service that is being stopped now.
    pub fn now(manager: &Manager) -> Self {
        Self {
            service: manager.name().to_owned(),
            since: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            start: manager.start_by_hand(),
        }
    }

    /// `14:03 UTC, 12 min ago`, with its day where that is another than `now`'s.
    pub fn since(&self, now: Timestamp) -> String {
        let Ok(then) = self.since.parse::<Timestamp>() else { return self.since.clone() };
        let day = |t: Timestamp| t.strftime("%Y-%m-%d ").to_string();
        let date = if day(then) == day(now) { String::new() } else { day(then) };
        let minutes = now.duration_since(then).as_secs() / 60;
        format!("{date}{} UTC, {minutes} min ago", then.strftime("%H:%M"))
    }
}

/// A marker that someone left, or still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What it says; nothing where it cannot be read.
    pub marker: Option<Marker>,
    /// Whether whoever wrote it still runs, and will start the service again.
    pub is_held: bool,
    /// The file.
    pub path: PathBuf,
}

/// Our marker; the file is removed with [`Kept::remove`] only.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl Kept {
    /// Writes the marker to the first folder that can be written. Whether one was there already,
    /// left by someone who is gone, is returned beside it.
    ///
    /// # Errors
    /// When no folder can be written, or when someone else holds the service stopped.
    pub fn write(folders: &[PathBuf], marker: &Marker) -> io::Result<(Self, bool)> {
        let was_left = left(folders).is_some();
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for folder in folders {
            match Self::write_in(folder, marker) {
                Ok(kept) => return Ok((kept, was_left)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn write_in(folder: &Path, marker: &Marker) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let path = folder.join(FILE);
        let mut file = File::create(&path)?;
        let mut text = serde_json::to_vec(marker)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        Ok(Self { path, _lock: lock })
    }

    /// The service is started again.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// The marker that is there, if one is.
pub fn left(folders: &[PathBuf]) -> Option<Left> {
    folders.iter().find_map(|folder| {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_) => Vec::new(),
        };
        let lock = File::open(folder.join(LOCK));
        let is_held = lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)));
        Some(Left { marker: serde_json::from_slice(&text).ok(), is_held, path })
    })
}

/// Where markers are kept on this system, the first to be written first.
pub fn folders() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let all = if cfg!(windows) {
        vec![variable("ProgramData")]
    } else {
        let of_user = variable("HOME").map(|home| home.join(".local/state"));
        vec![variable("XDG_STATE_HOME"), Some(PathBuf::from("/run")), of_user]
    };
    all.into_iter().flatten().map(|folder| folder.join("tapbench")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        Marker::now(&Manager::Windows)
    }

    #[test]
    fn a_marker_is_held_while_its_writer_lives_and_left_after() {
        let home = tempfile::tempdir().unwrap();
        let folders = [home.path().join("a/b")];
        assert_eq!(left(&folders), None);
        let marker = marker();
        let (kept, was_left) = Kept::write(&folders, &marker).unwrap();
        assert!(!was_left);
        assert_eq!(left(&folders).map(|l| (l.marker, l.is_held)), Some((Some(marker.clone()), true)));
        let second = Kept::write(&folders, &marker).err().map(|e| e.kind());
        assert_eq!(second, Some(io::ErrorKind::WouldBlock));
        // As a kill does.
        drop(kept);
        assert_eq!(left(&folders).map(|l| l.is_held), Some(false));
        let (kept, was_left) = Kept::write(&folders, &marker).unwrap();
        assert!(was_left);
        kept.remove().unwrap();
        assert_eq!(left(&folders), None);
    }

    #[test]
    fn the_first_folder_that_can_be_written_is_taken_and_a_torn_marker_still_counts() {
        let home = tempfile::tempdir().unwrap();
        File::create(home.path().join("file")).unwrap();
        let folders = [home.path().join("file/x"), home.path().join("y")];
        let (kept, _) = Kept::write(&folders, &marker()).unwrap();
        assert_eq!(kept.path, folders[1].join(FILE));
        File::create(&kept.path).unwrap();
        assert_eq!(left(&folders).and_then(|l| l.marker), None);
        assert!(left(&folders).is_some());
    }

    #[test]
    fn the_hour_is_enough_for_today() {
        let marker = Marker { since: "2026-11-23T14:03:07Z".into(), ..marker() };
        let since = |now: &str| marker.since(now.parse().unwrap());
        assert_eq!(since("2026-11-23T14:15:08Z"), "14:03 UTC, 12 min ago");
        assert_eq!(since("2026-11-24T00:03:08Z"), "2026-11-23 14:03 UTC, 600 min ago");
    }
}
