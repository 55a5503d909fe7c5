//! One pass over a recording: rows into the engine, decisions into segments.

use super::segments::{JudgedSegment, Standing};
use super::summary::Summary;
use crate::engine::{Decision, Engine, Event, Judged, MissingParameters, Model, PairId, Pairs, Rules};
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
    mut event: impl FnMut(&Names, &Placed) -> Result<(), E>,
) -> Result<Outcome, E> {
    let mut pass = Pass::new(rules, filter)?;
    loop {
        while let Some((t_us, sample)) = reader.next_sample() {
            pass.time(reader.names(), t_us, &mut event)?;
            pass.sample(reader.names(), t_us, sample);
        }
        let Some(row) = reader.next_row()? else { break };
        pass.row(reader.names(), &row, &mut event)?;
    }
    pass.finish(reader.names(), reader.last_t_us(), &mut event)
}

/// The rows of one recording on their way through the engine.
#[derive(Debug)]
pub(super) struct Pass<'r> {
    engine: Engine,
    model: Model,
    filter: &'r Filter,
    pairs: Pairs,
    /// How Lock Control stands for each pair that it has decided on.
    standing: Vec<Standing>,
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
}

impl<'r> Pass<'r> {
    pub(super) fn new(rules: &Rules, filter: &'r Filter) -> Result<Self, MissingParameters> {
        Ok(Self {
            engine: Engine::new(rules)?,
            model: rules.model,
            filter,
            pairs: Pairs::default(),
            standing: Vec::new(),
            decided: Vec::new(),
            waiting: Vec::new(),
            segments: Vec::new(),
            open: Vec::new(),
            summary: Summary::default(),
            observed: Vec::new(),
            dropped: 0,
        })
    }

    pub(super) fn row<E>(
        &mut self,
        names: &Names,
        row: &Row,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<(), E> {
        self.time(names, row.t_us, event)?;
        match &row.kind {
            RowKind::Sample(sample) => self.sample(names, row.t_us, *sample),
            RowKind::Begin(segment) => {
                if self.filter.admits_segment(segment, names) {
                    self.open.push(self.segments.len());
                    let mut judged = JudgedSegment::new((**segment).clone(), &self.model);
                    judged.terminal = self.standing_of(segment);
                    self.segments.push(judged);
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
            RowKind::Unavailable
            | RowKind::Nfc(_)
            | RowKind::Close
            | RowKind::Cancelled(_)
            | RowKind::Unknown => {}
        }
        Ok(())
    }

    /// Lets time pass up to a row.
    #[inline(always)]
    pub(super) fn time<E>(
        &mut self,
        names: &Names,
        t_us: i64,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<(), E> {
        self.place_before(names, t_us, event)?;
        self.engine.advance(t_us, &mut self.decided);
        if !self.decided.is_empty() {
            self.waiting.append(&mut self.decided);
            self.place_before(names, t_us, event)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn sample(&mut self, names: &Names, t_us: i64, sample: Sample) {
        let Sample { source, band, rssi_dbm } = sample;
        let filter = self.filter;
        let pair = self.pairs.id(source.0, band.0, || {
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
                segment.heard((source, band), judged);
            }
        }
    }

    /// Places the decisions before `t_us`: all marks up to their instants have been read.
    #[inline]
    pub(super) fn place_before<E>(
        &mut self,
        names: &Names,
        t_us: i64,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.waiting.first().is_some_and(|d| d.t_us < t_us) {
            self.place_all_before(names, t_us, event)?;
        }
        Ok(())
    }

    #[cold]
    fn place_all_before<E>(
        &mut self,
        names: &Names,
        t_us: i64,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<(), E> {
        let count = self.waiting.partition_point(|d| d.t_us < t_us);
        for decision in self.waiting.drain(..count).collect::<Vec<_>>() {
            self.place(names, decision, event)?;
        }
        Ok(())
    }

    fn place<E>(
        &mut self,
        names: &Names,
        decision: Decision,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<(), E> {
        let (source, band) = self.pair(decision.pair);
        let known = self.standing.len().max(decision.pair.index() + 1);
        self.standing.resize(known, Standing::default());
        self.standing[decision.pair.index()].decided(&decision);
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
        event(names, &Placed { decision, source, band, segment: smallest })
    }

    /// How Lock Control stands for those that a segment covers.
    fn standing_of(&self, segment: &Segment) -> Standing {
        let standing = |pair: usize| {
            let (source, band) = self.pair(PairId::new(pair));
            segment.covers(source, band).then(|| self.standing.get(pair).copied().unwrap_or_default())
        };
        (0..self.pairs.len()).filter_map(standing).reduce(Standing::and).unwrap_or_default()
    }

    fn pair(&self, pair: PairId) -> (SourceId, BandId) {
        let (source, band) = self.pairs.get(pair).unwrap_or((u32::MAX, u32::MAX));
        (SourceId(source), BandId(band))
    }

    pub(super) fn so_far(&self) -> (Summary, Vec<JudgedSegment>) {
        let mut summary = self.summary.clone();
        summary.bands = self.pairs.len() as u64;
        self.segments.iter().for_each(|segment| summary.add_segment(segment));
        (summary, self.segments.clone())
    }

    pub(super) fn finish<E>(
        mut self,
        names: &Names,
        last_us: i64,
        event: &mut impl FnMut(&Names, &Placed) -> Result<(), E>,
    ) -> Result<Outcome, E> {
        // What the last row itself made due at its own instant (a delay of 0 s).
        self.engine.advance(last_us, &mut self.decided);
        self.waiting.append(&mut self.decided);
        self.place_before(names, i64::MAX, event)?;
        self.summary.bands = self.pairs.len() as u64;
        self.summary.duration_us = last_us;
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
