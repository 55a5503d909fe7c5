//! Bytes in, in pieces of any size; lines out. Never panics, never grows: a line longer than
//! [`LINE_MAX`] is dropped and counted, and the next one is read as if nothing had been.

use super::line::Line;
use super::row::{SCRATCH, Scratch};
use super::{text, verbose};

/// The longest line that is read, in bytes: more than twice the longest AD data in hexadecimal.
pub const LINE_MAX: usize = 1024;

/// What went by since the decoder was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Advertisements given.
    pub rows: u64,
    /// Bytes that belong to no known line.
    pub bytes_skipped: u64,
    /// Lines that were not of a known form, torn rows among them; printable ones were given as
    /// [`Line::Text`] all the same, as the words of `ATI` are not known.
    pub unknown_lines: u64,
    /// Lines over [`LINE_MAX`].
    pub over_long_lines: u64,
}

/// Splits a stream into lines and reads them, in text and verbose mode alike: a dongle changes
/// over at any time, and firmware 2.2.0 mixed them.
#[derive(Clone, Debug)]
pub struct Decoder {
    line: Vec<u8>,
    over_long: bool,
    scratch: Box<Scratch>,
    counters: Counters,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            line: Vec::with_capacity(LINE_MAX),
            over_long: false,
            scratch: Box::new(SCRATCH),
            counters: Counters::default(),
        }
    }
}

impl Decoder {
    /// Takes the next bytes and gives each line that they complete. Either of CR and LF ends a
    /// line: the echo ends with CR alone, and a byte may be lost.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&Line<'_>)) {
        while let Some(end) = bytes.iter().position(|b| matches!(b, b'\r' | b'\n')) {
            self.collect(&bytes[..end]);
            self.finish(&mut each);
            bytes = &bytes[end + 1..];
        }
        self.collect(bytes);
    }

    /// What went by so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    fn collect(&mut self, bytes: &[u8]) {
        if self.over_long {
            self.counters.bytes_skipped += bytes.len() as u64;
        } else if self.line.len() + bytes.len() <= LINE_MAX {
            self.line.extend_from_slice(bytes);
        } else {
            self.counters.over_long_lines += 1;
            self.counters.bytes_skipped += (self.line.len() + bytes.len()) as u64;
            self.line.clear();
            self.over_long = true;
        }
    }

    fn finish(&mut self, each: &mut impl FnMut(&Line<'_>)) {
        self.over_long = false;
        let line = without_prompt(&self.line);
        self.counters.bytes_skipped += (self.line.len() - line.len()) as u64;
        if !line.is_empty() {
            let read = match line.first() {
                Some(b'{') => verbose::parse(line, &mut self.scratch),
                _ => text::parse(line, &mut self.scratch),
            };
            match read {
                Ok(Line::Row(_)) => self.counters.rows += 1,
                Ok(Line::Text(_)) | Err(_) => {
                    self.counters.unknown_lines += 1;
                    self.counters.bytes_skipped += line.len() as u64;
                }
                Ok(_) => {}
            }
            if let Ok(read) = read {
                each(&read);
            }
        }
        self.line.clear();
    }
}

/// The bootloader's prompt `>` has no line end, and an echo may hold our stop byte: neither is
/// part of what follows.
fn without_prompt(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|&b| b > b' ' && b != b'>' && b != 0x7F).unwrap_or(line.len());
    line[start..].trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROW: &str = r#"{"SF":6,"rssi":-57,"addr":"00:07:80:81:44:94","type":0,"data":"020106"}"#;

    fn lines(decoder: &mut Decoder, bytes: &[u8]) -> Vec<String> {
        let mut seen = Vec::new();
        decoder.push(bytes, |line| seen.push(format!("{line:?}")));
        seen
    }

    #[test]
    fn echo_and_reply_are_lines_of_their_own() {
        let mut decoder = Decoder::default();
        let seen = lines(&mut decoder, b"AT\r\r\nOK\r\n\x03ATV1\r\r\nVERBOSE ON\r\n>QUIT\r");
        assert_eq!(seen.len(), 5, "{seen:?}");
        assert!(seen[2].starts_with("Command") && seen[4].starts_with("Command"), "{seen:?}");
        assert_eq!(decoder.counters(), Counters { bytes_skipped: 2, ..Counters::default() });
    }

    #[test]
    fn an_over_long_line_is_dropped_and_the_next_one_read() {
        let mut decoder = Decoder::default();
        let long = "0".repeat(LINE_MAX + 1);
        let seen = lines(&mut decoder, format!("{long}{long}\r\n{ROW}\r\n").as_bytes());
        assert_eq!(seen.len(), 1);
        let expected =
            Counters { rows: 1, bytes_skipped: 2 * long.len() as u64, unknown_lines: 0, over_long_lines: 1 };
        assert_eq!(decoder.counters(), expected);
    }

    #[test]
    fn a_row_may_come_in_pieces_and_after_half_a_row() {
        let mut decoder = Decoder::default();
        assert!(lines(&mut decoder, &ROW.as_bytes()[20..]).is_empty());
        let seen = lines(&mut decoder, b"\r\n{\"SF\":6,\"rs");
        assert!(matches!(seen.as_slice(), [text] if text.starts_with("Text")), "{seen:?}");
        let seen = lines(&mut decoder, b"si\":-57,\"addr\":\"00:07:80:81:44:94\"}\r");
        assert!(matches!(seen.as_slice(), [row] if row.starts_with("Row")), "{seen:?}");
    }

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(format!("{ROW}\r\n").into_bytes()),
            Just(b"\r\nSCAN COMPLETE\r\n".to_vec()),
            Just(b"RSSI: -57 [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106\r\n".to_vec()),
            Just(b"[01] Device: [1]30:63:C5:D0:B1:DE  RSSI: -38 (x)\r\n".to_vec()),
            Just(br#"{"R":2,"evt":{"action":"scanning"}}"#.to_vec()),
            Just(vec![b'7'; 600]),
            proptest::collection::vec(any::<u8>(), 0..40),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(bytes in stream(), cuts in proptest::collection::vec(any::<usize>(), 0..20)) {
            let mut whole = Decoder::default();
            let expected = lines(&mut whole, &bytes);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut split = Decoder::default();
            let seen: Vec<String> = cuts.windows(2).flat_map(|c| lines(&mut split, &bytes[c[0]..c[1]])).collect();
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(split.counters().rows, whole.counters().rows);
        }

        #[test]
        fn garbage_ends_with_its_line(garbage in stream()) {
            let mut decoder = Decoder::default();
            lines(&mut decoder, &garbage);
            let seen = lines(&mut decoder, format!("\r\n{ROW}\r\n").as_bytes());
            prop_assert!(seen.last().is_some_and(|line| line.starts_with("Row")));
        }

        #[test]
        fn no_rssi_is_impossible_and_nothing_panics(bytes in stream()) {
            Decoder::default().push(&bytes, |line| {
                if let Line::Row(row) = line {
                    assert!(row.rssi_dbm.is_none_or(|dbm| (-127..=20).contains(&dbm)));
                }
            });
        }
    }
}
