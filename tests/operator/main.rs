//! What an operator of `record` does and sees: choosing bands by what they advertise, finding the
//! one in his hand, marking with single keys, and decisions that are those of a later replay.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod choose;
mod keys;
mod live;
#[path = "../support/running.rs"]
mod running;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use running::Running;
use serde_json::Value;
use support::{Folder, tapbench, until};

/// A simulated dongle, gone with this.
struct Dongle {
    _simulator: Running,
    source: String,
}

impl Dongle {
    fn hearing(folder: &Folder, scenario: &str) -> Self {
        Self::of_kind("bleuio", folder, scenario)
    }

    fn of_kind(kind: &str, folder: &Folder, scenario: &str) -> Self {
        folder.write("scenario.toml", scenario);
        let simulator = Running::simulator(folder, &format!("{kind} --scenario scenario.toml"));
        let source = format!("{kind}:{}", simulator.port().display());
        Self { _simulator: simulator, source }
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
