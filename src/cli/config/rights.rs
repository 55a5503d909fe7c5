//! Writing where this user may not: through a helper that the person lets run as an administrator,
//! or by the command that makes the same change with the rights that it takes, to be copied.

use std::path::{Path, absolute};

use clap::ValueEnum as _;

use super::{difference, words};
use crate::cli::{Exit, Failure, Terminal};
use crate::engine::parameters::Dongle;
use crate::helper::{self, NotWritten, Rights};
use crate::nbe_config::{FileError, Layout, Obstacle, Outcome, Place, Replacement, read};

/// Whether more rights may be asked for without a question of ours.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Consent {
    /// Where you may not write the file, let Windows or sudo ask for the rights, without a question before it
    #[arg(long)]
    pub elevate: bool,
}

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

/// Writes; where this user may not and agrees, with more rights. `command` is what would do the same.
pub fn write(
    replacement: &Replacement,
    command: &CommandLine,
    consent: Consent,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let error = match replacement.write() {
        Err(error) if error.obstacle == Obstacle::NoRights => error,
        other => return other.map_err(|error| words::of_file(&error)),
    };
    let Some(rights) = Rights::at_a_terminal() else { return Err(without_rights(&error, command)) };
    if !consent.elevate && !agrees(replacement, rights, terminal)? {
        let failure = without_rights(&error, command);
        return Err(match &failure.remedy {
            Some(by_hand) if !terminal.can_ask() => {
                let remedy = format!("{by_hand}; or add --elevate, and {} asks", rights.asked_by());
                failure.remedy(remedy)
            }
            _ => failure,
        });
    }
    terminal.note(format!(
        "{}: writing it needs the rights of {}: {} asks",
        replacement.path.display(),
        rights.of_whom(),
        rights.asked_by()
    ));
    let written = std::env::current_exe()
        .map_err(|error| NotWritten::NoHelper(error.into()))
        .and_then(|program| helper::write_with(&program, rights, replacement));
    written.map_err(|error| not_written(&error, replacement, command))
}

/// Shows the person what is to be written, and asks.
fn agrees(replacement: &Replacement, rights: Rights, terminal: &Terminal) -> Result<bool, Failure> {
    if !terminal.can_ask() {
        return Ok(false);
    }
    difference::print_difference(replacement, terminal)?;
    Ok(terminal.agrees(&format!(
        "{}: you may not write it. Write this as {} ({} asks)?",
        replacement.path.display(),
        rights.of_whom(),
        rights.asked_by()
    )))
}

fn not_written(error: &NotWritten, replacement: &Replacement, command: &CommandLine) -> Failure {
    let file = replacement.path.display();
    match error {
        NotWritten::File(error) if error.obstacle == Obstacle::NoRights => without_rights(error, command),
        NotWritten::File(error) => words::of_file(error),
        NotWritten::NotAccepted(why) => {
            let failure = Failure::bad_input(format!("{file} is not written: {why}; the file is as it was"));
            match command.with_rights() {
                Some(command) => failure.remedy(command),
                None => failure,
            }
        }
        NotWritten::NoHelper(why) => Failure {
            exit: Exit::NoDevice,
            what: format!("{file} is not written: {why}; the file is as it was"),
            remedy: command.with_rights(),
        },
        NotWritten::Lost(_) => {
            let now = match read(&replacement.path) {
                Ok(bytes) if bytes == replacement.new => "the file holds what was to be written",
                Ok(bytes) if Some(&bytes) == replacement.old.as_ref() => "the file is as it was",
                _ => "what the file holds now is not known",
            };
            Failure { exit: Exit::NoDevice, what: format!("{file}: {error}; {now}"), remedy: None }
                .remedy(format!("look at it: tapbench config show {file}"))
        }
    }
}

/// What a write that this user may not make means, with the command that will do.
fn without_rights(error: &FileError, command: &CommandLine) -> Failure {
    let failure = words::of_file(error);
    match command.with_rights() {
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
