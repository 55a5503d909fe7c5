//! The Nymi Bluetooth Endpoint on a terminal: `doctor` says what stops a calibration, and a
//! recording that needs the dongle gives it back. The system's commands are small programs of the
//! test, found on the path before the real ones.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod doctor;
mod stopped;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Folder, Ran, tapbench};

/// A terminal with commands of its own.
struct Terminal {
    folder: Folder,
}

impl Terminal {
    fn new() -> Self {
        let folder = Folder::new();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command: a script of the shell.
    fn command(&self, name: &str, script: &str) {
        self.folder.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        let path = self.path("bin").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The program on this terminal, with a state folder of its own.
    fn tapbench(&self, arguments: &[&str]) -> Command {
        let mut command = tapbench();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("XDG_STATE_HOME", self.path("state"));
        command.args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.tapbench(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The state of a check, and its command.
    fn finding(&self, code: &str, options: &[&str]) -> (String, Option<String>) {
        let ran = self.run(&[&["doctor", "--format", "json"], options].concat());
        let all: Value = serde_json::from_str(&ran.stdout).unwrap();
        let found = all["findings"].as_array().unwrap().iter().find(|f| f["code"] == code);
        let found = found.unwrap();
        let text = |key: &str| found[key].as_str().map(str::to_owned);
        let is_problem = text("state").as_deref() == Some("problem");
        assert!(!is_problem || ran.code == 1, "{ran:?}");
        (text("state").unwrap(), text("command"))
    }
}
