//! Temporary files on their way to another name: in the same folder, on the disk, recognisable
//! when a killed run leaves one behind.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

const TEMPORARY_PREFIX: &str = ".tapbench-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// A temporary file with these bytes, on the disk, with the owner and permissions of the file that
/// it will replace. It is locked while this process lives, so that another knows it is in use.
pub(super) fn stage(folder: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt;
        like.map_or_else(|| fs::Permissions::from_mode(0o644), Metadata::permissions)
    };
    #[cfg(unix)]
    if like.is_none() {
        // Not more than the process's umask lets a new file have.
        builder.permissions(mode.clone());
    }
    let mut staged = builder.tempfile_in(folder)?;
    // A file system without locks only loses the protection against a second run's cleaning.
    let _ = staged.as_file().try_lock();
    staged.write_all(bytes)?;
    #[cfg(unix)]
    if let Some(like) = like {
        use std::os::unix::fs::MetadataExt;
        let own = staged.as_file().metadata()?;
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            std::os::unix::fs::fchown(staged.as_file(), Some(like.uid()), Some(like.gid()))?;
        }
        staged.as_file().set_permissions(mode)?;
    }
    #[cfg(not(unix))]
    let _ = like;
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// Removes temporary files that a run before left when it was killed; those of a run that lives
/// are locked. Best effort: they harm nothing.
pub(super) fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}
