//! Any bytes in any pieces: the decoder never panics, gives the same in any pieces, and no row that
//! no radio can have heard; after a line end the next row is read as if nothing had been.

#![no_main]

use dongle_protocols::bleuio::{Decoder, Line, RSSI_RANGE_DBM};
use libfuzzer_sys::fuzz_target;

const ROW: &[u8] =
    b"\r\n{\"SF\":6,\"rssi\":-57,\"addr\":\"00:07:80:81:44:94\",\"type\":0,\"data\":\"020106\"}\r\n";

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, piece) = input;
    let (mut whole, mut cut) = (Decoder::default(), Decoder::default());
    let (mut expected, mut given) = (Vec::new(), Vec::new());
    whole.push(&bytes, |line| {
        if let Line::Row(row) = line {
            assert!(row.rssi_dbm.is_none_or(|dbm| RSSI_RANGE_DBM.contains(&i64::from(dbm))));
            assert!(row.address < 1 << 48);
        }
        expected.push(format!("{line:?}"));
    });
    for piece in bytes.chunks(usize::from(piece).max(1)) {
        cut.push(piece, |line| given.push(format!("{line:?}")));
    }
    assert_eq!(expected, given);
    assert_eq!(whole.counters(), cut.counters());
    assert!(whole.counters().bytes_skipped <= bytes.len() as u64);

    let mut last_dbm = None;
    whole.push(ROW, |line| last_dbm = if let Line::Row(row) = line { row.rssi_dbm } else { None });
    assert_eq!(last_dbm, Some(-57));
});
