//! The system's Bluetooth in a build that is without it.

use super::{AdapterError, Found, OsAdapter};
use crate::drivers::{Driver, Ending, Outlet, SourceError};

/// The adapters that the system has.
///
/// # Errors
/// Always: this build cannot ask for them.
pub fn adapters() -> Result<Vec<Found>, AdapterError> {
    Err(AdapterError::NotInThisBuild)
}

impl Driver for OsAdapter {
    fn run(self: Box<Self>, _: &Outlet) -> Result<Ending, SourceError> {
        Err(AdapterError::NotInThisBuild.into())
    }
}
