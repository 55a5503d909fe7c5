//! A lost dongle is found at another port, and no other dongle is taken for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tapbench::drivers::discovery::Found;
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
        let dongle = Dongle::new(model, first.to_str().unwrap().into(), "d-1".into()).plugged_by(plugged);
        let driven = Driven::started(dongle);
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
    let driven = Driven::started(Dongle::new(Model::Bled112, port.to_str().unwrap().into(), "d-1".into()));
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

/// One that can be hushed: it hangs, and its port stays.
struct Hushed(Simulated, Arc<AtomicBool>);

impl VirtualDongle for Hushed {
    fn advance(&mut self, now_us: u64) {
        self.0.advance(now_us);
    }

    fn usb(&self) -> Usb {
        self.0.usb()
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        if !self.1.load(Ordering::Relaxed) {
            self.0.receive(bytes, now_us);
        }
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        self.0.take_output(now_us, out);
        if self.1.load(Ordering::Relaxed) {
            out.clear();
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        self.0.wake_at_us()
    }
}

#[test]
fn a_dongle_that_hangs_is_noticed_and_a_quiet_room_is_not() {
    let hang = |model| {
        let folder = Folder::new();
        let port = folder.path().join("port");
        let is_hushed = Arc::new(AtomicBool::new(false));
        // One advertisement in ten seconds at most: without a probe the room looks dead.
        let quiet = simulated(model, 1, scene(10_000_000), &[]);
        let plugged = Plugged::new(Box::new(Hushed(quiet, Arc::clone(&is_hushed))), &port);
        let driven = Driven::started(Dongle::new(model, port.to_str().unwrap().into(), "d-1".into()));
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
