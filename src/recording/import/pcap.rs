//! pcap, tcpdump's capture file: either endianness, microseconds or nanoseconds
//! (draft-ietf-opsawg-pcap).

use std::io::Read;

use super::bytes::{Endian, Filled, MAX_RECORD, fill};
use super::collector::{Collector, LinkType};
use super::{ImportError, Imported, Loss};

/// Reads a file from its first byte on.
pub(super) fn read(mut input: impl Read) -> Result<Imported, ImportError> {
    let mut header = Vec::new();
    if fill(&mut input, &mut header, 24)? != Filled::Whole {
        return Err(ImportError::Unusable("a pcap file that ends in its header".into()));
    }
    let (endian, per_us) = match header.first_chunk::<4>() {
        Some([0xA1, 0xB2, 0xC3, 0xD4]) => (Endian::Big, 1),
        Some([0xD4, 0xC3, 0xB2, 0xA1]) => (Endian::Little, 1),
        Some([0xA1, 0xB2, 0x3C, 0x4D]) => (Endian::Big, 1000),
        Some([0x4D, 0x3C, 0xB2, 0xA1]) => (Endian::Little, 1000),
        _ => return Err(ImportError::Unusable("not a pcap file".into())),
    };
    // The upper half of the field says how long a frame check sequence is.
    let number = endian.u32(&header, 20).unwrap_or_default() & 0xFFFF;
    let link = LinkType::from_number(number).ok_or_else(|| unsupported(number))?;
    let mut collector = Collector::new(format!("pcap, {}", link.words()));
    let mut body = Vec::new();
    for packet in 1u64.. {
        let place = || format!("in packet {packet}");
        match fill(&mut input, &mut header, 16)? {
            Filled::Whole => {}
            Filled::Nothing => break,
            Filled::Cut => {
                collector.imported.loss = Some(Loss::CutOff(place()));
                break;
            }
        }
        let field = |at| endian.u32(&header, at).unwrap_or_default();
        let time_us = i64::from(field(0)) * 1_000_000 + i64::from(field(4)) / per_us;
        let len = usize::try_from(field(8)).unwrap_or(usize::MAX);
        if len > MAX_RECORD {
            collector.imported.loss = Some(Loss::Damaged(place()));
            break;
        }
        if fill(&mut input, &mut body, len)? != Filled::Whole {
            collector.imported.loss = Some(Loss::CutOff(place()));
            break;
        }
        collector.packet(Some(link), Some(time_us), &body);
    }
    Ok(collector.imported)
}

/// Words for a capture of something else.
pub(super) fn unsupported(number: u32) -> ImportError {
    let why = match number {
        251 => " (BLE link layer without signal strengths)",
        1 => " (Ethernet)",
        _ => "",
    };
    ImportError::Unusable(format!(
        "a capture of link type {number}{why}: it holds no Bluetooth LE signal strengths that this tool knows (link types 272, 256, 201 and 187 do)"
    ))
}

#[cfg(test)]
mod tests {
    use dongle_protocols::link_layer::encode;
    use proptest::prelude::*;

    use super::*;

    fn packet() -> Vec<u8> {
        [&[0, 0xC3, 0, 0, 0, 0, 0, 0, 3, 0][..], &encode(0, &[1, 2, 3, 4, 5, 0xC6])].concat()
    }

    fn file(magic: u32, big: bool, link: u32, times: &[(u32, u32)]) -> Vec<u8> {
        let number = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut bytes = number(magic).to_vec();
        bytes.extend([0; 16]);
        bytes.extend(number(link));
        for (seconds, fraction) in times {
            let len = number(u32::try_from(packet().len()).unwrap());
            bytes.extend([number(*seconds), number(*fraction), len, len].concat());
            bytes.extend(packet());
        }
        bytes
    }

    #[test]
    fn both_endiannesses_and_both_units_give_the_same() {
        for big in [false, true] {
            for (magic, fraction) in [(0xA1B2_C3D4, 250_000), (0xA1B2_3C4D, 250_000_999)] {
                let bytes = file(magic, big, 256, &[(1_600_000_000, fraction), (4_000_000_000, 0)]);
                let imported = read(&bytes[..]).unwrap();
                let times: Vec<_> = imported.samples.iter().map(|h| h.time_us).collect();
                assert_eq!(times, [1_600_000_000_250_000, 4_000_000_000_000_000]);
                assert_eq!(imported.loss, None);
            }
        }
    }

    #[test]
    fn every_truncation_keeps_the_whole_packets_and_is_a_loss() {
        let bytes = file(0xA1B2_C3D4, false, 256, &[(1, 0), (2, 0)]);
        let one = 24 + 16 + packet().len();
        for cut in 0..bytes.len() {
            match read(&bytes[..cut]) {
                Err(ImportError::Unusable(_)) => assert!(cut < 24),
                other => {
                    let imported = other.unwrap();
                    assert_eq!(imported.samples.len(), usize::from(cut >= one), "cut at {cut}");
                    assert_eq!(imported.loss.is_some(), cut != 24 && cut != one, "cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn captures_of_other_things_are_refused() {
        let bytes = file(0xA1B2_C3D4, false, 1, &[(1, 0)]);
        assert!(read(&bytes[..]).unwrap_err().to_string().contains("Ethernet"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
            for link in [272, 256, 201, 187] {
                let mut bytes = file(0xA1B2_C3D4, false, link, &[]);
                bytes.extend(&tail);
                let _ = read(&bytes[..]);
            }
            let _ = read(&tail[..]);
        }
    }
}
