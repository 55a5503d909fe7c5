//! One reader: its two lines to the test that plays it.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::wire::{self, Answer, CARD, EMPTY, EXCHANGE, FAILED, NO_SUCH_DEVICE, PRESENCE, Question};

/// The service is given a chance to stop this often.
const WAIT: Duration = Duration::from_millis(100);
/// A reader that is gone is looked for this often.
const LOOK: Duration = Duration::from_millis(20);
/// As long as libccid waits for a reader.
const ANSWER: Duration = Duration::from_secs(30);

/// What a reader shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// No card.
    Empty,
    /// A card.
    Card,
    /// It is gone.
    Nothing,
}

const GONE: u8 = 0xFF;

/// A reader, plugged in or not.
pub struct Reader {
    address: PathBuf,
    lines: Lines,
    shows: AtomicU8,
}

/// Each is used by one thread of the service at a time.
#[derive(Default)]
struct Lines {
    presence: Mutex<Option<UnixStream>>,
    exchange: Mutex<Option<UnixStream>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reader {
    /// The reader at this address, if it is there.
    pub fn plugged_in(address: &Path) -> Option<Self> {
        let (address, shows) = (address.to_owned(), AtomicU8::new(GONE));
        let reader = Self { address, lines: Lines::default(), shows };
        reader.connect().ok().map(|()| reader)
    }

    fn connect(&self) -> io::Result<()> {
        let line = |role| {
            let mut line = UnixStream::connect(&self.address)?;
            line.write_all(&[role]).map(|()| line)
        };
        let (mut presence, exchange) = (line(PRESENCE)?, line(EXCHANGE)?);
        exchange.set_read_timeout(Some(ANSWER))?;
        let mut first = [0];
        presence.set_read_timeout(Some(ANSWER))?;
        presence.read_exact(&mut first)?;
        presence.set_read_timeout(Some(WAIT))?;
        *locked(&self.lines.presence) = Some(presence);
        *locked(&self.lines.exchange) = Some(exchange);
        self.shows.store(first[0], Ordering::SeqCst);
        Ok(())
    }

    /// What it shows now.
    pub fn shows(&self) -> Shows {
        match self.shows.load(Ordering::SeqCst) {
            EMPTY => Shows::Empty,
            CARD => Shows::Card,
            _ => Shows::Nothing,
        }
    }

    /// Waits for a change, but not for long. Each change is shown, however soon the next comes.
    pub fn wait(&self) {
        let mut next = [0];
        let read = match locked(&self.lines.presence).as_mut() {
            None => Err(io::ErrorKind::NotConnected.into()),
            Some(line) => line.read_exact(&mut next),
        };
        match read {
            Ok(()) => self.shows.store(next[0], Ordering::SeqCst),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.look_for_it(),
        }
    }

    /// First it is shown to be gone, and at the next call it may be back.
    fn look_for_it(&self) {
        if self.shows.swap(GONE, Ordering::SeqCst) == GONE && self.connect().is_err() {
            thread::park_timeout(LOOK);
        }
    }

    /// Asks it, and waits for the answer.
    pub fn ask(&self, question: &Question) -> Answer {
        let mut line = locked(&self.lines.exchange);
        let Some(stream) = line.as_mut() else { return Err(NO_SUCH_DEVICE) };
        let asked = question.send(stream).and_then(|()| wire::receive_answer(stream));
        asked.unwrap_or_else(|error| {
            // A late answer must not be taken for that to another question.
            *line = None;
            let is_late = matches!(error.kind(), io::ErrorKind::WouldBlock);
            Err(if is_late { FAILED } else { NO_SUCH_DEVICE })
        })
    }
}
