//! The lines of a log of any size, in whatever encoding Windows wrote it; long ones part by part.

use std::io::{self, BufRead};

/// Bytes of a line that are read at a time.
pub(super) const PART_BYTES: usize = 16 * 1024;

/// How much of a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All that was left of it.
    Last,
    /// More of it may follow.
    More,
}

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

    /// Appends the next part of a line, without the line's end; `None` where the log is over.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<Part>> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.encoding_by_mark()?,
        };
        self.encoding = Some(encoding);
        let begin = line.len();
        let part = match encoding {
            Encoding::Bytes => self.of_bytes(line)?,
            Encoding::Utf16 { is_big_endian } => self.of_utf16(line, is_big_endian)?,
        };
        // A file without a mark may be UTF-16 all the same, and logs may hold stretches of zeros.
        if line.get(begin..).is_some_and(|part| memchr::memchr(0, part).is_some()) {
            let mut at = 0;
            line.retain(|byte| {
                at += 1;
                at <= begin || *byte != 0
            });
        }
        Ok(part)
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

    fn of_bytes(&mut self, line: &mut Vec<u8>) -> io::Result<Option<Part>> {
        let (mut is_there, mut room) = (false, PART_BYTES);
        while room > 0 {
            let bytes = filled(&mut self.log)?;
            if bytes.is_empty() {
                return Ok(is_there.then_some(Part::Last));
            }
            is_there = true;
            let within = bytes.get(..room).unwrap_or(bytes);
            let end = memchr::memchr(b'\n', within);
            let piece = within.get(..end.unwrap_or(within.len())).unwrap_or_default();
            line.extend_from_slice(piece);
            room -= piece.len();
            let used = piece.len() + usize::from(end.is_some());
            self.log.consume(used);
            if end.is_some() {
                return Ok(Some(Part::Last));
            }
        }
        Ok(Some(Part::More))
    }

    fn of_utf16(&mut self, line: &mut Vec<u8>, is_big_endian: bool) -> io::Result<Option<Part>> {
        let (mut units, mut part) = (Vec::new(), None);
        while let (Some(first), Some(second)) = (self.byte()?, self.byte()?) {
            part = Some(Part::Last);
            let pair = [first, second];
            let unit = if is_big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
            if unit == 0x000A {
                break;
            }
            units.push(unit);
            // What takes two units is not torn apart.
            let is_half = (0xD800..0xDC00).contains(&unit);
            if units.len() >= PART_BYTES / 2 && !is_half {
                part = Some(Part::More);
                break;
            }
        }
        let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
        line.extend_from_slice(chars.collect::<String>().as_bytes());
        Ok(part)
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

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(log: &[u8], capacity: usize) -> Vec<String> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, log));
        let (mut all, mut line) = (Vec::new(), Vec::new());
        while let Some(part) = lines.next(&mut line).unwrap() {
            if part == Part::Last {
                all.push(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
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
    fn long_lines_come_in_parts_with_nothing_lost_between_them() {
        for long in [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
            let text = format!("{}\u{1F600}{}\nnext", "x".repeat(long), "y".repeat(long));
            let expected: Vec<_> = text.split('\n').map(str::to_owned).collect();
            let utf16: Vec<u8> =
                "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            for log in [text.as_bytes(), &utf16] {
                assert_eq!(lines(log, 4096), expected, "{long}");
            }
        }
    }
}
