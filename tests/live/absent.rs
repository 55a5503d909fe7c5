//! A dongle that is away costs next to nothing.

use super::record::record;
use super::*;
use support::Folder;

/// The time that all threads of a process have run.
pub fn cpu_time(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let ran = tasks.map(|task| {
        let statistics = std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        statistics.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(ran.sum())
}

#[test]
fn under_two_percent_of_a_processor_while_both_dongles_are_away() {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name);
    let (out, ports) = (at("a.rssi.jsonl"), [at("bluegiga"), at("bleuio")]);
    let plugged = [Plugged::usual(MODELS[0], &ports[0]), Plugged::usual(MODELS[1], &ports[1])];
    let mut child = record(&out, &[(MODELS[0], &ports[0]), (MODELS[1], &ports[1])], &["--all"]);
    let text = || std::fs::read_to_string(&out).unwrap_or_default();
    until("samples", || text().lines().count() > 10);
    plugged.into_iter().for_each(|dongle| drop(dongle.unplugged()));
    until("both losses", || text().matches("\"lost\"").count() == 2);
    let (before, since) = (cpu_time(child.id()), Instant::now());
    std::thread::park_timeout(Duration::from_secs(3));
    let share = (cpu_time(child.id()) - before).as_secs_f64() / since.elapsed().as_secs_f64();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(share < 0.02, "{:.1} % of a processor", share * 100.0);
}
