//! A thousand taps: none is missed or doubled, each is told of at once, and nothing grows. In a debug build a card
//! lies for as long as it takes to be told of, which is the quickest that nobody can call missed; a release build
//! takes the time of people, on as many readers as are read at the same time.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use dongle_protocols::omnikey::device::Device;
use hdrhistogram::Histogram;
use serde_json::Value;

use super::bench::{LIMIT, NAME, Service, is_missing, until};
use super::played::Played;
use super::watch::Watching;

const READERS: u32 = if cfg!(debug_assertions) { 1 } else { 8 };
const TAPS_EACH: u32 = 1008 / READERS;
/// A card lies at least as long, and is away as long.
const HELD: Duration = Duration::from_millis(if cfg!(debug_assertions) { 0 } else { 500 });

/// From the card's arrival until the program has printed it.
const P99_MS: u64 = 50;

/// What the program holds: handles, threads and memory.
#[derive(Clone, Copy, Debug)]
struct Held {
    handles: usize,
    threads: usize,
    memory_kib: u64,
}

fn held(pid: u32) -> Held {
    let count = |what: &str| std::fs::read_dir(format!("/proc/{pid}/{what}")).unwrap().count();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let memory_kib = memory.trim().trim_end_matches(" kB").parse().unwrap();
    Held { handles: count("fd"), threads: count("task"), memory_kib }
}

/// Taps on one reader, told of by `rows`; how long it took until the program told of each, in microseconds.
fn taps(reader: &Played, rows: &Receiver<Value>, last_kind: &str) -> Vec<u64> {
    let next = |kind: &str| {
        let row = rows.recv_timeout(LIMIT).unwrap();
        assert_eq!(row["nfc"], kind, "{row}");
        row
    };
    let mut took_us = Vec::new();
    for _ in 0..TAPS_EACH {
        let begun = Instant::now();
        reader.card(true);
        next("inserted");
        took_us.push(u64::try_from(begun.elapsed().as_micros()).unwrap());
        if last_kind != "inserted" {
            next(last_kind);
        }
        thread::park_timeout(HELD.saturating_sub(begun.elapsed()));
        reader.card(false);
        assert_eq!(next("removed")["outcome"], "ok");
        thread::park_timeout(HELD);
    }
    took_us
}

#[expect(clippy::print_stdout, reason = "the figures are what a soak is run for")]
fn soak(more: &[&str], last_kind: &str) {
    if is_missing() {
        return;
    }
    let serials = (0..READERS).map(|n| format!("S{n}"));
    let readers: Vec<_> = serials.map(|serial| Played::new(Device::new(&serial))).collect();
    let service = Service::with_played(readers.iter().map(|reader| (NAME, reader.address())));
    let all =
        || (service.folder().run("devices").stdout.matches(NAME).count() == readers.len()).then_some(());
    until("all readers", all);
    let watching = Watching::of(&service, "5022", more);
    let pid = watching.child.id();
    let (senders, receivers): (Vec<_>, Vec<_>) = readers.iter().map(|_| sync_channel(16)).unzip();
    let mut growth = Vec::new();
    let took_us = thread::scope(|scope| {
        let each = readers.iter().zip(receivers);
        let threads: Vec<_> =
            each.map(|(reader, rows)| scope.spawn(move || taps(reader, &rows, last_kind))).collect();
        let mut removed = 0;
        while removed < READERS * TAPS_EACH && !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
            let Ok(row) = watching.rows.recv_timeout(LIMIT) else { break };
            if row["nfc"] == "removed" {
                removed += 1;
                if removed % (READERS * TAPS_EACH / 8) == 0 {
                    growth.push(held(pid));
                }
            }
            // As in "... Reader 03 00".
            let name = row["reader"].as_str().unwrap();
            let number = usize::from_str_radix(&name[name.len() - 5..name.len() - 3], 16).unwrap();
            senders[number].send(row).unwrap();
        }
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let (code, summary) = watching.ended();
    let taps = READERS * TAPS_EACH;
    assert_eq!((code, &summary["taps"], &summary["ok"]), (0, &taps.into(), &taps.into()), "{summary}");
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    took_us.iter().for_each(|us| histogram.record(*us).unwrap());
    let at_us = |quantile| histogram.value_at_quantile(quantile);
    let figures = format!(
        "{taps} taps, told of after {} us (p50), {} us (p99), {} us (max); held: {growth:?}",
        at_us(0.5),
        at_us(0.99),
        histogram.max()
    );
    println!("{figures}");
    assert_eq!(growth.len(), 8);
    assert!(at_us(0.99) <= P99_MS * 1000, "{figures}");
    // The first ones fill what is then used again.
    let (early, last) = (growth[1], growth[7]);
    assert!(last.handles <= early.handles && last.threads <= early.threads, "{figures}");
    assert!(last.memory_kib <= early.memory_kib + 256, "{figures}");
    assert_eq!(readers.iter().map(|reader| reader.omnikey().resets).sum::<u32>(), 0, "cards are left alone");
}

#[test]
fn of_a_thousand_taps_none_is_missed_and_each_is_told_of_at_once() {
    soak(&[], "inserted");
}

#[test]
fn a_thousand_uids_are_read_with_nothing_left_behind() {
    soak(&["--active"], "read");
}
