//! Why the operating system's Bluetooth cannot be used, and what to do about it.

use std::fmt;

/// Why there is no scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdapterError {
    /// The bus over which Linux talks to its Bluetooth service does not answer.
    NoBus,
    /// The Bluetooth service is not there.
    NoService,
    /// The service knows of no adapter.
    NoAdapter,
    /// Switched off.
    Off,
    /// The system does not let this user.
    NoRights,
    /// No answer in time.
    NoAnswer,
    /// Built without the feature `os-bluetooth`.
    NotInThisBuild,
    /// The system's own words.
    Other(String),
}

impl AdapterError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        const WINDOWS: bool = cfg!(windows);
        match self {
            Self::NoBus => "sudo systemctl start dbus; a container needs the host's /run/dbus",
            Self::NoService if WINDOWS => "services.msc: start the Bluetooth Support Service",
            Self::NoService => "sudo systemctl start bluetooth (on Debian the package bluez)",
            Self::NoAdapter if WINDOWS => "plug one in; the Device Manager lists it under Bluetooth",
            Self::NoAdapter => "plug one in; bluetoothctl list shows those that the system knows",
            Self::Off if WINDOWS => "turn Bluetooth on in the Settings",
            Self::Off => "bluetoothctl power on; where that is refused, rfkill unblock bluetooth",
            Self::NoRights if WINDOWS => "run it in the session of the user who is logged in",
            Self::NoRights => "sudo usermod -aG bluetooth $USER, then log in again",
            Self::NoAnswer if WINDOWS => "turn Bluetooth off and on again in the Settings",
            Self::NoAnswer => "sudo systemctl restart bluetooth",
            Self::NotInThisBuild => "use a dongle, or a build with the Cargo feature os-bluetooth",
            Self::Other(_) => "turn Bluetooth off and on again, or use a dongle",
        }
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBus => "the D-Bus system bus, which leads to Bluetooth, does not answer",
            Self::NoService if cfg!(windows) => "Windows offers no Bluetooth here",
            Self::NoService => "BlueZ, the system's Bluetooth service, is not running",
            Self::NoAdapter => "the system knows of no Bluetooth adapter",
            Self::Off => "the Bluetooth adapter is switched off",
            Self::NoRights => "this user may not use Bluetooth",
            Self::NoAnswer => "the system's Bluetooth does not answer",
            Self::NotInThisBuild => "this program was built without the system's Bluetooth",
            Self::Other(words) => return write!(f, "Bluetooth cannot be used: {words}"),
        })
    }
}

impl std::error::Error for AdapterError {}
