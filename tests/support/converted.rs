//! Running `convert` and reading what it wrote.

#![allow(missing_docs, dead_code, clippy::unwrap_used, reason = "each test file uses its part")]

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::support::tapbench;

/// One sample row of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub t_us: i64,
    pub band: String,
    pub rssi: i64,
}

pub fn convert(input: &Path, output: &Path, options: &[&str]) -> Output {
    tapbench().arg("convert").arg(input).arg(output).args(options).output().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn rows(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn samples(rows: &[Value]) -> Vec<Sample> {
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
pub fn imported(path: &Path, options: &[&str], exit: i32) -> (Vec<Value>, Vec<Sample>) {
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
