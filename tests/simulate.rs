//! `tapbench simulate`: a client on its pseudo-terminal hears what the scenario says, and Ctrl-C
//! leaves nothing behind. What comes on the port is read by the host's own state machine.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/running.rs"]
mod running;
mod support;

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use dongle_protocols::bgapi::{self, Command as Bgapi};
use dongle_protocols::bleuio::host::{Host, Request, State};
use dongle_protocols::bleuio::{Decoder, Line, Packet};
use running::Running;
use support::{Folder, LIMIT};

/// By address: how many advertisements, and which (RSSI, data) they had.
type Heard = HashMap<u64, (u32, Vec<(Option<i8>, Vec<u8>)>)>;

/// The host's side of either dongle: takes bytes, and adds what it heard.
trait Client {
    fn output(&mut self, now_us: u64) -> Vec<u8>;
    fn receive(&mut self, bytes: &[u8], now_us: u64, heard: &mut Heard);
    fn quiet(&mut self, now_us: u64, heard: &mut Heard);
    fn is_streaming(&self) -> bool;
    fn has_failed(&self) -> bool;
}

fn add(heard: &mut Heard, address: u64, rssi_dbm: Option<i8>, data: &[u8]) {
    let (count, kinds) = heard.entry(address).or_default();
    *count += 1;
    let kind = (rssi_dbm, data.to_vec());
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
}

struct BleuIo(Host, Decoder);

impl Client for BleuIo {
    fn output(&mut self, now_us: u64) -> Vec<u8> {
        self.0.on_time(now_us);
        self.0.take_output()
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64, heard: &mut Heard) {
        let Self(host, decoder) = self;
        decoder.push(bytes, |line| {
            host.on_line(line, now_us);
            if let (Line::Row(row), State::Streaming) = (line, host.state())
                && row.packet == Some(Packet::Advertisement)
            {
                add(heard, row.address, row.rssi_dbm, row.data.unwrap_or_default());
            }
        });
    }

    fn quiet(&mut self, _: u64, _: &mut Heard) {}

    fn is_streaming(&self) -> bool {
        self.0.state() == State::Streaming
    }

    fn has_failed(&self) -> bool {
        matches!(self.0.state(), State::Failed(_))
    }
}

struct Bluegiga(bgapi::Session, bgapi::Decoder);

impl Client for Bluegiga {
    fn output(&mut self, now_us: u64) -> Vec<u8> {
        self.0.poll(now_us).map(|command| command.encode().as_slice().to_vec()).unwrap_or_default()
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64, heard: &mut Heard) {
        let Self(session, decoder) = self;
        decoder.push(bytes, |message| {
            if let Some(packet) = session.receive(now_us, &message) {
                add(heard, packet.address, packet.rssi_dbm, packet.data.as_slice());
            }
        });
    }

    fn quiet(&mut self, now_us: u64, heard: &mut Heard) {
        let Self(session, decoder) = self;
        decoder.quiet(|message| {
            if let Some(packet) = session.receive(now_us, &message) {
                add(heard, packet.address, packet.rssi_dbm, packet.data.as_slice());
            }
        });
    }

    fn is_streaming(&self) -> bool {
        self.0.state() == bgapi::State::Streaming
    }

    fn has_failed(&self) -> bool {
        matches!(self.0.state(), bgapi::State::Failed(_))
    }
}

/// The host of the dongle that the command line names so.
fn client(kind: &str) -> Box<dyn Client> {
    match kind {
        "bleuio" => Box::new(BleuIo(Host::new(Request::default(), 0), Decoder::default())),
        _ => Box::new(Bluegiga(bgapi::Session::new(0), bgapi::Decoder::new())),
    }
}

/// Starts a scan on a port as a driver would, and listens for a while once it streams.
fn listen(kind: &str, path: &Path, streaming: Duration) -> Heard {
    let mut port = File::options().read(true).write(true).open(path).unwrap();
    let mut reader = port.try_clone().unwrap();
    let (sender, pieces) = sync_channel(1024);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    let begun = Instant::now();
    let now_us = || u64::try_from(begun.elapsed().as_micros()).unwrap();
    let (mut client, mut heard) = (client(kind), Heard::new());
    let mut ends: Option<Instant> = None;
    while ends.is_none_or(|ends| Instant::now() < ends) {
        assert!(begun.elapsed() < LIMIT && !client.has_failed(), "{kind} does not stream");
        port.write_all(&client.output(now_us())).unwrap();
        match pieces.recv_timeout(Duration::from_millis(10)) {
            Ok(bytes) => client.receive(&bytes, now_us(), &mut heard),
            Err(e) => {
                assert_eq!(e, RecvTimeoutError::Timeout, "the port is gone");
                client.quiet(now_us(), &mut heard);
            }
        }
        if ends.is_none() && client.is_streaming() {
            ends = Some(Instant::now() + streaming);
        }
    }
    heard
}

const SCENARIO: &str = r#"
[[advertiser]]
address = "C6:05:04:03:02:01"
address_type = "random"
data = "02010603FFB201"
interval_ms = 95
rssi = -57
[[advertiser]]
address = "00:07:80:81:44:94"
address_type = "public"
data = "020106"
interval_ms = 95
rssi = -81
"#;

const KINDS: [&str; 2] = ["bleuio", "bluegiga"];

#[test]
fn a_client_hears_exactly_what_the_scenario_says() {
    let folder = Folder::with("two.toml", SCENARIO);
    for kind in KINDS {
        let simulator = Running::simulator(&folder, &format!("{kind} --link port --scenario two.toml"));
        let (port, link) = (simulator.port(), folder.path().join("port"));
        assert_eq!(std::fs::read_link(&link).unwrap(), port);
        let heard = listen(kind, &link, Duration::from_secs(3));
        assert_eq!(heard.len(), 2, "{heard:?}");
        let band = &heard[&0xC605_0403_0201];
        assert_eq!(band.1, [(Some(-57), vec![2, 1, 6, 3, 0xFF, 0xB2, 1])]);
        let other = &heard[&0x0007_8081_4494];
        assert_eq!(other.1, [(Some(-81), vec![2, 1, 6])]);
        for (count, _) in [band, other] {
            assert!((25..=35).contains(count), "{count} in 3 s");
        }
        // The next client comes and finds a dongle that scans.
        assert_eq!(listen(kind, &port, Duration::from_secs(1)).len(), 2);
        assert_eq!(simulator.interrupted().code(), Some(0));
        assert!(link.symlink_metadata().is_err(), "the link is still there");
    }
}

#[test]
fn the_default_scenario_streams_in_spite_of_faults() {
    let folder = Folder::new();
    let faults = "--fault leftover-scan --fault garbage --fault split --fault drop --fault busy";
    for (kind, more) in [("bleuio", ""), ("bluegiga", "--fault wrong-state --fault leftover-connection")] {
        let simulator = Running::simulator(&folder, &format!("{kind} --seed 5 {faults} {more}"));
        let heard = listen(kind, &simulator.port(), Duration::from_secs(2));
        assert!(heard.len() >= 2, "{heard:?}");
        assert_eq!(simulator.interrupted().code(), Some(0));
    }
}

/// What comes when the port vanishes: an end, with an error or without bytes.
fn port_vanishes(mut client: File) -> bool {
    let (sender, gone) = sync_channel(1);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while matches!(client.read(&mut buffer), Ok(1..)) {}
        sender.send(())
    });
    gone.recv_timeout(LIMIT).is_ok()
}

#[test]
fn an_unplugged_port_comes_back_at_its_link() {
    let comes_back = |kind| {
        let folder = Folder::new();
        let simulator = Running::simulator(&folder, &format!("{kind} --link port --fault unplug"));
        assert!(port_vanishes(File::open(simulator.port()).unwrap()));
        let back = simulator.port();
        assert_eq!(std::fs::read_link(folder.path().join("port")).unwrap(), back);
        assert!(listen(kind, &back, Duration::from_secs(1)).len() >= 2);
        assert_eq!(simulator.interrupted().code(), Some(0));
    };
    std::thread::scope(|scope| {
        for kind in KINDS {
            scope.spawn(move || comes_back(kind));
        }
    });
}

#[test]
fn a_reset_takes_a_bled112_off_the_bus_and_its_link_brings_it_back() {
    let folder = Folder::new();
    let simulator = Running::simulator(&folder, "bluegiga --link port --fault leftover-scan");
    let mut client = File::options().read(true).write(true).open(simulator.port()).unwrap();
    let reset = Instant::now();
    client.write_all(Bgapi::SystemReset { boot_in_dfu: 0 }.encode().as_slice()).unwrap();
    assert!(port_vanishes(client));
    let (back, link) = (simulator.port(), folder.path().join("port"));
    assert!(reset.elapsed() > Duration::from_millis(500), "{:?}", reset.elapsed());
    assert_eq!(std::fs::read_link(&link).unwrap(), back);
    assert!(listen("bluegiga", &link, Duration::from_secs(1)).len() >= 2);
    assert_eq!(simulator.interrupted().code(), Some(0));
}

#[test]
fn what_cannot_be_simulated_is_said() {
    let folder = Folder::with("odd.toml", "seed = 1\nadvertisers = 3\n");
    folder.write("file", "mine");
    let says = |arguments: &str, code: i32, what: &str| {
        let ran = folder.run(&format!("simulate {arguments}"));
        assert!(ran.code == code && ran.stderr.contains(what) && ran.stdout.is_empty(), "{ran:?}");
    };
    says("bleuio --fault no-licence", 2, "a BleuIO does not know it");
    says("bleuio --fault rain", 2, "there are garbage, slow, drop");
    says("bleuio --scenario odd.toml", 2, "line 2, column 1");
    says("bleuio --scenario none.toml", 2, "two-bands");
    says("bleuio --link file", 2, "no symbolic link");
    assert_eq!(folder.read("file"), "mine");
}

#[test]
fn the_link_of_a_killed_simulator_is_taken_over() {
    let folder = Folder::new();
    let link = folder.path().join("port");
    symlink("/dev/pts/none", &link).unwrap();
    let simulator = Running::simulator(&folder, "bleuio --link port");
    let port = simulator.port();
    assert_eq!(std::fs::read_link(&link).unwrap(), port);
    assert_eq!(simulator.interrupted().code(), Some(0));
    assert!(link.symlink_metadata().is_err());
}
