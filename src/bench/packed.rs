//! Whole numbers that mostly grow, such as times: each by as few bits as its neighbours need, exactly
//! and within reach of one look.

use std::ops::Range;

use super::chunks::Chunks;

/// How many values are packed together: that many values of `n` bits are `n` words.
pub const BLOCK: usize = 64;

/// Values in order.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    blocks: Chunks<Block>,
    words: Chunks<u64>,
    /// Those behind the last whole block.
    open: Vec<i64>,
}

/// The head of [`BLOCK`] values.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The least of them.
    least: i64,
    /// The place of their first word.
    word: u32,
    /// The bits that each exceeds the least by.
    bits: u8,
}

impl Packed {
    /// Appends a value.
    pub fn push(&mut self, value: i64) {
        self.open.push(value);
        if self.open.len() == BLOCK {
            self.pack();
        }
    }

    fn pack(&mut self) {
        let least = self.open.iter().copied().min().unwrap_or(0);
        let excess = |value: i64| value.wrapping_sub(least).cast_unsigned();
        let all = self.open.iter().fold(0, |all, value| all | excess(*value));
        let bits = u64::BITS - all.leading_zeros();
        // So many words are 32 GB.
        let word = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.blocks.push(Block { least, word, bits: u8::try_from(bits).unwrap_or(u8::MAX) });
        let (mut waiting, mut filled) = (0u128, 0);
        for value in &self.open {
            waiting |= u128::from(excess(*value)) << filled;
            filled += bits;
            if filled >= u64::BITS {
                self.words.push(u64::try_from(waiting & u128::from(u64::MAX)).unwrap_or_default());
                waiting >>= u64::BITS;
                filled -= u64::BITS;
            }
        }
        self.open.clear();
    }

    /// The value at this place.
    #[inline]
    pub fn get(&self, at: usize) -> Option<i64> {
        match self.blocks.get(at / BLOCK) {
            Some(block) => self.packed(block, at % BLOCK),
            None => self.open.get(at - self.blocks.len() * BLOCK).copied(),
        }
    }

    #[inline]
    fn packed(&self, block: Block, within: usize) -> Option<i64> {
        let bits = usize::from(block.bits);
        if bits == 0 {
            return Some(block.least);
        }
        let bit = within * bits;
        let (word, shift) = (block.word as usize + bit / 64, bit % 64);
        let mut excess = self.words.get(word)? >> shift;
        if shift + bits > 64 {
            excess |= self.words.get(word + 1)? << (64 - shift);
        }
        Some(block.least.wrapping_add_unsigned(excess & (u64::MAX >> (64 - bits))))
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.blocks.len() * BLOCK + self.open.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first value.
    pub fn first(&self) -> Option<i64> {
        self.get(0)
    }

    /// The last value.
    pub fn last(&self) -> Option<i64> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The values at `range`, as far as there are such.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = i64> {
        range.map_while(|at| self.get(at))
    }

    /// The first place whose value is not below `bound`, where the values are in order.
    pub fn place_of(&self, bound: i64) -> usize {
        self.place_from(0, self.len() / 2, bound)
    }

    /// The first place whose value is beyond `bound`, where the values are in order.
    pub fn place_behind(&self, bound: i64) -> usize {
        bound.checked_add(1).map_or(self.len(), |bound| self.place_of(bound))
    }

    /// The first place from `from` on whose value is not below `bound`, where the values are in order;
    /// looked for around `from + guess` first.
    pub fn place_from(&self, from: usize, guess: usize, bound: i64) -> usize {
        // Where a block begins at the bound or behind it, the place is in the one before, or its begin.
        let block = self.block_from(from / BLOCK, guess / BLOCK, bound).saturating_sub(1);
        let begin = (block * BLOCK).max(from);
        let end = ((block + 1) * BLOCK).min(self.len());
        partition(begin, end, |at| self.get(at).is_some_and(|value| value < bound))
    }

    /// The first group of [`BLOCK`] values from number `from` on of which none is below `bound`, where the
    /// values are in order; looked for around `from + guess` first, as a search through all would miss the
    /// processor's cache at each step.
    pub fn block_from(&self, from: usize, guess: usize, bound: i64) -> usize {
        let count = self.len().div_ceil(BLOCK);
        let least = |at| self.blocks.get(at).map(|block| block.least).or(self.open.first().copied());
        let is_before = |at: usize| at < count && least(at).is_some_and(|least| least < bound);
        let (mut low, mut high, mut step) = (from, (from + guess).min(count), 1);
        while is_before(high) {
            low = high + 1;
            high = (high + step).min(count);
            step *= 2;
        }
        while low == from && high > from {
            let before = high.saturating_sub(step).max(from);
            if before == from || is_before(before) {
                low = before;
                break;
            }
            high = before;
            step *= 2;
        }
        partition(low, high, is_before)
    }

    /// What it takes of the heap, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.blocks.heap_bytes() + self.words.heap_bytes() + self.open.capacity() * size_of::<i64>()
    }
}

/// The first place in `low..high` that is not before what is looked for.
fn partition(mut low: usize, mut high: usize, is_before: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(values: &[i64]) -> Packed {
        let mut packed = Packed::default();
        values.iter().for_each(|value| packed.push(*value));
        packed
    }

    /// Instants some hundred milliseconds apart, now and then simultaneous, now and then after a pause.
    fn times() -> impl Strategy<Value = Vec<i64>> {
        let step = prop_oneof![8 => 0i64..300_000, 1 => Just(0), 1 => 0i64..1 << 40];
        proptest::collection::vec(step, 0..1500).prop_map(|steps| {
            let sums = steps.into_iter().scan(0, |t_us, step| {
                *t_us += step;
                Some(*t_us)
            });
            sums.collect()
        })
    }

    proptest! {
        #[test]
        fn whatever_was_pushed_comes_back(
            values in proptest::collection::vec(any::<i64>(), 0..300),
            a in 0usize..320,
            b in 0usize..320,
        ) {
            let packed = packed(&values);
            prop_assert_eq!((packed.len(), packed.is_empty()), (values.len(), values.is_empty()));
            prop_assert_eq!(packed.get(a), values.get(a).copied());
            prop_assert_eq!((packed.first(), packed.last()), (values.first().copied(), values.last().copied()));
            let end = a.max(b).min(values.len());
            let expected = &values[a.min(b).min(end)..end];
            prop_assert_eq!(packed.iter(a.min(b)..a.max(b)).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn a_place_is_found_whatever_the_guess(
            times in times(),
            from in 0usize..1500,
            guess in 0usize..2000,
            at in 0usize..1500,
            beside in -2i64..=2,
        ) {
            let packed = packed(&times);
            prop_assert_eq!(packed.iter(0..times.len()).collect::<Vec<_>>(), times.clone());
            let bound = times.get(at).copied().unwrap_or(1 << 50).saturating_add(beside);
            let place = |from: usize| from + times[from..].partition_point(|t| *t < bound);
            prop_assert_eq!(packed.place_of(bound), place(0));
            prop_assert_eq!(packed.place_behind(bound), times.partition_point(|t| *t <= bound));
            prop_assert_eq!(packed.place_behind(i64::MAX), times.len());
            let from = from.min(times.len());
            prop_assert_eq!(packed.place_from(from, guess, bound), place(from));
            let heads: Vec<_> = times.iter().step_by(BLOCK).collect();
            let block = from.div_ceil(BLOCK);
            let expected = block + heads[block..].partition_point(|t| **t < bound);
            prop_assert_eq!(packed.block_from(block, guess / BLOCK, bound), expected);
        }
    }

    #[test]
    fn times_of_a_band_take_three_bytes_each() {
        // Heard nine times a second, never quite regularly.
        let times: Vec<i64> = (0..250_000).map(|at| at * 115_200 + (at * 7919) % 30_000).collect();
        let bytes = packed(&times).heap_bytes() as f64 / times.len() as f64;
        assert!(bytes < 3.3, "{bytes}");
    }
}
