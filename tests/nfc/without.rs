//! No smart-card service, or not the reader that is meant: the rest works, and it is said what to do.

use serde_json::Value;

use super::bench::{SOCKET_VARIABLE, Service, is_missing};
use super::support::Folder;

const NOT_RUNNING: &str = "the smart-card service is not running";

fn folder() -> Folder {
    let folder = Folder::new();
    let nowhere = folder.path().join("nowhere");
    folder.with_env(SOCKET_VARIABLE, nowhere)
}

#[test]
fn without_a_service_it_says_what_to_install_and_start() {
    let folder = folder();
    for command in [
        "nfc watch",
        "nfc watch --format jsonl",
        "nfc check",
        "nfc configure --dry-run",
        "record a.rssi.jsonl --all --source nfc",
        "record a.rssi.jsonl --all --source nfc:5022",
    ] {
        let ran = folder.run(command);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{command}: {ran:?}");
        assert!(ran.stderr.contains(NOT_RUNNING), "{command}: {ran:?}");
        assert!(ran.stderr.contains("apt-get install pcscd libccid"), "{command}: {ran:?}");
        assert!(ran.stderr.contains("systemctl start pcscd.socket"), "{command}: {ran:?}");
    }
    assert!(!folder.path().join("a.rssi.jsonl").exists(), "no empty recording is left");
}

#[test]
fn without_a_service_other_devices_are_listed_all_the_same() {
    let folder = folder();
    let listed = folder.run("devices");
    assert_eq!(listed.code, 0, "{listed:?}");
    let line = listed.stdout.lines().find(|line| line.starts_with("nfc ")).unwrap();
    assert!(line.contains("NFC reader") && line.contains(NOT_RUNNING), "{listed:?}");
    assert!(listed.stdout.lines().any(|line| line.starts_with("os ")), "{listed:?}");
    let listed = folder.run("devices --format json");
    let value: Value = serde_json::from_str(&listed.stdout).unwrap();
    let nfc = value["devices"].as_array().unwrap().iter().find(|device| device["kind"] == "nfc").unwrap();
    assert_eq!((listed.code, &nfc["free"]), (0, &false.into()), "{nfc}");
    assert!(nfc["remedy"].as_str().unwrap().contains("apt-get install pcscd"), "{nfc}");
}

/// A program that links it does not start where it is missing.
#[test]
fn the_program_does_not_ask_for_the_services_library() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_tapbench")).unwrap();
    let has = |text: &[u8]| memchr::memmem::find(&program, text).is_some();
    assert!(has(b"libc.so.6"), "names of libraries are found");
    assert!(!has(b"libpcsclite"));
}

#[test]
fn without_the_reader_that_is_meant_the_others_are_named() {
    if is_missing() {
        return;
    }
    let service = Service::start();
    let ran = service.folder().run("record a.rssi.jsonl --all --source nfc:ACR122");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("no NFC reader has \"ACR122\" in its name"), "{ran:?}");
}
