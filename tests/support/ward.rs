//! A terminal with commands of its own, and on it the endpoint's service with a virtual dongle. The
//! system's commands are small programs of the test, found on the path before the real ones.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a failed set-up fails the test"
)]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use crate::support::{Folder, Ran, tapbench, until};

/// A terminal with commands of its own.
pub struct Terminal {
    /// Where all of it is.
    pub folder: Folder,
}

impl Terminal {
    /// With no commands yet.
    pub fn new() -> Self {
        let folder = Folder::new();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder }
    }

    /// Where something is in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command: a script of the shell.
    pub fn command(&self, name: &str, script: &str) {
        self.folder.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        let path = self.path("bin").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The program on this terminal, with a state folder of its own.
    pub fn tapbench(&self, arguments: &[&str]) -> Command {
        let mut command = tapbench();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("XDG_STATE_HOME", self.path("state"));
        command.args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The program as a command that takes nothing but arguments.
    pub fn program(&self) -> PathBuf {
        let program = env!("CARGO_BIN_EXE_tapbench");
        let (bin, state) = (self.path("bin"), self.path("state"));
        let environment =
            format!("export PATH='{}':\"$PATH\" XDG_STATE_HOME='{}'", bin.display(), state.display());
        self.command("tapbench", &format!("{environment}; exec '{program}' \"$@\""));
        bin.join("tapbench")
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.tapbench(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The unit of systemd.
pub const UNIT: &str = "nymi-bluetooth-endpoint.service";

/// A terminal with a virtual dongle whose port the endpoint holds while its service runs.
pub struct Ward {
    pub terminal: Terminal,
    dongle: Child,
    endpoint: Option<JoinHandle<()>>,
}

impl Ward {
    /// `stop` and `start` are what the fake service manager does.
    pub fn new(stop: &str, start: &str) -> Self {
        let terminal = Terminal::new();
        systemd(&terminal, stop, start);
        terminal.folder.write("active", "active\n");
        let mut dongle = terminal.tapbench(&["simulate", "bleuio", "--link", "port"]).spawn().unwrap();
        // The port is there once its name is printed.
        BufReader::new(dongle.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        let mut ward = Self { terminal, dongle, endpoint: None };
        ward.endpoint = Some(endpoint(&ward.terminal));
        ward
    }

    /// What a file in its folder holds.
    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.terminal.path(name)).unwrap_or_default()
    }

    /// The orders to stop and to start, in their order.
    pub fn orders(&self) -> Vec<String> {
        let orders = self.text("orders");
        let words = orders.lines().filter_map(|line| line.split_whitespace().nth(1));
        words.filter(|word| matches!(*word, "stop" | "start")).map(str::to_owned).collect()
    }

    /// Whether the note of a stop is left.
    pub fn marker_is_there(&self) -> bool {
        self.terminal.path("state/tapbench/endpoint-stopped.json").exists()
    }

    /// Whether the service runs, and no note is left.
    pub fn is_as_before(&self) -> bool {
        self.text("active") == "active\n" && !self.marker_is_there()
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        // Gone already when a test has ended it; the endpoint ends when its port does.
        let _ = self.dongle.kill();
        let _ = self.dongle.wait();
        self.terminal.folder.write("active", "inactive\n");
        let _ = self.endpoint.take().map(JoinHandle::join);
    }
}

fn systemd(terminal: &Terminal, stop: &str, start: &str) {
    let folder = terminal.folder.path().display().to_string();
    terminal.command(
        "systemctl",
        &format!(
            "cd {folder}; echo \"$*\" >> orders\n\
             case \"$*\" in\n\
             list-unit-files*) echo '{UNIT} enabled enabled';;\n\
             *' stop '*) {stop};;\n\
             *' start '*) {start};;\n\
             *) echo LoadState=loaded; echo UnitFileState=enabled; echo ActiveState=$(cat active);;\nesac"
        ),
    );
}

/// It stops.
pub const STOPS: &str = "echo inactive > active";
/// It starts.
pub const STARTS: &str = "echo active > active";

/// Holds the port until the service is stopped.
fn endpoint(terminal: &Terminal) -> JoinHandle<()> {
    let (port, active) = (terminal.path("port"), terminal.path("active"));
    let held = serialport::new(port.to_str().unwrap(), 9600).open().unwrap();
    std::thread::spawn(move || {
        until("the stop", || std::fs::read_to_string(&active).is_ok_and(|text| text == "inactive\n"));
        drop(held);
    })
}
