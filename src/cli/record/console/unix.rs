//! A Unix terminal without line editing and echo. Ctrl-C still interrupts.

use std::io::{self, IsTerminal};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcgetpgrp,
    tcgetwinsize, tcsetattr,
};

/// No key (`_POSIX_VDISABLE` of Linux, and what macOS takes for it in practice).
#[cfg(target_os = "linux")]
const NO_KEY: u8 = 0;
#[cfg(not(target_os = "linux"))]
const NO_KEY: u8 = 0xFF;

/// What comes with an escape is an arrow or the like.
const ESCAPE: u8 = 0x1B;

/// The terminal's mode of before, put back when this is dropped.
#[derive(Debug)]
pub(super) struct Mode {
    before: Termios,
}

impl Mode {
    /// Gives keys as they are pressed; `None` where stdin is no terminal of ours.
    pub(super) fn of_keys() -> Option<Self> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return None;
        }
        // A job in the background would be stopped for changing the mode. A terminal that is not
        // ours to control knows no such jobs.
        if tcgetpgrp(&stdin).is_ok_and(|foreground| foreground != getpgrp()) {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut keys = before.clone();
        keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        keys.special_codes[SpecialCodeIndex::VMIN] = 1;
        keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        // A recording that is stopped by a slip of the hand loses what it does not hear.
        keys.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        keys.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
        tcsetattr(&stdin, OptionalActions::Now, &keys).ok()?;
        Some(Self { before })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        let stdin = io::stdin();
        // Keys that nobody took are not for the shell. A terminal that is gone needs nothing.
        let _ = tcflush(&stdin, QueueSelector::IFlush);
        let _ = tcsetattr(&stdin, OptionalActions::Now, &self.before);
    }
}

/// Waits for keys, at most for `limit`; `false` when no more will come.
pub(super) fn wait_for_keys(limit: Duration, keys: &mut Vec<char>) -> bool {
    let stdin = io::stdin();
    let Ok(limit) = Timespec::try_from(limit) else { return false };
    match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&limit)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return true,
        Ok(_) => {}
        Err(_) => return false,
    }
    let mut bytes = [0; 64];
    match rustix::io::read(&stdin, &mut bytes) {
        Ok(0) => false,
        Ok(count) => {
            let pressed = bytes.iter().take(count).take_while(|byte| **byte != ESCAPE);
            keys.extend(pressed.map(|byte| char::from(*byte)));
            true
        }
        Err(error) => matches!(error, rustix::io::Errno::INTR | rustix::io::Errno::AGAIN),
    }
}

pub(super) fn columns() -> Option<usize> {
    tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_col))
}

pub(super) fn can_move_up() -> bool {
    std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}
