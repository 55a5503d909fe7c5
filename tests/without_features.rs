//! The program in a build without Cargo features: all but the window, the system's Bluetooth and NFC
//! readers, and of these it says that it is without them. `cargo xtask test` runs it so.

#![cfg(not(any(feature = "gui", feature = "nfc", feature = "os-bluetooth")))]

mod support;

use support::Folder;

const NO_READERS: &str = "this program was built without NFC readers";
const BUILD: &str = "use a build with the Cargo feature nfc";

#[test]
fn nfc_readers_are_refused_with_the_build_that_has_them() {
    let folder = Folder::new();
    for command in [
        "nfc watch",
        "nfc watch --active --format jsonl",
        "nfc check",
        "nfc configure --dry-run",
        "record a.rssi.jsonl --all --source nfc",
        "record a.rssi.jsonl --all --source nfc:5022",
    ] {
        let ran = folder.run(command);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{command}: {ran:?}");
        assert!(ran.stderr.contains(NO_READERS) && ran.stderr.contains(BUILD), "{command}: {ran:?}");
    }
    assert!(!folder.path().join("a.rssi.jsonl").exists(), "no empty recording is left");
}

#[test]
fn what_looks_at_everything_says_what_it_is_without() {
    let folder = Folder::new();
    let listed = folder.run("devices");
    assert_eq!(listed.code, 0, "{listed:?}");
    for (source, words) in [("nfc ", NO_READERS), ("os ", "built without the system's Bluetooth")] {
        let line = listed.stdout.lines().find(|line| line.starts_with(source)).unwrap();
        assert!(line.contains(words), "{listed:?}");
    }
    assert!(listed.stdout.contains(BUILD), "{listed:?}");
    let looked = folder.run("doctor --format json");
    assert!(looked.stdout.contains(NO_READERS) && looked.stdout.contains(BUILD), "{looked:?}");
}

#[test]
fn recordings_are_made_and_replayed() {
    let folder = Folder::new();
    let made = folder.run("record a.rssi.jsonl --all --source simulated --duration 1s");
    assert_eq!(made.code, 0, "{made:?}");
    let replayed = folder.run("replay a.rssi.jsonl --dongle bluegiga --format jsonl");
    assert_eq!(replayed.code, 0, "{replayed:?}");
    assert!(replayed.summary().starts_with("{\"summary\":{"), "{replayed:?}");
}
