//! What is to be changed.

use dongle_protocols::omnikey::{ISO14443A_ONLY, SLEEP_POLLING_41_HZ, Setting};

use super::Settings;

/// What the vendor's guide asks for (41 Hz; ISO 14443 A only), and what that takes: the one
/// technology that is left must be on.
pub const RECOMMENDED: [(Setting, &[u8]); 3] = [
    (Setting::SleepPolling, &SLEEP_POLLING_41_HZ),
    (Setting::SearchOrder, &ISO14443A_ONLY),
    (Setting::Iso14443a, &[1]),
];

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
