//! What a card's answer to reset says: its form (ISO/IEC 7816-3), and what readers make of a card without
//! contacts (PC/SC part 3: one that speaks ISO 14443-4, or a storage card with its standard and name).

use std::fmt;

/// Convention bytes that an answer may begin with: direct, inverse.
const STARTS: [u8; 2] = [0x3B, 0x3F];
/// TD1 and TD2 that readers write for a card without contacts: protocols T=0 and T=1, no more bytes.
const CONTACTLESS: [u8; 2] = [0x80, 0x01];
/// Historical bytes of a storage card: a status indicator and, of 12 bytes, the application identifier of the PC/SC workgroup.
const STORAGE: [u8; 8] = [0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06];

/// What a card is, as its answer to reset tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atr {
    /// One without contacts that speaks ISO 14443-4.
    Iso14443Part4 {
        /// Of its answer to select (type A), or its application data, protocol and MBLI (type B).
        historical: Vec<u8>,
    },
    /// One without contacts that only stores; which, the reader knows.
    Storage {
        /// Which standard it follows, by the number of PC/SC part 3.
        standard: u8,
        /// Which card it is, by the number of PC/SC part 3; 0 where the reader does not tell.
        name: u16,
    },
    /// Any other, as one with contacts.
    Other {
        /// What its maker put there.
        historical: Vec<u8>,
    },
}

/// Why bytes are no answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtrError {
    /// There is none.
    #[error("it is empty")]
    Empty,
    /// It begins with something else.
    #[error("it begins with {0:02X}")]
    Start(u8),
    /// Bytes that it announces are missing.
    #[error("it is cut off")]
    CutOff,
    /// It goes on after its end.
    #[error("{0} more bytes than it announces")]
    TooLong(usize),
    /// Its last byte is not the XOR of the others.
    #[error("its check byte is wrong")]
    Check,
}

impl Atr {
    /// Decodes the bytes of an answer to reset.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, AtrError> {
        let (start, mut rest) = bytes.split_first().ok_or(AtrError::Empty)?;
        if !STARTS.contains(start) {
            return Err(AtrError::Start(*start));
        }
        let format = take(&mut rest)?;
        let (mut follows, mut protocols) = (format >> 4, Vec::new());
        while follows != 0 {
            // TA, TB and TC say how to speak to it, which is the reader's business.
            for _ in 0..(follows & 0b0111).count_ones() {
                take(&mut rest)?;
            }
            let next = if follows & 0b1000 != 0 { Some(take(&mut rest)?) } else { None };
            protocols.extend(next);
            follows = next.map_or(0, |next| next >> 4);
        }
        let historical = rest.split_off(..usize::from(format & 0x0F)).ok_or(AtrError::CutOff)?;
        // T=0 alone has none.
        if protocols.iter().any(|protocol| protocol & 0x0F != 0) {
            take(&mut rest)?;
            if bytes.iter().skip(1).fold(0, |sum, byte| sum ^ byte) != 0 && rest.is_empty() {
                return Err(AtrError::Check);
            }
        }
        match rest.len() {
            0 => Ok(Self::of(protocols == CONTACTLESS && format >> 4 == 8, historical)),
            more => Err(AtrError::TooLong(more)),
        }
    }

    fn of(is_contactless: bool, historical: &[u8]) -> Self {
        match historical.strip_prefix(&STORAGE) {
            Some([standard, high, low, 0, 0, 0, 0]) if is_contactless => {
                Self::Storage { standard: *standard, name: u16::from_be_bytes([*high, *low]) }
            }
            _ if is_contactless => Self::Iso14443Part4 { historical: historical.to_vec() },
            _ => Self::Other { historical: historical.to_vec() },
        }
    }
}

fn take(rest: &mut &[u8]) -> Result<u8, AtrError> {
    rest.split_off_first().copied().ok_or(AtrError::CutOff)
}

/// Numbers of PC/SC part 3, as far as they are sure.
fn standard(number: u8) -> Option<&'static str> {
    Some(match number {
        0x01 => "ISO 14443 A part 1",
        0x02 => "ISO 14443 A part 2",
        0x03 => "ISO 14443 A part 3",
        0x05 => "ISO 14443 B part 1",
        0x06 => "ISO 14443 B part 2",
        0x07 => "ISO 14443 B part 3",
        0x09 => "ISO 15693 part 1",
        0x0A => "ISO 15693 part 2",
        0x0B => "ISO 15693 part 3",
        0x0C => "ISO 15693 part 4",
        0x11 => "FeliCa",
        _ => return None,
    })
}

/// Numbers of PC/SC part 3, as far as they are sure.
fn name(number: u16) -> Option<&'static str> {
    Some(match number {
        0x0001 => "MIFARE Classic 1K",
        0x0002 => "MIFARE Classic 4K",
        0x0003 => "MIFARE Ultralight",
        0x0026 => "MIFARE Mini",
        0x0036 => "MIFARE Plus SL1 2K",
        0x0037 => "MIFARE Plus SL1 4K",
        0x003A => "MIFARE Ultralight C",
        0x003B => "FeliCa",
        _ => return None,
    })
}

/// For people: "MIFARE Classic 1K, ISO 14443 A part 3".
impl fmt::Display for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso14443Part4 { historical } => {
                f.write_str("ISO 14443-4 card")?;
                bytes(f, historical)
            }
            Self::Storage { standard: of, name: number } => {
                match name(*number) {
                    Some(name) => f.write_str(name)?,
                    None => write!(f, "storage card {number:04X}")?,
                }
                match standard(*of) {
                    Some(standard) => write!(f, ", {standard}"),
                    None => write!(f, ", standard {of:02X}"),
                }
            }
            Self::Other { historical } => {
                f.write_str("card of another kind")?;
                bytes(f, historical)
            }
        }
    }
}

fn bytes(f: &mut fmt::Formatter<'_>, historical: &[u8]) -> fmt::Result {
    if historical.is_empty() {
        return f.write_str(", no historical bytes");
    }
    f.write_str(", historical bytes ")?;
    historical.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(hex: &str) -> Result<String, AtrError> {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<_> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        Atr::decode(&bytes).map(|atr| atr.to_string())
    }

    #[test]
    fn storage_cards_have_their_standard_and_name() {
        // As a real OMNIKEY 5422 gave it of a MIFARE Classic 1K.
        let classic = "3B8F8001804F0CA000000306030001000000006A";
        assert_eq!(of(classic).unwrap(), "MIFARE Classic 1K, ISO 14443 A part 3");
        let ultralight = "3B8F8001804F0CA0000003060300030000000068";
        assert_eq!(of(ultralight).unwrap(), "MIFARE Ultralight, ISO 14443 A part 3");
        // As an OMNIKEY 5x21 gave it of a card that the list here does not have.
        let vicinity = "3B8F8001804F0CA0000003060A0018000000007A";
        assert_eq!(of(vicinity).unwrap(), "storage card 0018, ISO 15693 part 2");
        let unknown = "3B8F8001804F0CA000000306F0BEEF00000000C9";
        assert_eq!(of(unknown).unwrap(), "storage card BEEF, standard F0");
    }

    #[test]
    fn a_card_that_speaks_iso_14443_4_has_historical_bytes() {
        assert_eq!(of("3B80800101").unwrap(), "ISO 14443-4 card, no historical bytes");
        // As readers give it of a MIFARE DESFire.
        assert_eq!(of("3B8180018080").unwrap(), "ISO 14443-4 card, historical bytes 80");
        // A storage card's beginning, but not its form.
        let other = "3B888001804F0CA000000306";
        let check = (1..other.len() / 2)
            .fold(0, |sum, at| sum ^ u8::from_str_radix(&other[2 * at..2 * at + 2], 16).unwrap());
        let said = of(&format!("{other}{check:02X}")).unwrap();
        assert_eq!(said, "ISO 14443-4 card, historical bytes 804F0CA000000306");
    }

    #[test]
    fn cards_with_contacts_are_of_another_kind() {
        // T=0 alone: no check byte.
        assert_eq!(of("3B6500002063CB6600").unwrap(), "card of another kind, historical bytes 2063CB6600");
        assert_eq!(of("3F00").unwrap(), "card of another kind, no historical bytes");
    }

    #[test]
    fn garbage_is_no_valid_answer() {
        for (hex, error) in [
            ("", AtrError::Empty),
            ("FFFFFF", AtrError::Start(0xFF)),
            ("000000", AtrError::Start(0)),
            ("3B", AtrError::CutOff),
            ("3B80", AtrError::CutOff),
            ("3B808001", AtrError::CutOff),
            ("3B8F8001804F0CA000000306030001000000006B", AtrError::Check),
            ("3B8F8001804F0CA0000003060300010000000", AtrError::CutOff),
            ("3B8080010101", AtrError::TooLong(1)),
            ("3B0000", AtrError::TooLong(1)),
        ] {
            let hex = &hex[..hex.len() / 2 * 2];
            assert_eq!(of(hex), Err(error), "{hex}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Atr::decode(&bytes).map(|atr| atr.to_string());
        }

        #[test]
        fn a_byte_that_is_wrong_is_noticed(at in 4usize..20, flip in 1u8..) {
            let mut classic = *b"\x3B\x8F\x80\x01\x80\x4F\x0C\xA0\0\0\x03\x06\x03\0\x01\0\0\0\0\x6A";
            classic[at] ^= flip;
            prop_assert!(Atr::decode(&classic).is_err());
        }
    }
}
