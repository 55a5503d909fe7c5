//! A scripted smart-card service, for what a real one cannot show.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::code::Code;
use super::service::{Connection, PcSc, Presence, ReaderState, Watch, Way};

type Look = Result<Vec<ReaderState>, Code>;
type Answers = Arc<dyn Fn(&[u8]) -> Result<Vec<u8>, Code> + Send + Sync>;

/// Gives one look after the other; then nothing changes any more.
#[derive(Clone)]
pub struct Fake {
    looks: Arc<Mutex<VecDeque<Look>>>,
    /// What readers answer.
    pub answers: Answers,
    /// Why nobody can connect to any.
    pub refusal: Option<Code>,
    /// How long each scripted look takes.
    pub pause: Duration,
}

/// How a reader is.
pub fn reader(name: &str, presence: Presence, events: u32) -> ReaderState {
    let atr = if presence == Presence::Card { vec![0x3B] } else { Vec::new() };
    ReaderState { name: name.into(), presence, events: Some(events), atr }
}

impl Fake {
    pub fn new(looks: impl IntoIterator<Item = Look>) -> Self {
        let answers: Answers = Arc::new(|_| Err(Code::READER_UNAVAILABLE));
        let looks = Arc::new(Mutex::new(looks.into_iter().collect()));
        Self { looks, answers, refusal: None, pause: Duration::ZERO }
    }
}

impl PcSc for Fake {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        Ok(Box::new(Watching { fake: self.clone(), last: Vec::new() }))
    }

    fn connect(&self, _: &str, _: Way) -> Result<Box<dyn Connection>, Code> {
        self.refusal.map_or_else(|| Ok(Box::new(Connected(Arc::clone(&self.answers))) as _), Err)
    }
}

struct Watching {
    fake: Fake,
    last: Vec<ReaderState>,
}

impl Watch for Watching {
    fn look(&mut self, limit: Duration) -> Look {
        let next = self.fake.looks.lock().unwrap().pop_front();
        if next.is_some() {
            std::thread::park_timeout(self.fake.pause);
        }
        match next {
            Some(Ok(states)) => {
                self.last.clone_from(&states);
                Ok(states)
            }
            Some(Err(code)) => Err(code),
            None => {
                std::thread::park_timeout(limit);
                Ok(self.last.clone())
            }
        }
    }
}

struct Connected(Answers);

impl Connection for Connected {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        (self.0)(command)
    }
}
