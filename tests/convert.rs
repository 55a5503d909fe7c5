//! The promise: what `convert` writes is what the captures and logs hold, no more and no less,
//! and an import that fails leaves nothing half behind.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "inputs of tests need not be written atomically")]

#[path = "support/data.rs"]
mod data;
mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use data::shared_data;
use serde_json::Value;
use support::tapbench;

/// One sample row of a recording.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    t_us: i64,
    band: String,
    rssi: i64,
}

fn convert(input: &Path, output: &Path, options: &[&str]) -> Output {
    tapbench().arg("convert").arg(input).arg(output).args(options).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn rows(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn samples(rows: &[Value]) -> Vec<Sample> {
    let sample = |row: &Value| {
        Some(Sample {
            rssi: row.get("rssi")?.as_i64()?,
            t_us: row["t_us"].as_i64()?,
            band: row["band"].as_str()?.to_owned(),
        })
    };
    rows.iter().filter_map(sample).collect()
}

/// Converts a file of the data sets and checks the whole recording's form.
fn imported(path: &Path, options: &[&str], exit: i32) -> (Vec<Value>, Vec<Sample>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.rssi.jsonl");
    let output = convert(path, &out, options);
    assert_eq!(output.status.code(), Some(exit), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    let rows = rows(&out);
    let samples = samples(&rows);
    assert_eq!(rows[0]["rssi_recording"], 1);
    let last = rows.last().unwrap();
    assert_eq!((&last["end"], last["samples"].as_u64()), (&Value::Bool(true), Some(samples.len() as u64)));
    let times: Vec<_> = rows[1..].iter().map(|row| row["t_us"].as_i64().unwrap()).collect();
    assert!(times.is_sorted() && times.first() == Some(&0));
    assert!(samples.iter().all(|s| (-127..=20).contains(&s.rssi)));
    (rows, samples)
}

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
    let path = "theheraldproject__herald-analysis/reference-data/rssi-raw-edison/20210313-1005-A.csv";
    let Some(file) = shared_data(path) else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.rssi.jsonl");
    let output = convert(&file, &out, &[]);
    assert_eq!(output.status.code(), Some(2));
    let example = stderr(&output).split("--columns \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let output = convert(&file, &out, &["--columns", &example]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
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

const RECORDING: &str = r#"{"rssi_recording":1,"sources":[{"id":"bluegiga-1","kind":"bluegiga"}],"site":"Ward 3"}
{"t_us":5,"source":"bluegiga-1","band":"C6:05:04:03:02:01","rssi":-61,"addr":"C6:05:04:03:02:01"}
{"t_us":6,"source":"bluegiga-1","band":"~watch","rssi":127}
{"t_us":7,"mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01","note":"C6:05:04:03:02:01 left"}
{"t_us":8,"source":"bluegiga-1","band":"C6:05:04:03:02:01","rssi":-38}
{"t_us":9,"later":{"kind":"kept"}}
"#;

#[test]
fn recordings_are_compressed_copied_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.rssi.jsonl"), RECORDING).unwrap();
    for (from, to) in [
        ("in.rssi.jsonl", "a.rssi.jsonl.zst"),
        ("a.rssi.jsonl.zst", "b.jsonl"),
        ("a.rssi.jsonl.zst", "c.csv"),
    ] {
        let output = convert(&path(from), &path(to), &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(path("b.jsonl")).unwrap(), RECORDING);
    assert_eq!(fs::read(path("a.rssi.jsonl.zst")).unwrap()[..4], [0x28, 0xB5, 0x2F, 0xFD]);
    assert_eq!(
        fs::read_to_string(path("c.csv")).unwrap(),
        "t_us,source,band,rssi\n5,bluegiga-1,C6:05:04:03:02:01,-61\n8,bluegiga-1,C6:05:04:03:02:01,-38\n"
    );
    let output = convert(&path("c.csv"), &path("d.rssi.jsonl"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        samples(&rows(&path("d.rssi.jsonl"))).iter().map(|s| (s.t_us, s.rssi)).collect::<Vec<_>>(),
        [(0, -61), (3, -38)]
    );
}

#[test]
fn pseudonyms_leave_no_address_and_cannot_be_computed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.rssi.jsonl"), RECORDING).unwrap();
    for to in ["a.rssi.jsonl", "b.rssi.jsonl"] {
        assert_eq!(convert(&path("in.rssi.jsonl"), &path(to), &["--pseudonymize"]).status.code(), Some(0));
    }
    let (a, b) = (rows(&path("a.rssi.jsonl")), rows(&path("b.rssi.jsonl")));
    let text = fs::read_to_string(path("a.rssi.jsonl")).unwrap();
    assert!(!text.contains("C6:05") && !text.contains("addr"), "{text}");
    assert_eq!(a[1]["band"], a[4]["band"]);
    assert_eq!(a[1]["band"], a[3]["band"]);
    assert_ne!(a[1]["band"], b[1]["band"]);
    assert_eq!((&a[2]["band"], &a[5]["later"]["kind"]), (&"~watch".into(), &"kept".into()));
}

#[test]
fn an_output_that_exists_is_kept_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.rssi.jsonl"));
    fs::write(&input, "time,rssi,mac\n0,-61,c6:05:04:03:02:01\n").unwrap();
    fs::write(&out, "precious").unwrap();
    assert_eq!(convert(&input, &out, &[]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&out).unwrap(), "precious");
    let damaged = folder.path().join("damaged.csv");
    fs::write(&damaged, "time,rssi,mac\nx,y,z\n").unwrap();
    assert_eq!(convert(&damaged, &out, &["--force"]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&out).unwrap(), "precious");
    assert_eq!(convert(&input, &out, &["--force"]).status.code(), Some(0));
    assert_eq!(samples(&rows(&out)).len(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn lines_that_cannot_be_read_are_a_loss_and_rssi_127_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    fs::write(&input, "time,rssi,mac\r\n0,-61,c6:05:04:03:02:01\r\n1,127,c6:05:04:03:02:01\r\n").unwrap();
    let (_, samples) = imported(&input, &[], 0);
    assert_eq!(samples, [Sample { t_us: 0, band: "C6:05:04:03:02:01".into(), rssi: -61 }]);
    fs::write(&input, "time,rssi,mac\n0,-61,c6:05:04:03:02:01\n1,loud,c6:05:04:03:02:01\n").unwrap();
    imported(&input, &[], 3);
}

#[test]
fn it_reads_the_standard_input_and_writes_the_standard_output() {
    let mut child = tapbench()
        .args(["convert", "-", "-", "--not-a-nymi-band"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"time,rssi,mac\n0,-61,c6:05:04:03:02:01\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().next().unwrap().ends_with(r#","not_a_nymi_band":true}"#), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    fs::write(&input, "time,rssi,mac\n0,-61,c6:05:04:03:02:01\n").unwrap();
    for (out, options, word) in [
        ("out.mcap", vec![], "--format"),
        ("out.csv", vec!["--columns", "colour=3"], "colour"),
        ("out.csv", vec!["--columns", "rssi=9"], "no column"),
        ("missing/out.csv", vec![], "cannot be written"),
    ] {
        let output = convert(&input, &folder.path().join(out), &options);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
    let output = convert(&folder.path().join("none"), &folder.path().join("out.csv"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
