//! A reader's settings in a file.

use dongle_protocols::omnikey::{Setting, SettingError};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Identity, Settings};
use crate::hex;

/// All settings of a reader, as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Whose.
    pub serial: String,
    /// What.
    pub settings: Settings,
}

/// Why a file is no backup.
#[derive(Debug, thiserror::Error)]
pub enum NotABackup {
    /// Not JSON, or not of this kind.
    #[error("not a backup of a reader's settings")]
    Form,
    /// A setting that is not known.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// A value that is no hex.
    #[error("{0} is not written in hex")]
    Hex(String),
    /// A value that no reader could take.
    #[error(transparent)]
    Value(#[from] SettingError),
}

impl Backup {
    /// The file's text.
    pub fn text(identity: &Identity, settings: &Settings) -> String {
        let settings: Map<_, _> =
            settings.iter().map(|(s, value)| (s.name().to_owned(), hex::text(value).into())).collect();
        let backup = json!({
            "omnikey_settings": 1, "product": identity.product, "firmware": identity.firmware,
            "serial": identity.serial, "settings": settings,
        });
        format!("{backup:#}\n")
    }

    /// A name for a reader's backup that is made now.
    pub fn file_name(identity: &Identity) -> String {
        let serial: String = identity.serial.chars().filter(char::is_ascii_alphanumeric).collect();
        let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
        format!("omnikey-{serial}-{stamp}.json")
    }

    /// Writes the file, and waits until the disk has it. It replaces none.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    pub fn write(path: &Path, identity: &Identity, settings: &Settings) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        file.write_all(Self::text(identity, settings).as_bytes())?;
        file.sync_all()
    }

    /// From a file's text.
    ///
    /// # Errors
    /// Unless every setting in it is one that a reader could have.
    pub fn parse(text: &str) -> Result<Self, NotABackup> {
        let value: Value = serde_json::from_str(text).map_err(|_| NotABackup::Form)?;
        if value.get("omnikey_settings").and_then(Value::as_u64) != Some(1) {
            return Err(NotABackup::Form);
        }
        let serial = value.get("serial").and_then(Value::as_str).ok_or(NotABackup::Form)?.to_owned();
        let written = value.get("settings").and_then(Value::as_object).ok_or(NotABackup::Form)?;
        let mut settings = Settings::new();
        for (name, value) in written {
            let setting = Setting::from_name(name).ok_or_else(|| NotABackup::Unknown(name.clone()))?;
            let bytes = value.as_str().and_then(hex::bytes).ok_or_else(|| NotABackup::Hex(name.clone()))?;
            setting.check(&bytes)?;
            settings.insert(setting, bytes);
        }
        Ok(Self { serial, settings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_backed_up_is_read_again() {
        let identity =
            Identity { product: "OMNIKEY 5022".into(), firmware: "2.0.0".into(), serial: "S1".into() };
        let settings =
            Settings::from([(Setting::SleepPolling, vec![6]), (Setting::SearchOrder, vec![2, 3, 4, 6, 1])]);
        let text = Backup::text(&identity, &settings);
        assert_eq!(Backup::parse(&text).unwrap(), Backup { serial: "S1".into(), settings });
        let refused = |from: &str, to: &str| Backup::parse(&text.replace(from, to)).unwrap_err().to_string();
        assert_eq!(refused("\"06\"", "\"0A\""), "sleep_mode_polling_frequency has no value 0A");
        assert_eq!(refused("\"06\"", "\"+6\""), "sleep_mode_polling_frequency is not written in hex");
        assert_eq!(refused("polling_search_order", "order"), "there is no setting \"order\"");
        assert_eq!(refused("omnikey_settings", "x"), "not a backup of a reader's settings");
    }
}
