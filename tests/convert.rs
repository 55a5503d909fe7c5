//! The promise: `convert` reads and writes what its options say, and an import that fails leaves
//! nothing half behind.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "inputs of tests need not be written atomically")]

#[path = "support/converted.rs"]
mod converted;
mod support;

use std::fs;
use std::io::Write;
use std::process::Stdio;

use converted::{Sample, convert, imported, rows, samples, stderr};
use support::tapbench;

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
