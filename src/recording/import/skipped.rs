//! What a file holds besides samples, counted by reason.

use std::collections::BTreeMap;

/// Why a packet, report or row is no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Skip {
    /// The CRC is wrong: address and strength may be anything.
    #[error("with a bad CRC")]
    BadCrc,
    /// SCAN_REQ and CONNECT_IND.
    #[error(
        "sent by scanners and centrals (SCAN_REQ, CONNECT_IND), whose signal strength is not the advertiser's"
    )]
    NotAdvertiser,
    /// ADV_EXT_IND and its auxiliaries in a sniffer file.
    #[error("extended advertising (sniffed)")]
    Extended,
    /// A pseudo-header without a signal strength.
    #[error("without a valid signal strength")]
    NoSignal,
    /// RSSI 127.
    #[error("with RSSI 127 (not available)")]
    NotAvailable,
    /// RSSI outside −127…20.
    #[error("with an impossible RSSI (not -127 to 20 dBm)")]
    OutOfRange,
    /// An extended report without an address.
    #[error("of anonymous advertisers")]
    Anonymous,
    /// A packet without a time.
    #[error("without a time stamp")]
    NoTime,
    /// Lengths that contradict each other inside a packet.
    #[error("malformed")]
    Malformed,
    /// Connections, commands, other events, other link types.
    #[error("other traffic")]
    OtherTraffic,
    /// CSV rows that the column map's `only` leaves out.
    #[error("not selected by only=")]
    NotSelected,
}

/// Counts by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped(BTreeMap<Skip, u64>);

impl Skipped {
    /// Counts one.
    pub fn count(&mut self, skip: Skip) {
        *self.0.entry(skip).or_default() += 1;
    }

    /// How many for this reason.
    pub fn of(&self, skip: Skip) -> u64 {
        self.0.get(&skip).copied().unwrap_or(0)
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Reasons with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, u64)> + '_ {
        self.0.iter().map(|(skip, count)| (*skip, *count))
    }
}
