//! Live dongles: simulated ones on pseudo-terminals, recorded by the real program, or by the driver
//! alone where many are needed at once; unplugged, plugged in again elsewhere, messed up, silent.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod absent;
mod dirty_start;
mod latency;
mod load;
mod record;
mod search;
mod storm;
#[path = "../support/mod.rs"]
mod support;

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use tapbench::drivers::discovery::Model;
use tapbench::drivers::dongle::Dongle;
use tapbench::drivers::{self, Control, Message, What};
use tapbench::simulator::bleuio::BleuIo;
use tapbench::simulator::bluegiga::Bluegiga;
use tapbench::simulator::dongle::{Usb, VirtualDongle};
use tapbench::simulator::fault::Fault;
use tapbench::simulator::run::{self, SimulatorError};

const LIMIT: Duration = Duration::from_secs(30);
const LOUD: &str = "C6:05:04:03:02:01";
const FAINT: &str = "C6:05:04:03:02:02";
const MODELS: [Model; 2] = [Model::Bled112, Model::BleuIo];

type Simulated = Box<dyn VirtualDongle + Send>;

/// Two bands, advertising so often.
fn scene(interval_us: u64) -> Scene {
    let band = |address, dbm| {
        Advertiser::new(address, AddressType::Random, interval_us, Signal::Constant(dbm))
            .unwrap()
            .non_connectable()
    };
    Scene::new(7, vec![band(0xC605_0403_0201, -41), band(0xC605_0403_0202, -77)])
}

fn simulated(model: Model, seed: u64, scene: Scene, faults: &[Fault]) -> Simulated {
    match model {
        Model::Bled112 => Box::new(Bluegiga::new(scene, seed, faults)),
        _ => Box::new(BleuIo::new(scene, seed, faults).unwrap()),
    }
}

/// A dongle whose bytes for the host are looked at, or changed, on their way.
struct Overheard<F> {
    inner: Simulated,
    hear: F,
}

impl<F: FnMut(&mut Vec<u8>)> VirtualDongle for Overheard<F> {
    fn advance(&mut self, now_us: u64) {
        self.inner.advance(now_us);
    }

    fn usb(&self) -> Usb {
        self.inner.usb()
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        self.inner.receive(bytes, now_us);
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        self.inner.take_output(now_us, out);
        (self.hear)(out);
    }

    fn wake_at_us(&self) -> Option<u64> {
        self.inner.wake_at_us()
    }
}

/// A simulated dongle at a port with a name.
struct Plugged {
    stop: UnixStream,
    thread: JoinHandle<Simulated>,
}

impl Plugged {
    /// Plugged in, once its port is there.
    fn new(mut dongle: Simulated, link: &Path) -> Self {
        let (stop, mut stopped) = UnixStream::pair().unwrap();
        let (ready, is_ready) = sync_channel(1);
        let link = link.to_owned();
        let thread = std::thread::spawn(move || {
            run::run(dongle.as_mut(), Some(&link), &mut stopped, |_| {
                // The first time counts.
                let _ = ready.try_send(());
                Ok::<_, SimulatorError>(())
            })
            .unwrap();
            dongle
        });
        is_ready.recv_timeout(LIMIT).unwrap();
        Self { stop, thread }
    }

    /// At ten advertisements a second from each of two bands.
    fn usual(model: Model, link: &Path) -> Self {
        Self::new(simulated(model, 1, scene(100_000), &[]), link)
    }

    /// Pulls it out; how it was left.
    fn unplugged(self) -> Simulated {
        drop(self.stop);
        self.thread.join().unwrap()
    }
}

/// Waits for a condition, looking a thousand times a second.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "{what}: not after {LIMIT:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A driver alone, as a session sees it.
struct Driven {
    control: Option<Control>,
    messages: Receiver<(usize, Message)>,
    started: Instant,
}

impl Driven {
    /// Waits until it is open, and starts it.
    fn started(dongle: Dongle) -> Self {
        let (queue, messages) = sync_channel(8192);
        let control = drivers::spawn(Box::new(dongle), 0, queue).unwrap();
        let (_, first) = messages.recv_timeout(LIMIT).unwrap();
        assert!(matches!(first, Message::Opened(_)), "{first:?}");
        let started = Instant::now();
        control.start(started);
        Self { control: Some(control), messages, started }
    }

    /// Waits for a row that is one of these; when it came, in µs from the start.
    fn wait_for(&self, mut is_it: impl FnMut(What, &str) -> bool) -> i64 {
        let asked = Instant::now();
        loop {
            let left = LIMIT.saturating_sub(asked.elapsed());
            if let (_, Message::Row(row)) = self.messages.recv_timeout(left).unwrap()
                && is_it(row.what, std::str::from_utf8(&row.line).unwrap())
            {
                return row.t_us;
            }
        }
    }

    fn micros(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap()
    }

    /// Ends it, and waits until its device is in order.
    fn stopped(mut self) {
        let thread = self.control.take().and_then(Control::stop).unwrap();
        until("the driver's end", || {
            let _ = self.messages.try_recv();
            thread.is_finished()
        });
    }
}

fn is_sample(what: What, _: &str) -> bool {
    matches!(what, What::Sample { .. })
}

fn is_lost(what: What, _: &str) -> bool {
    what == What::Lost
}

fn is_recovered(_: What, line: &str) -> bool {
    line.contains("\"recovered\"")
}
