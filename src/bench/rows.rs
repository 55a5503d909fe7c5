//! The rows of a recording in the order in which they came, though samples are kept as columns: a byte
//! for each sample says whose it is.

use std::borrow::Cow;

use crate::recording::{Row, RowKind, Sample};

use super::chunks::Chunks;
use super::packed::BLOCK;
use super::series::Series;

/// A byte holds seven bits of a number, the lowest first; where this one is set, more follow.
const MORE: u8 = 0x80;

/// What came after what.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// For each row the number of its series and one more; 0 for one that is no sample.
    log: Chunks<u8>,
    others: Vec<Row>,
    rows: usize,
}

impl Order {
    /// The next row is a sample of series number `series`.
    pub(super) fn sample(&mut self, series: usize) {
        let mut rest = series + 1;
        while rest >= usize::from(MORE) {
            self.log.push(u8::try_from(rest % usize::from(MORE)).unwrap_or(0) | MORE);
            rest /= usize::from(MORE);
        }
        self.log.push(u8::try_from(rest).unwrap_or(0));
        self.rows += 1;
    }

    /// The next row is this one, which is no sample.
    pub(super) fn other(&mut self, row: Row) {
        self.log.push(0);
        self.others.push(row);
        self.rows += 1;
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Rows that are no samples, in order.
    pub(super) fn others(&self) -> &[Row] {
        &self.others
    }

    /// All rows, the samples out of `series`.
    pub(super) fn iter<'a>(&'a self, series: &'a [Series]) -> impl Iterator<Item = Cow<'a, Row>> {
        let cursors = series.iter().map(|series| Cursor { series, place: 0, ahead: Vec::new() }).collect();
        Rows { log: self.log.iter(0..self.log.len()), others: self.others.iter(), cursors }
    }

    /// What it takes of the heap, in bytes, without what is in rows that are no samples.
    pub(super) fn heap_bytes(&self) -> usize {
        self.log.heap_bytes() + self.others.capacity() * size_of::<Row>()
    }
}

/// Rows on their way out.
struct Rows<'a, L> {
    log: L,
    others: std::slice::Iter<'a, Row>,
    cursors: Vec<Cursor<'a>>,
}

impl<'a, L: Iterator<Item = u8>> Iterator for Rows<'a, L> {
    type Item = Cow<'a, Row>;

    // A million of them are to be decided in less time than anyone notices.
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut number = usize::from(self.log.next()?);
        if number >= usize::from(MORE) {
            number = self.long_number(number)?;
        }
        let Some(at) = number.checked_sub(1) else { return self.others.next().map(Cow::Borrowed) };
        self.cursors.get_mut(at)?.next().map(Cow::Owned)
    }
}

impl<L: Iterator<Item = u8>> Rows<'_, L> {
    #[cold]
    fn long_number(&mut self, first: usize) -> Option<usize> {
        let (mut number, mut weight) = (first % usize::from(MORE), usize::from(MORE));
        loop {
            let byte = self.log.next()?;
            number += usize::from(byte % MORE) * weight;
            if byte < MORE {
                return Some(number);
            }
            weight *= usize::from(MORE);
        }
    }
}

/// How far a series is read.
struct Cursor<'a> {
    series: &'a Series,
    /// The sample that comes next.
    place: usize,
    /// The block of samples that it is in.
    ahead: Vec<(i64, i8)>,
}

impl Cursor<'_> {
    #[inline(always)]
    fn next(&mut self) -> Option<Row> {
        if self.place.is_multiple_of(BLOCK) {
            self.read();
        }
        let (t_us, rssi_dbm) = *self.ahead.get(self.place % BLOCK)?;
        self.place += 1;
        let Series { source, band, .. } = *self.series;
        Some(Row { t_us, kind: RowKind::Sample(Sample { source, band, rssi_dbm }) })
    }

    #[inline(never)]
    fn read(&mut self) {
        let Series { t_us, rssi_dbm, .. } = self.series;
        let block = self.place..self.place + BLOCK;
        self.ahead.clear();
        self.ahead.extend(t_us.iter(block.clone()).zip(rssi_dbm.iter(block)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Map;

    use crate::recording::{BandId, Header, Intent, Observed, Segment, SourceId};

    use super::super::trace::Trace;
    use super::*;

    fn header() -> Header {
        Header::of(Map::from_iter([("rssi_recording".into(), 1.into())])).unwrap()
    }

    fn sample(band: u32) -> RowKind {
        let rssi_dbm = -i8::try_from(30 + band % 60).unwrap();
        RowKind::Sample(Sample { source: SourceId(band % 3), band: BandId(band), rssi_dbm })
    }

    fn other(number: u64) -> RowKind {
        let id = number / 40;
        match number % 40 {
            0 => RowKind::Unavailable,
            1 => {
                let (band, source, distance_cm) = (None, None, None);
                RowKind::Begin(Box::new(Segment {
                    id,
                    intent: Intent::Tap,
                    begin_us: 7,
                    band,
                    source,
                    distance_cm,
                }))
            }
            2 => RowKind::End(id),
            3 => RowKind::Observed(Observed::Tap),
            4 => RowKind::SourceEvent { dropped: id },
            5 => RowKind::Close,
            6 => RowKind::Cancelled(id),
            _ => RowKind::Unknown,
        }
    }

    proptest! {
        /// Of few bands or many, often several rows at the same instant.
        #[test]
        fn they_come_back_as_they_came(
            bands in prop_oneof![1u32..5, 100u32..600],
            seeds in proptest::collection::vec((0i64..4, any::<u32>()), 0..1000),
        ) {
            let mut trace = Trace::new(String::new(), header());
            let (mut t_us, mut pushed) = (0, Vec::new());
            for (step_us, seed) in seeds {
                t_us += step_us * 50_000;
                let number = seed / 5;
                let kind = if seed % 5 == 0 { other(number.into()) } else { sample(number % bands) };
                pushed.push(Row { t_us, kind });
            }
            for row in &pushed {
                prop_assert!(trace.push(row));
            }
            prop_assert_eq!(trace.rows().map(Cow::into_owned).collect::<Vec<_>>(), pushed.clone());
            let is_other = |row: &&Row| !matches!(row.kind, RowKind::Sample(_));
            prop_assert!(trace.others().iter().eq(pushed.iter().filter(is_other)));
            let others = trace.others().len();
            prop_assert_eq!(trace.samples(), pushed.len() - others);
        }
    }
}
