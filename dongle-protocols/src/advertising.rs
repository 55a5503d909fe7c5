//! Advertising data: the AD structures inside an advertisement or scan response, and what kind of
//! address an advertiser uses (Bluetooth Core Vol 3 Part C section 11, Vol 6 Part B section 1.3;
//! numbers from the Supplement, Part A). Nothing here allocates.

mod encode;
mod uuid;

use crate::inline_bytes::InlineBytes;
pub use encode::Fact;
pub use uuid::{NotAUuid, Uuid};

/// The AD structures of one legacy advertisement or scan response, which carry 31 bytes at most
/// (Bluetooth Core Vol 6 Part B section 2.3.1).
pub type AdvertisingData = InlineBytes<31>;

/// AD types (Assigned Numbers, "Common Data Types").
mod ad_type {
    pub const FLAGS: u8 = 0x01;
    pub const UUIDS_16: [u8; 2] = [0x02, 0x03];
    pub const UUIDS_32: [u8; 2] = [0x04, 0x05];
    pub const UUIDS_128: [u8; 2] = [0x06, 0x07];
    pub const SHORT_NAME: u8 = 0x08;
    pub const COMPLETE_NAME: u8 = 0x09;
    pub const TX_POWER: u8 = 0x0A;
    pub const SERVICE_DATA_16: u8 = 0x16;
    pub const SERVICE_DATA_32: u8 = 0x20;
    pub const SERVICE_DATA_128: u8 = 0x21;
    pub const MANUFACTURER: u8 = 0xFF;
}

/// One AD structure: its type and its data without length and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Structure<'a> {
    /// The AD type.
    pub kind: u8,
    /// What follows the type; may be empty.
    pub data: &'a [u8],
}

/// The AD structures of one packet, in order. A length of 0 ends the data early, as the
/// specification says; a length that runs past the end stops it and marks it malformed.
#[derive(Clone, Debug)]
pub struct Structures<'a> {
    rest: &'a [u8],
    malformed: bool,
}

/// Walks through advertising data.
pub fn structures(data: &[u8]) -> Structures<'_> {
    Structures { rest: data, malformed: false }
}

impl Structures<'_> {
    /// Whether the walk so far ran into a length that passes the end; what was given before stands.
    pub fn is_malformed(&self) -> bool {
        self.malformed
    }
}

impl<'a> Iterator for Structures<'a> {
    type Item = Structure<'a>;

    fn next(&mut self) -> Option<Structure<'a>> {
        let (&len, rest) = std::mem::take(&mut self.rest).split_first()?;
        if len == 0 {
            return None;
        }
        let Some((body, rest)) = rest.split_at_checked(usize::from(len)) else {
            self.malformed = true;
            return None;
        };
        self.rest = rest;
        let (&kind, data) = body.split_first()?;
        Some(Structure { kind, data })
    }
}

/// The advertiser's name: the complete one where there is one, else a shortened one. UTF-8 says
/// the specification; radios say anything, so these are bytes.
pub fn local_name(data: &[u8]) -> Option<&[u8]> {
    let named = |kind| structures(data).find(|s| s.kind == kind).map(|s| s.data);
    named(ad_type::COMPLETE_NAME).or_else(|| named(ad_type::SHORT_NAME))
}

/// What is kept of any packet's data: the data themselves where they fit a legacy packet, of longer
/// ones (extended advertising) each structure, in order, for which there is room.
pub fn kept(data: &[u8]) -> AdvertisingData {
    if let Ok(all) = AdvertisingData::new(data) {
        return all;
    }
    let mut kept = AdvertisingData::EMPTY;
    let mut rest = data;
    while let Some((&len, _)) = rest.split_first().filter(|(len, _)| **len > 0) {
        let Some((structure, after)) = rest.split_at_checked(usize::from(len) + 1) else { break };
        // One that is too long leaves its room to those behind it.
        let _ = kept.extend(structure);
        rest = after;
    }
    kept
}

/// All service UUIDs: of the lists (types 02 to 07) and of service data (16, 20, 21).
pub fn service_uuids(data: &[u8]) -> impl Iterator<Item = Uuid> + '_ {
    structures(data).flat_map(|structure| {
        let (width, bytes) = uuid_bytes(structure);
        bytes.chunks_exact(width).filter_map(Uuid::from_le_bytes)
    })
}

/// The width of the UUIDs in a structure and the bytes that hold them; none for other types.
fn uuid_bytes(structure: Structure<'_>) -> (usize, &[u8]) {
    let first = |width: usize| structure.data.get(..width).unwrap_or_default();
    match structure.kind {
        kind if ad_type::UUIDS_16.contains(&kind) => (2, structure.data),
        kind if ad_type::UUIDS_32.contains(&kind) => (4, structure.data),
        kind if ad_type::UUIDS_128.contains(&kind) => (16, structure.data),
        ad_type::SERVICE_DATA_16 => (2, first(2)),
        ad_type::SERVICE_DATA_32 => (4, first(4)),
        ad_type::SERVICE_DATA_128 => (16, first(16)),
        _ => (1, &[]),
    }
}

/// Manufacturer data: company id and payload, once for each such structure.
pub fn manufacturer_data(data: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    structures(data).filter(|s| s.kind == ad_type::MANUFACTURER).filter_map(|s| {
        let (company, payload) = s.data.split_first_chunk::<2>()?;
        Some((u16::from_le_bytes(*company), payload))
    })
}

/// The Flags byte: bit 0 limited, bit 1 general discoverable, bit 2 no BR/EDR.
pub fn flags(data: &[u8]) -> Option<u8> {
    structures(data).find(|s| s.kind == ad_type::FLAGS).and_then(|s| s.data.first().copied())
}

/// The transmit power the advertiser claims, in dBm.
pub fn tx_power_dbm(data: &[u8]) -> Option<i8> {
    let byte = structures(data).find(|s| s.kind == ad_type::TX_POWER)?.data.first().copied()?;
    Some(i8::from_le_bytes([byte]))
}

/// Whether an address is registered with the IEEE or drawn by the device: the TxAdd bit of a
/// packet, and the address type of most dongles' reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressType {
    /// Registered.
    Public,
    /// Drawn by the device.
    Random,
}

/// What kind of address an advertiser uses: whether it can be recognised tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// Registered with the IEEE; never changes.
    Public,
    /// Random, and the same at least until the device restarts.
    StaticRandom,
    /// Random and changing, typically every 15 minutes; recognisable with a key only.
    Resolvable,
    /// Random and changing; not recognisable.
    NonResolvable,
    /// Random with the reserved top bits 10.
    Reserved,
}

impl AddressKind {
    /// From the address type bit of the packet and the two top bits of the 48-bit address.
    pub fn of(random: bool, address: u64) -> Self {
        if !random {
            return Self::Public;
        }
        match address >> 46 & 0b11 {
            0b11 => Self::StaticRandom,
            0b01 => Self::Resolvable,
            0b00 => Self::NonResolvable,
            _ => Self::Reserved,
        }
    }

    /// For people: `public`, `static random`, `resolvable`, `non-resolvable` or `reserved`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::StaticRandom => "static random",
            Self::Resolvable => "resolvable",
            Self::NonResolvable => "non-resolvable",
            Self::Reserved => "reserved",
        }
    }

    /// Whether a filter by this address still finds the device after it changed its address.
    pub fn is_lasting(self) -> bool {
        matches!(self, Self::Public | Self::StaticRandom)
    }
}

/// A 48-bit address as six bytes, least significant first; bits above 48 are left out.
pub fn address_to_le(address: u64) -> [u8; 6] {
    let [a, b, c, d, e, f, _, _] = address.to_le_bytes();
    [a, b, c, d, e, f]
}

/// A 48-bit address from its six bytes, least significant first, as packets carry it.
pub fn address_from_le(bytes: [u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = bytes;
    u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A whole advertisement of a HibouAIR sensor: flags and manufacturer data.
    const HIBOUAIR: &[u8] =
        b"\x02\x01\x06\x1B\xFF\x5B\x07\x05\x04\x22\x01\x3F\xBD\x00\x7D\x27\xE0\x00\xBB\x00\xF4\x19\x00\x00\x00\x00\x00\x00\x02\x0A\x02";

    #[test]
    fn a_real_advertisement_is_read_whole() {
        let mut walk = structures(HIBOUAIR);
        assert_eq!(walk.by_ref().map(|s| (s.kind, s.data.len())).collect::<Vec<_>>(), [(1, 1), (0xFF, 26)]);
        assert!(!walk.is_malformed());
        assert_eq!(flags(HIBOUAIR), Some(6));
        let (company, payload) = manufacturer_data(HIBOUAIR).next().unwrap();
        assert_eq!((company, payload.len()), (0x075B, 24));
        assert_eq!((local_name(HIBOUAIR), tx_power_dbm(HIBOUAIR)), (None, None));
        assert_eq!(tx_power_dbm(b"\x02\x0A\xF0"), Some(-16));
    }

    #[test]
    fn a_complete_name_wins_and_a_type_may_come_twice() {
        let data =
            b"\x03\x08Bl\x07\x09BleuIO\x03\x16\x0A\x18\x03\x03\x0F\x18\x03\xFF\xB2\x01\x03\xFF\x4C\x00";
        assert_eq!(local_name(data), Some(&b"BleuIO"[..]));
        assert_eq!(service_uuids(data).collect::<Vec<_>>(), [Uuid::short(0x180A), Uuid::short(0x180F)]);
        assert_eq!(manufacturer_data(data).map(|m| m.0).collect::<Vec<_>>(), [0x01B2, 0x004C]);
    }

    #[test]
    fn truncation_keeps_what_was_whole_and_says_so() {
        assert_eq!(HIBOUAIR.len(), 31);
        for cut in 0..HIBOUAIR.len() {
            let mut walk = structures(&HIBOUAIR[..cut]);
            assert_eq!(walk.by_ref().count(), usize::from(cut >= 3));
            assert_eq!(walk.is_malformed(), cut != 0 && cut != 3, "cut at {cut}");
        }
    }

    #[test]
    fn of_long_data_each_structure_that_fits_is_kept() {
        assert_eq!(kept(HIBOUAIR).as_slice(), HIBOUAIR);
        let mut long = vec![30, 0xFF];
        long.extend([7; 29]);
        long.extend(b"\x03\x03\x0F\x18\x07\x09BleuIO");
        assert_eq!(kept(&long).as_slice(), &long[..31]);
        long[0] = 40;
        long.splice(2..2, [7; 10]);
        assert_eq!(kept(&long).as_slice(), b"\x03\x03\x0F\x18\x07\x09BleuIO");
        long.truncate(45);
        assert_eq!(kept(&long).as_slice(), b"\x03\x03\x0F\x18");
    }

    #[test]
    fn a_zero_length_ends_the_data() {
        let mut walk = structures(b"\x02\x01\x06\x00\x02\x0A\x02");
        assert_eq!(walk.by_ref().count(), 1);
        assert!(!walk.is_malformed());
    }

    #[test]
    fn the_top_bits_tell_the_kind_of_address() {
        assert_eq!(AddressKind::of(false, 0xC605_0403_0201), AddressKind::Public);
        assert_eq!(AddressKind::of(true, 0xC605_0403_0201), AddressKind::StaticRandom);
        assert_eq!(AddressKind::of(true, 0x431F_CAA7_DF08), AddressKind::Resolvable);
        assert_eq!(AddressKind::of(true, 0x05DC_D71B_0949), AddressKind::NonResolvable);
        assert_eq!(AddressKind::of(true, 0x8000_0000_0000), AddressKind::Reserved);
        assert!(AddressKind::Public.is_lasting() && !AddressKind::Resolvable.is_lasting());
        assert_eq!(address_from_le([1, 2, 3, 4, 5, 0xC6]), 0xC605_0403_0201);
        assert_eq!(address_to_le(0xC605_0403_0201), [1, 2, 3, 4, 5, 0xC6]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            let total: usize = structures(&data).map(|s| s.data.len() + 2).sum();
            prop_assert!(total <= data.len());
            let _ = (local_name(&data), flags(&data), tx_power_dbm(&data));
            let _ = (service_uuids(&data).count(), manufacturer_data(&data).count());
        }
    }
}
