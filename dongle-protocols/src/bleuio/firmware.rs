//! Firmware versions, and what came with which. The version that the official Python library
//! names with a command is an upper bound of the one that introduced it.

use std::fmt;

/// `x.y.z.w`; compares as it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub [u16; 4]);

impl Version {
    /// Verbose mode without lines of text between (2.2.0 had some).
    pub const VERBOSE: Self = Self([2, 2, 1, 0]);
    /// `ATV1` is known.
    pub const FIRST_VERBOSE: Self = Self([2, 2, 0, 0]);
    /// `AT+SHOWRSSI`.
    pub const SHOW_RSSI: Self = Self([2, 1, 3, 0]);
    /// `AT+DUAL`.
    pub const DUAL: Self = Self([2, 0, 4, 0]);
    /// `AT+SCANFILTER`.
    pub const SCAN_FILTER: Self = Self([2, 3, 0, 0]);
    /// `AT+SCANPARAM`, `ATASSN`, `ATASSM`, `ATSRA`, `ATSIV`.
    pub const SCAN_PARAMETERS: Self = Self([2, 7, 4, 0]);
    /// `ATSAT`.
    pub const SHOW_ADDRESS_TYPE: Self = Self([2, 7, 6, 0]);

    /// Two to four numbers with dots between.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?.trim();
        let mut version = Self::default();
        let mut numbers = version.0.iter_mut();
        for part in text.split('.') {
            *numbers.next()? = part.parse().ok()?;
        }
        (numbers.len() <= 2).then_some(version)
    }

    /// The Pro dongle counts from 1.0 and has all of the above; the Standard one is at 2.
    pub fn is_pro(self) -> bool {
        self.0[0] == 1
    }

    /// Whether this firmware has what came with a version of the Standard dongle's.
    pub fn has(self, since: Self) -> bool {
        self.is_pro() || self >= since
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(Version::parse(b"2.7.9.51"), Some(Version([2, 7, 9, 51])));
        assert_eq!(Version::parse(b" 2.2.1 "), Some(Version::VERBOSE));
        assert!(Version([2, 10, 0, 0]) > Version([2, 9, 9, 9]));
        for text in ["", "2", "2.", "2.x.1", "1.2.3.4.5", "70000.1", "-1.2"] {
            assert_eq!(Version::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_pro_has_it_all_though_its_number_is_small() {
        assert!(Version([1, 0, 5, 6]).has(Version::SHOW_ADDRESS_TYPE));
        assert!(Version([2, 2, 1, 3]).has(Version::VERBOSE) && !Version([2, 2, 0, 9]).has(Version::VERBOSE));
        assert_eq!(Version([1, 0, 5, 6]).to_string(), "1.0.5.6");
    }
}
