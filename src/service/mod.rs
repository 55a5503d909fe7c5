//! The Nymi Bluetooth Endpoint (NBE) as a service of the operating system: what its manager says of
//! it, and stopping it for a recording so that it is started again whatever becomes of the bench.
//! What the manager's answers mean is pure; `hold` does what it says, in a process of its own (`helper`).

mod change;
mod hold;
mod manager;
pub mod marker;

pub use hold::{Hold, NotHeld};
use manager::endpoint_units;
pub use manager::{Configuration, Manager, Refusal, State};

use std::time::Duration;

use crate::system::{CommandLine, Commands};

/// The service's name on Windows (Troubleshooting Guide, "Enabling Nymi Bluetooth Endpoint Debug
/// Mode").
pub const WINDOWS_NAME: &str = "NymiBluetoothEndpoint";

/// How long the service's manager may take to say what it knows.
pub const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Whom to ask about the endpoint on this system; the error is which units of systemd may be it,
/// where that is not one.
pub fn manager(commands: &Commands, limit: Duration) -> Result<Manager, Result<Vec<String>, String>> {
    if cfg!(windows) {
        return Ok(Manager::Windows);
    }
    let units = list_units(commands, limit);
    match units.as_deref() {
        Ok([unit]) => Ok(Manager::Systemd { unit: unit.clone() }),
        _ => Err(units),
    }
}

/// The units of systemd that may be the endpoint.
fn list_units(commands: &Commands, limit: Duration) -> Result<Vec<String>, String> {
    let list =
        CommandLine::new("systemctl", ["list-unit-files", "--type=service", "--no-legend", "--no-pager"]);
    commands.run(&list, limit).success().map(endpoint_units)
}

impl Manager {
    /// What the service is doing now.
    ///
    /// # Errors
    /// In words, why that cannot be told.
    pub fn now(&self, commands: &Commands) -> Result<State, String> {
        self.state(&commands.run(&self.query(), QUERY_LIMIT))
    }
}
