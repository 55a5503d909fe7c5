//! The conversation with a BLED112, in BGAPI. It never resets the dongle, and ends what an earlier
//! process left running before it scans.

use dongle_protocols::bgapi::{Decoder, Message, Session, State, rssi};

use super::conversation::{Conversation, Heard, Progress, Quality};

/// One use of a BLED112's port.
#[derive(Clone, Debug)]
pub struct Bluegiga {
    session: Session,
    decoder: Decoder,
    /// When bytes last came.
    bytes_us: u64,
    clipped: u64,
}

impl Default for Bluegiga {
    /// On a port that was opened at 0.
    fn default() -> Self {
        Self { session: Session::new(0), decoder: Decoder::new(), bytes_us: 0, clipped: 0 }
    }
}

impl Bluegiga {
    /// When half a message counts as torn.
    fn quiet_at_us(&self) -> Option<u64> {
        self.decoder.holds_bytes().then_some(self.bytes_us.saturating_add(Decoder::QUIET_US))
    }
}

impl Conversation for Bluegiga {
    fn progress(&self) -> Progress {
        match self.session.state() {
            State::Starting(_) => Progress::Starting,
            State::Streaming => Progress::Streaming,
            State::Stopping => Progress::Stopping,
            State::Stopped => Progress::Stopped,
            State::Failed(error) => Progress::Failed(error.into()),
        }
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64, each: &mut dyn FnMut(&Heard)) {
        let is_quiet = self.quiet_at_us().is_some_and(|at_us| at_us <= now_us);
        let Self { session, decoder, clipped, .. } = self;
        let mut take = |message: Message| {
            let Some(packet) = session.receive(now_us, &message) else { return };
            *clipped += u64::from(packet.rssi_dbm.is_some_and(rssi::is_clipped));
            each(&Heard { address: packet.address, rssi_dbm: packet.rssi_dbm });
        };
        if !bytes.is_empty() {
            decoder.push(bytes, take);
            self.bytes_us = now_us;
        } else if is_quiet {
            decoder.quiet(&mut take);
        }
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        if let Some(command) = self.session.poll(now_us) {
            out.extend_from_slice(command.encode().as_slice());
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        [self.session.next_wake_us(), self.quiet_at_us()].into_iter().flatten().min()
    }

    fn stop(&mut self, now_us: u64) {
        self.session.stop(now_us);
    }

    fn firmware(&self) -> Option<String> {
        let info = self.session.info()?;
        Some(format!("{}.{}.{}.{}", info.major, info.minor, info.patch, info.build))
    }

    fn address(&self) -> Option<u64> {
        self.session.address()
    }

    fn quality(&self) -> Quality {
        let counters = self.decoder.counters();
        Quality {
            bytes_skipped: counters.bytes_skipped,
            resyncs: counters.resyncs,
            unknown_messages: counters.unknown_messages,
            clipped: self.clipped,
        }
    }
}
