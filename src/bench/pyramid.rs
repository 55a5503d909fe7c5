//! The least and greatest of any stretch of values without looking at each: what lets a million
//! samples be drawn as one bar for each column of pixels.

use std::ops::Range;

use super::chunks::Chunks;

/// How many entries of a level one entry of the level above stands for.
pub(super) const FAN: usize = 16;

/// Values in order, and their extremes in groups, groups of groups and so on.
#[derive(Clone, Debug)]
pub struct Pyramid<T> {
    values: Chunks<T>,
    levels: Levels<T>,
}

impl<T> Default for Pyramid<T> {
    fn default() -> Self {
        Self { values: Chunks::default(), levels: Levels::default() }
    }
}

impl<T: Copy + PartialOrd> Pyramid<T> {
    /// Appends a value.
    pub fn push(&mut self, value: T) {
        self.values.push(value);
        let count = self.values.len();
        if count.is_multiple_of(FAN)
            && let Some(group) = extremes(self.values.iter(count - FAN..count).map(|v| (v, v)))
        {
            self.levels.push(group);
        }
    }

    /// The value at this place.
    pub fn get(&self, at: usize) -> Option<T> {
        self.values.get(at)
    }

    /// The values at `range`, as far as there are such.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = T> {
        self.values.iter(range)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    /// The least and the greatest of the values at `range`; `None` where there is none.
    pub fn extremes(&self, range: Range<usize>) -> Option<(T, T)> {
        let range = range.start..range.end.min(self.values.len());
        self.levels.extremes(range, |few| extremes(self.values.iter(few).map(|v| (v, v))))
    }

    /// What it takes of the heap, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.values.heap_bytes() + self.levels.heap_bytes()
    }
}

/// The extremes of values in groups of [`FAN`], groups of groups and so on, without the values.
#[derive(Clone, Debug)]
pub(super) struct Levels<T>(Vec<Chunks<(T, T)>>);

impl<T> Default for Levels<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + PartialOrd> Levels<T> {
    /// Appends the extremes of the next [`FAN`] values.
    pub(super) fn push(&mut self, group: (T, T)) {
        let mut next = Some(group);
        for level in 0.. {
            let Some(group) = next else { return };
            if self.0.len() == level {
                self.0.push(Chunks::default());
            }
            let groups = &mut self.0[level];
            groups.push(group);
            let count = groups.len();
            next = if count.is_multiple_of(FAN) { extremes(groups.iter(count - FAN..count)) } else { None };
        }
    }

    /// The least and the greatest of the values at `range`, of which there are as many; what lies in no
    /// whole group is asked of `few`.
    pub(super) fn extremes(
        &self,
        range: Range<usize>,
        mut few: impl FnMut(Range<usize>) -> Option<(T, T)>,
    ) -> Option<(T, T)> {
        let whole = self.0.first().map_or(0, Chunks::len);
        let (mut begin, mut end) = (range.start.div_ceil(FAN), (range.end / FAN).min(whole));
        if begin >= end {
            return if range.is_empty() { None } else { few(range) };
        }
        let mut found = None;
        for edge in [range.start..begin * FAN, end * FAN..range.end] {
            if !edge.is_empty() {
                found = wider(found, few(edge));
            }
        }
        for (level, groups) in self.0.iter().enumerate() {
            if begin >= end {
                break;
            }
            let is_top = level + 1 == self.0.len();
            while begin < end && (is_top || !begin.is_multiple_of(FAN)) {
                found = wider(found, groups.get(begin));
                begin += 1;
            }
            while begin < end && !end.is_multiple_of(FAN) {
                end -= 1;
                found = wider(found, groups.get(end));
            }
            begin /= FAN;
            end /= FAN;
        }
        found
    }

    /// What it takes of the heap, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let levels: usize = self.0.iter().map(Chunks::heap_bytes).sum();
        levels + self.0.capacity() * size_of::<Chunks<(T, T)>>()
    }
}

/// The least and the greatest of all that have some.
pub(super) fn extremes<T: Copy + PartialOrd>(entries: impl Iterator<Item = (T, T)>) -> Option<(T, T)> {
    entries.fold(None, |found, entry| wider(found, Some(entry)))
}

fn wider<T: Copy + PartialOrd>(a: Option<(T, T)>, b: Option<(T, T)>) -> Option<(T, T)> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    Some((if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_looking_at_each(
            values in proptest::collection::vec(-127i8..=20, 0..5000),
            a in 0usize..5200,
            b in 0usize..5200,
        ) {
            let mut pyramid = Pyramid::default();
            values.iter().for_each(|v| pyramid.push(*v));
            let range = a.min(b)..a.max(b).min(values.len());
            let slice = values.get(range.clone()).unwrap_or_default();
            let expected = slice.iter().min().copied().zip(slice.iter().max().copied());
            prop_assert_eq!(pyramid.extremes(range.clone()), expected);
            prop_assert_eq!(pyramid.iter(range).collect::<Vec<_>>(), slice);
        }
    }
}
