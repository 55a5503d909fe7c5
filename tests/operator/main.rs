//! What an operator of `record` does and sees: choosing bands by what they advertise, finding the
//! one in his hand, marking with single keys, and decisions that are those of a later replay.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod choose;
mod keys;
mod live;
#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Folder, tapbench};

const LIMIT: Duration = Duration::from_secs(30);

/// A simulated dongle, gone with this.
struct Dongle {
    child: Child,
    source: String,
}

impl Dongle {
    fn hearing(folder: &Folder, scenario: &str) -> Self {
        Self::of_kind("bleuio", folder, scenario)
    }

    fn of_kind(kind: &str, folder: &Folder, scenario: &str) -> Self {
        folder.write("scenario.toml", scenario);
        let mut command = tapbench();
        command.args(["simulate", kind, "--scenario"]).arg(folder.path().join("scenario.toml"));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, source: format!("{kind}:{}", port.trim()) }
    }
}

impl Drop for Dongle {
    fn drop(&mut self) {
        // One that has ended by itself is gone too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn rows(path: &Path) -> Vec<Value> {
    text(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn out(folder: &Folder) -> PathBuf {
    folder.path().join("out.rssi.jsonl")
}

fn record(out: &Path, source: &str, options: &[&str]) -> Command {
    let mut command = tapbench();
    command.arg("record").arg(out).args(["--source", source]).args(options);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What `replay --format jsonl` prints, parameters as for a Bluegiga.
fn replayed(path: &Path, options: &[&str]) -> String {
    let mut command = tapbench();
    command.arg("replay").arg(path).args(["--format", "jsonl", "--dongle", "bluegiga"]).args(options);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
