//! What the checker has to say about a place in a file.

use super::document::{SyntaxError, SyntaxErrorKind};
use super::position::Position;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// NBE cannot use the file, or not as written.
    Error,
    /// It works, and probably not as meant.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that the checker found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Where; `None` for what concerns the file as a whole, such as a key that is missing.
    pub at: Option<Position>,
    /// A stable name in kebab-case, for scripts.
    pub code: &'static str,
    /// The key or table concerned.
    pub key: Option<String>,
    /// What is so, without a full stop.
    pub message: String,
    /// What to do, without a full stop.
    pub remedy: String,
}

impl Finding {
    /// An error without a place or key yet.
    pub fn error(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            at: None,
            code,
            key: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// A warning without a place or key yet.
    pub fn warning(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, remedy) }
    }

    /// A note without a place or key yet.
    pub fn note(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message, remedy) }
    }

    /// The same finding, at a place.
    #[must_use]
    pub fn at(mut self, at: Position) -> Self {
        self.at = Some(at);
        self
    }

    /// The same finding, of a key.
    #[must_use]
    pub fn of(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What stops a file from being read at all, as a finding. `text` is the file's, where it has one.
    pub fn of_syntax(error: &SyntaxError, text: &str) -> Self {
        let line = text.lines().nth(error.at.line.saturating_sub(1)).unwrap_or_default();
        let (code, message, remedy) = match error.kind {
            SyntaxErrorKind::DuplicateKey => (
                "duplicate-key",
                format!("{}, and NBE cannot know which one is meant", error.message),
                "delete all but one; values of one dongle belong into one table",
            ),
            SyntaxErrorKind::NotUtf8 => {
                ("not-utf8", error.message.clone(), "save the file as UTF-8 in the editor")
            }
            SyntaxErrorKind::TooLarge => {
                ("too-large", error.message.clone(), "check that this is the right file")
            }
            SyntaxErrorKind::NotToml if line.contains(['“', '”', '„', '‘', '’']) => (
                "not-toml",
                format!("not TOML: {}", error.message),
                "replace the typographic quotes by straight ones: \"",
            ),
            SyntaxErrorKind::NotToml if line.contains("\\_") => (
                "not-toml",
                format!("not TOML: {}", error.message),
                "take out the backslashes: they come from the page the key was copied from",
            ),
            SyntaxErrorKind::NotToml => (
                "not-toml",
                format!("not TOML: {}", error.message),
                "correct this line: each is KEY = VALUE, [table] or # comment, and texts stand in straight double quotes",
            ),
        };
        let key = match error.kind {
            SyntaxErrorKind::DuplicateKey => error.message.split(' ').next().map(str::to_owned),
            _ => None,
        };
        Self { key, ..Self::error(code, message, remedy).at(error.at) }
    }
}
