//! The promise: recordings come from files, folders, patterns, zstd and the standard input; a bad
//! line is named with file, line and reason; a bad file does not stop the others; a torn last line
//! costs nothing more than itself.

#![allow(clippy::expect_used)]

mod support;

use std::process::Stdio;

use support::Folder;

const HEADER: &str = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"d\",\"kind\":\"bluegiga\"}]}\n";
const TWO_SOURCES: &str = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"d\",\"kind\":\"bluegiga\"},{\"id\":\"e\",\"kind\":\"bluegiga\"}]}\n";
const TAP: &str = "{\"t_us\":1000000,\"band\":\"~a\",\"rssi\":-40}\n";
const TAP_EVENT: &str = r#"{"t_us":1000000,"band":"~a","event":"tap","mean":-40}"#;
const OPTIONS: &str = "--format jsonl --set rssi_window_tap=1 --set rssi_cutoff_close=0";

fn good() -> String {
    format!("{HEADER}{TAP}")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 0).expect("compresses")
}

#[test]
fn each_bad_line_is_named_with_file_line_and_reason() {
    let band = "\"band\":\"~a\"";
    let begin =
        |more: &str| format!("{{\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\",{more}}}\n");
    for (rows, line, reason) in [
        ("{\"t_us\":1,\n".to_owned(), 2, "not JSON"),
        ("\n".into(), 2, "empty line"),
        ("{\"t_us\":1}{\n".into(), 2, "not JSON"),
        ("[1]\n".into(), 2, "object"),
        (format!("{{{band},\"rssi\":-60}}\n"), 2, "t_us"),
        (format!("{{\"t_us\":1.5,{band},\"rssi\":-60}}\n"), 2, "t_us"),
        (format!("{{\"t_us\":\"1\",{band},\"rssi\":-60}}\n"), 2, "t_us"),
        (format!("{{\"t_us\":-1,{band},\"rssi\":-60}}\n"), 2, "t_us"),
        (format!("{TAP}{{\"t_us\":999999,{band},\"rssi\":-60}}\n"), 3, "before 1000000"),
        ("{\"t_us\":9}\n{\"t_us\":9,\"x\":1}\n{\"t_us\":8,\"end\":true}\n".into(), 4, "before 9"),
        (format!("{{\"t_us\":1,{band},\"rssi\":-128}}\n"), 2, "rssi"),
        (format!("{{\"t_us\":1,{band},\"rssi\":21}}\n"), 2, "rssi"),
        (format!("{{\"t_us\":1,{band},\"rssi\":126}}\n"), 2, "rssi"),
        (format!("{{\"t_us\":1,{band},\"rssi\":-60.5}}\n"), 2, "rssi"),
        (format!("{{\"t_us\":1,{band},\"rssi\":\"-60\"}}\n"), 2, "rssi"),
        (format!("{{\"t_us\":1,{band},\"rssi\":null}}\n"), 2, "rssi"),
        ("{\"t_us\":1,\"rssi\":-60}\n".into(), 2, "band"),
        ("{\"t_us\":1,\"band\":\"c6:05:04:03:02:01\",\"rssi\":-60}\n".into(), 2, "band"),
        ("{\"t_us\":1,\"band\":\"C6-05-04-03-02-01\",\"rssi\":-60}\n".into(), 2, "band"),
        ("{\"t_us\":1,\"band\":\"~\",\"rssi\":-60}\n".into(), 2, "band"),
        ("{\"t_us\":1,\"band\":\"~a b\",\"rssi\":-60}\n".into(), 2, "band"),
        (format!("{{\"t_us\":1,\"band\":\"~{}\",\"rssi\":-60}}\n", "x".repeat(33)), 2, "band"),
        (format!("{{\"t_us\":1,\"source\":7,{band},\"rssi\":-60}}\n"), 2, "source"),
        ("{\"t_us\":1,\"mark\":\"start\",\"id\":1,\"intent\":\"tap\"}\n".into(), 2, "mark"),
        ("{\"t_us\":1,\"mark\":\"begin\",\"intent\":\"tap\"}\n".into(), 2, "id"),
        ("{\"t_us\":1,\"mark\":\"begin\",\"id\":0,\"intent\":\"tap\"}\n".into(), 2, "id"),
        ("{\"t_us\":1,\"mark\":\"begin\",\"id\":1}\n".into(), 2, "intent"),
        ("{\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"hover\"}\n".into(), 2, "intent"),
        ("{\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n".repeat(2), 3, "twice"),
        ("{\"t_us\":1,\"mark\":\"end\",\"id\":5}\n".into(), 2, "5"),
        ("{\"t_us\":1,\"observed\":\"sneeze\"}\n".into(), 2, "column 22: \"observed\""),
        ("{\"t_us\":1,\"observed\":\"tap\",\"by\":1}\n".into(), 2, "column 33: \"by\" must be a text"),
        ("{\"t_us\":1,\"nfc\":5}\n".into(), 2, "\"nfc\" must be a text"),
        ("{\"t_us\":1,\"source_event\":true}\n".into(), 2, "\"source_event\" must be a text"),
        ("{\"t_us\":1,\"source_event\":\"dropped\",\"count\":-3}\n".into(), 2, "column 44: \"count\""),
        ("{\"t_us\":1,\"source_event\":\"dropped\",\"count\":\"many\"}\n".into(), 2, "column 44: \"count\""),
        (begin("\"distance_cm\":\"near\""), 2, "\"distance_cm\" must be a number"),
        (begin("\"note\":3"), 2, "\"note\" must be a text"),
        (begin(&format!("{band},\"rssi\":-60")), 2, "both \"mark\" and \"rssi\""),
        (format!("{{\"t_us\":1,{band},\"rssi\":-60,\"t_us\":2}}\n"), 2, "\"t_us\" stands twice"),
        ("{\"t_us\":1,\"end\":false}\n".into(), 2, "column 17: \"end\" must be true"),
    ] {
        let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{rows}{{\"t_us\":9000000}}\n"));
        let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
        assert_eq!(ran.code, 2, "{rows}: {ran:?}");
        assert_eq!(ran.stdout, "", "{rows}");
        let place = format!("a.rssi.jsonl:{line}: ");
        assert!(ran.stderr.contains(&place) && ran.stderr.contains(reason), "{rows}: {}", ran.stderr);
    }
}

/// Later versions may know more words; which source a row is of need not stand in the header.
#[test]
fn words_that_this_version_does_not_know_are_read_over() {
    let rows = "{\"t_us\":1,\"nfc\":\"polled\",\"source\":\"omnikey-1\"}\n\
        {\"t_us\":1,\"source_event\":\"slept\",\"count\":\"many\"}\n\
        {\"t_us\":1,\"observed\":\"tap\",\"by\":\"camera\"}\n\
        {\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\",\"distance_cm\":null,\"rssi_later\":1}\n";
    let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{rows}{TAP}"));
    let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    assert_eq!((ran.code, ran.stderr.contains("lost")), (0, false), "{ran:?}");
}

#[test]
fn a_gap_is_never_silent() {
    for (count, lost) in
        [("", "lost samples, at least 1 ("), (",\"count\":12", "lost samples, at least 12 (")]
    {
        let rows = format!("{{\"t_us\":1,\"source_event\":\"dropped\"{count}}}\n");
        let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{rows}{TAP}"));
        let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
        assert!(ran.stderr.contains(lost), "{count}: {ran:?}");
    }
}

#[test]
fn a_segment_ends_once_and_its_id_stays_taken() {
    let begin = "{\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n";
    let end = "{\"t_us\":1,\"mark\":\"end\",\"id\":1}\n";
    for rows in [[begin, end, end].concat(), [begin, end, begin].concat()] {
        let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{rows}"));
        let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
        assert_eq!(ran.code, 2, "{rows}");
        assert!(ran.stderr.contains("a.rssi.jsonl:4: "), "{}", ran.stderr);
    }
}

#[test]
fn a_sample_without_source_is_bad_where_the_header_names_several() {
    let folder = Folder::with("a.rssi.jsonl", format!("{TWO_SOURCES}{TAP}"));
    let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("a.rssi.jsonl:2: ") && ran.stderr.contains("source"), "{}", ran.stderr);
    // Marks and observations speak of all sources.
    let rows =
        "{\"t_us\":1,\"mark\":\"begin\",\"id\":1,\"intent\":\"note\"}\n{\"t_us\":1,\"observed\":\"tap\"}\n";
    let folder = Folder::with("a.rssi.jsonl", format!("{TWO_SOURCES}{rows}"));
    assert_eq!(folder.run(&format!("replay a.rssi.jsonl {OPTIONS}")).code, 0);
}

#[test]
fn a_file_that_is_no_recording_is_named() {
    for (text, line) in [
        ("", ""),
        (TAP, ":1"),
        ("{\"rssi_recording\":2}\n", ":1"),
        ("{\"rssi_recording\":1,\"sources\":{}}\n", ":1"),
        ("t_us,rssi\n1,-60\n", ":1"),
        ("{\"rssi_rec", ":1"),
    ] {
        let folder = Folder::with("a.rssi.jsonl", text);
        let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        assert!(ran.stderr.contains(&format!("a.rssi.jsonl{line}: ")), "{text}: {}", ran.stderr);
    }
    let ran = Folder::new().run("replay nowhere.rssi.jsonl");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("nowhere.rssi.jsonl"), "{}", ran.stderr);
}

#[test]
fn a_recording_of_a_later_version_asks_for_a_newer_tool() {
    let folder = Folder::with("a.rssi.jsonl", format!("{{\"rssi_recording\":2}}\n{TAP}"));
    for command in ["replay a.rssi.jsonl", "repair a.rssi.jsonl", "convert a.rssi.jsonl b.csv"] {
        let ran = folder.run(command);
        assert!(ran.code == 2 && ran.stderr.contains("update this one"), "{command}: {ran:?}");
        assert!(!ran.stderr.contains("capture"), "{command}: {ran:?}");
    }
    let folder = Folder::with("a.rssi.jsonl", format!("{{\"rssi_recording\":\"1\"}}\n{TAP}"));
    let ran = folder.run("replay a.rssi.jsonl");
    assert!(ran.code == 2 && !ran.stderr.contains("update"), "{ran:?}");
}

#[test]
fn a_header_key_of_another_type_is_refused_lenient_or_not() {
    for (key, value, column) in [
        ("not_a_nymi_band", "\"true\"", 39),
        ("not_a_nymi_band", "1", 39),
        ("band_authenticated", "\"no\"", 42),
        ("nbe_parameters", "{\"rssi_tap_threshold\":\"-42\"}", 38),
        ("nbe_parameters", "-42", 38),
        ("sources", "[{\"id\":\"a\",\"kind\":7}]", 31),
        ("started", "1764442447", 31),
        ("not_a_nymi_band", "true,\"not_a_nymi_band\":false", 62),
    ] {
        let header = format!("{{\"rssi_recording\":1,\"{key}\":{value}}}\n");
        let folder = Folder::with("a.rssi.jsonl", header + TAP);
        for lenient in ["", "--lenient"] {
            let ran = folder.run(&format!("replay a.rssi.jsonl {lenient} {OPTIONS}"));
            assert_eq!(ran.code, 2, "{key} {value}: {ran:?}");
            let said = format!("a.rssi.jsonl:1: column {column}: \"{key}\"");
            assert!(ran.stderr.contains(&said), "{said}: {}", ran.stderr);
        }
    }
    let unsaid =
        "{\"rssi_recording\":1,\"not_a_nymi_band\":null,\"sources\":[{\"id\":\"a\",\"kind\":\"later\"}]}\n";
    let folder = Folder::with("a.rssi.jsonl", format!("{unsaid}{TAP}"));
    let ran = folder.run(&format!("replay a.rssi.jsonl --dongle bluegiga {OPTIONS}"));
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn lenient_skips_counts_and_exits_3() {
    // The skipped row does not move time: with it, absence would be due; nor does the row after it
    // run backwards.
    let rows = [
        "{\"t_us\":0,\"band\":\"~a\",\"rssi\":-60}\n",
        "{\"t_us\":90000000,\"band\":\"~a\",\"rssi\":-300}\n",
        "nonsense\n",
        TAP,
    ]
    .concat();
    let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{rows}"));
    let options = "--format jsonl --set rssi_window_tap=1 --set rssi_window_long=1";
    let ran = folder.run(&format!("replay a.rssi.jsonl --lenient {options}"));
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":0,"band":"~a","event":"present","mean":-60}"#,
            r#"{"t_us":1000000,"band":"~a","event":"tap","mean":-40}"#
        ]
    );
    assert!(ran.summary().contains(r#""samples":2,"bands":1,"duration_s":1,"#), "{ran:?}");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("a.rssi.jsonl:3: "), "names the first: {}", ran.stderr);
    assert_eq!(folder.run(&format!("replay a.rssi.jsonl {options}")).code, 2);
}

#[test]
fn a_torn_last_line_is_dropped_with_a_warning() {
    for torn in ["{\"t_us\":2000000,\"band\":\"~a\",\"rs", "{", "{\"t_us\":2000000,\"note\":\"caf\u{e9}"] {
        let whole = format!("{}{torn}", good());
        // A crash may cut a character in two.
        for text in [whole.as_bytes(), &whole.as_bytes()[..whole.len() - usize::from(!torn.is_ascii())]] {
            let folder = Folder::with("a.rssi.jsonl", text);
            for options in [OPTIONS.to_owned(), format!("{OPTIONS} --lenient")] {
                let ran = folder.run(&format!("replay a.rssi.jsonl {options}"));
                assert_eq!((ran.code, ran.events()), (0, vec![TAP_EVENT]), "{ran:?}");
                assert!(
                    ran.stderr.contains("warning") && ran.stderr.contains("a.rssi.jsonl"),
                    "{}",
                    ran.stderr
                );
            }
        }
    }
}

#[test]
fn a_last_line_without_its_newline_counts_where_it_parses() {
    let folder = Folder::with("a.rssi.jsonl", good().trim_end());
    let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    assert_eq!((ran.code, ran.events(), ran.stderr.as_str()), (0, vec![TAP_EVENT], ""));
    // It parses, and is bad: no crash leaves that.
    let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{{\"t_us\":1,\"band\":\"~a\",\"rssi\":99}}"));
    assert_eq!(folder.run(&format!("replay a.rssi.jsonl {OPTIONS}")).code, 2);
}

#[test]
fn rows_of_other_tools_and_line_ends_are_read() {
    let text = good().replace('\n', "\r\n") + "{\"t_us\":1000001,\"vendor\":{\"rssi\":1}}\r\n";
    let folder = Folder::with("a.rssi.jsonl", format!("\u{feff}{text}"));
    let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    assert_eq!((ran.code, ran.events()), (0, vec![TAP_EVENT]), "{ran:?}");
}

#[test]
fn the_standard_input_is_a_recording_plain_or_compressed() {
    let folder = Folder::new();
    for bytes in [good().into_bytes(), zstd(&good())] {
        let ran = folder.run_with_stdin(&format!("replay - {OPTIONS}"), &bytes);
        assert_eq!((ran.code, ran.events()), (0, vec![TAP_EVENT]), "{ran:?}");
    }
    let ran = folder.run_with_stdin(&format!("replay - {OPTIONS}"), format!("{HEADER}x\n").as_bytes());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(":2: "), "{}", ran.stderr);
}

#[test]
fn a_compressed_recording_prints_the_same_bytes() {
    let folder = Folder::with("a.rssi.jsonl", good());
    folder.write("a.rssi.jsonl.zst", zstd(&good()));
    // Two frames, as an appended file has.
    folder.write("b.rssi.jsonl.zst", [zstd(HEADER), zstd(TAP)].concat());
    let plain = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    for name in ["a.rssi.jsonl.zst", "b.rssi.jsonl.zst"] {
        let ran = folder.run(&format!("replay {name} {OPTIONS}"));
        assert_eq!((ran.code, ran.stdout), (0, plain.stdout.clone()));
    }
}

#[test]
fn a_folder_and_a_pattern_lead_to_recordings_in_order() {
    let folder = Folder::with("traces/b.rssi.jsonl", good());
    folder.write("traces/a.rssi.jsonl.zst", zstd(&good()));
    folder.write("traces/deep/c.rssi.jsonl", good());
    folder.write("traces/notes.txt", "not a recording");
    let named = |ran: &support::Ran| -> Vec<String> {
        let path = |line: &str| line.split("\"recording\":\"").nth(1).map(|p| p.replace("\\\\", "/"));
        ran.events().into_iter().filter_map(path).collect()
    };
    let all = folder.run(&format!("replay traces {OPTIONS}"));
    assert_eq!(
        named(&all),
        ["traces/a.rssi.jsonl.zst\"}", "traces/b.rssi.jsonl\"}", "traces/deep/c.rssi.jsonl\"}"]
    );
    assert_eq!(all.code, 0);
    let some = folder.run(&format!("replay traces/*.rssi.jsonl* {OPTIONS}"));
    assert_eq!(named(&some), ["traces/a.rssi.jsonl.zst\"}", "traces/b.rssi.jsonl\"}"]);
    for nothing in ["empty*.rssi.jsonl", "void"] {
        folder.write("void/notes.txt", "");
        let ran = folder.run(&format!("replay {nothing} {OPTIONS}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(nothing), "{}", ran.stderr);
    }
}

#[test]
fn a_bad_file_is_reported_and_the_others_still_run() {
    let folder = Folder::with("a.rssi.jsonl", good());
    // It taps before its bad line; nothing of it reaches stdout.
    folder.write("b.rssi.jsonl", format!("{}{{\"t_us\":0}}\n", good().replace("~a", "~bad")));
    folder.write("c.rssi.jsonl", good().replace("~a", "~c"));
    let ran = folder.run(&format!("replay a.rssi.jsonl b.rssi.jsonl gone.rssi.jsonl c.rssi.jsonl {OPTIONS}"));
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.events(),
        [
            r#"{"t_us":1000000,"band":"~a","event":"tap","mean":-40,"recording":"a.rssi.jsonl"}"#,
            r#"{"t_us":1000000,"band":"~c","event":"tap","mean":-40,"recording":"c.rssi.jsonl"}"#,
        ]
    );
    assert!(ran.summary().contains(r#""samples":2,"bands":2,"duration_s":2,"taps":2,"#), "{ran:?}");
    assert!(
        ran.stderr.contains("b.rssi.jsonl:3: ") && ran.stderr.contains("gone.rssi.jsonl"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut text = HEADER.to_owned();
    for t in 0..20_000 {
        text +=
            &format!("{{\"t_us\":{t},\"band\":\"~a\",\"rssi\":{}}}\n", if t % 2 == 0 { -40 } else { -60 });
    }
    let folder = Folder::with("a.rssi.jsonl", text);
    let mut child = support::tapbench()
        .args(["replay", "a.rssi.jsonl"])
        .args(OPTIONS.split(' '))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_ne!(output.status.code(), Some(101), "a panic");
}

#[test]
fn a_compressed_recording_that_was_cut_off_is_read_as_far_as_it_goes() {
    let mut text =
        String::from("{\"rssi_recording\":1,\"sources\":[{\"id\":\"b\",\"kind\":\"bluegiga\"}]}\n");
    for t_us in 0..40_000_u32 {
        // Rows that do not compress to nothing, so that the stream has several blocks.
        let rssi = -40 - i64::from(t_us.wrapping_mul(2_654_435_761) >> 27);
        text += &format!("{{\"t_us\":{t_us},\"band\":\"C6:05:04:03:02:01\",\"rssi\":{rssi}}}\n");
    }
    let whole = zstd::encode_all(text.as_bytes(), 0).expect("compresses");
    let folder = Folder::with("cut.rssi.jsonl.zst", &whole[..whole.len() * 3 / 4]);
    let ran = folder.run("replay cut.rssi.jsonl.zst --format jsonl");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("cut off"), "{}", ran.stderr);
    let samples =
        ran.summary().split("\"samples\":").nth(1).and_then(|s| s.split(',').next()?.parse::<u32>().ok());
    assert!(samples.is_some_and(|n| (10_000..40_000).contains(&n)), "{samples:?}");
}

#[test]
fn a_duration_of_microseconds_has_no_exponent() {
    let folder = Folder::with("a.rssi.jsonl", format!("{HEADER}{}", TAP.replace("1000000", "1")));
    let ran = folder.run(&format!("replay a.rssi.jsonl {OPTIONS}"));
    assert!(ran.summary().contains(r#""duration_s":0.000001,"#), "{ran:?}");
}

#[test]
fn a_band_or_source_that_is_not_there_is_said() {
    let folder = Folder::with("a.rssi.jsonl", good());
    let ran = folder.run(&format!("replay a.rssi.jsonl --band ~b {OPTIONS}"));
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("band asked for; there are ~a"), "{}", ran.stderr);
    let ran = folder.run(&format!("replay a.rssi.jsonl --source x --dongle bluegiga {OPTIONS}"));
    assert!(ran.stderr.contains("source asked for; there are d"), "{}", ran.stderr);
    // A band that only a segment names.
    let mark = "{\"t_us\":2000000,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\",\"band\":\"~b\"}\n";
    folder.write("b.rssi.jsonl", good() + mark);
    let ran = folder.run(&format!("replay b.rssi.jsonl --band ~b {OPTIONS}"));
    assert!(ran.stderr.contains("not one sample of a band asked for"), "{}", ran.stderr);
    // Without a dongle that was named, that is all that is wrong.
    let marked = format!("{HEADER}{{\"t_us\":0,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}}\n{TAP}");
    folder.write("a.rssi.jsonl", marked);
    for command in ["replay", "tune"] {
        let ran = folder.run(&format!("{command} a.rssi.jsonl --source x"));
        assert_eq!(ran.code, 2);
        let says = "a.rssi.jsonl: no source has the id that was asked for; there are d";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!ran.stderr.contains("dongle"), "{}", ran.stderr);
    }
    let ran = folder.run(&format!("replay a.rssi.jsonl --band ~a --band ~b --source d {OPTIONS}"));
    assert_eq!(ran.stderr, "");
}
