//! A labelled recording in memory: each pair's samples as columns, and the segments.

use crate::engine::Pairs;
use crate::reading::Band;
use crate::recording::{Blocks, Intent, Observed, ReadError, Reader, RowKind, Sample, Segment};
use crate::replay::Filter;

/// The samples of one (source, band), in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Who heard it, by its number in the recording.
    pub source: u32,
    /// Who was heard, by its number in the recording.
    pub band: u32,
    /// When, in microseconds.
    pub t_us: Vec<i64>,
    /// How strongly, in dBm.
    pub rssi_dbm: Vec<i8>,
}

impl Series {
    /// Every `n`th sample, as an NBE that hears less than this bench would get them.
    #[must_use]
    pub fn thinned(&self, n: usize) -> Self {
        Self {
            source: self.source,
            band: self.band,
            t_us: self.t_us.iter().copied().step_by(n).collect(),
            rssi_dbm: self.rssi_dbm.iter().copied().step_by(n).collect(),
        }
    }

    /// The samples within `begin ≤ t < end`, as places.
    pub fn within(&self, span: &Span) -> std::ops::Range<usize> {
        let begin = self.t_us.partition_point(|&t| t < span.begin_us);
        let end = self.t_us.partition_point(|&t| t < span.end_us);
        begin..end.max(begin)
    }
}

/// A segment with its end resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Unique in its recording.
    pub id: u64,
    /// What it demands.
    pub intent: Intent,
    /// First instant inside.
    pub begin_us: i64,
    /// First instant behind it; `i64::MAX` where it lasts through the last row.
    pub end_us: i64,
    /// Limits it to this band.
    pub band: Option<u32>,
    /// Limits it to this source.
    pub source: Option<u32>,
}

impl Span {
    /// Whether it speaks of this series.
    pub fn covers(&self, series: &Series) -> bool {
        self.band.is_none_or(|b| b == series.band) && self.source.is_none_or(|s| s == series.source)
    }

    /// Whether the instant lies in it.
    pub fn contains(&self, t_us: i64) -> bool {
        (self.begin_us..self.end_us).contains(&t_us)
    }
}

/// A recording, ready to be swept.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// The path as given.
    pub path: String,
    /// One series per pair, in order of first hearing.
    pub series: Vec<Series>,
    /// The segments that are evaluated, in order of begin.
    pub spans: Vec<Span>,
    /// The bands by number.
    pub bands: Vec<Band>,
    /// The last row's time, in microseconds.
    pub last_t_us: i64,
    /// What the real NBE was seen to do.
    pub observed: Vec<(i64, Observed)>,
    /// Samples that the recorder says it lost.
    pub dropped: u64,
    /// Made of other transmitters.
    pub not_a_nymi_band: bool,
    /// Nothing listened: all it holds is what was meant and what the real NBE was seen to do.
    pub is_unheard: bool,
    /// What to know of its sources before trusting the numbers.
    pub caveat: Option<&'static str>,
}

impl Labelled {
    /// How many samples it holds.
    pub fn samples(&self) -> u64 {
        self.series.iter().map(|series| series.t_us.len() as u64).sum()
    }

    /// Reads the whole recording.
    pub fn read<R: Blocks>(path: &str, reader: &mut Reader<R>, filter: &Filter) -> Result<Self, ReadError> {
        let mut labelled = Self { path: path.to_owned(), ..Self::default() };
        labelled.not_a_nymi_band = reader.header().not_a_nymi_band;
        labelled.caveat = reader.header().caveat();
        let mut pairs = Pairs::default();
        loop {
            while let Some((t_us, sample)) = reader.next_sample() {
                labelled.sample(t_us, sample, &mut pairs, reader, filter);
            }
            let Some(row) = reader.next_row()? else { break };
            match row.kind {
                RowKind::Sample(sample) => labelled.sample(row.t_us, sample, &mut pairs, reader, filter),
                RowKind::Begin(segment) => labelled.begin(*segment, reader, filter),
                RowKind::End(id) => {
                    if let Some(span) = labelled.spans.iter_mut().rfind(|s| s.id == id) {
                        span.end_us = row.t_us;
                    }
                }
                RowKind::Observed(observed) => labelled.observed.push((row.t_us, observed)),
                RowKind::SourceEvent { dropped } => labelled.dropped += dropped,
                // A recording that broke off still holds what was taken back.
                RowKind::Cancelled(id) => labelled.spans.retain(|span| span.id != id),
                RowKind::Unavailable | RowKind::Nfc(_) | RowKind::Close | RowKind::Unknown => {}
            }
        }
        labelled.last_t_us = reader.last_t_us();
        labelled.is_unheard = reader.header().sources.is_empty() && labelled.series.is_empty();
        let names = reader.names();
        labelled.bands = (0..).map_while(|b| names.band(crate::recording::BandId(b))).collect();
        Ok(labelled)
    }

    #[inline]
    fn sample<R: Blocks>(
        &mut self,
        t_us: i64,
        sample: Sample,
        pairs: &mut Pairs,
        reader: &Reader<R>,
        filter: &Filter,
    ) {
        let Sample { source, band, rssi_dbm } = sample;
        let pair = pairs.id(source.0, band.0, || {
            let names = reader.names();
            names.band(band).is_some_and(|b| filter.admits_band(b))
                && filter.admits_source(names.source(source))
        });
        let Some(pair) = pair else { return };
        if self.series.len() <= pair.index() {
            self.series.push(Series { source: source.0, band: band.0, ..Series::default() });
        }
        let series = &mut self.series[pair.index()];
        series.t_us.push(t_us);
        series.rssi_dbm.push(rssi_dbm);
    }

    fn begin<R: Blocks>(&mut self, segment: Segment, reader: &Reader<R>, filter: &Filter) {
        if !filter.admits_segment(&segment, reader.names()) {
            return;
        }
        self.spans.push(Span {
            id: segment.id,
            intent: segment.intent,
            begin_us: segment.begin_us,
            end_us: i64::MAX,
            band: segment.band.map(|b| b.0),
            source: segment.source.map(|s| s.0),
        });
    }

    /// Advertisements a second of the bands of labelled segments, as this bench heard them.
    pub fn rate_hz(&self) -> Option<f64> {
        let mut intervals_us = Vec::new();
        for series in &self.series {
            for span in self.spans.iter().filter(|s| s.intent != Intent::Note && s.covers(series)) {
                let times = &series.t_us[series.within(span)];
                intervals_us.extend(times.windows(2).map(|w| w[1] - w[0]));
            }
        }
        let sum_us: i64 = intervals_us.iter().sum();
        (sum_us > 0).then(|| intervals_us.len() as f64 * 1e6 / sum_us as f64)
    }

    /// How many segments have this intent.
    pub fn count(&self, intent: Intent) -> usize {
        self.spans.iter().filter(|s| s.intent == intent).count()
    }
}
