//! Four dongles in a crowd: nothing is lost without being counted, and it costs little.

use std::sync::{Arc, Mutex};

use dongle_protocols::bgapi::{Decoder, Event, Message as Bgapi};
use serde_json::Value;

use super::absent::cpu_time;
use super::record::{ended, record};
use super::*;
use support::Folder;

const DONGLES: usize = 4;

/// Advertisers around each dongle, every one heard about 40 times a second: 50,000 a second
/// together in a release build; a debug build is no measure.
const ADVERTISERS: u64 = if cfg!(debug_assertions) { 25 } else { 312 };

/// For so long.
const SECONDS: u64 = if cfg!(debug_assertions) { 3 } else { 60 };

/// As many rows tell where a recording begins and ends in what was sent.
const PATTERN: usize = 24;

/// One that notes whose advertisements it sends.
fn crowded(seed: u64, sent: &Arc<Mutex<Vec<u64>>>) -> Simulated {
    let band = |n| {
        let signal = Signal::Constant(-60);
        Advertiser::new(0xC605_0403_0000 + n, AddressType::Random, 20_000, signal).unwrap().non_connectable()
    };
    let scene = Scene::new(seed, (0..ADVERTISERS).map(band).collect());
    let inner = simulated(Model::Bled112, seed, scene, &[]);
    let (sent, mut decoder) = (Arc::clone(sent), Decoder::new());
    let hear = move |out: &mut Vec<u8>| {
        let mut sent = sent.lock().unwrap();
        decoder.push(out, |message| {
            if let Bgapi::Event(Event::GapScanResponse { packet }) = message {
                sent.push(packet.sender);
            }
        });
    };
    Box::new(Overheard { inner, hear })
}

fn place(of: &[u64], within: &[u64]) -> usize {
    let place = within.windows(of.len()).position(|window| window == of);
    assert!(place.is_some(), "not among the {} sent", within.len());
    place.unwrap()
}

#[test]
fn what_four_dongles_send_is_recorded_or_counted_as_dropped() {
    let folder = Folder::new();
    let out = folder.path().join("a.rssi.jsonl");
    let sent: Vec<Arc<Mutex<Vec<u64>>>> = (0..DONGLES).map(|_| Arc::default()).collect();
    let ports: Vec<_> = (0..DONGLES).map(|n| folder.path().join(format!("port{n}"))).collect();
    let plugged: Vec<_> = (1..)
        .zip(&sent)
        .zip(&ports)
        .map(|((seed, sent), port)| Plugged::new(crowded(seed, sent), port))
        .collect();
    let sources: Vec<_> = ports.iter().map(|port| (Model::Bled112, port.as_path())).collect();
    let child = record(&out, &sources, &["--all", "--duration", &format!("{SECONDS}s")]);
    until("the first rows", || std::fs::metadata(&out).is_ok_and(|file| file.len() > 1000));
    let (before, since) = (cpu_time(child.id()), Instant::now());
    std::thread::park_timeout(Duration::from_secs(SECONDS - 1));
    let share = (cpu_time(child.id()) - before).as_secs_f64() / since.elapsed().as_secs_f64();
    let (code, said) = ended(child);
    plugged.into_iter().for_each(|dongle| drop(dongle.unplugged()));

    let mut recorded = vec![Vec::new(); DONGLES];
    let mut dropped = vec![0; DONGLES];
    for line in std::fs::read_to_string(&out).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Some(source) = row["source"].as_str() else { continue };
        let index = source.strip_prefix("bluegiga-").unwrap().parse::<usize>().unwrap() - 1;
        match row["band"].as_str() {
            Some(band) => {
                recorded[index].push(band.parse::<tapbench::reading::Band>().unwrap().as_address().unwrap())
            }
            None => dropped[index] += row["count"].as_u64().unwrap_or(0),
        }
    }
    let (mut total, mut lost) = (0, 0);
    for ((recorded, dropped), sent) in recorded.iter().zip(&dropped).zip(&sent) {
        let sent = sent.lock().unwrap();
        let first = place(&recorded[..PATTERN], &sent);
        let last = place(&recorded[recorded.len() - PATTERN..], &sent);
        let span = (last + PATTERN - first) as u64;
        assert_eq!(span, recorded.len() as u64 + dropped, "{said}");
        (total, lost) = (total + span, lost + dropped);
    }
    assert_eq!(code, if lost == 0 { 0 } else { 3 }, "{said}");
    let rate = total / SECONDS;
    eprintln!("{rate} samples/s, {lost} of {total} dropped, {:.1} % of a core", share * 100.0);
    if !cfg!(debug_assertions) {
        assert!(rate > 48_000 && share < 0.25, "{rate} samples/s at {:.1} % of a core", share * 100.0);
    }
}
