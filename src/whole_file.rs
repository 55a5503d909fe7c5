//! Files that appear under their name only when they are complete, and outlive a power cut then.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The folder that a file is in; of a bare name, the one at hand.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the folder of `path`, for what becomes that file. Those are private by
/// default; this one has the permissions of any new file.
pub fn begin(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tapbench-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder_of(path))
}

/// Gives what is complete its name, in the place of what had it before.
pub fn finish(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    keep_name(path);
    Ok(())
}

/// Puts these bytes in the place of what the file holds.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = begin(path)?;
    file.write_all(bytes)?;
    finish(file, path)
}

/// A new name outlives a power cut only when its folder is kept too. Where the system cannot do
/// that, the file is no worse than any other.
#[cfg(unix)]
pub fn keep_name(path: &Path) {
    let _ = std::fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

/// The same, where the system keeps names by itself.
#[cfg(not(unix))]
pub fn keep_name(_: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_may_be_read_by_whom_other_new_files_may() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, other) = (folder.path().join("whole"), folder.path().join("other"));
        replace(&whole, b"x").unwrap();
        File::create_new(&other).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&whole), mode(&other));
    }

    #[test]
    fn the_folder_of_a_bare_name_is_the_one_at_hand() {
        assert_eq!(folder_of(Path::new("a")), Path::new("."));
        assert_eq!(folder_of(Path::new("b/a")), Path::new("b"));
    }
}
