//! Any commands at any times, with any faults: the simulated dongle never panics, and while its line
//! is sound all that it says is well-formed and within the documented range.

#![no_main]

use dongle_protocols::advertising::AddressType;
use dongle_protocols::bgapi::device::{Bled112, Fault};
use dongle_protocols::bgapi::{Decoder, Event, Message, rssi};
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, u16, Vec<(Vec<u8>, u16)>)| {
    let (seed, chosen, steps) = input;
    let kinds = Fault::KINDS.iter().enumerate();
    let faults: Vec<Fault> = kinds.filter(|(i, _)| chosen & 1 << i != 0).map(|(_, (_, fault))| *fault).collect();
    let sound = !faults.iter().any(|fault| matches!(fault, Fault::Garbage { .. } | Fault::Drop { .. }));
    let advertiser = |address, dbm| {
        Advertiser::new(address, AddressType::Random, 100_000, Signal::Constant(dbm)).ok()?.saying(None, Some("x")).ok()
    };
    let scene = Scene::new(seed, [advertiser(1, 20), advertiser(2, -127)].into_iter().flatten().collect());
    let mut device = Bled112::new(scene, seed, &faults);
    let (mut decoder, mut output) = (Decoder::new(), Vec::new());
    for (bytes, wait_ms) in steps {
        device.receive(&bytes);
        device.advance(device.now_us() + u64::from(wait_ms) * 1_000);
        output.clear();
        device.take_output(&mut output);
        decoder.push(&output, |message| {
            if let (true, Message::Event(Event::GapScanResponse { packet })) = (sound, message) {
                assert!(rssi::RANGE_DBM.contains(&packet.rssi));
            }
        });
    }
    if sound && device.lost_unread() == 0 {
        let counters = decoder.counters();
        assert_eq!((counters.bytes_skipped, counters.unknown_messages), (0, 0));
    }
});
