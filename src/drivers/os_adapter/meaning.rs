//! What the errors of the Bluetooth library mean.

use super::AdapterError;

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
}

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
