//! The promise: the tap window's rolling mean is what other people's software computed from the same
//! samples. The recordings are not part of this repository; without them the test says so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;

use tapbench::engine::parameters::{Dongle, ParameterSet};
use tapbench::engine::{Engine, PairId, Rules};

/// One series of pc-ng/rss_smartphone: the samples, and the authors' means over 10 beside them.
struct Series {
    rssi: Vec<i8>,
    mean_10: Vec<f64>,
}

/// The series of a file, one for each (device, distance), in the order of the rows.
fn series(text: &str) -> Vec<Series> {
    let mut found: Vec<((&str, &str), Series)> = Vec::new();
    for line in text.lines().skip(1) {
        let [device, _, rssi, mean_10, _, distance, _] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        if found.last().is_none_or(|(key, _)| *key != (device, distance)) {
            found.push(((device, distance), Series { rssi: Vec::new(), mean_10: Vec::new() }));
        }
        let (_, series) = found.last_mut().unwrap();
        series.rssi.push(rssi.parse().unwrap());
        series.mean_10.push(mean_10.parse().unwrap());
    }
    found.into_iter().map(|(_, series)| series).collect()
}

#[test]
fn the_rolling_mean_is_the_one_the_authors_computed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/pc-ng__rss_smartphone");
    for (name, least) in [("HandHand/RSS_humanHH.csv", 19_000), ("HandPocket/RSS_humanHP.csv", 15_000)] {
        let Ok(text) = std::fs::read_to_string(folder.join(name)) else {
            println!("skipped: {name} of pc-ng/rss_smartphone is not here");
            continue;
        };
        let mut compared = 0;
        for Series { rssi, mean_10 } in series(&text) {
            let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
            let mut engine = Engine::new(&rules).unwrap();
            let mut out = Vec::new();
            for (row, rssi) in rssi.iter().enumerate() {
                let judged = engine.sample(0, PairId::new(0), *rssi, &mut out);
                let Some(mean) = judged.tap.mean() else {
                    assert!(row < 9, "the window of 10 is full at row {row}");
                    continue;
                };
                // Theirs is centred, on rows i−5 … i+4; ours ends with the last sample.
                let theirs = mean_10[row - 4];
                let ours = f64::from(mean.sum) / f64::from(mean.n);
                assert!((ours - theirs).abs() < 1e-6, "{name}, row {row}: {ours} against {theirs}");
                compared += 1;
            }
        }
        assert!(compared > least, "{name}: {compared} means compared");
    }
}
