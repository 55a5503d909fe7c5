//! Any bytes in any pieces: the decoder never panics, gives the same in any pieces, and the session
//! that it feeds never panics and never asks for a reset.

#![no_main]

use dongle_protocols::bgapi::{Command, Decoder, Session};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, piece) = input;
    let (mut whole, mut cut) = (Decoder::new(), Decoder::new());
    let (mut expected, mut given) = (Vec::new(), Vec::new());
    whole.push(&bytes, |message| expected.push(message));
    bytes.chunks(usize::from(piece).max(1)).for_each(|piece| cut.push(piece, |message| given.push(message)));
    whole.quiet(|message| expected.push(message));
    cut.quiet(|message| given.push(message));
    assert_eq!(expected, given);
    assert_eq!(whole.counters(), cut.counters());
    assert!(whole.counters().bytes_skipped <= bytes.len() as u64);

    let mut session = Session::new(0);
    for (t_us, message) in (0..).step_by(100_000).zip(&expected) {
        let rssi_dbm = session.receive(t_us, message).and_then(|heard| heard.rssi_dbm);
        assert!(rssi_dbm.is_none_or(|dbm| (-127..=20).contains(&dbm)));
        assert!(!matches!(session.poll(t_us), Some(Command::SystemReset { .. })));
    }
});
