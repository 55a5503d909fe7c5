//! The promise: what tune says to people of a recommendation is true: of margins and latencies, of each
//! recording, of what to beware of, and of files that it cannot use.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails the test")]

#[path = "support/session.rs"]
mod session;
mod support;

use serde_json::Value;
use session::{Session, codes, easy, json};
use support::Folder;

#[test]
fn a_latency_is_rounded_the_same_way_everywhere() {
    // Marks 400 us later: each tap comes so many tenths of a second less that after its segment's begin.
    let text = easy().text.replace("00000,\"mark\"", "00400,\"mark\"");
    let folder = Folder::with("a.rssi.jsonl", text);
    let value = json(&folder.run("tune a.rssi.jsonl --format json"));
    let p50 = value["latency_ms"]["p50"].as_f64().unwrap();
    assert!((p50.fract() - 0.6).abs() < 1e-6, "{value}");
    let words = format!("p50 {} ms,", p50.ceil());
    let set = |key: &str| format!("--set {key}={}", value["recommended"][key]);
    let set = format!("{} {}", set("rssi_window_tap"), set("rssi_tap_threshold"));
    for command in ["tune a.rssi.jsonl".to_owned(), format!("replay a.rssi.jsonl {set}")] {
        let ran = folder.run(&command);
        assert!(ran.stdout.contains(&words), "{words}: {}", ran.stdout);
    }
    folder.run("report a.rssi.jsonl -o report.html");
    assert!(folder.read("report.html").contains(&words), "{words}");
}

#[test]
fn a_margin_below_0_is_not_called_a_distance_from_an_error() {
    // Each hover begins while its tap has not ended, and the means there exceed the threshold.
    let mut session = Session::of("bluegiga");
    for _ in 0..12 {
        session = session.segment("tap", -42, 20).straight_on("no_tap", -42, 1).hear(-52, 20);
    }
    let folder = Folder::with("a.rssi.jsonl", session.text);
    let value = json(&folder.run("tune a.rssi.jsonl --format json"));
    assert!(value["margin_db"].as_f64().unwrap() < 0.0 && !value["recommended"].is_null(), "{value}");
    assert!(codes(&value).contains(&"thin-margin"), "{value}");
    let table = folder.run("tune a.rssi.jsonl").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(table.contains("How far the nearest error is cannot be said: in a no_tap segment"), "{table}");
    assert!(table.contains("no tap only because the tap before had not ended"), "{table}");
    assert!(table.contains("0 missed, 0 false, 0 double, margin not known"), "{table}");
    assert!(!table.contains("margin -") && !table.contains("margin is only"), "{table}");
    folder.run("report a.rssi.jsonl -o report.html");
    let report = folder.read("report.html");
    let says = "dB on the wrong side of";
    assert!(report.contains(says) && report.contains("is no error only because the tap before"), "{report}");
}

#[test]
fn a_bad_config_is_all_that_is_said_of_it() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    folder.write("b.rssi.jsonl", easy().text);
    folder.write("nbe.toml", "[dongle.bluegiga]\nrssi_window_tap = \"10\"\n");
    for command in ["tune", "report -o report.html"] {
        let ran = folder.run(&format!("{command} a.rssi.jsonl b.rssi.jsonl --config nbe.toml"));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("nbe.toml: rssi_window_tap is a quoted text"), "{}", ran.stderr);
    }
}

#[test]
fn several_recordings_name_the_one_that_limits() {
    let folder = Folder::with("near.rssi.jsonl", easy().text);
    folder
        .write("far.rssi.jsonl", Session::of("bluegiga").repeated(12, &[("tap", -45), ("no_tap", -55)]).text);
    let ran = folder.run("tune near.rssi.jsonl far.rssi.jsonl");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("one value for all"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("limited by near.rssi.jsonl (farther from 0) and far.rssi.jsonl"),
        "{}",
        ran.stdout
    );
    let value = json(&folder.run("tune near.rssi.jsonl far.rssi.jsonl --format json"));
    assert_eq!(value["held_out"]["by_recording"]["folds"], 2);
    assert_eq!(value["recordings"].as_array().unwrap().len(), 2);

    folder
        .write("odd.rssi.jsonl", Session::of("bluegiga").repeated(12, &[("tap", -60), ("no_tap", -68)]).text);
    let ran = folder.run("tune near.rssi.jsonl far.rssi.jsonl odd.rssi.jsonl");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("holds at 2 of 3; these need their own"), "{}", ran.stdout);
}

#[test]
fn a_recording_holds_where_the_recommended_value_is_among_its_error_free_ones() {
    let folder = Folder::with("a.rssi.jsonl", easy().text);
    // A hover that begins before the tap has ended: far from 0 it never ends, and no false tap comes.
    let session = Session::of("bluegiga").segment("tap", -42, 20).straight_on("no_tap", -52, 20);
    folder.write("two-runs.rssi.jsonl", session.text);
    folder.write("walk.rssi.jsonl", Session::of("bluegiga").segment("stay", -60, 200).text);
    let ran = folder.run("tune a.rssi.jsonl two-runs.rssi.jsonl walk.rssi.jsonl");
    assert_eq!(ran.code, 0, "{ran:?}");
    let says = |words: &str| assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    says("one value for all");
    says("no tap and no no_tap segment, and so no say in it: walk.rssi.jsonl");
    assert!(!ran.stdout.contains("need their own"), "{}", ran.stdout);
    let own = folder.run("tune a.rssi.jsonl two-runs.rssi.jsonl walk.rssi.jsonl --format json");
    let value = json(&own);
    let of = |place: usize| &value["recordings"][place];
    assert_eq!((&of(2)["error_free"], &of(2)["own"]), (&serde_json::json!([]), &Value::Null));
    let window = &value["recommended"]["rssi_window_tap"];
    let runs = of(1)["error_free"].as_array().unwrap().iter().filter(|run| run[0] == *window).count();
    assert_eq!(runs, 2, "{}", of(1));
    assert!(!codes(&value).contains(&"recordings-disagree"), "{value}");
}

#[test]
fn warnings_have_codes() {
    let few = Session::of("bluegiga").repeated(3, &[("tap", -38), ("no_tap", -41)]);
    let folder = Folder::with("few.rssi.jsonl", few.text.replace("\"rssi\":-37", "\"rssi\":-38"));
    let value = json(&folder.run("tune few.rssi.jsonl --format json"));
    let codes_of = codes(&value);
    for code in ["few-segments", "clipped", "thin-margin"] {
        assert!(codes_of.contains(&code), "{code}: {value}");
    }
    let clipped = |value: &Value| {
        let warnings = value["warnings"].as_array().unwrap().iter();
        warnings.filter(|w| w["code"] == "clipped").map(|w| w["text"].to_string()).collect::<String>()
    };
    assert!(clipped(&value).contains("stand at the dongle's top value of -38 dBm"), "{value}");
    // No BLED112 hears -16 dBm.
    let other = Session::of("imported").repeated(3, &[("tap", -17), ("no_tap", -52)]);
    let folder = Folder::with("other.rssi.jsonl", other.text);
    let value = json(&folder.run("tune other.rssi.jsonl --dongle bluegiga --format json"));
    let says = "stand at or above -38 dBm, the dongle's top value, and reach -16 dBm";
    assert!(clipped(&value).contains(says), "{value}");
    let gap = easy().segment("tap", -42, 10).hear(-42, 0);
    let value = json(&Folder::with("a.rssi.jsonl", gap.text).run("tune a.rssi.jsonl --format json"));
    assert!(codes(&value).is_empty(), "{value}");
}
