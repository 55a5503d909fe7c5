//! The Nymi Bluetooth Endpoint (NBE) as a service of the operating system: what its manager says of
//! it, and stopping it for a recording so that it is started again whatever becomes of the bench.
//! What the manager's answers mean is pure; `hold` and `holder` do what it says.

mod manager;

pub use manager::{Configuration, Manager, Refusal, State, endpoint_units};

use std::time::Duration;

use crate::system::{CommandLine, Commands};

/// The service's name on Windows (Troubleshooting Guide, "Enabling Nymi Bluetooth Endpoint Debug
/// Mode").
pub const WINDOWS_NAME: &str = "NymiBluetoothEndpoint";

/// What people call it.
pub const TITLE: &str = "the Nymi Bluetooth Endpoint service";

/// The units of systemd that may be the endpoint.
///
/// # Errors
/// In words, why it cannot be told.
pub fn list_units(commands: &Commands, limit: Duration) -> Result<Vec<String>, String> {
    let list =
        CommandLine::new("systemctl", ["list-unit-files", "--type=service", "--no-legend", "--no-pager"]);
    commands.run(&list, limit).success().map(endpoint_units)
}
