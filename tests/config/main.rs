//! `tapbench config`: a file for each promise to a user; here the bench they share: a folder of
//! its own and the real binary.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken bench fails the test")]

mod check;
mod edit;
mod hostile_input;
mod igel;
mod killed;
mod restore;
#[cfg(target_os = "linux")]
mod rights;
mod set;
mod show;
mod write;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The five published Bluegiga values and an agent.
const GOOD: &str = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_window_tap = 10\n\
                    rssi_window_long = 50\nrssi_tap_threshold = -42\nrssi_cutoff_close = -70\nrssi_cutoff_far = -83\n";

struct Bench {
    folder: tempfile::TempDir,
}

/// How a run ended.
#[derive(Debug)]
struct Run {
    exit: i32,
    out: String,
    err: String,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A bench with this nbe.toml.
    fn with(text: &str) -> Self {
        let bench = Self::new();
        bench.put("nbe.toml", text);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(path).unwrap().write_all(text.as_ref()).unwrap();
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// The names of all files but these.
    fn others(&self, names: &[&str]) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap().flatten();
        let mut found: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        found.retain(|name| !names.contains(&name.as_str()));
        found.sort();
        found
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tapbench"));
        command.current_dir(self.folder.path()).arg("config").args(line.split_whitespace());
        command.env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    /// Runs `tapbench config LINE` in the folder.
    fn run(&self, line: &str) -> Run {
        Run::of(self.command(line).output().unwrap())
    }
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words) || self.out.contains(words), "{words}?\n{}\n{}", self.out, self.err);
        self
    }
}
