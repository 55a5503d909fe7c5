//! Promise: `set` judges before it writes, says why it refuses, and never invents an agent.

use super::{Bench, GOOD};

/// Runs a `set` that must leave the folder as it is.
#[track_caller]
fn refuses(bench: &Bench, line: &str, exit: i32, words: &str) {
    let files = bench.others(&[]);
    let texts: Vec<_> = files.iter().map(|name| std::fs::read(bench.path(name)).unwrap()).collect();
    bench.run(line).exits(exit).says(words);
    assert_eq!(bench.others(&[]), files);
    let now: Vec<_> = files.iter().map(|name| std::fs::read(bench.path(name)).unwrap()).collect();
    assert_eq!(now, texts);
}

#[test]
fn a_value_is_changed_and_the_old_file_kept_beside_it() {
    let bench = Bench::with(GOOD);
    let run = bench
        .run("set nbe.toml --dongle bluegiga rssi_tap_threshold=-50 rssi_window_tap=12")
        .exits(0)
        .says("restart the Nymi Bluetooth Endpoint service");
    assert_eq!(bench.text("nbe.toml"), GOOD.replace("-42", "-50").replace("tap = 10", "tap = 12"));
    let backups = bench.others(&["nbe.toml"]);
    assert_eq!(backups.len(), 1);
    assert!(backups[0].starts_with("nbe.toml.bak-2") && backups[0].ends_with('Z') && backups[0].len() == 29);
    assert_eq!(bench.text(&backups[0]), GOOD);
    assert!(run.err.contains(&backups[0]));
    bench.run("set nbe.toml --dongle bluegiga rssi_tap_threshold=-50").exits(0).says("nothing to change");
    assert_eq!(bench.others(&["nbe.toml"]), backups, "no second backup");
}

#[test]
fn bad_values_are_refused_together_and_bad_usage_is_another_exit() {
    let bench = Bench::with(GOOD);
    let set = |values: &str| format!("set nbe.toml --dongle bluegiga {values}");
    for (values, words) in [
        ("rssi_window_tap=ten", "not a whole number"),
        ("rssi_window_tap=10.5", "not a whole number"),
        ("rssi_window_tap=", "not a whole number"),
        ("rssi_window_tap=0", "outside its domain"),
        ("rssi_tap_threshold=1", "outside its domain"),
        (
            "rssi_window_tap=99999999999999999999",
            "outside its domain: a whole number from 1 to 1000 (samples)",
        ),
        ("rssi_cutoff_far=-70", "must be farther from 0 than rssi_cutoff_close (-70)"),
        ("rssi_cutoff_close=-40 rssi_window_tap=12", "must be farther from 0 than rssi_tap_threshold"),
    ] {
        refuses(&bench, &set(values), 1, words);
        refuses(&bench, &set(values).replace("set", "diff"), 1, words);
        refuses(&bench, &format!("{} --dry-run", set(values)), 1, words);
    }
    for (line, words) in [
        (set("rssi_windows_tap=10"), "did you mean rssi_window_tap?"),
        (set("agent_url=ws://x"), "none of NBE's five"),
        (set("rssi_window_tap=10 rssi_window_tap=11"), "given twice"),
        (set("rssi_window_tap"), "KEY=VALUE"),
        ("set nbe.toml rssi_window_tap=10".into(), "--dongle"),
        (set(""), "KEY=VALUE"),
    ] {
        refuses(&bench, &line, 2, words);
    }
    bench.run(&set("rssi_cutoff_close=-40 rssi_tap_threshold=-39 rssi_cutoff_far=-41")).exits(0);
}

#[test]
fn a_file_that_is_not_toml_is_wrong_input() {
    let bench = Bench::with("agent_url = \n");
    refuses(&bench, "set nbe.toml --dongle bluegiga rssi_window_tap=x", 2, "nbe.toml:1:13: not TOML");
    bench.put("nbe.toml", "dongle = 1\n");
    refuses(&bench, "set nbe.toml --dongle bluegiga rssi_window_tap=9", 2, "not a table");
}

#[test]
fn what_was_wrong_before_is_printed_and_stops_nothing() {
    let text = "rssi_windows_tap = 1\n[dongle.bluegiga]\nrssi_cutoff_far = -60\n";
    let bench = Bench::with(text);
    bench
        .run("set nbe.toml --dongle bluegiga rssi_window_tap=12")
        .exits(0)
        .says("nbe.toml:1:1: error[misspelt-key]")
        .says("error[agent-url-missing]")
        .says("error[cutoff-order]");
    assert_eq!(bench.text("nbe.toml"), format!("{text}rssi_window_tap = 12\n"), "and no agent is added");
}

#[test]
fn the_layout_is_that_of_the_file_and_asked_for_where_it_has_both() {
    let bench = Bench::with("agent_url = \"ws://a\"\nrssi_window_tap = 9\n");
    bench.run("set nbe.toml --dongle bluegiga rssi_cutoff_far=-90").exits(0);
    assert_eq!(
        bench.text("nbe.toml"),
        "agent_url = \"ws://a\"\nrssi_window_tap = 9\nrssi_cutoff_far = -90\n"
    );
    bench.put("nbe.toml", "rssi_window_tap = 9\n[dongle.bleuio]\n");
    refuses(&bench, "set nbe.toml --dongle bluegiga rssi_window_tap=8", 2, "--layout");
    bench.run("set nbe.toml --dongle bluegiga rssi_window_tap=8 --layout top").exits(0);
    bench.run("set nbe.toml --dongle bleuio rssi_window_tap=7 --layout dongle").exits(0);
    assert_eq!(bench.text("nbe.toml"), "rssi_window_tap = 8\n[dongle.bleuio]\nrssi_window_tap = 7\n");
}

#[test]
fn a_new_file_is_a_copy_of_the_default_one_or_needs_an_agent() {
    let bench = Bench::new();
    let set = "set nbe.toml --dongle bluegiga rssi_tap_threshold=-50";
    refuses(&bench, set, 2, "--create --agent-url");
    refuses(&bench, &format!("{set} --create"), 2, "--agent-url");
    refuses(&bench, &format!("{set} --create --agent-url http://a"), 2, "no ws:// or wss://");
    bench.run(&format!("{set} --create --agent-url wss://agent.example:9120/socket/websocket")).exits(0);
    assert_eq!(
        bench.text("nbe.toml"),
        "agent_url = \"wss://agent.example:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_tap_threshold = -50\n"
    );
    assert_eq!(bench.others(&["nbe.toml"]), [""; 0]);
    bench.run(&format!("{set} --create --agent-url ws://other")).exits(0).says("not used");

    let bench = Bench::new();
    bench.put("nbe.default.toml", GOOD.replace('\n', "\r\n"));
    refuses(
        &bench,
        &format!("{set} --create --agent-url ws://other"),
        2,
        "names the agent ws://127.0.0.1:9120/socket/websocket",
    );
    bench.run(set).exits(0).says("a copy of nbe.default.toml");
    assert_eq!(bench.text("nbe.toml"), GOOD.replace('\n', "\r\n").replace("-42", "-50"));

    let bench = Bench::new();
    bench.put("nbe.default.toml", "[dongle.bluegiga]\nrssi_tap_threshold = 0\n");
    refuses(&bench, set, 2, "has no agent_url");
    bench.run(&format!("{set} --create --agent-url ws://a")).exits(0);
    assert_eq!(
        bench.text("nbe.toml"),
        "agent_url = \"ws://a\"\n[dongle.bluegiga]\nrssi_tap_threshold = -50\n"
    );
}

#[test]
fn diff_and_dry_run_show_the_change_and_make_none() {
    let bench = Bench::with(GOOD);
    let expected = "--- nbe.toml\n+++ nbe.toml\n@@ -3,6 +3,6 @@\n [dongle.bluegiga]\n rssi_window_tap = 10\n \
                    rssi_window_long = 50\n-rssi_tap_threshold = -42\n+rssi_tap_threshold = -50\n \
                    rssi_cutoff_close = -70\n rssi_cutoff_far = -83\n";
    for line in ["diff nbe.toml --dongle bluegiga", "set --dry-run nbe.toml --dongle bluegiga"] {
        assert_eq!(bench.run(&format!("{line} rssi_tap_threshold=-50")).exits(0).out, expected);
        assert_eq!(bench.run(&format!("{line} rssi_tap_threshold=-42")).exits(0).out, "");
    }
    let colored = bench.run("diff nbe.toml --dongle bluegiga rssi_tap_threshold=-50 --color always");
    assert!(colored.out.contains("\x1b[32m+rssi_tap_threshold = -50\x1b[0m\n"));
    assert_eq!(bench.text("nbe.toml"), GOOD);
    assert_eq!(bench.others(&["nbe.toml"]), [""; 0]);
}

#[test]
fn migrate_shows_the_diff_first_and_keeps_the_old_file() {
    let old = "agent_url = \"ws://a\"\n# tuned\nrssi_tap_threshold = -50 # x\n";
    let new = "agent_url = \"ws://a\"\n\n[dongle.bleuio]\n# tuned\nrssi_tap_threshold = -50 # x\n";
    let bench = Bench::with(old);
    let run = bench.run("migrate nbe.toml --dongle bleuio --dry-run").exits(0);
    assert!(run.out.contains("+[dongle.bleuio]\n") && bench.text("nbe.toml") == old);
    let run = bench.run("migrate nbe.toml --dongle bleuio").exits(0);
    assert!(run.out.starts_with("--- nbe.toml\n"));
    assert_eq!(bench.text("nbe.toml"), new);
    assert_eq!(bench.text(&bench.others(&["nbe.toml"])[0]), old);
    bench.run("migrate nbe.toml --dongle bleuio").exits(0).says("nothing to change");
    bench.put("nbe.toml", old);
    bench.run("migrate nbe.toml").exits(0).says("no --dongle is given");
    assert!(bench.text("nbe.toml").contains("[dongle.bluegiga]"));
    bench.put("nbe.toml", "rssi_window_tap = 1\n[dongle.bluegiga]\nrssi_window_tap = 2\n");
    bench.run("migrate nbe.toml").exits(1).says("different values");
}

#[test]
fn every_help_ends_with_an_example() {
    let bench = Bench::new();
    for command in ["check", "show", "diff", "set", "migrate", "restore", "igel"] {
        bench
            .run(&format!("{command} --help"))
            .exits(0)
            .says(&format!("Example:\n  tapbench config {command}"));
    }
}
