//! Why a line of a recording is not accepted, in words for people.

use super::keys;
use crate::reading::NotABand;

/// Why a line is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file's first line is not a header.
    #[error("the first line is no header: it must be a JSON object with \"rssi_recording\":1")]
    NoHeader,
    /// A version of later tools.
    #[error("version {0} of the recording format: this tool reads version 1")]
    Version(String),
    /// `sources` is malformed.
    #[error("\"sources\" must be a list of objects, each with a text \"id\" and, if any, a text \"kind\"")]
    HeaderSources,
    /// Not JSON at all.
    #[error("not JSON at column {column}: {what}")]
    NotJson {
        /// From 1.
        column: usize,
        /// The parser's words.
        what: String,
    },
    /// Nothing between two line ends.
    #[error("an empty line")]
    Empty,
    /// JSON, but no object.
    #[error("a row must be a JSON object")]
    NotAnObject,
    /// Longer than any row.
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// No time.
    #[error("\"t_us\" must be a whole number of microseconds, 0 or more")]
    Time,
    /// Time runs backwards.
    #[error("\"t_us\" {t_us} is before {last_us} of an earlier row")]
    Decreasing {
        /// Of this row.
        t_us: i64,
        /// Of the row before.
        last_us: i64,
    },
    /// Not −127…20 and not 127.
    #[error("\"rssi\" must be a whole number from -127 to 20, or 127 for not available")]
    Rssi,
    /// A sample without a band.
    #[error("a sample needs a \"band\"")]
    NoBand,
    /// A malformed band.
    #[error("\"band\": {0}")]
    Band(#[from] NotABand),
    /// `source` is no text.
    #[error("\"source\" must be a text")]
    Source,
    /// Several sources and none named.
    #[error("no \"source\", and the header names several")]
    AmbiguousSource,
    /// A malformed mark.
    #[error("\"mark\" must be \"begin\" or \"end\"")]
    Mark,
    /// A malformed segment id.
    #[error("a mark needs an \"id\": a whole number from 1")]
    SegmentId,
    /// An unknown intent.
    #[error("\"intent\" must be tap, no_tap, stay, leave, return or note")]
    Intent,
    /// An id that was taken.
    #[error("segment id {0} is used twice")]
    IdTwice(u64),
    /// An end without a beginning.
    #[error("segment {0} ends, but it is not open here")]
    NotOpen(u64),
    /// A row that says two things.
    #[error("a row is of one kind, but this one has both \"{first}\" and \"{second}\": make two rows of it")]
    SeveralKinds {
        /// The key of one kind.
        first: &'static str,
        /// The key of another.
        second: &'static str,
    },
    /// A key that has two values.
    #[error("\"{0}\" stands twice in this line, so what it says is not clear")]
    Twice(String),
    /// A known key with a value of another type.
    #[error("\"{key}\" must be {must}")]
    Type {
        /// The key.
        key: &'static str,
        /// What its value must be.
        must: &'static str,
    },
    /// `end` is not true.
    #[error("\"end\" must be true")]
    Close,
    /// An unknown observation.
    #[error("\"observed\" must be tap, locked or unlocked")]
    Observed,
}

impl Reason {
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Self::NotJson { column: error.column(), what }
    }

    /// The key that it is about.
    fn key(&self) -> Option<&str> {
        Some(match self {
            Self::Version(_) => "rssi_recording",
            Self::HeaderSources => "sources",
            Self::Time => "t_us",
            Self::Rssi => "rssi",
            Self::Band(_) => "band",
            Self::Source => "source",
            Self::Mark => "mark",
            Self::SegmentId => "id",
            Self::Intent => "intent",
            Self::Observed => "observed",
            Self::Close => "end",
            Self::Type { key, .. } | Self::SeveralKinds { second: key, .. } => key,
            Self::Twice(key) => key,
            Self::NoHeader
            | Self::NotJson { .. }
            | Self::Empty
            | Self::NotAnObject
            | Self::TooLong
            | Self::Decreasing { .. }
            | Self::NoBand
            | Self::AmbiguousSource
            | Self::IdTwice(_)
            | Self::NotOpen(_) => return None,
        })
    }

    /// The column, from 1, of the value that it is about; none where that is missing or where the
    /// words have the column.
    pub(super) fn column(&self, line: &[u8]) -> Option<usize> {
        keys::column_of_value(line, self.key()?)
    }
}
