//! Linux: the messages of pcscd, the smart-card service, spoken over its socket. So the program
//! needs no library to be built or started, and every wait has a limit. Source: pcsc-lite's
//! `winscard_msg.h`; which versions that goes with: `line.rs`.

mod line;

use std::time::Duration;

use self::line::{ANSWER_LIMIT, Line, Message, in_time, succeeded, values, words};
use super::code::Code;
use super::service::{Connection, PcSc, Presence, ReaderState, Watch, Way};

/// For what a card or reader answers: libccid's own limit is 30 s.
const DEVICE_LIMIT: Duration = Duration::from_secs(35);

const SHARED: u32 = 2;
const DIRECT: u32 = 3;
const ANY_PROTOCOL: u32 = 3;
const LEAVE_CARD: u32 = 0;
/// `SCARD_CTL_CODE(1)`, libccid's escape.
const ESCAPE: u32 = 0x4200_0001;
/// Of `SCARD_IO_REQUEST`.
const PCI_LEN: u32 = 16;
/// Of a reader that is in the list but does not answer: unplugged, or starting.
const UNKNOWN: u32 = 0x0001;
const PRESENT: u32 = 0x0004;

/// As many as versions of up to 4:5 tell of.
const READERS: usize = 16;
const NAME_LEN: usize = 128;
/// Name, event counter, state, sharing, ATR (33 and 3 of padding), its length, protocol.
const READER_LEN: usize = NAME_LEN + 12 + 36 + 8;
const ATR_MAX: usize = 33;
/// Longer than any answer of a reader of this family.
const ANSWER_MAX: u32 = 512;

/// pcscd at its usual place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pcscd;

impl PcSc for Pcscd {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        let (line, _) = Line::open()?;
        Ok(Box::new(Watching { line, waits: Vec::new(), states: None }))
    }

    fn connect(&self, reader: &str, way: Way) -> Result<Box<dyn Connection>, Code> {
        let (mut line, context) = Line::open()?;
        let mut name = [0; NAME_LEN];
        // The last byte stays 0.
        let room = name.iter_mut().take(NAME_LEN - 1);
        room.zip(reader.bytes()).for_each(|(to, from)| *to = from);
        let share = if way == Way::Card { SHARED } else { DIRECT };
        let protocols = if way == Way::Card { ANY_PROTOCOL } else { 0 };
        let mut message = context.to_ne_bytes().to_vec();
        message.extend(name);
        message.extend(words(&[share, protocols, 0, 0, 0]));
        line.send(Message::Connect, &message)?;
        let answer = line.receive(message.len(), DEVICE_LIMIT)?;
        let [.., card, protocol, code] = values(answer.get(4 + NAME_LEN..).unwrap_or_default())[..] else {
            return Err(Code::COMM_ERROR);
        };
        succeeded(code)?;
        Ok(Box::new(Connected { line, card, protocol, way, is_broken: false }))
    }
}

struct Watching {
    line: Line,
    /// What has arrived of the word that something changed.
    waits: Vec<u8>,
    /// How the readers were last; none before the first look.
    states: Option<Vec<ReaderState>>,
}

impl Watching {
    /// Asks to be told of the next change; the answer is how all readers are until then.
    fn register(&mut self) -> Result<Vec<ReaderState>, Code> {
        self.waits.clear();
        self.line.send(Message::WaitReaderStateChange, &[])?;
        let bytes = in_time(self.line.receive(READERS * READER_LEN, ANSWER_LIMIT))?;
        let states: Vec<_> = bytes.as_chunks().0.iter().filter_map(reader_state).collect();
        self.states = Some(states.clone());
        Ok(states)
    }
}

impl Watch for Watching {
    fn look(&mut self, limit: Duration) -> Result<Vec<ReaderState>, Code> {
        let Some(states) = &self.states else { return self.register() };
        match self.line.fill(&mut self.waits, 8, limit) {
            Err(Code::TIMEOUT) => Ok(states.clone()),
            Err(code) => Err(code),
            Ok(()) => {
                let code = values(&self.waits).get(1).copied().unwrap_or_default();
                succeeded(code)?;
                self.register()
            }
        }
    }
}

/// One reader of the service's list; `None` for a free place, and for a reader on which the
/// service has not looked yet or does not find any more.
fn reader_state(bytes: &[u8; READER_LEN]) -> Option<ReaderState> {
    let (name, rest) = bytes.split_at(NAME_LEN);
    let name = name.split(|byte| *byte == 0).next().filter(|name| !name.is_empty())?;
    let (numbers, rest) = rest.split_at(12);
    let (atr, rest) = rest.split_at(36);
    let [events, state, _sharing] = values(numbers)[..] else { return None };
    let atr_len = usize::try_from(*values(rest).first()?).ok().filter(|len| *len <= ATR_MAX)?;
    if state & UNKNOWN != 0 {
        return None;
    }
    let presence = match (state & PRESENT != 0, atr_len) {
        (false, _) => Presence::Empty,
        (true, 0) => Presence::Mute,
        (true, _) => Presence::Card,
    };
    let atr = if presence == Presence::Card { atr.get(..atr_len)?.to_vec() } else { Vec::new() };
    Some(ReaderState {
        name: String::from_utf8_lossy(name).into_owned(),
        presence,
        events: Some(events),
        atr,
    })
}

struct Connected {
    line: Line,
    card: u32,
    protocol: u32,
    way: Way,
    is_broken: bool,
}

impl Connected {
    fn answer(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        let len = u32::try_from(command.len()).unwrap_or(u32::MAX);
        let (message, body) = match self.way {
            Way::Card => {
                (Message::Transmit, vec![self.card, self.protocol, PCI_LEN, len, 0, PCI_LEN, ANSWER_MAX, 0])
            }
            Way::Reader => (Message::Control, vec![self.card, ESCAPE, len, ANSWER_MAX, 0, 0]),
        };
        self.line.send(message, &words(&body))?;
        self.line.write(command)?;
        let answer = self.line.receive(4 * body.len(), DEVICE_LIMIT)?;
        let [.., len, code] = values(&answer)[..] else { return Err(Code::COMM_ERROR) };
        succeeded(code)?;
        let len = usize::try_from(len.min(ANSWER_MAX)).unwrap_or_default();
        in_time(self.line.receive(len, ANSWER_LIMIT))
    }
}

impl Connection for Connected {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        let answer = self.answer(command);
        self.is_broken = matches!(answer, Err(Code::TIMEOUT | Code::SERVICE_HANGS | Code::COMM_ERROR));
        answer
    }
}

impl Drop for Connected {
    /// Without this the service would reset the card, which others may be reading.
    fn drop(&mut self) {
        if !self.is_broken {
            // A service that is gone has let go of the card.
            let _ = self.line.ask(Message::Disconnect, [self.card, LEAVE_CARD, 0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelt(name: &[u8], events: u32, state: u32, atr: &[u8], atr_len: u32) -> [u8; READER_LEN] {
        let mut bytes = [0; READER_LEN];
        bytes[..name.len()].copy_from_slice(name);
        bytes[128..136].copy_from_slice(&words(&[events, state]));
        bytes[140..140 + atr.len()].copy_from_slice(atr);
        bytes[176..180].copy_from_slice(&words(&[atr_len]));
        bytes
    }

    #[test]
    fn readers_of_the_services_list() {
        let card = reader_state(&spelt(b"R 00 00", 3, 0x34, &[0x3B, 0], 2)).unwrap();
        assert_eq!((card.name.as_str(), card.presence, card.events), ("R 00 00", Presence::Card, Some(3)));
        assert_eq!(card.atr, [0x3B, 0]);
        let presence = |state, len| reader_state(&spelt(b"R", 0, state, &[1], len)).map(|s| s.presence);
        assert_eq!(presence(0x0C, 0), Some(Presence::Mute));
        assert_eq!(presence(0x02, 1), Some(Presence::Empty));
        assert_eq!(presence(0x02, 34), None, "not looked at yet");
        assert_eq!(presence(0x01, 0), None, "unplugged, but not taken from the list");
        assert_eq!(reader_state(&spelt(b"", 0, 4, &[], 0)), None);
    }

    proptest! {
        #[test]
        fn any_list_can_be_read(bytes in prop::collection::vec(any::<u8>(), READER_LEN..=READER_LEN)) {
            let bytes: [u8; READER_LEN] = bytes.try_into().unwrap();
            let _ = reader_state(&bytes);
        }
    }
}
