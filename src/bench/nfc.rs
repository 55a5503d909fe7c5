//! The NFC side of what is open: its taps, their figures and the readers that they were made on.

use std::collections::BTreeSet;

use crate::recording::{Header, NfcEvent, NfcRow, READER_CAME, READER_WENT};
use crate::tap_quality::{Gather, Tap, TapQuality};

/// Taps on NFC readers.
#[derive(Debug, Default)]
pub struct NfcTrace {
    /// Those that ended, in the order of their ends.
    pub taps: Vec<Tap>,
    /// Figures over them.
    pub quality: TapQuality,
    gather: Gather,
    readers: BTreeSet<String>,
    gone: BTreeSet<String>,
}

/// How a reader is at the end of what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReader {
    /// It is not there: unplugged, or its service is gone.
    Gone,
    /// Nothing lies on it.
    Nothing,
    /// A card, since this time in µs, where that is known.
    Card(Option<i64>),
}

impl NfcTrace {
    pub(super) fn row(&mut self, t_us: i64, row: &NfcRow) {
        if !row.reader.is_empty() && !self.readers.contains(&row.reader) {
            self.readers.insert(row.reader.clone());
        }
        match &row.event {
            NfcEvent::Problem { code, .. } if code == READER_WENT => {
                self.gone.insert(row.reader.clone());
            }
            NfcEvent::Problem { code, .. } if code == READER_CAME => _ = self.gone.remove(&row.reader),
            _ => {}
        }
        if let Some(tap) = self.gather.row(t_us, row) {
            self.quality.tap(&tap);
            self.taps.push(tap);
        }
    }

    /// Cards that lie on readers at the end of what was heard.
    pub fn lying(&self) -> impl Iterator<Item = &Tap> {
        self.gather.lying()
    }

    /// How the reader of this name is at the end of what was heard.
    pub fn on_reader(&self, name: &str) -> OnReader {
        match self.lying().find(|tap| tap.reader == name) {
            Some(tap) => OnReader::Card(tap.detected_us),
            None if self.gone.contains(name) => OnReader::Gone,
            None => OnReader::Nothing,
        }
    }

    /// Whether there was neither a tap nor a card.
    pub fn is_empty(&self) -> bool {
        self.taps.is_empty() && self.lying().next().is_none()
    }

    /// The names of readers, of the header too.
    pub fn readers(&self, header: &Header) -> BTreeSet<String> {
        let sources = header.keys.get("sources").and_then(|sources| sources.as_array());
        let listed = sources.into_iter().flatten().filter_map(|source| source.get("readers")?.as_str());
        let named = listed.flat_map(|names| names.split(", ")).map(str::to_owned);
        named.chain(self.readers.iter().cloned()).collect()
    }
}
