//! Promise: every effective value comes with its source, and what nobody published is not invented.

use super::{Bench, GOOD};

fn values(bench: &Bench, line: &str) -> Vec<String> {
    let run = bench.run(line).exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let row = |row: &serde_json::Value| {
        format!(
            "{} {} {} {}",
            row["key"].as_str().unwrap(),
            row["value"],
            row["source"].as_str().unwrap(),
            row["line"]
        )
    };
    json["values"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn file_then_published_then_unknown() {
    let bench =
        Bench::with("[dongle.bleuio]\nrssi_cutoff_far = -88\n[dongle.bluegiga]\nrssi_window_tap = 12\n");
    assert_eq!(
        values(&bench, "show nbe.toml --dongle bluegiga --format json"),
        [
            "rssi_window_tap 12 file 4",
            "rssi_window_long 50 published null",
            "rssi_tap_threshold -42 published null",
            "rssi_cutoff_close -70 published null",
            "rssi_cutoff_far -83 published null"
        ]
    );
    let bleuio = values(&bench, "show nbe.toml --dongle bleuio --format json");
    assert_eq!(bleuio[1], "rssi_window_long null unknown null");
    assert_eq!(bleuio[4], "rssi_cutoff_far -88 file 2");
    bench
        .run("show nbe.toml")
        .exits(0)
        .says("not known: not published for BleuIO; see nbe.default.toml")
        .says("sources disagree")
        .says("nbe.toml:4:19");
}

#[test]
fn the_default_file_beside_it_fills_what_is_not_published() {
    let bench = Bench::with("agent_url = \"ws://a\"\n");
    bench.put(
        "nbe.default.toml",
        "[dongle.bleuio]\nrssi_window_long = 40\n[dongle.bluegiga]\nrssi_tap_threshold = 0\n",
    );
    let bleuio = values(&bench, "show nbe.toml --dongle bleuio --format json");
    assert_eq!(bleuio[1], "rssi_window_long 40 nbe.default.toml 2");
    bench.run("show nbe.toml --dongle bluegiga").exits(0).says("nbe.default.toml:4:22 (0: BLE tap is off)");
}

#[test]
fn the_layout_of_older_releases_is_read() {
    let bench = Bench::with("rssi_window_tap = 7\n");
    assert_eq!(values(&bench, "show . --dongle bleuio --format json")[0], "rssi_window_tap 7 file 1");
}

#[test]
fn what_cannot_be_read_is_said() {
    let bench = Bench::with("[dongle.bluegiga]\nrssi_window_tap = \"7\"\n");
    bench.run("show nbe.toml").exits(1).says("not usable: rssi_window_tap is a quoted text");
    bench.put("nbe.toml", "x = ");
    bench.run("show nbe.toml").exits(2).says("nbe.toml:1:5");
    bench.put("good.toml", GOOD);
    bench.run("show missing.toml good.toml").exits(2).says("good.toml:4:19");
}
