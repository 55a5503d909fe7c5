//! The promise: sweep counts for every window and threshold exactly what replay would, with every
//! reading of the rules.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

// Only the generator of recordings is used here.
#[allow(dead_code)]
mod naive;
mod support;

use proptest::prelude::*;
use support::Folder;
use tapbench::engine::parameters::Parameter;
use tapbench::engine::{MissingParameters, Rules};
use tapbench::recording::{Options, ReadError, Reader};
use tapbench::replay::{Filter, Summary, run};
use tapbench::tuning::{Counts, Labelled, Sweeper, Totals};

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

fn replayed(text: &str, rules: &Rules, window: usize, threshold_dbm: i32) -> Summary {
    let mut rules = rules.clone();
    rules.parameters.set(Parameter::WindowTap, window.try_into().unwrap()).unwrap();
    rules.parameters.set(Parameter::TapThreshold, threshold_dbm.into()).unwrap();
    let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
    run(&mut reader, &rules, &Filter::default(), |_, _| Ok::<(), Failed>(())).unwrap().summary
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_cell_is_what_replay_counts(
        recording in naive::generate::recording(),
        rules in naive::generate::rules(),
    ) {
        let text = recording.text();
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let labelled = Labelled::read("generated", &mut reader, &Filter::default()).unwrap();
        let sweeper = Sweeper::new(&labelled, &rules.model);
        for window in [1, 2, 3, 5, 8] {
            let sweep = sweeper.window(window);
            let mut totals = Totals::of(&sweeper);
            totals.fill(&sweeper, window);
            for threshold_dbm in [-127, -100, -60, -54, -53, -52, -51, -50, -49, -48, -47, -40, -1, 0] {
                let mut counts = Counts::default();
                counts.add(&sweep, threshold_dbm);
                let mut counted = [Counts::default()];
                totals.add_to(&mut counted, threshold_dbm);
                prop_assert_eq!(&counts, &counted[0], "window {}, threshold {}", window, threshold_dbm);
                let summary = replayed(&text, &rules, window, threshold_dbm);
                prop_assert_eq!(
                    (counts.hit, counts.missed, counts.double, counts.false_taps),
                    (summary.hit, summary.missed, summary.double, summary.false_taps),
                    "window {}, threshold {}", window, threshold_dbm
                );
                let mut swept = counts.latencies.as_slice().to_vec();
                let mut latencies = summary.latencies.as_slice().to_vec();
                swept.sort_unstable();
                latencies.sort_unstable();
                prop_assert_eq!(swept, latencies, "window {}, threshold {}", window, threshold_dbm);
            }
        }
    }
}

const RECORDING: &str = r#"{"rssi_recording":1,"sources":[{"id":"b","kind":"bluegiga"}]}
{"t_us":0,"mark":"begin","id":1,"intent":"tap"}
{"t_us":100000,"band":"C6:05:04:03:02:01","rssi":-50}
{"t_us":200000,"band":"C6:05:04:03:02:01","rssi":-40}
{"t_us":300000,"band":"C6:05:04:03:02:01","rssi":-40}
{"t_us":400000,"mark":"end","id":1}
{"t_us":400000,"mark":"begin","id":2,"intent":"no_tap"}
{"t_us":500000,"band":"C6:05:04:03:02:01","rssi":-60}
{"t_us":600000,"band":"C6:05:04:03:02:01","rssi":-45}
{"t_us":700000,"mark":"end","id":2}
"#;

#[test]
fn the_columns_are_those_of_the_contract() {
    let folder = Folder::with("a.rssi.jsonl", RECORDING);
    let ran = folder.run("sweep a.rssi.jsonl --windows 1..=2 --thresholds=-46..=-45 --format csv");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.stdout,
        "rssi_window_tap,rssi_tap_threshold,hit,missed,double,false_taps,latency_p50_ms,latency_p90_ms\n\
         1,-46,1,0,0,1,200,200\n\
         1,-45,1,0,0,0,200,200\n\
         2,-46,1,0,0,0,200,200\n\
         2,-45,1,0,0,0,300,300\n"
    );
    let ran = folder.run("sweep a.rssi.jsonl --windows 3 --thresholds=-42 --format jsonl");
    assert_eq!(
        ran.stdout,
        "{\"rssi_window_tap\":3,\"rssi_tap_threshold\":-42,\"hit\":0,\"missed\":1,\"double\":0,\"false_taps\":0,\
         \"latency_p50_ms\":null,\"latency_p90_ms\":null}\n"
    );
}

#[test]
fn without_a_tap_or_no_tap_segment_there_is_nothing_to_count() {
    let unlabelled: String =
        RECORDING.lines().filter(|l| !l.contains("mark")).map(|l| format!("{l}\n")).collect();
    let folder = Folder::with("a.rssi.jsonl", unlabelled);
    for command in ["sweep a.rssi.jsonl", "tune a.rssi.jsonl"] {
        let ran = folder.run(command);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains("tapbench mark"), "{ran:?}");
    }
}

#[test]
fn the_map_for_people_marks_the_pairs_without_errors() {
    let folder = Folder::with("a.rssi.jsonl", RECORDING);
    let ran = folder.run("sweep a.rssi.jsonl --windows 1..=2 --thresholds=-50..=-41");
    assert!(ran.stdout.contains("              1 11111....."), "{}", ran.stdout);
}
