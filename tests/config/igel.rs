//! Promise: IGEL gets the same values under the names that UMS wants.

use super::{Bench, GOOD};

#[test]
fn all_five_in_capitals() {
    let bench = Bench::with(GOOD);
    let run = bench.run("igel nbe.toml --dongle bluegiga --format csv --set rssi_window_tap=12").exits(0);
    assert_eq!(
        run.out,
        "NAME,VALUE\nRSSI_WINDOW_TAP,12\nRSSI_WINDOW_LONG,50\nRSSI_TAP_THRESHOLD,-42\nRSSI_CUTOFF_CLOSE,-70\nRSSI_CUTOFF_FAR,-83\n"
    );
    assert!(run.err.contains("no per-dongle tables"));
    bench.put("pasted.txt", run.out);
    bench.run("check --igel pasted.txt --dongle bluegiga").exits(0).says("0 errors");
    bench.run("igel nbe.toml").exits(2);
}

#[test]
fn what_is_not_known_is_named_and_nothing_is_printed() {
    let bench = Bench::with(GOOD);
    let run = bench.run("igel --dongle bleuio").exits(2);
    assert!(run.out.is_empty() && run.err.contains("rssi_window_long, rssi_tap_threshold"));
    bench.run("igel --dongle bluegiga").exits(0).says("sources disagree");
    bench.run("igel --dongle bluegiga --set rssi_cutoff_far=-60").exits(1).says("must be farther from 0");
    bench.run("igel --dongle bluegiga --set rssi_cutoff_far=x").exits(2);
    bench
        .run("igel --dongle bluegiga --set rssi_windows_tap=1")
        .exits(2)
        .says("did you mean rssi_window_tap?");
}

#[test]
fn pasted_lines_are_checked() {
    let bench = Bench::new();
    bench.put("pasted.txt", "RSSI_WINDOWS_TAP=10\nrssi_cutoff_far=-83\nRSSI_TAP_THRESHOLD=-42.5\n");
    bench
        .run("check --igel pasted.txt")
        .exits(1)
        .says("pasted.txt:1:1: error[misspelt-key]")
        .says("did you mean RSSI_WINDOW_TAP?")
        .says("pasted.txt:2:1: error[not-in-capitals]")
        .says("pasted.txt:3:20: error[wrong-type]");
}
