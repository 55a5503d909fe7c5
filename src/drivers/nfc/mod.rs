//! NFC readers over PC/SC as a source: cards come and go, the service stops and starts again, and
//! each tap becomes rows of a recording. Unless asked for UIDs it speaks to no card, so nobody is disturbed.
//! Without the Cargo feature `nfc` there is no service, and it says so.

#[cfg(not(feature = "nfc"))]
mod absent;
mod code;
#[cfg(test)]
pub(crate) mod fake;
mod names;
mod outcome;
#[cfg(all(feature = "nfc", target_os = "linux"))]
mod pcscd;
mod played;
mod readers;
mod rows;
mod service;
mod taps;
mod uid;
#[cfg(all(feature = "nfc", not(target_os = "linux")))]
mod winscard;

use std::sync::Arc;

pub use code::{Code, System, Trouble};
pub use names::{ReaderKind, device, devices};
pub use outcome::Outcome;
pub use played::PlayedReader;
pub use readers::{NfcError, NfcReaders};
pub use service::{Connection, Guarded, PcSc, Presence, ReaderState, Watch, Way};
pub use taps::{Event, Idle, Taps, What};
pub use uid::UidForm;

/// The system's smart-card service.
pub fn system() -> Arc<dyn PcSc> {
    #[cfg(not(feature = "nfc"))]
    let service = absent::Absent;
    #[cfg(all(feature = "nfc", target_os = "linux"))]
    let service = pcscd::Pcscd;
    #[cfg(all(feature = "nfc", not(target_os = "linux")))]
    let service = winscard::WinScard;
    Arc::new(service)
}

/// How the readers are now that the system knows, by name.
///
/// # Errors
/// Why the service cannot be used.
pub fn readers(pcsc: &dyn PcSc) -> Result<Vec<ReaderState>, Code> {
    let mut states = pcsc.watch()?.look(std::time::Duration::ZERO)?;
    states.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(states)
}

/// Whether the reader is meant by the part of a name that a person gave; `None` means all.
pub fn is_meant(reader: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| reader.to_lowercase().contains(&part.to_lowercase()))
}
