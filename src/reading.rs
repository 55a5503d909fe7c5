//! What every driver yields and every recording holds, independent of where it came from:
//! who was heard (`Band`), by which kind of source, how strongly and when.

use std::fmt;
use std::str::FromStr;

/// RSSI values that count as measurements: whole dBm, −127…20 (Bluetooth Core, HCI events).
pub const RSSI_RANGE_DBM: std::ops::RangeInclusive<i64> = -127..=20;

/// 127 means "RSSI not available" in Bluetooth; such a row is no sample.
pub const RSSI_UNAVAILABLE: i64 = 127;

/// The longest pseudonym after `~`.
const PSEUDONYM_MAX: usize = 32;

/// A band as recordings name it: the advertiser's address, or `~` and a pseudonym.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Band {
    /// A 48-bit Bluetooth device address, most significant byte first in print.
    Address(u64),
    /// A pseudonym of `len` characters of `[A-Za-z0-9_-]`.
    Pseudonym {
        /// How many of `chars` are in use.
        len: u8,
        /// The characters, zero-filled.
        chars: [u8; PSEUDONYM_MAX],
    },
}

/// Why a text is not a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an address like C6:05:04:03:02:01 (capitals) nor ~ and 1 to 32 of [A-Za-z0-9_-]")]
pub struct NotABand;

impl Band {
    /// Parses the recording spelling; capitals only.
    pub fn parse(text: &[u8]) -> Result<Self, NotABand> {
        match text {
            [b'~', name @ ..] => Self::pseudonym(name),
            _ => Self::address(text),
        }
    }

    fn address(text: &[u8]) -> Result<Self, NotABand> {
        let text: &[u8; 17] = text.try_into().map_err(|_| NotABand)?;
        let mut address = 0u64;
        for (place, &byte) in text.iter().enumerate() {
            if place % 3 == 2 {
                if byte != b':' {
                    return Err(NotABand);
                }
                continue;
            }
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'F' => byte - b'A' + 10,
                _ => return Err(NotABand),
            };
            address = address << 4 | u64::from(digit);
        }
        Ok(Self::Address(address))
    }

    fn pseudonym(name: &[u8]) -> Result<Self, NotABand> {
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let len = u8::try_from(name.len()).map_err(|_| NotABand)?;
        if name.is_empty() || name.len() > PSEUDONYM_MAX || !name.iter().all(allowed) {
            return Err(NotABand);
        }
        let mut chars = [0; PSEUDONYM_MAX];
        chars[..name.len()].copy_from_slice(name);
        Ok(Self::Pseudonym { len, chars })
    }

    /// The address, where the band is not a pseudonym.
    pub fn as_address(self) -> Option<u64> {
        match self {
            Self::Address(address) => Some(address),
            Self::Pseudonym { .. } => None,
        }
    }
}

impl FromStr for Band {
    type Err = NotABand;

    /// As people type it: like `parse`, but small letters in an address are taken too.
    fn from_str(text: &str) -> Result<Self, NotABand> {
        if text.starts_with('~') {
            Self::parse(text.as_bytes())
        } else {
            Self::parse(text.to_ascii_uppercase().as_bytes())
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => {
                let b = address.to_be_bytes();
                write!(f, "{:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}", b[2], b[3], b[4], b[5], b[6], b[7])
            }
            Self::Pseudonym { len, chars } => {
                let name = &chars[..usize::from(*len)];
                write!(f, "~{}", String::from_utf8_lossy(name))
            }
        }
    }
}

impl fmt::Debug for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Band({self})")
    }
}

/// What kind of device a source is, as the recording header's `kind` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Bluegiga BLED112.
    Bluegiga,
    /// BleuIO dongle.
    BleuIo,
    /// The operating system's Bluetooth adapter (best effort).
    Os,
    /// A PC/SC reader.
    Nfc,
    /// The simulated bench.
    Simulated,
    /// Imported from a foreign file.
    Imported,
}

impl SourceKind {
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Bluegiga, "bluegiga"),
        (Self::BleuIo, "bleuio"),
        (Self::Os, "os"),
        (Self::Nfc, "nfc"),
        (Self::Simulated, "simulated"),
        (Self::Imported, "imported"),
    ];

    /// The header's spelling.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// What people must know before they trust its numbers, where there is something.
    pub fn caveat(self) -> Option<&'static str> {
        (self == Self::Os).then_some(
            "best effort: the operating system merges advertisements and leaves some out, so rates, \
             windows and delays are not those of a dongle",
        )
    }

    /// From the header's spelling; `None` for a kind of a later version.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_print_as_they_parse() {
        for text in ["C6:05:04:03:02:01", "00:00:00:00:00:00", "~left-wrist_2", "~A"] {
            assert_eq!(Band::parse(text.as_bytes()).map(|b| b.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_no_band_is_refused() {
        let long = format!("~{}", "x".repeat(33));
        for text in ["c6:05:04:03:02:01", "C6:05:04:03:02", "C6-05-04-03-02-01", "~", "~a b", "", &long] {
            assert_eq!(Band::parse(text.as_bytes()), Err(NotABand), "{text}");
        }
    }

    #[test]
    fn people_may_type_small_letters() {
        assert_eq!(
            "c6:05:04:03:02:01".parse::<Band>().map(|b| b.to_string()),
            Ok("C6:05:04:03:02:01".into())
        );
    }
}
