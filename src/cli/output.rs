//! Files that a command writes: an existing one only with `--force`, and never a half one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::whole_file;

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
        let file = whole_file::begin(path).map_err(|e| failed(path, &e))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where the bytes go.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Makes the file appear under its name.
    pub fn finish(self) -> Result<(), Failure> {
        whole_file::finish(self.file, &self.path).map_err(|e| failed(&self.path, &e))
    }
}

/// Replaces a file of ours as a whole.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    named(path)?;
    whole_file::replace(path, bytes).map_err(|e| failed(path, &e))
}
