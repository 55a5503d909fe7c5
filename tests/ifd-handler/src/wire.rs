//! What the driver and the test that plays its reader say to each other.
//!
//! The driver opens two lines and begins each with a byte that tells which it is. On the line of
//! [`PRESENCE`] the test says [`EMPTY`] or [`CARD`], once at first and then at each change. On that of
//! [`EXCHANGE`] the driver asks and the test answers. A reader that is unplugged hangs up both.

use std::io::{self, Read, Write};

/// The first byte of the line on which cards come and go.
pub const PRESENCE: u8 = b'P';
/// The first byte of the line for exchanges.
pub const EXCHANGE: u8 = b'X';

/// No card is there.
pub const EMPTY: u8 = 0;
/// A card is there.
pub const CARD: u8 = 1;

/// A driver's answer that all went well.
pub const SUCCESS: i64 = 0;
/// That there was an error on the way (`IFD_COMMUNICATION_ERROR`); libccid says so of a blocked escape.
pub const FAILED: i64 = 612;
/// That it does not know the command (`IFD_NOT_SUPPORTED`).
pub const NOT_SUPPORTED: i64 = 614;
/// That the reader is gone (`IFD_NO_SUCH_DEVICE`).
pub const NO_SUCH_DEVICE: i64 = 617;

/// What the driver asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Switch the card on; the answer is its answer to reset.
    PowerUp,
    /// Switch it off.
    PowerDown,
    /// Both; the answer is its answer to reset.
    Reset,
    /// An exchange with the card.
    Transmit(Vec<u8>),
    /// An exchange with the reader, with this control code.
    Control(u32, Vec<u8>),
}

impl Question {
    /// Sends it.
    ///
    /// # Errors
    /// Of the line.
    pub fn send(&self, line: &mut impl Write) -> io::Result<()> {
        let (kind, code, bytes): (u32, u32, &[u8]) = match self {
            Self::PowerUp => (0, 0, &[]),
            Self::PowerDown => (1, 0, &[]),
            Self::Reset => (2, 0, &[]),
            Self::Transmit(bytes) => (3, 0, bytes),
            Self::Control(code, bytes) => (4, *code, bytes),
        };
        send(line, [kind, code], bytes)
    }

    /// Waits for one.
    ///
    /// # Errors
    /// Of the line, or that this is no question.
    pub fn receive(line: &mut impl Read) -> io::Result<Self> {
        let ([kind, code], bytes) = receive(line)?;
        Ok(match kind {
            0 => Self::PowerUp,
            1 => Self::PowerDown,
            2 => Self::Reset,
            3 => Self::Transmit(bytes),
            4 => Self::Control(code, bytes),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

/// What the reader answers: bytes, or a code of the driver's interface.
pub type Answer = Result<Vec<u8>, i64>;

/// Sends an answer.
///
/// # Errors
/// Of the line.
pub fn send_answer(line: &mut impl Write, answer: &Answer) -> io::Result<()> {
    match answer {
        Ok(bytes) => send(line, [0, 0], bytes),
        Err(code) => send(line, [u32::try_from(*code).unwrap_or(u32::MAX), 0], &[]),
    }
}

/// Waits for an answer.
///
/// # Errors
/// Of the line.
pub fn receive_answer(line: &mut impl Read) -> io::Result<Answer> {
    let ([code, _], bytes) = receive(line)?;
    Ok(if i64::from(code) == SUCCESS { Ok(bytes) } else { Err(code.into()) })
}

fn send(line: &mut impl Write, words: [u32; 2], bytes: &[u8]) -> io::Result<()> {
    let len = u16::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let head = [words[0].to_ne_bytes(), words[1].to_ne_bytes()].concat();
    line.write_all(&[&head[..], &len.to_ne_bytes(), bytes].concat())
}

fn receive(line: &mut impl Read) -> io::Result<([u32; 2], Vec<u8>)> {
    let (mut words, mut len) = ([[0; 4]; 2], [0; 2]);
    words.iter_mut().try_for_each(|word| line.read_exact(word))?;
    line.read_exact(&mut len)?;
    let mut bytes = vec![0; u16::from_ne_bytes(len).into()];
    line.read_exact(&mut bytes)?;
    Ok((words.map(u32::from_ne_bytes), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received() {
        let questions = [
            Question::PowerUp,
            Question::PowerDown,
            Question::Reset,
            Question::Transmit(vec![0xFF, 0xCA, 0, 0, 0]),
            Question::Control(0x4200_0001, Vec::new()),
        ];
        let mut line = Vec::new();
        questions.iter().for_each(|question| question.send(&mut line).unwrap());
        let mut line = line.as_slice();
        questions.iter().for_each(|question| assert_eq!(Question::receive(&mut line).unwrap(), *question));
        assert!(Question::receive(&mut line).is_err(), "the end");
        assert!(Question::receive(&mut [9; 10].as_slice()).is_err(), "no question");
        for answer in [Ok(vec![0x90, 0]), Err(NO_SUCH_DEVICE)] {
            let mut line = Vec::new();
            send_answer(&mut line, &answer).unwrap();
            assert_eq!(receive_answer(&mut line.as_slice()).unwrap(), answer);
        }
    }
}
