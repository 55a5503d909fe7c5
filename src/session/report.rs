//! What became of a session.

use crate::drivers::{Health, SourceError};
use crate::reading::Band;

/// A source that ended before its time.
#[derive(Debug)]
pub struct Lost {
    /// Its number.
    pub source: usize,
    /// Why.
    pub error: SourceError,
}

/// What became of a session.
#[derive(Debug, Default)]
pub struct Report {
    /// Samples written.
    pub samples: u64,
    /// The time of the `end` row, in microseconds.
    pub end_us: i64,
    /// Rows of other bands.
    pub left_out: u64,
    /// Rows that came faster than they could be taken.
    pub dropped: u64,
    /// Rows whose time was moved up, because they came after later ones.
    pub late: u64,
    /// Sources whose last line was torn.
    pub torn: Vec<usize>,
    /// Sources that were lost and went on trying, once for each time.
    pub gaps: Vec<usize>,
    /// Sources that were lost.
    pub lost: Vec<Lost>,
    /// Sources of which there is something to say, by their numbers.
    pub health: Vec<(usize, Health)>,
    /// Segments that the operator took back; their marks are in the recording.
    pub cancelled: Vec<u64>,
    /// Two bands that were written under one name at the same time.
    pub two_at_once: Option<(Band, Band)>,
}
