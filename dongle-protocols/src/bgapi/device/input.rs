use crate::bgapi::fields::{COMMAND, HEADER_LEN, MAX_PAYLOAD, Packet};
use crate::bgapi::{Command, MessageId, ResultCode};

/// How long the dongle waits for the rest of a command, in µs (as a public description of the
/// protocol error event in later firmware has it).
const PATIENCE_US: u64 = 1_000_000;

/// The dongle's side of the line: commands out of bytes, which it believes.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    held: Option<(u64, Packet)>,
}

impl Input {
    /// Takes bytes up to the end of the next command, or up to where it is clear that there is
    /// none; `None` when the bytes end before. What junk brings about is a guess.
    pub fn read(&mut self, bytes: &mut &[u8], now_us: u64) -> Option<Result<Command, ResultCode>> {
        while let Some(&byte) = bytes.split_off_first() {
            let (_, held) = self.held.get_or_insert((now_us, Packet::EMPTY));
            let fits = held.extend(&[byte]).is_ok();
            let verdict = match *held.as_slice() {
                _ if !fits => Err(ResultCode::TOO_LONG),
                [first] if first != COMMAND => Err(ResultCode::NOT_RECOGNISED),
                [_, len] if usize::from(len) > MAX_PAYLOAD => Err(ResultCode::TOO_LONG),
                [_, len, class, number, ref payload @ ..] if payload.len() == usize::from(len) => {
                    command(MessageId { class, number }, payload)
                }
                _ => continue,
            };
            self.held = None;
            return Some(verdict);
        }
        None
    }

    /// When it stops waiting for the rest of a command, in µs.
    pub fn gives_up_us(&self) -> Option<u64> {
        self.held.map(|(since_us, _)| since_us.saturating_add(PATIENCE_US))
    }

    /// Whether it has just stopped waiting.
    pub fn give_up(&mut self, now_us: u64) -> bool {
        let late = self.gives_up_us().is_some_and(|t_us| t_us <= now_us);
        if late {
            self.held = None;
        }
        late
    }
}

fn command(id: MessageId, payload: &[u8]) -> Result<Command, ResultCode> {
    let wrong = if Command::payload_len(id).is_some() {
        ResultCode::INVALID_PARAMETER
    } else {
        ResultCode::NOT_RECOGNISED
    };
    Command::decode(id, payload).ok_or(wrong)
}

const _: () = assert!(HEADER_LEN == 4, "the patterns above take the header apart");

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &mut Input, mut bytes: &[u8]) -> Vec<Result<Command, ResultCode>> {
        std::iter::from_fn(|| input.read(&mut bytes, 0)).collect()
    }

    #[test]
    fn commands_may_come_in_pieces_and_many_at_once() {
        let mut input = Input::default();
        assert_eq!(all(&mut input, &[0, 0, 0, 1, 0, 1, 6]), [Ok(Command::SystemHello {})]);
        assert_eq!(input.gives_up_us(), Some(PATIENCE_US));
        assert_eq!(all(&mut input, &[2, 2]), [Ok(Command::GapDiscover { mode: 2 })]);
        assert_eq!(input.gives_up_us(), None);
    }

    #[test]
    fn what_is_no_command_is_named() {
        let mut input = Input::default();
        assert_eq!(all(&mut input, &[0x13]), [Err(ResultCode::NOT_RECOGNISED)]);
        assert_eq!(all(&mut input, &[0, 61]), [Err(ResultCode::TOO_LONG)]);
        assert_eq!(all(&mut input, &[0, 0, 4, 0]), [Err(ResultCode::NOT_RECOGNISED)]);
        assert_eq!(all(&mut input, &[0, 1, 0, 1, 9]), [Err(ResultCode::INVALID_PARAMETER)]);
        assert_eq!(all(&mut input, &[0, 0]), []);
        assert!(!input.give_up(PATIENCE_US - 1) && input.give_up(PATIENCE_US));
        assert_eq!(all(&mut input, &[0, 0, 0, 1]), [Ok(Command::SystemHello {})]);
    }
}
