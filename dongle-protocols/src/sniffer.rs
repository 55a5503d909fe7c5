//! What sniffers put before a link-layer packet: the nRF Sniffer's header (LINKTYPE_NORDIC_BLE,
//! 272) and the pseudo-header of Ubertooth, Sniffle and others (LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR,
//! 256). Layouts by the registry of link types and the nRF Sniffer's UART protocol description.

/// The sniffer's own word on a packet's CRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcVerdict {
    /// Checked and right.
    Good,
    /// Checked and wrong.
    Bad,
    /// The sniffer does not say: compute it.
    Unknown,
}

/// A packet with what the sniffer knows about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sniffed<'a> {
    /// dBm as the sniffer measured it; −255…0 from nRF, −128…127 otherwise.
    pub rssi_dbm: i16,
    /// The sniffer's word on the CRC.
    pub crc: CrcVerdict,
    /// Whether it came on the LE 1M PHY, the only one that legacy advertising uses.
    pub is_1m: bool,
    /// The packet from its access address on.
    pub packet: &'a [u8],
}

/// Why a record of a sniffer file holds no packet with a signal strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPacket {
    /// Cut, or lengths that contradict each other.
    #[error("cut or broken sniffer header")]
    Malformed,
    /// A message of the sniffer about itself.
    #[error("a message of the sniffer, not a packet")]
    OtherMessage,
    /// The sniffer did not measure the signal strength.
    #[error("without a valid signal strength")]
    NoSignal,
}

/// EVENT_PACKET_ADVERTISING of protocol version 3.
const NORDIC_ADVERTISING: u8 = 0x02;
/// EVENT_PACKET: any packet before version 3, a connection's since.
const NORDIC_PACKET: u8 = 0x06;
/// Length byte, flags, channel, RSSI, event counter, time.
const NORDIC_EVENT_LEN: usize = 10;

/// Reads a record of link type 272: protocol versions 1, 2 and 3. Version 1 counts the header's
/// length, later ones give the payload's length two bytes; where version 2 has the time since
/// the packet before, version 3 has the sniffer's clock (neither is needed: the file's own time
/// stamps come from them).
///
/// # Errors
/// When the record holds no packet, or is cut.
pub fn nordic(record: &[u8]) -> Result<Sniffed<'_>, NoPacket> {
    let (&[_board, a, b, version, _, _, id], payload) =
        record.split_first_chunk::<7>().ok_or(NoPacket::Malformed)?;
    let payload_len = match version {
        1 if a == 6 => usize::from(b),
        2 | 3 => usize::from(u16::from_le_bytes([a, b])),
        _ => return Err(NoPacket::Malformed),
    };
    if id != NORDIC_PACKET && !(version == 3 && id == NORDIC_ADVERTISING) {
        return Err(NoPacket::OtherMessage);
    }
    let payload = payload.get(..payload_len).ok_or(NoPacket::Malformed)?;
    let (event, packet) = payload.split_first_chunk::<NORDIC_EVENT_LEN>().ok_or(NoPacket::Malformed)?;
    let [event_len, flags, _channel, rssi, ..] = *event;
    if usize::from(event_len) != NORDIC_EVENT_LEN {
        return Err(NoPacket::Malformed);
    }
    Ok(Sniffed {
        rssi_dbm: -i16::from(rssi),
        crc: if flags & 1 != 0 { CrcVerdict::Good } else { CrcVerdict::Bad },
        is_1m: flags >> 4 & 0b111 == 0,
        packet,
    })
}

/// Flags of the pseudo-header.
mod phdr {
    pub const DEWHITENED: u16 = 0x0001;
    pub const SIGNAL_VALID: u16 = 0x0002;
    pub const CRC_CHECKED: u16 = 0x0400;
    pub const CRC_VALID: u16 = 0x0800;
    pub const PHY_SHIFT: u32 = 14;
}

/// Reads a record of link type 256.
///
/// # Errors
/// When the record is cut or has no valid signal strength.
pub fn with_phdr(record: &[u8]) -> Result<Sniffed<'_>, NoPacket> {
    let (&[_channel, signal, _noise, _offenses, _, _, _, _, flags_low, flags_high], packet) =
        record.split_first_chunk::<10>().ok_or(NoPacket::Malformed)?;
    let flags = u16::from_le_bytes([flags_low, flags_high]);
    if flags & phdr::SIGNAL_VALID == 0 {
        return Err(NoPacket::NoSignal);
    }
    let crc = match (flags & phdr::CRC_CHECKED != 0, flags & phdr::CRC_VALID != 0) {
        (true, false) => CrcVerdict::Bad,
        // Where the bytes are not said to be de-whitened, only their CRC shows that they are.
        (true, true) if flags & phdr::DEWHITENED != 0 => CrcVerdict::Good,
        _ => CrcVerdict::Unknown,
    };
    let rssi_dbm = i16::from(i8::from_le_bytes([signal]));
    Ok(Sniffed { rssi_dbm, crc, is_1m: flags >> phdr::PHY_SHIFT == 0, packet })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first record of a real nRF Sniffer capture (MIT-LL data set, CC BY 4.0): −90 dBm,
    /// channel 37, CRC not good.
    const NORDIC_V2: [u8; 63] = [
        0x0b, 0x38, 0x00, 0x02, 0x29, 0x00, 0x06, 0x0a, 0x00, 0x25, 0x5a, 0x00, 0x00, 0xc1, 0x01, 0x00, 0x00,
        0xd6, 0xbe, 0x89, 0x8e, 0x42, 0x25, 0x49, 0x09, 0x1b, 0xd7, 0xdc, 0x05, 0x1e, 0x7f, 0x06, 0x00, 0x01,
        0x09, 0x20, 0x02, 0xbb, 0x82, 0xb2, 0x52, 0xc8, 0xe6, 0x4a, 0x0e, 0x58, 0x77, 0x68, 0x53, 0x62, 0x3b,
        0x91, 0x13, 0x3c, 0xd5, 0xb5, 0x0e, 0xaf, 0x74, 0x6e, 0xd5, 0x7b, 0xa5,
    ];

    #[test]
    fn a_real_nordic_record_is_read() {
        let sniffed = nordic(&NORDIC_V2).unwrap();
        assert_eq!((sniffed.rssi_dbm, sniffed.crc, sniffed.is_1m), (-90, CrcVerdict::Bad, true));
        assert_eq!(sniffed.packet, &NORDIC_V2[17..]);
    }

    #[test]
    fn versions_differ_in_lengths_and_message_numbers() {
        let mut v1 = NORDIC_V2;
        v1[1..4].copy_from_slice(&[6, 0x38, 1]);
        assert_eq!(nordic(&v1), nordic(&NORDIC_V2));
        let mut v3 = NORDIC_V2;
        v3[3] = 3;
        assert_eq!(nordic(&v3), nordic(&NORDIC_V2));
        v3[6] = NORDIC_ADVERTISING;
        assert_eq!(nordic(&v3), nordic(&NORDIC_V2));
        let mut v2 = NORDIC_V2;
        v2[6] = NORDIC_ADVERTISING;
        assert_eq!(nordic(&v2), Err(NoPacket::OtherMessage));
        v2[3] = 9;
        assert_eq!(nordic(&v2), Err(NoPacket::Malformed));
    }

    #[test]
    fn flags_give_crc_and_phy() {
        let mut record = NORDIC_V2;
        record[8] = 0x11;
        let sniffed = nordic(&record).unwrap();
        assert_eq!((sniffed.crc, sniffed.is_1m), (CrcVerdict::Good, false));
    }

    #[test]
    fn every_cut_nordic_record_is_malformed() {
        for cut in 0..NORDIC_V2.len() {
            assert_eq!(nordic(&NORDIC_V2[..cut]), Err(NoPacket::Malformed), "cut at {cut}");
        }
    }

    fn phdr_record(flags: u16) -> Vec<u8> {
        let mut record = vec![0, 0xE4, 0x80, 0, 0xd6, 0xbe, 0x89, 0x8e];
        record.extend(flags.to_le_bytes());
        record.extend(b"packet");
        record
    }

    #[test]
    fn pseudo_header_flags_decide() {
        use CrcVerdict::{Bad, Good, Unknown};
        for (flags, crc) in
            [(0x0037, Unknown), (0x0837, Unknown), (0x0437, Bad), (0x0C37, Good), (0x0C36, Unknown)]
        {
            let record = phdr_record(flags);
            let sniffed = with_phdr(&record).unwrap();
            assert_eq!((sniffed.rssi_dbm, sniffed.crc, sniffed.is_1m), (-28, crc, true), "{flags:04x}");
            assert_eq!(sniffed.packet, b"packet");
        }
        assert_eq!(with_phdr(&phdr_record(0x0035)), Err(NoPacket::NoSignal));
        assert!(!with_phdr(&phdr_record(0x4037)).unwrap().is_1m);
        for cut in 0..10 {
            assert_eq!(with_phdr(&phdr_record(0x0037)[..cut]), Err(NoPacket::Malformed));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), version in 0u8..5) {
            let _ = with_phdr(&bytes);
            let _ = nordic(&bytes);
            if let Some(byte) = bytes.get_mut(3) {
                *byte = version;
            }
            let _ = nordic(&bytes);
        }
    }
}
