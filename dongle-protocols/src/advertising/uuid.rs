//! Service UUIDs of any width, all held as 128 bits so that they compare with each other
//! (Bluetooth Core Vol 3 Part B section 2.5.1).

use std::fmt;
use std::str::FromStr;

use crate::inline_bytes::InlineBytes;

/// 16- and 32-bit UUIDs are short for this one with their value in its top 32 bits.
const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5F9B_34FB;

/// A UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub u128);

/// Why a text is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID: write 4, 8 or 32 hexadecimal digits, like 180F or 0000180f-0000-1000-8000-00805f9b34fb")]
pub struct NotAUuid;

impl Uuid {
    /// A 16-bit UUID.
    pub const fn short(value: u16) -> Self {
        Self::medium(value as u32)
    }

    /// A 32-bit UUID.
    pub const fn medium(value: u32) -> Self {
        Self(BASE | (value as u128) << 96)
    }

    /// From 2, 4 or 16 bytes, least significant first, as advertisements carry them.
    pub fn from_le_bytes(bytes: &[u8]) -> Option<Self> {
        if let Ok(bytes) = bytes.try_into() {
            return Some(Self::short(u16::from_le_bytes(bytes)));
        }
        if let Ok(bytes) = bytes.try_into() {
            return Some(Self::medium(u32::from_le_bytes(bytes)));
        }
        bytes.try_into().ok().map(|bytes| Self(u128::from_le_bytes(bytes)))
    }

    /// As advertisements carry it, in 2, 4 or 16 bytes, least significant first.
    pub fn to_le_bytes(self) -> InlineBytes<16> {
        let bytes = self.0.to_le_bytes();
        let is_short_for_the_base = self.0 & (u128::MAX >> 32) == BASE;
        let bytes = match (is_short_for_the_base, bytes) {
            (true, [.., _, _, 0, 0]) => &bytes[12..14],
            (true, _) => &bytes[12..],
            (false, _) => &bytes[..],
        };
        // 16 bytes at most.
        InlineBytes::new(bytes).unwrap_or(InlineBytes::EMPTY)
    }
}

impl FromStr for Uuid {
    type Err = NotAUuid;

    /// 4, 8 or 32 hexadecimal digits; `0x` before and dashes between them are allowed.
    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let mut value = 0u128;
        let mut digits = 0;
        for character in text.chars().filter(|c| *c != '-') {
            value = value << 4 | u128::from(character.to_digit(16).ok_or(NotAUuid)?);
            digits += 1;
        }
        match digits {
            4 | 8 => Ok(Self(BASE | value << 96)),
            32 => Ok(Self(value)),
            _ => Err(NotAUuid),
        }
    }
}

impl fmt::Display for Uuid {
    /// As short as the base allows: `180F`, else `0000180F-…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let short = value >> 96;
        if value & (u128::MAX >> 32) == BASE {
            return if short <= 0xFFFF { write!(f, "{short:04X}") } else { write!(f, "{short:08X}") };
        }
        let (b, c, d) = (value >> 80 & 0xFFFF, value >> 64 & 0xFFFF, value >> 48 & 0xFFFF);
        write!(f, "{short:08X}-{b:04X}-{c:04X}-{d:04X}-{:012X}", value & 0xFFFF_FFFF_FFFF)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_compare_with_each_other() {
        let long: Uuid = "0000180f-0000-1000-8000-00805f9b34fb".parse().unwrap();
        assert_eq!(long, Uuid::short(0x180F));
        assert_eq!("0x180F".parse(), Ok(Uuid::short(0x180F)));
        assert_eq!("0000180F".parse(), Ok(Uuid::short(0x180F)));
        assert_eq!(Uuid::from_le_bytes(&[0x0F, 0x18]), Some(long));
        assert_eq!(Uuid::from_le_bytes(&[0x0F, 0x18, 0, 0]), Some(long));
        assert_eq!(Uuid::from_le_bytes(&long.0.to_le_bytes()), Some(long));
        assert_eq!(Uuid::from_le_bytes(&[1, 2, 3]), None);
    }

    #[test]
    fn uuids_print_as_they_parse() {
        for text in ["180F", "1234180F", "ADAB0000-6E7D-4601-BDA2-BFFAA68956BA"] {
            assert_eq!(text.parse::<Uuid>().map(|u| u.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "18", "xyzw", "180F0", &"0".repeat(33)] {
            assert_eq!(text.parse::<Uuid>(), Err(NotAUuid), "{text}");
        }
    }
}
