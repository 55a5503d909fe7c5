//! What single panes know beside the recording.

use std::path::PathBuf;

use crate::bench::{Browser, Fix, SeenReader};

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

/// The Open dialog: what is looked at and picked.
#[derive(Default)]
pub struct Opening {
    /// The folder.
    pub browser: Option<Browser>,
    /// Recordings that were picked, in that order.
    pub picked: Vec<PathBuf>,
}
