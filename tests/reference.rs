//! The documents say what the tool does: the command reference, the profiles.

#![allow(missing_docs, reason = "a test")]

use std::path::Path;

use tapbench::engine::parameters::{Dongle, ParameterSet};
use tapbench::profile::Profile;

fn project(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "docs/cli.md is in git; nothing is lost")]
fn the_command_reference_is_what_the_commands_say() {
    let now = tapbench::cli::reference();
    let path = project("docs/cli.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &now).expect("docs/cli.md can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == now, "docs/cli.md is out of date: UPDATE_REFERENCE=1 cargo test --test reference");
}

#[test]
fn every_command_shows_an_example() {
    let reference = tapbench::cli::reference();
    for section in reference.split("\n## ").skip(1) {
        let name = section.lines().next().unwrap_or_default();
        assert!(section.contains("Example") || name.ends_with("completions"), "{name} shows no example");
    }
}

#[test]
fn every_profile_parses_and_the_dongles_hold_what_is_published() {
    let mut seen = 0;
    for entry in std::fs::read_dir(project("profiles")).expect("profiles") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a profile");
        let profile = Profile::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(profile.description.is_some(), "{} says what it is", path.display());
        for dongle in Dongle::ALL {
            if path.ends_with(format!("{dongle}.toml")) {
                assert_eq!(profile.parameters(Some(dongle)), ParameterSet::published(dongle));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, Dongle::ALL.len());
}

/// The README's first screen shows what a reader will see.
#[test]
fn the_readme_shows_what_tune_says() {
    let recording = "recordings/synthetic-calibration-hard.rssi.jsonl";
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_tapbench"))
        .args(["-q", "tune", recording, "--dongle", "bluegiga"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("runs");
    let said = String::from_utf8(ran.stdout).expect("text").replace("\r\n", "\n");
    let shown = said.split("\nWhat else was close").next().expect("a beginning").trim_end();
    let readme = std::fs::read_to_string(project("README.md")).expect("README.md").replace("\r\n", "\n");
    assert!(readme.contains(shown), "README.md does not show this:\n{shown}");
}
