//! What the driver of a dongle needs of the dongle's protocol: bytes and time in, bytes and what
//! was heard out. Times are in µs from the opening of the port.

use dongle_protocols::{bgapi, bleuio};

/// One advertisement as a dongle reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The advertiser's 48-bit address.
    pub address: u64,
    /// In dBm; `None` where the dongle gives none that can be.
    pub rssi_dbm: Option<i8>,
}

/// How far a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Preparing the dongle.
    Starting,
    /// What it hears comes.
    Streaming,
    /// Ending the scan.
    Stopping,
    /// The port may be closed.
    Stopped,
    /// It will not work, or no longer.
    Failed(Failure),
}

/// Why a dongle does not do as it should, in words with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A BLED112.
    #[error(transparent)]
    Bluegiga(#[from] bgapi::SessionError),
    /// A BleuIO.
    #[error(transparent)]
    BleuIo(#[from] bleuio::host::Failure),
}

impl Failure {
    /// Whether another try would end in the same way.
    pub fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::Bluegiga(bgapi::SessionError::NoLicence) | Self::BleuIo(bleuio::host::Failure::NoRssi)
        )
    }
}

/// How good the line is, and the measurement: totals since the port was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Bytes that belong to no message.
    pub bytes_skipped: u64,
    /// Times the place in the stream was lost, or a line had no end.
    pub resyncs: u64,
    /// Messages of no known form.
    pub unknown_messages: u64,
    /// Samples at the top of what the receiver can tell: the band may be nearer than they say.
    pub clipped: u64,
}

impl Quality {
    /// What came since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        self.with(earlier, u64::saturating_sub)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    fn with(self, other: Self, op: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            bytes_skipped: op(self.bytes_skipped, other.bytes_skipped),
            resyncs: op(self.resyncs, other.resyncs),
            unknown_messages: op(self.unknown_messages, other.unknown_messages),
            clipped: op(self.clipped, other.clipped),
        }
    }
}

/// One use of a dongle's port, from its opening to its closing.
pub trait Conversation {
    /// How far it is.
    fn progress(&self) -> Progress;

    /// Takes the bytes that came, if any, and lets time pass; gives what the scan heard.
    fn receive(&mut self, bytes: &[u8], now_us: u64, each: &mut dyn FnMut(&Heard));

    /// Appends the bytes to write now.
    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>);

    /// When there is something to do at the latest, in µs, if nothing comes before.
    fn wake_at_us(&self) -> Option<u64>;

    /// Ends the scan, or the start of one.
    fn stop(&mut self, now_us: u64);

    /// The firmware's version, once the dongle said it.
    fn firmware(&self) -> Option<String>;

    /// The dongle's own 48-bit address, once it said it.
    fn address(&self) -> Option<u64>;

    /// How good the line is.
    fn quality(&self) -> Quality;
}
