//! What the bench's radios say, as bytes and values. No I/O, no clock, no async:
//! every decoder takes bytes and gives values, so each is testable without a device.

pub mod advertising;
pub mod atr;
pub mod bgapi;
pub mod bleuio;
pub mod hci;
mod inline_bytes;
pub mod link_layer;
pub mod omnikey;
pub mod radio;
pub mod sniffer;

pub use inline_bytes::{InlineBytes, TooLong};
