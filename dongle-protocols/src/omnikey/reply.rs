//! Answers. An error of the firmware comes with the status word of success: it must be looked for.

use std::fmt;

use super::command::{Capability, Command, only};

/// What a reader answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It did as told.
    Done,
    /// A value, under its tag.
    Value {
        /// Of the capability or setting.
        tag: u8,
        /// Its bytes.
        value: Vec<u8>,
    },
}

/// An answer that is none, or a refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// Nothing, or half a status word: as when the reader or the card went away.
    #[error("the reader answered with {0} bytes, too few")]
    TooShort(usize),
    /// Not 9000.
    #[error("the reader refused the command, status {0:04X}")]
    Status(u16),
    /// The firmware refused, although the status says success.
    #[error("the reader's firmware refused the command: {}", Refusal(*.0))]
    Refused(u8),
    /// Success, but not in the form of this family.
    #[error("the reader answered in a form that is not known: {}", Hex(.0))]
    Unknown(Vec<u8>),
}

struct Refusal(u8);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            0x03 => "not supported",
            0x04 => "tag not found",
            0x05 => "malformed",
            0x15 => "read only",
            0x31 => "invalid value",
            _ => "no known reason",
        };
        write!(f, "{name} (code {:02X})", self.0)
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

const CONSTRUCTED: u8 = 0xBD;
const PRIMITIVE: u8 = 0x9D;
const ERROR: u8 = 0x9E;

/// What the bytes of an answer say, its status word included.
///
/// # Errors
/// A refusal, or what is wrong with the answer.
pub fn answer(bytes: &[u8]) -> Result<Answer, ReplyError> {
    let [body @ .., high, low] = bytes else { return Err(ReplyError::TooShort(bytes.len())) };
    let status = u16::from_be_bytes([*high, *low]);
    if status != 0x9000 {
        return Err(ReplyError::Status(status));
    }
    let unknown = || ReplyError::Unknown(bytes.to_vec());
    match body {
        [ERROR, 2, _cycle, code] => Err(ReplyError::Refused(*code)),
        [PRIMITIVE, len, value @ ..] if value.len() == usize::from(*len) => Ok(Answer::Done),
        [CONSTRUCTED, ..] => {
            let (_, inner) = only(body).map_err(|_| unknown())?;
            let (tag, value) = only(inner).map_err(|_| unknown())?;
            Ok(Answer::Value { tag, value: value.to_vec() })
        }
        _ => Err(unknown()),
    }
}

/// The value that answers `command`, a [`Command::Read`] or [`Command::Get`].
///
/// # Errors
/// As [`answer`]; [`ReplyError::Unknown`] too for the value of something else.
pub fn value(command: &Command, bytes: &[u8]) -> Result<Vec<u8>, ReplyError> {
    let asked = match command {
        Command::Read(capability) => Some(Capability::tag(*capability)),
        Command::Get(setting) => Some(setting.path().1),
        _ => None,
    };
    match answer(bytes)? {
        Answer::Value { tag, value } if Some(tag) == asked => Ok(value),
        _ => Err(ReplyError::Unknown(bytes.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Setting;
    use super::*;

    #[test]
    fn published_answers() {
        let name = b"\xBD\x0F\x82\x0DOMNIKEY 5022\0\x90\x00";
        assert_eq!(value(&Command::Read(Capability::ProductName), name).unwrap(), b"OMNIKEY 5022\0");
        let polling = [0xBD, 3, 0x8D, 1, 6, 0x90, 0];
        assert_eq!(value(&Command::Get(Setting::SleepPolling), &polling), Ok(vec![6]));
        assert!(matches!(value(&Command::Get(Setting::SearchOrder), &polling), Err(ReplyError::Unknown(_))));
        assert_eq!(answer(&[0x9D, 0, 0x90, 0]), Ok(Answer::Done));
    }

    #[test]
    fn an_error_with_the_status_of_success_is_an_error() {
        let error = answer(&[0x9E, 2, 0, 3, 0x90, 0]).unwrap_err();
        assert_eq!(error, ReplyError::Refused(3));
        assert_eq!(error.to_string(), "the reader's firmware refused the command: not supported (code 03)");
        assert_eq!(answer(&[0x67, 0]), Err(ReplyError::Status(0x6700)));
        assert_eq!(answer(&[]), Err(ReplyError::TooShort(0)));
        assert!(matches!(answer(&[0x90, 0]), Err(ReplyError::Unknown(_))));
    }

    proptest! {
        #[test]
        fn what_begins_with_9e_never_counts_as_done(rest in prop::collection::vec(any::<u8>(), 0..12)) {
            let bytes = [&[0x9E][..], &rest, &[0x90, 0]].concat();
            prop_assert!(answer(&bytes).is_err());
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = answer(&bytes);
        }
    }
}
