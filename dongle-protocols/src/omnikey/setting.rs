//! The contactless settings: where each stands in the reader's tree, and what its bytes mean.

/// A setting of the contactless slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// How often a sleeping reader looks for a card.
    SleepPolling,
    /// Which technologies are looked for, and in which order.
    SearchOrder,
    /// Whether a sleeping reader looks for cards at all.
    SleepCardDetection,
    /// Whether disturbances by the card's electronics are ignored (EMD suppression).
    EmdSuppression,
    /// ISO 14443 type A.
    Iso14443a,
    /// Its bit rates.
    Iso14443aRates,
    /// Whether MIFARE keys are kept.
    MifareKeyCache,
    /// Whether a card's MIFARE emulation is preferred.
    MifarePreferred,
    /// ISO 14443 type B.
    Iso14443b,
    /// Its bit rates.
    Iso14443bRates,
    /// ISO 15693.
    Iso15693,
    /// FeliCa.
    Felica,
    /// Its bit rates.
    FelicaRates,
    /// iCLASS over ISO 15693.
    Iclass,
}

/// `sleep_mode_polling_frequency` that the vendor recommends: 41 Hz, a look every 24 ms.
pub const SLEEP_POLLING_41_HZ: [u8; 1] = [0x00];
/// `polling_search_order` that the vendor recommends: ISO 14443 A and nothing else.
pub const ISO14443A_ONLY: [u8; 5] = [0x02, 0, 0, 0, 0];

/// Each setting with its branch and leaf in the reader's tree, its length in bytes and its name.
const PLACES: [(Setting, u8, u8, usize, &str); 14] = [
    (Setting::SleepPolling, 0xA0, 0x8D, 1, "sleep_mode_polling_frequency"),
    (Setting::SearchOrder, 0xA0, 0x89, 5, "polling_search_order"),
    (Setting::SleepCardDetection, 0xA0, 0x8E, 1, "sleep_mode_card_detection"),
    (Setting::EmdSuppression, 0xA0, 0x87, 1, "emd_suppression"),
    (Setting::Iso14443a, 0xA2, 0x80, 1, "iso14443a_enable"),
    (Setting::Iso14443aRates, 0xA2, 0x81, 1, "iso14443a_bit_rates"),
    (Setting::MifareKeyCache, 0xA2, 0x83, 1, "mifare_key_cache"),
    (Setting::MifarePreferred, 0xA2, 0x84, 1, "mifare_preferred"),
    (Setting::Iso14443b, 0xA3, 0x80, 1, "iso14443b_enable"),
    (Setting::Iso14443bRates, 0xA3, 0x81, 1, "iso14443b_bit_rates"),
    (Setting::Iso15693, 0xA4, 0x80, 1, "iso15693_enable"),
    (Setting::Felica, 0xA5, 0x80, 1, "felica_enable"),
    (Setting::FelicaRates, 0xA5, 0x81, 1, "felica_bit_rates"),
    // Not 80 like the others.
    (Setting::Iclass, 0xA6, 0x83, 1, "iclass15693_enable"),
];

/// Bytes that a setting cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Too few or too many.
    #[error("{name} has {expected} bytes, not {found}")]
    Length {
        /// Of the setting.
        name: &'static str,
        /// How many it has.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// A value without a meaning.
    #[error("{name} has no value {value:02X}")]
    Value {
        /// Of the setting.
        name: &'static str,
        /// The byte.
        value: u8,
    },
}

impl Setting {
    /// All, the two that the vendor's remedies write first.
    pub const ALL: [Self; 14] = [
        Self::SleepPolling,
        Self::SearchOrder,
        Self::SleepCardDetection,
        Self::EmdSuppression,
        Self::Iso14443a,
        Self::Iso14443aRates,
        Self::MifareKeyCache,
        Self::MifarePreferred,
        Self::Iso14443b,
        Self::Iso14443bRates,
        Self::Iso15693,
        Self::Felica,
        Self::FelicaRates,
        Self::Iclass,
    ];

    fn place(self) -> (Self, u8, u8, usize, &'static str) {
        PLACES.into_iter().find(|(setting, ..)| *setting == self).unwrap_or(PLACES[0])
    }

    /// Its branch (a technology, or A0 for what is common) and leaf in the tree.
    pub fn path(self) -> (u8, u8) {
        let (_, branch, leaf, ..) = self.place();
        (branch, leaf)
    }

    /// The setting that stands there.
    pub fn at(branch: u8, leaf: u8) -> Option<Self> {
        PLACES.into_iter().find(|(_, b, l, ..)| (*b, *l) == (branch, leaf)).map(|(setting, ..)| setting)
    }

    /// How many bytes it has.
    pub fn len_bytes(self) -> usize {
        self.place().3
    }

    /// What backups and JSON call it.
    pub fn name(self) -> &'static str {
        self.place().4
    }

    /// From its name.
    pub fn from_name(name: &str) -> Option<Self> {
        PLACES.into_iter().find(|(.., known)| *known == name).map(|(setting, ..)| setting)
    }

    /// Whether a reader could take these bytes.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(self, value: &[u8]) -> Result<(), SettingError> {
        let (.., expected, name) = self.place();
        if value.len() != expected {
            return Err(SettingError::Length { name, expected, found: value.len() });
        }
        let is_known = |byte: u8| match self {
            Self::SleepPolling => usize::from(byte) < SLEEP_POLLING.len(),
            Self::SearchOrder => byte == 0 || Technology::of(byte).is_some(),
            Self::Iso14443aRates | Self::Iso14443bRates | Self::FelicaRates => true,
            _ => byte <= 1,
        };
        match value.iter().find(|byte| !is_known(**byte)) {
            Some(value) => Err(SettingError::Value { name, value: *value }),
            None => Ok(()),
        }
    }

    /// What bytes of it mean, in words; hex where they mean nothing known.
    pub fn words(self, value: &[u8]) -> String {
        match (self, value) {
            (Self::SleepPolling, [code]) => sleep_polling_name(*code).map(str::to_owned),
            (Self::SearchOrder, order) => search_order_name(order),
            (Self::Iso14443aRates | Self::Iso14443bRates | Self::FelicaRates, _) => None,
            (_, [0]) => Some("off".to_owned()),
            (_, [1]) => Some("on".to_owned()),
            _ => None,
        }
        .unwrap_or_else(|| value.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" "))
    }
}

/// What stands in a search order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technology {
    /// 01.
    Iso15693,
    /// 02.
    Iso14443a,
    /// 03.
    Iso14443b,
    /// 04.
    Iclass,
    /// 06.
    Felica,
}

impl Technology {
    /// By its number in a search order.
    pub fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Iso15693),
            2 => Some(Self::Iso14443a),
            3 => Some(Self::Iso14443b),
            4 => Some(Self::Iclass),
            6 => Some(Self::Felica),
            _ => None,
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iso15693 => "ISO 15693",
            Self::Iso14443a => "ISO 14443 A",
            Self::Iso14443b => "ISO 14443 B",
            Self::Iclass => "iCLASS",
            Self::Felica => "FeliCa",
        }
    }
}

const SLEEP_POLLING: [&str; 10] = [
    "41 Hz (24 ms)",
    "20 Hz (48 ms)",
    "10 Hz (96 ms)",
    "5 Hz (0.2 s)",
    "2.5 Hz (0.4 s)",
    "1.3 Hz (0.8 s)",
    "0.7 Hz (1.4 s)",
    "0.3 Hz (3.1 s)",
    "0.15 Hz (6.2 s)",
    "0.08 Hz (12.3 s)",
];

/// How often a sleeping reader looks, as the vendor's workbench words it.
pub fn sleep_polling_name(code: u8) -> Option<&'static str> {
    SLEEP_POLLING.get(usize::from(code)).copied()
}

/// The technologies of a search order, in order.
pub fn search_order_name(order: &[u8]) -> Option<String> {
    let known: Option<Vec<_>> = order
        .iter()
        .filter(|code| **code != 0)
        .map(|code| Technology::of(*code).map(Technology::name))
        .collect();
    known.map(|names| if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_one_place_and_one_name() {
        for setting in Setting::ALL {
            let (branch, leaf) = setting.path();
            assert_eq!(Setting::at(branch, leaf), Some(setting));
            assert_eq!(Setting::from_name(setting.name()), Some(setting));
        }
        assert_eq!(Setting::at(0xA6, 0x80), None);
    }

    #[test]
    fn values_are_checked_and_worded() {
        assert_eq!(Setting::SleepPolling.words(&SLEEP_POLLING_41_HZ), "41 Hz (24 ms)");
        assert_eq!(
            Setting::SearchOrder.words(&[2, 3, 4, 6, 1]),
            "ISO 14443 A, ISO 14443 B, iCLASS, FeliCa, ISO 15693"
        );
        assert_eq!(Setting::SearchOrder.words(&ISO14443A_ONLY), "ISO 14443 A");
        assert_eq!(Setting::SleepPolling.words(&[0x0A]), "0A");
        assert!(Setting::SleepPolling.check(&[0x0A]).is_err());
        assert!(Setting::SearchOrder.check(&[2, 0, 0, 0]).is_err());
        assert!(Setting::SearchOrder.check(&[5, 0, 0, 0, 0]).is_err());
        assert!(Setting::Iso14443a.check(&[2]).is_err());
        assert_eq!(Setting::Iso14443aRates.check(&[0x77]), Ok(()));
    }
}
