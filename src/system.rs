//! The edge where commands of the operating system are run: each with a limit of time and of
//! output. What they said is data, for pure functions elsewhere to judge.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes kept of each stream of a command; what comes after them is read and dropped.
const KEPT: u64 = 1 << 20;

/// How often it is looked whether a command that closed its output has ended.
const TICK: Duration = Duration::from_millis(5);

/// A command as it is run, and as it is printed for a person to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program's name, without a folder.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl CommandLine {
    /// Of borrowed words.
    pub fn new<'a>(program: &'static str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self { program, arguments: arguments.into_iter().map(str::to_owned).collect() }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // PowerShell takes `sc` for a command of its own, which writes files.
        f.write_str(if self.program == "sc" { "sc.exe" } else { self.program })?;
        for argument in &self.arguments {
            if argument.is_empty() || argument.contains([' ', '"', '*', '$', '(', '&']) {
                write!(f, " \"{}\"", argument.replace('"', "\\\""))?;
            } else {
                write!(f, " {argument}")?;
            }
        }
        Ok(())
    }
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Captured {
    /// It ran to its end.
    Ran {
        /// Its exit status; `None` when a signal ended it.
        status: Option<i32>,
        /// What it printed, unreadable bytes replaced: consoles of Windows print in code pages.
        stdout: String,
        /// What it printed beside that.
        stderr: String,
    },
    /// This system has no such program.
    NotFound,
    /// It did not end in time and was stopped.
    TimedOut,
    /// It could not be run; the system's own words.
    Failed(String),
}

impl Captured {
    /// What it printed, if it ended with success.
    ///
    /// # Errors
    /// In words, why it says nothing.
    pub fn success(&self) -> Result<&str, String> {
        match self {
            Self::Ran { status: Some(0), stdout, .. } => Ok(stdout),
            Self::Ran { status, stdout, stderr } => {
                let said =
                    [stderr, stdout].into_iter().find_map(|s| s.lines().find(|l| !l.trim().is_empty()));
                let status =
                    status.map_or("by a signal".to_owned(), |status| format!("with status {status}"));
                Err(match said {
                    Some(line) => format!("ended {status}: {}", line.trim()),
                    None => format!("ended {status}"),
                })
            }
            Self::NotFound => Err("is not on this system".to_owned()),
            Self::TimedOut => Err("did not answer in time".to_owned()),
            Self::Failed(words) => Err(format!("cannot be run: {words}")),
        }
    }
}

/// Where commands are looked for.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    folder: Option<PathBuf>,
}

impl Commands {
    /// The operating system's own: on Windows from its system folder, so that no program of the
    /// same name elsewhere is run instead; on others as `PATH` says.
    pub fn of_the_system() -> Self {
        let root = std::env::var_os("SystemRoot").filter(|_| cfg!(windows));
        Self { folder: root.map(|root| PathBuf::from(root).join("System32")) }
    }

    /// Those of a folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    fn path(&self, program: &str) -> OsString {
        match &self.folder {
            Some(folder) if cfg!(windows) && program == "powershell" => {
                folder.join(r"WindowsPowerShell\v1.0\powershell.exe").into()
            }
            Some(folder) if cfg!(windows) => folder.join(format!("{program}.exe")).into(),
            Some(folder) => folder.join(program).into(),
            None => program.into(),
        }
    }

    /// Runs a command and waits for its end, at most for `limit`; then it is stopped.
    pub fn run(&self, line: &CommandLine, limit: Duration) -> Captured {
        let mut command = Command::new(self.path(line.program));
        command.args(&line.arguments).env("LC_ALL", "C");
        without_window(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => captured(child, limit),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Captured::NotFound,
            Err(error) => Captured::Failed(error.to_string()),
        }
    }
}

/// A command that runs beside this program, and ends with this; its standard input is closed then
/// too, and when this program dies.
#[derive(Debug)]
pub struct Beside(Child);

impl Commands {
    /// Starts a command that is to run beside this program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, line: &CommandLine) -> io::Result<Beside> {
        let mut command = Command::new(self.path(line.program));
        command.args(&line.arguments).env("LC_ALL", "C");
        without_window(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Beside)
    }
}

impl Beside {
    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Writes a line to its standard input.
    ///
    /// # Errors
    /// When it reads no more.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.0.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{line}")?;
        stdin.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        stop(&mut self.0);
    }
}

fn captured(mut child: Child, limit: Duration) -> Captured {
    let begun = Instant::now();
    let left = || limit.saturating_sub(begun.elapsed());
    let (sender, ended) = sync_channel(2);
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|s| Box::new(s) as _), child.stderr.take().map(|s| Box::new(s) as _)];
    for (number, stream) in streams.into_iter().enumerate() {
        let sender = sender.clone();
        // A thread outlives a command that was stopped only while its descendants hold the pipe.
        let read = thread::Builder::new().name(format!("output-{number}")).spawn(move || {
            let mut bytes = Vec::new();
            if let Some(stream) = stream {
                let mut kept = stream.take(KEPT);
                // A stream that breaks off gives what came before.
                let _ = kept.read_to_end(&mut bytes);
                let _ = io::copy(&mut kept.into_inner(), &mut io::sink());
            }
            // Nobody listens when time is up.
            let _ = sender.send((number, bytes));
        });
        if let Err(error) = read {
            stop(&mut child);
            return Captured::Failed(error.to_string());
        }
    }
    let mut said = [String::new(), String::new()];
    for _ in 0..said.len() {
        match ended.recv_timeout(left()) {
            Ok((number, bytes)) => said[number] = String::from_utf8_lossy(&bytes).into_owned(),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                stop(&mut child);
                return Captured::TimedOut;
            }
        }
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let [stdout, stderr] = said;
                return Captured::Ran { status: status.code(), stdout, stderr };
            }
            Ok(None) if left().is_zero() => {
                stop(&mut child);
                return Captured::TimedOut;
            }
            Ok(None) => thread::park_timeout(TICK),
            Err(error) => return Captured::Failed(error.to_string()),
        }
    }
}

fn stop(child: &mut Child) {
    // It may have ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

/// Keeps a console window from flashing up.
#[cfg(windows)]
pub fn without_window(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

/// Only Windows opens windows for commands.
#[cfg(not(windows))]
pub fn without_window(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_as_it_can_be_typed() {
        let line = CommandLine::new("reg", ["add", r"HKLM\a", "/d", r#""C:\x y\lbe.exe" --log 5"#]);
        assert_eq!(line.to_string(), r#"reg add HKLM\a /d "\"C:\x y\lbe.exe\" --log 5""#);
    }

    #[test]
    fn a_program_that_is_not_there_is_told_apart() {
        let nowhere = Commands::in_folder("/nowhere");
        let captured = nowhere.run(&CommandLine::new("sc", []), Duration::from_secs(5));
        assert_eq!(captured, Captured::NotFound);
        assert_eq!(captured.success(), Err("is not on this system".to_owned()));
    }

    #[cfg(unix)]
    mod on_unix {
        use super::*;

        fn shell(script: &str, limit: Duration) -> Captured {
            Commands::default().run(&CommandLine::new("sh", ["-c", script]), limit)
        }

        #[test]
        fn both_streams_and_the_status_are_kept() {
            let captured = shell("printf 'a\\377'; echo b >&2; exit 36", Duration::from_secs(30));
            let said = ("a\u{FFFD}".to_owned(), "b\n".to_owned());
            assert_eq!(captured, Captured::Ran { status: Some(36), stdout: said.0, stderr: said.1 });
            assert_eq!(captured.success(), Err("ended with status 36: b".to_owned()));
        }

        #[test]
        fn a_command_beside_us_hears_lines_and_ends_with_us() {
            let folder = tempfile::tempdir().unwrap();
            let heard = folder.path().join("heard");
            let script = format!("read line; echo $line > {}; exec cat", heard.display());
            let line = CommandLine::new("sh", ["-c", script.as_str()]);
            let mut beside = Commands::default().start(&line).unwrap();
            beside.say("beep").unwrap();
            let begun = Instant::now();
            while std::fs::read_to_string(&heard).ok().as_deref() != Some("beep\n") {
                assert!(begun.elapsed() < Duration::from_secs(30) && beside.is_running());
                thread::yield_now();
            }
        }

        #[test]
        fn a_command_that_hangs_is_stopped_and_one_that_floods_is_cut() {
            let begun = Instant::now();
            assert_eq!(shell("exec sleep 60", Duration::from_millis(50)), Captured::TimedOut);
            assert_eq!(shell("exec >&- 2>&-; exec sleep 60", Duration::from_millis(50)), Captured::TimedOut);
            assert!(begun.elapsed() < Duration::from_secs(30));
            let flood = shell("head -c 3000000 /dev/zero", Duration::from_secs(30));
            assert_eq!(flood.success().map(str::len), Ok(1 << 20));
        }
    }
}
