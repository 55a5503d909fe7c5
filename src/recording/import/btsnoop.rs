//! btsnoop (RFC 1761's frame with Bluetooth's datalinks): Android's "HCI snoop log" and the like.

use std::io::Read;

use super::bytes::{Endian, Filled, MAX_RECORD, fill};
use super::collector::Collector;
use super::{ImportError, Imported, Loss, Skip};

/// HCI packets with their H4 indicator.
const DATALINK_H4: u32 = 1002;

/// Times count microseconds from midnight of 1 January in the year 0; this is 1970.
const UNIX_EPOCH_US: i64 = 0x00DC_DDB3_0F2F_8000;

/// Set in a record's flags when the controller sent it to the host.
const RECEIVED: u32 = 1;

/// Reads a file from its first byte on.
pub(super) fn read(mut input: impl Read) -> Result<Imported, ImportError> {
    let mut header = Vec::new();
    if fill(&mut input, &mut header, 16)? != Filled::Whole {
        return Err(ImportError::Unusable("a btsnoop file that ends in its header".into()));
    }
    let number = |at| Endian::Big.u32(&header, at).unwrap_or_default();
    let (version, datalink) = (number(8), number(12));
    if version != 1 || datalink != DATALINK_H4 {
        return Err(ImportError::Unusable(format!(
            "a btsnoop file of version {version} and datalink {datalink}; only version 1 with datalink 1002 (H4) can be read"
        )));
    }
    let mut collector = Collector::new("btsnoop, HCI");
    let mut body = Vec::new();
    for record in 1u64.. {
        let place = || format!("in record {record}");
        match fill(&mut input, &mut header, 24)? {
            Filled::Whole => {}
            Filled::Nothing => break,
            Filled::Cut => {
                collector.imported.loss = Some(Loss::CutOff(place()));
                break;
            }
        }
        let number = |at| Endian::Big.u32(&header, at).unwrap_or_default();
        let (original, included, flags) = (number(0), number(4), number(8));
        let time_us = Endian::Big.i64(&header, 16).and_then(|t| t.checked_sub(UNIX_EPOCH_US));
        let len = usize::try_from(included).unwrap_or(usize::MAX);
        if len > MAX_RECORD || included > original {
            collector.imported.loss = Some(Loss::Damaged(place()));
            break;
        }
        if fill(&mut input, &mut body, len)? != Filled::Whole {
            collector.imported.loss = Some(Loss::CutOff(place()));
            break;
        }
        match time_us {
            _ if flags & RECEIVED == 0 => collector.skip(Skip::OtherTraffic),
            Some(time_us) => collector.h4(time_us, &body),
            None => collector.skip(Skip::NoTime),
        }
    }
    Ok(collector.imported)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(records: &[(u32, i64, &[u8])]) -> Vec<u8> {
        let mut bytes = b"btsnoop\0\0\0\0\x01\0\0\x03\xEA".to_vec();
        for (flags, unix_us, body) in records {
            let len = u32::try_from(body.len()).unwrap().to_be_bytes();
            bytes.extend([len, len, flags.to_be_bytes(), [0; 4]].concat());
            bytes.extend((unix_us + UNIX_EPOCH_US).to_be_bytes());
            bytes.extend(*body);
        }
        bytes
    }

    /// An event with two legacy reports, −61 and −40 dBm.
    const EVENT: &[u8] =
        &[4, 0x3E, 22, 2, 2, 0, 1, 1, 2, 3, 4, 5, 0xC6, 0, 0xC3, 0, 1, 1, 2, 3, 4, 5, 0xC6, 0, 0xD8];

    #[test]
    fn received_reports_are_samples_at_their_time() {
        let bytes = file(&[(3, 1_600_000_000_000_000, EVENT), (2, 5, EVENT), (1, 6, &[2, 0]), (3, 7, &[])]);
        let imported = read(&bytes[..]).unwrap();
        let heard: Vec<_> = imported.samples.iter().map(|h| (h.time_us, h.sample.rssi_dbm)).collect();
        assert_eq!(heard, [(1_600_000_000_000_000, -61), (1_600_000_000_000_000, -40)]);
        assert_eq!(imported.skipped.of(Skip::OtherTraffic), 3);
        assert_eq!(imported.loss, None);
    }

    #[test]
    fn every_truncation_keeps_the_whole_records_and_is_a_loss() {
        let bytes = file(&[(3, 1, EVENT), (3, 2, EVENT)]);
        let one = 16 + 24 + EVENT.len();
        for cut in 0..bytes.len() {
            match read(&bytes[..cut]) {
                Err(ImportError::Unusable(_)) => assert!(cut < 16),
                other => {
                    let imported = other.unwrap();
                    assert_eq!(imported.samples.len(), if cut < one { 0 } else { 2 }, "cut at {cut}");
                    assert_eq!(imported.loss.is_some(), cut != 16 && cut != one, "cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn other_datalinks_and_absurd_lengths_are_refused() {
        let mut bytes = file(&[(3, 1, EVENT), (3, 2, EVENT)]);
        let second = 16 + 24 + EVENT.len();
        bytes[second..second + 8].fill(0xFF);
        let imported = read(&bytes[..]).unwrap();
        assert_eq!(imported.samples.len(), 2);
        assert!(matches!(imported.loss, Some(Loss::Damaged(_))));
        bytes[15] = 0xE9;
        assert!(matches!(read(&bytes[..]), Err(ImportError::Unusable(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut bytes = file(&[(3, 1, EVENT)]);
            bytes.extend(&tail);
            let _ = read(&bytes[..]);
            let _ = read(&tail[..]);
        }
    }
}
