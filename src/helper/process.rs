//! The helper as a process: with our rights, or after Windows' or sudo's question with more.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::system;

/// With which rights the helper runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Ours.
    Own,
    /// An administrator's, after Windows has asked the person.
    Administrator,
    /// Root's, after `sudo` has asked at the terminal.
    Root,
}

impl Rights {
    /// The greater rights that a person at a terminal can be asked for; `None` where there are none,
    /// or this process has them.
    pub fn at_a_terminal() -> Option<Self> {
        if cfg!(windows) {
            return Some(Self::Administrator);
        }
        #[cfg(unix)]
        if !rustix::process::geteuid().is_root() && sudo_is_there() {
            return Some(Self::Root);
        }
        None
    }

    /// The same for a person at the window, where only Windows asks.
    pub fn at_the_window() -> Option<Self> {
        cfg!(windows).then_some(Self::Administrator)
    }

    /// What will ask the person.
    pub fn asked_by(self) -> &'static str {
        match self {
            Self::Own => "nobody",
            Self::Administrator => "Windows",
            Self::Root => "sudo",
        }
    }

    /// Whose they are.
    pub fn of_whom(self) -> &'static str {
        match self {
            Self::Own => "yourself",
            Self::Administrator => "an administrator",
            Self::Root => "root",
        }
    }
}

#[cfg(unix)]
fn sudo_is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("sudo").is_file())
}

/// Starts `program` with these words, which are our own: without blanks or quotes.
pub(super) fn spawn(program: &Path, arguments: &[String], rights: Rights) -> io::Result<Child> {
    let mut command = match rights {
        Rights::Own => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        Rights::Administrator => {
            let mut command = Command::new(powershell());
            command.args(["-NoProfile", "-NonInteractive", "-Command"]);
            command.arg(elevation(program, arguments));
            command
        }
        Rights::Root => {
            let mut command = Command::new("sudo");
            command.arg("--").arg(program).args(arguments);
            command
        }
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match rights {
        // It asks at the terminal, which only processes of the foreground may read.
        Rights::Root => {
            command.stderr(Stdio::inherit());
        }
        // Ctrl-C is for the bench; what it means for the helper, the line says.
        #[cfg(unix)]
        Rights::Own | Rights::Administrator => {
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        #[cfg(not(unix))]
        Rights::Own | Rights::Administrator => {}
    }
    system::without_window(&mut command);
    command.spawn()
}

/// Windows' own, wherever the path leads.
fn powershell() -> PathBuf {
    let root = std::env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    root.join(r"System32\WindowsPowerShell\v1.0\powershell.exe")
}

/// Asks Windows to run a program as an administrator.
fn elevation(program: &Path, arguments: &[String]) -> String {
    let quoted = program.to_string_lossy().replace('\'', "''");
    format!(
        "Start-Process -FilePath '{quoted}' -ArgumentList '{}' -Verb RunAs -WindowStyle Hidden -ErrorAction Stop",
        arguments.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_is_asked_to_elevate_our_own_program() {
        let asked =
            elevation(Path::new(r"C:\Ada's tools\tapbench.exe"), &["helper".into(), "--secret".into()]);
        assert_eq!(
            asked,
            r"Start-Process -FilePath 'C:\Ada''s tools\tapbench.exe' -ArgumentList 'helper --secret' -Verb RunAs -WindowStyle Hidden -ErrorAction Stop"
        );
    }
}
