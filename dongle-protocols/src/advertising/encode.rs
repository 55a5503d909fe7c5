//! AD structures of facts that are known otherwise than from a packet.

use super::{AdvertisingData, Uuid, ad_type};
use crate::inline_bytes::InlineBytes;

/// What a legacy packet has room for behind a length and a type, in bytes.
const ROOM: usize = 29;

/// What an AD structure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// The advertiser's name.
    Name(&'a [u8]),
    /// It offers this service, and maybe others.
    Service(Uuid),
    /// Data of a service.
    ServiceData(Uuid, &'a [u8]),
    /// Data of the manufacturer with this company id.
    Manufacturer(u16, &'a [u8]),
}

impl Fact<'_> {
    /// The structure with its length and type; what does not fit a legacy packet is cut off.
    pub fn structure(self) -> AdvertisingData {
        let (kind, head, data) = match self {
            Self::Name(name) if name.len() <= ROOM => (ad_type::COMPLETE_NAME, InlineBytes::EMPTY, name),
            Self::Name(name) => (ad_type::SHORT_NAME, InlineBytes::EMPTY, name),
            Self::Service(uuid) => (list_of(uuid), uuid.to_le_bytes(), &[][..]),
            Self::ServiceData(uuid, data) => (data_of(uuid), uuid.to_le_bytes(), data),
            Self::Manufacturer(company, data) => {
                (ad_type::MANUFACTURER, Uuid::short(company).to_le_bytes(), data)
            }
        };
        let head = head.as_slice();
        let data = data.get(..ROOM - head.len()).unwrap_or(data);
        let mut structure = AdvertisingData::EMPTY;
        let length = u8::try_from(1 + head.len() + data.len()).unwrap_or(u8::MAX);
        for part in [&[length, kind], head, data] {
            // All of it fits, as it was cut so.
            let _ = structure.extend(part);
        }
        structure
    }
}

/// The list of services of this width that may be incomplete.
fn list_of(uuid: Uuid) -> u8 {
    match uuid.to_le_bytes().len() {
        2 => ad_type::UUIDS_16[0],
        4 => ad_type::UUIDS_32[0],
        _ => ad_type::UUIDS_128[0],
    }
}

fn data_of(uuid: Uuid) -> u8 {
    match uuid.to_le_bytes().len() {
        2 => ad_type::SERVICE_DATA_16,
        4 => ad_type::SERVICE_DATA_32,
        _ => ad_type::SERVICE_DATA_128,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{local_name, manufacturer_data, service_uuids, structures};
    use super::*;

    #[test]
    fn facts_are_read_as_they_are_written() {
        let long: Uuid = "ADAB0000-6E7D-4601-BDA2-BFFAA68956BA".parse().unwrap();
        let medium: Uuid = "1234180F".parse().unwrap();
        for uuid in [Uuid::short(0x180F), medium, long] {
            for fact in [Fact::Service(uuid), Fact::ServiceData(uuid, b"\x07"), Fact::ServiceData(uuid, b"")]
            {
                let structure = fact.structure();
                assert_eq!(service_uuids(structure.as_slice()).collect::<Vec<_>>(), [uuid], "{fact:?}");
            }
        }
        let name = Fact::Name(b"Nymi").structure();
        assert_eq!(local_name(name.as_slice()), Some(&b"Nymi"[..]));
        let data = Fact::Manufacturer(0x075B, b"\x01\x02").structure();
        assert_eq!(data.as_slice(), b"\x05\xFF\x5B\x07\x01\x02");
    }

    #[test]
    fn what_is_too_long_is_cut_and_stays_readable() {
        let long = [b'n'; 300];
        let name = Fact::Name(&long).structure();
        assert_eq!(local_name(name.as_slice()), Some(&long[..29]));
        let data = Fact::Manufacturer(0x075B, &long).structure();
        assert_eq!(manufacturer_data(data.as_slice()).collect::<Vec<_>>(), [(0x075B, &long[..27])]);
        for fact in [Fact::Name(&long), Fact::ServiceData(Uuid(1), &long)] {
            let structure = fact.structure();
            let mut walk = structures(structure.as_slice());
            assert_eq!((walk.by_ref().count(), walk.is_malformed()), (1, false));
        }
    }
}
