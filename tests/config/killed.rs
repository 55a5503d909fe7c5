//! Promise: whatever instant the power fails or the process is killed, the file is the old one or
//! the new one, whole, and so is every backup.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Bench, GOOD};

const KILLS: u32 = 200;
const TEMPORARY: &str = ".tapbench-";

#[test]
fn two_hundred_kills_leave_the_old_file_or_the_new_one() {
    let bench = Bench::with(GOOD);
    let new = GOOD.replace("-42", "-50");
    let set = |value: i32| {
        let line = format!("set nbe.toml --dongle bluegiga rssi_tap_threshold={value} -q");
        bench.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let started = Instant::now();
    for value in [-50, -42, -50, -42] {
        assert!(set(value).wait().unwrap().success());
    }
    let whole_run = started.elapsed() / 4;
    // Most kills inside the second half of a run, where the writing is.
    for kill in 0..KILLS {
        let value = if bench.text("nbe.toml") == new { -42 } else { -50 };
        let delay = whole_run * kill * 5 / (KILLS * 4);
        let mut child = set(value);
        let spawned = Instant::now();
        while spawned.elapsed() < delay.min(Duration::from_millis(200)) {
            std::hint::spin_loop();
        }
        let _ = child.kill();
        child.wait().unwrap();
        let text = bench.text("nbe.toml");
        assert!(text == GOOD || text == new, "kill {kill} left {text:?}");
    }
    for name in bench.others(&["nbe.toml"]) {
        if !name.starts_with(TEMPORARY) {
            assert!(name.starts_with("nbe.toml.bak-"), "{name}");
            let text = bench.text(&name);
            assert!(text == GOOD || text == new, "{name} is {text:?}");
        }
    }
    let last = if bench.text("nbe.toml") == new { -42 } else { -50 };
    assert!(set(last).wait().unwrap().success());
    let leftovers = bench.others(&["nbe.toml"]).into_iter().filter(|name| name.starts_with(TEMPORARY));
    assert_eq!(leftovers.count(), 0, "the next run cleans up");
}
