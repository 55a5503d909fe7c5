//! `record` from dongles by the real program: unplugged, plugged in again, busy and missing.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::*;
use support::{Folder, tapbench};

pub fn record(out: &Path, ports: &[(Model, &Path)], options: &[&str]) -> Child {
    let mut command = tapbench();
    command.arg("record").arg(out).args(options);
    for (model, port) in ports {
        command.args(["--source", &format!("{}:{}", model.kind().name(), port.display())]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub fn ended(mut child: Child) -> (i32, String) {
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

/// Of one source: each band as often and as loud as it was sent.
fn assert_exact(rows: &[Value], source: &str) {
    for (band, rssi) in [(LOUD, -41), (FAINT, -77)] {
        let heard: Vec<_> =
            rows.iter().filter(|row| row["band"] == band && row["source"] == source).collect();
        assert!((16..=21).contains(&heard.len()), "{source}, {band}: {}", heard.len());
        assert!(heard.iter().all(|row| row["rssi"] == rssi), "{heard:?}");
    }
}

#[test]
fn what_both_dongles_hear_is_recorded_exactly_on_one_clock() {
    let (folder, out, first) = set_up();
    let second = folder.path().join("ttyACM1");
    let plugged = [Plugged::usual(Model::Bled112, &first), Plugged::usual(Model::BleuIo, &second)];
    let ports = [(Model::Bled112, first.as_path()), (Model::BleuIo, second.as_path())];
    let (code, said) = ended(record(&out, &ports, &["--all", "--duration", "2s"]));
    let dongles = plugged.map(Plugged::unplugged);
    assert_eq!(code, 0, "{said}");
    let rows = rows(&out);
    let source = |index: usize, key: &str| rows[0]["sources"][index][key].as_str();
    for (index, id, kind, firmware) in
        [(0, "bluegiga-1", "bluegiga", "1.3.2.122"), (1, "bleuio-1", "bleuio", "2.7.9.51")]
    {
        assert_eq!((source(index, "id"), source(index, "kind")), (Some(id), Some(kind)));
        assert_eq!(source(index, "firmware"), Some(firmware));
        assert!(source(index, "port").is_some_and(|port| port.contains("ttyACM")));
        assert_exact(&rows, id);
    }
    assert!(rows[1..].is_sorted_by_key(|row| row["t_us"].as_i64()));
    let end = rows.last().unwrap();
    assert_eq!((&end["end"], end["t_us"].as_i64()), (&Value::Bool(true), Some(2_000_000)));
    assert_eq!(end["samples"].as_u64(), Some(rows.len() as u64 - 2));
    // Both were left without a scan, and the BleuIO echoing as it came.
    let [mut bled112, mut bleuio] = dongles;
    let said = |dongle: &mut Simulated, bytes: &[u8]| {
        let (mut left, now_us) = (Vec::new(), 60_000_000);
        dongle.advance(now_us);
        dongle.take_output(now_us, &mut left);
        left.clear();
        dongle.receive(bytes, now_us);
        dongle.advance(now_us + 1_000_000);
        dongle.take_output(now_us + 1_000_000, &mut left);
        left
    };
    assert_eq!(said(&mut bled112, &[0, 0, 0, 1]), [0, 0, 0, 1]);
    assert_eq!(String::from_utf8_lossy(&said(&mut bleuio, b"AT\r")), "AT\r\r\nOK\r\n");
}

#[test]
fn an_unplugged_dongle_is_lost_at_once_and_recovered_when_it_is_back() {
    for model in MODELS {
        let (_folder, out, port) = set_up();
        let dongle = Plugged::usual(model, &port);
        let child = record(&out, &[(model, &port)], &["--band", LOUD]);
        until("samples", || text(&out).lines().count() > 5);
        dongle.unplugged();
        let pulled = Instant::now();
        until("the loss", || text(&out).contains("\"lost\""));
        assert!(pulled.elapsed() < Duration::from_millis(250), "{:?}", pulled.elapsed());
        let dongle = Plugged::usual(model, &port);
        let back = Instant::now();
        let after = || text(&out).split_once("\"recovered\"").map(|(_, after)| after.matches("rssi").count());
        until("the return", || after().is_some_and(|samples| samples > 0));
        assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
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
}

#[test]
fn a_dongle_that_stays_away_ends_with_exit_3() {
    let (_folder, out, port) = set_up();
    let dongle = Plugged::usual(Model::Bled112, &port);
    let child = record(&out, &[(Model::Bled112, &port)], &["--all"]);
    until("samples", || text(&out).lines().count() > 3);
    dongle.unplugged();
    until("the loss", || text(&out).contains("\"lost\""));
    interrupt(&child);
    let (code, said) = ended(child);
    assert_eq!(code, 3, "{said}");
    assert_eq!(rows(&out).last().unwrap()["end"], true);
}

#[test]
fn a_damaged_line_and_a_clipped_measurement_are_said_and_a_sound_line_is_not() {
    let line = |faults: &[Fault], dbm| {
        let (_folder, out, port) = set_up();
        let signal = Signal::Constant(dbm);
        let band = Advertiser::new(0xC605_0403_0201, AddressType::Random, 20_000, signal).unwrap();
        let dongle = Bluegiga::new(Scene::new(7, vec![band]), 1, faults);
        let dongle = Plugged::new(Box::new(dongle), &port);
        let (code, said) = ended(record(&out, &[(Model::Bled112, &port)], &["--all", "--duration", "2s"]));
        dongle.unplugged();
        assert_eq!(code, 0, "{said}");
        said
    };
    let said = line(&[Fault::Garbage, Fault::Drop], -30);
    assert!(said.contains("bytes skipped: ") && said.contains("top of what the dongle can tell: "), "{said}");
    let said = line(&[], -60);
    assert!(!said.contains("skipped") && !said.contains("unknown") && !said.contains("top of"), "{said}");
}

#[test]
fn what_is_in_the_way_is_said_and_exits_4() {
    let (folder, out, missing) = set_up();
    let (file, busy) = (folder.path().join("file"), folder.path().join("busy"));
    folder.write("file", "no port");
    let _held_dongle = Plugged::usual(Model::BleuIo, &busy);
    let _held = serialport::new(busy.to_str().unwrap(), 9600).open().unwrap();
    for model in MODELS {
        for (port, says) in
            [(&missing, "no such port"), (&file, "not a serial port"), (&busy, "Nymi Bluetooth Endpoint")]
        {
            let (code, said) = ended(record(&out, &[(model, port)], &[]));
            assert_eq!(code, 4, "{said}");
            assert!(said.contains(says) && said.contains("try: "), "{said}");
            assert!(!out.exists());
        }
    }
}

#[test]
fn devices_says_when_there_are_none_and_how_to_name_one() {
    let output = tapbench().args(["devices", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let is_dongle = |device: &&Value| device["kind"] != "os" && device["kind"] != "nfc";
    assert_eq!(
        !listed["devices"].as_array().unwrap().iter().any(|device| is_dongle(&device)),
        said.contains("bleuio:COM3"),
        "{said}"
    );
}
