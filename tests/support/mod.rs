//! What the tests of the binary share: the command itself, and a folder to run it in.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; a failed set-up fails the test"
)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The built binary, with nothing in its environment that changes what it prints.
pub fn tapbench() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tapbench"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub code: i32,
    /// Data.
    pub stdout: String,
    /// Words.
    pub stderr: String,
}

impl Ran {
    /// The lines of stdout but the last, which is the summary of `--format jsonl`.
    pub fn events(&self) -> Vec<&str> {
        let mut lines: Vec<&str> = self.stdout.lines().collect();
        assert!(lines.pop().is_some_and(|l| l.starts_with("{\"summary\":{")), "no summary: {self:?}");
        lines
    }

    /// The summary, as text.
    pub fn summary(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

/// A folder of its own for one test, removed with it; commands run in it.
pub struct Folder {
    folder: tempfile::TempDir,
    env: Option<(&'static str, PathBuf)>,
}

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), env: None }
    }

    /// One that holds `name`.
    pub fn with(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write(name, bytes);
        folder
    }

    /// With a variable for the commands that run in it.
    pub fn with_env(self, name: &'static str, value: impl Into<PathBuf>) -> Self {
        Self { env: Some((name, value.into())), ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders on its way.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().write_all(bytes.as_ref()).unwrap();
    }

    /// What a file holds.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs `tapbench` with `arguments`, separated by blanks.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_with_stdin(arguments, b"")
    }

    /// The same, with something on the standard input.
    pub fn run_with_stdin(&self, arguments: &str, stdin: &[u8]) -> Ran {
        let mut command = tapbench();
        command.args(arguments.split_whitespace()).current_dir(self.path());
        command.envs(self.env.clone());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that ends without reading its input is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
