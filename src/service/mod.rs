//! The Nymi Bluetooth Endpoint (NBE) as a service of the operating system: what its manager says of
//! it, and stopping it for a recording so that it is started again whatever becomes of the bench.
//! What the manager's answers mean is pure; `hold` and `holder` do what it says.

mod manager;

pub use manager::{Configuration, Manager, Refusal, State, endpoint_units};

/// The service's name on Windows (Troubleshooting Guide, "Enabling Nymi Bluetooth Endpoint Debug
/// Mode").
pub const WINDOWS_NAME: &str = "NymiBluetoothEndpoint";

/// What people call it.
pub const TITLE: &str = "the Nymi Bluetooth Endpoint service";
