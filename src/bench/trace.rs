//! A recording in memory: each pair's samples as columns that are drawn, and all its rows, in order, as
//! the engine takes them.

use std::borrow::Cow;

use std::sync::Arc;

use crate::engine::parameters::Dongle;
use crate::engine::{PairId, Pairs};
use crate::reading::{Band, SourceKind};
use crate::recording::{Header, Names, Observed, Row, RowKind};
use crate::tuning::{GAP_INTERVALS, GAP_US, Labelled, Series as Columns, Span};

use super::distribution::Distribution;
use super::nfc::NfcTrace;
use super::problem::Problem;
use super::read;
use super::reading::Reading;
use super::rows::Order;
use super::segments::{Marked, each_row};
use super::series::Series;

/// Rows that are kept: a day of a busy ward, about 50 MB. What comes after is neither shown nor decided.
pub const ROWS: usize = 8 << 20;

/// A stretch in which a pair was not heard though it should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The place of its series.
    pub series: usize,
    /// The last sample before it, in microseconds.
    pub begin_us: i64,
    /// The first sample behind it, in microseconds.
    pub end_us: i64,
}

/// A recording, whole or in the making.
#[derive(Debug)]
pub struct Trace {
    /// What it is called: the path, or the source.
    pub title: String,
    /// Its first line.
    pub header: Header,
    /// Sources and bands.
    pub names: Names,
    /// One for each pair, in order of first hearing.
    pub series: Vec<Series>,
    /// How often each strength was heard, by intent.
    pub distribution: Distribution,
    /// Silences.
    pub gaps: Vec<Gap>,
    /// Taps on NFC readers.
    pub nfc: NfcTrace,
    /// What the real terminal was seen to do.
    pub observed: Vec<(i64, Observed)>,
    /// Samples that the recorder says it lost.
    pub dropped: u64,
    /// Rows that were heard, and recorded if it is, but are not in here: there was no time or no
    /// room for them.
    pub not_shown: u64,
    /// The last row's time, in microseconds.
    pub last_t_us: i64,
    /// What to know of it before trusting it.
    pub notes: Vec<String>,
    order: Order,
    pairs: Pairs,
    ends: Vec<(u64, i64)>,
    taken_back: Vec<u64>,
}

impl Trace {
    /// A recording that begins.
    pub fn new(title: String, header: Header) -> Self {
        let notes = header.caveat().map(str::to_owned).into_iter().collect();
        Self {
            title,
            header,
            names: Names::default(),
            series: Vec::new(),
            distribution: Distribution::default(),
            gaps: Vec::new(),
            nfc: NfcTrace::default(),
            observed: Vec::new(),
            dropped: 0,
            not_shown: 0,
            last_t_us: 0,
            notes,
            order: Order::default(),
            pairs: Pairs::default(),
            ends: Vec::new(),
            taken_back: Vec::new(),
        }
    }

    /// Reads a whole recording.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub fn open(path: &str) -> Result<Self, Problem> {
        Self::read(&Reading::new(path.to_owned()))
    }

    /// The same; ends early where it is wanted no longer.
    ///
    /// # Errors
    /// The same.
    pub(super) fn read(reading: &Arc<Reading>) -> Result<Self, Problem> {
        let path = reading.path.as_str();
        let unreadable = |error| Problem::unreadable(path, &error);
        let mut reader = read::watched(reading)?;
        let mut trace = Self::new(path.to_owned(), reader.header().clone());
        while let Some(row) = reader.next_row().map_err(unreadable)?.filter(|_| !reading.is_cancelled()) {
            trace.push(&row);
        }
        trace.names = reader.names().clone();
        trace.last_t_us = trace.last_t_us.max(reader.last_t_us());
        if reader.torn() {
            trace.notes.push("the last line is torn, as a crash leaves it, and was left out".into());
        }
        if reader.cut_off() {
            trace.notes.push("the compressed file is cut off; what came before is shown".into());
        }
        Ok(trace)
    }

    /// Takes the next row; `false` where there is no room for it any more.
    pub fn push(&mut self, row: &Row) -> bool {
        if self.order.len() >= ROWS {
            self.not_shown += 1;
            return false;
        }
        self.last_t_us = self.last_t_us.max(row.t_us);
        let mut sampled = None;
        match &row.kind {
            RowKind::Sample(sample) => {
                let pair = self.pairs.id(sample.source.0, sample.band.0, || true);
                let at = pair.map_or(0, PairId::index);
                if at == self.series.len() {
                    self.series.push(Series::new(sample.source, sample.band));
                }
                self.gap(at, row.t_us);
                self.series[at].push(row.t_us, sample.rssi_dbm);
                sampled = Some(at);
            }
            RowKind::End(id) => self.ends.push((*id, row.t_us)),
            RowKind::Observed(observed) => self.observed.push((row.t_us, *observed)),
            RowKind::SourceEvent { dropped } => self.dropped += dropped,
            RowKind::Nfc(nfc) => self.nfc.row(row.t_us, nfc),
            RowKind::Begin(_) | RowKind::Unavailable | RowKind::Close | RowKind::Unknown => {}
            RowKind::Cancelled(id) => self.take_back(*id),
        }
        self.distribution.push(row, sampled.unwrap_or(0));
        match sampled {
            Some(at) => self.order.sample(at),
            None => self.order.other(row.clone()),
        }
        true
    }

    /// Notes a silence before a sample at `t_us`.
    fn gap(&mut self, at: usize, t_us: i64) {
        let times = &self.series[at].t_us;
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return };
        let usual_us = (last - first) / i64::try_from(times.len()).unwrap_or(i64::MAX).max(1);
        if t_us - last > GAP_US.max(usual_us.saturating_mul(GAP_INTERVALS)) {
            self.gaps.push(Gap { series: at, begin_us: last, end_us: t_us });
        }
    }

    /// Counts again, as if a segment had never been.
    fn take_back(&mut self, id: u64) {
        self.taken_back.push(id);
        let mut distribution = Distribution::default();
        for row in self.order.iter(&self.series) {
            let at = match &row.kind {
                RowKind::Begin(segment) if self.taken_back.contains(&segment.id) => continue,
                RowKind::Sample(s) => self.pairs.id(s.source.0, s.band.0, || false).map_or(0, PairId::index),
                _ => 0,
            };
            distribution.push(&row, at);
        }
        self.distribution = distribution;
    }

    /// All rows, in the order in which they came.
    pub fn rows(&self) -> impl Iterator<Item = Cow<'_, Row>> {
        self.order.iter(&self.series)
    }

    /// The rows that are no samples, in the order in which they came.
    pub fn others(&self) -> &[Row] {
        self.order.others()
    }

    /// What the rows take of the heap, in bytes, without what is in those that are no samples.
    pub fn heap_bytes(&self) -> usize {
        let series = self.series.iter().map(|s| s.t_us.heap_bytes() + s.rssi_dbm.heap_bytes());
        self.order.heap_bytes() + self.series.capacity() * size_of::<Series>() + series.sum::<usize>()
    }

    /// Samples of all pairs.
    pub fn samples(&self) -> usize {
        self.series.iter().map(|s| s.t_us.len()).sum()
    }

    /// What a series is called.
    pub fn name(&self, series: &Series) -> String {
        let band = self.names.band(series.band).map_or(String::new(), |band| band.to_string());
        match self.heard_by(series) {
            None => band,
            Some(source) => format!("{band} at {source}"),
        }
    }

    /// Who heard a series, where several listened; an NFC reader hears no band.
    pub fn heard_by(&self, series: &Series) -> Option<&str> {
        let listening = self.header.sources.iter().filter(|s| s.kind != Some(SourceKind::Nfc));
        (listening.count() > 1).then(|| self.names.source(series.source))
    }

    /// The band of a series.
    pub fn band(&self, series: &Series) -> Option<Band> {
        self.names.band(series.band)
    }

    /// The dongle that made it, where its header says so.
    pub fn dongle(&self) -> Option<Dongle> {
        let mut kinds =
            self.header.sources.iter().filter(|s| s.kind != Some(SourceKind::Nfc)).map(|s| s.kind);
        let first = match kinds.next()?? {
            SourceKind::Bluegiga => Dongle::Bluegiga,
            SourceKind::BleuIo => Dongle::BleuIo,
            _ => return None,
        };
        kinds.all(|kind| kind.map(SourceKind::name) == Some(first.name())).then_some(first)
    }

    /// The segments, as they were recorded.
    pub fn marks(&self) -> Vec<Marked> {
        let end = |id: u64| self.ends.iter().find(|(ended, _)| *ended == id).map(|(_, end_us)| *end_us);
        let begun = self.others().iter().filter_map(|row| match &row.kind {
            RowKind::Begin(s) if !self.taken_back.contains(&s.id) => Some(s),
            _ => None,
        });
        begun.map(|s| Marked { segment: (**s).clone(), end_us: end(s.id) }).collect()
    }

    /// The counts with these segments in the place of its own.
    pub(super) fn distribution_with(&self, marks: &[Marked]) -> Distribution {
        let (mut distribution, mut pairs) = (Distribution::default(), self.pairs.clone());
        each_row(self.rows(), marks, |row| {
            let at = match &row.kind {
                RowKind::Sample(s) => pairs.id(s.source.0, s.band.0, || false).map_or(0, PairId::index),
                _ => 0,
            };
            distribution.push(row, at);
        });
        distribution
    }

    /// As tuning takes it.
    pub fn labelled(&self) -> Labelled {
        self.labelled_with(&self.marks())
    }

    /// The same with these segments in the place of its own.
    pub fn labelled_with(&self, marks: &[Marked]) -> Labelled {
        let span = |marked: &Marked| Span {
            id: marked.segment.id,
            intent: marked.segment.intent,
            begin_us: marked.segment.begin_us,
            end_us: marked.end_us.unwrap_or(i64::MAX),
            band: marked.segment.band.map(|b| b.0),
            source: marked.segment.source.map(|s| s.0),
        };
        Labelled {
            path: read::file_name(&self.title).to_owned(),
            series: self
                .series
                .iter()
                .map(|s| Columns {
                    source: s.source.0,
                    band: s.band.0,
                    t_us: s.t_us.iter(0..s.t_us.len()).collect(),
                    rssi_dbm: s.rssi_dbm.iter(0..s.rssi_dbm.len()).collect(),
                })
                .collect(),
            spans: marks.iter().map(span).collect(),
            bands: self.names.bands().to_vec(),
            last_t_us: self.last_t_us,
            observed: self.observed.clone(),
            dropped: self.dropped,
            not_a_nymi_band: self.header.not_a_nymi_band,
            is_unheard: self.header.sources.is_empty() && self.series.is_empty(),
            caveat: self.header.caveat(),
        }
    }
}
