//! What the bench's radios say, as bytes and values. No I/O, no clock, no async:
//! every decoder takes bytes and gives values, so each is testable without a device.

pub mod advertising;
pub mod bleuio;
pub mod hci;
pub mod link_layer;
pub mod radio;
pub mod sniffer;
