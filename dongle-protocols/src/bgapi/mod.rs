//! BGAPI version 1, the binary protocol of the BLED112: messages as types, an encoder, a decoder that
//! finds its place again in a damaged stream, the start-up and stop sequences, and a simulated dongle.
//! Layouts by the Bluegiga "Bluetooth Smart Software API documentation" v2.3, unless said otherwise.

mod command;
mod decoder;
pub mod device;
mod event;
mod fields;
#[cfg(test)]
mod message_tests;
mod response;
mod result_code;
pub mod rssi;
mod session;

pub use command::{Command, DiscoverMode};
pub use decoder::{Counters, Decoder, Message};
pub use event::{Advertisement, ConnectionFlags, ConnectionStatus, Event, ScanResponse};
pub use fields::{Bytes, HEADER_LEN, MAX_PACKET, MessageId, Packet};
pub use response::{Info, Response};
pub use result_code::ResultCode;
pub use session::{Session, SessionError, State, Step};
