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

use dongle_protocols::bleuio::host::{Host, Request, State};
use dongle_protocols::bleuio::{Decoder, Line, Packet};
use running::{LIMIT, Running};
use support::Folder;

/// By address: how many advertisements, and which (RSSI, data) they had.
type Heard = HashMap<u64, (u32, Vec<(Option<i8>, Vec<u8>)>)>;

/// Starts a scan on a port as a driver would, and listens for a while once it streams.
fn listen(path: &Path, streaming: Duration) -> Heard {
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
    let (mut host, mut decoder, mut heard) =
        (Host::new(Request::default(), 0), Decoder::default(), Heard::new());
    let mut ends: Option<Instant> = None;
    while ends.is_none_or(|ends| Instant::now() < ends) {
        assert!(begun.elapsed() < LIMIT && !matches!(host.state(), State::Failed(_)), "{host:?}");
        port.write_all(&host.take_output()).unwrap();
        match pieces.recv_timeout(Duration::from_millis(10)) {
            Ok(bytes) => decoder.push(&bytes, |line| {
                host.on_line(line, now_us());
                if let (Line::Row(row), State::Streaming) = (line, host.state())
                    && row.packet == Some(Packet::Advertisement)
                {
                    let (count, kinds) = heard.entry(row.address).or_default();
                    *count += 1;
                    let kind = (row.rssi_dbm, row.data.unwrap_or_default().to_vec());
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
            }),
            Err(e) => assert_eq!(e, RecvTimeoutError::Timeout, "the port is gone"),
        }
        host.on_time(now_us());
        if ends.is_none() && host.state() == State::Streaming {
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

#[test]
fn a_client_hears_exactly_what_the_scenario_says() {
    let folder = Folder::with("two.toml", SCENARIO);
    let simulator = Running::simulator(&folder, "bleuio --link port --scenario two.toml");
    let (port, link) = (simulator.port(), folder.path().join("port"));
    assert_eq!(std::fs::read_link(&link).unwrap(), port);
    let heard = listen(&link, Duration::from_secs(3));
    assert_eq!(heard.len(), 2, "{heard:?}");
    let band = &heard[&0xC605_0403_0201];
    assert_eq!(band.1, [(Some(-57), vec![2, 1, 6, 3, 0xFF, 0xB2, 1])]);
    let other = &heard[&0x0007_8081_4494];
    assert_eq!(other.1, [(Some(-81), vec![2, 1, 6])]);
    for (count, _) in [band, other] {
        assert!((25..=35).contains(count), "{count} in 3 s");
    }
    // The next client comes and finds a dongle that scans.
    assert_eq!(listen(&port, Duration::from_secs(1)).len(), 2);
    assert_eq!(simulator.interrupted().code(), Some(0));
    assert!(link.symlink_metadata().is_err(), "the link is still there");
}

#[test]
fn the_default_scenario_streams_in_spite_of_faults() {
    let folder = Folder::new();
    let faults = "--fault leftover-scan --fault garbage --fault split --fault drop --fault busy";
    let simulator = Running::simulator(&folder, &format!("bleuio --seed 5 {faults}"));
    let heard = listen(&simulator.port(), Duration::from_secs(2));
    assert!(heard.len() >= 2, "{heard:?}");
    assert_eq!(simulator.interrupted().code(), Some(0));
}

#[test]
fn an_unplugged_port_comes_back_at_its_link() {
    let folder = Folder::new();
    let simulator = Running::simulator(&folder, "bleuio --link port --fault unplug");
    let mut client = File::options().read(true).write(true).open(simulator.port()).unwrap();
    // Ends, with an error or without bytes, when the port vanishes.
    let (sender, gone) = sync_channel(1);
    std::thread::spawn(move || sender.send(matches!(client.read(&mut [0]), Ok(0) | Err(_))));
    assert_eq!(gone.recv_timeout(LIMIT), Ok(true));
    let back = simulator.port();
    assert_eq!(std::fs::read_link(folder.path().join("port")).unwrap(), back);
    assert!(listen(&back, Duration::from_secs(1)).len() >= 2);
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
    says("bluegiga", 4, "no BLED112 simulator yet");
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
