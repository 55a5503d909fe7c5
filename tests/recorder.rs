//! A recording survives: a kill costs at most its last line, a full disk keeps what was written,
//! Ctrl-C and the end of the source close it cleanly, and what is replayed is what was recorded.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/recordings.rs"]
mod recordings;
mod support;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::{Child, ExitStatus};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recordings::*;
use support::{tapbench, until};

fn record(out: &Path, source: &str) -> Command {
    let mut command = tapbench();
    command.arg("record").arg(out).args(["--source", source]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn replay_of(path: &Path) -> String {
    format!("replay:{}", path.display())
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

#[cfg(unix)]
fn ended(mut child: Child) -> ExitStatus {
    let mut status = None;
    until("the end of the process", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

fn events(path: &Path) -> String {
    let output = tapbench().arg("replay").arg(path).args(["--format", "jsonl"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The recording as the tool writes it again: with its own name in the header.
fn with_tool(text: &str) -> String {
    let tool = format!(",\"tool\":\"tapbench {}\"}}", env!("CARGO_PKG_VERSION"));
    text.replacen(HEADER, &format!("{}{tool}", &HEADER[..HEADER.len() - 1]), 1)
}

/// Whether every line of these files is JSON for a reader that is not ours.
fn read_by_python(paths: &[PathBuf]) {
    let script = "import json,sys\nfor p in sys.argv[1:]:\n for l in open(p,encoding='utf-8',newline='\\n'): json.loads(l)";
    let has_python = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    if has_python {
        let output = Command::new("python3").arg("-c").arg(script).args(paths).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        return;
    }
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().for_each(|l| drop(serde_json::from_str::<serde_json::Value>(l).unwrap()));
    }
}

/// Kills the recorder once its file has `bytes`, and returns what it left.
fn killed_at(bytes: u64, out: &Path, mut command: Command, input: Option<&str>) -> Vec<u8> {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take();
    let input = input.unwrap_or_default().as_bytes().to_vec();
    let feeder = std::thread::spawn(move || {
        // Stays open until the recorder is gone: its end must not be what ends it.
        let mut stdin = stdin;
        let _ = stdin.as_mut().map(|stdin| stdin.write_all(&input));
        stdin
    });
    until("the recording's growth", || {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the recorder ended by itself: {ended:?}");
        size(out) >= bytes
    });
    child.kill().unwrap();
    child.wait().unwrap();
    drop(feeder.join().unwrap());
    std::fs::read(out).unwrap()
}

/// What is left is the beginning of `whole`, and a repair keeps all of its whole lines.
fn survives(left: &[u8], whole: &str, bytes: usize, repaired: &Path) {
    assert!(left.len() >= bytes);
    assert!(whole.as_bytes().starts_with(left), "not a beginning of what was sent");
    let lines = left.iter().filter(|b| **b == b'\n').count() as u64;
    let mut clean = Vec::new();
    let found = tapbench::recording::repair(left, &mut clean, &HashSet::new()).unwrap();
    assert_eq!((found.rows + 1, found.lost_something()), (lines, false));
    std::fs::File::create(repaired).unwrap().write_all(&clean).unwrap();
}

#[test]
fn a_kill_at_any_moment_costs_at_most_the_last_line() {
    let folder = Folder::new();
    let mut dice = Dice(7);
    let mut clean = Vec::new();
    let text = format!("{HEADER}\n{}", rows(300, 1000));
    let whole = with_tool(&text);
    for round in 0..180 {
        let (out, bytes) = (folder.path(&format!("{round}")), 1 + dice.roll(whole.len()));
        let left = killed_at(bytes as u64, &out, record(&out, "replay:-"), Some(&text));
        clean.push(folder.path(&format!("{round}.clean")));
        survives(&left, &whole, bytes, clean.last().unwrap());
    }
    // It is played for a minute, so that it never ends by itself.
    let text = text + &row(60_000_000, -50);
    let (file, whole) = (folder.file("in.rssi.jsonl", &text), with_tool(&text));
    for round in 180..200 {
        let (out, bytes) = (folder.path(&format!("{round}")), 1 + dice.roll(whole.len() / 2));
        let left = killed_at(bytes as u64, &out, record(&out, &replay_of(&file)), None);
        clean.push(folder.path(&format!("{round}.clean")));
        survives(&left, &whole, bytes, clean.last().unwrap());
    }
    read_by_python(&clean);
}

#[test]
fn a_killed_recording_is_repaired_and_replayed_by_the_commands() {
    let folder = Folder::new();
    let text = session(20_000);
    let out = folder.path("a.rssi.jsonl");
    let left = killed_at(3000, &out, record(&out, "replay:-"), Some(&text));
    folder.file("a.rssi.jsonl", &left[..left.len() - 7]);
    let output = tapbench().arg("repair").arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let repaired = folder.path("a.repaired.rssi.jsonl");
    read_by_python(std::slice::from_ref(&repaired));
    assert!(events(&repaired).contains("\"summary\""));
}

#[test]
fn a_recorded_replay_is_the_recording_but_for_the_tool() {
    let folder = Folder::new();
    let text = session(20_000);
    let original = folder.file("original.rssi.jsonl", &text);
    let copy = folder.path("copy.rssi.jsonl");
    let output = fed(&mut record(&copy, "replay:-"), text.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("all bands are kept"));
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), with_tool(&text));
    assert_eq!(events(&copy), events(&original));
}

#[test]
fn a_file_plays_at_its_recorded_pace() {
    let folder = Folder::new();
    let text = session(100);
    let original = folder.file("original.rssi.jsonl", &text);
    let compressed = folder.file("c.rssi.jsonl.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    for source in [&original, &compressed] {
        let copy = folder.path("copy.rssi.jsonl");
        let start = Instant::now();
        let output = record(&copy, &replay_of(source)).args(["--force", "--all"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(start.elapsed() >= Duration::from_micros(200_000));
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), with_tool(&text));
        assert!(!stderr(&output).contains("all bands"));
    }
}

#[test]
fn the_duration_ends_it_and_counts_silence() {
    let folder = Folder::new();
    let text = format!("{HEADER}\n{}{}", rows(10, 1000), row(60_000_000, -50));
    let (original, out) = (folder.file("in.rssi.jsonl", text), folder.path("out"));
    let output = record(&out, &replay_of(&original)).args(["--duration", "0.3s"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let written = std::fs::read_to_string(&out).unwrap();
    assert!(written.ends_with("\n{\"t_us\":300000,\"end\":true,\"samples\":10}\n"), "{written}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_closes_the_recording() {
    let folder = Folder::new();
    let text = format!("{HEADER}\n{}", rows(50, 1000));
    let out = folder.path("out");
    let mut child = record(&out, "replay:-").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    let whole = with_tool(&text);
    until("all rows", || size(&out) == whole.len() as u64);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(ended(child).code(), Some(0));
    drop(stdin);
    let end = "{\"t_us\":49000,\"end\":true,\"samples\":50}\n";
    assert_eq!(std::fs::read_to_string(&out).unwrap(), whole + end);
}

#[cfg(unix)]
#[test]
fn a_full_disk_keeps_what_was_written_and_says_so() {
    let folder = Folder::new();
    let text = format!("{HEADER}\n{}", rows(2000, 10));
    let out = folder.path("out");
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} record {} --source replay:-",
        env!("CARGO_BIN_EXE_tapbench"),
        out.display()
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = fed(&mut shell, text.as_bytes());
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains(&out.display().to_string()) && said.contains("try: "), "{said}");
    let left = std::fs::read(&out).unwrap();
    assert!(left.len() >= 32 << 10);
    assert!(with_tool(&text).as_bytes().starts_with(&left));
}

#[test]
fn a_source_that_breaks_in_the_middle_is_lost_and_the_rest_kept() {
    let folder = Folder::new();
    let text = format!("{HEADER}\n{}nonsense\n{}", rows(5, 10), row(100, -50));
    let (file, out) = (folder.file("in.rssi.jsonl", text), folder.path("out"));
    let output = record(&out, &replay_of(&file)).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("line 7"), "{}", stderr(&output));
    let written = std::fs::read_to_string(&out).unwrap();
    let tail = "{\"t_us\":40,\"source\":\"b1\",\"source_event\":\"lost\"}\n{\"t_us\":40,\"end\":true,\"samples\":5}\n";
    assert!(written.ends_with(tail), "{written}");
}

#[test]
fn what_cannot_be_opened_exits_4_and_writes_nothing() {
    let folder = Folder::new();
    let out = folder.path("out");
    let bad = folder.file("bad", "no header\n");
    let missing = replay_of(&folder.path("missing"));
    for source in ["auto", "bluegiga:COM3", &missing, &replay_of(&bad)] {
        let output = record(&out, source).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{source}: {}", stderr(&output));
        assert!(!out.exists());
    }
    let nothing_said = tapbench().arg("record").arg(&out).output().unwrap();
    assert_eq!(nothing_said.status.code(), Some(4));
    assert_eq!(fed(&mut record(&out, "replay:-"), b"").status.code(), Some(4));
}

#[test]
fn wrong_usage_exits_2_and_touches_nothing() {
    let folder = Folder::new();
    let file = folder.file("in.rssi.jsonl", session(10));
    let source = replay_of(&file);
    let there = folder.file("there", "mine");
    let new = folder.path("new");
    let zst = folder.path("new.rssi.jsonl.zst");
    let band = "C6:05:04:03:02:01";
    for (out, options) in [
        (&there, vec![]),
        (&file, vec!["--force"]),
        (&zst, vec![]),
        (&new, vec!["--duration", "60"]),
        (&new, vec!["--band", "nobody"]),
        (&new, vec!["--band", band, "--all"]),
        (&new, vec!["--as", "left"]),
        (&new, vec!["--as", "two words", "--band", band]),
        (&new, vec!["--as", "left", "--band", band, "--band", "~x"]),
        (&new, vec!["--source", "usb"]),
        (&new, vec!["--source", "simulated:no-such-walk"]),
    ] {
        let output = record(out, &source).args(&options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {}", stderr(&output));
    }
    // Before anything is opened or looked for: what is not there would exit 4.
    for source in ["auto", "os", "bleuio:COM77", "replay:nowhere"] {
        let output = record(&there, source).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{source}: {}", stderr(&output));
        assert!(stderr(&output).contains("exists") && stderr(&output).contains("--force"), "{source}");
        let output = record(&folder.path("no-folder").join("out"), source).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{source}: {}", stderr(&output));
    }
    assert!(!new.exists() && !zst.exists());
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), session(10));
}

#[test]
fn chosen_bands_are_kept_under_their_name_and_the_rest_counted() {
    let folder = Folder::new();
    let other = row(15, -50).replace("C6:05", "C7:05");
    let text = format!("{HEADER}\n{}{other}", rows(2, 10));
    let out = folder.path("out");
    let options = ["--band", "c6:05:04:03:02:01", "--as", "left"];
    let output = fed(record(&out, "replay:-").args(options), text.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("other bands left out: 1"), "{}", stderr(&output));
    let written = std::fs::read_to_string(&out).unwrap();
    let first =
        "{\"t_us\":0,\"source\":\"b1\",\"band\":\"~left\",\"addr\":\"C6:05:04:03:02:01\",\"rssi\":-30}";
    assert_eq!(written.lines().nth(1), Some(first));
    assert_eq!(written.lines().last(), Some("{\"t_us\":10,\"end\":true,\"samples\":2}"));
}

#[test]
fn two_sources_are_merged_in_order_without_clashes() {
    let folder = Folder::new();
    let file = folder.file("in.rssi.jsonl", session(1000));
    let out = folder.path("out");
    let output = record(&out, &replay_of(&file)).args(["--source", &replay_of(&file)]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("moved up"), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(events(&out).lines().last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["samples"], 200);
    assert_eq!(summary["summary"]["bands"], 2);
    assert_eq!(summary["summary"]["segments"]["tap"]["count"], 2);
}

/// Band 1 taps at the left terminal between 2 and 3.5 s.
#[test]
fn two_simulated_terminals_hear_the_same_bands_and_only_one_of_them_the_tap() {
    let folder = Folder::new();
    let out = folder.path("out");
    let mut command = record(&out, "simulated:two-terminals");
    command.args(["--source", "simulated:two-terminals-right", "--company", "0xFFFF"]);
    command.args(["--site", "Ward 3", "--operator", "Ada", "--band-authenticated", "true"]);
    let output = command.args(["--duration", "4.5s"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = std::fs::read_to_string(&out).unwrap();
    let header = text.lines().next().unwrap();
    assert!(header.contains(r#""id":"simulated-2","kind":"simulated""#), "{header}");
    assert!(header.contains(r#""not_a_nymi_band":true"#), "{header}");
    assert!(header.contains(r#""site":"Ward 3","operator":"Ada","band_authenticated":true"#), "{header}");
    let replay = |options: &[&str]| {
        let mut command = tapbench();
        command.arg("replay").arg(&out).args(["--format", "jsonl", "--dongle", "bluegiga"]).args(options);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let events = replay(&[]);
    let taps: Vec<_> = events.lines().filter(|line| line.contains(r#""event":"tap""#)).collect();
    let [tap] = taps.as_slice() else { panic!("{events}") };
    assert!(tap.contains(r#""source":"simulated-1","band":"C6:05:04:03:02:01""#), "{tap}");
    let right: serde_json::Value =
        serde_json::from_str(replay(&["--source", "simulated-2"]).lines().last().unwrap()).unwrap();
    assert_eq!((&right["summary"]["taps"], &right["summary"]["bands"]), (&0.into(), &2.into()));
}

#[test]
fn a_simulated_recording_is_the_same_whenever_it_is_made() {
    let folder = Folder::new();
    let rows = |name: &str| {
        let out = folder.path(name);
        let mut command = record(&out, "simulated:tap-session");
        let output = command.args(["--duration", "1s", "--band", "C6:05:04:03:02:02"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = std::fs::read_to_string(&out).unwrap();
        let sample = |line: &&str| line.contains("rssi\":");
        text.lines().skip(1).filter(sample).map(str::to_owned).collect::<Vec<_>>()
    };
    let (first, again) = (rows("a"), rows("b"));
    assert!(first.len() >= 8, "{first:?}");
    // The last row may come just before or just after the end.
    let both = first.len().min(again.len());
    assert_eq!(first[..both], again[..both]);
}

/// Under wine and in most containers there is none; elsewhere it may be there, and free.
#[test]
fn bluetooth_that_is_not_there_has_a_reason_and_exits_4() {
    let folder = Folder::new();
    let listed = tapbench().args(["devices", "--format", "json"]).output().unwrap();
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let adapters = listed["devices"].as_array().unwrap().iter().filter(|device| device["kind"] == "os");
    let adapters: Vec<_> = adapters.collect();
    assert!(adapters.iter().all(|one| one["caveat"].as_str().unwrap().contains("best effort")));
    assert!(adapters.iter().all(|one| one["free"] == true || one["remedy"].is_string()));
    let reason = adapters[0]["reason"].as_str().filter(|_| adapters.iter().all(|one| one["free"] == false));
    let Some(reason) = reason else { return };
    let output = record(&folder.path("out"), "os").output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    assert!(stderr(&output).contains(reason) || adapters.len() > 1, "{}", stderr(&output));
}
