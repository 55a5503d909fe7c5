//! An open port with the conversation over it.

use std::time::{Duration, Instant};

use dongle_protocols::bleuio::host::{Host, Request, State};
use dongle_protocols::bleuio::{Decoder, Line, Row, ScanParameters, Version};

use crate::drivers::Scan;
use crate::drivers::serial::{Gone, OpenError, Port};

/// How long at most until the driver notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A turn takes at least so long when nothing comes.
const SHORTEST: Duration = Duration::from_millis(1);

/// How long ending the scan and putting the dongle's settings back may take.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// One opening of a dongle.
pub(super) struct Link {
    port: Port,
    host: Host,
    decoder: Decoder,
    /// Where the host's time begins.
    opened: Instant,
}

impl Link {
    /// Opens the port; the first turns prepare the dongle.
    pub(super) fn open(port: &str, scan: Scan) -> Result<Self, OpenError> {
        let parameters = match scan {
            Scan::Passive => ScanParameters::EVERYTHING,
            Scan::Active => ScanParameters::ASKING,
        };
        let request = Request { parameters: Some(parameters), ..Request::default() };
        Ok(Self {
            port: Port::open(port)?,
            host: Host::new(request, 0),
            decoder: Decoder::default(),
            opened: Instant::now(),
        })
    }

    /// How far things are.
    pub(super) fn state(&self) -> State {
        self.host.state()
    }

    /// The firmware, once the dongle said it.
    pub(super) fn firmware(&self) -> Option<Version> {
        self.host.firmware()
    }

    /// Writes what is due, waits a little for bytes, and gives the rows of the scan with the time
    /// at which they arrived.
    pub(super) fn turn(&mut self, mut each: impl FnMut(&Row<'_>, Instant)) -> Result<(), Gone> {
        self.write()?;
        let now_us = self.micros(Instant::now());
        let due = self.host.wake_at_us().map(|at_us| Duration::from_micros(at_us.saturating_sub(now_us)));
        let limit = due.unwrap_or(LOOK_UP).clamp(SHORTEST, LOOK_UP);
        let mut bytes = [0; 4096];
        let count = self.port.read(&mut bytes, limit)?;
        let arrived = Instant::now();
        let arrived_us = self.micros(arrived);
        let host = &mut self.host;
        self.decoder.push(bytes.get(..count).unwrap_or_default(), |line| {
            host.on_line(line, arrived_us);
            if let (Line::Row(row), State::Streaming) = (line, host.state()) {
                each(row, arrived);
            }
        });
        host.on_time(arrived_us);
        self.write()
    }

    /// Drops the rows of before the session's start.
    pub(super) fn discard_waiting(&mut self) {
        self.port.discard_input();
        self.decoder.reset();
    }

    /// Ends the scan and puts things back, as far as the dongle answers in time.
    pub(super) fn stop(&mut self) {
        let asked = Instant::now();
        self.host.stop(self.micros(asked));
        while asked.elapsed() < STOP_LIMIT
            && !matches!(self.state(), State::Stopped { .. } | State::Failed(_))
        {
            if self.turn(|_, _| {}).is_err() {
                return;
            }
        }
        // Of a failed conversation the stop byte is left; a port that is gone needs none.
        let _ = self.write();
    }

    fn write(&mut self) -> Result<(), Gone> {
        let out = self.host.take_output();
        if out.is_empty() { Ok(()) } else { self.port.write(&out) }
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.opened).as_micros()).unwrap_or(u64::MAX)
    }
}
