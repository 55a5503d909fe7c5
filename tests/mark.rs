//! `tapbench mark`: segments added afterwards are judged by a replay, and nothing else changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/recordings.rs"]
mod recordings;
mod support;

use std::path::Path;
use std::process::{Output, Stdio};

use recordings::*;
use support::tapbench;

const BAND: &str = "C6:05:04:03:02:01";

fn mark(input: &Path, out: &Path, options: &[&str]) -> Output {
    tapbench().arg("mark").args([input, out]).args(options).output().unwrap()
}

fn summary(path: &Path) -> serde_json::Value {
    let output = tapbench().arg("replay").arg(path).args(["--format", "jsonl"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str::<serde_json::Value>(text.lines().last().unwrap()).unwrap()["summary"].take()
}

#[test]
fn a_marked_recording_shows_the_segment_and_is_otherwise_unchanged() {
    let folder = Folder::new();
    let text = session(20_000);
    let (file, out) = (folder.file("in.rssi.jsonl", &text), folder.path("out.rssi.jsonl"));
    let segment = ["--begin", "100ms", "--end", "0.5s", "--intent", "no_tap"];
    let more = ["--band", BAND, "--source", "b1", "--distance-cm", "2.5", "--note", "a \"quote\""];
    let output = mark(&file, &out, &[segment, more[..6].try_into().unwrap()].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = mark(&file, &out, &[&segment[..], &more, &["--force"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let marked = std::fs::read_to_string(&out).unwrap();
    let new: Vec<_> = marked.lines().filter(|l| !text.contains(l)).collect();
    let begin = format!(
        "{{\"t_us\":100000,\"source\":\"b1\",\"mark\":\"begin\",\"id\":4,\"intent\":\"no_tap\",\"band\":\"{BAND}\",\"distance_cm\":2.5,\"note\":\"a \\\"quote\\\"\"}}"
    );
    assert_eq!(new, [begin.as_str(), "{\"t_us\":500000,\"mark\":\"end\",\"id\":4}"]);
    let old: String = marked.lines().filter(|l| text.contains(l)).map(|l| format!("{l}\n")).collect();
    assert_eq!(old, text);
    assert_eq!(summary(&out)["segments"]["no_tap"]["count"], 1);
    assert_eq!(summary(&out)["segments"]["tap"], summary(&file)["segments"]["tap"]);
}

#[test]
fn a_table_adds_many_and_any_way_in_or_out_is_the_same() {
    let folder = Folder::new();
    let text = session(20_000);
    let csv = folder
        .file("taps.csv", "intent,begin,end,note\nstay,0,0.4,\nreturn,1.5s,100,late\nno_tap,0.4,600ms,\n");
    let options = ["--from", csv.to_str().unwrap()];
    let file = folder.file("in.rssi.jsonl", &text);
    let (out, zst) = (folder.path("out.rssi.jsonl"), folder.path("out.rssi.jsonl.zst"));
    let output = mark(&file, &out, &options);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("segment 5 reaches beyond"), "{}", stderr(&output));
    let marked = std::fs::read(&out).unwrap();
    let ids: Vec<_> =
        std::str::from_utf8(&marked).unwrap().lines().filter(|l| l.contains("\"mark\"")).collect();
    assert_eq!(ids.len(), 2 + 5);
    assert!(marked.ends_with(b"\"end\":true,\"samples\":100}\n"));
    assert_eq!(mark(&file, &zst, &options).status.code(), Some(0));
    let compressed = std::fs::read(&zst).unwrap();
    assert_eq!(zstd::decode_all(&compressed[..]).unwrap(), marked);
    let again = folder.path("again.rssi.jsonl");
    let mut command = tapbench();
    command.args(["mark", "-"]).arg(&again).args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(fed(&mut command, &packed).status.code(), Some(0));
    assert_eq!(std::fs::read(&again).unwrap(), marked);
    assert_eq!(std::fs::read_dir(again.parent().unwrap()).unwrap().count(), 5, "nothing is left behind");
}

#[test]
fn odd_spellings_are_kept() {
    let folder = Folder::new();
    let text = format!("{HEADER}\r\n{}\r\n{{ \"t_us\" : 9, \"odd\":1.50}}", row(2, 127).trim_end());
    let (file, out) = (folder.file("in", &text), folder.path("out"));
    let output = mark(&file, &out, &["--begin", "5us", "--end", "9us", "--intent", "note"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let marked = std::fs::read_to_string(&out).unwrap();
    let (before, last) = text.rsplit_once('\n').unwrap();
    let marks = "{\"t_us\":5,\"mark\":\"begin\",\"id\":1,\"intent\":\"note\"}\n{\"t_us\":9,\"mark\":\"end\",\"id\":1}";
    assert_eq!(marked, format!("{before}\n{marks}\n{last}\n"));
}

#[test]
fn what_does_not_fit_is_refused_and_writes_nothing() {
    let folder = Folder::new();
    let file = folder.file("in.rssi.jsonl", session(20_000));
    let bad = folder.file("bad.rssi.jsonl", format!("{HEADER}\nnonsense\n{}", row(1, -50)));
    let csv = folder.file("taps.csv", "begin,end,intent\n1,2,tap\n99,100,tap\n");
    let out = folder.path("out");
    let tap =
        |begin: &'static str, end: &'static str| vec!["--begin", begin, "--end", end, "--intent", "tap"];
    for (input, options, says) in [
        (&file, tap("2s", "2s"), "ends at 2 s"),
        (&file, tap("41s", "42s"), "recording ends at 40 s"),
        (&file, tap("1", "2s"), "1.5m"),
        (&file, vec!["--begin", "1s", "--end", "2s", "--intent", "tapp"], "no_tap"),
        (&file, [tap("1s", "2s"), vec!["--band", "me"]].concat(), "neither an address"),
        (&file, [tap("1s", "2s"), vec!["--from", "x.csv"]].concat(), "cannot be used with"),
        (&file, vec!["--begin", "1s"], "--intent"),
        (&file, vec!["--from", csv.to_str().unwrap()], "taps.csv:3: the segment begins at 99 s"),
        (&bad, tap("0s", "1s"), "bad.rssi.jsonl:2: not JSON"),
    ] {
        let output = mark(input, &out, &options);
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert!(!out.exists());
    }
    assert_eq!(mark(&file, &file, &tap("1s", "2s")).status.code(), Some(2), "OUT exists");
    let other = mark(&file, &out, &[tap("1s", "2s"), vec!["--band", "~nobody"]].concat());
    assert_eq!(other.status.code(), Some(0));
    assert!(stderr(&other).contains("no sample of ~nobody"));
}

#[test]
fn a_dash_is_not_made_a_file() {
    let folder = Folder::new();
    let file = folder.file("in.rssi.jsonl", session(20_000));
    let segment = ["--begin", "100ms", "--end", "0.5s", "--intent", "no_tap"];
    let output = mark(&file, Path::new("-"), &segment);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("name a file"), "{}", stderr(&output));
}

/// A band beside the dongle and the reader: near from 3 s to 5 s, tapped on the reader meanwhile.
fn tapped_on_the_reader() -> String {
    let mut text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b1\",\"kind\":\"bluegiga\"},{\"id\":\"nfc-1\",\"kind\":\"nfc\"}]}\n".to_owned();
    for t_ms in (100..6_000).step_by(100) {
        let rssi = if (3_000..5_000).contains(&t_ms) { -38 } else { -70 };
        text += &format!("{{\"t_us\":{t_ms}000,\"source\":\"b1\",\"band\":\"{BAND}\",\"rssi\":{rssi}}}\n");
        let nfc = match t_ms {
            3_200 => "\"nfc\":\"inserted\",\"reader\":\"r\",\"atr\":\"3B00\"",
            4_600 => "\"nfc\":\"removed\",\"reader\":\"r\",\"dwell_ms\":1400,\"outcome\":\"ok\"",
            5_500 => "\"nfc\":\"removed\",\"reader\":\"r\",\"outcome\":\"missed\"",
            _ => continue,
        };
        text += &format!("{{\"t_us\":{t_ms}001,\"source\":\"nfc-1\",{nfc}}}\n");
    }
    text
}

#[test]
fn taps_on_a_reader_are_ground_truth_for_the_dongle_beside_it() {
    let folder = Folder::new();
    let file = folder.file("in.rssi.jsonl", tapped_on_the_reader());
    let (once, twice) = (folder.path("once.rssi.jsonl"), folder.path("twice.rssi.jsonl"));
    let output = mark(&file, &once, &["--from-nfc"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 segment added"), "{}", stderr(&output));
    assert!(stderr(&output).contains("1, because it is not known when they were"), "{}", stderr(&output));
    let marked = std::fs::read_to_string(&once).unwrap();
    let begin = format!(
        "{{\"t_us\":2200001,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\",\"band\":\"{BAND}\",\"note\":\"NFC tap, held 1400 ms, ok\"}}\n"
    );
    assert!(marked.contains(&begin), "{marked}");
    assert!(marked.contains("{\"t_us\":5600001,\"mark\":\"end\",\"id\":1}\n"), "{marked}");
    let tap = &summary(&once)["segments"]["tap"];
    assert_eq!((&tap["count"], &tap["hit"], &tap["double"]), (&1.into(), &1.into(), &0.into()));
    // What is marked is not marked again.
    let output = mark(&once, &twice, &["--from-nfc"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&twice).unwrap(), marked);
    let none = mark(&folder.file("none.rssi.jsonl", session(20_000)), &twice, &["--from-nfc", "--force"]);
    assert_eq!(none.status.code(), Some(2), "{}", stderr(&none));
    assert_eq!(std::fs::read_to_string(&twice).unwrap(), marked, "left as it was");
}

#[test]
fn a_recording_marks_taps_on_a_reader_when_it_is_done() {
    let folder = Folder::new();
    let (file, out) = (folder.file("in.rssi.jsonl", tapped_on_the_reader()), folder.path("out.rssi.jsonl"));
    let source = format!("replay:{}", file.display());
    let record = |more: &[&str]| {
        tapbench().arg("record").arg(&out).args(["--all", "--force", "--source"]).args(more).output().unwrap()
    };
    let output = record(&[&source, "--mark-nfc-taps"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("marked as segments: 1"), "{}", stderr(&output));
    assert_eq!(summary(&out)["segments"]["tap"]["hit"], 1);
    let output = record(&["simulated", "--mark-nfc-taps"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}
