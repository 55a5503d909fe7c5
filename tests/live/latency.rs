//! From a dongle's bytes to the engine's decision, through driver, session and recording.

use std::fs::File;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use dongle_protocols::advertising::AdvertisingData;
use dongle_protocols::bgapi::{Command, DiscoverMode, Event, ScanResponse};
use hdrhistogram::Histogram;
use tapbench::drivers::Scan;
use tapbench::engine::Rules;
use tapbench::engine::parameters::{Dongle as Table, ParameterSet};
use tapbench::reading::Band;
use tapbench::recording::{Header, LineReader, RowKind, Sample, Writer};
use tapbench::replay::Live;
use tapbench::session::{self, Keep, Plan, Said, Stream, Watch};

use super::*;
use support::Folder;

/// 200 samples a second.
const EVERY_US: u64 = 5_000;

/// 99 in 100 decisions come within this; a debug build beside other tests is no measure.
const P99_US: u64 = if cfg!(debug_assertions) { 100_000 } else { 5_000 };

const DURATION_US: i64 = 3_000_000;

/// Each sample is a dB stronger than the one before, up to a top and from the bottom again: so it
/// is clear which one arrives.
fn rssi_dbm(index: usize) -> i8 {
    i8::try_from(index % 60).unwrap() - 100
}

/// A dongle that hears one band every 5 ms once it scans.
struct Ticking {
    inner: Simulated,
    next_us: Option<u64>,
    sent: Arc<Mutex<Vec<Instant>>>,
}

impl VirtualDongle for Ticking {
    fn advance(&mut self, now_us: u64) {
        self.inner.advance(now_us);
    }

    fn usb(&self) -> Usb {
        self.inner.usb()
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        self.inner.receive(bytes, now_us);
        let discover = Command::GapDiscover { mode: DiscoverMode::Observation as u8 }.encode();
        if bytes.ends_with(discover.as_slice()) {
            self.next_us = Some(now_us + EVERY_US);
        }
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        self.inner.take_output(now_us, out);
        if self.next_us.is_some_and(|next_us| next_us <= now_us) {
            let mut sent = self.sent.lock().unwrap();
            let packet = ScanResponse {
                rssi: rssi_dbm(sent.len()),
                packet_type: 2,
                sender: 0xC605_0403_0201,
                address_type: 1,
                bond: 0xFF,
                data: AdvertisingData::EMPTY,
            };
            out.extend_from_slice(Event::GapScanResponse { packet }.encode().as_slice());
            sent.push(Instant::now());
            self.next_us = Some(now_us + EVERY_US);
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        [self.inner.wake_at_us(), self.next_us].into_iter().flatten().min()
    }
}

/// Lets the engine decide on each sample, and notes how old its bytes are then.
struct Deciding {
    lines: LineReader,
    live: Live,
    decisions: usize,
    sent: Arc<Mutex<Vec<Instant>>>,
    next: Option<usize>,
    latency_us: Histogram<u64>,
}

impl Watch for Deciding {
    fn row(&mut self, _: i64, line: &[u8]) {
        let row = self.lines.row(line).unwrap();
        let Self { lines, live, decisions, .. } = self;
        live.row(lines.names(), &row, |_, _| *decisions += 1);
        let RowKind::Sample(Sample { rssi_dbm: dbm, .. }) = row.kind else { return };
        let decided = Instant::now();
        let sent = self.sent.lock().unwrap();
        let index =
            self.next.unwrap_or_else(|| (0..sent.len()).rev().find(|index| rssi_dbm(*index) == dbm).unwrap());
        assert_eq!(rssi_dbm(index), dbm, "samples are missing");
        let micros = decided.duration_since(*sent.get(index).unwrap()).as_micros();
        self.latency_us.record(u64::try_from(micros).unwrap()).unwrap();
        self.next = Some(index + 1);
    }

    fn quiet(&mut self, until_us: i64) {
        let Self { lines, live, decisions, .. } = self;
        live.quiet(lines.names(), until_us, |_, _| *decisions += 1);
    }

    fn said(&mut self, _: i64, _: Said) {}

    fn two_at_once(&mut self, _: (Band, Band)) {}

    fn tick(&mut self, _: i64) {}
}

#[test]
fn a_decision_follows_its_bytes_at_once() {
    let folder = Folder::new();
    let port = folder.path().join("port");
    let sent: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let inner = simulated(Model::Bled112, 1, Scene::new(1, vec![]), &[]);
    let ticking = Ticking { inner, next_us: None, sent: Arc::clone(&sent) };
    let plugged = Plugged::new(Box::new(ticking), &port);
    let dongle = Dongle::new(Model::Bled112, port.to_str().unwrap().into(), "d-1".into(), Scan::Passive);
    let (stream, stop) = (Stream::start(vec![Box::new(dongle)]).unwrap(), AtomicBool::new(false));
    let (header, merge) = session::merge(&stream.opened(&stop, |_| {}).unwrap(), "test");
    let file = File::create(folder.path().join("a.rssi.jsonl")).unwrap();
    let plan = Plan {
        merge,
        keep: Keep::default(),
        on_session_clock: true,
        by_rows: false,
        duration_us: Some(DURATION_US),
    };
    let rules = Rules { parameters: ParameterSet::published(Table::Bluegiga), ..Rules::default() };
    let mut deciding = Deciding {
        lines: LineReader::new(&Header::of(header.clone()).unwrap()),
        live: Live::new(&rules, false).unwrap(),
        decisions: 0,
        sent,
        next: None,
        latency_us: Histogram::new(3).unwrap(),
    };
    let writer = Writer::new(file, &header).unwrap();
    let report = session::record(&stream, writer, plan, &stop, &mut deciding).unwrap();
    stream.close();
    plugged.unplugged();
    let latency_us = deciding.latency_us;
    let p99_us = latency_us.value_at_quantile(0.99);
    eprintln!("{} samples, p50 {} us, p99 {p99_us} us", latency_us.len(), latency_us.value_at_quantile(0.5));
    assert!(report.samples > 500 && report.samples == latency_us.len(), "{report:?}");
    assert!(deciding.decisions > 0);
    assert!(p99_us < P99_US, "p99 {p99_us} us");
}
