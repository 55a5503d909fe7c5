//! What single panes know beside the recording.

use std::path::PathBuf;

use crate::bench::{Browser, Fix, SeenReader};
use crate::reading::Band;

/// The NFC view.
#[derive(Default)]
pub struct NfcView {
    /// Readers whose settings were read.
    pub readers: Vec<SeenReader>,
    /// What was done to them, or what went wrong.
    pub said: Vec<String>,
    /// The change that is asked about.
    pub fix: Option<Fix>,
}

/// A place in the list of recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The recording.
    pub path: String,
    /// Which way it goes on where this one cannot be read; 0 where this one alone is wanted.
    pub by: isize,
}

/// Which band rises most when it is held to the dongle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Finding {
    /// When it began, in microseconds on the session's clock.
    pub begin_us: i64,
    /// What came of it once its time is over: the band and how far it rose, in dB, or none.
    pub came: Option<Option<(Band, f64)>>,
}

/// The Open dialog: what is looked at and picked.
#[derive(Default)]
pub struct Opening {
    /// The folder.
    pub browser: Option<Browser>,
    /// Recordings that were picked, in that order.
    pub picked: Vec<PathBuf>,
    /// What was typed and gone to, and is being read.
    pub went_to: Option<String>,
    /// Whether the folder of recordings is there.
    pub has_recordings: bool,
}

/// The commands to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// What was typed to find one.
    pub typed: String,
    /// The one that Enter does, by its place among those that can be done.
    pub at: usize,
}
