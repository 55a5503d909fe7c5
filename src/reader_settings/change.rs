//! What is to be changed, and what cannot be.

use dongle_protocols::omnikey::{ISO14443A_ONLY, SLEEP_POLLING_41_HZ, Setting};

use super::{Backup, Settings};

/// What the vendor's guide asks for (41 Hz; ISO 14443 A only), and what that takes: the one
/// technology that is left must be on.
pub const RECOMMENDED: [(Setting, &[u8]); 3] = [
    (Setting::SleepPolling, &SLEEP_POLLING_41_HZ),
    (Setting::SearchOrder, &ISO14443A_ONLY),
    (Setting::Iso14443a, &[1]),
];

/// A setting that is to be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub setting: Setting,
    /// As it is.
    pub from: Vec<u8>,
    /// As it is to be.
    pub to: Vec<u8>,
}

/// Settings that are wanted and that the reader does not have; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    settings: Vec<Setting>,
    /// Who wants them: "the guide wants it".
    wish: &'static str,
}

impl Missing {
    /// What backups and JSON call them.
    pub fn names(&self) -> Vec<&'static str> {
        self.settings.iter().map(|setting| setting.name()).collect()
    }

    /// For people, without a full stop.
    pub fn words(&self) -> String {
        format!("the reader does not have {}, so it cannot be as {}", self.names().join(", "), self.wish)
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        "ask HID, its maker, for firmware that has this setting, or use another OMNIKEY 5022"
    }
}

/// A reader's settings beside those that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What must change.
    pub changes: Vec<Change>,
    /// What no change could bring about.
    pub missing: Option<Missing>,
}

impl Comparison {
    /// With what the vendor's guide wants.
    pub fn with_guide(found: &Settings) -> Self {
        Self::new(found, RECOMMENDED, "the guide wants it")
    }

    /// With what the reader once had.
    pub fn with_backup(found: &Settings, backup: &Backup) -> Self {
        let wanted = backup.settings.iter().map(|(setting, value)| (*setting, value.as_slice()));
        Self::new(found, wanted, "the backup has it")
    }

    fn new<'a>(
        found: &Settings,
        wanted: impl IntoIterator<Item = (Setting, &'a [u8])>,
        wish: &'static str,
    ) -> Self {
        let (mut changes, mut settings) = (Vec::new(), Vec::new());
        for (setting, to) in wanted {
            match found.get(&setting) {
                None => settings.push(setting),
                Some(from) if from == to => {}
                Some(from) => changes.push(Change { setting, from: from.clone(), to: to.to_vec() }),
            }
        }
        Self { changes, missing: (!settings.is_empty()).then_some(Missing { settings, wish }) }
    }

    /// Whether all is as it is wanted.
    pub fn holds(&self) -> bool {
        self.changes.is_empty() && self.missing.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_does_not_have_is_not_as_wanted() {
        let mut found: Settings =
            RECOMMENDED.iter().map(|(setting, value)| (*setting, value.to_vec())).collect();
        assert!(Comparison::with_guide(&found).holds());
        let backup = Backup { serial: "S1".into(), settings: found.clone() };
        found.remove(&Setting::SearchOrder);
        let missing = "the reader does not have polling_search_order, so it cannot be as";
        for (compared, wish) in [
            (Comparison::with_guide(&found), "the guide wants it"),
            (Comparison::with_backup(&found, &backup), "the backup has it"),
        ] {
            assert!(!compared.holds() && compared.changes.is_empty(), "{compared:?}");
            assert_eq!(compared.missing.unwrap().words(), format!("{missing} {wish}"));
        }
        found.insert(Setting::SleepPolling, vec![6]);
        let compared = Comparison::with_guide(&found);
        assert_eq!(compared.changes.len(), 1, "{compared:?}");
        assert_eq!(compared.missing.unwrap().names(), ["polling_search_order"]);
    }
}
