//! A pseudo-terminal that stands for a serial port: clients may come and go, and what nobody
//! reads is dropped and counted, as a real dongle's USB buffer would.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// One port, there as long as this is.
#[derive(Debug)]
pub struct Pty {
    master: File,
    /// Never read: without it the port would hang up whenever a client closes it.
    _slave: File,
    path: PathBuf,
}

impl Pty {
    /// A port without echo and line editing, from its first byte on.
    pub fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = PathBuf::from(OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes()));
        // Not by the standard library, which would make it the controlling terminal of a daemon.
        let slave = rustix::fs::open(
            &path,
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::empty(),
        )?;
        let mut modes = tcgetattr(&slave)?;
        modes.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &modes)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Self { master: master.into(), _slave: slave.into(), path })
    }

    /// What clients open.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What clients wrote until now; 0 when there is nothing.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.master.read(buffer) {
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(0),
            other => other,
        }
    }

    /// Gives clients as much as fits; returns how many bytes did not.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<usize> {
        while !bytes.is_empty() {
            match self.master.write(bytes) {
                Ok(0) => break,
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(bytes.len())
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_pass_unchanged_and_clients_may_come_and_go() {
        let mut pty = Pty::open().unwrap();
        let all: Vec<u8> = (0..=255).collect();
        for _ in 0..2 {
            let mut client = File::options().read(true).write(true).open(pty.path()).unwrap();
            client.write_all(&all).unwrap();
            let mut buffer = [0; 512];
            let read = pty.read(&mut buffer).unwrap();
            assert_eq!(buffer.get(..read), Some(all.as_slice()));
            assert_eq!(pty.write(&all).unwrap(), 0);
            client.read_exact(buffer.get_mut(..256).unwrap()).unwrap();
            assert_eq!(buffer.get(..256), Some(all.as_slice()));
        }
        assert_eq!(pty.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn what_nobody_reads_is_counted() {
        let mut pty = Pty::open().unwrap();
        let lost = pty.write(&vec![b'x'; 1_000_000]).unwrap();
        assert!(lost > 900_000, "{lost}");
    }
}
