//! `tapbench repair`: what a crash, a bad disk or an editor did to a recording, and that no damage
//! brings the reader down.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/recordings.rs"]
mod recordings;
mod support;

use std::collections::HashSet;
use std::path::Path;
use std::process::Output;

use recordings::*;
use support::tapbench;
use tapbench::recording::{self, Options, ReadError, Reader, RepairError};

fn repair(file: &Path, options: &[&str]) -> Output {
    tapbench().arg("repair").arg(file).args(options).output().unwrap()
}

fn recovered(t_us: usize, samples: usize) -> String {
    format!("{{\"t_us\":{t_us},\"end\":true,\"samples\":{samples},\"recovered\":true}}\n")
}

/// As `record` leaves it when it is killed; a row about a segment that is not there is any row.
#[test]
fn segments_taken_back_are_counted_with_a_warning_until_repair_takes_them_out() {
    let mark = |t_us: u32, id: u32| {
        format!("{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"tap\"}}\n")
    };
    let end = "{\"t_us\":25,\"mark\":\"end\",\"id\":1}\n";
    let taken_back = |id: u32| format!("{{\"t_us\":26,\"cancelled\":{id}}}\n");
    let folder = Folder::new();
    let [a, b] = [row(10, -50), row(20, -51)];
    let killed = folder.file(
        "killed.rssi.jsonl",
        format!(
            "{HEADER}\n{a}{}{b}{end}{}{}{}{{\"t_us\":3",
            mark(15, 1),
            mark(26, 2),
            taken_back(1),
            taken_back(9)
        ),
    );
    let count = |file: &Path| {
        let output = tapbench().arg("replay").arg(file).args(["--format", "jsonl"]).output().unwrap();
        let last: serde_json::Value =
            serde_json::from_slice(output.stdout.rsplit(|b| *b == b'\n').nth(1).unwrap()).unwrap();
        (last["summary"]["segments"]["tap"]["count"].as_u64().unwrap(), stderr(&output))
    };
    let (counted, said) = count(&killed);
    assert!(counted == 2 && said.contains("took back") && said.contains("tapbench repair"), "{said}");
    let output = repair(&killed, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("taken out: 1"), "{}", stderr(&output));
    let repaired = folder.path("killed.repaired.rssi.jsonl");
    let expected = format!("{HEADER}\n{a}{b}{}{}{}", mark(26, 2), taken_back(9), recovered(26, 2));
    assert_eq!(std::fs::read_to_string(&repaired).unwrap(), expected);
    let (counted, said) = count(&repaired);
    assert!(counted == 1 && !said.contains("took back"), "{said}");
    let named = folder.path("named");
    assert_eq!(repair(&killed, &["-o", named.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&named).unwrap(), expected);
}

/// Damages, each with what is kept of two good rows around or before it, and the exit status.
#[test]
fn each_damage_is_repaired_as_far_as_it_goes() {
    let (a, b) = (row(10, -50), row(20, -51));
    let mark = "{\"t_us\":20,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n";
    let both = format!("{a}{b}{}", recovered(20, 2));
    let huge = format!("{a}{}\n{b}", "x".repeat(3 << 20));
    let invalid: Vec<u8> = [a.as_bytes(), b"{\"t_us\":15,\"x\":\"\xff\xfe\"}\n", b.as_bytes()].concat();
    let cases: [(&str, Vec<u8>, String, i32); 10] = [
        ("torn tail", format!("{a}{b}{{\"t_us\":30,\"sou").into(), both.clone(), 0),
        ("NUL tail", format!("{a}{b}{}", "\0".repeat(4096)).into(), both.clone(), 0),
        ("not closed", format!("{a}{b}").into(), both.clone(), 0),
        ("no newline at the end", format!("{a}{}", b.trim_end()).into(), both.clone(), 0),
        ("header only", Vec::new(), recovered(0, 0), 0),
        ("bad line", format!("{a}nonsense\n{b}").into(), both.clone(), 3),
        ("invalid UTF-8", invalid, both.clone(), 3),
        ("huge line", huge.into(), both.clone(), 3),
        ("time runs backwards", format!("{a}{}{b}", row(9, -50)).into(), both, 3),
        ("ids twice", format!("{a}{b}{mark}{mark}").into(), format!("{a}{b}{mark}{}", recovered(20, 2)), 3),
    ];
    for (name, rows, kept, exit) in cases {
        let folder = Folder::new();
        let bytes = [HEADER.as_bytes(), b"\n", &rows].concat();
        let file = folder.file("ward.rssi.jsonl", &bytes);
        let output = repair(&file, &[]);
        assert_eq!(output.status.code(), Some(exit), "{name}: {}", stderr(&output));
        let clean = std::fs::read_to_string(folder.path("ward.repaired.rssi.jsonl")).unwrap();
        assert_eq!(clean, format!("{HEADER}\n{kept}"), "{name}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{name}");
        assert_eq!(repair(&folder.path("ward.repaired.rssi.jsonl"), &[]).status.code(), Some(0), "{name}");
        assert_eq!(
            stderr(&output).contains("ward.rssi.jsonl:3:"),
            exit == 3 && name != "ids twice",
            "{name}"
        );
    }
}

#[test]
fn a_whole_recording_is_only_copied_where_asked() {
    let folder = Folder::new();
    let text = session(1000).replace('\n', "\r\n");
    let file = folder.file("a.rssi.jsonl", format!("\u{feff}{text}"));
    let output = repair(&file, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("nothing to repair"));
    assert!(!folder.path("a.repaired.rssi.jsonl").exists());
    let out = folder.path("out");
    let to_out = ["-o", out.to_str().unwrap()];
    assert_eq!(repair(&file, &to_out).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), text);
    assert_eq!(repair(&file, &to_out).status.code(), Some(2), "exists");
    assert_eq!(repair(&file, &[&to_out[..], &["--force"]].concat()).status.code(), Some(0));
}

#[test]
fn without_a_header_there_is_no_recording() {
    let folder = Folder::new();
    for text in ["", "{\"rssi_rec", "{\"rssi_recording\":2}\n", "{\"t_us\":1}\n"] {
        let output = repair(&folder.file("a.rssi.jsonl", text), &[]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(!folder.path("a.repaired.rssi.jsonl").exists());
    }
    assert_eq!(repair(&folder.path("missing"), &[]).status.code(), Some(2));
    assert_eq!(repair(Path::new("-"), &[]).status.code(), Some(2));
}

#[test]
fn compressed_recordings_go_in_and_out() {
    let folder = Folder::new();
    let text = format!("{HEADER}\n{}", rows(20_000, 37));
    let whole = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let (plain, cut) = (folder.path("plain"), folder.path("cut.rssi.jsonl.zst"));
    let zst = folder.path("clean.rssi.jsonl.zst");
    let file = folder.file("a.rssi.jsonl.zst", &whole);
    assert_eq!(repair(&file, &["-o", plain.to_str().unwrap()]).status.code(), Some(0));
    assert_eq!(repair(&file, &["-o", zst.to_str().unwrap()]).status.code(), Some(0));
    let clean = std::fs::read(&plain).unwrap();
    assert!(clean.starts_with(text.as_bytes()));
    assert_eq!(zstd::decode_all(&std::fs::read(&zst).unwrap()[..]).unwrap(), clean);
    folder.file("cut.rssi.jsonl.zst", &whole[..whole.len() / 2]);
    let output = repair(&cut, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("breaks off after line"));
    let rescued = std::fs::read_to_string(folder.path("cut.repaired.rssi.jsonl")).unwrap();
    let rows = rescued.lines().count() - 2;
    assert!(rows > 1000 && text.starts_with(rescued.rsplit_once("{\"t_us\"").unwrap().0), "{rows}");
}

#[test]
fn a_pattern_repairs_each_and_names_the_bad() {
    let folder = Folder::new();
    folder.file("a.rssi.jsonl", format!("{HEADER}\n{}", row(1, -50)));
    folder.file("b.rssi.jsonl", "no header");
    let output = repair(&folder.path("*.rssi.jsonl"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.path("a.repaired.rssi.jsonl").exists());
    assert!(stderr(&output).contains("b.rssi.jsonl: line 1"));
}

#[test]
fn a_repaired_copy_takes_the_place_of_what_it_was_made_from() {
    let folder = Folder::new();
    let torn = folder.file("w.rssi.jsonl", format!("{HEADER}\n{}nonsense\n{}", row(1, -50), row(2, -50)));
    let copy = folder.path("w.repaired.rssi.jsonl");
    let samples = |of: &[&Path]| {
        let output = tapbench().args(["replay", "--format", "jsonl"]).args(of).output().unwrap();
        let last = String::from_utf8(output.stdout.clone()).unwrap();
        let last: Option<serde_json::Value> = last.lines().last().map(|l| serde_json::from_str(l).unwrap());
        (output.status.code(), last.and_then(|l| l["summary"]["samples"].as_u64()), stderr(&output))
    };
    let pattern = folder.path("*.rssi.jsonl");
    for all in [folder.root(), &pattern] {
        let expected = if copy.exists() { 0 } else { 3 };
        assert_eq!(repair(all, &[]).status.code(), Some(expected));
        let (code, count, said) = samples(&[all]);
        assert_eq!((code, count), (Some(0), Some(2)), "{said}");
        assert!(said.contains("w.rssi.jsonl: left out") && said.contains("w.repaired.rssi.jsonl"), "{said}");
        let again = repair(all, &[]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        assert!(stderr(&again).contains("has its repaired copy already"), "{}", stderr(&again));
        assert!(!folder.path("w.repaired.repaired.rssi.jsonl").exists());
    }
    assert_eq!(samples(&[&torn]).0, Some(2), "what is named is taken");
    let (_, _, said) = samples(&[&torn, &copy]);
    assert!(said.contains("both are counted"), "{said}");
    assert_eq!(repair(folder.root(), &["--force"]).status.code(), Some(3));
    assert_eq!(repair(&torn, &[]).status.code(), Some(2), "exists");
    assert_eq!(repair(folder.root(), &["-o", folder.path("x").to_str().unwrap()]).status.code(), Some(2));
    // One that is called so, but is not there to its end, stands for nothing.
    folder.file("w.rssi.jsonl", format!("{HEADER}\n{}", row(1, -50)));
    folder.file("w.repaired.rssi.jsonl", "");
    let (code, count, said) = samples(&[folder.root()]);
    assert!((code, count) == (Some(2), Some(1)) && !said.contains("left out"), "{said}");
}

/// One damage, at a place of the dice's choosing.
fn damaged(text: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len());
        match dice.roll(6) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << dice.roll(8),
            2 => {
                let end = (at + dice.roll(600)).min(bytes.len());
                bytes[at..end].fill(0);
            }
            3 => {
                let mut lines: Vec<_> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (dice.roll(lines.len()), dice.roll(lines.len()));
                lines.swap(a, b);
                bytes = lines.concat();
            }
            4 if dice.roll(40) == 0 => drop(bytes.splice(at..at, vec![b'7'; 3 << 20])),
            _ => bytes.insert(at, b"{}[],:\"\\\n-0eE\xff\x80"[dice.roll(15)]),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Rows kept and lines skipped; none where the header is gone.
fn read_lenient(bytes: &[u8]) -> Option<(u64, u64, bool)> {
    let mut reader = Reader::new(bytes, Options { lenient: true, ..Options::default() }).ok()?;
    let mut rows = 0;
    while reader.next_row().unwrap().is_some() {
        rows += 1;
    }
    Some((rows, reader.skipped(), reader.torn()))
}

/// Rows before the first bad line.
fn read_strict(bytes: &[u8]) -> Option<(u64, bool)> {
    let mut reader = Reader::new(bytes, Options::default()).ok()?;
    let mut rows = 0;
    loop {
        match reader.next_row() {
            Ok(Some(_)) => rows += 1,
            Ok(None) => return Some((rows, true)),
            Err(ReadError::Line(_)) => return Some((rows, false)),
            Err(_) => return None,
        }
    }
}

#[test]
fn ten_thousand_damaged_recordings_lose_no_line_unseen() {
    let text = session(20_000);
    let mut dice = Dice(42);
    for _ in 0..10_000 {
        let bytes = damaged(text.as_bytes(), &mut dice);
        let mut clean = Vec::new();
        let found = match recording::repair(&bytes[..], &mut clean, &HashSet::new()) {
            Ok(found) => found,
            Err(RepairError::Header(_)) => {
                assert_eq!((read_lenient(&bytes), read_strict(&bytes)), (None, None));
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(read_lenient(&bytes), Some((found.rows, found.skipped, found.torn)));
        let lines = bytes.split_inclusive(|b| *b == b'\n').count() as u64;
        assert_eq!(1 + found.rows + found.skipped + u64::from(found.torn), lines);
        let (rows, to_the_end) = read_strict(&bytes).unwrap();
        assert!(rows <= found.rows && to_the_end == (found.skipped == 0));
        let all = found.rows + u64::from(found.closed);
        assert_eq!(read_strict(&clean), Some((all, true)));
        assert!(clean.len() <= bytes.len() + 100);
    }
}

#[test]
fn rows_without_strength_are_kept_and_are_no_samples() {
    let folder = Folder::new();
    let file = folder.file("a.rssi.jsonl", format!("{HEADER}\n{}{}", row(1, -50), row(2, 127)));
    assert_eq!(repair(&file, &[]).status.code(), Some(0));
    let clean = std::fs::read_to_string(folder.path("a.repaired.rssi.jsonl")).unwrap();
    assert!(clean.ends_with(&format!("{}{}", row(2, 127), recovered(2, 1))));
}
