//! A process of our own that does what this one may not, or must not die with: it holds the endpoint's
//! service stopped, and replaces an nbe.toml, as an administrator where that takes one. Both ends
//! talk in sealed lines over a TCP connection of this machine, which an elevated process can join.

mod caller;
mod holding;
mod message;
mod process;
mod seal;
mod serve;
mod serving;
mod write;

pub use caller::{Helper, NoHelper, NotHeldHere, NotWritten, write_with};
pub use holding::hold;
pub use process::Rights;
pub use seal::Secret;
pub use serve::serve;

/// The hidden subcommand that is the other end.
pub const SUBCOMMAND: &str = "helper";
