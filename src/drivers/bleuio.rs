//! The conversation with a BleuIO, in its AT commands, JSON or text.

use dongle_protocols::bleuio::host::{Host, Request, State};
use dongle_protocols::bleuio::{Decoder, Line};

use super::conversation::{Conversation, Heard, Progress, Quality};

/// One use of a BleuIO's port.
#[derive(Clone, Debug)]
pub struct BleuIo {
    host: Host,
    decoder: Decoder,
}

impl Default for BleuIo {
    /// On a port that was opened at 0.
    fn default() -> Self {
        Self { host: Host::new(Request::default(), 0), decoder: Decoder::default() }
    }
}

impl Conversation for BleuIo {
    fn progress(&self) -> Progress {
        match self.host.state() {
            State::Starting(_) => Progress::Starting,
            // Whether it still lives is asked in the course of a stream.
            State::Streaming | State::Probing => Progress::Streaming,
            State::Stopping => Progress::Stopping,
            State::Stopped { .. } => Progress::Stopped,
            State::Failed(failure) => Progress::Failed(failure.into()),
        }
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64, each: &mut dyn FnMut(&Heard)) {
        let Self { host, decoder } = self;
        decoder.push(bytes, |line| {
            host.on_line(line, now_us);
            if let (Line::Row(row), State::Streaming) = (line, host.state()) {
                each(&Heard { address: row.address, rssi_dbm: row.rssi_dbm });
            }
        });
        host.on_time(now_us);
    }

    fn take_output(&mut self, _: u64, out: &mut Vec<u8>) {
        out.append(&mut self.host.take_output());
    }

    fn wake_at_us(&self) -> Option<u64> {
        self.host.wake_at_us()
    }

    fn stop(&mut self, now_us: u64) {
        self.host.stop(now_us);
    }

    fn firmware(&self) -> Option<String> {
        self.host.firmware().map(|version| version.to_string())
    }

    /// It is not asked: the dongle is known by its USB serial.
    fn address(&self) -> Option<u64> {
        None
    }

    fn quality(&self) -> Quality {
        let counters = self.decoder.counters();
        Quality {
            bytes_skipped: counters.bytes_skipped,
            resyncs: counters.over_long_lines,
            unknown_messages: counters.unknown_lines,
            clipped: 0,
        }
    }
}
