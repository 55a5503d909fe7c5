//! What would stop a calibration on this terminal. Each check is a pure function from what the
//! system's commands printed to findings; nothing here runs a command or opens a port. What cannot
//! be read is "could not tell", never "ok".

pub mod config;
pub mod dongles;
pub mod endpoint;
mod finding;
pub mod logs;
pub mod nfc;
pub mod power;
pub mod rights;

pub use finding::{Finding, State};
