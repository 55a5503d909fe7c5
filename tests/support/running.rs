//! A program that runs beside a test: its lines as they come, and never longer than the test.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a failed set-up fails the test"
)]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use crate::support::{Folder, LIMIT, tapbench};

/// A running program; killed with this.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it; what it says on stderr is the test's own output.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = sync_channel(16);
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Self { child, lines }
    }

    /// `tapbench simulate`, with arguments separated by blanks.
    pub fn simulator(folder: &Folder, arguments: &str) -> Self {
        let mut command = tapbench();
        command.arg("simulate").args(arguments.split_whitespace()).current_dir(folder.path());
        Self::start(&mut command)
    }

    /// Its next line.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).unwrap()
    }

    /// The port that a simulator prints.
    pub fn port(&self) -> PathBuf {
        PathBuf::from(self.line())
    }

    /// The lines that are left, up to its end.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let ends = Instant::now() + LIMIT;
        let mut lines = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(ends.saturating_duration_since(Instant::now())) {
            lines.push(line);
        }
        (self.wait(ends), lines)
    }

    /// How it ends on Ctrl-C.
    pub fn interrupted(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.wait(Instant::now() + LIMIT)
    }

    fn wait(&mut self, ends: Instant) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < ends, "it does not end");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
