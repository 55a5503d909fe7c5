//! Reads a large file one step ahead on another thread, so that reading and parsing overlap.

use std::io::{self, Read};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use super::blocks::Blocks;

const CHUNK: usize = 512 << 10;
/// Chunks in flight; with their number memory is bounded.
const CHUNKS: usize = 4;

type Chunk = io::Result<Vec<u8>>;

/// A stream whose next bytes are being read while the last are in use. Its chunks end where lines
/// end, so that nobody has to put a line together from two of them.
pub(super) struct ReadAhead {
    filled: Receiver<Chunk>,
    empty: SyncSender<Vec<u8>>,
}

impl ReadAhead {
    /// Starts reading. The thread ends with the stream, or when this is dropped.
    pub(super) fn start(mut input: impl Read + Send + 'static) -> io::Result<Self> {
        let (to_user, filled) = sync_channel::<Chunk>(CHUNKS);
        let (empty, from_user) = sync_channel::<Vec<u8>>(CHUNKS);
        thread::Builder::new().name("read-ahead".into()).spawn(move || {
            let mut made = 0;
            let mut begun_line = Vec::new();
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
                chunk.append(&mut begun_line);
                let room = CHUNK.saturating_sub(chunk.len()).max(CHUNK / 2);
                let read = input.by_ref().take(room as u64).read_to_end(&mut chunk);
                let ended = !matches!(read, Ok(n) if n > 0);
                if !ended && let Some(newline) = memchr::memrchr(b'\n', &chunk) {
                    begun_line.extend_from_slice(&chunk[newline + 1..]);
                    chunk.truncate(newline + 1);
                }
                let failed = read.err();
                // What came before the failure is good.
                if !chunk.is_empty() && to_user.send(Ok(chunk)).is_err() {
                    return;
                }
                if let Some(error) = failed {
                    // Nobody is left to hear it, or it is heard.
                    let _ = to_user.send(Err(error));
                }
                if ended {
                    return;
                }
            }
        })?;
        Ok(Self { filled, empty })
    }
}

impl Blocks for ReadAhead {
    fn next(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize> {
        let Ok(next) = self.filled.recv() else { return Ok(end) };
        let mut next = next?;
        if end == 0 {
            mem::swap(buffer, &mut next);
        } else {
            buffer.truncate(end);
            buffer.append(&mut next);
        }
        // The thread may have ended with the stream; then nobody needs the chunk.
        let _ = self.empty.send(next);
        Ok(buffer.len())
    }
}
