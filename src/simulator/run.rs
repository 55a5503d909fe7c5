//! A BleuIO dongle on a pseudo-terminal, in real time, until it is stopped.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dongle_protocols::bleuio::device::{Device, Settings};
use dongle_protocols::radio::Scene;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::link::Link;
use super::pty::Pty;

/// When an unplugged port vanishes and when it is back, in µs from the start.
const UNPLUGGED_US: std::ops::Range<u64> = 5_000_000..7_000_000;

/// More than a client writes at a time.
const READ_MAX: usize = 4096;

/// What to simulate, and where.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The dongle.
    pub settings: Settings,
    /// What it hears.
    pub scene: Scene,
    /// A name for its port that stays.
    pub link: Option<PathBuf>,
    /// Whether the port vanishes for a while.
    pub unplugs: bool,
}

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

/// Plays until there is a byte in `stop`, or its other end is gone. Each new port is announced:
/// the first, and those after an unplugging or a change of the USB device. Returns how many bytes
/// nobody read.
///
/// # Errors
/// When the system gives no port, or the announcement fails.
pub fn run<E: From<SimulatorError>>(
    plan: Plan,
    stop: &mut UnixStream,
    mut announce: impl FnMut(&Path) -> Result<(), E>,
) -> Result<u64, E> {
    let Plan { settings, scene, link, unplugs } = plan;
    let again = Settings { earlier: Vec::new(), starts_in_bootloader: false, ..settings.clone() };
    let mut device = Device::new(settings, scene.clone());
    let mut usb = device.usb();
    let mut port: Option<Port> = None;
    let mut will_unplug = unplugs;
    let mut lost = 0;
    let started = Instant::now();
    loop {
        let now_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let is_away = unplugs && UNPLUGGED_US.contains(&now_us);
        if is_away && std::mem::take(&mut will_unplug) {
            // It comes back as a dongle that was plugged in anew, in the same scene.
            (port, device) = (None, Device::new(again.clone(), scene.clone()));
        }
        if device.usb() != usb {
            (port, usb) = (None, device.usb());
        }
        let next_us = if is_away {
            Some(UNPLUGGED_US.end)
        } else {
            let port = match &mut port {
                Some(port) => port,
                none => {
                    let opened = none.insert(Port::open(link.as_deref())?);
                    announce(opened.pty.path())?;
                    opened
                }
            };
            lost += exchange(&mut device, &mut port.pty, now_us).map_err(SimulatorError::from)?;
            let unplugging = will_unplug.then_some(UNPLUGGED_US.start);
            if device.usb() == usb {
                [device.wake_at_us(), unplugging].into_iter().flatten().min()
            } else {
                Some(now_us)
            }
        };
        let wait_us = next_us.map(|at| at.saturating_sub(now_us));
        let pty = port.as_ref().map(|port| &port.pty);
        if wait(stop, pty, wait_us).map_err(SimulatorError::from)? {
            return Ok(lost);
        }
    }
}

/// Lets the host and the dongle talk; returns how many bytes the host lost.
fn exchange(device: &mut Device, pty: &mut Pty, now_us: u64) -> io::Result<u64> {
    let mut buffer = [0; READ_MAX];
    let read = pty.read(&mut buffer)?;
    if let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) {
        device.receive(bytes, now_us);
    }
    let mut out = Vec::new();
    device.poll(now_us, &mut out);
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
