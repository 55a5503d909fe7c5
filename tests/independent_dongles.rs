//! `record` from dongles that are not our own simulators: stand-ins in Python, written on other
//! people's libraries or from what is known of real dongles. What they send is recorded, no more
//! and no less.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/python.rs"]
mod python;
#[path = "support/running.rs"]
mod running;
mod support;

use std::process::Stdio;

use python::{CLIENTS, script, values};
use running::Running;
use serde_json::{Value, json};
use support::{Folder, tapbench};

/// (Address, RSSI) of what a stand-in sends again and again: no two are alike, so a recording shows
/// where it began and whether anything is missing.
fn advertised() -> Vec<(String, i64)> {
    (0..300).map(|n| (format!("C6:05:04:03:02:{:02X}", n % 5), -38 - n / 5)).collect()
}

fn advertisements() -> String {
    let row = |(address, rssi): &(String, i64)| json!({"address": address, "address_type": "random", "rssi": rssi, "data": "02010603FFB201"});
    Value::from_iter(advertised().iter().map(row)).to_string()
}

/// What `record` took down from a stand-in, and what that said until it had been given `last` as often
/// as told.
fn recorded(
    kind: &str,
    stand_in: &str,
    options: &str,
    (last, times): (&str, usize),
) -> Option<(Vec<Value>, Vec<Value>)> {
    let mut command = script(CLIENTS, stand_in)?;
    let folder = Folder::with("advertisements.json", advertisements());
    command.arg(folder.path().join("advertisements.json")).args(options.split_whitespace());
    let dongle = Running::start(&mut command);
    let source = format!("{kind}:{}", dongle.line());
    let mut record = tapbench();
    record.current_dir(folder.path()).args(["record", "a.rssi.jsonl", "--all", "--duration", "1s"]);
    let output = record.args(["--source", &source]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut said = Vec::new();
    while said.iter().filter(|line: &&Value| line["command"] == last).count() < times {
        said.extend(values(&[dongle.line()]));
    }
    let lines: Vec<String> = folder.read("a.rssi.jsonl").lines().map(str::to_owned).collect();
    Some((values(&lines), said))
}

/// Checks that the samples are the advertisements in turn, each once, from any of them on.
fn are_in_turn(rows: &[Value]) {
    let samples: Vec<&Value> = rows.iter().filter(|row| row.get("rssi").is_some()).collect();
    assert!(samples.len() > 50, "{} samples", samples.len());
    let heard =
        samples.iter().map(|row| (row["band"].as_str().unwrap().to_owned(), row["rssi"].as_i64().unwrap()));
    let (advertised, heard): (Vec<_>, Vec<_>) = (advertised(), heard.collect());
    let first = advertised.iter().position(|sent| *sent == heard[0]).unwrap();
    let expected: Vec<_> = advertised.iter().cycle().skip(first).take(heard.len()).cloned().collect();
    assert_eq!(heard, expected);
    assert!(rows.iter().all(|row| row.get("event").is_none()), "{rows:?}");
    assert_eq!(rows.last().unwrap()["samples"].as_u64(), Some(samples.len() as u64));
}

/// `record` from a BleuIO; it is left with the scan ended, in text mode and echoing.
fn bleuio_in_turn(options: &str, firmware: &str, is_verbose: bool) {
    let Some((rows, said)) = recorded("bleuio", "standin_bleuio.py", options, ("ATE1", 1)) else { return };
    are_in_turn(&rows);
    assert_eq!(rows[0]["sources"][0]["firmware"], firmware);
    let stopped = said.iter().rposition(|line| line.get("stopped").is_some()).unwrap();
    let after: Vec<_> = said[stopped + 1..].iter().filter_map(|line| line["command"].as_str()).collect();
    assert_eq!(after, if is_verbose { vec!["ATV0", "ATE1"] } else { vec!["ATE1"] });
    // Nothing but the stop byte may be sent while it scans.
    assert!(said.iter().all(|line| line["while_scanning"] != true), "{said:?}");
}

#[test]
fn a_newer_bleuio_is_recorded_exactly() {
    bleuio_in_turn("newer", "2.7.9.51", true);
}

#[test]
fn an_older_bleuio_that_was_left_scanning_is_recorded_exactly() {
    bleuio_in_turn("older --scanning", "2.2.1.8", true);
}

#[test]
fn a_bleuio_without_verbose_mode_is_recorded_exactly() {
    bleuio_in_turn("text --split", "2.1.3.12", false);
}

/// `record` from a BLED112: nothing but what pygatt would send, too, and the scan ended.
fn bled112_in_turn(options: &str) {
    let last = ("gap_end_procedure", 2);
    let Some((rows, said)) = recorded("bluegiga", "standin_bled112.py", options, last) else { return };
    are_in_turn(&rows);
    assert_eq!(rows[0]["sources"][0]["firmware"], "1.1.0.71");
    assert!(said.iter().all(|line| line.get("unknown").is_none()), "{said:?}");
    let arguments = |name| said.iter().find(|line| line["command"] == name).map(|line| &line["arguments"]);
    // Reports repeat, the receiver is always on and only listens, and everything is wanted.
    assert_eq!(arguments("gap_set_filtering"), Some(&json!([0, 0, 0])));
    assert_eq!(arguments("gap_set_scan_parameters"), Some(&json!([200, 200, 0])));
    assert_eq!(arguments("gap_discover"), Some(&json!([2])));
}

#[test]
fn a_bled112_is_recorded_exactly() {
    bled112_in_turn("");
}

#[test]
fn a_bled112_that_was_left_scanning_is_recorded_exactly() {
    bled112_in_turn("--scanning");
}

#[test]
fn a_bled112_whose_events_come_in_pieces_is_recorded_exactly() {
    bled112_in_turn("--split");
}
