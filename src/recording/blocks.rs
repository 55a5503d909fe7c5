//! Where the bytes of a recording come from: a block at a time, so that one that lies in memory
//! already is taken over and not copied.

use std::io::{self, Read};

const BLOCK: usize = 256 << 10;

/// A stream of bytes.
pub trait Blocks {
    /// Puts the next bytes behind the first `end` of `buffer`, which are kept, and returns where
    /// they end: at `end` if there are no more. What lies behind that means nothing.
    ///
    /// # Errors
    /// When the stream fails.
    fn next(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize>;
}

impl<R: Read> Blocks for R {
    fn next(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize> {
        if buffer.is_empty() {
            // Zeroed by the system as it is touched: most recordings are small.
            *buffer = vec![0; BLOCK];
        } else if buffer.len() < end + BLOCK / 2 {
            buffer.resize(2 * end.max(BLOCK), 0);
        }
        loop {
            match self.read(&mut buffer[end..]) {
                Ok(count) => return Ok(end + count),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Blocks for Box<dyn Blocks + Send> {
    fn next(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize> {
        (**self).next(buffer, end)
    }
}

/// The same stream for those who read bytes.
pub struct Bytes<B> {
    blocks: B,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<B: Blocks> Bytes<B> {
    /// From where the stream stands.
    pub fn of(blocks: B) -> Self {
        Self { blocks, buffer: Vec::new(), start: 0, end: 0 }
    }
}

impl<B: Blocks> Read for Bytes<B> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.end = self.blocks.next(&mut self.buffer, 0)?;
        }
        let count = into.len().min(self.end - self.start);
        into[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
        self.start += count;
        Ok(count)
    }
}
