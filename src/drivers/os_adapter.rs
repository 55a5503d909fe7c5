//! The operating system's Bluetooth adapter as a source. Best effort: the system merges
//! advertisements before it tells of them, and nobody learns how many. Without the Cargo feature
//! `os-bluetooth` there is none, and it says so.

#[cfg(not(feature = "os-bluetooth"))]
mod absent;
#[cfg(feature = "os-bluetooth")]
mod adapters;
#[cfg(feature = "os-bluetooth")]
mod driver;
mod error;
#[cfg(feature = "os-bluetooth")]
mod known;
#[cfg(feature = "os-bluetooth")]
mod meaning;
#[cfg(feature = "os-bluetooth")]
mod scan;

#[cfg(not(feature = "os-bluetooth"))]
pub use absent::adapters;
#[cfg(feature = "os-bluetooth")]
pub use adapters::adapters;
pub use error::AdapterError;

/// The adapter that the system prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsAdapter {
    /// What the recording calls it.
    pub id: String,
}

/// An adapter that the system knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The system's name for it.
    pub name: String,
    /// Why it cannot be used; `None` if it can.
    pub obstacle: Option<AdapterError>,
}
