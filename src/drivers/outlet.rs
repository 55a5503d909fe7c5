//! The queue between drivers and a session: bounded, and it counts what it drops.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::conversation::Quality;
use super::row::{Ending, Origin, Row};
use super::{Driver, SourceError};

/// What arrives in a session, beside the number of the source that sent it.
#[derive(Debug)]
pub enum Message {
    /// The source is open and waits for the start.
    Opened(Origin),
    /// A row.
    Row(Row),
    /// The last message of a source.
    Ended(Result<Ending, SourceError>),
    /// Nothing: someone wants the session to look up.
    Wake,
}

/// Whether a session has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// It still waits for other sources, or the start was told before.
    NotYet,
    /// It began then.
    At(Instant),
    /// It has ended.
    Never,
}

impl Start {
    /// When it began, if this says so.
    pub fn at(self) -> Option<Instant> {
        match self {
            Self::At(at) => Some(at),
            Self::NotYet | Self::Never => None,
        }
    }
}

/// How a source is, beside the rows it gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Of its line and its measurement, while it streamed.
    pub quality: Quality,
    /// Whether another dongle was found at its port after it was lost, and left alone.
    pub is_replaced: bool,
}

/// A driver's end of the queue.
pub struct Outlet {
    source: usize,
    queue: SyncSender<(usize, Message)>,
    /// Brings the start; disconnected, it means stop.
    control: Receiver<Instant>,
    dropped: Arc<AtomicU64>,
    health: Arc<Mutex<Health>>,
}

impl Outlet {
    /// Says what was opened and waits for the start, which comes when all sources are open;
    /// `None` if the session ends first.
    pub fn opened(&self, origin: Origin) -> Option<Instant> {
        self.announce(origin).then(|| self.control.recv().ok()).flatten()
    }

    /// Says what was opened, for drivers that must not wait for the start; [`Self::started`] tells
    /// it. `false` if nobody listens any more.
    pub fn announce(&self, origin: Origin) -> bool {
        self.send(Message::Opened(origin))
    }

    /// Whether the session has begun since this was last asked, or has ended.
    pub fn started(&self) -> Start {
        match self.control.try_recv() {
            Ok(at) => Start::At(at),
            Err(TryRecvError::Empty) => Start::NotYet,
            Err(TryRecvError::Disconnected) => Start::Never,
        }
    }

    /// Says how the source is; the last word counts.
    pub fn report(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// Waits until `due`; `false` if the session ends first.
    pub fn wait_until(&self, due: Instant) -> bool {
        let wait = due.saturating_duration_since(Instant::now());
        matches!(self.control.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
    }

    /// Whether the session has ended, for drivers that wait for their device. Asked before
    /// the source is said to be open, or after the start.
    pub fn is_stopped(&self) -> bool {
        self.started() == Start::Never
    }

    /// For devices, which do not wait: a row that finds the queue full is dropped and counted.
    /// `false` if nobody listens any more.
    pub fn offer(&self, row: Row) -> bool {
        match self.queue.try_send((self.source, Message::Row(row))) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    /// For rows that a device announced and that could not be had: counted like those of
    /// [`Self::offer`].
    pub fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// For files and pipes, which can wait: returns when the queue has room, at the latest when
    /// the session ends. `false` if nobody listens any more.
    pub fn hand_over(&self, row: Row) -> bool {
        self.send(Message::Row(row))
    }

    fn send(&self, message: Message) -> bool {
        self.queue.send((self.source, message)).is_ok()
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if thread::panicking() {
            self.send(Message::Ended(Err(SourceError::Fault)));
        }
    }
}

/// A session's hold on one driver; dropping it tells the driver to stop.
#[derive(Debug)]
pub struct Control {
    start: SyncSender<Instant>,
    dropped: Arc<AtomicU64>,
    health: Arc<Mutex<Health>>,
    /// Of a driver that holds a device.
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Tells the driver to stop; the thread to wait for, where it holds a device.
    pub fn stop(self) -> Option<JoinHandle<()>> {
        self.thread
    }

    /// Lets the driver stream; its rows count their time from `at`.
    pub fn start(&self, at: Instant) {
        // A driver that is gone has said so in its last message.
        let _ = self.start.try_send(at);
    }

    /// Rows dropped since this was last asked.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// How the source last said it is.
    pub fn health(&self) -> Health {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a driver on a thread of its own, as source number `source` of the queue.
pub fn spawn(
    driver: Box<dyn Driver>,
    source: usize,
    queue: SyncSender<(usize, Message)>,
) -> std::io::Result<Control> {
    let (start, control) = std::sync::mpsc::sync_channel(1);
    let dropped = Arc::new(AtomicU64::new(0));
    let health = Arc::<Mutex<Health>>::default();
    let outlet =
        Outlet { source, queue, control, dropped: Arc::clone(&dropped), health: Arc::clone(&health) };
    let holds_a_device = driver.holds_a_device();
    let thread = thread::Builder::new().name(format!("source-{source}")).spawn(move || {
        let result = driver.run(&outlet);
        outlet.send(Message::Ended(result));
    })?;
    Ok(Control { start, dropped, health, thread: holds_a_device.then_some(thread) })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    use serde_json::Map;

    use super::super::What;
    use super::*;

    fn row(t_us: i64) -> Row {
        Row::new(t_us, What::Other, Vec::new())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_device_that_finds_the_queue_full_counts_what_it_drops() {
        let (queue, messages) = sync_channel(1);
        let (start, control) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let health = Arc::default();
        let outlet = Outlet { source: 7, queue, control, dropped: Arc::clone(&dropped), health };
        let control = Control { start, dropped, health: Arc::default(), thread: None };
        assert!((0..3).all(|t_us| outlet.offer(row(t_us))));
        outlet.count_dropped();
        assert_eq!((control.take_dropped(), control.take_dropped()), (3, 0));
        assert!(matches!(messages.try_recv(), Ok((7, Message::Row(row))) if row.t_us == 0));
        drop(messages);
        assert!(!outlet.offer(row(3)));
    }

    /// Waits for as long as it may.
    struct Patient;
    impl Driver for Patient {
        fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
            let origin = Origin { header: Map::new(), on_session_clock: true };
            let Some(start) = outlet.opened(origin) else { return Ok(Ending::Complete) };
            assert!(!outlet.wait_until(start + LONG), "stopped before that");
            Ok(Ending::Complete)
        }
    }

    #[test]
    fn a_driver_that_waits_stops_when_its_session_ends() {
        let (queue, messages) = sync_channel(1);
        let control = spawn(Box::new(Patient), 7, queue).unwrap();
        assert!(matches!(messages.recv_timeout(LONG), Ok((7, Message::Opened(_)))));
        control.start(Instant::now());
        drop(control);
        assert!(matches!(messages.recv_timeout(LONG), Ok((7, Message::Ended(Ok(Ending::Complete))))));
    }

    struct Faulty;
    impl Driver for Faulty {
        fn run(self: Box<Self>, _: &Outlet) -> Result<Ending, SourceError> {
            panic!("as a driver must not")
        }
    }

    #[test]
    fn a_driver_that_panics_still_says_goodbye() {
        let (queue, messages) = sync_channel(1);
        let _control = spawn(Box::new(Faulty), 0, queue).unwrap();
        let (_, last) = messages.recv_timeout(LONG).unwrap();
        assert!(matches!(last, Message::Ended(Err(SourceError::Fault))));
    }
}
