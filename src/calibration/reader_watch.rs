//! What an NFC reader sees of the taps that are asked for: fed with its rows, without a clock.

use std::collections::BTreeSet;

use crate::recording::{NfcEvent, NfcRow, READER_CAME, READER_WENT};
use crate::tap_quality::{Gather, IDLE_MS, Tap};

/// How long a reader is left alone before a tap that counts as one after a rest, in µs.
pub(super) const REST_US: i64 = IDLE_MS.cast_signed() * 1000;

/// Looks on at all readers that are listened to.
#[derive(Clone, Debug, Default)]
pub(super) struct ReaderWatch {
    gather: Gather,
    /// When a card last came or went, or the watch began.
    touched_us: i64,
    gone: BTreeSet<String>,
    /// Since [`Self::begin`].
    seen: OnReader,
    has_gone: bool,
}

/// What was seen in one repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnReader {
    /// Taps that ended in it.
    pub taps: Vec<Tap>,
    /// Whether a band lay there at its end.
    pub lies: bool,
    /// Whether a reader was gone in it.
    pub is_lost: bool,
    /// Whether the readers had been left alone long enough for them to fall asleep.
    pub is_rested: bool,
}

impl ReaderWatch {
    /// Takes a row; whether a card came or went with it.
    pub(super) fn row(&mut self, t_us: i64, row: &NfcRow) -> bool {
        match &row.event {
            NfcEvent::Problem { code, .. } if code == READER_WENT => {
                self.has_gone = true;
                self.gone.insert(row.reader.clone());
            }
            NfcEvent::Problem { code, .. } if code == READER_CAME => _ = self.gone.remove(&row.reader),
            _ => {}
        }
        let is_touch = matches!(row.event, NfcEvent::Inserted { .. } | NfcEvent::Removed { .. });
        if is_touch {
            self.touched_us = t_us;
        }
        // What lay there from the start was put there by nobody who was asked.
        self.seen.taps.extend(self.gather.row(t_us, row).filter(|tap| !tap.was_there));
        is_touch
    }

    /// The readers are watched from now on.
    pub(super) fn watch_from(&mut self, t_us: i64) {
        self.touched_us = self.touched_us.max(t_us);
    }

    /// A repeat begins.
    pub(super) fn begin(&mut self, t_us: i64) {
        let is_rested = self.lies_since_us().is_none() && t_us >= self.rested_us();
        self.seen = OnReader { is_rested, ..OnReader::default() };
        self.has_gone = false;
    }

    /// The repeat is over.
    pub(super) fn end(&mut self) -> OnReader {
        let (lies, is_lost) = (self.lies_since_us().is_some(), self.has_gone || !self.gone.is_empty());
        OnReader { lies, is_lost, ..std::mem::take(&mut self.seen) }
    }

    /// From when on the readers have rested, if nothing comes near them.
    pub(super) fn rested_us(&self) -> i64 {
        self.touched_us.saturating_add(REST_US)
    }

    /// Since when a band lies on a reader.
    pub(super) fn lies_since_us(&self) -> Option<i64> {
        self.gather.lying().filter(|tap| !tap.was_there).filter_map(|tap| tap.detected_us).min()
    }
}
