//! One line to pcscd: opened, agreed on a version, and every wait limited.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use super::super::code::Code;

/// Where pcscd listens; the variable is pcsc-lite's own.
const SOCKET: &str = "/run/pcscd/pcscd.comm";
const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";

/// For what the service answers by itself.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The versions of the messages that are known here. What is used of them is the same in both:
/// 4:5 only adds a message.
const MAJOR: u32 = 4;
const OLDEST: u32 = 4;
const NEWEST: u32 = 5;
const SCOPE_SYSTEM: u32 = 2;

/// A service that is being started or killed hangs up too: so often it is asked again before it
/// is taken for a refusal.
const RETRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy)]
pub(super) enum Message {
    EstablishContext = 0x01,
    Connect = 0x04,
    Disconnect = 0x06,
    Transmit = 0x09,
    Control = 0x0A,
    Version = 0x11,
    WaitReaderStateChange = 0x13,
}

pub(super) struct Line(UnixStream);

impl Line {
    /// A line with a context of its own.
    pub(super) fn open() -> Result<(Self, u32), Code> {
        let mut line = Self::greeted()?;
        let [_, context, code] = line.ask(Message::EstablishContext, [SCOPE_SYSTEM, 0, 0])?;
        succeeded(code)?;
        Ok((line, context))
    }

    /// Asked again where the service hangs up without a word: so it turns away whom polkit does
    /// not let in, and who is one too many.
    fn greeted() -> Result<Self, Code> {
        let mut retries = 0..RETRIES;
        loop {
            let mut line = Self::connected()?;
            match line.agree() {
                Ok(()) => return Ok(line),
                Err(Code::COMM_ERROR) if retries.next().is_some() => thread::park_timeout(PAUSE),
                Err(Code::COMM_ERROR) => return Err(Code::SECURITY_VIOLATION),
                Err(code) => return Err(code),
            }
        }
    }

    fn connected() -> Result<Self, Code> {
        let path = std::env::var_os(SOCKET_VARIABLE).unwrap_or_else(|| SOCKET.into());
        UnixStream::connect(path).map(Self).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => Code::SECURITY_VIOLATION,
            _ => Code::NO_SERVICE,
        })
    }

    /// Until pcsc-lite 2.4.0 each service took a single version; later ones take older ones too.
    /// One that refuses names its own, and another may be tried on the same line.
    fn agree(&mut self) -> Result<(), Code> {
        let mut minor = OLDEST;
        loop {
            let [major, theirs, code] = self.ask(Message::Version, [MAJOR, minor, 0])?;
            if code == 0 {
                return Ok(());
            }
            if (major, theirs) < (MAJOR, OLDEST) {
                return Err(Code::OLD_PROTOCOL);
            }
            let known = theirs.min(NEWEST);
            if major != MAJOR || known <= minor {
                return Err(Code::ANOTHER_PROTOCOL);
            }
            minor = known;
        }
    }

    pub(super) fn send(&mut self, message: Message, body: &[u8]) -> Result<(), Code> {
        let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let bytes = [&words(&[size, message as u32])[..], body].concat();
        self.write(&bytes)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Code> {
        let limited = self.0.set_write_timeout(Some(ANSWER_LIMIT));
        in_time(limited.and_then(|()| self.0.write_all(bytes)).map_err(|error| broken(&error)))
    }

    /// Exactly `len` bytes.
    pub(super) fn receive(&mut self, len: usize, limit: Duration) -> Result<Vec<u8>, Code> {
        let mut bytes = Vec::new();
        self.fill(&mut bytes, len, limit)?;
        Ok(bytes)
    }

    /// Reads until `bytes` are `len`; after [`Code::TIMEOUT`] it can go on.
    pub(super) fn fill(&mut self, bytes: &mut Vec<u8>, len: usize, limit: Duration) -> Result<(), Code> {
        let due = Instant::now() + limit;
        let mut piece = [0; 4096];
        while bytes.len() < len {
            // Zero would be no limit at all.
            let left = due.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let room = piece.len().min(len - bytes.len());
            let read = self.0.set_read_timeout(Some(left)).and_then(|()| self.0.read(&mut piece[..room]));
            match read {
                Ok(0) => return Err(Code::COMM_ERROR),
                Ok(count) => bytes.extend(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    pub(super) fn ask<const N: usize>(&mut self, message: Message, body: [u32; N]) -> Result<[u32; N], Code> {
        self.send(message, &words(&body))?;
        let answer = in_time(self.receive(4 * N, ANSWER_LIMIT))?;
        values(&answer).try_into().map_err(|_| Code::COMM_ERROR)
    }
}

/// What the service answers by itself it answers in time, or it hangs.
pub(super) fn in_time<T>(answer: Result<T, Code>) -> Result<T, Code> {
    answer.map_err(|code| if code == Code::TIMEOUT { Code::SERVICE_HANGS } else { code })
}

fn broken(error: &io::Error) -> Code {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Code::TIMEOUT,
        _ => Code::COMM_ERROR,
    }
}

pub(super) fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

pub(super) fn values(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|four| u32::from_ne_bytes(*four)).collect()
}

pub(super) fn succeeded(code: u32) -> Result<(), Code> {
    if code == 0 { Ok(()) } else { Err(Code(code)) }
}
