//! Promise: everything that NBE would not read as meant is found, with its line and column.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use tapbench::engine::parameters::Dongle;
use tapbench::nbe_config::{Context, Severity, check_bytes};

use super::{Bench, GOOD, Run};

const AGENT: &str = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n";

/// `severity code line:column key` of each finding.
fn found(text: &str, dongle: Option<Dongle>) -> Vec<String> {
    let findings = check_bytes(text.as_bytes(), Context { dongle, is_default_file: false });
    let line = |finding: &tapbench::nbe_config::Finding| {
        let at = finding.at.map_or("-".into(), |at| format!("{}:{}", at.line, at.column));
        let key = finding.key.as_deref().unwrap_or("-");
        assert!(!finding.remedy.is_empty());
        for text in [&finding.message, &finding.remedy] {
            for word in ["higher", "lower", "increase", "decrease"] {
                assert!(!text.contains(word), "{text}");
            }
        }
        format!("{} {} {at} {key}", finding.severity.name(), finding.code)
    };
    findings.iter().map(line).collect()
}

/// The findings of a file with an agent on line 1.
fn below_agent(text: &str) -> Vec<String> {
    found(&format!("{AGENT}{text}"), None)
}

#[test]
fn a_good_file_has_no_findings() {
    assert_eq!(found(GOOD, Some(Dongle::Bluegiga)), [""; 0]);
    assert_eq!(below_agent(""), [""; 0]);
}

#[test]
fn what_is_not_toml_is_found_with_line_and_column() {
    assert_eq!(below_agent("x = = 1\n"), ["error not-toml 2:5 -"]);
    assert_eq!(below_agent("[dongle.bluegiga]\nx = 1\nx = 2\n"), ["error duplicate-key 4:1 x"]);
    assert_eq!(below_agent("[t]\nx = 1\n[t]\n"), ["error duplicate-key 4:2 t"]);
    assert_eq!(found("\u{feff}é = 1", None), ["error not-toml 1:1 -"]);
    let findings = check_bytes(b"a = 1\nb = \"\xe9\"\n", Context::default());
    assert_eq!((findings[0].code, findings[0].at.unwrap().line), ("not-utf8", 2));
    let utf16: Vec<u8> = "\u{feff}a = 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(check_bytes(&utf16, Context::default())[0].message.contains("UTF-16"));
}

#[test]
fn values_of_a_wrong_type_or_outside_their_domain_are_errors() {
    assert_eq!(
        below_agent(
            "[dongle.bluegiga]\nrssi_window_tap = \"10\"\nrssi_window_long = 50.0\nrssi_tap_threshold = 1\nrssi_cutoff_far = 0\n[dongle.bleuio.rssi_window_tap]\n"
        ),
        [
            "error wrong-type 3:19 rssi_window_tap",
            "error wrong-type 4:20 rssi_window_long",
            "error out-of-domain 5:22 rssi_tap_threshold",
            "error out-of-domain 6:19 rssi_cutoff_far",
            "error wrong-type 7:1 dongle.bleuio.rssi_window_tap",
        ]
    );
    assert_eq!(below_agent("dongle = 1\n"), ["error wrong-type 2:1 dongle"]);
    assert_eq!(below_agent("[[dongle.bluegiga]]\n"), ["error wrong-type 2:1 dongle.bluegiga"]);
}

#[test]
fn misspelt_and_misplaced_keys_are_errors() {
    for wrong in [
        "rss_i_window_tap",
        "rssi_windows_tap",
        "rss_i_windows_tap",
        "RSSI_WINDOWS_TAP",
        "RSSI_WINDOW_TAP",
        "rssi_window_tp",
    ] {
        let text = format!("{AGENT}[dongle.bleuio]\n{wrong} = 10\n");
        let findings = check_bytes(text.as_bytes(), Context::default());
        assert_eq!(findings.len(), 1, "{wrong}");
        assert_eq!(findings[0].code, "misspelt-key");
        assert_eq!(findings[0].message, "NBE does not know this key; did you mean rssi_window_tap?");
    }
    assert_eq!(
        below_agent(
            "[dongle]\nrssi_window_tap = 1\n[bluegiga]\nrssi_cutoff_far = -1\n[dongle.Bluegiga]\nrssi_cutoff_far = -1\n"
        ),
        [
            "error wrong-table 3:1 rssi_window_tap",
            "note unknown-table 4:1 bluegiga",
            "error wrong-table 5:1 rssi_cutoff_far",
            "note unknown-table 6:1 dongle.Bluegiga",
            "error wrong-table 7:1 rssi_cutoff_far",
        ]
    );
    assert_eq!(
        below_agent("log = 1\n[dongle.bluegiga]\nscan = 2\n[x.y]\nz = 3\n"),
        ["note unknown-key 2:1 log", "note unknown-key 4:1 scan", "note unknown-table 5:1 x.y"]
    );
}

#[test]
fn the_agent_must_be_there_and_be_a_websocket() {
    assert_eq!(found("", None), ["error agent-url-missing - agent_url"]);
    assert_eq!(found("[t]\nagent_url = \"ws://a\"\n", None)[1], "error agent-url-missing 2:1 agent_url");
    // Of a line that is to be changed no note says that there is nothing to do.
    for meant in ["[dongle.bluegiga]\nagent_url = \"ws://a\"\n", "\nagent_ulr = \"ws://a\"\n"] {
        let found = found(meant, None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("error agent-url-missing 2:1"), "{found:?}");
    }
    for bad in ["\"http://a\"", "\"ws://\"", "5", "\"ws://a b\"", "\"\"", "\"ws://a:99999/x\"", "\"wss:/a\""]
    {
        assert_eq!(found(&format!("agent_url = {bad}\n"), None), ["error agent-url-invalid 1:13 agent_url"]);
    }
    for good in ["ws://a", "wss://agent.example:443/x?y=1", "ws://[::1]:9120/socket", "WS://A"] {
        assert_eq!(found(&format!("agent_url = \"{good}\"\n"), None), [""; 0]);
    }
    let context = Context { dongle: None, is_default_file: true };
    assert_eq!(check_bytes(b"", context)[0].severity, Severity::Note);
}

#[test]
fn the_order_is_judged_with_the_defaults_of_the_dongle() {
    assert_eq!(
        below_agent("[dongle.bluegiga]\nrssi_cutoff_far = -60\n"),
        ["error cutoff-order 3:19 rssi_cutoff_far"]
    );
    assert_eq!(
        below_agent("[dongle.bleuio]\nrssi_cutoff_far = -60\n"),
        [""; 0],
        "nothing is published for BleuIO"
    );
    assert_eq!(
        below_agent("[dongle.bluegiga]\nrssi_cutoff_close = -40\nrssi_tap_threshold = 0\n"),
        [""; 0],
        "0 turns the tap off"
    );
    assert_eq!(
        below_agent("[dongle.bluegiga]\nrssi_cutoff_close = 0\nrssi_cutoff_far = -42\n"),
        ["error cutoff-order 4:19 rssi_cutoff_far"]
    );
    let top = format!("{AGENT}rssi_cutoff_far = -60\n");
    assert_eq!(found(&top, None), ["warning old-layout 2:1 rssi_cutoff_far"]);
    assert_eq!(
        found(&top, Some(Dongle::Bluegiga)),
        ["warning old-layout 2:1 rssi_cutoff_far", "error cutoff-order 2:19 rssi_cutoff_far"]
    );
}

#[test]
fn what_works_but_is_not_meant_is_a_warning() {
    assert_eq!(
        below_agent("[dongle.bluegiga]\nrssi_window_tap = 60\n"),
        ["warning window-order 3:19 rssi_window_tap"]
    );
    for (threshold, code) in [
        (-38, "threshold-above-ceiling"),
        (-39, "threshold-closer-than-recommended"),
        (-41, "threshold-closer-than-recommended"),
    ] {
        assert_eq!(
            below_agent(&format!("[dongle.bluegiga]\nrssi_tap_threshold = {threshold}\n")),
            [format!("warning {code} 3:22 rssi_tap_threshold")]
        );
    }
    assert_eq!(below_agent("[dongle.bleuio]\nrssi_tap_threshold = -10\n"), [""; 0]);
    assert_eq!(
        below_agent("rssi_window_tap = 10\n[dongle.bluegiga]\n"),
        ["warning both-layouts 2:1 rssi_window_tap"]
    );
    assert_eq!(found(GOOD, Some(Dongle::BleuIo)), ["warning table-missing - dongle.bleuio"]);
    assert_eq!(
        found(&format!("\u{feff}{}", AGENT.replace('\n', "\r\n")), None)
            .iter()
            .map(|line| line.split(' ').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>(),
        ["byte-order-mark", "crlf"]
    );
}

#[test]
fn what_only_newer_readers_of_toml_take_is_a_warning() {
    for text in ["dongle = {\n bluegiga = {} }\n", "dongle.bluegiga = { rssi_window_tap = 10, }\n"] {
        assert_eq!(below_agent(text).len(), 1, "{text}");
        assert!(below_agent(text)[0].starts_with("warning newer-toml 2:"));
    }
    assert_eq!(below_agent("dongle.bluegiga = { rssi_window_tap = 10, rssi_window_long = 50 }\n"), [""; 0]);
    assert_eq!(below_agent("x = { y = [\n1,\n] }\n"), ["note unknown-table 2:5 x"]);
}

#[test]
fn the_table_and_the_json_have_the_shape_that_scripts_read() {
    let bench = Bench::with(&format!("{AGENT}[dongle.bluegiga]\nrssi_windows_tap = 10\n"));
    bench.put("empty.toml", "");
    let run = bench.run("check nbe.toml empty.toml").exits(1);
    assert!(run.out.starts_with(
        "nbe.toml:3:1: error[misspelt-key]: NBE does not know this key; did you mean rssi_window_tap?\n    rename"
    ));
    assert!(run.out.contains("empty.toml: error[agent-url-missing]"));
    let run = bench.run("check nbe.toml empty.toml --format json").exits(1);
    assert!(
        run.out.starts_with("{\"findings\":[{\"file\":\"nbe.toml\",\"severity\":\"error\",\"line\":3,\"column\":1,\"code\":\"misspelt-key\",\"key\":\"rssi_windows_tap\",\"message\":\"")
    );
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["findings"][1]["line"], serde_json::Value::Null);
    bench.put("nbe.toml", GOOD);
    assert_eq!(bench.run("check nbe.toml --format json").exits(0).out, "{\"findings\":[]}\n");
}

#[test]
fn folders_and_patterns_are_searched_and_a_bad_file_does_not_stop_the_rest() {
    let bench = Bench::new();
    bench.put("site/a/nbe.toml", "x = 1\n");
    bench.put("site/b/nbe.toml", GOOD);
    bench.put("site/b/NBE.default.toml", GOOD);
    bench.put("site/b/nbe.toml.bak-20260101T000000Z", "");
    bench.put("other.toml", "");
    let run = bench.run("check site").exits(1).says("3 files: 1 error, 0 warnings, 1 note");
    assert!(!run.out.contains("other"));
    bench.run("check s*/*/nbe.toml").exits(1).says("2 files:");
    bench.run("check nothing.toml site").exits(2).says("cannot read nothing.toml").says("3 files");
    bench.run("check *.json").exits(2).says("no file matches");
    bench.run("check").exits(2);
    std::fs::create_dir(bench.path("void")).unwrap();
    bench.run("check void").exits(2).says("holds no nbe.toml");
}

#[test]
fn a_syntax_error_is_a_finding_and_a_huge_file_is_refused() {
    let bench = Bench::with("agent_url = “ws://a”\n");
    bench.run("check nbe.toml").exits(1).says("nbe.toml:1:13: error[not-toml]").says("straight");
    bench.put("huge.toml", "#".repeat(2 << 20));
    bench.run("check huge.toml").exits(2).says("1 MiB");
    let mut child = bench.command("check -").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"x = ").unwrap();
    Run::of(child.wait_with_output().unwrap_or_else(|error| panic!("{error}"))).exits(1).says("-:1:5");
}

#[test]
fn thousands_of_findings_are_no_trouble() {
    let mut text = String::from(AGENT);
    for n in 0..5_000 {
        writeln!(text, "[t{n}]\nrssi_window_tap = 1").unwrap();
    }
    assert!(found(&text, None).len() > 5_000);
}

#[test]
fn the_dongle_whose_threshold_is_not_set_is_named() {
    let check = |tables: &str| Bench::with(&format!("{AGENT}{tables}")).run("check nbe.toml").err;
    let said = check("[dongle.bleuio]\nrssi_window_tap = 10\n");
    assert!(said.contains("not set for a BleuIO dongle") && !said.contains("Bluegiga"), "{said}");
    let said = check("[dongle.bleuio]\nrssi_tap_threshold = -90\n");
    assert!(!said.contains("not set"), "{said}");
    let said = check("[dongle.bluegiga]\nrssi_window_tap = 10\n[dongle.bleuio]\nrssi_tap_threshold = -42\n");
    assert!(said.contains("not set for a Bluegiga dongle") && !said.contains("BleuIO"), "{said}");
    let said = check("rssi_window_tap = 10\n");
    assert!(said.contains("rssi_tap_threshold is not set, "), "{said}");
}
