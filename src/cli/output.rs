//! Files that a command writes: an existing one only with `--force`, and never a half one.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_input(format!("{}: cannot be written: {error}", path.display()))
}

/// Refuses `-`: where the standard output is not offered, a file of that name is never meant.
pub fn named(path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") {
        let what = "-: this command does not write to the standard output";
        return Err(Failure::bad_input(what).remedy("name a file"));
    }
    Ok(())
}

/// An output that appears under its name only when it is complete.
pub struct NewFile {
    path: PathBuf,
    file: tempfile::NamedTempFile,
}

impl NewFile {
    /// Refuses a path that exists, unless `force`.
    pub fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        named(path)?;
        if !force && path.exists() {
            return Err(
                Failure::bad_input(format!("{}: exists", path.display())).remedy("--force replaces it")
            );
        }
        let file = tempfile::Builder::new()
            .prefix(".tapbench-")
            .permissions_like_a_new_file()
            .tempfile_in(folder(path))
            .map_err(|e| failed(path, &e))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where the bytes go.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Makes the file appear under its name.
    pub fn finish(self) -> Result<(), Failure> {
        let path = self.path;
        self.file.as_file().sync_all().map_err(|e| failed(&path, &e))?;
        self.file.persist(&path).map_err(|e| failed(&path, &e.error))?;
        Ok(())
    }
}

/// A temporary file is private by default; an output has the permissions of any new file.
trait LikeANewFile {
    fn permissions_like_a_new_file(&mut self) -> &mut Self;
}

impl LikeANewFile for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_like_a_new_file(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt;
        self.permissions(std::fs::Permissions::from_mode(0o666))
    }

    #[cfg(not(unix))]
    fn permissions_like_a_new_file(&mut self) -> &mut Self {
        self
    }
}

/// Replaces a file of ours as a whole.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut new = NewFile::create(path, true)?;
    new.file().write_all(bytes).map_err(|e| failed(path, &e))?;
    new.finish()
}
