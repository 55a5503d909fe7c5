//! NFC taps in a recording, beside what a dongle hears.

use std::process::Stdio;

use serde_json::Value;

use super::bench::{ATR, Card, LOOK, Service, is_missing, until};
use super::support::{Folder, tapbench};

/// Records while a card with a UID is tapped; the rows.
fn recorded(folder: &Folder, name: &str, more: &str) -> Vec<Value> {
    let mut command = tapbench();
    let arguments = format!("record {name} --all --source nfc:5022 --duration 3s {more}");
    command.args(arguments.split_whitespace()).current_dir(folder.path());
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("the recording", || std::fs::metadata(folder.path().join(name)).ok());
    Card::new(ATR, |apdu| (apdu == b"\xFF\xCA\0\0\0").then(|| vec![1, 2, 3, 0xAB, 0x90, 0])).lie(2 * LOOK);
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
    let (_service, folder) = (Service::start(), Folder::new());
    let rows = recorded(&folder, "a.rssi.jsonl", "--source simulated --nfc-uids --mark-nfc-taps");
    assert_eq!(rows[0]["uid_salt"].as_str().unwrap().len(), 32, "{}", rows[0]);
    assert!(uid(&rows).starts_with("hmac:"), "{}", uid(&rows));
    assert!(rows.iter().any(|row| row["rssi"].is_number()), "on one clock with what the dongle hears");
    let tap = rows.iter().find(|row| row["intent"] == "tap").unwrap();
    assert!(tap["note"].as_str().unwrap().starts_with("NFC tap, held "), "{tap}");
    let again = recorded(&folder, "b.rssi.jsonl", "--nfc-uids");
    assert_ne!(again[0]["uid_salt"], rows[0]["uid_salt"]);
    assert_ne!(uid(&again), uid(&rows), "recordings cannot be compared");
    let plain = recorded(&folder, "c.rssi.jsonl", "--nfc-uids --plain-uid");
    assert_eq!((uid(&plain), &plain[0]["uid_salt"]), ("010203AB", &Value::Null));
}

#[test]
fn uids_of_no_reader_are_refused() {
    let folder = Folder::new();
    let ran = folder.run("record a.rssi.jsonl --all --source simulated --nfc-uids");
    assert_eq!((ran.code, ran.stderr.contains("none of the sources is an NFC reader")), (2, true), "{ran:?}");
    assert_eq!(folder.run("record a.rssi.jsonl --all --source nfc --plain-uid").code, 2);
}
