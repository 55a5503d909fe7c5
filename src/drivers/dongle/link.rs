//! An open port with the conversation over it.

use std::time::{Duration, Instant};

use crate::drivers::bleuio::BleuIo;
use crate::drivers::bluegiga::Bluegiga;
use crate::drivers::conversation::{Conversation, Heard, Progress, Quality};
use crate::drivers::discovery::Model;
use crate::drivers::serial::{Gone, OpenError, Port};

/// How long at most until the driver notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A turn takes at least so long when nothing comes.
const SHORTEST: Duration = Duration::from_millis(1);

/// When bytes come without a pause, they are read a USB frame's worth at a time: the host's USB
/// controller does not tell their times apart any better, and reading each packet costs a lot.
const FRAME: Duration = Duration::from_millis(1);

/// Bytes that come closer together than this come without a pause.
const CLOSE_TOGETHER: Duration = Duration::from_micros(500);

/// How long ending the scan and putting the dongle's settings back may take.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// One opening of a dongle.
pub(super) struct Link {
    port: Port,
    conversation: Box<dyn Conversation>,
    /// Where the conversation's time begins.
    opened: Instant,
    /// When bytes last came, and whether they came without a pause.
    last_bytes: Instant,
    is_dense: bool,
    /// When it began to stream: damage before that is what an earlier process left half read.
    at_start: Option<Quality>,
    out: Vec<u8>,
}

impl Link {
    /// Opens the port; the first turns prepare the dongle.
    pub(super) fn open(model: Model, port: &str) -> Result<Self, OpenError> {
        let conversation: Box<dyn Conversation> = match model {
            Model::Bled112 => Box::new(Bluegiga::default()),
            Model::BleuIo | Model::BleuIoStarting => Box::new(BleuIo::default()),
        };
        let port = Port::open(port)?;
        let opened = Instant::now();
        Ok(Self {
            port,
            conversation,
            opened,
            last_bytes: opened,
            is_dense: false,
            at_start: None,
            out: Vec::new(),
        })
    }

    /// How far things are.
    pub(super) fn progress(&self) -> Progress {
        self.conversation.progress()
    }

    /// What the dongle says of itself.
    pub(super) fn conversation(&self) -> &dyn Conversation {
        self.conversation.as_ref()
    }

    /// How good the line was since it streams.
    pub(super) fn quality(&self) -> Quality {
        self.at_start.map_or(Quality::default(), |start| self.conversation.quality().since(start))
    }

    /// Writes what is due, waits a little for bytes, and gives what the scan heard with the time
    /// at which it arrived.
    pub(super) fn turn(&mut self, mut each: impl FnMut(&Heard, Instant)) -> Result<(), Gone> {
        self.write()?;
        let now_us = self.micros(Instant::now());
        let due =
            self.conversation.wake_at_us().map(|at_us| Duration::from_micros(at_us.saturating_sub(now_us)));
        let limit = due.unwrap_or(LOOK_UP).clamp(SHORTEST, LOOK_UP);
        let mut bytes = [0; 4096];
        if self.is_dense {
            std::thread::park_timeout(FRAME);
        }
        let asked = Instant::now();
        let count = self.port.read(&mut bytes, limit)?;
        let arrived = Instant::now();
        self.notice_density(asked, arrived, count);
        let arrived_us = self.micros(arrived);
        let bytes = bytes.get(..count).unwrap_or_default();
        self.conversation.receive(bytes, arrived_us, &mut |heard| each(heard, arrived));
        if self.at_start.is_none() && self.progress() == Progress::Streaming {
            self.at_start = Some(self.conversation.quality());
        }
        self.write()
    }

    /// Dense are bytes that follow others at once, or that are there already after a frame.
    fn notice_density(&mut self, asked: Instant, arrived: Instant, count: usize) {
        if count > 0 {
            let since = if self.is_dense { asked } else { self.last_bytes };
            self.is_dense = arrived.saturating_duration_since(since) < CLOSE_TOGETHER;
            self.last_bytes = arrived;
        } else {
            self.is_dense = false;
        }
    }

    /// Ends the scan and puts things back, as far as the dongle answers in time.
    pub(super) fn stop(&mut self) {
        let asked = Instant::now();
        self.conversation.stop(self.micros(asked));
        while asked.elapsed() < STOP_LIMIT
            && !matches!(self.progress(), Progress::Stopped | Progress::Failed(_))
        {
            if self.turn(|_, _| {}).is_err() {
                return;
            }
        }
        // Of a failed conversation a last word is left; a port that is gone needs none.
        let _ = self.write();
    }

    fn write(&mut self) -> Result<(), Gone> {
        let now_us = self.micros(Instant::now());
        self.out.clear();
        self.conversation.take_output(now_us, &mut self.out);
        if self.out.is_empty() { Ok(()) } else { self.port.write(&self.out) }
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.opened).as_micros()).unwrap_or(u64::MAX)
    }
}
