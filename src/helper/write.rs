//! Replacing an nbe.toml for someone else: what is asked, what of it is accepted, and doing it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::nbe_config::{
    Context, FileError, MAX_BYTES, Obstacle, Outcome, Replacement, Severity, check_bytes, read_if_there,
};

/// The only name of a file that is written.
const FILE: &str = "nbe.toml";

/// A [`Replacement`] as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WriteRequest {
    path: String,
    /// SHA-256 of the bytes that the person was shown; nothing where there is no file yet.
    old_sha256: Option<String>,
    new: String,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Refused {
    /// It is not written for anyone, in words.
    NotAccepted(String),
    /// It could not be written.
    File { action: String, obstacle: Obstacle, why: String },
}

impl From<FileError> for Refused {
    fn from(error: FileError) -> Self {
        let (action, why) = (error.action.into_owned(), error.source.to_string());
        Self::File { action, obstacle: error.obstacle, why }
    }
}

impl Refused {
    fn not_accepted(why: impl Into<String>) -> Self {
        Self::NotAccepted(why.into())
    }
}

impl WriteRequest {
    /// Asks for `replacement`.
    pub fn new(replacement: &Replacement) -> Result<Self, Refused> {
        let not_text = |what| Refused::not_accepted(format!("{what} is not UTF-8"));
        let path = std::path::absolute(&replacement.path)
            .map_err(|error| Refused::not_accepted(format!("it is not known where the file is: {error}")))?;
        let request = Self {
            path: path.to_str().ok_or_else(|| not_text("its path"))?.to_owned(),
            old_sha256: replacement.old.as_deref().map(sha256),
            new: String::from_utf8(replacement.new.clone()).map_err(|_| not_text("what it will hold"))?,
        };
        // Said here, nobody is asked for rights in vain.
        request.judge()?;
        Ok(request)
    }

    /// Whether this is what a helper is for: an nbe.toml, by name and by content.
    fn judge(&self) -> Result<(), Refused> {
        let path = Path::new(&self.path);
        if !path.is_absolute() {
            return Err(Refused::not_accepted("its path does not begin at the root"));
        }
        is_named_so(path)?;
        if self.new.len() > MAX_BYTES {
            return Err(Refused::not_accepted("it would have more than 1 MiB"));
        }
        let findings = check_bytes(self.new.as_bytes(), Context::default());
        match findings.iter().find(|finding| finding.severity == Severity::Error) {
            Some(error) => {
                let line = error.at.map_or(String::new(), |at| format!("line {}: ", at.line));
                Err(Refused::not_accepted(format!("it would have an error: {line}{}", error.message)))
            }
            None => Ok(()),
        }
    }

    /// Replaces the file if it is as the person was shown it; where its old bytes are kept.
    pub fn carry_out(self) -> Result<Option<PathBuf>, Refused> {
        self.judge()?;
        let path = PathBuf::from(&self.path);
        if let Ok(target) = std::fs::canonicalize(&path) {
            is_named_so(&target)?;
        }
        let old = read_if_there(&path)?;
        if old.as_deref().map(sha256) != self.old_sha256 {
            let why = "another program changed it in the meantime";
            return Err(FileError::stated("cannot write", &path, Obstacle::ChangedMeanwhile, why).into());
        }
        match (Replacement { path, old, new: self.new.into_bytes() }).write()? {
            Outcome::Written { backup } => Ok(backup),
            Outcome::Unchanged => Ok(None),
        }
    }
}

fn is_named_so(path: &Path) -> Result<(), Refused> {
    if path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(FILE)) {
        return Ok(());
    }
    let why = format!(
        "with rights that are not one's own only files called {FILE} are written, and this is {}",
        path.display()
    );
    Err(Refused::not_accepted(why))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    const OLD: &str = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n";
    const NEW: &str = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_tap_threshold = -47\n";

    fn request(path: &Path, new: &str) -> Result<WriteRequest, Refused> {
        WriteRequest::new(&Replacement { path: path.to_owned(), old: Some(OLD.into()), new: new.into() })
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::File::create_new(&path).unwrap().write_all(OLD.as_bytes()).unwrap();
        (folder, path)
    }

    #[test]
    fn the_file_that_was_shown_is_replaced_and_kept() {
        let (_folder, path) = folder();
        let backup = request(&path, NEW).unwrap().carry_out().unwrap().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), NEW);
        assert_eq!(fs::read_to_string(backup).unwrap(), OLD);
    }

    #[test]
    fn a_file_that_is_not_the_one_shown_is_left_alone() {
        let (_folder, path) = folder();
        let asked = request(&path, NEW).unwrap();
        fs::File::create(&path).unwrap().write_all(b"# theirs\n").unwrap();
        let refused = asked.clone().carry_out();
        assert!(matches!(refused, Err(Refused::File { obstacle: Obstacle::ChangedMeanwhile, .. })));
        fs::remove_file(&path).unwrap();
        let refused = asked.carry_out();
        assert!(matches!(refused, Err(Refused::File { obstacle: Obstacle::ChangedMeanwhile, .. })));
        assert!(!path.exists());
    }

    #[test]
    fn nothing_but_a_good_nbe_toml_is_written() {
        let (folder, path) = folder();
        for bad in ["not toml", "agent_url = 5\n", "", &"# x\n".repeat(MAX_BYTES / 4 + 1)] {
            assert!(matches!(request(&path, bad), Err(Refused::NotAccepted(_))), "{bad:.20}");
            // Nor where the asking end does not judge.
            let new = bad.to_owned();
            let forged = WriteRequest {
                path: path.display().to_string(),
                old_sha256: Some(sha256(OLD.as_bytes())),
                new,
            };
            assert!(matches!(forged.carry_out(), Err(Refused::NotAccepted(_))), "{bad:.20}");
        }
        for name in ["nbe.default.toml", "evil.bat", "nbe.toml.bak-20261123T192432Z", ".."] {
            let other = folder.path().join(name);
            assert!(matches!(request(&other, NEW), Err(Refused::NotAccepted(_))), "{name}");
        }
        let forged = WriteRequest { path: FILE.into(), old_sha256: None, new: NEW.into() };
        assert!(matches!(forged.carry_out(), Err(Refused::NotAccepted(_))), "a relative path");
        assert_eq!(fs::read_to_string(&path).unwrap(), OLD);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_another_file_is_not_followed() {
        let (folder, path) = folder();
        let other = folder.path().join("passwd");
        fs::rename(&path, &other).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        let refused = request(&path, NEW).unwrap().carry_out();
        assert!(matches!(refused, Err(Refused::NotAccepted(_))));
        assert_eq!(fs::read_to_string(&other).unwrap(), OLD);
    }
}
