//! A virtual dongle on a pseudo-terminal, in real time, until it is stopped.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::dongle::{Usb, VirtualDongle};
use super::link::Link;
use super::pty::Pty;

/// More than a client writes at a time.
const READ_MAX: usize = 4096;

/// Why there is no virtual dongle, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The system gives no pseudo-terminal.
    #[error("cannot make a pseudo-terminal: {0}")]
    Pty(io::Error),
    /// The port's name cannot be made.
    #[error("{path}: {error}", path = .path.display())]
    Link {
        /// As asked for.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The port broke.
    #[error("the pseudo-terminal failed: {0}")]
    Io(#[from] io::Error),
}

/// A port with its name; the name goes first.
struct Port {
    _link: Option<Link>,
    pty: Pty,
}

impl Port {
    fn open(link: Option<&Path>) -> Result<Self, SimulatorError> {
        let pty = Pty::open().map_err(SimulatorError::Pty)?;
        let named = |path: &Path| {
            Link::new(path, pty.path()).map_err(|error| SimulatorError::Link { path: path.to_owned(), error })
        };
        Ok(Self { _link: link.map(named).transpose()?, pty })
    }
}

/// Plays until there is a byte in `stop`, or its other end is gone. The port has the name `link`
/// too, if there is one. Each new port is announced: the first, and those after an unplugging, a
/// restart or a change of the USB device. Returns how many bytes nobody read.
///
/// # Errors
/// When the system gives no port, or the announcement fails.
pub fn run<E: From<SimulatorError>>(
    dongle: &mut dyn VirtualDongle,
    link: Option<&Path>,
    stop: &mut UnixStream,
    mut announce: impl FnMut(&Path) -> Result<(), E>,
) -> Result<u64, E> {
    let mut shown = Usb::Absent;
    let mut port: Option<Port> = None;
    let mut lost = 0;
    let started = Instant::now();
    loop {
        let now_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        dongle.advance(now_us);
        if dongle.usb() != shown {
            // The old port must be gone before its name is given again.
            port = None;
            shown = dongle.usb();
            if shown != Usb::Absent {
                announce(port.insert(Port::open(link)?).pty.path())?;
            }
        }
        if let Some(port) = &mut port {
            lost += exchange(dongle, &mut port.pty, now_us).map_err(SimulatorError::from)?;
        }
        let next_us = if dongle.usb() == shown { dongle.wake_at_us() } else { Some(now_us) };
        let wait_us = next_us.map(|at| at.saturating_sub(now_us));
        let pty = port.as_ref().map(|port| &port.pty);
        if wait(stop, pty, wait_us).map_err(SimulatorError::from)? {
            return Ok(lost);
        }
    }
}

/// Lets the host and the dongle talk; returns how many bytes the host lost.
fn exchange(dongle: &mut dyn VirtualDongle, pty: &mut Pty, now_us: u64) -> io::Result<u64> {
    let mut buffer = [0; READ_MAX];
    let read = pty.read(&mut buffer)?;
    if let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) {
        dongle.receive(bytes, now_us);
    }
    let mut out = Vec::new();
    dongle.take_output(now_us, &mut out);
    Ok(pty.write(&out)? as u64)
}

/// Waits for the host, the time or the end; returns whether it is the end.
fn wait(stop: &mut UnixStream, pty: Option<&Pty>, wait_us: Option<u64>) -> io::Result<bool> {
    let limit = wait_us.map(|us| Timespec {
        tv_sec: i64::try_from(us / 1_000_000).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(us % 1_000_000 * 1000).unwrap_or(0),
    });
    let mut watched = vec![PollFd::new(&*stop, PollFlags::IN)];
    watched.extend(pty.map(|pty| PollFd::new(pty, PollFlags::IN)));
    match poll(&mut watched, limit.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(e) => return Err(e.into()),
    }
    if watched.first().is_none_or(|stop| stop.revents().is_empty()) {
        return Ok(false);
    }
    let _ended_by = stop.read(&mut [0])?;
    Ok(true)
}
