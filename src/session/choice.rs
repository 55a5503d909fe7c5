//! Which bands are wanted: by their address, or by what their advertisements say.

use dongle_protocols::advertising::{Uuid, local_name, manufacturer_data, service_uuids};
use memchr::memmem;

use crate::reading::Band;

/// A band is wanted when any of these is true of it; all are, when nothing is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its address or pseudonym is one of these.
    pub bands: Vec<Band>,
    /// Its name begins with one of these bytes.
    pub names: Vec<Vec<u8>>,
    /// It offers, or has data of, one of these services.
    pub services: Vec<Uuid>,
    /// It has data of one of these manufacturers.
    pub companies: Vec<u16>,
    /// Its AD structures contain one of these bytes.
    pub data: Vec<Vec<u8>>,
}

impl Choice {
    /// Whether nothing is asked for, so that every band is wanted.
    pub fn is_everything(&self) -> bool {
        self.bands.is_empty() && !self.needs_data()
    }

    /// Whether it asks for what only an advertisement says.
    pub fn needs_data(&self) -> bool {
        let Self { bands: _, names, services, companies, data } = self;
        !(names.is_empty() && services.is_empty() && companies.is_empty() && data.is_empty())
    }

    /// Whether it asks for what most bands say only when they are asked.
    pub fn needs_scan_responses(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether these AD structures are those of a wanted band.
    pub fn is_shown_by(&self, data: &[u8]) -> bool {
        if data.is_empty() || !self.needs_data() {
            return false;
        }
        let name = if self.names.is_empty() { None } else { local_name(data) };
        name.is_some_and(|name| self.names.iter().any(|prefix| name.starts_with(prefix)))
            || (!self.services.is_empty() && service_uuids(data).any(|uuid| self.services.contains(&uuid)))
            || (!self.companies.is_empty()
                && manufacturer_data(data).any(|(company, _)| self.companies.contains(&company)))
            || self.data.iter().any(|pattern| memmem::find(data, pattern).is_some())
    }
}

/// Manufacturers are written in hexadecimal by some and in decimal by others: only what cannot be
/// taken for the other is accepted.
///
/// # Errors
/// How it is to be written.
pub fn company(text: &str) -> Result<u16, String> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let is_plain = |digits: &str| digits == "0" || !digits.starts_with(['0', '+']);
    let id = match hex {
        Some(digits) if !digits.starts_with('+') => u16::from_str_radix(digits, 16).ok(),
        None if is_plain(text) => text.parse().ok(),
        _ => None,
    };
    id.ok_or_else(|| {
        "write 0x and hexadecimal digits, as in 0x004C, or a decimal number up to 65535".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flags, a service, a manufacturer's data, a name.
    const DATA: &[u8] = b"\x02\x01\x06\x03\x03\x0F\x18\x04\xFF\x5B\x07\xAA\x07\x09Nymi-1";

    #[test]
    fn a_manufacturer_is_never_taken_for_another() {
        for (text, expected) in [
            ("0x004C", Some(0x4C)),
            ("0X4c", Some(0x4C)),
            ("76", Some(76)),
            ("0", Some(0)),
            ("0xFFFF", Some(0xFFFF)),
            ("0076", None),
            ("004C", None),
            ("0x", None),
            ("0x+1", None),
            ("+1", None),
            ("65536", None),
            ("0x10000", None),
            ("", None),
        ] {
            assert_eq!(company(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn any_of_what_is_asked_for_is_enough() {
        let asked = |change: fn(&mut Choice)| {
            let mut choice = Choice::default();
            change(&mut choice);
            choice
        };
        for (choice, expected) in [
            (asked(|c| c.names.push(b"Nymi".to_vec())), true),
            (asked(|c| c.names.push(b"nymi".to_vec())), false),
            (asked(|c| c.services.push(Uuid::short(0x180F))), true),
            (asked(|c| c.services.push(Uuid::short(0x180A))), false),
            (asked(|c| c.companies.push(0x075B)), true),
            (asked(|c| c.companies.push(0x5B07)), false),
            (asked(|c| c.data.push(vec![0x07, 0xAA])), true),
            (asked(|c| c.data.push(vec![0xAA, 0x07, 0x07])), false),
            (asked(|c| c.companies = vec![1, 0x075B]), true),
            (asked(|c| (c.names, c.companies) = (vec![b"X".to_vec()], vec![0x075B])), true),
            (asked(|c| c.bands.push(Band::Address(1))), false),
        ] {
            assert_eq!(choice.is_shown_by(DATA), expected, "{choice:?}");
            assert!(!choice.is_shown_by(b""));
        }
        assert!(Choice::default().is_everything() && !Choice::default().is_shown_by(DATA));
    }
}
