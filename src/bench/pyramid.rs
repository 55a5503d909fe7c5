//! The least and greatest of any stretch of values without looking at each: what lets a million
//! samples be drawn as one bar for each column of pixels.

/// How many entries of a level one entry of the level above stands for.
pub const FAN: usize = 16;

/// Values in order, and their extremes in groups, groups of groups and so on.
#[derive(Clone, Debug)]
pub struct Pyramid<T> {
    values: Vec<T>,
    levels: Vec<Vec<(T, T)>>,
}

impl<T> Default for Pyramid<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T: Copy + PartialOrd> Pyramid<T> {
    /// Appends a value.
    pub fn push(&mut self, value: T) {
        self.values.push(value);
        let mut count = self.values.len();
        for level in 0.. {
            if !count.is_multiple_of(FAN) {
                return;
            }
            count /= FAN;
            let group = match level {
                0 => extremes(self.values[self.values.len() - FAN..].iter().map(|v| (*v, *v))),
                _ => {
                    let below = &self.levels[level - 1];
                    extremes(below[below.len() - FAN..].iter().copied())
                }
            };
            let Some(group) = group else { return };
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(group);
        }
    }

    /// All values.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The least and the greatest of the values at `range`; `None` where there is none.
    pub fn extremes(&self, range: std::ops::Range<usize>) -> Option<(T, T)> {
        let (mut begin, mut end) = (range.start, range.end.min(self.values.len()));
        let mut found = None;
        for level in 0..=self.levels.len() {
            if begin >= end {
                break;
            }
            let is_top = level == self.levels.len();
            let mut take = |at: usize| {
                let entry = if level == 0 {
                    self.values.get(at).map(|v| (*v, *v))
                } else {
                    self.levels[level - 1].get(at).copied()
                };
                found = wider(found, entry);
            };
            while begin < end && (is_top || !begin.is_multiple_of(FAN)) {
                take(begin);
                begin += 1;
            }
            while begin < end && !end.is_multiple_of(FAN) {
                end -= 1;
                take(end);
            }
            begin /= FAN;
            end /= FAN;
        }
        found
    }
}

fn extremes<T: Copy + PartialOrd>(entries: impl Iterator<Item = (T, T)>) -> Option<(T, T)> {
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
            prop_assert_eq!(pyramid.extremes(range), expected);
        }
    }
}
