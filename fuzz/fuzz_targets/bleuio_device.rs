//! Any commands at any times, with any faults: the simulated dongle never panics and always has
//! something to wait for that lies ahead; while its line is sound, each of its rows is of an
//! advertiser that is there, as strong as that is.

#![no_main]

use dongle_protocols::advertising::AddressType;
use dongle_protocols::bleuio::device::{Device, Faults, ScanState, Settings, WhileScanning};
use dongle_protocols::bleuio::{Decoder, Line, Version};
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use libfuzzer_sys::fuzz_target;

const FIRMWARE: [[u16; 4]; 4] = [[2, 7, 9, 51], [2, 2, 0, 0], [2, 1, 3, 0], [1, 0, 5, 6]];

/// What a byte of the input stands for where it asks for no byte of its own.
const COMMANDS: [&[u8]; 24] = [
    b"AT\r",
    b"ATI\r",
    b"ATE0\r",
    b"ATE1\r",
    b"ATV0\r",
    b"ATV1\r",
    b"ATR\r",
    b"ATB\r",
    b"QUIT\r",
    b"ATSAT1\r",
    b"ATASSN1\r",
    b"ATASSM1\r",
    b"AT+CENTRAL\r",
    b"AT+DUAL\r\n",
    b"AT+PERIPHERAL\r",
    b"AT+SHOWRSSI=1\r",
    b"AT+SCANPARAM=2=0=200=100=0\r",
    b"AT+SCANFILTER=NAME=",
    b"AT+GAPSCAN\r",
    b"AT+GAPSCAN=",
    b"AT+FINDSCANDATA=",
    b"AT+SCANTARGET=[1]00:00:00:00:00:01\r",
    b"AT+GAPSTATUS\r",
    b"\x03",
];

fuzz_target!(|input: (u64, [u8; 8], Vec<(Vec<u8>, u16)>)| {
    let (seed, choices, steps) = input;
    let [version, chosen, delay, busy, split, loss, garbage, first] = choices;
    let is = |bit: u8| chosen & 1 << bit != 0;
    let faults = Faults {
        answer_delay_us: u64::from(delay) * 1_000,
        busy_commands: busy.into(),
        loss: if is(0) { f64::from(loss) / 255.0 } else { 0.0 },
        garbage: if is(1) { f64::from(garbage) / 255.0 } else { 0.0 },
        split: is(2).then(|| usize::from(split).max(1)),
        is_mute: is(3) && is(4),
    };
    let is_sound = faults.loss == 0.0 && faults.garbage == 0.0;
    let settings = Settings {
        firmware: Version(FIRMWARE[usize::from(version) % FIRMWARE.len()]),
        scan_state: if is(5) { ScanState::Flat } else { ScanState::Nested },
        while_scanning: if is(6) { WhileScanning::Ignored } else { WhileScanning::Refused },
        starts_in_bootloader: is(7),
        first_index: first.into(),
        earlier: if is(3) {
            vec!["ATV1".into(), "AT+DUAL".into(), "AT+FINDSCANDATA=".into()]
        } else {
            vec![]
        },
        faults,
        seed,
        ..Settings::default()
    };
    let advertiser = |address, dbm| {
        Advertiser::new(address, AddressType::Random, 100_000, Signal::Constant(dbm))
            .ok()?
            .saying(None, Some("x"))
            .ok()
    };
    let scene = Scene::new(seed, [advertiser(1, 20), advertiser(2, -127)].into_iter().flatten().collect());
    let mut device = Device::new(settings, scene);
    let (mut decoder, mut output, mut now_us) = (Decoder::default(), Vec::new(), 0);
    for (bytes, wait_ms) in steps {
        for &byte in &bytes {
            match COMMANDS.get(usize::from(byte.wrapping_sub(0x80))) {
                Some(command) => device.receive(command, now_us),
                // Echoed, they could make a row that nobody advertised.
                None if b"[{".contains(&byte) => {}
                None => device.receive(&[byte], now_us),
            }
        }
        now_us += u64::from(wait_ms) * 1_000;
        output.clear();
        device.poll(now_us, &mut output);
        assert!(device.wake_at_us().is_none_or(|at_us| at_us > now_us));
        decoder.push(&output, |line| {
            if let (true, Line::Row(row)) = (is_sound, line) {
                let dbm = match row.address {
                    1 => 20,
                    2 => -127,
                    other => panic!("{other:012X} is not there"),
                };
                assert!(row.rssi_dbm.is_none_or(|heard| heard == dbm));
            }
        });
    }
});
