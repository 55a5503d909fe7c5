//! The promise: tune recommends what a replay then confirms, says what it cannot know, refuses to
//! mix dongles, and recommends nothing where taps and non-taps cannot be separated.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails the test")]

#[path = "support/session.rs"]
mod session;
mod support;

use serde_json::Value;
use session::{Session, easy, json};
use support::Folder;

#[test]
fn what_is_recommended_holds_in_a_replay() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let ran = folder.run("tune a.rssi.jsonl --format json");
    let value = json(&ran);
    assert_eq!(ran.code, 0, "{ran:?}");
    let set = |key: &str| format!("--set {key}={}", value["recommended"][key]);
    let replay =
        format!("replay a.rssi.jsonl --check {} {}", set("rssi_window_tap"), set("rssi_tap_threshold"));
    assert_eq!(folder.run(&replay).code, 0, "{value}");
    assert_eq!(value["evidence"]["tap"]["hit"], 12);
    assert_eq!(value["evidence"]["no_tap"]["false_taps"], 0);
    assert_eq!(
        value["left_alone"],
        serde_json::json!(["rssi_window_long", "rssi_cutoff_close", "rssi_cutoff_far"])
    );
    for variant in value["robustness"].as_array().unwrap() {
        assert_eq!(
            (&variant["missed"], &variant["false_taps"]),
            (&Value::from(0), &Value::from(0)),
            "{variant}"
        );
    }
    // The weakest tap's best mean is -42 + 1/3, the strongest hover's -52 + 1/3, at a window of 3.
    let threshold = value["recommended"]["rssi_tap_threshold"].as_f64().unwrap();
    let margin = value["margin_db"].as_f64().unwrap();
    assert!((-48.0..=-46.0).contains(&threshold) && margin > 4.0, "{threshold} {margin}");
    assert_eq!(value["held_out"]["by_segment"]["tap"]["missed"], 0);
    // R: binom.test(0, 12)$conf.int
    assert_eq!(value["intervals"]["miss_rate"], serde_json::json!([0, 0.2646]));
}

#[test]
fn the_margin_is_that_of_the_contract() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let value = json(&folder.run("tune a.rssi.jsonl --format json"));
    let window = usize::try_from(value["recommended"]["rssi_window_tap"].as_u64().unwrap()).unwrap();
    let threshold = value["recommended"]["rssi_tap_threshold"].as_f64().unwrap();
    // From the text alone: the window means of each segment, the old samples included.
    let (mut heard, mut intent): (Vec<f64>, Option<String>) = (Vec::new(), None);
    let (mut weakest, mut strongest, mut best) = (f64::MAX, f64::MIN, f64::MIN);
    for row in easy().text.lines().skip(1).map(|l| serde_json::from_str::<Value>(l).unwrap()) {
        match row["mark"].as_str() {
            Some("begin") => (intent, best) = (row["intent"].as_str().map(str::to_owned), f64::MIN),
            Some(_) => match intent.take().as_deref() {
                Some("tap") => weakest = weakest.min(best),
                _ => strongest = strongest.max(best),
            },
            None => {
                // A sample at the very end of a segment stands before its mark and is outside.
                heard.push(row["rssi"].as_f64().unwrap());
                let last = &heard[heard.len().saturating_sub(window)..];
                best = best.max(last.iter().sum::<f64>() / last.len() as f64);
            }
        }
    }
    let expected = (weakest - threshold).min(threshold - strongest);
    assert!((value["margin_db"].as_f64().unwrap() - expected).abs() < 0.006, "{value} {expected}");
}

#[test]
fn where_taps_and_hovers_overlap_nothing_is_recommended() {
    let session = Session::of("bluegiga").repeated(6, &[("tap", -47), ("no_tap", -47)]);
    let folder = Folder::with("a.rssi.jsonl", session.text);
    let ran = folder.run("tune a.rssi.jsonl --format json");
    let value = json(&ran);
    assert_eq!((ran.code, &value["recommended"]), (1, &Value::Null), "{ran:?}");
    assert!(value["reason"].as_str().unwrap().contains("cannot be separated here"), "{value}");
    let table = folder.run("tune a.rssi.jsonl --write nbe.toml");
    assert_eq!(table.code, 1);
    assert!(table.stdout.contains("Cannot be separated here"), "{table:?}");
    assert!(!folder.path().join("nbe.toml").exists(), "nothing is written");
}

#[test]
fn a_threshold_stays_below_what_the_dongle_can_report() {
    // Taps and hovers both stand above the BLED112's top value: only a threshold closer to 0 would
    // part them by strength, and no mean could ever exceed it.
    let session = |kind| Session::of(kind).repeated(10, &[("tap", -30), ("no_tap", -36)]);
    let folder = Folder::with("a.rssi.jsonl", session("bluegiga").text);
    let value = json(&folder.run("tune a.rssi.jsonl --format json"));
    let pairs = value["alternatives"].as_array().unwrap().iter().chain([&value["recommended"]]);
    for threshold in pairs.filter_map(|p| p["rssi_tap_threshold"].as_i64()) {
        assert!(threshold < -38, "{value}");
    }
    folder.write("b.rssi.jsonl", session("bleuio").text);
    let value = json(&folder.run("tune b.rssi.jsonl --format json"));
    let threshold = value["recommended"]["rssi_tap_threshold"].as_i64().unwrap();
    assert!((-36..-30).contains(&threshold), "{value}");
}

#[test]
fn a_latency_cap_is_kept_or_nothing_is_recommended() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let free = json(&folder.run("tune a.rssi.jsonl --format json"));
    let capped = json(&folder.run("tune a.rssi.jsonl --format json --max-latency-ms 200"));
    assert!(capped["latency_ms"]["p99"].as_f64().unwrap() <= 200.0, "{capped}");
    assert!(capped["margin_db"].as_f64() <= free["margin_db"].as_f64());
    let ran = folder.run("tune a.rssi.jsonl --format json --max-latency-ms 0");
    assert_eq!((ran.code, &json(&ran)["recommended"]), (1, &Value::Null), "{ran:?}");
}

#[test]
fn one_kind_of_segment_is_no_evidence() {
    let session = Session::of("bluegiga").repeated(6, &[("tap", -42)]);
    let folder = Folder::with("a.rssi.jsonl", session.text);
    let ran = folder.run("tune a.rssi.jsonl --format json");
    let value = json(&ran);
    assert_eq!((ran.code, &value["recommended"]), (0, &serde_json::json!({})), "{ran:?}");
    assert_eq!(value["left_alone"].as_array().unwrap().len(), 5);
}

#[test]
fn cutoffs_come_from_stay_leave_and_return() {
    let mut session = easy().segment("stay", -62, 300);
    for _ in 0..3 {
        session = session.segment("leave", -92, 250).segment("return", -62, 150);
    }
    let folder = Folder::with("a.rssi.jsonl", session.text);
    let ran = folder.run("tune a.rssi.jsonl --format json");
    let value = json(&ran);
    let number = |key: &str| value["recommended"][key].as_i64().unwrap_or_else(|| panic!("{key}: {value}"));
    assert!(number("rssi_cutoff_far") < number("rssi_cutoff_close"));
    assert!(number("rssi_cutoff_close") < number("rssi_tap_threshold"));
    assert!(number("rssi_window_long") >= number("rssi_window_tap"));
    let all: String =
        ["rssi_window_tap", "rssi_window_long", "rssi_tap_threshold", "rssi_cutoff_close", "rssi_cutoff_far"]
            .map(|key| format!(" --set {key}={}", number(key)))
            .concat();
    let replay = folder.run(&format!("replay a.rssi.jsonl --check{all}"));
    assert_eq!(replay.code, 0, "{replay:?}");
}

#[test]
fn dongles_are_not_mixed() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let other = folder.run("tune a.rssi.jsonl --dongle bleuio");
    assert_eq!((other.code, other.stdout.as_str()), (2, ""), "{other:?}");
    assert!(other.stderr.contains("--transfer"), "{other:?}");
    let transferred = folder.run("tune a.rssi.jsonl --dongle bleuio --transfer --format json");
    assert_eq!((transferred.code, &json(&transferred)["transferred_from"]), (0, &Value::from("bluegiga")));
    let imported = Session::of("imported").repeated(10, &[("tap", -42), ("no_tap", -52)]);
    folder.write("b.rssi.jsonl", imported.text);
    let unknown = folder.run("tune b.rssi.jsonl");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("--dongle"), "{unknown:?}");
    assert_eq!(folder.run("tune b.rssi.jsonl --dongle bluegiga").code, 0);
}

const NBE_TOML: &str = "# Ward 3\nagent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n[dongle.bluegiga]\nrssi_window_tap = 10 # as shipped\n";

#[test]
fn write_changes_only_what_is_recommended_and_keeps_the_old_file() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    folder.write("nbe.toml", NBE_TOML);
    let ran = folder.run("tune a.rssi.jsonl --write nbe.toml --format json");
    let recommended = json(&ran)["recommended"].clone();
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected = NBE_TOML.replace("tap = 10", &format!("tap = {}", recommended["rssi_window_tap"]))
        + &format!("rssi_tap_threshold = {}\n", recommended["rssi_tap_threshold"]);
    assert_eq!(folder.read("nbe.toml"), expected);
    let backups = std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok);
    let backups: Vec<_> =
        backups.map(|e| e.file_name().into_string().unwrap()).filter(|n| n.contains(".bak-")).collect();
    assert_eq!(backups.len(), 1);
    assert_eq!(folder.read(&backups[0]), NBE_TOML);
}

#[test]
fn what_the_file_says_now_is_what_the_recommendation_is_held_against() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    folder.write("nbe.toml", format!("{NBE_TOML}rssi_tap_threshold = -50\n"));
    folder.write("other.toml", format!("{NBE_TOML}rssi_tap_threshold = -48\n"));
    let shown = |arguments: &str| folder.run(&format!("tune a.rssi.jsonl {arguments}")).stdout;
    let given = shown("--config nbe.toml");
    assert!(given.contains("(now -50)"), "{given}");
    assert!(shown("--config other.toml --write nbe.toml").contains("(now -48)"), "another one was named");
    let _ = folder.run("config restore nbe.toml");
    assert_eq!(shown("--write nbe.toml"), given, "as if it were named with --config");
    // What is wrong with the file is said when it is written, as config set says it.
    folder.write("nbe.toml", NBE_TOML.replace("tap = 10", "tap = \"10\""));
    let mended = folder.run("tune a.rssi.jsonl --write nbe.toml");
    assert!(mended.stdout.contains("Recommended"), "{mended:?}");
}

#[test]
fn numbers_of_other_transmitters_are_never_written() {
    let text = easy().text.replacen("\"sources\"", "\"not_a_nymi_band\":true,\"sources\"", 1);
    let folder = Folder::with("a.rssi.jsonl", text);
    folder.write("nbe.toml", NBE_TOML);
    let ran = folder.run("tune a.rssi.jsonl --write nbe.toml");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("not of a Nymi Band"), "{ran:?}");
    assert_eq!(folder.read("nbe.toml"), NBE_TOML);
}

#[test]
fn nothing_is_written_when_a_recording_could_not_be_read() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let config = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n";
    folder.write("nbe.toml", config);
    let ran = folder.run("tune a.rssi.jsonl missing.rssi.jsonl --write nbe.toml");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.contains("Recommended") && ran.stderr.contains("nothing is written"), "{ran:?}");
    assert_eq!(folder.read("nbe.toml"), config);
}

#[test]
fn fit_finds_the_reading_that_was_recorded() {
    // The real NBE is played by a model that wants every sample above the threshold: the first
    // window whose mean exceeds it still holds one that does not.
    let mut session = Session::of("bluegiga");
    for _ in 0..4 {
        session = session.segment("tap", -39, 20);
    }
    let folder = Folder::with("a.rssi.jsonl", &session.text);
    folder.write("every.toml", "[model]\ntap_rule = \"every-sample-above\"\n");
    let events = folder.run("replay a.rssi.jsonl --format jsonl --model every.toml --set rssi_window_tap=12");
    let taps: Vec<i64> = events
        .events()
        .iter()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter(|e| e["event"] == "tap")
        .filter_map(|e| e["t_us"].as_i64())
        .collect();
    assert_eq!(taps.len(), 4, "{events:?}");
    let mut rows: Vec<(i64, String)> = session
        .text
        .lines()
        .skip(1)
        .map(|l| (serde_json::from_str::<Value>(l).unwrap()["t_us"].as_i64().unwrap(), l.to_owned()))
        .collect();
    for t_us in taps {
        rows.push((t_us, format!("{{\"t_us\":{t_us},\"observed\":\"tap\",\"by\":\"operator\"}}")));
    }
    rows.sort_by_key(|(t_us, _)| *t_us);
    let header = session.text.lines().next().unwrap();
    let text = rows.iter().fold(format!("{header}\n"), |text, (_, row)| text + row + "\n");
    folder.write("observed.rssi.jsonl", &text);
    let ran = folder.run("fit observed.rssi.jsonl --format json --set rssi_window_tap=12");
    let value = json(&ran);
    assert_eq!((ran.code, &value["observed"], &value["ranking"][0]["reproduced"]), (0, &4.into(), &4.into()));
    // What its header says that NBE ran with need not be given.
    let stated = text.replacen("\"sources\"", "\"nbe_parameters\":{\"rssi_window_tap\":12},\"sources\"", 1);
    folder.write("stated.rssi.jsonl", stated);
    let stated = folder.run("fit stated.rssi.jsonl --format json");
    assert_eq!((stated.stdout.as_str(), stated.stderr.as_str()), (ran.stdout.as_str(), ""));
    let other = folder.run("fit stated.rssi.jsonl --set rssi_window_tap=10");
    assert!(other.stderr.contains("NBE ran with rssi_window_tap=12"), "{other:?}");
    assert_eq!(other.stdout, folder.run("fit observed.rssi.jsonl --set rssi_window_tap=10").stdout);
    let none = folder.run("fit a.rssi.jsonl");
    assert_eq!((none.code, none.stdout.as_str()), (2, ""), "{none:?}");
}

/// The command that is offered is one that there is.
#[test]
fn where_there_is_no_file_the_command_that_makes_one_is_named() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    let ran = folder.run("tune a.rssi.jsonl --write nofile.toml");
    assert_eq!(ran.code, 2, "{ran:?}");
    let offered = ran.stderr.split("to make a new file: tapbench ").nth(1).unwrap();
    let command = offered.split(", with").next().unwrap();
    assert!(command.starts_with("config set nofile.toml --create --agent-url URL"), "{command}");
    let command = command.replace("URL", "ws://a").replace("DONGLE", "bluegiga");
    let made = folder.run(&command.replace("KEY=VALUE…", "rssi_tap_threshold=-47"));
    assert_eq!(made.code, 0, "{made:?}");
}
