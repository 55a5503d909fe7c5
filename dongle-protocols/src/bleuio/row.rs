//! One advertisement as the dongle tells it, whichever mode it speaks.

use crate::advertising::AddressType;

/// The longest AD data of one packet (Bluetooth Core Vol 6 Part B 2.3.4.9).
const DATA_MAX: usize = 255;

/// Space that a decoder lends to the row it reads, so that AD data need no allocation.
pub(super) type Scratch = [u8; DATA_MAX];

/// A fresh one.
pub(super) const SCRATCH: Scratch = [0; DATA_MAX];

/// The bounds of an RSSI in dBm that a radio can give (Bluetooth Core Vol 4 Part E, 7.7.65.2).
pub const RSSI_RANGE_DBM: std::ops::RangeInclusive<i64> = -127..=20;

/// RSSI "not available" in the same place.
const NO_RSSI: i64 = 127;

/// What the dongle heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The advertiser's 48-bit address.
    pub address: u64,
    /// `None` when the row does not say, as rows of `AT+FINDSCANDATA` do not without `ATSAT1`.
    pub address_type: Option<AddressType>,
    /// dBm, within [`RSSI_RANGE_DBM`]; `None` when the row has none, as rows of
    /// `AT+FINDSCANDATA` before `AT+SHOWRSSI=1`.
    pub rssi_dbm: Option<i8>,
    /// Advertisement or scan response, when the row says.
    pub packet: Option<Packet>,
    /// AD structures; `None` in rows of `AT+GAPSCAN`.
    pub data: Option<&'a [u8]>,
    /// The name as the dongle read it out of the AD structures; JSON escapes are left in.
    pub name: Option<&'a [u8]>,
}

/// Which packet a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// `[ADV]`, or type 0 to 3 (the event types of HCI and of the dongle's chip vendor's SDK).
    Advertisement,
    /// `[RESP]`, or type 4 by the same numbering: no document of the dongle confirms it.
    ScanResponse,
    /// Another type in verbose mode.
    Other(i64),
}

impl Packet {
    /// From `type` of a verbose row.
    pub(super) fn from_type(number: i64) -> Self {
        match number {
            0..=3 => Self::Advertisement,
            4 => Self::ScanResponse,
            other => Self::Other(other),
        }
    }
}

/// The RSSI field of a row; `Err` when no radio can have measured it, so that the row is torn.
pub(super) fn rssi(value: i64) -> Result<Option<i8>, NotARow> {
    match i8::try_from(value) {
        _ if value == NO_RSSI => Ok(None),
        Ok(dbm) if RSSI_RANGE_DBM.contains(&value) => Ok(Some(dbm)),
        _ => Err(NotARow),
    }
}

/// A line begins like a row and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotARow;

/// The length of `AA:BB:CC:DD:EE:FF`.
pub(super) const ADDRESS_LEN: usize = 17;

/// `AA:BB:CC:DD:EE:FF`, most significant byte first.
pub(super) fn address(text: &[u8]) -> Option<u64> {
    if text.len() != ADDRESS_LEN {
        return None;
    }
    text.chunks(3).try_fold(0u64, |address, part| {
        let byte = hex_byte(part)?;
        matches!(part.get(2), None | Some(b':')).then_some(address << 8 | u64::from(byte))
    })
}

/// An address with or without `[0]` public or `[1]` random before it.
pub(super) fn typed_address(text: &[u8]) -> Option<(Option<AddressType>, u64)> {
    let (address_type, bare) = match text {
        [b'[', b'0', b']', bare @ ..] => (Some(AddressType::Public), bare),
        [b'[', b'1', b']', bare @ ..] => (Some(AddressType::Random), bare),
        bare => (None, bare),
    };
    Some((address_type, address(bare)?))
}

/// Hexadecimal AD data into the scratch space.
pub(super) fn ad_data<'a>(hex: &[u8], scratch: &'a mut Scratch) -> Option<&'a [u8]> {
    let into = scratch.get_mut(..hex.len() / 2)?;
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    for (byte, pair) in into.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = hex_byte(pair)?;
    }
    Some(into)
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let digit = |at: usize| {
        let digit = char::from(*pair.get(at)?).to_digit(16)?;
        u8::try_from(digit).ok()
    };
    Some(digit(0)? << 4 | digit(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_with_and_without_their_type() {
        assert_eq!(
            typed_address(b"[1]30:63:C5:D0:B1:DE"),
            Some((Some(AddressType::Random), 0x3063_C5D0_B1DE))
        );
        assert_eq!(typed_address(b"00:07:80:81:44:94"), Some((None, 0x0007_8081_4494)));
        for text in ["[2]30:63:C5:D0:B1:DE", "30:63:C5:D0:B1", "30-63-C5-D0-B1-DE", "3G:63:C5:D0:B1:DE", ""] {
            assert_eq!(typed_address(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_rssi_is_one_a_radio_can_measure() {
        assert_eq!((rssi(-127), rssi(20), rssi(127)), (Ok(Some(-127)), Ok(Some(20)), Ok(None)));
        for impossible in [-128, 21, 126, 128, -570, i64::MIN] {
            assert_eq!(rssi(impossible), Err(NotARow));
        }
    }

    #[test]
    fn data_is_whole_bytes_and_no_longer_than_a_packet() {
        let mut scratch = SCRATCH;
        assert_eq!(ad_data(b"0201061bFF", &mut scratch), Some(&[2, 1, 6, 0x1B, 0xFF][..]));
        assert_eq!(ad_data(b"", &mut scratch), Some(&[][..]));
        assert_eq!(ad_data(b"020", &mut scratch), None);
        assert_eq!(ad_data(b"0x", &mut scratch), None);
        assert_eq!(ad_data(&b"00".repeat(256), &mut scratch), None);
    }
}
