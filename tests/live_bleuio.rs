//! `record` from a BleuIO: a simulated dongle on a pseudo-terminal, recorded by the real program,
//! unplugged, plugged in again, busy and missing.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dongle_protocols::advertising::AddressType;
use dongle_protocols::bleuio::device::{Device, Settings};
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use serde_json::Value;
use support::{Folder, tapbench};

const LIMIT: Duration = Duration::from_secs(30);
const LOUD: &str = "C6:05:04:03:02:01";
const FAINT: &str = "C6:05:04:03:02:02";

/// Its controlling end, which does not block and which no other process inherits, and the name of
/// the other end. Without that, the recorder would hold its own dongle's end open.
fn pseudo_terminal() -> (File, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&master).unwrap();
    fcntl_setfl(&master, OFlags::NONBLOCK).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master.into(), name.into())
}

/// A dongle that hears two bands at ten advertisements a second each, plugged in at `link`.
struct Dongle {
    unplug: SyncSender<()>,
    thread: JoinHandle<Device>,
}

fn scene() -> Scene {
    let band = |address, dbm| {
        Advertiser::new(address, AddressType::Random, 100_000, Signal::Constant(dbm))
            .unwrap()
            .non_connectable()
    };
    Scene::new(7, vec![band(0xC605_0403_0201, -41), band(0xC605_0403_0202, -77)])
}

impl Dongle {
    fn plugged_in(link: &Path) -> Self {
        let (mut master, name) = pseudo_terminal();
        let _ = std::fs::remove_file(link);
        symlink(name, link).unwrap();
        let (unplug, unplugged) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let mut device = Device::new(Settings::default(), scene());
            let start = Instant::now();
            let (mut bytes, mut out) = ([0; 1024], Vec::new());
            while unplugged.try_recv() == Err(TryRecvError::Empty) && start.elapsed() < LIMIT {
                let now_us = || u64::try_from(start.elapsed().as_micros()).unwrap();
                match master.read(&mut bytes) {
                    Ok(count) => device.receive(&bytes[..count], now_us()),
                    // Nothing there, or nobody has it open.
                    Err(_) => std::thread::park_timeout(Duration::from_millis(2)),
                }
                device.poll(now_us(), &mut out);
                let _ = master.write_all(&out);
                out.clear();
            }
            device
        });
        Self { unplug, thread }
    }

    /// Pulls it out; how it was left.
    fn unplugged(self) -> Device {
        // One whose time is over has gone by itself.
        let _ = self.unplug.try_send(());
        self.thread.join().unwrap()
    }
}

fn record(out: &Path, port: &Path, options: &[&str]) -> Child {
    let source = format!("bleuio:{}", port.display());
    let mut command = tapbench();
    command.arg("record").arg(out).args(["--source", &source]).args(options);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for a condition, looking a thousand times a second.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "{what}: not after {LIMIT:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn ended(mut child: Child) -> (i32, String) {
    until("the end of the recording", || child.try_wait().unwrap().is_some());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn rows(path: &Path) -> Vec<Value> {
    text(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn set_up() -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new();
    let (out, port) = (folder.path().join("a.rssi.jsonl"), folder.path().join("ttyACM0"));
    (folder, out, port)
}

#[test]
fn what_the_dongle_hears_is_recorded_exactly() {
    let (_folder, out, port) = set_up();
    let dongle = Dongle::plugged_in(&port);
    let (code, said) = ended(record(&out, &port, &["--all", "--duration", "2s"]));
    let mut device = dongle.unplugged();
    assert_eq!(code, 0, "{said}");
    let rows = rows(&out);
    let source = &rows[0]["sources"][0];
    assert_eq!((source["id"].as_str(), source["kind"].as_str()), (Some("bleuio-1"), Some("bleuio")));
    assert_eq!(source["firmware"], "2.7.9.51");
    for (band, rssi) in [(LOUD, -41), (FAINT, -77)] {
        let heard: Vec<_> = rows.iter().filter(|row| row["band"] == band).collect();
        assert!((16..=21).contains(&heard.len()), "{band}: {}", heard.len());
        assert!(heard.iter().all(|row| row["rssi"] == rssi && row["source"] == "bleuio-1"), "{heard:?}");
    }
    let end = rows.last().unwrap();
    assert_eq!((&end["end"], end["t_us"].as_i64()), (&Value::Bool(true), Some(2_000_000)));
    assert_eq!(end["samples"].as_u64(), Some(rows.len() as u64 - 2));
    // The dongle was left without a scan, and echoing as it came.
    let (mut left, now_us) = (Vec::new(), 60_000_000);
    device.poll(now_us, &mut left);
    left.clear();
    device.receive(b"AT\r", now_us);
    device.poll(now_us + 1_000_000, &mut left);
    assert_eq!(String::from_utf8_lossy(&left), "AT\r\r\nOK\r\n");
}

#[test]
fn an_unplugged_dongle_is_lost_at_once_and_recovered_when_it_is_back() {
    let (_folder, out, port) = set_up();
    let dongle = Dongle::plugged_in(&port);
    let child = record(&out, &port, &["--band", LOUD]);
    until("samples", || text(&out).lines().count() > 5);
    dongle.unplugged();
    let pulled = Instant::now();
    until("the loss", || text(&out).contains("\"lost\""));
    assert!(pulled.elapsed() < Duration::from_millis(250), "{:?}", pulled.elapsed());
    let dongle = Dongle::plugged_in(&port);
    until("the return", || {
        text(&out).split_once("\"recovered\"").is_some_and(|(_, after)| after.matches("rssi").count() > 3)
    });
    interrupt(&child);
    let (code, said) = ended(child);
    dongle.unplugged();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("times lost: 1;"), "{said}");
    let rows = rows(&out);
    assert!(rows.iter().all(|row| row["band"] != FAINT));
    assert_eq!(rows.last().unwrap()["end"], true);
    let replay = tapbench().arg("replay").arg(&out).args(["--dongle", "bluegiga"]).output().unwrap();
    assert_eq!(replay.status.code(), Some(0));
}

#[test]
fn a_dongle_that_stays_away_ends_with_exit_3() {
    let (_folder, out, port) = set_up();
    let dongle = Dongle::plugged_in(&port);
    let child = record(&out, &port, &["--all"]);
    until("samples", || text(&out).lines().count() > 3);
    dongle.unplugged();
    until("the loss", || text(&out).contains("\"lost\""));
    interrupt(&child);
    let (code, said) = ended(child);
    assert_eq!(code, 3, "{said}");
    assert_eq!(rows(&out).last().unwrap()["end"], true);
}

#[test]
fn what_is_in_the_way_is_said_and_exits_4() {
    let (folder, out, missing) = set_up();
    let file = folder.path().join("file");
    folder.write("file", "no port");
    let (_master, busy) = pseudo_terminal();
    let _held = serialport::new(busy.to_str().unwrap(), 9600).open().unwrap();
    for (port, says) in
        [(&missing, "no such port"), (&file, "not a serial port"), (&busy, "Nymi Bluetooth Endpoint")]
    {
        let (code, said) = ended(record(&out, port, &[]));
        assert_eq!(code, 4, "{said}");
        assert!(said.contains(says) && said.contains("try: "), "{said}");
        assert!(!out.exists());
    }
}

#[test]
fn devices_says_when_there_are_none_and_how_to_name_one() {
    let output = tapbench().args(["devices", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let mut dongles = listed["devices"].as_array().unwrap().iter().filter(|device| device["kind"] != "os");
    assert_eq!(dongles.next().is_none(), said.contains("bleuio:COM3"), "{said}");
}
