//! An open recording with what the engine makes of it. It decides through `replay::Live`, like
//! recording and replaying, so that the window never has a verdict of its own.

use crate::engine::{Engine, MissingParameters, Pairs, Rules};
use crate::recording::{Names, Row, RowKind};
use crate::replay::{JudgedSegment, Live, Placed, Summary};
use crate::tuning::Labelled;

use super::distribution::Distribution;
use super::means::Means;
use super::segments::{Marks, each_row};
use super::trace::Trace;

/// A recording on the bench.
#[derive(Debug)]
pub struct Deck {
    /// What was recorded.
    pub trace: Trace,
    /// What the engine makes of it; `None` until it has, and where a parameter is missing.
    pub decided: Option<Decided>,
    /// The same under the rules that are compared with.
    pub compared: Option<Compared>,
    /// Which parameters are missing, in words.
    pub missing: Option<String>,
    /// The segments that were decided on in the place of the recording's own.
    pub edited: Option<Edited>,
    /// The segments as they were recorded; empty while rows still come.
    pub marks: Marks,
    /// Where it was read from; `None` where it was only listened to.
    pub path: Option<String>,
    /// Grows with each recording that is opened.
    pub generation: u64,
    /// Whether rows still come.
    pub is_live: bool,
}

/// Segments that were edited.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The segments.
    pub marks: Marks,
    /// How often each strength was heard, by their intents.
    pub distribution: Distribution,
}

impl Deck {
    /// Whether it is not of a Nymi Band, so that no number of it is for a terminal.
    pub fn is_foreign(&self) -> bool {
        self.trace.header.not_a_nymi_band
    }

    /// How often each strength was heard, by intent.
    pub fn distribution(&self) -> &Distribution {
        self.edited.as_ref().map_or(&self.trace.distribution, |edited| &edited.distribution)
    }

    /// As tuning takes it, with the segments as they are edited.
    pub fn labelled(&self) -> Labelled {
        match &self.edited {
            Some(edited) => self.trace.labelled_with(&edited.marks),
            None => self.trace.labelled(),
        }
    }
}

/// What the engine made of a recording.
#[derive(Clone, Debug)]
pub struct Decided {
    /// By which rules.
    pub rules: Rules,
    /// Events in order.
    pub events: Vec<Placed>,
    /// The means of each series of the trace.
    pub means: Vec<Means>,
    /// Each segment and its verdict.
    pub segments: Vec<JudgedSegment>,
    /// The counts.
    pub summary: Summary,
}

impl Decided {
    /// What means and events take of the heap, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let means: usize = self.means.iter().map(Means::heap_bytes).sum();
        let events = self.events.capacity() * size_of::<Placed>();
        means + self.means.capacity() * size_of::<Means>() + events
    }
}

/// What other rules make of the same recording.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Which rules.
    pub rules: Rules,
    /// Their counts.
    pub summary: Summary,
}

/// The engine on its way through a recording.
pub(super) struct Run {
    live: Live,
    engine: Engine,
    pairs: Pairs,
    scratch: Vec<crate::engine::Decision>,
}

impl Run {
    fn new(rules: &Rules) -> Result<Self, MissingParameters> {
        Ok(Self {
            live: Live::new(rules, true)?,
            engine: Engine::new(rules)?,
            pairs: Pairs::default(),
            scratch: Vec::new(),
        })
    }

    /// Decides on the next row.
    pub(super) fn row(&mut self, names: &Names, row: &Row, decided: &mut Decided) {
        let Self { live, engine, pairs, scratch } = self;
        let Decided { events, means, .. } = decided;
        live.row(names, row, |_, placed| events.push(*placed));
        if let RowKind::Sample(sample) = &row.kind
            && let Some(pair) = pairs.id(sample.source.0, sample.band.0, || true)
        {
            if means.len() == pair.index() {
                means.push(Means::default());
            }
            let judged = engine.sample(row.t_us, pair, sample.rssi_dbm, scratch);
            scratch.clear();
            means[pair.index()].push(&judged);
        }
    }

    /// No row before `until_us` comes any more.
    pub(super) fn quiet(&mut self, names: &Names, until_us: i64, decided: &mut Decided) {
        self.live.quiet(names, until_us, |_, placed| decided.events.push(*placed));
    }

    /// Brings counts and segments up to date.
    pub(super) fn count(&self, decided: &mut Decided) {
        (decided.summary, decided.segments) = self.live.so_far();
    }

    /// The recording has ended at `last_us`.
    pub(super) fn finish(self, names: &Names, last_us: i64, decided: &mut Decided) {
        let outcome = self.live.finish(names, last_us, |_, placed| decided.events.push(*placed));
        (decided.summary, decided.segments) = (outcome.summary, outcome.segments);
    }
}

/// Each row, with other segments in the place of the recorded ones where there are some.
fn each(trace: &Trace, marks: Option<&Marks>, mut row: impl FnMut(&Row)) {
    match marks {
        Some(marks) => each_row(trace.rows(), marks, row),
        None => trace.rows().for_each(|each| row(&each)),
    }
}

/// Everything up to now under these rules.
pub(super) fn run_through(
    trace: &Trace,
    marks: Option<&Marks>,
    rules: &Rules,
) -> Result<(Run, Decided), MissingParameters> {
    let mut run = Run::new(rules)?;
    let mut decided = Decided {
        rules: rules.clone(),
        events: Vec::new(),
        means: Vec::new(),
        segments: Vec::new(),
        summary: Summary::default(),
    };
    each(trace, marks, |row| run.row(&trace.names, row, &mut decided));
    Ok((run, decided))
}

/// A whole recording under these rules.
#[cfg(test)]
pub(super) fn decide(trace: &Trace, rules: &Rules) -> Result<Decided, MissingParameters> {
    let (run, mut decided) = run_through(trace, None, rules)?;
    run.finish(&trace.names, trace.last_t_us, &mut decided);
    Ok(decided)
}

/// The counts of other rules.
pub(super) fn compare(
    trace: &Trace,
    marks: Option<&Marks>,
    rules: &Rules,
) -> Result<Compared, MissingParameters> {
    let mut live = Live::new(rules, true)?;
    each(trace, marks, |row| live.row(&trace.names, row, |_, _| {}));
    let outcome = live.finish(&trace.names, trace.last_t_us, |_, _| {});
    Ok(Compared { rules: rules.clone(), summary: outcome.summary })
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use crate::engine::Rules;
    use crate::engine::parameters::{Dongle, ParameterSet};
    use crate::reading::Band;
    use crate::recording::{Header, Input, Options, ReadError, Reader, Sample, SourceId, open};
    use crate::replay::{Filter, run};

    use super::*;

    fn header() -> Header {
        Header::of(Map::from_iter([("rssi_recording".into(), 1.into())])).unwrap()
    }

    #[derive(Debug)]
    struct Failed;
    impl From<ReadError> for Failed {
        fn from(_: ReadError) -> Self {
            Self
        }
    }
    impl From<MissingParameters> for Failed {
        fn from(_: MissingParameters) -> Self {
            Self
        }
    }

    #[test]
    fn the_window_decides_as_replay_does() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/synthetic-calibration-hard.rssi.jsonl");
        let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
        let trace = Trace::open(path).unwrap();
        let decided = decide(&trace, &rules).unwrap();
        let stream = open(&Input { path: path.into() }, None).unwrap();
        let mut reader = Reader::new(stream, Options::default()).unwrap();
        let mut events = Vec::new();
        let replayed = run::<_, Failed>(&mut reader, &rules, &Filter::default(), |_, placed| {
            events.push(*placed);
            Ok(())
        });
        let replayed = replayed.unwrap();
        assert_eq!(decided.summary, replayed.summary);
        assert_eq!(decided.events, events);
        assert_eq!((decided.summary.hit, decided.summary.missed), (11, 1));
        for (series, means) in trace.series.iter().zip(&decided.means) {
            assert_eq!(means.len(), series.t_us.len());
        }
    }

    /// Eight hours of four bands, 35 samples a second: less than 1 MB an hour.
    #[test]
    fn a_session_takes_less_than_eight_bytes_a_sample() {
        const SAMPLES: u32 = 1_000_000;
        let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
        let mut trace = Trace::new(String::new(), header());
        let bands: Vec<_> = (0..4).map(|n| trace.names.band_id(Band::Address(n))).collect();
        let (mut run, mut decided) = run_through(&trace, None, &rules).unwrap();
        let mut state = 0x2545_f491_u32;
        for at in 0..SAMPLES {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let swing = i8::try_from(state / 4 % 20).unwrap();
            let band = bands[usize::try_from(state % 4).unwrap()];
            let sample = Sample { source: SourceId(0), band, rssi_dbm: -60 - swing };
            let t_us = i64::from(at) * 28_800 + i64::from(state % 1000);
            let row = Row { t_us, kind: RowKind::Sample(sample) };
            assert!(trace.push(&row));
            run.row(&trace.names, &row, &mut decided);
        }
        let bytes = (trace.heap_bytes() + decided.heap_bytes()) as f64 / f64::from(SAMPLES);
        assert!(bytes < 6.5, "{bytes} bytes a sample");
    }
}
