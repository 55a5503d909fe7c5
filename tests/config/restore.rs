//! Promise: nothing that was in the file is ever lost.

use super::{Bench, GOOD};

#[test]
fn the_newest_backup_comes_back_and_the_present_file_is_kept() {
    let bench = Bench::with(GOOD);
    bench.run("restore nbe.toml").exits(2).says("no backup");
    assert_eq!(bench.run("restore nbe.toml --list").exits(0).out, "");
    for value in [-50, -51, -52] {
        bench.run(&format!("set nbe.toml --dongle bluegiga rssi_tap_threshold={value}")).exits(0);
    }
    let run = bench.run("restore nbe.toml --list").exits(0);
    let listed: Vec<&str> = run.out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed.len(), 3);
    assert!(bench.text(listed[0]).contains("-51") && bench.text(listed[2]) == GOOD);

    bench.run("restore nbe.toml").exits(0).says("restart");
    assert!(bench.text("nbe.toml").contains("-51"));
    bench.run(&format!("restore nbe.toml --to {}", listed[2])).exits(0);
    assert_eq!(bench.text("nbe.toml"), GOOD);
    bench.run(&format!("restore nbe.toml --to {}", listed[2])).exits(0).says("already the same");
    assert_eq!(bench.others(&["nbe.toml"]).len(), 5);
    bench.run("restore nbe.toml --to nbe.toml.bak-never").exits(2).says("--list");
}

#[test]
fn a_deleted_file_comes_back() {
    let bench = Bench::new();
    bench.put("nbe.toml.bak-20260102T030405Z", GOOD);
    bench.put("nbe.toml.bak-20250102T030405Z", "old");
    bench.run("restore nbe.toml").exits(0).says("nbe.toml.bak-20260102T030405Z");
    assert_eq!(bench.text("nbe.toml"), GOOD);
}

#[test]
fn what_is_wrong_in_what_came_back_is_said() {
    let bench = Bench::with(GOOD);
    bench.put("other", "[dongle.bluegiga]\nrssi_window_tap = 10\n");
    bench
        .run("restore nbe.toml --to other")
        .exits(0)
        .says("error[agent-url-missing]")
        .says("what it was before");
}

#[test]
fn what_is_no_toml_is_not_restored() {
    let bench = Bench::with(GOOD);
    bench.put("nbe.toml.bak-20260102T030405Z", "agent_url = \"ws://a\"\nthis is no TOML");
    for line in ["restore nbe.toml", "restore nbe.toml --to nbe.toml.bak-20260102T030405Z"] {
        bench.run(line).exits(2).says("bak-20260102T030405Z:2:").says("not TOML").says("--list");
        assert_eq!(bench.text("nbe.toml"), GOOD);
        assert_eq!(bench.others(&["nbe.toml"]), ["nbe.toml.bak-20260102T030405Z"]);
    }
}
