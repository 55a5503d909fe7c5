//! One tapbench at a time in a folder, so that none writes over what another has just written. The
//! system lets go of the lock when its holder ends, killed too, and nothing of it stays behind.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use super::file_error::{FileError, Obstacle};

const RETRY: Duration = Duration::from_millis(20);

/// Held as long as this lives.
#[derive(Debug)]
pub(super) struct WriteLock {
    _held: File,
}

/// Why it was not taken.
enum NotTaken {
    /// Another process has it.
    Held,
    /// This file system or this user has no locks.
    NoLocks,
}

/// Waits for the folder of `path` to be free, at most for `patience`. `None`: there are no locks
/// here, which costs only the protection.
pub(super) fn take(folder: &Path, path: &Path, patience: Duration) -> Result<Option<WriteLock>, FileError> {
    let deadline = Instant::now() + patience;
    loop {
        match try_take(folder) {
            Ok(held) => return Ok(Some(WriteLock { _held: held })),
            Err(NotTaken::NoLocks) => return Ok(None),
            Err(NotTaken::Held) if Instant::now() < deadline => std::thread::park_timeout(RETRY),
            Err(NotTaken::Held) => {
                let who = holder(folder).map_or(String::new(), |pid| format!(" (process {pid})"));
                let why = format!("another tapbench{who} is writing in this folder");
                return Err(FileError::stated("cannot write", path, Obstacle::BeingWritten, why));
            }
        }
    }
}

/// The folder itself is locked.
#[cfg(unix)]
fn try_take(folder: &Path) -> Result<File, NotTaken> {
    let file = File::open(folder).map_err(|_| NotTaken::NoLocks)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(NotTaken::Held),
        Err(std::fs::TryLockError::Error(_)) => Err(NotTaken::NoLocks),
    }
}

/// Who has it, where the system says so.
#[cfg(unix)]
fn holder(folder: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(folder).ok()?;
    let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
    let locked = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
    pid_of(&std::fs::read_to_string("/proc/locks").ok()?, &locked)
}

/// The process that holds a lock of a whole file, in `/proc/locks`; those that wait stand behind `->`.
#[cfg(unix)]
fn pid_of(locks: &str, locked: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [_, "FLOCK", _, _, pid, file, ..] if file == locked => pid.parse().ok().filter(|pid| *pid > 0),
            _ => None,
        }
    })
}

/// Windows locks no folders: a file in it that nobody else may write, and that Windows deletes when
/// its last handle is closed.
#[cfg(windows)]
const FILE: &str = ".tapbench.lock";

#[cfg(windows)]
fn try_take(folder: &Path) -> Result<File, NotTaken> {
    use std::io::Write;
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const SHARING_VIOLATION: i32 = 32;
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    options.share_mode(FILE_SHARE_READ).custom_flags(FILE_FLAG_DELETE_ON_CLOSE);
    match options.open(folder.join(FILE)) {
        Ok(mut file) => {
            // Only says who it is.
            let _ = write!(file, "{}", std::process::id());
            Ok(file)
        }
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Err(NotTaken::Held),
        // One that is just being deleted refuses all; so does a folder that may not be written.
        Err(_) => Err(NotTaken::NoLocks),
    }
}

#[cfg(windows)]
fn holder(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join(FILE)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_has_it_and_nothing_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        let first = take(folder.path(), &path, Duration::ZERO).unwrap();
        assert!(first.is_some());
        let second = take(folder.path(), &path, Duration::from_millis(50)).unwrap_err();
        assert_eq!(second.obstacle, Obstacle::BeingWritten);
        let who = format!("(process {})", std::process::id());
        assert!(second.to_string().contains(&who), "{second}");
        drop(first);
        drop(take(folder.path(), &path, Duration::from_secs(2)).unwrap().unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_there_is_no_folder_the_write_itself_says_so() {
        let folder = tempfile::tempdir().unwrap().path().join("gone");
        assert!(take(&folder, &folder.join("nbe.toml"), Duration::ZERO).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_holder_is_read_from_the_systems_list() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 fe:00:77 0 EOF\n2: FLOCK  ADVISORY  WRITE 1234 fe:00:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 99 fe:00:77 0 EOF\n3: FLOCK  ADVISORY  WRITE 0 fe:00:78 0 EOF\n";
        assert_eq!(pid_of(locks, "fe:00:77"), Some(1234));
        assert_eq!(pid_of(locks, "fe:00:78"), None);
        assert_eq!(pid_of("garbage\n\n1:", "fe:00:77"), None);
    }
}
