//! The promise: `tapbench replay --format jsonl` prints what `docs/recording-format.md` says, to
//! the byte. Expected lines are written by hand.

mod support;

use support::Folder;

const BAND: &str = "C6:05:04:03:02:01";

/// The example of `docs/recording-format.md`.
const EXAMPLE: &str = r#"{"rssi_recording":1,"started":"2026-11-23T14:03:07Z","sources":[{"id":"bluegiga-1","kind":"bluegiga","firmware":"1.3.2"}],"site":"Ward 3, terminal 12"}
{"t_us":12345,"source":"bluegiga-1","band":"C6:05:04:03:02:01","rssi":-61}
{"t_us":2000000,"mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01","distance_cm":3,"note":"right wrist"}
{"t_us":2981204,"source":"bluegiga-1","band":"C6:05:04:03:02:01","rssi":-39}
{"t_us":3010000,"observed":"tap","by":"operator"}
{"t_us":4000000,"mark":"end","id":1}
{"t_us":9100000,"source":"omnikey-1","nfc":"inserted","uid":"hmac:5d0c…"}
{"t_us":9800000,"source":"bluegiga-1","source_event":"dropped","count":12}
{"t_us":9900000,"end":true,"samples":2}
"#;

/// A recording of one Bluegiga dongle: `seconds:rssi` samples and `+id intent`, `-id` marks.
fn recording(rows: &str) -> String {
    let mut text =
        String::from("{\"rssi_recording\":1,\"sources\":[{\"id\":\"d\",\"kind\":\"bluegiga\"}]}\n");
    for row in rows.lines().map(str::trim).filter(|r| !r.is_empty()) {
        text += row;
        text += "\n";
    }
    text
}

/// A sample of the band.
fn sample(t_us: i64, rssi: i64) -> String {
    format!("{{\"t_us\":{t_us},\"band\":\"{BAND}\",\"rssi\":{rssi}}}\n")
}

/// Replays one recording with one-sample windows.
fn replay(text: &str, options: &str) -> support::Ran {
    let folder = Folder::with("a.rssi.jsonl", text);
    let ran = folder.run(&format!(
        "replay a.rssi.jsonl --format jsonl --set rssi_window_tap=1 --set rssi_window_long=1 {options}"
    ));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

#[test]
fn the_example_taps_once_with_a_window_of_one() {
    let folder = Folder::with("a.rssi.jsonl", EXAMPLE);
    let ran = folder.run("replay a.rssi.jsonl --format jsonl --set rssi_window_tap=1");
    assert_eq!(
        ran.stdout,
        concat!(
            r#"{"t_us":2981204,"band":"C6:05:04:03:02:01","event":"tap","mean":-39,"segment":1}"#,
            "\n",
            r#"{"summary":{"samples":2,"bands":1,"duration_s":9.9,"taps":1,"segments":{"#,
            r#""tap":{"count":1,"hit":1,"missed":0,"double":0},"no_tap":{"count":0,"false_taps":0},"#,
            r#""stay":{"count":0,"failed":0},"leave":{"count":0,"failed":0},"return":{"count":0,"failed":0}},"#,
            r#""tap_latency_ms":{"p50":981.204,"p90":981.204,"p99":981.204,"max":981.204},"#,
            r#""unlabelled_taps":0,"#,
            r#""parameters":{"rssi_window_tap":1,"rssi_window_long":50,"rssi_tap_threshold":-42,"#,
            r#""rssi_cutoff_close":-70,"rssi_cutoff_far":-83},"#,
            r#""model":{"partial_window":"wait","tap_rule":"mean","rearm_hysteresis_db":0,"#,
            r#""rearm_cooldown_ms":0,"proximity_check":"every-window","absent_rule":"no-sample","#,
            r#""absent_after_s":30,"lock_countdown_s":10,"unlock_rule":"on-present"},"#,
            r#""policy":{"lock_when_away":true,"unlock_when_present":true,"keep_unlocked_when_present":true}}}"#,
            "\n"
        )
    );
    assert_eq!(ran.code, 0);
}

#[test]
fn the_example_misses_with_the_published_defaults_of_its_dongle() {
    let folder = Folder::with("a.rssi.jsonl", EXAMPLE);
    let ran = folder.run("replay a.rssi.jsonl --format jsonl");
    assert_eq!(
        ran.stdout,
        concat!(
            r#"{"summary":{"samples":2,"bands":1,"duration_s":9.9,"taps":0,"segments":{"#,
            r#""tap":{"count":1,"hit":0,"missed":1,"double":0},"no_tap":{"count":0,"false_taps":0},"#,
            r#""stay":{"count":0,"failed":0},"leave":{"count":0,"failed":0},"return":{"count":0,"failed":0}},"#,
            r#""tap_latency_ms":null,"unlabelled_taps":0,"#,
            r#""parameters":{"rssi_window_tap":10,"rssi_window_long":50,"rssi_tap_threshold":-42,"#,
            r#""rssi_cutoff_close":-70,"rssi_cutoff_far":-83},"#,
            r#""model":{"partial_window":"wait","tap_rule":"mean","rearm_hysteresis_db":0,"#,
            r#""rearm_cooldown_ms":0,"proximity_check":"every-window","absent_rule":"no-sample","#,
            r#""absent_after_s":30,"lock_countdown_s":10,"unlock_rule":"on-present"},"#,
            r#""policy":{"lock_when_away":true,"unlock_when_present":true,"keep_unlocked_when_present":true}}}"#,
            "\n"
        )
    );
    assert_eq!(ran.code, 0, "without --check a miss is no failure");
}

#[test]
fn every_kind_of_event_in_order() {
    // Away and back in time; tap; silence until it locks; back.
    let rows = [(0, -90), (5_000_000, -60), (6_000_000, -41), (50_000_000, -70)];
    let text = recording("") + &rows.map(|(t_us, rssi)| sample(t_us, rssi)).concat();
    assert_eq!(
        replay(&text, "").events(),
        [
            r#"{"t_us":0,"band":"C6:05:04:03:02:01","event":"away","mean":-90}"#,
            r#"{"t_us":0,"band":"C6:05:04:03:02:01","event":"countdown_started"}"#,
            r#"{"t_us":5000000,"band":"C6:05:04:03:02:01","event":"present","mean":-60}"#,
            r#"{"t_us":5000000,"band":"C6:05:04:03:02:01","event":"countdown_cancelled"}"#,
            r#"{"t_us":6000000,"band":"C6:05:04:03:02:01","event":"tap","mean":-41}"#,
            r#"{"t_us":36000000,"band":"C6:05:04:03:02:01","event":"away"}"#,
            r#"{"t_us":36000000,"band":"C6:05:04:03:02:01","event":"countdown_started"}"#,
            r#"{"t_us":46000000,"band":"C6:05:04:03:02:01","event":"locked"}"#,
            r#"{"t_us":50000000,"band":"C6:05:04:03:02:01","event":"present","mean":-70}"#,
            r#"{"t_us":50000000,"band":"C6:05:04:03:02:01","event":"unlocked"}"#,
        ]
    );
}

#[test]
fn what_time_makes_due_ends_with_the_last_row_of_any_kind() {
    let heard = recording("") + &sample(0, -60);
    assert_eq!(replay(&heard, "").events().len(), 1, "present, and no row at which absence is due");
    let unknown = heard.clone() + "{\"t_us\":30000000,\"comment\":\"still here\"}\n";
    let unavailable = heard + &sample(30_000_000, 127);
    for text in [unknown, unavailable] {
        let ran = replay(&text, "");
        assert_eq!(ran.events()[1], r#"{"t_us":30000000,"band":"C6:05:04:03:02:01","event":"away"}"#);
        assert!(ran.summary().contains(r#""samples":1,"bands":1,"duration_s":30,"#), "{ran:?}");
    }
}

#[test]
fn what_the_last_row_makes_due_at_once_is_printed() {
    let folder = Folder::with("a.rssi.jsonl", recording("") + &sample(7, -90));
    folder.write("model.toml", "[model]\nlock_countdown_s = 0\n");
    let ran = folder.run("replay a.rssi.jsonl --format jsonl --set rssi_window_long=1 --model model.toml");
    assert_eq!(ran.events()[2], r#"{"t_us":7,"band":"C6:05:04:03:02:01","event":"locked"}"#);
}

#[test]
fn means_are_rounded_half_away_from_zero_to_two_decimals() {
    for (samples, mean) in [
        (vec![-42, -41, -41], "-41.33"),
        (vec![-41, -41, -42, -41, -41, -41, -41, -41], "-41.13"),
        (vec![-41, -40], "-40.5"),
        (vec![-40, -40], "-40"),
        (vec![1, 0, 0, 0, 0, 0, 0, 0], "0.13"),
    ] {
        let rows: String = samples.iter().map(|rssi| sample(1, *rssi)).collect();
        let ran = replay(
            &(recording("") + &rows),
            &format!("--set rssi_window_tap={} --set rssi_cutoff_close=0", samples.len()),
        );
        let expected = format!("{{\"t_us\":1,\"band\":\"{BAND}\",\"event\":\"tap\",\"mean\":{mean}}}");
        assert_eq!(ran.events(), [expected]);
    }
}

#[test]
fn the_source_is_named_where_the_header_names_several() {
    let text = r#"{"rssi_recording":1,"sources":[{"id":"left","kind":"bluegiga"},{"id":"right","kind":"bluegiga"}]}
{"t_us":1000000,"source":"right","band":"~nurse-7","rssi":-40}
{"t_us":1000000,"source":"left","band":"~nurse-7","rssi":-40}
"#;
    let ran = replay(text, "--set rssi_cutoff_close=0");
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":1000000,"source":"right","band":"~nurse-7","event":"tap","mean":-40}"#,
            r#"{"t_us":1000000,"source":"left","band":"~nurse-7","event":"tap","mean":-40}"#,
        ]
    );
    assert!(ran.summary().contains(r#""samples":2,"bands":2,"duration_s":1,"#), "{ran:?}");
    let one = replay(text, "--set rssi_cutoff_close=0 --source left");
    assert_eq!(
        one.events(),
        [r#"{"t_us":1000000,"source":"left","band":"~nurse-7","event":"tap","mean":-40}"#]
    );
    assert!(one.summary().contains(r#""samples":1,"bands":1,"#));
}

#[test]
fn a_row_without_source_belongs_to_the_one_source_or_to_none() {
    let rows = "{\"t_us\":0,\"band\":\"~a\",\"rssi\":-90}\n{\"t_us\":1,\"source\":\"d\",\"band\":\"~a\",\"rssi\":-40}\n";
    // One and the same pair: the tap window of 2 fills.
    let two = "--set rssi_window_tap=2 --set rssi_tap_threshold=-66 --set rssi_cutoff_close=0";
    assert_eq!(
        replay(&(recording("") + rows), two).events(),
        [r#"{"t_us":1,"band":"~a","event":"tap","mean":-65}"#]
    );
    let nameless = format!("{{\"rssi_recording\":1}}\n{rows}");
    assert!(replay(&nameless, &format!("--dongle bluegiga {two}")).events().is_empty());
}

#[test]
fn band_evaluates_only_the_bands_it_names() {
    let text = recording(
        r#"{"t_us":1,"band":"C6:05:04:03:02:01","rssi":-40}
           {"t_us":2,"band":"~other","rssi":-40}
           {"t_us":3,"band":"~third","rssi":-40}"#,
    );
    let ran = replay(&text, "--set rssi_cutoff_close=0 --band c6:05:04:03:02:01 --band ~third");
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":1,"band":"C6:05:04:03:02:01","event":"tap","mean":-40}"#,
            r#"{"t_us":3,"band":"~third","event":"tap","mean":-40}"#,
        ]
    );
    assert!(ran.summary().contains(r#""samples":2,"bands":2,"#), "{ran:?}");
}

#[test]
fn an_event_names_the_smallest_segment_that_contains_it() {
    // 9 is open all along; 4 begins after the sample in the file, at its instant; 2 is over at that
    // instant; 3 is of another band.
    let text = recording(
        r#"{"t_us":0,"mark":"begin","id":9,"intent":"note"}
           {"t_us":0,"mark":"begin","id":2,"intent":"no_tap"}
           {"t_us":0,"mark":"begin","id":3,"intent":"no_tap","band":"~other"}
           {"t_us":5,"band":"~a","rssi":-40}
           {"t_us":5,"mark":"end","id":2}
           {"t_us":5,"mark":"begin","id":4,"intent":"tap"}
           {"t_us":6,"mark":"end","id":4}
           {"t_us":7,"band":"~a","rssi":-60}
           {"t_us":8,"band":"~a","rssi":-40}"#,
    );
    let ran = replay(&text, "--set rssi_cutoff_close=0");
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":5,"band":"~a","event":"tap","mean":-40,"segment":4}"#,
            r#"{"t_us":8,"band":"~a","event":"tap","mean":-40,"segment":9}"#,
        ]
    );
    assert!(ran.summary().contains(concat!(
        r#""taps":2,"segments":{"tap":{"count":1,"hit":1,"missed":0,"double":0},"no_tap":{"count":2,"false_taps":0},"#,
        r#""stay":{"count":0,"failed":0},"leave":{"count":0,"failed":0},"return":{"count":0,"failed":0}},"#,
        r#""tap_latency_ms":{"p50":0,"p90":0,"p99":0,"max":0},"unlabelled_taps":1,"#
    )), "{}", ran.summary());
}

#[test]
fn several_recordings_name_themselves_and_share_one_summary() {
    let folder = Folder::with("a.rssi.jsonl", EXAMPLE);
    folder.write("sub/b.rssi.jsonl", EXAMPLE.replace("2981204", "3000000"));
    let ran = folder.run(
        "replay a.rssi.jsonl ./sub/b.rssi.jsonl --format jsonl --set rssi_window_tap=1 --set rssi_cutoff_close=0",
    );
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":2981204,"band":"C6:05:04:03:02:01","event":"tap","mean":-39,"segment":1,"recording":"a.rssi.jsonl"}"#,
            r#"{"t_us":3000000,"band":"C6:05:04:03:02:01","event":"tap","mean":-39,"segment":1,"recording":"./sub/b.rssi.jsonl"}"#,
        ]
    );
    assert!(ran.summary().starts_with(concat!(
        r#"{"summary":{"samples":4,"bands":2,"duration_s":19.8,"taps":2,"segments":{"tap":{"count":2,"hit":2,"missed":0,"double":0},"#,
        r#""no_tap":{"count":0,"false_taps":0},"stay":{"count":0,"failed":0},"leave":{"count":0,"failed":0},"return":{"count":0,"failed":0}},"#,
        r#""tap_latency_ms":{"p50":981.204,"p90":1000,"p99":1000,"max":1000},"unlabelled_taps":0,"#
    )), "{}", ran.summary());
}

#[test]
fn state_does_not_pass_from_one_recording_to_the_next() {
    let folder = Folder::with("a.rssi.jsonl", recording("") + &sample(0, -40) + &sample(1, -40));
    folder.write("b.rssi.jsonl", recording("") + &sample(0, -40));
    let ran = folder.run(
        "replay a.rssi.jsonl b.rssi.jsonl --format jsonl --set rssi_window_tap=3 --set rssi_window_long=3",
    );
    assert!(ran.events().is_empty(), "{ran:?}");
}
