//! Drivers: what yields rows, each on its own thread, into one bounded queue. This is the seam
//! between them and a session: a driver opens its device, says what it is, waits to be started
//! and then hands rows over until it is told to stop.

pub mod bleuio;
pub mod bluegiga;
pub mod conversation;
pub mod discovery;
pub mod dongle;
mod live;
pub mod nfc;
pub mod os_adapter;
mod outlet;
pub mod rehearsed;
pub mod replayed;
mod row;
pub mod serial;
pub mod simulated;

pub use outlet::{Control, Health, Message, Outlet, Start, spawn};
pub use row::{Ending, Origin, Packet, Row, What};

/// How a device listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    /// Takes what is sent.
    #[default]
    Passive,
    /// Asks each advertiser for its scan response, where most have their name; costs air time,
    /// and gives a sample more for each answer.
    Active,
}

/// Why a source gives nothing more.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A recording being replayed.
    #[error(transparent)]
    Replayed(#[from] replayed::ReplayedError),
    /// A dongle.
    #[error(transparent)]
    Dongle(#[from] dongle::DongleError),
    /// The operating system's Bluetooth adapter.
    #[error("os: {0}")]
    OsAdapter(#[from] os_adapter::AdapterError),
    /// NFC readers.
    #[error("nfc: {0}")]
    Nfc(#[from] nfc::NfcError),
    /// A fault of the driver itself.
    #[error("the driver stopped by a fault of its own")]
    Fault,
}

impl SourceError {
    /// What to do about it, where something can be done.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Dongle(error) => error.remedy(),
            Self::OsAdapter(error) => Some(error.remedy()),
            Self::Nfc(error) => Some(error.remedy()),
            _ => None,
        }
    }
}

/// Something that yields rows.
pub trait Driver: Send {
    /// Whether it leaves a device in disorder when the process ends before it has.
    fn holds_a_device(&self) -> bool {
        false
    }

    /// Opens the source, says so through `outlet`, and streams until there is no more or the
    /// outlet says that nobody listens. Runs on a thread of its own.
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError>;
}
