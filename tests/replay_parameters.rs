//! The promise: parameters come from where `docs/cli.md` says, a missing one is asked for by name
//! and never invented, and one out of its domain is refused.

mod support;

use support::{Folder, Ran};

fn recording(kind: &str) -> String {
    let source = if kind.is_empty() {
        r#"{"id":"d"}"#.into()
    } else {
        format!("{{\"id\":\"d\",\"kind\":\"{kind}\"}}")
    };
    format!("{{\"rssi_recording\":1,\"sources\":[{source}]}}\n{{\"t_us\":0,\"band\":\"~a\",\"rssi\":-40}}\n")
}

fn replay(kind: &str, options: &str) -> Ran {
    Folder::with("a.rssi.jsonl", recording(kind))
        .run(&format!("replay a.rssi.jsonl --format jsonl {options}"))
}

/// The summary's `parameters`.
fn used(ran: &Ran) -> &str {
    let summary = ran.summary();
    let from = summary.find("\"parameters\":{").map_or(0, |at| at + 14);
    summary[from..].split('}').next().unwrap_or_default()
}

const PUBLISHED: &str = r#""rssi_window_tap":10,"rssi_window_long":50,"rssi_tap_threshold":-42,"rssi_cutoff_close":-70,"rssi_cutoff_far":-83"#;
const ALL: &str = "--set rssi_window_tap=5 --set rssi_window_long=6 --set rssi_tap_threshold=-47 --set rssi_cutoff_close=-71 --set rssi_cutoff_far=-84";
const ALL_USED: &str = r#""rssi_window_tap":5,"rssi_window_long":6,"rssi_tap_threshold":-47,"rssi_cutoff_close":-71,"rssi_cutoff_far":-84"#;

#[test]
fn the_dongle_is_the_kind_of_the_recordings_source() {
    let ran = replay("bluegiga", "");
    assert_eq!((ran.code, used(&ran)), (0, PUBLISHED), "{ran:?}");
}

#[test]
fn an_nfc_reader_beside_the_dongle_leaves_no_doubt() {
    let text = recording("bluegiga").replace("}]}", "},{\"id\":\"omnikey-1\",\"kind\":\"nfc\"}]}");
    let text = text.replace("\"t_us\":0,", "\"t_us\":0,\"source\":\"d\",");
    let ran = Folder::with("a.rssi.jsonl", text).run("replay a.rssi.jsonl --format jsonl");
    assert_eq!((ran.code, used(&ran)), (0, PUBLISHED), "{ran:?}");
}

#[test]
fn what_is_not_published_for_bleuio_is_asked_for_by_name() {
    let ran = replay("bleuio", "");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    for missing in ["rssi_window_long", "rssi_tap_threshold", "rssi_cutoff_close", "rssi_cutoff_far"] {
        assert!(ran.stderr.contains(missing), "{missing}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("rssi_window_tap"), "it is published: {}", ran.stderr);
    assert!(ran.stderr.contains("nbe.default.toml"), "says where it stands: {}", ran.stderr);
}

#[test]
fn bleuio_runs_with_what_was_missing() {
    let set = ALL.replace("--set rssi_window_tap=5 ", "");
    let ran = replay("bleuio", &set);
    assert_eq!((ran.code, used(&ran)), (0, ALL_USED.replace("tap\":5", "tap\":10").as_str()), "{ran:?}");
}

#[test]
fn a_source_that_is_no_dongle_needs_one_or_all_values() {
    for kind in ["", "os", "simulated", "imported", "later-kind"] {
        let ran = replay(kind, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{kind}");
        assert!(ran.stderr.contains("--dongle"), "{kind}: {}", ran.stderr);
        let ran = replay(kind, "--dongle bluegiga");
        assert_eq!((ran.code, used(&ran)), (0, PUBLISHED), "{kind}: {ran:?}");
        let ran = replay(kind, ALL);
        assert_eq!((ran.code, used(&ran)), (0, ALL_USED), "{kind}: {ran:?}");
    }
}

#[test]
fn dongle_wins_over_the_recording() {
    assert_eq!(replay("bluegiga", "--dongle bleuio").code, 2);
    assert_eq!(used(&replay("bleuio", "--dongle bluegiga")), PUBLISHED);
}

#[test]
fn recordings_of_different_sources_run_together_with_the_same_values() {
    let folder = Folder::with("a.rssi.jsonl", recording("bluegiga"));
    folder.write("b.rssi.jsonl", recording("simulated"));
    folder.write("c.rssi.jsonl", recording("bleuio"));
    let ran = folder.run(&format!("replay . --format jsonl {ALL}"));
    assert_eq!((ran.code, used(&ran)), (0, ALL_USED), "{ran:?}");
    // One summary cannot name two sets.
    let ran = folder.run(&format!("replay . --format jsonl {}", ALL.replace("--set rssi_window_tap=5 ", "")));
    assert_eq!(ran.code, 2, "{ran:?}");
    // A bad file does not decide for the others.
    folder.write("0.rssi.jsonl", recording("bluegiga") + "nonsense\n");
    let profile = "[parameters]\nrssi_window_long = 6\nrssi_tap_threshold = -47\nrssi_cutoff_close = -71\nrssi_cutoff_far = -84\n[dongle.bluegiga]\nrssi_window_tap = 9\n";
    folder.write("p.toml", profile);
    let ran = folder.run("replay 0.rssi.jsonl c.rssi.jsonl --format jsonl --profile p.toml");
    assert!(used(&ran).starts_with("\"rssi_window_tap\":10,"), "{ran:?}");
}

#[test]
fn a_value_out_of_its_domain_is_refused() {
    for set in [
        "rssi_window_tap=0",
        "rssi_window_tap=1001",
        "rssi_window_long=0",
        "rssi_window_long=10001",
        "rssi_tap_threshold=-128",
        "rssi_tap_threshold=1",
        "rssi_cutoff_close=1",
        "rssi_cutoff_far=0",
        "rssi_cutoff_far=-128",
        "rssi_window_tap=2.5",
        "rssi_window_tap=",
        "rssi_window_tap",
        "rss_i_window_tap=5",
    ] {
        let ran = replay("bluegiga", &format!("--set {set}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{set}");
        assert!(
            ran.stderr.contains("rssi_window_tap")
                || ran.stderr.contains(set.split('=').next().unwrap_or("")),
            "{set}: {}",
            ran.stderr
        );
    }
}

#[test]
fn values_in_no_sensible_order_are_replayed_all_the_same() {
    let ran = replay("bluegiga", "--set rssi_cutoff_far=-40 --set rssi_cutoff_close=-90");
    assert_eq!(ran.code, 0, "only `config` and `--write` judge the order: {ran:?}");
}

#[test]
fn the_last_set_wins_over_a_profile_and_the_profile_over_the_defaults() {
    let folder = Folder::with("a.rssi.jsonl", recording("bluegiga"));
    folder.write("p.toml", "rssi_window_tap = 7\nrssi_tap_threshold = -50\n[model]\ntap_rule = \"every-sample-above\"\n[policy]\nlock_when_away = false\n");
    folder.write("m.toml", "[model]\nabsent_after_s = 5\n");
    let ran = folder.run("replay a.rssi.jsonl --format jsonl --profile p.toml --set rssi_tap_threshold=-51");
    assert_eq!(used(&ran), PUBLISHED.replace("tap\":10", "tap\":7").replace("-42", "-51"), "{ran:?}");
    assert!(ran.summary().contains(r#""tap_rule":"every-sample-above""#), "{ran:?}");
    assert!(ran.summary().contains(r#""lock_when_away":false"#), "{ran:?}");
    // `--model` wins over the profile's table of the same name; the other table stays.
    let ran = folder.run("replay a.rssi.jsonl --format jsonl --profile p.toml --model m.toml");
    assert!(
        ran.summary().contains(r#""tap_rule":"mean""#) && ran.summary().contains(r#""absent_after_s":5"#),
        "{ran:?}"
    );
    assert!(ran.summary().contains(r#""lock_when_away":false"#), "{ran:?}");
}

#[test]
fn a_profile_or_model_that_says_what_it_cannot_is_refused() {
    for (option, text) in [
        ("--model", "rssi_window_tap = 5\n"),
        ("--model", "[model]\ntap_rule = \"median\"\n"),
        ("--model", "[model]\nabsent_after = 5\n"),
        ("--model", "[policy]\nlock = true\n"),
        ("--profile", "rssi_window_tap = 0\n"),
        ("--profile", "rssi_window_tap = \"5\"\n"),
        ("--profile", "rssi_windows_tap = 5\n"),
        ("--profile", "not toml"),
    ] {
        let folder = Folder::with("a.rssi.jsonl", recording("bluegiga"));
        folder.write("f.toml", text);
        let ran = folder.run(&format!("replay a.rssi.jsonl --format jsonl {option} f.toml"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        assert!(ran.stderr.contains("f.toml"), "{text}: {}", ran.stderr);
    }
}

#[test]
fn what_names_no_band_is_wrong_usage() {
    for band in ["nurse", "C6:05", "~", "~a.b"] {
        assert_eq!(replay("bluegiga", &format!("--band {band}")).code, 2, "{band}");
    }
}

#[test]
fn recordings_of_other_transmitters_say_so() {
    let text = recording("bluegiga").replacen(
        "{\"rssi_recording\":1,",
        "{\"rssi_recording\":1,\"not_a_nymi_band\":true,",
        1,
    );
    let ran = Folder::with("a.rssi.jsonl", text).run("replay a.rssi.jsonl --format jsonl");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("not of a Nymi Band"), "{}", ran.stderr);
}

#[test]
fn help_shows_an_example() {
    let ran = Folder::new().run("replay --help");
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("Example") && ran.stdout.contains("tapbench replay "), "{}", ran.stdout);
}

#[test]
fn no_recording_at_all_is_wrong_usage() {
    assert_eq!(Folder::new().run("replay").code, 2);
}
