//! What was asked for and comes late, when something else is going on by then.
#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use eframe::egui::Key;
use tapbench::app::Command;

use super::{Window, sample};

/// A recording that cannot be read until [`feed`] writes it.
fn slow(folder: &Path) -> PathBuf {
    let path = folder.join("slow.rssi.jsonl");
    assert!(Process::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Not before it is being read: until then nobody would take what is written.
fn feed(window: &mut Window, path: &Path, from: &Path) {
    window.until("being read", |w| w.shows("Opening slow.rssi.jsonl"));
    let text = std::fs::read(from).unwrap();
    std::fs::OpenOptions::new().write(true).open(path).unwrap().write_all(&text).unwrap();
}

#[test]
fn segments_stay_as_they_are_while_another_recording_is_read() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = Window::with("synthetic-calibration-hard");
    let path = slow(folder.path());
    window.command(Command::Open(path.to_string_lossy().into_owned()));
    window.harness.run_steps(3);
    window.press(Key::Insert);
    window.until("refused", |w| w.shows("Segments stay as they are until what is opened"));
    window.command(Command::AskSave);
    assert!(window.shows("Save as a new recording"));
    feed(&mut window, &path, Path::new(&sample("synthetic-calibration-easy")));
    window.until("opened", |w| w.is_shown("slow") || w.shows("slow.rssi.jsonl"));
    window.until("decided", |w| w.shows("Verdict") && !w.shows("deciding anew"));
    window.until("about this one", |w| !w.shows("Save as a new recording"));
}

#[test]
fn symptoms_that_are_asked_for_while_a_recording_is_read_are_answered_from_that_one() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = Window::empty();
    let path = slow(folder.path());
    window.command(Command::Open(path.to_string_lossy().into_owned()));
    window.command(Command::Symptoms);
    window.harness.run_steps(3);
    assert!(window.shows("Open a recording first"));
    feed(&mut window, &path, Path::new(&sample("synthetic-calibration-hard")));
    window.until("answered", |w| w.shows("Yes.") && w.shows("segment "));
}
