//! What is to be changed, and changing it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dongle_protocols::omnikey::{ISO14443A_ONLY, SLEEP_POLLING_41_HZ, Setting};

use super::Settings;
use super::reader::{Reader, ReaderError, is_candidate, kept};
use crate::drivers::nfc::{self, PcSc};

/// What the vendor's guide asks for (41 Hz; ISO 14443 A only), and what that takes: the one
/// technology that is left must be on.
pub const RECOMMENDED: [(Setting, &[u8]); 3] = [
    (Setting::SleepPolling, &SLEEP_POLLING_41_HZ),
    (Setting::SearchOrder, &ISO14443A_ONLY),
    (Setting::Iso14443a, &[1]),
];

/// How long a reader may take for its restart.
const RESTART_LIMIT: Duration = Duration::from_secs(15);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// A setting that is to be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub setting: Setting,
    /// As it is.
    pub from: Vec<u8>,
    /// As it is to be.
    pub to: Vec<u8>,
}

/// What must change for the settings to be as wanted; those that the reader does not have are
/// left out.
pub fn differences<'a>(
    found: &Settings,
    wanted: impl IntoIterator<Item = (Setting, &'a [u8])>,
) -> Vec<Change> {
    let different = |(setting, to): (Setting, &[u8])| {
        let from = found.get(&setting).filter(|from| *from != to)?.clone();
        Some(Change { setting, from, to: to.to_vec() })
    };
    wanted.into_iter().filter_map(different).collect()
}

/// Writes the changes, has the reader keep them, starts it anew, finds the same one again by its
/// serial number and reads back what was changed.
///
/// # Errors
/// What went wrong; changes before that are in the reader, and kept only if it says so.
pub fn settle(pcsc: &Arc<dyn PcSc>, mut reader: Reader, changes: &[Change]) -> Result<(), ReaderError> {
    for change in changes {
        reader.set(change.setting, &change.to)?;
    }
    let serial = reader.identity.serial.clone();
    reader.apply_and_restart()?;
    let begun = Instant::now();
    let found = loop {
        // It still answers from before; it may even answer half of this, and then leave.
        thread::park_timeout(PAUSE);
        match found(pcsc, &serial).and_then(|mut reader| reader.settings()) {
            Err(ReaderError::PcSc(_) | ReaderError::Silent { .. }) if begun.elapsed() < RESTART_LIMIT => {}
            found => break found?,
        }
    };
    changes.iter().try_for_each(|change| kept(change.setting, &change.to, found.get(&change.setting)))
}

/// The reader with this serial number, which may just be starting. Names and numbers of readers change with a restart.
///
/// # Errors
/// [`ReaderError::NotBack`] after a while.
pub fn found(pcsc: &Arc<dyn PcSc>, serial: &str) -> Result<Reader, ReaderError> {
    let begun = Instant::now();
    loop {
        let states = nfc::readers(pcsc.as_ref()).unwrap_or_default();
        let candidates = states.iter().filter(|state| is_candidate(&state.name));
        let mut opened = candidates.filter_map(|state| Reader::open(pcsc, state).ok());
        if let Some(reader) = opened.find(|reader| reader.identity.serial == serial) {
            return Ok(reader);
        }
        if begun.elapsed() >= RESTART_LIMIT {
            return Err(ReaderError::NotBack(serial.to_owned()));
        }
        thread::park_timeout(PAUSE);
    }
}
