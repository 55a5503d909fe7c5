//! Windows and macOS, where PC/SC is a part of the system: through the `pcsc` crate.

use std::ffi::CString;
use std::time::{Duration, Instant};

use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode, State, ctl_code};

use super::code::Code;
use super::service::{Connection, PcSc, Presence, ReaderState, Watch, Way};

/// Where the system does not tell of new readers, they are looked for this often.
const LIST_EVERY: Duration = Duration::from_millis(500);
/// Longer than any answer of a reader of this family.
const ANSWER_MAX: usize = 512;
/// `IOCTL_CCID_ESCAPE`; macOS passes libccid's code on.
const ESCAPE: u32 = if cfg!(windows) { 3500 } else { 1 };

/// The system's smart-card service.
#[derive(Clone, Copy, Debug, Default)]
pub struct WinScard;

fn code(error: Error) -> Code {
    Code(error as u32)
}

impl PcSc for WinScard {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        let context = Context::establish(Scope::User).map_err(code)?;
        Ok(Box::new(Watching { context, readers: Vec::new(), listed_at: None }))
    }

    fn connect(&self, reader: &str, way: Way) -> Result<Box<dyn Connection>, Code> {
        let name = CString::new(reader).map_err(|_| Code::UNKNOWN_READER)?;
        let context = Context::establish(Scope::User).map_err(code)?;
        let (share, protocols) = match way {
            Way::Card => (ShareMode::Shared, Protocols::ANY),
            Way::Reader => (ShareMode::Direct, Protocols::UNDEFINED),
        };
        let card = context.connect(&name, share, protocols).map_err(code)?;
        Ok(Box::new(Connected { card: Some(card), way }))
    }
}

struct Watching {
    context: Context,
    readers: Vec<pcsc::ReaderState>,
    listed_at: Option<Instant>,
}

impl Watching {
    /// Takes readers that are new and leaves out those that are gone.
    fn list(&mut self) -> Result<(), Code> {
        let names = self.context.list_readers_owned().map_err(code)?;
        self.readers.retain(|state| names.iter().any(|name| name.as_c_str() == state.name()));
        for name in names {
            if self.readers.iter().all(|state| state.name() != name.as_c_str()) {
                self.readers.push(pcsc::ReaderState::new(name, State::UNAWARE));
            }
        }
        self.listed_at = Some(Instant::now());
        Ok(())
    }

    /// Waits for a change of those that are listed, and takes it.
    fn ask(&mut self, limit: Duration) -> Result<(), Error> {
        match self.context.get_status_change(limit, &mut self.readers) {
            // On time-out too the states are updated.
            Ok(()) | Err(Error::Timeout) => Ok(()),
            // No question at all, where none is left.
            Err(_) if self.readers.is_empty() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Watch for Watching {
    fn look(&mut self, limit: Duration) -> Result<Vec<ReaderState>, Code> {
        if self.listed_at.is_none_or(|at| at.elapsed() >= LIST_EVERY) {
            self.list()?;
        }
        if self.readers.is_empty() {
            std::thread::park_timeout(limit);
            return Ok(Vec::new());
        }
        match self.ask(limit) {
            // One of them is gone; another may have come instead.
            Err(Error::UnknownReader) => {
                self.list()?;
                self.ask(Duration::ZERO).or_else(|error| match error {
                    Error::UnknownReader => Ok(()),
                    error => Err(code(error)),
                })?;
            }
            asked => asked.map_err(code)?,
        }
        self.readers.iter_mut().for_each(pcsc::ReaderState::sync_current_state);
        let gone = State::UNKNOWN | State::UNAVAILABLE | State::IGNORE;
        // One that was not asked of yet is neither empty nor at a count of nothing: it would seem to have missed taps.
        let is_known = |state: &&pcsc::ReaderState| !state.event_state().is_empty();
        let there =
            self.readers.iter().filter(|state| !state.event_state().intersects(gone)).filter(is_known);
        Ok(there.map(reader_state).collect())
    }
}

fn reader_state(state: &pcsc::ReaderState) -> ReaderState {
    let flags = state.event_state();
    let presence = match (flags.contains(State::PRESENT), flags.contains(State::MUTE)) {
        (false, _) => Presence::Empty,
        (true, true) => Presence::Mute,
        (true, false) => Presence::Card,
    };
    let atr = if presence == Presence::Card { state.atr().to_vec() } else { Vec::new() };
    // macOS does not count.
    let events = cfg!(windows).then(|| state.event_count());
    ReaderState { name: state.name().to_string_lossy().into_owned(), presence, events, atr }
}

struct Connected {
    card: Option<Card>,
    way: Way,
}

impl Connection for Connected {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        let card = self.card.as_ref().ok_or(Code::COMM_ERROR)?;
        let mut room = [0; ANSWER_MAX];
        let answer = match self.way {
            Way::Card => card.transmit(command, &mut room),
            Way::Reader => card.control(ctl_code(ESCAPE.into()), command, &mut room),
        };
        answer.map(<[u8]>::to_vec).map_err(code)
    }
}

impl Drop for Connected {
    /// Without this the card would be reset, which others may be reading.
    fn drop(&mut self) {
        if let Some(card) = self.card.take() {
            // A reader that is gone has let go of the card.
            let _ = card.disconnect(Disposition::LeaveCard);
        }
    }
}
