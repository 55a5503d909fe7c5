//! NFC taps in a recording, beside what a dongle hears.

use std::process::Stdio;

use serde_json::Value;

use super::bench::{ATR, Card, Service, is_missing, until};
use super::support::Folder;

/// Records while a card with a UID is tapped; the rows.
fn recorded(service: &Service, folder: &Folder, name: &str, more: &str) -> Vec<Value> {
    let mut command = service.tapbench();
    let arguments = format!("record {name} --all --source nfc:5022 --duration 5s {more}");
    command.args(arguments.split_whitespace()).current_dir(folder.path());
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("the recording", || std::fs::metadata(folder.path().join(name)).ok());
    let mut card = Card::new(ATR, |apdu| (apdu == b"\xFF\xCA\0\0\0").then(|| vec![1, 2, 3, 0xAB, 0x90, 0]));
    card.lie_until(|| folder.read(name).contains("\"nfc\":\"read\""));
    drop(card);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    folder.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn uid(rows: &[Value]) -> &str {
    rows.iter().find_map(|row| row["uid"].as_str()).unwrap()
}

#[test]
fn uids_are_read_where_asked_for_and_hashed_with_the_salt_of_the_recording() {
    if is_missing() {
        return;
    }
    let (service, folder) = (Service::start(), Folder::new());
    let rows = recorded(&service, &folder, "a.rssi.jsonl", "--source simulated --nfc-uids --mark-nfc-taps");
    assert_eq!(rows[0]["uid_salt"].as_str().unwrap().len(), 32, "{}", rows[0]);
    assert!(uid(&rows).starts_with("hmac:"), "{}", uid(&rows));
    assert!(rows.iter().any(|row| row["rssi"].is_number()), "on one clock with what the dongle hears");
    let tap = rows.iter().find(|row| row["intent"] == "tap").unwrap();
    assert!(tap["note"].as_str().unwrap().starts_with("NFC tap, held "), "{tap}");
    let again = recorded(&service, &folder, "b.rssi.jsonl", "--nfc-uids");
    assert_ne!(again[0]["uid_salt"], rows[0]["uid_salt"]);
    assert_ne!(uid(&again), uid(&rows), "recordings cannot be compared");
    let plain = recorded(&service, &folder, "c.rssi.jsonl", "--nfc-uids --plain-uid");
    assert_eq!((uid(&plain), &plain[0]["uid_salt"]), ("010203AB", &Value::Null));
}

#[test]
fn uids_of_no_reader_are_refused() {
    let folder = Folder::new();
    let ran = folder.run("record a.rssi.jsonl --all --source simulated --nfc-uids");
    assert_eq!((ran.code, ran.stderr.contains("none of the sources is an NFC reader")), (2, true), "{ran:?}");
    assert_eq!(folder.run("record a.rssi.jsonl --all --source nfc --plain-uid").code, 2);
}

#[test]
fn a_reader_in_two_sources_would_be_recorded_twice_and_is_refused() {
    let folder = Folder::new();
    for sources in [
        "--source nfc --source nfc:5022",
        "--source nfc:Omnikey --source nfc:KEY",
        "--source nfc --source nfc",
    ] {
        let ran = folder.run(&format!("record a.rssi.jsonl --all --duration 1s {sources}"));
        assert_eq!((ran.code, ran.stderr.contains("would be recorded twice")), (2, true), "{ran:?}");
    }
    if is_missing() {
        return;
    }
    let service = Service::start();
    let folder = service.folder();
    let record = |first: &str, second: &str| {
        let mut command = service.tapbench();
        command.args([
            "record",
            "a.rssi.jsonl",
            "--force",
            "--all",
            "--duration",
            "1s",
            "--source",
            first,
            "--source",
            second,
        ]);
        command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap()
    };
    let output = record("nfc:00 00", "nfc:5022");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("00 00 would be recorded twice"), "{said}");
    let output = record("nfc:00 00", "nfc:00 01");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
