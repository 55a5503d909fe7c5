//! Lines of a stream in bounded memory: a line longer than [`MAX_LINE`] is passed over, not held.

use std::io;

use super::blocks::Blocks;

/// The longest line that is read; a canonical row has about 90 bytes.
pub(super) const MAX_LINE: usize = 1 << 20;

/// A line without its `\n`.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether a `\n` ended it; only a file's last line may lack it.
    pub(super) terminated: bool,
    /// Whether it was longer than [`MAX_LINE`]; `bytes` is empty then.
    pub(super) too_long: bool,
}

/// Splits a stream into lines.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
    number: u64,
}

impl<R: Blocks> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), start: 0, end: 0, at_end: false, number: 0 }
    }

    /// The number of the line last returned or consumed, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// What is buffered and not yet returned; may end in the middle of a line.
    pub(super) fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Passes over one line of `length` bytes, its `\n` included, that was seen in `buffered`.
    pub(super) fn consume_line(&mut self, length: usize) {
        self.start += length;
        self.number += 1;
    }

    /// Passes over a byte-order mark at the beginning of the stream.
    pub(super) fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        while self.end < 3 && self.fill()? {}
        if self.buffered().starts_with(b"\xef\xbb\xbf") {
            self.start += 3;
        }
        Ok(())
    }

    /// The next line, or `None` at the end of the stream.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.start + searched..self.end]) {
                let length = searched + at;
                let start = self.start;
                self.consume_line(length + 1);
                let bytes = &self.buffer[start..start + length];
                return Ok(Some(Line { bytes, terminated: true, too_long: false }));
            }
            searched = self.end - self.start;
            if searched > MAX_LINE {
                return self.pass_over_long_line().map(Some);
            }
            if !self.fill()? {
                break;
            }
        }
        if self.start == self.end {
            return Ok(None);
        }
        let start = self.start;
        self.consume_line(searched);
        Ok(Some(Line { bytes: &self.buffer[start..self.end], terminated: false, too_long: false }))
    }

    fn pass_over_long_line(&mut self) -> io::Result<Line<'_>> {
        self.number += 1;
        let mut terminated = false;
        while !terminated {
            self.start = self.end;
            if !self.fill()? {
                break;
            }
            if let Some(at) = memchr::memchr(b'\n', self.buffered()) {
                self.start += at + 1;
                terminated = true;
            }
        }
        Ok(Line { bytes: &[], terminated, too_long: true })
    }

    /// Reads more behind what is buffered; whether there was more.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at_end {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let end = self.input.next(&mut self.buffer, self.end)?;
        self.at_end = end == self.end;
        self.end = end;
        Ok(!self.at_end)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_huge_line_is_passed_over_without_being_held() {
        let huge = io::repeat(b'x').take(64 << 20);
        let mut lines = Lines::new(huge.chain(&b"\nnext\nlast"[..]));
        assert!(lines.next_line().unwrap().is_some_and(|line| line.too_long && line.terminated));
        assert!(lines.next_line().unwrap().is_some_and(|line| line.bytes == b"next"));
        assert!(lines.next_line().unwrap().is_some_and(|line| line.bytes == b"last" && !line.terminated));
        assert!(lines.buffer.len() <= 4 * MAX_LINE);
        assert_eq!(lines.number(), 3);
    }
}
