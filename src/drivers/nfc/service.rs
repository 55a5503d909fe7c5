//! The seam between this program and a smart-card service: what is asked of it, no more.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::code::Code;

/// What lies on a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing.
    Empty,
    /// A card that answered.
    Card,
    /// A card that was sensed and did not answer.
    Mute,
}

/// How a reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// As the service lists it.
    pub name: String,
    /// What lies on it.
    pub presence: Presence,
    /// Insertions and removals since the service knows it; `None` where the service does not count.
    pub events: Option<u32>,
    /// The card's answer to reset.
    pub atr: Vec<u8>,
}

/// A watch over all readers.
pub trait Watch: Send {
    /// Waits until something changes, at most `limit`; then how all readers are.
    ///
    /// # Errors
    /// The watch is over; a new one must be opened.
    fn look(&mut self, limit: Duration) -> Result<Vec<ReaderState>, Code>;
}

/// How a reader is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through the card that lies on it, shared with others.
    Card,
    /// To the reader itself, through its driver; where that allows it. On Windows nobody else can
    /// use the reader meanwhile.
    Reader,
}

/// A line to a reader. Dropping it leaves the card as it is.
pub trait Connection {
    /// Sends a command and waits for the answer.
    ///
    /// # Errors
    /// Why there is none.
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code>;
}

/// A smart-card service.
pub trait PcSc: Send + Sync {
    /// Opens a watch.
    ///
    /// # Errors
    /// Why the service cannot be used.
    fn watch(&self) -> Result<Box<dyn Watch>, Code>;

    /// Connects to a reader. May wait for as long as it likes.
    ///
    /// # Errors
    /// Why it cannot.
    fn connect(&self, reader: &str, way: Way) -> Result<Box<dyn Connection>, Code>;
}

/// A connection on a thread of its own: a card or a driver that never answers hangs that thread,
/// which is then left to itself, and nothing else.
pub struct Guarded {
    commands: SyncSender<Vec<u8>>,
    answers: Receiver<Result<Vec<u8>, Code>>,
    limit: Duration,
}

impl Guarded {
    /// Connects; this and each exchange last at most `limit`.
    ///
    /// # Errors
    /// Why it cannot; [`Code::TIMEOUT`] when there was no answer in time.
    pub fn connect(pcsc: &Arc<dyn PcSc>, reader: &str, way: Way, limit: Duration) -> Result<Self, Code> {
        let (commands, commanded) = sync_channel::<Vec<u8>>(1);
        // Room for the connection's own answer and for one that nobody waits for any more.
        let (answer, answers) = sync_channel(2);
        let (pcsc, reader) = (Arc::clone(pcsc), reader.to_owned());
        let talk = move || {
            let connection = pcsc.connect(&reader, way);
            let said = connection.as_ref().map(|_| Vec::new()).map_err(|code| *code);
            let (Ok(()), Ok(mut connection)) = (answer.send(said), connection) else { return };
            while let Ok(command) = commanded.recv() {
                if answer.send(connection.exchange(&command)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("nfc-exchange".into()).spawn(talk);
        thread.map_err(|_| Code::COMM_ERROR)?;
        let guarded = Self { commands, answers, limit };
        guarded.answer().map(|_| guarded)
    }

    /// Sends a command and waits for the answer. After [`Code::TIMEOUT`] the connection is of no
    /// more use.
    ///
    /// # Errors
    /// As [`Connection::exchange`], and [`Code::TIMEOUT`].
    pub fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        self.commands.try_send(command.to_vec()).map_err(|_| Code::TIMEOUT)?;
        self.answer()
    }

    fn answer(&self) -> Result<Vec<u8>, Code> {
        match self.answers.recv_timeout(self.limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Code::TIMEOUT),
            Err(RecvTimeoutError::Disconnected) => Err(Code::COMM_ERROR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::Fake;
    use super::*;

    #[test]
    fn a_card_that_never_answers_hangs_nobody() {
        let (hold, held) = sync_channel::<()>(0);
        let held = std::sync::Mutex::new(held);
        let mut fake = Fake::new([]);
        fake.answers = Arc::new(move |command| match command {
            [0] => Ok(vec![0x90, 0]),
            _ => {
                let _ = held.lock().unwrap().recv();
                Ok(Vec::new())
            }
        });
        let pcsc: Arc<dyn PcSc> = Arc::new(fake);
        let mut line = Guarded::connect(&pcsc, "R", Way::Card, Duration::from_secs(60)).unwrap();
        assert_eq!(line.exchange(&[0]), Ok(vec![0x90, 0]));
        line.limit = Duration::from_millis(50);
        assert_eq!(line.exchange(&[1]), Err(Code::TIMEOUT));
        assert_eq!(line.exchange(&[0]), Err(Code::TIMEOUT), "of no more use");
        drop(hold);
    }
}
