//! Starting drivers, and waiting for all of them to open.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::drivers::{self, Control, Driver, Message, Origin, SourceError};

/// Rows that may wait to be written: several seconds of a busy ward, while a disk is slow.
pub(super) const QUEUE: usize = 8192;

/// How long at most until a session notices that it was asked to stop.
pub(super) const TICK: Duration = Duration::from_millis(200);

/// How long drivers have to put their devices in order.
const CLOSE_LIMIT: Duration = Duration::from_secs(4);

/// After so long a source that is not open yet is worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(3);

/// How often it is looked whether they have.
const CLOSE_TICK: Duration = Duration::from_millis(10);

/// Why a session did not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// A source could not be opened.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The system gives no thread.
    #[error("no thread for a source: {0}")]
    Thread(#[from] io::Error),
    /// Stopped before all sources were open.
    #[error("stopped before all sources were open")]
    Stopped,
}

/// The sources of a session.
#[derive(Debug)]
pub struct Stream {
    pub(super) controls: Vec<Control>,
    pub(super) messages: Receiver<(usize, Message)>,
    queue: SyncSender<(usize, Message)>,
}

/// Makes a waiting session look up.
#[derive(Clone, Debug)]
pub struct Waker(SyncSender<(usize, Message)>);

impl Waker {
    /// Wakes it; a session whose queue is full is awake.
    pub fn wake(&self) {
        let _ = self.0.try_send((usize::MAX, Message::Wake));
    }
}

impl Stream {
    /// Starts the drivers, each on its thread.
    pub fn start(drivers: Vec<Box<dyn Driver>>) -> Result<Self, NotOpened> {
        let (queue, messages) = sync_channel(QUEUE);
        let controls: Result<Vec<_>, _> = drivers
            .into_iter()
            .enumerate()
            .map(|(source, driver)| drivers::spawn(driver, source, queue.clone()))
            .collect();
        Ok(Self { controls: controls?, messages, queue })
    }

    /// To be kept by whoever may ask the session to stop.
    pub fn waker(&self) -> Waker {
        Waker(self.queue.clone())
    }

    /// Waits until every source has said what it is, or one cannot, or `stop` is set. Sources that
    /// take long are named to `slow` once, by their numbers.
    pub fn opened(&self, stop: &AtomicBool, mut slow: impl FnMut(usize)) -> Result<Vec<Origin>, NotOpened> {
        let mut origins: Vec<Option<Origin>> = self.controls.iter().map(|_| None).collect();
        let asked = Instant::now();
        let mut is_said = false;
        while origins.iter().any(Option::is_none) {
            if !is_said && asked.elapsed() >= WORTH_A_WORD {
                is_said = true;
                origins.iter().enumerate().filter(|(_, o)| o.is_none()).for_each(|(source, _)| slow(source));
            }
            if stop.load(Ordering::Relaxed) {
                return Err(NotOpened::Stopped);
            }
            match self.messages.recv_timeout(TICK) {
                Ok((source, Message::Opened(origin))) => origins[source] = Some(origin),
                Ok((_, Message::Ended(result))) => {
                    return Err(result.err().unwrap_or(SourceError::Fault).into());
                }
                // Rows come after the start.
                Ok((_, Message::Row(_) | Message::Wake)) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(NotOpened::Stopped),
            }
        }
        Ok(origins.into_iter().flatten().collect())
    }

    /// Tells the drivers to stop and waits, for a limited time, for those that must put a device
    /// in order.
    pub fn close(self) {
        let mut threads: Vec<_> = self.controls.into_iter().filter_map(Control::stop).collect();
        let asked = Instant::now();
        loop {
            threads.retain(|thread| !thread.is_finished());
            if threads.is_empty() || asked.elapsed() >= CLOSE_LIMIT {
                return;
            }
            // A driver's last message comes just before its end, and may wait for room.
            let _ = self.messages.recv_timeout(CLOSE_TICK);
        }
    }
}
