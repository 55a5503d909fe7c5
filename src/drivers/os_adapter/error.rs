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
    /// The system's own words.
    Other(String),
}

/// What the system's errors contain, and what that means: names of D-Bus errors, and HRESULTs.
const MEANINGS: [(&str, AdapterError); 14] = [
    ("DBus.Error.FileNotFound", AdapterError::NoBus),
    ("DBus.Error.NoServer", AdapterError::NoBus),
    ("DBus.Error.BadAddress", AdapterError::NoBus),
    ("DBus.Error.Disconnected", AdapterError::NoBus),
    ("DBus.Error.ServiceUnknown", AdapterError::NoService),
    ("DBus.Error.NameHasNoOwner", AdapterError::NoService),
    ("DBus.Error.Spawn", AdapterError::NoService),
    ("DBus.Error.AccessDenied", AdapterError::NoRights),
    ("DBus.Error.NoReply", AdapterError::NoAnswer),
    ("bluez.Error.NotReady", AdapterError::Off),
    ("bluez.Error.Blocked", AdapterError::Off),
    // "Class not registered": a Windows without Bluetooth, or wine.
    ("0x80040154", AdapterError::NoService),
    ("0x80070005", AdapterError::NoRights),
    // "Device not ready".
    ("0x800710DF", AdapterError::Off),
];

impl AdapterError {
    /// What an error of the Bluetooth library means.
    pub(super) fn of(error: &btleplug::Error) -> Self {
        match error {
            btleplug::Error::PermissionDenied => Self::NoRights,
            btleplug::Error::NoAdapterAvailable => Self::NoAdapter,
            // Only the debug text has the error's name.
            other => Self::of_text(&format!("{other:?}")).unwrap_or_else(|| Self::Other(other.to_string())),
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        MEANINGS.into_iter().find(|(name, _)| text.contains(name)).map(|(_, meaning)| meaning)
    }

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
            Self::Other(words) => return write!(f, "Bluetooth cannot be used: {words}"),
        })
    }
}

impl std::error::Error for AdapterError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_by_their_names() {
        let named = |name: &str| {
            let words = format!("DbusError(D-Bus error: in any language ({name}))");
            AdapterError::of(&btleplug::Error::Other(words.into()))
        };
        assert_eq!(named("org.freedesktop.DBus.Error.FileNotFound"), AdapterError::NoBus);
        assert_eq!(named("org.freedesktop.DBus.Error.Spawn.ExecFailed"), AdapterError::NoService);
        assert_eq!(named("org.freedesktop.DBus.Error.AccessDenied"), AdapterError::NoRights);
        assert_eq!(named("org.bluez.Error.NotReady"), AdapterError::Off);
        assert_eq!(AdapterError::of(&btleplug::Error::PermissionDenied), AdapterError::NoRights);
    }

    #[test]
    fn an_unknown_one_keeps_the_systems_words() {
        let error = AdapterError::of(&btleplug::Error::Other("odd".into()));
        assert_eq!(error.to_string(), "Bluetooth cannot be used: odd");
    }
}
