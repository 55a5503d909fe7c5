//! The promise: `--check`, its limits and `--baseline` give the exit status that CI needs, and say
//! which segment failed; JUnit says the same.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod support;

use support::{Folder, Ran};

const HEADER: &str = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"d\",\"kind\":\"bluegiga\"}]}\n";

/// A recording from `T begin ID INTENT`, `T end ID` and `T RSSI`, in seconds.
fn recording(rows: &str) -> String {
    let mut text = HEADER.to_owned();
    for row in rows.lines().map(str::trim).filter(|r| !r.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let t_us = words[0].parse::<i64>().expect("seconds") * 1_000_000;
        text += &match words[1..] {
            ["begin", id, intent] => {
                format!("{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\"}}\n")
            }
            ["end", id] => format!("{{\"t_us\":{t_us},\"mark\":\"end\",\"id\":{id}}}\n"),
            [rssi] => format!("{{\"t_us\":{t_us},\"band\":\"~a\",\"rssi\":{rssi}}}\n"),
            _ => panic!("{row}"),
        };
    }
    text
}

const HIT: &str = "1 begin 1 tap
                   2 -40
                   3 end 1";
const MISSED: &str = "1 begin 1 tap
                      2 -50
                      3 end 1";
const DOUBLE: &str = "1 begin 1 tap
                      2 -40
                      3 -50
                      4 -40
                      5 end 1";
const TWO_FALSE: &str = "1 begin 1 no_tap
                         2 -40
                         3 -50
                         4 -40
                         5 end 1";
const STAYED: &str = "0 -60
                      1 begin 1 stay
                      5 -75
                      9 end 1";
const NOT_STAYED: &str = "0 -60
                          1 begin 1 stay
                          5 -83
                          9 end 1";
const LEFT: &str = "0 begin 1 leave
                    1 -90
                    12 end 1";
/// The lock falls at the very end, which is no longer in the segment.
const LEFT_LATE: &str = "0 begin 1 leave
                         1 -90
                         11 end 1";
const RETURNED: &str = "0 -90
                        20 begin 1 return
                        21 -60
                        22 end 1";
const NOT_RETURNED: &str = "0 -90
                            20 begin 1 return
                            21 -75
                            22 end 1";
const NOTE: &str = "0 begin 1 note
                    1 -40";

fn replay(rows: &str, options: &str) -> Ran {
    let folder = Folder::with("a.rssi.jsonl", recording(rows));
    run(&folder, &format!("a.rssi.jsonl {options}"))
}

fn run(folder: &Folder, arguments: &str) -> Ran {
    folder.run(&format!("replay {arguments} --set rssi_window_tap=1 --set rssi_window_long=1"))
}

#[test]
fn check_exits_1_unless_every_demand_holds() {
    for (rows, code) in [
        (HIT, 0),
        (MISSED, 1),
        (DOUBLE, 1),
        (TWO_FALSE, 1),
        (STAYED, 0),
        (NOT_STAYED, 1),
        (LEFT, 0),
        (LEFT_LATE, 1),
        (RETURNED, 0),
        (NOT_RETURNED, 1),
    ] {
        for format in ["table", "jsonl", "junit"] {
            let ran = replay(rows, &format!("--check --format {format}"));
            assert_eq!(ran.code, code, "{rows}: {ran:?}");
            assert_eq!(ran.stderr.contains("a.rssi.jsonl: segment 1"), code == 1, "{rows}: {}", ran.stderr);
        }
        assert_eq!(replay(rows, "").code, 0, "not checked: {rows}");
    }
}

#[test]
fn a_segment_without_end_lasts_through_the_last_row() {
    let unending = |rows: &str| replay(&rows.replace("\n                   3 end 1", ""), "--check").code;
    assert_eq!(unending(HIT), 0);
    // The lock falls due at the last row's instant.
    assert_eq!(replay("0 begin 1 leave\n1 -90\n11 -90", "--check").code, 0);
    assert_eq!(replay("0 begin 1 leave\n1 -90\n10 -90", "--check").code, 1);
}

#[test]
fn the_summary_counts_each_demand() {
    let count = |rows| replay(rows, "--format jsonl").summary().to_owned();
    for (rows, counted) in [
        (HIT, r#""tap":{"count":1,"hit":1,"missed":0,"double":0}"#),
        (MISSED, r#""tap":{"count":1,"hit":0,"missed":1,"double":0}"#),
        (DOUBLE, r#""tap":{"count":1,"hit":1,"missed":0,"double":1}"#),
        (TWO_FALSE, r#""no_tap":{"count":1,"false_taps":2}"#),
        (STAYED, r#""stay":{"count":1,"failed":0}"#),
        (NOT_STAYED, r#""stay":{"count":1,"failed":1}"#),
        (LEFT, r#""leave":{"count":1,"failed":0}"#),
        (LEFT_LATE, r#""leave":{"count":1,"failed":1}"#),
        (RETURNED, r#""return":{"count":1,"failed":0}"#),
        (NOT_RETURNED, r#""return":{"count":1,"failed":1}"#),
    ] {
        assert!(count(rows).contains(counted), "{rows}: {}", count(rows));
    }
}

#[test]
fn limits_tolerate_so_many_misses_and_false_taps() {
    assert_eq!(replay(MISSED, "--check --max-missed 1").code, 0);
    assert_eq!(replay(MISSED, "--check --max-missed 0").code, 1);
    assert_eq!(replay(TWO_FALSE, "--check --max-false 2").code, 0);
    assert_eq!(replay(TWO_FALSE, "--check --max-false 1").code, 1);
    assert_eq!(replay(TWO_FALSE, "--check --max-missed 9").code, 1);
}

#[test]
fn check_without_a_demand_is_wrong_usage_unless_allowed() {
    for rows in [NOTE, "0 -40"] {
        let ran = replay(rows, "--check");
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("--allow-unlabelled"), "{}", ran.stderr);
        assert_eq!(replay(rows, "--check --allow-unlabelled").code, 0);
    }
}

#[test]
fn exit_2_comes_before_1_and_1_before_3() {
    let folder = Folder::with("missed.rssi.jsonl", recording(MISSED));
    folder.write("hit.rssi.jsonl", recording(HIT));
    folder.write("bad.rssi.jsonl", recording(HIT) + "{}\n");
    folder.write("torn.rssi.jsonl", recording(HIT) + "{\"t_");
    for (arguments, code) in [
        ("missed.rssi.jsonl bad.rssi.jsonl --check", 2),
        ("bad.rssi.jsonl missed.rssi.jsonl --check", 2),
        ("missed.rssi.jsonl bad.rssi.jsonl --check --lenient", 1),
        ("hit.rssi.jsonl bad.rssi.jsonl --check --lenient", 3),
        ("hit.rssi.jsonl torn.rssi.jsonl --check", 0),
        ("missed.rssi.jsonl torn.rssi.jsonl --check", 1),
        ("hit.rssi.jsonl gone.rssi.jsonl --check", 2),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!(ran.code, code, "{arguments}: {ran:?}");
    }
}

#[test]
fn a_baseline_fails_only_on_what_is_worse_and_names_it() {
    let folder = Folder::with(
        "a.rssi.jsonl",
        recording(&format!("{MISSED}\n5 -60\n10 begin 2 tap\n11 -40\n12 end 2")),
    );
    let with_baseline = "a.rssi.jsonl --baseline base.json";
    assert_eq!(run(&folder, with_baseline).code, 2, "no such baseline");
    assert_eq!(run(&folder, &format!("{with_baseline} --update-baseline")).code, 0);
    let first = folder.read("base.json");

    // As before: segment 1 still misses.
    let same = run(&folder, with_baseline);
    assert_eq!((same.code, same.stderr.as_str()), (0, ""));
    assert_eq!(run(&folder, &format!("./{with_baseline}")).code, 0, "the same file by another name");
    // Better.
    assert_eq!(run(&folder, &format!("{with_baseline} --set rssi_tap_threshold=-51")).code, 0);
    // Worse: segment 2 misses too.
    let worse = run(&folder, &format!("{with_baseline} --set rssi_tap_threshold=-30"));
    assert_eq!(worse.code, 1);
    assert!(worse.stderr.contains("segment 2") && !worse.stderr.contains("segment 1"), "{}", worse.stderr);
    // New: a segment that the baseline does not know must hold.
    folder.write(
        "a.rssi.jsonl",
        recording(&format!("{HIT}\n10 begin 2 tap\n11 -50\n12 end 2\n13 begin 7 tap\n14 -50")),
    );
    let new = run(&folder, with_baseline);
    assert_eq!(new.code, 1);
    assert!(new.stderr.contains("segment 2") && new.stderr.contains("segment 7"), "{}", new.stderr);

    assert_eq!(folder.read("base.json"), first, "a replay alone leaves the baseline as it is");
    assert_eq!(run(&folder, &format!("{with_baseline} --update-baseline")).code, 0);
    assert_eq!(run(&folder, with_baseline).code, 0);
}

#[test]
fn a_baseline_serves_other_folders_than_the_one_it_was_made_in() {
    let folder = Folder::with("qa/traces/a.rssi.jsonl", recording(MISSED));
    let verdict = |from: &str, arguments: &str| {
        let mut command = support::tapbench();
        command.arg("replay").args(arguments.split_whitespace()).current_dir(folder.path().join(from));
        command.args(["--set", "rssi_window_tap=1", "--set", "rssi_window_long=1"]);
        let output = command.output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("an exit status");
        Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    assert_eq!(verdict("qa", "traces --baseline base.json --update-baseline").code, 0);
    let elsewhere = verdict(".", "qa/traces --baseline qa/base.json");
    let says = "qa/base.json: qa/traces/a.rssi.jsonl is held against its traces/a.rssi.jsonl\n";
    assert_eq!((elsewhere.code, elsewhere.stderr.as_str()), (0, says), "{elsewhere:?}");
    let below = verdict("qa/traces", "a.rssi.jsonl --baseline ../base.json");
    assert_eq!(below.code, 0, "{below:?}");
    // What is taken in from there takes the place of nothing: it could be another recording.
    let first = folder.read("qa/base.json");
    assert_eq!(verdict(".", "qa/traces --baseline qa/base.json --update-baseline").code, 0);
    let both = folder.read("qa/base.json");
    assert!(
        both.contains("\"traces/a.rssi.jsonl\"") && both.contains("\"qa/traces/a.rssi.jsonl\""),
        "{both}"
    );
    folder.write("qa/base.json", first);

    folder.write("b.rssi.jsonl", recording(MISSED));
    let strange = verdict(".", "b.rssi.jsonl --baseline qa/base.json");
    assert_eq!(strange.code, 1);
    let says =
        "it does not know b.rssi.jsonl, but knows traces/a.rssi.jsonl, for example: name recordings by";
    assert!(strange.stderr.contains(says), "{}", strange.stderr);
}

#[test]
fn a_baseline_with_nothing_left_to_judge_does_not_pass() {
    let folder = Folder::with("a.rssi.jsonl", recording(HIT));
    assert_eq!(run(&folder, "a.rssi.jsonl --baseline base.json --update-baseline").code, 0);
    folder.write("a.rssi.jsonl", recording("1 -40"));
    let ran = run(&folder, "a.rssi.jsonl --baseline base.json");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("nothing to check"), "{ran:?}");
    assert_eq!(run(&folder, "a.rssi.jsonl --baseline base.json --allow-unlabelled").code, 0);
}

#[test]
fn what_did_not_hold_is_named_even_when_quiet() {
    let folder = Folder::with("a.rssi.jsonl", recording(MISSED));
    folder.write("base.json", "{\"tapbench_baseline\":1,\"recordings\":{}}");
    for options in ["--check", "--baseline base.json"] {
        let ran = run(&folder, &format!("a.rssi.jsonl -q {options}"));
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains("segment 1"), "{ran:?}");
    }
}

#[test]
fn a_file_that_is_no_baseline_is_wrong_input_and_stays() {
    let folder = Folder::with("a.rssi.jsonl", recording(HIT));
    folder.write("base.json", "[1]");
    for options in ["", " --update-baseline"] {
        let ran = run(&folder, &format!("a.rssi.jsonl --baseline base.json{options}"));
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("base.json"), "{}", ran.stderr);
        assert_eq!(folder.read("base.json"), "[1]");
    }
}

#[test]
fn with_gate_return_segments_are_not_judged() {
    let folder = Folder::with("a.rssi.jsonl", recording(&format!("{RETURNED}\n30 begin 2 tap\n31 -40")));
    folder.write("gate.toml", "[model]\nunlock_rule = \"gate\"\n");
    let ran = run(&folder, "a.rssi.jsonl --model gate.toml --check --format jsonl");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("\"event\":\"unlocked\""));
    assert!(ran.summary().contains(r#""unlock_rule":"gate""#));
    let table = run(&folder, "a.rssi.jsonl --model gate.toml").stdout;
    assert!(table.contains("return: 1 not judged") && !table.contains("held"), "{table}");
}

#[test]
fn with_a_policy_that_never_unlocks_return_fails() {
    let folder = Folder::with("a.rssi.jsonl", recording(RETURNED));
    folder.write("policy.toml", "[policy]\nunlock_when_present = false\n");
    let ran = run(&folder, "a.rssi.jsonl --model policy.toml --check --format jsonl");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.summary().ends_with(
        r#""policy":{"lock_when_away":true,"unlock_when_present":false,"keep_unlocked_when_present":true}}}"#
    ));
}

#[test]
fn junit_is_well_formed_and_tells_failed_from_passed() {
    let folder = Folder::with(
        "a&'b.rssi.jsonl",
        recording(&format!("{MISSED}\n10 begin 2 tap\n11 -40\n12 end 2\n13 begin 3 note")),
    );
    folder.write("b.rssi.jsonl", "nonsense \u{1}<>&\n");
    let ran = run(&folder, ". --format junit --check");
    assert_eq!(ran.code, 2, "{ran:?}");
    const COUNT: &str = "import sys, xml.etree.ElementTree as e
root = e.fromstring(sys.stdin.buffer.read())
print(*(len(list(root.iter(tag))) for tag in ('testsuite', 'testcase', 'failure', 'error')))";
    let python = std::process::Command::new("python3")
        .args(["-c", COUNT])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        println!("skipped: no python3 to parse the XML with");
        return;
    };
    std::io::Write::write_all(&mut python.stdin.take().expect("stdin"), ran.stdout.as_bytes())
        .expect("written");
    let counted = python.wait_with_output().expect("python3 ends");
    let counted = String::from_utf8_lossy(&counted.stdout);
    let [suites, cases, failures, errors] = counted.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("not well-formed: {counted}\n{}", ran.stdout)
    };
    assert_eq!((suites, failures, errors), ("2", "1", "1"), "{}", ran.stdout);
    assert!(cases.parse::<u32>().expect("a number") >= 3, "{}", ran.stdout);
}

#[test]
fn what_a_baseline_knows_is_no_failure_in_junit() {
    let folder = Folder::with(
        "a.rssi.jsonl",
        "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b\",\"kind\":\"bluegiga\"}]}\n\
         {\"t_us\":0,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n{\"t_us\":9,\"mark\":\"end\",\"id\":1}\n",
    );
    assert_eq!(folder.run("replay a.rssi.jsonl --baseline base.json --update-baseline").code, 0);
    let known = folder.run("replay a.rssi.jsonl --baseline base.json --format junit");
    assert_eq!(known.code, 0, "{known:?}");
    assert!(
        known.stdout.contains("failures=\"0\"") && known.stdout.contains("no worse than the baseline"),
        "{known:?}"
    );
    let limits = folder.run("replay a.rssi.jsonl --baseline base.json --max-missed 1");
    assert_eq!(limits.code, 2, "a baseline and limits are two ways: {limits:?}");
}
