//! Lines of logs, cut so that each piece holds one event: Event Viewer and wevtutil write all events on
//! one line, and so do exports in JSON.

use std::io::{self, BufRead};

use memchr::memmem::Finder;

use super::lines::{Lines, PART_BYTES, Part};
use super::times::{TIME_WITHIN, spelt, time_from, time_in};

/// What ends an event that was exported as XML.
const EVENT_END: &str = "</Event>";
/// Where nothing tells where an event ends, pieces overlap by this: more than any text that is looked for.
const OVERLAP: usize = 256;

/// A line, or a piece of one.
pub(super) struct Piece<'a> {
    /// What stands in it.
    pub bytes: &'a [u8],
    /// What begins here or later is in the next piece too, and counts there.
    pub own: usize,
    /// The number of its line, from 1 on.
    pub line: u64,
    /// When it was written, where it says that.
    pub time: Option<&'a str>,
}

/// Cuts a log into pieces.
pub(super) struct Pieces<R> {
    lines: Lines<R>,
    /// What was read of a line.
    buffer: Vec<u8>,
    /// Of that, the first byte that is in no piece yet.
    at: usize,
    /// No event ends before this, but for one in a piece already.
    searched: usize,
    is_in_line: bool,
    /// Whether the line is too long to be one piece.
    is_long: bool,
    has_end_of_line: bool,
    line: u64,
    end: Finder<'static>,
}

/// Where a piece ends in the buffer, where the next one begins, and where its time stands.
struct Cut {
    end: usize,
    next: usize,
    time: Option<std::ops::Range<usize>>,
    /// Whether the piece is an event or a line, and not what is between two times.
    is_whole: bool,
}

impl<R: BufRead> Pieces<R> {
    pub(super) fn new(log: R) -> Self {
        Self {
            lines: Lines::new(log),
            buffer: Vec::new(),
            at: 0,
            searched: 0,
            is_in_line: false,
            is_long: false,
            has_end_of_line: false,
            line: 0,
            end: Finder::new(EVENT_END),
        }
    }

    /// The next piece; `None` where the log is over.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        let cut = loop {
            match self.is_in_line.then(|| self.cut()).flatten() {
                Some(cut) => break cut,
                None if self.read()? => {}
                None => return Ok(None),
            }
        };
        let begin = self.at;
        self.at = cut.next;
        self.is_in_line = !(self.has_end_of_line && cut.next == self.buffer.len());
        let bytes = self.buffer.get(begin..cut.end).unwrap_or_default();
        let time =
            if cut.is_whole { time_in(bytes) } else { cut.time.and_then(|time| spelt(&self.buffer, time)) };
        Ok(Some(Piece { bytes, own: cut.next - begin, line: self.line, time }))
    }

    /// Whether there was more.
    fn read(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.searched = self.searched.saturating_sub(self.at);
        self.at = 0;
        let part = match self.lines.next(&mut self.buffer)? {
            Some(part) => part,
            // A part was as long as the line.
            None if self.is_in_line => Part::Last,
            None => return Ok(false),
        };
        if !self.is_in_line {
            (self.is_in_line, self.is_long) = (true, false);
            self.line += 1;
        }
        self.has_end_of_line = part == Part::Last;
        Ok(true)
    }

    /// `None` where more must be read first.
    fn cut(&mut self) -> Option<Cut> {
        let from = self.searched.max(self.at);
        if let Some(found) = self.end.find(self.buffer.get(from..)?) {
            let end = from + found + EVENT_END.len();
            return Some(Cut { end, next: end, time: None, is_whole: true });
        }
        self.searched = self.buffer.len().saturating_sub(EVENT_END.len());
        let (rest, len) = (self.buffer.get(self.at..)?, self.buffer.len());
        if !self.has_end_of_line && rest.len() < PART_BYTES + OVERLAP {
            return None;
        }
        self.is_long |= rest.len() > TIME_WITHIN;
        let is_whole = !self.is_long;
        let to = |end: usize, next: usize, time| Some(Cut { end, next, time, is_whole });
        if is_whole {
            return to(len, len, None);
        }
        // In a long line each time begins something new.
        let first = time_from(&self.buffer, self.at);
        let second = first.as_ref().and_then(|first| time_from(&self.buffer, first.end));
        let next = if self.has_end_of_line { len } else { len - OVERLAP };
        match second {
            Some(second) if second.start < next => to(second.start, second.start, first),
            _ => to(len, next, first.filter(|first| first.start < next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text, what of it is the piece's own, line, time.
    fn pieces(log: &str) -> Vec<(String, usize, u64, Option<String>)> {
        let mut pieces = Pieces::new(log.as_bytes());
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().unwrap() {
            let text = String::from_utf8_lossy(piece.bytes).into_owned();
            all.push((text, piece.own, piece.line, piece.time.map(str::to_owned)));
        }
        all
    }

    #[test]
    fn events_are_pieces_and_so_are_short_lines() {
        let found = pieces(
            "<Events><Event>2026-01-01 08:00:00 a</Event><Event>b</Event></Events>\n\n2026-01-01 08:00:01 and 2026-01-01 08:00:02",
        );
        let seen: Vec<_> =
            found.iter().map(|(text, _, line, time)| (text.as_str(), *line, time.as_deref())).collect();
        assert_eq!(
            seen,
            [
                ("<Events><Event>2026-01-01 08:00:00 a</Event>", 1, Some("2026-01-01 08:00:00")),
                ("<Event>b</Event>", 1, None),
                ("</Events>", 1, None),
                ("", 2, None),
                ("2026-01-01 08:00:01 and 2026-01-01 08:00:02", 3, Some("2026-01-01 08:00:01")),
            ]
        );
    }

    #[test]
    fn long_lines_are_cut_at_their_times_else_into_pieces_that_overlap() {
        let entry = |second: u32| format!("2026-01-01 08:00:{second:02} {}", "x".repeat(600));
        let found = pieces(&format!("[{}{}{}", entry(1), entry(2), entry(3)));
        let times: Vec<_> = found.iter().map(|(.., time)| time.as_deref().unwrap_or("none")).collect();
        assert_eq!(times, ["2026-01-01 08:00:01", "2026-01-01 08:00:02", "2026-01-01 08:00:03"]);
        let found = pieces(&"x".repeat(3 * PART_BYTES));
        assert!(
            found.len() > 1
                && found.iter().all(|(text, own, line, _)| text.len() - own <= OVERLAP && *line == 1)
        );
        let owned: usize = found.iter().map(|(_, own, ..)| own).sum();
        assert_eq!(owned, 3 * PART_BYTES);
    }

    proptest! {
        #[test]
        fn each_byte_is_one_pieces_own(parts in prop::collection::vec((0usize..8, 0usize..9000), 0..12)) {
            let texts = ["x", "</Event>", "2026-01-01 08:00:00 ", "\n", "7", "</Eve", "é", "2026-01-01 08:0"];
            let log: String = parts.iter().map(|(text, times)| texts[*text].repeat(*times / 7 % 300 + usize::from(*times > 8000) * 20_000)).collect();
            let mut whole = Vec::new();
            let mut pieces = Pieces::new(log.as_bytes());
            let mut line = 1;
            while let Some(piece) = pieces.next().unwrap() {
                (line..piece.line).for_each(|_| whole.push(b'\n'));
                line = piece.line;
                whole.extend_from_slice(&piece.bytes[..piece.own]);
            }
            prop_assert_eq!(String::from_utf8_lossy(&whole), log.strip_suffix('\n').unwrap_or(&log));
        }
    }
}
