//! The caller's end: starts the helper, knows it by its first line, asks it, and waits for each
//! answer for a limited time.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::SUBCOMMAND;
use super::message::{Answer, Request, read_line};
use super::process::{Rights, spawn};
use super::seal::{Sealing, Secret, Side};
use super::write::{Refused, WriteRequest};
use crate::nbe_config::{FileError, Outcome, Replacement};
use crate::service::{Manager, NotHeld};

/// How long the process may take to call back, and a person to answer the question before it.
const CALL_LIMIT: Duration = Duration::from_secs(120);

/// How long one request may take; more than `service::hold` gives a service in all.
const ANSWER_LIMIT: Duration = Duration::from_secs(180);

/// How long a caller may take to say who it is.
const GREETING_LIMIT: Duration = Duration::from_secs(5);

const TICK: Duration = Duration::from_millis(10);

/// The helper; it ends, and gives back what it holds, when this is dropped.
#[derive(Debug)]
pub struct Helper {
    line: BufReader<TcpStream>,
    heard: Sealing,
    said: Sealing,
}

/// Why there is no helper, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum NoHelper {
    /// The person said no, or the system did.
    #[error("{} did not let it run as {}", .0.asked_by(), .0.of_whom())]
    Refused(Rights),
    /// Nobody answered the question.
    #[error("nobody answered in {} s", CALL_LIMIT.as_secs())]
    NoAnswer,
    /// It does not run, or was ended.
    #[error("the process for it does not run: {0}")]
    NoProcess(#[from] io::Error),
}

/// Why the service is not held.
#[derive(Debug, thiserror::Error)]
pub enum NotHeldHere {
    /// It was asked, and does not.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// There is nobody to ask.
    #[error(transparent)]
    NoHelper(#[from] NoHelper),
}

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// It is no file that a helper writes.
    #[error("{0}")]
    NotAccepted(String),
    /// It could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nobody to ask, and nothing was asked.
    #[error(transparent)]
    NoHelper(#[from] NoHelper),
    /// It ended before it answered, so the file may be the old one or the new one.
    #[error("the process that writes it ended before it said so: {0}")]
    Lost(io::Error),
}

impl Helper {
    /// Starts `program` (ourselves) as the helper, and waits until it has called.
    ///
    /// # Errors
    /// Why it does not run.
    pub fn start(program: &Path, rights: Rights) -> Result<Self, NoHelper> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let secret = Secret::random();
        let address = listener.local_addr()?.to_string();
        let words = [SUBCOMMAND, "--connect", &address, "--secret", secret.digits()];
        let mut child = spawn(program, &words.map(str::to_owned), rights)?;
        let called = accept(&listener, &secret, &mut child, rights);
        if called.is_err() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        called
    }

    /// Has the service stopped; it is started again when this is dropped.
    ///
    /// # Errors
    /// Why it is not stopped; it is then as it was.
    pub fn hold(&mut self, manager: &Manager) -> Result<(), NotHeldHere> {
        let unit = match manager {
            Manager::Windows => None,
            Manager::Systemd { unit } => Some(unit.clone()),
        };
        self.say(&Request::Hold { unit }).map_err(NoHelper::from)?;
        match self.hear().map_err(NoHelper::from)? {
            Answer::Stopped => Ok(()),
            Answer::NotStopped(why) => Err(why.into()),
            _ => Err(NoHelper::from(io::Error::from(io::ErrorKind::InvalidData)).into()),
        }
    }

    /// Lets the service be started, and waits until it runs.
    ///
    /// # Errors
    /// In words, why it is not known to run.
    pub fn give_back(mut self) -> Result<(), String> {
        let cut = self.line.get_ref().shutdown(Shutdown::Write);
        match cut.and_then(|()| self.hear()) {
            Ok(Answer::Started) => Ok(()),
            Ok(Answer::Down(why)) => Err(why),
            Ok(_) => Err("the process that starts it speaks in riddles".to_owned()),
            Err(error) => Err(format!("the process that starts it is gone: {error}")),
        }
    }

    /// Has a file replaced, as [`Replacement::write`] does it.
    ///
    /// # Errors
    /// Why it was not.
    pub fn write(&mut self, replacement: &Replacement) -> Result<Outcome, NotWritten> {
        let path = &replacement.path;
        let request = WriteRequest::new(replacement).map_err(|refused| not_written(refused, path))?;
        self.say(&Request::Write(request)).map_err(NotWritten::Lost)?;
        match self.hear().map_err(NotWritten::Lost)? {
            Answer::Written { backup } => {
                let beside = |backup: String| {
                    let name = Path::new(&backup).file_name().map(|name| path.with_file_name(name));
                    // A link led elsewhere.
                    name.filter(|name| name.exists()).unwrap_or_else(|| PathBuf::from(backup))
                };
                Ok(Outcome::Written { backup: backup.map(beside) })
            }
            Answer::NotWritten(refused) => Err(not_written(refused, path)),
            _ => Err(NotWritten::Lost(io::ErrorKind::InvalidData.into())),
        }
    }

    fn say(&mut self, request: &Request) -> io::Result<()> {
        let line = self.said.seal(request)?;
        self.line.get_ref().set_write_timeout(Some(ANSWER_LIMIT))?;
        self.line.get_mut().write_all(&line)
    }

    fn hear(&mut self) -> io::Result<Answer> {
        self.line.get_ref().set_read_timeout(Some(ANSWER_LIMIT))?;
        self.hear_soon()
    }

    fn hear_soon(&mut self) -> io::Result<Answer> {
        let line = read_line(&mut self.line)?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.heard.open(&line).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Starts the helper for one file, once it is sure that it would write it.
///
/// # Errors
/// Why the file was not written.
pub fn write_with(program: &Path, rights: Rights, replacement: &Replacement) -> Result<Outcome, NotWritten> {
    WriteRequest::new(replacement).map_err(|refused| not_written(refused, &replacement.path))?;
    Helper::start(program, rights)?.write(replacement)
}

fn not_written(refused: Refused, path: &Path) -> NotWritten {
    match refused {
        Refused::NotAccepted(why) => NotWritten::NotAccepted(why),
        Refused::File { action, obstacle, why } => FileError::stated(action, path, obstacle, why).into(),
    }
}

/// Waits for the process to call; others who call are sent away.
fn accept(
    listener: &TcpListener,
    secret: &Secret,
    child: &mut Child,
    rights: Rights,
) -> Result<Helper, NoHelper> {
    listener.set_nonblocking(true)?;
    let begun = Instant::now();
    while begun.elapsed() < CALL_LIMIT {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(GREETING_LIMIT))?;
                let (heard, said) = (Sealing::new(secret, Side::Helper), Sealing::new(secret, Side::Caller));
                let mut helper = Helper { line: BufReader::new(stream), heard, said };
                if matches!(helper.hear_soon(), Ok(Answer::Ready)) {
                    return Ok(helper);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match child.try_wait()? {
                // What asked Windows ends once the helper has begun; other parents stay with it.
                Some(status) if status.success() && rights == Rights::Administrator => {
                    thread::park_timeout(TICK);
                }
                Some(status) => {
                    return Err(match rights {
                        Rights::Own => io::Error::other(format!("it ended: {status}")).into(),
                        Rights::Administrator | Rights::Root => NoHelper::Refused(rights),
                    });
                }
                None => thread::park_timeout(TICK),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Err(NoHelper::NoAnswer)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn ended() -> Child {
        let program = std::env::current_exe().unwrap();
        Command::new(program).arg("--list").stdout(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn one_who_does_not_know_the_secret_is_sent_away() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let call = |secret: &Secret| {
            let mut stream = TcpStream::connect(address).unwrap();
            let line = Sealing::new(secret, Side::Helper).seal(&Answer::Ready).unwrap();
            stream.write_all(&line).unwrap();
            stream
        };
        let secret = Secret::random();
        let _stranger = call(&Secret::random());
        let ours = call(&secret);
        let helper = accept(&listener, &secret, &mut ended(), Rights::Own).unwrap();
        assert_eq!(helper.line.get_ref().peer_addr().unwrap(), ours.local_addr().unwrap());
    }
}
