//! Reads a large file one step ahead on another thread, so that reading and parsing overlap.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

const CHUNK: usize = 512 << 10;
/// Chunks in flight; with their number memory is bounded.
const CHUNKS: usize = 4;

type Chunk = io::Result<Vec<u8>>;

/// A stream whose next bytes are being read while the last are in use.
pub(super) struct ReadAhead {
    filled: Receiver<Chunk>,
    empty: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
}

impl ReadAhead {
    /// Starts reading. The thread ends with the stream, or when this is dropped.
    pub(super) fn start(mut input: impl Read + Send + 'static) -> io::Result<Self> {
        let (to_user, filled) = sync_channel::<Chunk>(CHUNKS);
        let (empty, from_user) = sync_channel::<Vec<u8>>(CHUNKS);
        thread::Builder::new().name("read-ahead".into()).spawn(move || {
            let mut made = 0;
            loop {
                let mut chunk = match from_user.try_recv() {
                    Ok(chunk) => chunk,
                    Err(TryRecvError::Empty) if made < CHUNKS => {
                        made += 1;
                        Vec::with_capacity(CHUNK)
                    }
                    Err(TryRecvError::Empty) => match from_user.recv() {
                        Ok(chunk) => chunk,
                        Err(_) => return,
                    },
                    Err(TryRecvError::Disconnected) => return,
                };
                chunk.clear();
                let read = input.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
                let ended = !matches!(read, Ok(n) if n > 0);
                if to_user.send(read.map(|_| chunk)).is_err() || ended {
                    return;
                }
            }
        })?;
        Ok(Self { filled, empty, chunk: Vec::new(), at: 0 })
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let Ok(next) = self.filled.recv() else { return Ok(0) };
            let used = std::mem::replace(&mut self.chunk, next?);
            self.at = 0;
            if used.capacity() > 0 {
                // The thread may have ended with the stream; then nobody needs the chunk.
                let _ = self.empty.send(used);
            }
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
