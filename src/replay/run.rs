//! One pass over a recording: rows into the engine, decisions into segments.

use super::segments::JudgedSegment;
use super::summary::Summary;
use crate::engine::{Decision, Engine, Event, Judged, MissingParameters, PairId, Pairs, Rules};
use crate::reading::Band;
use crate::recording::{
    BandId, Blocks, Intent, Names, Observed, ReadError, Reader, Row, RowKind, Sample, Segment, SourceId,
};

/// Which bands and sources are evaluated; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these bands.
    pub bands: Vec<Band>,
    /// Only these sources, by their id in the header.
    pub sources: Vec<String>,
}

impl Filter {
    /// Whether a band is evaluated.
    pub fn admits_band(&self, band: Band) -> bool {
        self.bands.is_empty() || self.bands.contains(&band)
    }

    /// Whether a segment is evaluated: not one that is limited to a band or source left out.
    pub fn admits_segment(&self, segment: &Segment, names: &Names) -> bool {
        let band = segment.band.and_then(|b| names.band(b));
        band.is_none_or(|b| self.admits_band(b))
            && segment.source.is_none_or(|s| self.admits_source(names.source(s)))
    }

    /// Whether a source is evaluated.
    pub fn admits_source(&self, source: &str) -> bool {
        self.sources.is_empty() || self.sources.iter().any(|s| s == source)
    }
}

/// A decision and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The decision.
    pub decision: Decision,
    /// Who heard it.
    pub source: SourceId,
    /// Whose it is.
    pub band: BandId,
    /// The smallest id of the segments that contain it.
    pub segment: Option<u64>,
}

/// What a replay found beside the events.
#[derive(Debug)]
pub struct Outcome {
    /// The counts of the contract.
    pub summary: Summary,
    /// Each segment that was evaluated, in order of its begin.
    pub segments: Vec<JudgedSegment>,
    /// What the real NBE was seen to do.
    pub observed: Vec<(i64, Observed)>,
    /// Samples that the recorder says it lost.
    pub dropped: u64,
}

/// Replays `reader` to its end. Each event goes to `event` in the contract's order; whatever it
/// says stops the replay.
///
/// Errors: a parameter that the rules need and that is missing, before the first row; a line that
/// the format does not allow; what `event` returns.
pub fn run<R: Blocks, E: From<ReadError> + From<MissingParameters>>(
    reader: &mut Reader<R>,
    rules: &Rules,
    filter: &Filter,
    event: impl FnMut(&Reader<R>, &Placed) -> Result<(), E>,
) -> Result<Outcome, E> {
    let engine = Engine::new(rules)?;
    let mut pass = Pass {
        engine,
        rules,
        filter,
        pairs: Pairs::default(),
        decided: Vec::new(),
        waiting: Vec::new(),
        segments: Vec::new(),
        open: Vec::new(),
        summary: Summary::default(),
        observed: Vec::new(),
        dropped: 0,
        event,
    };
    loop {
        while let Some((t_us, sample)) = reader.next_sample() {
            pass.time(reader, t_us)?;
            pass.sample(reader, t_us, sample);
        }
        let Some(row) = reader.next_row()? else { break };
        pass.row(reader, &row)?;
    }
    pass.finish(reader)
}

struct Pass<'r, F> {
    engine: Engine,
    rules: &'r Rules,
    filter: &'r Filter,
    pairs: Pairs,
    /// What the engine decided on the present row.
    decided: Vec<Decision>,
    /// Decisions at the present instant: a mark at the same instant may still follow.
    waiting: Vec<Decision>,
    segments: Vec<JudgedSegment>,
    /// Places in `segments` of those not ended.
    open: Vec<usize>,
    summary: Summary,
    observed: Vec<(i64, Observed)>,
    dropped: u64,
    event: F,
}

impl<F> Pass<'_, F> {
    fn row<R: Blocks, E>(&mut self, reader: &Reader<R>, row: &Row) -> Result<(), E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        self.time(reader, row.t_us)?;
        match &row.kind {
            RowKind::Sample(sample) => self.sample(reader, row.t_us, *sample),
            RowKind::Begin(segment) => {
                if self.filter.admits_segment(segment, reader.names()) {
                    self.open.push(self.segments.len());
                    self.segments.push(JudgedSegment::new((**segment).clone(), &self.rules.model));
                }
            }
            RowKind::End(id) => {
                let at = self.open.iter().position(|&i| self.segments[i].segment.id == *id);
                if let Some(at) = at {
                    let index = self.open.remove(at);
                    self.segments[index].end_us = Some(row.t_us);
                }
            }
            RowKind::Observed(observed) => self.observed.push((row.t_us, *observed)),
            RowKind::SourceEvent { dropped } => self.dropped += dropped,
            RowKind::Unavailable | RowKind::Nfc | RowKind::Close | RowKind::Unknown => {}
        }
        Ok(())
    }

    /// Lets time pass up to a row.
    #[inline(always)]
    fn time<R: Blocks, E>(&mut self, reader: &Reader<R>, t_us: i64) -> Result<(), E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        self.place_before(reader, t_us)?;
        self.engine.advance(t_us, &mut self.decided);
        if !self.decided.is_empty() {
            self.waiting.append(&mut self.decided);
            self.place_before(reader, t_us)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn sample<R: Blocks>(&mut self, reader: &Reader<R>, t_us: i64, sample: Sample) {
        let Sample { source, band, rssi_dbm } = sample;
        let filter = self.filter;
        let pair = self.pairs.id(source.0, band.0, || {
            let names = reader.names();
            names.band(band).is_some_and(|b| filter.admits_band(b))
                && filter.admits_source(names.source(source))
        });
        let Some(pair) = pair else { return };
        self.summary.samples += 1;
        let judged = self.engine.sample(t_us, pair, rssi_dbm, &mut self.decided);
        if !self.open.is_empty() {
            self.heard(source, band, &judged);
        }
        if !self.decided.is_empty() {
            self.waiting.append(&mut self.decided);
        }
    }

    #[cold]
    fn heard(&mut self, source: SourceId, band: BandId, judged: &Judged) {
        for &index in &self.open {
            let segment = &mut self.segments[index];
            if segment.covers(source, band) {
                segment.heard(judged);
            }
        }
    }

    /// Places the decisions before `t_us`: all marks up to their instants have been read.
    #[inline]
    fn place_before<R: Blocks, E>(&mut self, reader: &Reader<R>, t_us: i64) -> Result<(), E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        if self.waiting.first().is_some_and(|d| d.t_us < t_us) {
            self.place_all_before(reader, t_us)?;
        }
        Ok(())
    }

    #[cold]
    fn place_all_before<R: Blocks, E>(&mut self, reader: &Reader<R>, t_us: i64) -> Result<(), E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        let count = self.waiting.partition_point(|d| d.t_us < t_us);
        for decision in self.waiting.drain(..count).collect::<Vec<_>>() {
            self.place(reader, decision)?;
        }
        Ok(())
    }

    fn place<R: Blocks, E>(&mut self, reader: &Reader<R>, decision: Decision) -> Result<(), E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        let (source, band) = self.pair(decision.pair);
        let (mut smallest, mut labelled) = (None::<u64>, false);
        for &index in &self.open {
            let segment = &mut self.segments[index];
            if !segment.covers(source, band) {
                continue;
            }
            segment.decided(&decision);
            labelled |= matches!(segment.segment.intent, Intent::Tap | Intent::NoTap);
            smallest = Some(smallest.map_or(segment.segment.id, |id| id.min(segment.segment.id)));
        }
        if decision.event == Event::Tap {
            self.summary.taps += 1;
            self.summary.unlabelled_taps += u64::from(!labelled);
        }
        (self.event)(reader, &Placed { decision, source, band, segment: smallest })
    }

    fn pair(&self, pair: PairId) -> (SourceId, BandId) {
        let (source, band) = self.pairs.get(pair).unwrap_or((u32::MAX, u32::MAX));
        (SourceId(source), BandId(band))
    }

    fn finish<R: Blocks, E>(mut self, reader: &Reader<R>) -> Result<Outcome, E>
    where
        F: FnMut(&Reader<R>, &Placed) -> Result<(), E>,
    {
        // What the last row itself made due at its own instant (a delay of 0 s).
        self.engine.advance(reader.last_t_us(), &mut self.decided);
        self.waiting.append(&mut self.decided);
        self.place_before(reader, i64::MAX)?;
        self.summary.bands = self.pairs.len() as u64;
        self.summary.duration_us = reader.last_t_us();
        for segment in &self.segments {
            self.summary.add_segment(segment);
        }
        Ok(Outcome {
            summary: self.summary,
            segments: self.segments,
            observed: self.observed,
            dropped: self.dropped,
        })
    }
}
