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

const NFC_RECORDING: &str = r#"{"rssi_recording":1,"sources":[{"id":"nfc-1","kind":"nfc","uid_salt":"00ff"},{"id":"nfc-2","kind":"nfc"}],"uid_salt":"11ee"}
{"t_us":1,"source":"nfc-1","nfc":"inserted","atr":"3B80800101","uid":"hmac:5d0c"}
{"t_us":2,"source":"nfc-1","nfc":"read","uid":"0102030A","read_ms":4}
{"t_us":3,"source":"nfc-2","nfc":"read","uid":"0102030a","read_ms":5}
{"t_us":4,"source":"nfc-2","nfc":"read","uid":"hmac:5d0c","later":{"uid":77777}}
"#;

#[test]
fn pseudonyms_leave_no_uid_and_no_salt() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.rssi.jsonl"), NFC_RECORDING).unwrap();
    for to in ["a.rssi.jsonl", "b.rssi.jsonl"] {
        let output = convert(&path("in.rssi.jsonl"), &path(to), &["--pseudonymize"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let (a, b) = (rows(&path("a.rssi.jsonl")), rows(&path("b.rssi.jsonl")));
    let text = fs::read_to_string(path("a.rssi.jsonl")).unwrap();
    // By chance a pseudonym's own digits may hold any of what is looked for.
    let mut pseudonyms: Vec<&str> = a[1..].iter().map(|row| row["uid"].as_str().unwrap()).collect();
    pseudonyms.push(a[4]["later"]["uid"].as_str().unwrap());
    assert!(pseudonyms.iter().all(|one| one.len() == 17), "nothing but the digits of a hash: {text}");
    let rest = pseudonyms.iter().fold(text.clone(), |text, one| text.replace(one, "~"));
    for left in ["uid_salt", "00ff", "11ee", "hmac", "5d0c", "010203", "77777"] {
        assert!(!rest.contains(left), "{left} in {text}");
    }
    assert_eq!((&a[1]["uid"], &a[2]["uid"]), (&a[4]["uid"], &a[3]["uid"]), "one for each");
    assert_ne!(a[1]["uid"], a[2]["uid"]);
    assert_ne!(a[1]["uid"], b[1]["uid"], "not to be computed");
    assert!(pseudonyms.iter().all(|one| one.starts_with('~')), "{text}");
    assert_eq!((&a[2]["read_ms"], &a[0]["sources"][0]["id"]), (&4.into(), &"nfc-1".into()));
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
fn rows_without_an_address_or_a_possible_rssi_are_a_loss_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    fs::write(&input, "time,rssi,mac\n0,-61,c6:05:04:03:02:01\n1,-200,c6:05:04:03:02:01\n2,-60,\n").unwrap();
    let output = convert(&input, &folder.path().join("out.rssi.jsonl"), &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for words in ["line 3, column 2: \"-200\"", "line 4, column 3: there is no address", "2 lines"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let help = tapbench().args(["convert", "--help"]).output().unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("no possible RSSI"));
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
