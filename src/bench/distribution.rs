//! How often each strength was heard, by what the segment around it demands: where `tap` and
//! `no_tap` overlap, no threshold on single samples parts them.

use std::collections::BTreeMap;

use crate::recording::{Intent, Row, RowKind, Segment};

/// How often each strength was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    by_dbm: [u32; 256],
    /// All of them.
    pub samples: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { by_dbm: [0; 256], samples: 0 }
    }
}

impl Counts {
    fn add(&mut self, rssi_dbm: i8) {
        let count = &mut self.by_dbm[place(rssi_dbm)];
        *count = count.saturating_add(1);
        self.samples += 1;
    }

    /// How often this strength was heard.
    pub fn of(&self, rssi_dbm: i8) -> u32 {
        self.by_dbm[place(rssi_dbm)]
    }

    /// The weakest and the strongest, in dBm.
    pub fn range_dbm(&self) -> Option<(i8, i8)> {
        let mut heard = (i8::MIN..=i8::MAX).filter(|dbm| self.of(*dbm) > 0);
        let weakest = heard.next()?;
        Some((weakest, heard.next_back().unwrap_or(weakest)))
    }
}

fn place(rssi_dbm: i8) -> usize {
    usize::from(rssi_dbm.cast_unsigned())
}

/// The counts of each series and intent; a sample in two segments counts in both.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    open: Vec<Segment>,
    counts: BTreeMap<(usize, Option<Intent>), Counts>,
}

impl Distribution {
    /// Takes the next row; `series` is the place of a sample's series.
    pub(super) fn push(&mut self, row: &Row, series: usize) {
        match &row.kind {
            RowKind::Begin(segment) => self.open.push((**segment).clone()),
            RowKind::End(id) => self.open.retain(|segment| segment.id != *id),
            RowKind::Sample(sample) => {
                let mut is_inside = false;
                for segment in self.open.iter().filter(|s| s.covers(sample.source, sample.band)) {
                    let counts = self.counts.entry((series, Some(segment.intent))).or_default();
                    counts.add(sample.rssi_dbm);
                    is_inside = true;
                }
                if !is_inside {
                    self.counts.entry((series, None)).or_default().add(sample.rssi_dbm);
                }
            }
            _ => {}
        }
    }

    /// The counts of a series, by intent; those outside every segment come first.
    pub fn of_series(&self, series: usize) -> impl Iterator<Item = (Option<Intent>, &Counts)> {
        self.counts
            .range((series, None)..)
            .take_while(move |((at, _), _)| *at == series)
            .map(|((_, intent), counts)| (*intent, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::Trace;
    use super::*;

    #[test]
    fn each_sample_counts_where_its_segment_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/synthetic-calibration-hard.rssi.jsonl");
        let trace = Trace::open(path).unwrap();
        let by_intent: BTreeMap<_, _> = trace.distribution.of_series(0).collect();
        let intents: Vec<_> = by_intent.keys().copied().collect();
        let labelled = trace.labelled();
        let inside = |intent| {
            let spans = labelled.spans.iter().filter(|span| span.intent == intent);
            let times = &trace.series[0].t_us;
            spans.map(|s| times.place_of(s.end_us) - times.place_of(s.begin_us)).sum::<usize>()
        };
        assert!(intents.contains(&Some(Intent::Tap)) && intents.contains(&Some(Intent::NoTap)));
        for (intent, counts) in &by_intent {
            let sum: u64 = (i8::MIN..=i8::MAX).map(|dbm| u64::from(counts.of(dbm))).sum();
            assert_eq!(sum, counts.samples);
            if let Some(intent) = intent {
                assert_eq!(usize::try_from(counts.samples), Ok(inside(*intent)), "{intent:?}");
            }
        }
        let all: u64 = by_intent.values().map(|counts| counts.samples).sum();
        assert_eq!(usize::try_from(all), Ok(trace.samples()));
    }
}
