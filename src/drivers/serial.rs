//! A dongle's serial port: opened for us alone, read with a limit, and gone when it is gone.

use std::fmt;
use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use serialport::{ErrorKind, SerialPort, SerialPortInfo};

/// USB serial ports ignore it, but must be given one.
const BAUD: u32 = 115_200;

/// How long a write may take before the dongle counts as gone.
const WRITE_LIMIT: Duration = Duration::from_millis(500);

/// How long a port may stay busy after what held it has ended, and how often that is looked for.
const FREE_LIMIT: Duration = Duration::from_secs(5);
const FREE_TICK: Duration = Duration::from_millis(50);

/// Why a port cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{port}: {reason}")]
pub struct OpenError {
    /// As given.
    pub port: String,
    /// What is in the way.
    pub reason: Reason,
}

/// What is in the way of opening a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing of that name.
    Missing,
    /// Another program has it.
    Busy,
    /// The system does not let this user.
    NoRights,
    /// Something else of that name.
    NotSerial,
    /// The dongle shows its bootloader, as for some seconds after it is plugged in.
    Starting,
    /// The system's own words.
    Other(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such port",
            Self::Busy => "port busy: the Nymi Bluetooth Endpoint, or another program, holds it",
            Self::NoRights => "this user may not open the port",
            Self::NotSerial => "is not a serial port",
            Self::Starting => "the dongle is still starting (bootloader)",
            Self::Other(words) => return write!(f, "cannot be opened: {words}"),
        })
    }
}

impl Reason {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing => "tapbench devices lists what is plugged in",
            Self::Busy if cfg!(windows) => {
                "record with --stop-endpoint, which starts the service again afterwards; tapbench doctor says more"
            }
            Self::Busy => {
                "record with --stop-endpoint, or end what else uses the dongle (ModemManager?); tapbench doctor says more"
            }
            Self::NoRights if cfg!(windows) => "run it as an administrator",
            Self::NoRights => "sudo usermod -aG dialout $USER, then log in again",
            Self::NotSerial => "tapbench devices lists the serial ports of dongles",
            Self::Starting => "wait 15 s and try again",
            Self::Other(_) => "unplug the dongle and plug it in again",
        }
    }

    fn of(error: &serialport::Error, is_listed: impl FnOnce() -> bool) -> Self {
        match error.kind() {
            // Windows says the same of a missing port and of one in use.
            ErrorKind::NoDevice if cfg!(windows) && !is_listed() => Self::Missing,
            ErrorKind::NoDevice => Self::Busy,
            ErrorKind::Io(io::ErrorKind::NotFound) => Self::Missing,
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => Self::NoRights,
            ErrorKind::Unknown if cfg!(unix) && error.description == NOT_A_TERMINAL => Self::NotSerial,
            _ => Self::Other(error.description.clone()),
        }
    }
}

/// How the serial library words the refusal of an ordinary file.
const NOT_A_TERMINAL: &str = "Not a typewriter";

/// The port was closed from the other side: unplugged, or its driver failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// An open port.
pub struct Port(Box<dyn SerialPort>);

impl Port {
    /// Opens a port that nobody else may open meanwhile.
    ///
    /// # Errors
    /// What is in the way.
    pub fn open(path: &str) -> Result<Self, OpenError> {
        let mut port = serialport::new(path, BAUD).timeout(WRITE_LIMIT).open().map_err(|error| {
            let is_listed = || ports().iter().any(|port| port.port_name == path);
            OpenError { port: path.to_owned(), reason: Reason::of(&error, is_listed) }
        })?;
        // Dongles want it; ports without control lines do not have it, and work all the same.
        let _ = port.write_data_terminal_ready(true);
        Ok(Self(port))
    }

    /// Waits for bytes, at most for `limit`; 0 when none came.
    ///
    /// # Errors
    /// When the port is gone.
    pub fn read(&mut self, into: &mut [u8], limit: Duration) -> Result<usize, Gone> {
        self.0.set_timeout(limit).map_err(|_| Gone)?;
        match self.0.read(into) {
            Ok(0) => Err(Gone),
            Ok(count) => Ok(count),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => Ok(0),
                _ => Err(Gone),
            },
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// When the port is gone, or takes nothing for half a second.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.0.set_timeout(WRITE_LIMIT).map_err(|_| Gone)?;
        self.0.write_all(bytes).map_err(|_| Gone)
    }
}

/// Whether another program holds a port.
pub fn is_busy(port: &str) -> bool {
    Port::open(port).is_err_and(|error| error.reason == Reason::Busy)
}

/// Waits until no other program holds these ports, for as long as a service that was stopped may take
/// to let go of them.
pub fn until_free(ports: &[String]) {
    let begun = Instant::now();
    while begun.elapsed() < FREE_LIMIT && ports.iter().any(|port| is_busy(port)) {
        thread::park_timeout(FREE_TICK);
    }
}

/// The system's serial ports.
///
/// # Errors
/// In words, why it cannot say.
pub fn list() -> Result<Vec<SerialPortInfo>, String> {
    // The serial library panics where Linux has no list.
    const LIST: &str = "/sys/class/tty";
    if cfg!(target_os = "linux") && !std::path::Path::new(LIST).is_dir() {
        return Err(format!("there is no {LIST}"));
    }
    serialport::available_ports().map_err(|error| error.description)
}

/// The system's serial ports; none where it cannot say.
pub fn ports() -> Vec<SerialPortInfo> {
    list().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_told_apart() {
        let missing = Port::open("/nowhere/tty").err().map(|error| error.reason);
        assert_eq!(missing, Some(Reason::Missing));
        let of = |kind, words: &str| Reason::of(&serialport::Error::new(kind, words), || true);
        assert_eq!(of(ErrorKind::NoDevice, "Unable to acquire exclusive lock"), Reason::Busy);
        assert_eq!(of(ErrorKind::Io(io::ErrorKind::PermissionDenied), "x"), Reason::NoRights);
        assert_eq!(of(ErrorKind::Unknown, "odd"), Reason::Other("odd".into()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_no_port() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Port::open(file.path().to_str().unwrap()).err().unwrap();
        assert_eq!(error.reason, Reason::NotSerial);
        assert!(!error.reason.remedy().is_empty());
    }
}
