//! The lines of a log of any size: in whatever encoding Windows wrote it, cut to what is looked at, and
//! the time that stands in them.

use std::io::{self, BufRead};

/// Bytes of a line that are looked at; what follows is skipped.
pub(super) const LINE_BYTES: usize = 16 * 1024;

/// Bytes of a line within which its time begins.
const TIME_WITHIN: usize = 1024;

/// Reads lines as bytes of UTF-8. UTF-16 is known by its first bytes; bytes that are no text do no harm.
pub(super) struct Lines<R> {
    log: R,
    encoding: Option<Encoding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Bytes,
    Utf16 { is_big_endian: bool },
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(log: R) -> Self {
        Self { log, encoding: None }
    }

    /// The next line without its end, cut to what is looked at; whether there was one.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.encoding_by_mark()?,
        };
        self.encoding = Some(encoding);
        line.clear();
        let is_there = match encoding {
            Encoding::Bytes => self.of_bytes(line)?,
            Encoding::Utf16 { is_big_endian } => self.of_utf16(line, is_big_endian)?,
        };
        // A file without a mark may be UTF-16 all the same, and logs may hold stretches of zeros.
        line.retain(|byte| *byte != 0);
        Ok(is_there)
    }

    fn encoding_by_mark(&mut self) -> io::Result<Encoding> {
        let (encoding, length) = match filled(&mut self.log)? {
            [0xFF, 0xFE, ..] => (Encoding::Utf16 { is_big_endian: false }, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16 { is_big_endian: true }, 2),
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Bytes, 3),
            _ => (Encoding::Bytes, 0),
        };
        self.log.consume(length);
        Ok(encoding)
    }

    fn of_bytes(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let mut is_there = false;
        loop {
            let bytes = filled(&mut self.log)?;
            if bytes.is_empty() {
                return Ok(is_there);
            }
            is_there = true;
            let end = memchr::memchr(b'\n', bytes);
            let piece = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            let room = LINE_BYTES.saturating_sub(line.len());
            line.extend(piece.iter().copied().take(room));
            let used = end.map_or(bytes.len(), |at| at + 1);
            self.log.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn of_utf16(&mut self, line: &mut Vec<u8>, is_big_endian: bool) -> io::Result<bool> {
        let (mut units, mut is_there) = (Vec::new(), false);
        while let (Some(first), Some(second)) = (self.byte()?, self.byte()?) {
            is_there = true;
            let pair = [first, second];
            match if is_big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) } {
                0x000A => break,
                unit if units.len() < LINE_BYTES / 2 => units.push(unit),
                _ => {}
            }
        }
        let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        line.extend_from_slice(chars.collect::<String>().as_bytes());
        Ok(is_there)
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = filled(&mut self.log)?.first().copied();
        self.log.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

/// What there is to read; empty at the end.
fn filled(log: &mut impl BufRead) -> io::Result<&[u8]> {
    loop {
        match log.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    log.fill_buf()
}

/// The first date with a time in a line, as it stands there: logs and exports write it in many ways.
pub(super) fn time_in(line: &[u8]) -> Option<&str> {
    let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |at: usize, most: usize| (at..at + most).take_while(|at| is_digit(*at)).count();
    let one_of = |at: usize, set: &[u8]| line.get(at).is_some_and(|byte| set.contains(byte));
    let line_start = line.len().min(TIME_WITHIN);
    // 2026-11-24T14:03:07.123Z, 11/24/2026 2:03:07 PM, 24.11.2026, 14:03:07
    let end_of = |begin: usize| -> Option<usize> {
        let mut at = begin;
        let part = |at: &mut usize, most: usize| {
            let count = digits(*at, most);
            *at += count;
            (count > 0).then_some(count)
        };
        let first = part(&mut at, 4)?;
        let separator = *line.get(at).filter(|byte| b"-/.".contains(byte))?;
        at += 1;
        part(&mut at, 2)?;
        (line.get(at) == Some(&separator)).then_some(())?;
        at += 1;
        let third = part(&mut at, 4)?;
        (first == 4 || third == 4).then_some(())?;
        let blanks = (at..).take_while(|at| one_of(*at, b" T,")).take(3).count();
        at += blanks;
        (blanks > 0).then_some(())?;
        for is_last in [false, true] {
            let count = part(&mut at, 2)?;
            if !is_last {
                (count > 0 && line.get(at) == Some(&b':')).then_some(())?;
                at += 1;
            }
        }
        if line.get(at) == Some(&b':') && is_digit(at + 1) {
            at += 1;
            part(&mut at, 2)?;
        }
        if one_of(at, b".,") && is_digit(at + 1) {
            at += 1;
            part(&mut at, 9)?;
        }
        let rest = line.get(at..).unwrap_or_default();
        let tail = [&b" AM"[..], b" PM", b"Z"].into_iter().find(|tail| rest.starts_with(tail));
        Some(at + tail.map_or(0, <[u8]>::len))
    };
    let begins = (0..line_start).filter(|at| is_digit(*at) && !(*at > 0 && is_digit(at - 1)));
    let (begin, end) = begins.take(64).find_map(|begin| Some((begin, end_of(begin)?)))?;
    std::str::from_utf8(line.get(begin..end)?).ok()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn lines(log: &[u8], capacity: usize) -> Vec<String> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, log));
        let (mut all, mut line) = (Vec::new(), Vec::new());
        while lines.next(&mut line).unwrap() {
            all.push(String::from_utf8_lossy(&line).into_owned());
        }
        all
    }

    #[test]
    fn every_encoding_of_windows_is_read_in_pieces_of_any_size() {
        // U+0A0A and U+010A hold the byte of a line's end.
        let text = "f\u{fc}r\r\n\u{a0a}\u{10a}\n\nlast";
        let expected = ["f\u{fc}r\r", "\u{a0a}\u{10a}", "", "last"];
        let utf16 = |mark: u16, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            [mark].into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
        };
        let utf8 = [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat();
        for log in
            [text.as_bytes().to_vec(), utf8, utf16(0xFEFF, u16::to_le_bytes), utf16(0xFEFF, u16::to_be_bytes)]
        {
            for capacity in [3, 4, 5, 7, 4096] {
                assert_eq!(lines(&log, capacity), expected, "{log:?} by {capacity}");
            }
        }
    }

    #[test]
    fn times_are_found_as_they_are_written() {
        for (line, time) in [
            ("2024-02-16 08:54:42.147 E -- GenServer", Some("2024-02-16 08:54:42.147")),
            (
                "Polling thread joined 2023-04-10 12:58:55.271998700 INFO",
                Some("2023-04-10 12:58:55.271998700"),
            ),
            (
                "<TimeCreated SystemTime='2026-11-24T14:03:07.1234567Z'/>",
                Some("2026-11-24T14:03:07.1234567Z"),
            ),
            ("Error,11/24/2026 2:03:07 PM,Service,1000", Some("11/24/2026 2:03:07 PM")),
            ("Fehler;24.11.2026 14:03:07;Dienst", Some("24.11.2026 14:03:07")),
            ("on 10.0.0.1 12:30", None),
            ("version 1.2.2026", None),
            ("2026-11-24", None),
            ("", None),
        ] {
            assert_eq!(time_in(line.as_bytes()), time, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd_for_a_time(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = time_in(&line);
        }
    }
}
