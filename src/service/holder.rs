//! A process of our own that holds the service stopped, and the line to it: a TCP connection of
//! this machine. It starts the service again when the line is cut, so when the bench ends for any
//! reason, killed or crashed too. On Windows the same process can be elevated, which no pipe survives.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::hold::{Hold, NotHeld};
use super::manager::{Manager, Refusal};
use super::marker;
use crate::system::{self, Commands};

/// The hidden subcommand that is the other end.
pub const SUBCOMMAND: &str = "hold-endpoint";

/// How long the process may take to call back, and a person to answer Windows' question.
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// How long the service may take to stop or start; more than `hold` gives it in all.
const ANSWER_LIMIT: Duration = Duration::from_secs(180);

/// How long a caller may take to say who it is.
const GREETING_LIMIT: Duration = Duration::from_secs(5);

const TICK: Duration = Duration::from_millis(10);

/// Bytes of the longest message.
const MESSAGE_BYTES: u64 = 16 * 1024;

/// What the process says, a line each.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    /// First, to show that it is ours.
    Greeting(String),
    Stopped,
    NotStopped(NotHeld),
    Started,
    /// It is still down, and why.
    Down(String),
}

/// With which rights the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Ours.
    Own,
    /// An administrator's, after Windows has asked the person.
    Elevated,
}

/// Our end of the line; dropping it gives the service back.
#[derive(Debug)]
pub struct Holder {
    line: BufReader<TcpStream>,
}

/// Why nothing holds the service.
#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    /// It was asked, and does not.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// The process did not come to be.
    #[error("the process that stops the service does not run: {0}")]
    NoProcess(#[from] io::Error),
}

impl Holder {
    /// Starts `program` (ourselves) as the holder, and waits until it has stopped the service.
    ///
    /// # Errors
    /// Why it has not; the service is then as it was.
    pub fn start(program: &Path, manager: &Manager, rights: Rights) -> Result<Self, HolderError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let token = token();
        let mut arguments =
            vec![SUBCOMMAND.to_owned(), "--connect".to_owned(), listener.local_addr()?.to_string()];
        arguments.extend(["--token".to_owned(), token.clone()]);
        if let Manager::Systemd { unit } = manager {
            arguments.extend(["--unit".to_owned(), unit.clone()]);
        }
        let child = spawn(program, &arguments, rights)?;
        let mut holder = Self { line: accept(&listener, &token, child, rights)? };
        match holder.hear()? {
            Message::Stopped => Ok(holder),
            Message::NotStopped(why) => Err(why.into()),
            _ => Err(io::Error::from(io::ErrorKind::InvalidData).into()),
        }
    }

    /// Lets the service be started, and waits until it runs.
    ///
    /// # Errors
    /// In words, why it is not known to run.
    pub fn give_back(mut self) -> Result<(), String> {
        let cut = self.line.get_ref().shutdown(Shutdown::Write);
        match cut.and_then(|()| self.hear()) {
            Ok(Message::Started) => Ok(()),
            Ok(Message::Down(why)) => Err(why),
            Ok(_) => Err("the process that starts it speaks in riddles".to_owned()),
            Err(error) => Err(format!("the process that starts it is gone: {error}")),
        }
    }

    fn hear(&mut self) -> io::Result<Message> {
        self.line.get_ref().set_read_timeout(Some(ANSWER_LIMIT))?;
        hear(&mut self.line)
    }
}

/// The other end: stops the service, waits until the line is cut, starts it again.
///
/// # Errors
/// When there is nobody at `address`; the service is then as it was.
pub fn serve(
    address: SocketAddr,
    token: &str,
    manager: Manager,
    on_line: impl FnOnce(&TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    if !address.ip().is_loopback() {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    }
    let line = TcpStream::connect_timeout(&address, GREETING_LIMIT)?;
    on_line(&line)?;
    say(&line, &Message::Greeting(token.to_owned()))?;
    let hold = match Hold::take(Commands::of_the_system(), manager, &marker::folders()) {
        Ok(hold) => hold,
        Err(why) => return say(&line, &Message::NotStopped(why)),
    };
    // One who is gone already is found out by reading.
    let _ = say(&line, &Message::Stopped);
    wait_for_the_end(&line);
    let last = match hold.release() {
        Ok(()) => Message::Started,
        Err(why) => Message::Down(why),
    };
    // Nobody listens when the bench was killed.
    let _ = say(&line, &last);
    Ok(())
}

/// For as long as a recording lasts: only its end cuts the line.
fn wait_for_the_end(mut line: &TcpStream) {
    let mut byte = [0];
    loop {
        match line.read(&mut byte) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn say(mut line: &TcpStream, message: &Message) -> io::Result<()> {
    let mut text = serde_json::to_vec(message)?;
    text.push(b'\n');
    line.write_all(&text)
}

fn hear(line: &mut BufReader<TcpStream>) -> io::Result<Message> {
    let mut text = Vec::new();
    line.take(MESSAGE_BYTES).read_until(b'\n', &mut text)?;
    if text.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&text)?)
}

/// What nobody else on this machine can guess.
fn token() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

/// Waits for the process to call; others who call are sent away.
fn accept(
    listener: &TcpListener,
    token: &str,
    mut child: Child,
    rights: Rights,
) -> Result<BufReader<TcpStream>, HolderError> {
    listener.set_nonblocking(true)?;
    let begun = Instant::now();
    while begun.elapsed() < CALL_LIMIT {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(GREETING_LIMIT))?;
                let mut line = BufReader::new(stream);
                if matches!(hear(&mut line), Ok(Message::Greeting(said)) if said == token) {
                    return Ok(line);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match child.try_wait()? {
                Some(status) if !status.success() => {
                    return Err(match rights {
                        // The person said no.
                        Rights::Elevated => NotHeld::Refused(Refusal::NoRights).into(),
                        Rights::Own => io::Error::other(format!("it ended: {status}")).into(),
                    });
                }
                _ => thread::park_timeout(TICK),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::from(io::ErrorKind::TimedOut).into())
}

fn spawn(program: &Path, arguments: &[String], rights: Rights) -> io::Result<Child> {
    let mut command = match rights {
        Rights::Own => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        Rights::Elevated => {
            let mut command = Command::new(powershell());
            command.args(["-NoProfile", "-NonInteractive", "-Command"]);
            command.arg(elevation(program, arguments));
            command
        }
    };
    // Ctrl-C is for the bench; what it means for the holder, the line says.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    system::without_window(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Windows' own, wherever the path leads.
fn powershell() -> PathBuf {
    let root = std::env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    root.join(r"System32\WindowsPowerShell\v1.0\powershell.exe")
}

/// Asks Windows to run a program as an administrator. The arguments are words of our own, without
/// blanks or quotes.
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
            elevation(Path::new(r"C:\Ada's tools\tapbench.exe"), &[SUBCOMMAND.into(), "--token".into()]);
        assert_eq!(
            asked,
            r"Start-Process -FilePath 'C:\Ada''s tools\tapbench.exe' -ArgumentList 'hold-endpoint --token' -Verb RunAs -WindowStyle Hidden -ErrorAction Stop"
        );
        assert_ne!(token(), token());
    }

    #[test]
    fn one_who_does_not_know_the_token_is_sent_away() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stranger = TcpStream::connect(address).unwrap();
        say(&stranger, &Message::Greeting("guess".into())).unwrap();
        let ours = TcpStream::connect(address).unwrap();
        say(&ours, &Message::Greeting("right".into())).unwrap();
        let child =
            Command::new(std::env::current_exe().unwrap()).arg("--list").stdout(Stdio::null()).spawn();
        let line = accept(&listener, "right", child.unwrap(), Rights::Own).unwrap();
        assert_eq!(line.get_ref().peer_addr().unwrap(), ours.local_addr().unwrap());
    }

    #[test]
    fn nobody_far_away_is_served() {
        let far = "192.0.2.1:9".parse().unwrap();
        assert!(serve(far, "t", Manager::Windows, |_| Ok(())).is_err());
    }
}
