//! The promise: the recordings that come with the tool are sound, say where they are from, and
//! are judged as `recordings/README.md` says.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::tapbench;
use tapbench::recording::{Options, Reader, RowKind, print};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}

fn recordings() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|p| p.to_string_lossy().ends_with(".rssi.jsonl")).collect();
    found.sort();
    found
}

#[test]
fn each_is_sound_and_says_where_it_is_from() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    assert!(recordings().len() >= 8);
    for path in recordings() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let header = reader.header().clone();
        for key in ["origin", "licence", "notes"] {
            assert!(header.text(key).is_some_and(|text| !text.is_empty()), "{name}: {key}");
        }
        assert!(header.not_a_nymi_band, "{name}");
        let (mut samples, mut closed) = (0, false);
        while let Some(row) = reader.next_row().unwrap_or_else(|error| panic!("{name}: {error}")) {
            samples += u64::from(matches!(row.kind, RowKind::Sample(_)));
            closed |= row.kind == RowKind::Close;
        }
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((closed, last["samples"].as_u64()), (true, Some(samples)), "{name}");
        let is_synthetic = header.text("notes").unwrap().starts_with("SYNTHETIC");
        assert_eq!(is_synthetic, name.starts_with("synthetic"), "{name}");
        assert!(is_synthetic || (samples <= 1500 && text.len() <= 61_440), "{name} is not small");
        assert!(readme.contains(&format!("`{}`", name.trim_end_matches(".rssi.jsonl"))), "{name}");
    }
}

#[test]
fn each_is_spelt_as_the_printer_spells_it() {
    for path in recordings() {
        let text = fs::read_to_string(&path).unwrap();
        let mut printed = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
            if at == 0 { print::header(&mut printed, &row) } else { print::object(&mut printed, &row) }
        }
        assert_eq!(String::from_utf8(printed).unwrap(), text, "{}", path.display());
    }
}

fn check(name: &str, options: &[&str]) -> Option<i32> {
    let path = folder().join(format!("{name}.rssi.jsonl"));
    let mut command = tapbench();
    command.args(["replay", "--check", "--dongle", "bluegiga"]).arg(path).args(options);
    command.output().unwrap().status.code()
}

#[test]
fn the_defaults_judge_them_as_the_readme_says() {
    for (name, exit) in [
        ("synthetic-calibration-easy", 0),
        ("synthetic-calibration-hard", 1),
        ("held-iphones-near-and-half-a-metre", 0),
        ("held-airtags-0-to-60-cm", 0),
        ("desk-then-gone-then-back", 0),
        ("hand-or-pocket", 2),
        ("on-body-four-places", 2),
        ("turning-with-a-phone-in-the-pocket", 2),
    ] {
        assert_eq!(check(name, &[]), Some(exit), "{name}");
    }
}

#[test]
fn the_walks_lock_and_unlock_with_the_parameters_of_the_readme() {
    let options =
        ["--set", "rssi_window_long=5", "--set", "rssi_cutoff_close=-68", "--set", "rssi_cutoff_far=-76"];
    for name in ["walk-there-and-back", "walk-towards-the-sensor", "walk-away-at-walking-pace"] {
        assert_eq!(check(name, &options), Some(0), "{name}");
    }
}
