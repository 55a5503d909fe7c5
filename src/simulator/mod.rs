//! Virtual dongles: what a scenario file says, what may go wrong, and a dongle on a
//! pseudo-terminal that other programs open like a serial port.

pub mod bleuio;
pub mod bluegiga;
pub mod dongle;
pub mod fault;
#[cfg(unix)]
mod link;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
pub mod run;
pub mod scenario;
