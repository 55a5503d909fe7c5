//! A list that grows by pieces: nothing is copied as it grows, and no more than one piece lies idle.

use std::ops::Range;

/// The size of a piece, in bytes.
const PIECE_BYTES: usize = 8192;

/// Values in order, in pieces of equal length.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T> {
    /// All full but the last.
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T: Copy> Chunks<T> {
    /// Values in a piece; a power of two.
    const PIECE: usize = {
        let size = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
        if size < PIECE_BYTES { 1 << (PIECE_BYTES / size).ilog2() } else { 1 }
    };

    /// Appends a value.
    pub(super) fn push(&mut self, value: T) {
        match self.pieces.last_mut().filter(|piece| piece.len() < Self::PIECE) {
            Some(piece) => piece.push(value),
            None => {
                // The first piece begins small: of most bands little is heard.
                let room = if self.pieces.is_empty() { 4 } else { Self::PIECE };
                let mut piece = Vec::with_capacity(room.min(Self::PIECE));
                piece.push(value);
                self.pieces.push(piece);
            }
        }
        self.len += 1;
    }

    /// The value at this place.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<T> {
        self.pieces.get(at / Self::PIECE)?.get(at % Self::PIECE).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The values at `range`, as far as there are such, in one or more slices.
    pub(super) fn slices(&self, range: Range<usize>) -> impl Iterator<Item = &[T]> {
        let end = range.end.min(self.len);
        let begin = range.start.min(end);
        let pieces = begin / Self::PIECE..end.div_ceil(Self::PIECE);
        let first = pieces.start;
        self.pieces.get(pieces).unwrap_or_default().iter().enumerate().map(move |(at, piece)| {
            let before = (first + at) * Self::PIECE;
            let (from, to) = (begin.saturating_sub(before), (end - before).min(piece.len()));
            piece.get(from..to).unwrap_or_default()
        })
    }

    /// The values at `range`, as far as there are such.
    pub(super) fn iter(&self, range: Range<usize>) -> impl Iterator<Item = T> {
        self.slices(range).flatten().copied()
    }

    /// What it takes of the heap, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let pieces: usize = self.pieces.iter().map(|piece| piece.capacity() * size_of::<T>()).sum();
        pieces + self.pieces.capacity() * size_of::<Vec<T>>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_as_a_plain_list(
            values in proptest::collection::vec(any::<u64>(), 0..5000),
            a in 0usize..5200,
            b in 0usize..5200,
        ) {
            let mut chunks = Chunks::default();
            values.iter().for_each(|value| chunks.push(*value));
            prop_assert_eq!(chunks.len(), values.len());
            prop_assert_eq!(chunks.get(a), values.get(a).copied());
            let range = a.min(b)..a.max(b);
            let end = range.end.min(values.len());
            let expected = &values[range.start.min(end)..end];
            prop_assert_eq!(chunks.iter(range).collect::<Vec<_>>(), expected);
            prop_assert!(chunks.heap_bytes() <= values.len() * 16 + PIECE_BYTES);
        }
    }
}
