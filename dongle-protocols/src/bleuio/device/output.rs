//! What is on its way to the host, in order, each piece with its time; faults happen here.

use std::collections::VecDeque;

use super::Faults;
use crate::radio::SplitMix64;

/// A full-speed bulk packet.
const USB_PACKET: u64 = 64;

/// The most garbage at a time, in bytes.
const GARBAGE_MAX: u64 = 40;

/// Between the pieces of a split message, in µs.
const PIECE_US: u64 = 1_000;

#[derive(Clone, Debug)]
pub(super) struct Output {
    queue: VecDeque<(u64, Vec<u8>)>,
    last_due_us: u64,
    random: SplitMix64,
}

impl Output {
    pub(super) fn new(seed: u64) -> Self {
        Self { queue: VecDeque::new(), last_due_us: 0, random: SplitMix64::new(seed) }
    }

    /// Sends a message at a time, or when what was sent before is through.
    pub(super) fn send(&mut self, due_us: u64, mut message: Vec<u8>, faults: &Faults) {
        if faults.is_mute {
            return;
        }
        if self.random.happens(faults.loss) {
            let from = self.below(message.len() as u64);
            let len = usize::try_from(self.random.up_to(USB_PACKET - 1)).unwrap_or(0) + 1;
            message.drain(from..message.len().min(from.saturating_add(len)));
        }
        if self.random.happens(faults.garbage) {
            let len = self.random.up_to(GARBAGE_MAX - 1) + 1;
            let garbage = (0..len).map(|_| self.random.next().to_le_bytes()[0]);
            message = garbage.chain(message.iter().copied()).collect();
        }
        let mut due_us = due_us.max(self.last_due_us);
        match faults.split {
            Some(size) if size > 0 => {
                for piece in message.chunks(size) {
                    self.queue.push_back((due_us, piece.to_vec()));
                    due_us = due_us.saturating_add(PIECE_US);
                }
            }
            _ => self.queue.push_back((due_us, message)),
        }
        self.last_due_us = due_us;
    }

    /// Moves what is due into `out`.
    pub(super) fn take(&mut self, now_us: u64, out: &mut Vec<u8>) {
        while let Some((_, piece)) = self.queue.pop_front_if(|(due_us, _)| *due_us <= now_us) {
            out.extend_from_slice(&piece);
        }
    }

    pub(super) fn next_due_us(&self) -> Option<u64> {
        self.queue.front().map(|(due_us, _)| *due_us)
    }

    /// Nothing more of what was said arrives.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.last_due_us = 0;
    }

    fn below(&mut self, limit: u64) -> usize {
        usize::try_from(self.random.up_to(limit.saturating_sub(1))).unwrap_or(0)
    }
}
