//! Packets of the LE link layer on the advertising channels, as sniffers give them: access
//! address, PDU, CRC, without preamble (Bluetooth Core Vol 6 Part B sections 2.1, 2.3 and 3.1.1).

use crate::advertising::address_from_le;

/// The access address of all primary advertising.
pub const ADVERTISING_ACCESS_ADDRESS: u32 = 0x8E89_BED6;

/// The longest payload of a legacy advertising PDU: an address and 31 bytes.
const LEGACY_PAYLOAD_MAX: usize = 37;

/// Access address, PDU header and CRC around the payload.
const AROUND_PAYLOAD: usize = 4 + 2 + 3;

/// What an advertising-channel PDU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PduType {
    /// Connectable, scannable, undirected.
    AdvInd,
    /// Connectable, directed to one peer.
    AdvDirectInd,
    /// Neither connectable nor scannable.
    AdvNonconnInd,
    /// A scanner asks for more: the RSSI is the scanner's.
    ScanReq,
    /// The advertiser's answer to a scan request.
    ScanRsp,
    /// A central connects: the RSSI is the central's.
    ConnectInd,
    /// Scannable, not connectable.
    AdvScanInd,
    /// Extended advertising (ADV_EXT_IND and its auxiliaries): the address may be elsewhere.
    Extended,
    /// Not defined.
    Reserved(u8),
}

impl PduType {
    /// From the first byte of the PDU.
    pub fn from_header(byte: u8) -> Self {
        match byte & 0x0F {
            0 => Self::AdvInd,
            1 => Self::AdvDirectInd,
            2 => Self::AdvNonconnInd,
            3 => Self::ScanReq,
            4 => Self::ScanRsp,
            5 => Self::ConnectInd,
            6 => Self::AdvScanInd,
            7 => Self::Extended,
            other => Self::Reserved(other),
        }
    }

    /// Whether the advertiser sent it, with its address (AdvA) first in the payload.
    pub fn is_from_advertiser(self) -> bool {
        matches!(
            self,
            Self::AdvInd | Self::AdvDirectInd | Self::AdvNonconnInd | Self::ScanRsp | Self::AdvScanInd
        )
    }
}

/// A packet with the advertising access address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvertisingPacket<'a> {
    /// What it is.
    pub pdu_type: PduType,
    /// TxAdd: the sender's address is random.
    pub random_address: bool,
    /// The payload by the header's length; `None` when the packet is shorter than that.
    payload: Option<&'a [u8]>,
    /// Whether the packet's CRC is that of its bytes; `None` when it is cut before its end.
    pub crc_holds: Option<bool>,
}

/// Why bytes are not a packet of an advertising channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdvertising {
    /// Shorter than access address and PDU header.
    #[error("shorter than an access address and a PDU header")]
    TooShort,
    /// A connection's packet, or a broken access address.
    #[error("the access address is not that of advertising")]
    OtherAccessAddress,
}

impl<'a> AdvertisingPacket<'a> {
    /// Reads a packet that starts with its access address. Bytes after the CRC are ignored.
    ///
    /// # Errors
    /// When it is no advertising packet at all; a packet that is merely cut or broken is given,
    /// so that its CRC verdict can be looked at first.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotAdvertising> {
        let (access, rest) = bytes.split_first_chunk::<4>().ok_or(NotAdvertising::TooShort)?;
        if u32::from_le_bytes(*access) != ADVERTISING_ACCESS_ADDRESS {
            return Err(NotAdvertising::OtherAccessAddress);
        }
        let (&[header, length], _) = rest.split_first_chunk::<2>().ok_or(NotAdvertising::TooShort)?;
        let pdu_len = 2 + usize::from(length);
        let pdu = rest.get(..pdu_len);
        let crc = rest.get(pdu_len..pdu_len + 3);
        let crc_holds = match (pdu, crc) {
            (Some(pdu), Some(&[a, b, c])) => Some(crc24(pdu) == u32::from_le_bytes([a, b, c, 0])),
            _ => None,
        };
        Ok(Self {
            pdu_type: PduType::from_header(header),
            random_address: header & 0x40 != 0,
            payload: pdu.and_then(|pdu| pdu.get(2..)),
            crc_holds,
        })
    }

    /// The advertiser's address, where the advertiser sent the PDU and its length is possible.
    pub fn advertiser(&self) -> Option<u64> {
        let payload = self.payload.filter(|p| p.len() <= LEGACY_PAYLOAD_MAX)?;
        let (address, _) = payload.split_first_chunk::<6>()?;
        self.pdu_type.is_from_advertiser().then(|| address_from_le(*address))
    }

    /// The AD structures of an advertisement or scan response; none in a directed one.
    pub fn data(&self) -> &'a [u8] {
        match self.pdu_type {
            PduType::AdvInd | PduType::AdvNonconnInd | PduType::ScanRsp | PduType::AdvScanInd => {
                self.payload.and_then(|p| p.get(6..)).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// The CRC of an advertising PDU (header and payload) with the initial value 0x555555, as the
/// three bytes after the PDU give it least significant first.
pub fn crc24(pdu: &[u8]) -> u32 {
    // Bits go out least significant first, so the register is kept mirrored: 0x555555 becomes
    // 0xAAAAAA and the polynomial 0x00065B becomes 0xDA6000.
    let mut register = 0x00AA_AAAAu32;
    for &byte in pdu {
        register ^= u32::from(byte);
        for _ in 0..8 {
            let carry = register & 1;
            register >>= 1;
            if carry != 0 {
                register ^= 0x00DA_6000;
            }
        }
    }
    register
}

/// Builds a packet with its CRC: for tests and simulators.
pub fn encode(header: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::with_capacity(AROUND_PAYLOAD + payload.len());
    packet.extend_from_slice(&ADVERTISING_ACCESS_ADDRESS.to_le_bytes());
    packet.push(header);
    packet.push(u8::try_from(payload.len()).unwrap_or(u8::MAX));
    packet.extend_from_slice(payload);
    let crc = crc24(&packet[4..]);
    packet.extend_from_slice(&crc.to_le_bytes()[..3]);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An ADV_IND captured by an Ubertooth (MIT-LL data set, CC BY 4.0), CRC included.
    const REAL: [u8; 45] = [
        0xd6, 0xbe, 0x89, 0x8e, 0x40, 0x24, 0x73, 0x72, 0xdf, 0xa6, 0x40, 0x7d, 0x02, 0x01, 0x1a, 0x02, 0x0a,
        0x08, 0x0b, 0x09, 0x54, 0x65, 0x73, 0x74, 0x50, 0x68, 0x6f, 0x6e, 0x65, 0x31, 0x0b, 0xff, 0x4c, 0x00,
        0x10, 0x06, 0x77, 0x1e, 0xbe, 0x8a, 0xc1, 0xba, 0x89, 0x6a, 0x7b,
    ];

    #[test]
    fn a_real_packet_has_a_good_crc_and_its_address() {
        let packet = AdvertisingPacket::parse(&REAL).unwrap();
        assert_eq!(packet.pdu_type, PduType::AdvInd);
        assert_eq!(packet.crc_holds, Some(true));
        assert_eq!(packet.advertiser(), Some(0x7D40_A6DF_7273));
        assert!(packet.random_address);
        assert_eq!(crate::advertising::local_name(packet.data()), Some(&b"TestPhone1"[..]));
    }

    #[test]
    fn every_flipped_bit_breaks_the_crc() {
        for bit in 48..REAL.len() * 8 {
            let mut bytes = REAL;
            bytes[bit / 8] ^= 1 << (bit % 8);
            let packet = AdvertisingPacket::parse(&bytes).unwrap();
            assert_eq!(packet.crc_holds, Some(false), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_is_seen() {
        for cut in 0..REAL.len() {
            match AdvertisingPacket::parse(&REAL[..cut]) {
                Err(NotAdvertising::TooShort) => assert!(cut < 6),
                other => assert_eq!(other.unwrap().crc_holds, None, "cut at {cut}"),
            }
        }
    }

    #[test]
    fn only_advertisers_give_an_address() {
        let address = [1, 2, 3, 4, 5, 0xC6];
        for header in 0..16 {
            let bytes = encode(header, &address);
            let packet = AdvertisingPacket::parse(&bytes).unwrap();
            let expected = [0, 1, 2, 4, 6].contains(&header).then_some(0xC605_0403_0201);
            assert_eq!(packet.advertiser(), expected, "type {header}");
            assert_eq!(packet.crc_holds, Some(true));
        }
    }

    #[test]
    fn impossible_lengths_give_no_address() {
        for len in [0, 5, 38, 255] {
            let bytes = encode(0, &vec![7; len]);
            assert_eq!(AdvertisingPacket::parse(&bytes).unwrap().advertiser(), None, "length {len}");
        }
    }

    #[test]
    fn data_channels_are_told_apart() {
        let mut bytes = REAL;
        bytes[0] ^= 1;
        assert_eq!(AdvertisingPacket::parse(&bytes), Err(NotAdvertising::OtherAccessAddress));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = AdvertisingPacket::parse(&bytes);
            if let Some(access) = bytes.first_chunk_mut() {
                *access = ADVERTISING_ACCESS_ADDRESS.to_le_bytes();
            }
            if let Ok(packet) = AdvertisingPacket::parse(&bytes) {
                let _ = (packet.advertiser(), packet.data().len());
            }
        }

        #[test]
        fn what_is_encoded_parses(header in any::<u8>(), payload in proptest::collection::vec(any::<u8>(), 0..256)) {
            let bytes = encode(header, &payload);
            let packet = AdvertisingPacket::parse(&bytes).unwrap();
            prop_assert_eq!(packet.crc_holds, Some(true));
        }
    }
}
