//! What drivers hand over: rows, and what a source is.

use dongle_protocols::advertising::{AddressType, AdvertisingData};
use serde_json::{Map, Value};

use crate::reading::Band;

/// A row of a recording on its way from a driver into a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Microseconds since the session's start, taken where the bytes arrived.
    pub t_us: i64,
    /// What it says, as far as a session must know.
    pub what: What,
    /// The row as a recording spells it, with its `\n`.
    pub line: Vec<u8>,
    /// The packet behind a sample, as far as it is known.
    pub packet: Packet,
}

impl Row {
    /// A row behind which no packet is known.
    pub fn new(t_us: i64, what: What, line: Vec<u8>) -> Self {
        Self { t_us, what, line, packet: Packet::UNKNOWN }
    }
}

/// What an advertisement or scan response said beside its strength. Recordings hold nothing of it:
/// it serves to choose bands and to tell people whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Of the advertiser's address, where the device says.
    pub address_type: Option<AddressType>,
    /// Its AD structures; none where the device does not give them.
    pub data: AdvertisingData,
}

impl Packet {
    /// Where nothing is known, as in a replayed recording.
    pub const UNKNOWN: Self = Self { address_type: None, data: AdvertisingData::EMPTY };
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A band was heard.
    Sample {
        /// Which one.
        band: Band,
        /// In dBm.
        rssi_dbm: i8,
    },
    /// A band was heard without a strength; it stands in the line.
    Unavailable,
    /// A segment begins.
    Begin {
        /// Unique within the source.
        id: u64,
        /// The band it is limited to.
        band: Option<Band>,
    },
    /// A segment ends.
    End {
        /// Of the segment.
        id: u64,
    },
    /// A replayed recording ended here: moves time forward and is not written.
    Close,
    /// A device was lost; it may come back.
    Lost,
    /// Any other row.
    Other,
}

/// What a driver says of itself once it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What it contributes to the recording's header: its `sources`, and whatever else it knows.
    pub header: Map<String, Value>,
    /// Whether its rows bear the session's time, and not that of whoever feeds it.
    pub on_session_clock: bool,
}

/// How a source ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing more to come.
    Complete,
    /// Its last line was torn and was dropped.
    TornLine,
}
