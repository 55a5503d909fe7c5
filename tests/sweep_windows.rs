//! The sweep against the engine where windows are wide: from 221 on it divides otherwise, and long
//! stretches are swept eight samples at a time.

#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;

use tapbench::engine::parameters::{Parameter, ParameterSet};
use tapbench::engine::{Engine, Event, Model, PairId, Rules};
use tapbench::recording::Intent;
use tapbench::tuning::{Counts, Labelled, Series, Span, Sweeper, Totals};

const PAIRS: usize = 2;

/// Taps and first latency of each segment, by the engine.
fn replayed(labelled: &Labelled, window: usize, threshold_dbm: i32) -> Vec<(u32, Option<i64>)> {
    let mut parameters = ParameterSet::default();
    for (parameter, value) in [
        (Parameter::WindowTap, i64::try_from(window).unwrap()),
        (Parameter::TapThreshold, threshold_dbm.into()),
        (Parameter::CutoffClose, 0),
    ] {
        parameters.set(parameter, value).unwrap();
    }
    let mut engine = Engine::new(&Rules { parameters, ..Rules::default() }).unwrap();
    let mut decisions = Vec::new();
    for at in 0..labelled.series[0].t_us.len() {
        for (pair, series) in labelled.series.iter().enumerate() {
            engine.sample(series.t_us[at], PairId::new(pair), series.rssi_dbm[at], &mut decisions);
        }
    }
    let taps: Vec<_> = decisions.iter().filter(|d| d.event == Event::Tap).collect();
    let in_span = |span: &Span| {
        let covered = |d: &&&tapbench::engine::Decision| span.covers(&labelled.series[d.pair.index()]);
        let inside: Vec<_> = taps.iter().filter(covered).filter(|d| span.contains(d.t_us)).collect();
        let first = inside.first().filter(|_| span.intent == Intent::Tap);
        (u32::try_from(inside.len()).unwrap(), first.map(|d| d.t_us - span.begin_us))
    };
    labelled.spans.iter().map(in_span).collect()
}

proptest! {
    #[test]
    fn a_sweep_counts_what_the_engine_decides(
        rssi in proptest::collection::vec(-60i8..=-30, 800),
        cuts in proptest::collection::vec((0i64..420, 0i64..420, any::<bool>(), proptest::option::of(0u32..2)), 1..6),
        threshold_dbm in -58i32..=-32,
    ) {
        let series = |pair: usize| Series {
            source: 0,
            band: u32::try_from(pair).unwrap(),
            t_us: (0..400).map(|at| at * 10 + i64::try_from(pair).unwrap()).collect(),
            rssi_dbm: rssi[pair * 400..(pair + 1) * 400].to_vec(),
        };
        let mut labelled = Labelled { series: (0..PAIRS).map(series).collect(), ..Labelled::default() };
        labelled.spans = cuts
            .iter()
            .map(|&(a, b, tap, band)| Span {
                id: 1,
                intent: if tap { Intent::Tap } else { Intent::NoTap },
                begin_us: a.min(b) * 10,
                end_us: a.max(b) * 10,
                band,
                source: None,
            })
            .collect();
        labelled.spans.sort_by_key(|span| span.begin_us);
        let sweeper = Sweeper::new(&labelled, &Model::default());
        let mut totals = Totals::of(&sweeper);
        for window in [1, 2, 3, 10, 64, 65, 220, 221, 399] {
            let sweep = sweeper.window(window);
            let swept = sweep.segments.iter();
            let swept: Vec<_> = swept.map(|s| (s.taps(threshold_dbm), s.latency_us(threshold_dbm))).collect();
            prop_assert_eq!(swept, replayed(&labelled, window, threshold_dbm), "window {}", window);
            let (mut added, mut counted) = (Counts::default(), [Counts::default()]);
            added.add(&sweep, threshold_dbm);
            totals.fill(&sweeper, window);
            totals.add_to(&mut counted, threshold_dbm);
            prop_assert_eq!(&added, &counted[0], "window {}", window);
        }
    }
}
