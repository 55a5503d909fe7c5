//! The command that makes the same change with the rights that it takes, to be copied.

use std::path::{Path, absolute};

use clap::ValueEnum as _;

use super::words;
use crate::cli::Failure;
use crate::engine::parameters::Dongle;
use crate::nbe_config::Place;
use crate::nbe_config::{FileError, Layout, Obstacle};

/// A `config` command line: its words behind the program's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// `config VERB FILE`, whatever folder it will be typed in.
    pub fn new(verb: &str, file: &Path) -> Self {
        let file = absolute(file).unwrap_or_else(|_| file.to_owned());
        Self(vec!["config".into(), verb.into(), file.display().to_string()])
    }

    /// `--dongle` and, where it was chosen, `--layout`.
    #[must_use]
    pub fn of(self, dongle: Dongle, layout: Option<Layout>) -> Self {
        let layout = layout.and_then(|layout| layout.to_possible_value());
        let layout = layout.map(|value| ["--layout".to_owned(), value.get_name().to_owned()]);
        self.and(["--dongle".to_owned(), dongle.to_string()]).and(layout.into_iter().flatten())
    }

    /// More words.
    #[must_use]
    pub fn and(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(words);
        self
    }

    /// For a person with rights; `None` where this is one already.
    fn with_rights(&self) -> Option<String> {
        let program = std::env::current_exe().ok()?;
        if is_root() { None } else { Some(self.spelt(&program.display().to_string())) }
    }

    fn spelt(&self, program: &str) -> String {
        let words: Vec<_> = self.0.iter().map(|word| quoted(word)).collect();
        let before = match (cfg!(windows), quoted(program) == program) {
            (true, true) => "as an administrator: ",
            (true, false) => "as an administrator (in PowerShell with & before it): ",
            (false, _) => "sudo ",
        };
        format!("{before}{} {}", quoted(program), words.join(" "))
    }
}

/// What a failed write means, with the command that will do where only rights are missing.
pub fn of_write(error: &FileError, command: &CommandLine) -> Failure {
    let failure = words::of_file(error);
    match command.with_rights().filter(|_| error.obstacle == Obstacle::NoRights) {
        None => failure,
        Some(command) if Place::of(&error.path) == Place::HpThinPro => {
            failure.remedy(format!("fsunlock, then {command}, then fslock"))
        }
        Some(command) => failure.remedy(command),
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// One who is an administrator and whose prompt is not gets the command, too.
#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// As the shells of this system take it for one word.
fn quoted(word: &str) -> String {
    let plain = if cfg!(windows) { r"\/:.=_-" } else { "/:.=_-" };
    match (word.chars().all(|c| c.is_alphanumeric() || plain.contains(c)), cfg!(windows)) {
        (true, _) => word.to_owned(),
        (false, true) => format!("\"{word}\""),
        (false, false) => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_copied() {
        let file = if cfg!(windows) { r"C:\Nymi's\nbe.toml" } else { "/opt/Nymi's/nbe.toml" };
        let command = CommandLine::new("set", Path::new(file))
            .of(Dongle::BleuIo, Some(Layout::Dongle))
            .and(["rssi_tap_threshold=-47".to_owned(), "--agent-url".to_owned(), "ws://a b".to_owned()]);
        let expected = if cfg!(windows) {
            r#"as an administrator: C:\t.exe config set "C:\Nymi's\nbe.toml" --dongle bleuio --layout dongle rssi_tap_threshold=-47 --agent-url "ws://a b""#
        } else {
            r"sudo 'C:\t.exe' config set '/opt/Nymi'\''s/nbe.toml' --dongle bleuio --layout dongle rssi_tap_threshold=-47 --agent-url 'ws://a b'"
        };
        assert_eq!(command.spelt(r"C:\t.exe"), expected);
    }
}
