//! Foreign files as recordings: btsnoop, pcap, pcapng and CSV. Each importer gives the same
//! [`Imported`]; what is no sample is counted by reason and is no loss, what could not be read is
//! a loss and is said.

mod btsnoop;
mod bytes;
mod collector;
mod csv;
mod format;
mod pcap;
mod pcapng;
mod skipped;
mod write;

pub use csv::{ColumnsError, Layout};
pub use format::{Format, Sniffed, sniff};
pub use skipped::{Skip, Skipped};
pub use write::{write_csv, write_recording};

pub(super) use csv::address;

use std::io::{self, Read};

use super::names::{BandId, Names};
use super::row::{Intent, Sample};

/// A sample with the time its file gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Microseconds on the file's own clock (see [`Clock`]).
    pub time_us: i64,
    /// What was heard.
    pub sample: Sample,
}

/// A labelled stretch of a CSV file; it becomes a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The first sample's time.
    pub begin_us: i64,
    /// The last sample's time; the segment ends just after it.
    pub last_us: i64,
    /// One of the format's intents where the label is one, else `note`.
    pub intent: Intent,
    /// The label where it is no intent.
    pub note: Option<String>,
    /// The distance, in cm.
    pub distance_cm: Option<f64>,
    /// The only band of the stretch, where there is one only.
    pub band: Option<BandId>,
}

/// What the times of a file count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// 1970, UTC.
    Unix,
    /// 1970 by a wall clock whose zone the file does not give.
    Unzoned,
    /// Something unknown.
    #[default]
    Relative,
}

/// Data that was in the file and is not in the recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// The file ends in the middle.
    #[error("the file is cut off {0}; what stands before that was imported")]
    CutOff(String),
    /// The file is broken from some place on.
    #[error("the file is damaged {0}; what stands before that was imported")]
    Damaged(String),
    /// Lines of a CSV file that hold no time, no band or no possible signal strength.
    #[error("{count} lines could not be read and are left out")]
    Lines {
        /// How many.
        count: u64,
        /// The first rows of them, at least one.
        first: Vec<LostRow>,
    },
}

/// A row of a CSV file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {why}", column.map_or(String::new(), |column| format!(", column {column}")))]
pub struct LostRow {
    /// From 1; its first where a quote swallowed several.
    pub line: u64,
    /// From 1: the cell, where it is one of the row's.
    pub column: Option<usize>,
    /// What is wrong with it.
    pub why: String,
}

/// What an importer found in a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// What the file is, in a person's words.
    pub what: String,
    /// Its samples, by time, those of equal times in the file's order.
    pub samples: Vec<Heard>,
    /// Sources and bands of the samples.
    pub names: Names,
    /// The sources' names in order of appearance.
    pub sources: Vec<String>,
    /// Labelled stretches, by time.
    pub stretches: Vec<Stretch>,
    /// What the times count from.
    pub clock: Clock,
    /// What was no sample, by reason.
    pub skipped: Skipped,
    /// What was lost.
    pub loss: Option<Loss>,
    /// What a person should know about how the file was read.
    pub remarks: Vec<String>,
}

impl Imported {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    fn sorted(mut self) -> Self {
        self.samples.sort_by_key(|heard| heard.time_us);
        self.stretches.sort_by_key(|stretch| stretch.begin_us);
        self
    }
}

/// Why a file cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The stream failed.
    #[error("reading failed: {0}")]
    Io(#[from] io::Error),
    /// The format is recognised, the content not usable.
    #[error("{0}")]
    Unusable(String),
    /// A CSV file whose columns are not known.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
}

/// Reads a whole file of a capture format or CSV. `layout` says how a CSV file is laid out.
///
/// # Errors
/// When nothing of the file can be used; a file that is cut or damaged further on is imported up
/// to there and says so in its `loss`.
pub fn import(input: impl Read, format: Format, layout: &Layout) -> Result<Imported, ImportError> {
    let imported = match format {
        Format::Btsnoop => btsnoop::read(input)?,
        Format::Pcap => pcap::read(input)?,
        Format::Pcapng => pcapng::read(input)?,
        Format::Csv => csv::read(input, layout)?,
        Format::Recording => return Err(ImportError::Unusable("already a recording".into())),
    };
    Ok(imported.sorted())
}
