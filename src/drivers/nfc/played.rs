//! A reader that is not there: a card is laid on it when it is told so, and what it sees becomes the
//! rows that a real one makes, through the same state machine.

use std::collections::VecDeque;
use std::time::Instant;

use super::rows;
use super::service::{Presence, ReaderState};
use super::taps::Taps;
use super::uid::{Read, UidForm};
use crate::drivers::Row;

const NAME: &str = "Simulated NFC reader";
/// ISO 14443 A part 4, as PC/SC has it.
const ATR: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];
const UID: [u8; 4] = [0x08, 0x01, 0x02, 0x03];
/// How long a card takes to be read, in µs.
const READ_US: i64 = 35_000;

/// What happens to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    Laid,
    Read,
    Taken,
}

/// The reader.
#[derive(Debug)]
pub struct PlayedReader {
    id: String,
    taps: Taps,
    /// Cards that came or went, as the service counts them.
    count: u32,
    laid_us: i64,
    due: VecDeque<(i64, Happening)>,
}

impl PlayedReader {
    /// An empty one, from time 0 on.
    pub fn new(id: &str) -> Self {
        let mut reader =
            Self { id: id.to_owned(), taps: Taps::with_uids(), count: 0, laid_us: 0, due: VecDeque::new() };
        reader.look(0);
        reader
    }

    /// What its source says of it in a recording's header, beside id and kind.
    pub fn known() -> (&'static str, String) {
        ("readers", NAME.to_owned())
    }

    /// A card is laid on it at `t_us` and taken away `lies_us` later; behind the one before, if that
    /// lies there still.
    pub fn lay(&mut self, t_us: i64, lies_us: i64) {
        let t_us = self.due.back().map_or(t_us, |(taken_us, _)| t_us.max(taken_us + 1));
        self.due.push_back((t_us, Happening::Laid));
        if lies_us > READ_US {
            self.due.push_back((t_us + READ_US, Happening::Read));
        }
        self.due.push_back((t_us + lies_us, Happening::Taken));
    }

    /// When the next thing happens, in µs.
    pub fn due_us(&self) -> Option<i64> {
        self.due.front().map(|(t_us, _)| *t_us)
    }

    /// Lets it happen.
    pub fn turn(&mut self) -> Vec<Row> {
        let Some((t_us, happening)) = self.due.pop_front() else { return Vec::new() };
        match happening {
            Happening::Laid => {
                (self.count, self.laid_us) = (self.count | 1, t_us);
                self.look(t_us)
            }
            Happening::Read => {
                self.taps.read(NAME, self.laid_us, Ok(()));
                let read = Read {
                    reader: NAME.to_owned(),
                    since_us: self.laid_us,
                    at: Instant::now(),
                    read_ms: u64::try_from(READ_US / 1000).unwrap_or_default(),
                    uid: Ok(UID.to_vec()),
                };
                vec![rows::read(&self.id, t_us, &read, &UidForm::Plain)]
            }
            Happening::Taken => {
                self.count = (self.count + 1) & !1;
                self.look(t_us)
            }
        }
    }

    fn look(&mut self, t_us: i64) -> Vec<Row> {
        let is_there = self.count % 2 == 1;
        let state = ReaderState {
            name: NAME.to_owned(),
            presence: if is_there { Presence::Card } else { Presence::Empty },
            events: Some(self.count),
            atr: if is_there { ATR.to_vec() } else { Vec::new() },
        };
        let mut events = Vec::new();
        self.taps.look(t_us, &[state], &mut events);
        events.iter().map(|event| rows::event(&self.id, t_us, event)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_on_it_are_the_rows_of_a_real_reader() {
        let mut reader = PlayedReader::new("nfc-1");
        reader.lay(1_000_000, 1_200_000);
        let mut text = String::new();
        let mut play = |reader: &mut PlayedReader| {
            while reader.due_us().is_some() {
                reader.turn().iter().for_each(|row| text.push_str(&String::from_utf8_lossy(&row.line)));
            }
        };
        play(&mut reader);
        reader.lay(40_000_000, 20_000);
        play(&mut reader);
        let of = "\"reader\":\"Simulated NFC reader\"";
        assert_eq!(
            text,
            format!(
                r#"{{"t_us":1000000,"source":"nfc-1","nfc":"inserted",{of},"atr":"3B80800101","idle_ms":1000,"idle_at_least":true}}
{{"t_us":1035000,"source":"nfc-1","nfc":"read",{of},"uid":"08010203","read_ms":35}}
{{"t_us":2200000,"source":"nfc-1","nfc":"removed",{of},"dwell_ms":1200,"outcome":"ok"}}
{{"t_us":40000000,"source":"nfc-1","nfc":"inserted",{of},"atr":"3B80800101","idle_ms":37800}}
{{"t_us":40020000,"source":"nfc-1","nfc":"removed",{of},"dwell_ms":20,"outcome":"left_early"}}
"#
            )
        );
    }

    #[test]
    fn a_card_waits_until_the_one_before_is_taken_away() {
        let mut reader = PlayedReader::new("nfc-1");
        reader.lay(1_000_000, 1_000_000);
        reader.lay(1_500_000, 1_000_000);
        let mut times = Vec::new();
        while let Some(t_us) = reader.due_us() {
            times.push(t_us);
            reader.turn();
        }
        assert_eq!(times, [1_000_000, 1_035_000, 2_000_000, 2_000_001, 2_035_001, 3_000_001]);
    }
}
