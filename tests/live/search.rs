//! A lost dongle is found at another port, and no other dongle is taken for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tapbench::drivers::discovery::Found;
use tapbench::drivers::dongle::DongleError;
use tapbench::drivers::{Scan, SourceError};
use tapbench::simulator::dongle::Usb;

use super::*;
use support::Folder;

fn found(model: Model, port: &Path, serial: &str) -> Found {
    let port = port.to_str().unwrap().to_owned();
    Found { port, model, vid_pid: "0000:0000".into(), serial: Some(serial.into()) }
}

#[test]
fn the_same_dongle_is_found_at_another_port_and_another_is_left_alone() {
    let search = |model| {
        let folder = Folder::new();
        let at = |name: &str| folder.path().join(name);
        let (first, stranger, second) = (at("first"), at("stranger"), at("second"));
        let device = |seed| simulated(model, seed, scene(50_000), &[]);
        let before = Plugged::new(device(1), &first);
        let _other = Plugged::new(device(2), &stranger);
        // As they are listed; the serials of BLED112 are all "1".
        let serial = |own| if model == Model::BleuIo { own } else { "1" };
        let all = [
            found(model, &first, serial("A")),
            found(model, &stranger, serial("B")),
            found(model, &second, serial("A")),
        ];
        let plugged = move || all.iter().filter(|f| Path::new(&f.port).exists()).cloned().collect();
        let driven = Driven::started(dongle(model, &first).plugged_by(plugged));
        driven.wait_for(is_sample);
        before.unplugged();
        driven.wait_for(is_lost);
        // The stranger has been looked at by now, and is not used.
        let until_us = driven.micros() + 2_000_000;
        while driven.micros() < until_us {
            assert!(driven.messages.recv_timeout(Duration::from_millis(100)).is_err());
        }
        let back = Plugged::new(device(1), &second);
        let returned_us = driven.micros();
        let streaming_us = driven.wait_for(is_sample);
        assert!(streaming_us - returned_us < 2_500_000, "{model:?}: {} us", streaming_us - returned_us);
        driven.stopped();
        back.unplugged();
    };
    std::thread::scope(|scope| {
        for model in MODELS {
            scope.spawn(move || search(model));
        }
    });
}

#[test]
fn another_dongle_at_the_same_port_is_not_used_and_that_is_said() {
    let folder = Folder::new();
    let port = folder.path().join("port");
    let before = Plugged::new(simulated(Model::Bled112, 1, scene(50_000), &[]), &port);
    let driven = Driven::started(dongle(Model::Bled112, &port));
    driven.wait_for(is_sample);
    before.unplugged();
    let other = Plugged::new(simulated(Model::Bled112, 2, scene(50_000), &[]), &port);
    until("the discovery", || driven.control.as_ref().unwrap().health().is_replaced);
    other.unplugged();
    let _back = Plugged::new(simulated(Model::Bled112, 1, scene(50_000), &[]), &port);
    driven.wait_for(is_recovered);
    driven.wait_for(is_sample);
    driven.stopped();
}

#[test]
fn a_dongle_that_hangs_is_noticed_and_a_quiet_room_is_not() {
    let hang = |model| {
        let folder = Folder::new();
        let port = folder.path().join("port");
        let is_hushed = Arc::new(AtomicBool::new(false));
        // One advertisement in ten seconds at most: without a probe the room looks dead.
        let quiet = simulated(model, 1, scene(10_000_000), &[]);
        let hushed = Arc::clone(&is_hushed);
        let hush = move |out: &mut Vec<u8>| {
            if hushed.load(Ordering::Relaxed) {
                out.clear();
            }
        };
        let plugged = Plugged::new(Box::new(Overheard { inner: quiet, hear: hush }), &port);
        let driven = Driven::started(dongle(model, &port));
        while driven.micros() < 6_500_000 {
            let message = driven.messages.recv_timeout(Duration::from_millis(100));
            assert!(!matches!(&message, Ok((_, Message::Row(row))) if row.what == What::Lost), "{model:?}");
        }
        is_hushed.store(true, Ordering::Relaxed);
        driven.wait_for(is_lost);
        is_hushed.store(false, Ordering::Relaxed);
        driven.wait_for(is_recovered);
        driven.stopped();
        plugged.unplugged();
    };
    std::thread::scope(|scope| {
        for model in MODELS {
            scope.spawn(move || hang(model));
        }
    });
}

fn dongle(model: Model, port: &Path) -> Dongle {
    Dongle::new(model, port.to_str().unwrap().into(), "d-1".into(), Scan::Passive)
}

#[test]
fn one_that_was_plugged_in_just_now_is_waited_for() {
    let boot = |model| {
        let folder = Folder::new();
        let port = folder.path().join("port");
        let plugged = Plugged::new(simulated(model, 1, scene(50_000), &[Fault::Bootloader]), &port);
        let driven = Driven::started(dongle(model, &port));
        driven.wait_for(is_sample);
        driven.stopped();
        plugged.unplugged();
    };
    std::thread::scope(|scope| {
        for model in MODELS {
            scope.spawn(move || boot(model));
        }
    });
}

#[test]
fn what_never_answers_is_not_waited_for_without_end() {
    let folder = Folder::new();
    for model in MODELS {
        let port = folder.path().join(model.kind().name());
        let plugged = Plugged::new(simulated(model, 1, scene(50_000), &[Fault::Mute]), &port);
        let (queue, messages) = sync_channel(16);
        let limit = Duration::from_millis(500);
        let _control =
            drivers::spawn(Box::new(dongle(model, &port).starting_within(limit)), 0, queue).unwrap();
        let (_, Message::Ended(Err(SourceError::Dongle(error)))) = messages.recv_timeout(LIMIT).unwrap()
        else {
            panic!("{model:?} has answered");
        };
        assert!(matches!(error, DongleError::Mute { .. }) && error.remedy().is_some(), "{error}");
        plugged.unplugged();
    }
}
