//! `--link PATH`: a name that stays while ports come and go.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A symbolic link to the port; removed with this.
#[derive(Debug)]
pub struct Link {
    path: PathBuf,
    target: PathBuf,
}

impl Link {
    /// Makes the link. An older link in its place, as a killed simulator leaves it, is replaced.
    pub fn new(path: &Path, target: &Path) -> io::Result<Self> {
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => fs::remove_file(path)?,
            Ok(_) => {
                let what = "exists and is no symbolic link; it is left alone";
                return Err(io::Error::new(ErrorKind::AlreadyExists, what));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        symlink(target, path)?;
        Ok(Self { path: path.to_owned(), target: target.to_owned() })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Another simulator may have taken the name since.
        if fs::read_link(&self.path).is_ok_and(|target| target == self.target) {
            // What cannot be removed is replaced by the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_replaced_and_removed_and_a_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, file) = (folder.path().join("port"), folder.path().join("file"));
        symlink("/gone", &path).unwrap();
        let first = Link::new(&path, Path::new("/one")).unwrap();
        let second = Link::new(&path, Path::new("/two")).unwrap();
        drop(first);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new("/two"));
        drop(second);
        assert!(path.symlink_metadata().is_err());
        fs::File::create(&file).unwrap();
        assert_eq!(Link::new(&file, Path::new("/one")).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert!(file.is_file());
    }
}
