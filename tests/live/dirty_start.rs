//! Whatever an earlier program left: a scan, a connection, half a command, half-read messages.

use std::fs::File;
use std::io::{Read, Write};

use dongle_protocols::radio::SplitMix64;

use super::*;
use support::Folder;

/// So many starts of each kind of dongle at once, so many times.
const AT_ONCE: u64 = 25;
const TIMES: u64 = 2;

/// As a program that is killed in the middle of things.
fn mess(model: Model, port: &Path, random: &mut SplitMix64) {
    let mut client = File::options().read(true).write(true).open(port).unwrap();
    let said: &[&[u8]] = match model {
        Model::Bled112 => &[
            &[0, 1, 6, 2, 2],
            &[0, 0, 6],
            &[0x13, 0x37, 0xFF, 0x42, 0x11],
            &[0, 15, 6, 3, 1, 2, 3],
            &[0, 5, 6, 7, 200],
        ],
        _ => &[
            b"ATV1\rAT+DUAL\rAT+FINDSCANDATA=\r",
            b"ATV1\rATE0\rAT+GAPSC",
            b"\x13\x37\xFF\x42\x11",
            b"AT+CENTRAL\rAT+SHOWRSSI=1\rAT+FINDSCANDATA\r",
            b"ATV1\r\x03\x03AT+SCANPARAM=",
        ],
    };
    for _ in 0..2 {
        let index = usize::try_from(random.up_to(said.len() as u64 - 1)).unwrap();
        client.write_all(said[index]).unwrap();
    }
    let mut half_read = [0; 64];
    let count = usize::try_from(random.up_to(63)).unwrap() + 1;
    // The scan of before is running, so that there is something to read.
    let _read = client.read(half_read.get_mut(..count).unwrap()).unwrap();
}

#[test]
fn a_hundred_dirty_starts_all_stream_within_three_seconds() {
    let start = |model: Model, seed: u64| {
        let folder = Folder::new();
        let port = folder.path().join("port");
        let mut random = SplitMix64::new(seed);
        let mut faults = vec![Fault::LeftOverScan];
        if model == Model::Bled112 && seed % 2 == 1 {
            faults.extend([Fault::LeftOverConnection, Fault::WrongState]);
        }
        faults.extend((seed % 3 == 1).then_some(Fault::Busy));
        faults.extend((seed % 5 == 1).then_some(Fault::Split));
        let plugged = Plugged::new(simulated(model, seed, scene(20_000), &faults), &port);
        mess(model, &port, &mut random);
        let opened = Instant::now();
        let driven = Driven::started(Dongle::new(model, port.to_str().unwrap().into(), "d-1".into()));
        driven.wait_for(is_sample);
        let took = opened.elapsed();
        driven.stopped();
        plugged.unplugged();
        took
    };
    for time in 0..TIMES {
        let from = time * AT_ONCE;
        let took = std::thread::scope(|scope| {
            let starts =
                MODELS.iter().flat_map(|model| (from..from + AT_ONCE).map(move |seed| (*model, seed)));
            let running: Vec<_> =
                starts.map(|(model, seed)| (model, seed, scope.spawn(move || start(model, seed)))).collect();
            running.into_iter().map(|(m, s, start)| (m, s, start.join().unwrap())).collect::<Vec<_>>()
        });
        for (model, seed, took) in took {
            assert!(took < Duration::from_secs(3), "{model:?}, seed {seed}: {took:?}");
        }
    }
}
