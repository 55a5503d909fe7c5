//! BleuIO dongles (Smart Sensor Devices): AT commands out; lines of text or, after `ATV1`, of
//! JSON back. Decoder, commands, the host's side of a scan, and a simulated dongle.
//! Sources: the vendor's documentation, its official clients, and public transcripts of theirs.

mod codes;
mod command;
mod decoder;
pub mod device;
mod firmware;
pub mod host;
mod json;
mod line;
mod row;
mod text;
mod verbose;

pub use codes::ErrorCode;
pub use command::{Command, STOP, ScanParameters};
pub use decoder::{Counters, Decoder, LINE_MAX};
pub use firmware::Version;
pub use line::{Line, Reply};
pub use row::{Packet, RSSI_RANGE_DBM, Row};
