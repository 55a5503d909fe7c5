//! The promise: an import holds what the real captures and logs hold, no more and no less. Held
//! against counts by other readers and against the authors' own exports.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "inputs of tests need not be written atomically")]

#[path = "support/converted.rs"]
mod converted;
#[path = "support/data.rs"]
mod data;
mod support;

use std::fs;
use std::path::Path;

use converted::{Sample, convert, imported, stderr};
use data::shared_data;

/// What each file of the data sets holds, measured with readers of their own.
#[test]
fn the_counts_of_the_real_files() {
    for (path, options, exit, count, bands) in [
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/1-May Anechoic Chamber/nRF52/nrf52_capture_0.pcapng",
            "",
            0,
            785,
            9,
        ),
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/1-May Anechoic Chamber/Ubertooth/ubertooth_capture_0.pcapng",
            "",
            0,
            1860,
            4,
        ),
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/5-May Conference Room/nRF52/nrf52_capture_180.pcapng",
            "",
            0,
            10267,
            30,
        ),
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/5-May Conference Room/nRF52/nrf52_capture_225.pcapng",
            "",
            0,
            6865,
            33,
        ),
        // 423 addresses with bad packets in: ghosts that the computed CRC drives out.
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/5-May Conference Room/Ubertooth/ubertooth_capture_180.pcapng",
            "",
            0,
            3195,
            28,
        ),
        (
            "mitll__PACTTemplateDataset/nRF52/Samsung Galaxy S7-2/btle_sniffer_05-07-2020-150143.pcapng",
            "",
            0,
            5264,
            2,
        ),
        (
            "mitll__PACTTemplateDataset/nRF52/Samsung Galaxy S7-2/btle_sniffer_05-07-2020-161349.pcapng",
            "",
            0,
            5271,
            2,
        ),
        ("DP-3T__bt-measurements/exp28-calibration-pixel4-to-android-anechoic/23.btsnoop", "", 0, 810, 18),
        ("DP-3T__bt-measurements/exp28-calibration-pixel4-to-android-anechoic/10.btsnoop", "", 0, 248, 9),
        ("DP-3T__bt-measurements/exp25-calibration-iphone-to-android-anechoic/02.btsnoop", "", 0, 488, 19),
        ("wangdalian__btsnooper/data/btsnoop_hci.log", "", 0, 465, 287),
        (
            "theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210312-1049-A.csv",
            "band=~pixel3,distance_cm=distance",
            0,
            84970,
            1,
        ),
        (
            "theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210312-1049-B.csv",
            "band=~pixel2",
            0,
            87674,
            1,
        ),
        (
            "theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210313-1005-A.csv",
            "band=~8plus",
            0,
            19259,
            1,
        ),
        (
            "theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210313-1005-B.csv",
            "band=~6splus",
            0,
            18891,
            1,
        ),
        // Values below −110 are possible ones for us.
        ("pc-ng__rss_smartphone/HandHand/RSS_humanHH.csv", "distance_cm=dist", 0, 19903, 2),
        ("pc-ng__rss_smartphone/HandPocket/RSS_humanHP.csv", "distance_cm=dist", 0, 16081, 2),
        (
            "philotuxo__Position-Annotated-BLE-RSSI-Dataset/trk/straight_01_all_sensors.mbd",
            "time=1,source=2,band=3,rssi=4",
            0,
            1365,
            1,
        ),
        (
            "philotuxo__Position-Annotated-BLE-RSSI-Dataset/trk/rectangular_with_rotation_all_sensors.mbd",
            "time=1,source=2,band=3,rssi=4",
            0,
            1935,
            1,
        ),
        (
            "philotuxo__Position-Annotated-BLE-RSSI-Dataset/hst/set_1/sensor31_12.95_16.80_1.85.mbd",
            "time=1,source=2,band=3,rssi=4",
            0,
            3694,
            1,
        ),
        (
            "samuelfrnk__RSSIProximityML/Experiments/Results/Data_CSV/Experiment_1.csv",
            "distance_m=Distance",
            0,
            2496,
            15,
        ),
        ("samuelfrnk__RSSIProximityML/Experiments/Results/Data_CSV/Experiment_3.csv", "", 0, 5869, 13),
        ("samuelfrnk__RSSIProximityML/Experiments/Results/Data_CSV/Experiment_4.csv", "", 0, 956, 2),
        // 297 times RSSI 127, which would fire any tap rule.
        (
            "mitll__PACTTemplateDataset/HandUP_FrontPantsPocketUP/HandUP_FrontPantsPocketUP_3ft_log_2020-05-19_14.28.45.376.txt",
            "time=1,band=3,rssi=4,only=2:Bluetooth",
            0,
            4256 - 297,
            9,
        ),
        (
            "mitll__BLE-RSSI-Various-Static-Configurations/5-May Conference Room/iPhone/log_2020-05-05_15.20.20.134_0.txt",
            "time=1,band=3,rssi=4,only=2:Bluetooth",
            0,
            3667,
            26,
        ),
    ] {
        let Some(file) = shared_data(path) else { continue };
        let options = if options.is_empty() { vec![] } else { vec!["--columns", options] };
        let (_, samples) = imported(&file, &options, exit);
        let distinct: std::collections::HashSet<_> = samples.iter().map(|s| &s.band).collect();
        assert_eq!((samples.len(), distinct.len()), (count, bands), "{path}");
    }
}

/// A row of the authors' own export of a capture.
struct Exported {
    time_us: f64,
    band: String,
    rssi: i64,
    is_from_advertiser: bool,
}

/// Every sample of ours is a row of the authors' export, with its time to the microsecond, in
/// order; and of their rows of advertisers' PDUs only `unmatched` (those with a bad CRC) are not ours.
fn agrees(ours: &[Sample], theirs: &[Exported], unmatched: usize) {
    let first = theirs.iter().find(|row| row.band == ours[0].band && row.rssi == ours[0].rssi).unwrap();
    let start_us = first.time_us;
    let mut rows = theirs.iter();
    let mut passed = 0;
    for sample in ours {
        let t_us = |row: &Exported| (row.time_us - start_us - sample.t_us as f64).abs();
        loop {
            let row = rows.next().unwrap_or_else(|| panic!("{sample:?} is not in the export"));
            if t_us(row) < 1.5 && row.band == sample.band && row.rssi == sample.rssi {
                assert!(row.is_from_advertiser, "{sample:?}");
                break;
            }
            passed += usize::from(row.is_from_advertiser);
        }
    }
    passed += rows.filter(|row| row.is_from_advertiser).count();
    assert_eq!(passed, unmatched);
}

/// Names in these files are whatever the radio heard: not always UTF-8.
fn csv_rows(path: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_path(path).unwrap();
    reader.byte_records().map(|row| csv::StringRecord::from_byte_record_lossy(row.unwrap())).collect()
}

#[test]
fn the_authors_own_exports_of_the_mit_captures_agree() {
    for (capture, unmatched) in [
        ("1-May Anechoic Chamber/nRF52/nrf52_capture_0", 32),
        ("1-May Anechoic Chamber/Ubertooth/ubertooth_capture_0", 23),
        ("5-May Conference Room/nRF52/nrf52_capture_180", 891),
        ("5-May Conference Room/Ubertooth/ubertooth_capture_180", 878),
    ] {
        let base = format!("mitll__BLE-RSSI-Various-Static-Configurations/{capture}");
        let (Some(pcapng), Some(csv)) =
            (shared_data(&format!("{base}.pcapng")), shared_data(&format!("{base}.csv")))
        else {
            continue;
        };
        let theirs: Vec<_> = csv_rows(&csv)
            .iter()
            .skip(1)
            .map(|row| Exported {
                time_us: row[1].parse::<f64>().unwrap() * 1e6,
                band: row[2].to_uppercase(),
                rssi: row[4].parse().unwrap(),
                is_from_advertiser: ["0", "1", "2", "4", "6"].contains(&&row[6]),
            })
            .collect();
        agrees(&imported(&pcapng, &[], 0).1, &theirs, unmatched);
    }
}

#[test]
fn the_authors_own_exports_of_the_pact_captures_agree() {
    for (capture, missing) in [("150143", 51), ("161349", 60)] {
        let base =
            format!("mitll__PACTTemplateDataset/nRF52/Samsung Galaxy S7-2/btle_sniffer_05-07-2020-{capture}");
        let (Some(pcapng), Some(csv)) =
            (shared_data(&format!("{base}.pcapng")), shared_data(&format!("{base}.csv")))
        else {
            continue;
        };
        // Their export lacks some packets, so here it is the one that must be found in ours.
        let theirs: Vec<_> = csv_rows(&csv)
            .iter()
            .filter(|row| row.get(1) == Some("Bluetooth"))
            .map(|row| {
                (row[5].parse::<f64>().unwrap() * 1e6, row[2].to_uppercase(), row[3].parse::<i64>().unwrap())
            })
            .collect();
        let (rows, ours) = imported(&pcapng, &[], 0);
        let started: jiff::Timestamp = rows[0]["started"].as_str().unwrap().parse().unwrap();
        let start_us = started.as_microsecond() as f64;
        let mut left = ours.iter();
        for (time_us, band, rssi) in &theirs {
            let same = |s: &Sample| {
                (start_us + s.t_us as f64 - time_us).abs() < 1.5 && s.band == *band && s.rssi == *rssi
            };
            assert!(left.any(same), "{time_us} {band} {rssi}");
        }
        assert_eq!(ours.len() - theirs.len(), missing);
    }
}

#[test]
fn an_address_that_changes_in_mid_capture_is_two_bands() {
    let path =
        "mitll__BLE-RSSI-Various-Static-Configurations/5-May Conference Room/nRF52/nrf52_capture_180.pcapng";
    let Some(file) = shared_data(path) else { return };
    let (_, samples) = imported(&file, &[], 0);
    let of = |band: &str| samples.iter().filter(|s| s.band == band).map(|s| s.t_us).collect::<Vec<_>>();
    let (before, after) = (of("7A:66:39:2D:0A:4B"), of("43:1F:CA:A7:DF:08"));
    assert!(*before.last().unwrap() < 2_200_000 && after[0] > 2_100_000);
}

#[test]
fn segments_of_a_labelled_file_hold_their_samples() {
    let path = "samuelfrnk__RSSIProximityML/Experiments/Results/Data_CSV/Experiment_3.csv";
    let Some(file) = shared_data(path) else { return };
    let (rows, _) = imported(&file, &["--columns", "distance_m=Distance"], 0);
    let begins: Vec<_> = rows.iter().filter(|row| row["mark"] == "begin").collect();
    assert_eq!(begins.len(), rows.iter().filter(|row| row["mark"] == "end").count());
    assert!(begins.iter().all(|row| row["intent"] == "note"));
    assert_eq!((&begins[0]["distance_cm"], &begins[1]["distance_cm"]), (&0.into(), &10.into()));
    assert_eq!(rows[0]["started"], "2024-09-12T09:45:00Z");
}

#[test]
fn what_a_csv_file_does_not_tell_is_asked_for_by_an_example_that_works() {
    for (path, count) in [
        ("theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210313-1005-A.csv", None),
        // Two columns hold negative numbers, and rows of other sensors stand between. 98 times RSSI 127.
        (
            "mitll__PACTTemplateDataset/HandUP_FrontPantsPocketUP/HandUP_FrontPantsPocketUP_15ft_log_2020-05-19_14.45.04.099.txt",
            Some(3687 - 98),
        ),
    ] {
        let Some(file) = shared_data(path) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out.rssi.jsonl");
        let output = convert(&file, &out, &[]);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("look whether"), "{said}");
        let example = said.split("--columns ").nth(1).unwrap().split(" (guessed").next().unwrap();
        let (_, samples) = imported(&file, &["--columns", example.trim_matches('"')], 0);
        let Some(count) = count else { continue };
        assert_eq!(samples.len(), count, "{example}");
        assert!(samples.iter().all(|sample| sample.rssi < -20), "{example}");
    }
}

#[test]
fn formats_that_are_none_of_ours_are_refused_and_leave_nothing() {
    for path in [
        "DP-3T__bt-measurements/exp25-calibration-iphone-to-android-anechoic/103.pklg",
        "DP-3T__bt-measurements/exp05-epfl-soldiers/scenario04-queue.sqlite",
        "samuelfrnk__RSSIProximityML/Experiments/Results/Raw_Data/Experiment_1.rtf",
    ] {
        let Some(file) = shared_data(path) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let output = convert(&file, &folder.path().join("out.rssi.jsonl"), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_capture_cut_anywhere_is_imported_up_to_there() {
    for path in [
        "mitll__BLE-RSSI-Various-Static-Configurations/1-May Anechoic Chamber/nRF52/nrf52_capture_0.pcapng",
        "wangdalian__btsnooper/data/btsnoop_hci.log",
    ] {
        let Some(file) = shared_data(path) else { continue };
        let bytes = fs::read(&file).unwrap();
        let whole = imported(&file, &[], 0).1;
        let folder = tempfile::tempdir().unwrap();
        for share in [3, 5, 7] {
            let cut = folder.path().join("cut");
            fs::write(&cut, &bytes[..bytes.len() * share / 8 + share]).unwrap();
            let samples = imported(&cut, &[], 3).1;
            assert_eq!(samples, whole[..samples.len()]);
            assert!(samples.len() < whole.len());
        }
    }
}
