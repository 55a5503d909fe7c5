//! Unplug storm: ports that vanish at random bytes, again and again, while driver and dongle are in
//! the middle of anything.

use std::sync::{Arc, Mutex};

use dongle_protocols::radio::SplitMix64;
use tapbench::simulator::dongle::Usb;

use super::*;
use support::Folder;

/// So many dongles of each kind, each unplugged so often.
const LANES: u64 = 10;
const CLOSINGS: usize = 10;

/// The port vanishes after at most so many bytes: from the start-up to well into the stream.
const BYTES_MAX: u64 = 4_000;

/// Away for at most so long, in µs.
const AWAY_MAX_US: u64 = 300_000;

/// When the port came, and when it vanished.
type Stay = (Instant, Option<Instant>);

/// A dongle whose port vanishes after a number of bytes, until it has done so often enough.
struct Loose {
    model: Model,
    inner: Simulated,
    random: SplitMix64,
    left: usize,
    back_us: Option<u64>,
    stays: Arc<Mutex<Vec<Stay>>>,
}

impl Loose {
    fn new(model: Model, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let left = usize::try_from(random.up_to(BYTES_MAX)).unwrap();
        let stays = Arc::new(Mutex::new(vec![(Instant::now(), None)]));
        Self { model, inner: fresh(model), random, left, back_us: None, stays }
    }
}

fn fresh(model: Model) -> Simulated {
    let band = |n: u64| {
        let signal = Signal::Constant(-60);
        Advertiser::new(0xC605_0403_0200 + n, AddressType::Random, 20_000, signal).unwrap().non_connectable()
    };
    // A crowd, so that the bytes do not take long.
    simulated(model, 1, Scene::new(1, (0..10).map(band).collect()), &[])
}

impl VirtualDongle for Loose {
    fn advance(&mut self, now_us: u64) {
        if self.back_us.is_some_and(|back_us| back_us <= now_us) {
            self.back_us = None;
            self.inner = fresh(self.model);
            self.left = usize::try_from(self.random.up_to(BYTES_MAX)).unwrap();
            self.stays.lock().unwrap().push((Instant::now(), None));
        }
        if self.back_us.is_none() {
            self.inner.advance(now_us);
        }
    }

    fn usb(&self) -> Usb {
        if self.back_us.is_some() { Usb::Absent } else { self.inner.usb() }
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        self.inner.receive(bytes, now_us);
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        self.inner.take_output(now_us, out);
        let mut stays = self.stays.lock().unwrap();
        if stays.len() > CLOSINGS {
            return;
        }
        if out.len() <= self.left {
            self.left -= out.len();
            return;
        }
        out.truncate(self.left);
        stays.last_mut().unwrap().1 = Some(Instant::now());
        self.back_us = Some(now_us + self.random.up_to(AWAY_MAX_US));
    }

    fn wake_at_us(&self) -> Option<u64> {
        self.back_us.or_else(|| self.inner.wake_at_us())
    }
}

#[test]
fn two_hundred_closings_at_random_bytes_are_all_recovered_from() {
    let lane = |model, seed| {
        let folder = Folder::new();
        let port = folder.path().join("port");
        let loose = Loose::new(model, seed);
        let stays = Arc::clone(&loose.stays);
        let plugged = Plugged::new(Box::new(loose), &port);
        let driven = driven_in_the_end(model, &port);
        let (mut samples, mut losses, mut recovered) = (Vec::new(), Vec::new(), 0);
        let asked = Instant::now();
        // Until it streams in its last stay.
        while !(stays.lock().unwrap().len() > CLOSINGS
            && samples.last() > stays.lock().unwrap().last().map(|(came, _)| came))
        {
            assert!(asked.elapsed() < LIMIT * 2, "{model:?} {seed}: {} stays", stays.lock().unwrap().len());
            let Ok((_, Message::Row(row))) = driven.messages.recv_timeout(Duration::from_millis(100)) else {
                continue;
            };
            let at = driven.started + Duration::from_micros(row.t_us.unsigned_abs());
            match row.what {
                What::Sample { .. } => samples.push(at),
                What::Lost => losses.push(at),
                _ => recovered += 1,
            }
        }
        driven.stopped();
        plugged.unplugged();
        assert_eq!(losses.len(), recovered, "{model:?} {seed}: gaps without an end");
        let stays = stays.lock().unwrap().clone();
        let mut slowest = (Duration::ZERO, Duration::ZERO);
        let mut streamed_before = false;
        for (came, went) in &stays {
            let is_in = |at: &&Instant| *at > came && went.is_none_or(|went| **at < went);
            let first = samples.iter().find(is_in);
            // One that was cut before it streamed was at least talked to in time.
            let within = first.or(went.as_ref()).unwrap().duration_since(*came);
            slowest.0 = slowest.0.max(within);
            streamed_before |= first.is_some();
            if let (Some(went), Some(_)) = (went, first) {
                let lost = losses.iter().find(|at| *at >= went).unwrap().duration_since(*went);
                slowest.1 = slowest.1.max(lost);
            }
        }
        assert!(streamed_before && stays.len() == CLOSINGS + 1);
        slowest
    };
    let slowest = std::thread::scope(|scope| {
        let lanes = MODELS.iter().flat_map(|model| (0..LANES).map(move |seed| (*model, seed)));
        let running: Vec<_> =
            lanes.map(|(model, seed)| (model, scope.spawn(move || lane(model, seed)))).collect();
        running.into_iter().map(|(model, lane)| (model, lane.join().unwrap())).collect::<Vec<_>>()
    });
    for (model, (streaming, lost)) in slowest {
        assert!(streaming < Duration::from_secs(2), "{model:?} streams only {streaming:?} after its return");
        assert!(lost < Duration::from_millis(250), "{model:?} is lost only after {lost:?}");
    }
}

/// A driver that was tried until it opened: the port may vanish before that, too.
fn driven_in_the_end(model: Model, port: &Path) -> Driven {
    let asked = Instant::now();
    while asked.elapsed() < LIMIT {
        let (queue, messages) = sync_channel(8192);
        let dongle = Dongle::new(model, port.to_str().unwrap().into(), "d-1".into());
        let control = drivers::spawn(Box::new(dongle), 0, queue).unwrap();
        let (_, first) = messages.recv_timeout(LIMIT).unwrap();
        let started = Instant::now();
        control.start(started);
        if matches!(first, Message::Opened(_)) {
            return Driven { control: Some(control), messages, started };
        }
    }
    unreachable!("{model:?} opens within {LIMIT:?}")
}
