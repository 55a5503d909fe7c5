//! A BleuIO dongle as a source: its serial port, the conversation of `dongle_protocols`, and what
//! happens when it is unplugged.

mod link;

use std::time::{Duration, Instant};

use dongle_protocols::advertising::{self, AdvertisingData};
use dongle_protocols::bleuio::Row as Heard;
use dongle_protocols::bleuio::host::{Failure, State};
use jiff::{Timestamp, Unit};
use serde_json::{Map, json};

use super::discovery::{self, Model};
use super::serial::{OpenError, Reason};
use super::{Driver, Ending, Origin, Outlet, Packet, Row, Scan, SourceError, What};
use crate::reading::{Band, SourceKind};
use crate::recording::print;
use link::Link;

/// Pauses before a lost dongle's port is tried again; the last one again and again.
const BACK_OFF: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Why a BleuIO gives no rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BleuIoError {
    /// Its port cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It vanished while it was being started.
    #[error("{0}: unplugged while it was being started")]
    Unplugged(String),
    /// It does not do as it should.
    #[error("{port}: {failure}")]
    Failed {
        /// The port.
        port: String,
        /// How.
        failure: Failure,
    },
}

/// A BleuIO dongle on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BleuIo {
    /// The port's name: `/dev/ttyACM0`, `COM3`.
    pub port: String,
    /// What the recording calls it.
    pub id: String,
    /// How it listens.
    pub scan: Scan,
}

/// Why streaming ended.
enum Break {
    Stopped,
    Lost,
    Failed(Failure),
}

impl Driver for BleuIo {
    fn holds_a_device(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let starting = discovery::recognise(&discovery::ports());
        if starting.iter().any(|found| found.port == self.port && found.model == Model::BleuIoStarting) {
            let error = OpenError { port: self.port, reason: Reason::Starting };
            return Err(BleuIoError::from(error).into());
        }
        let Some(mut link) = self.connect(outlet)? else { return Ok(Ending::Complete) };
        let Some(start) = outlet.opened(self.origin(&link)) else {
            link.stop();
            return Ok(Ending::Complete);
        };
        link.discard_waiting();
        loop {
            match self.stream(&mut link, outlet, start) {
                Break::Stopped => {
                    link.stop();
                    return Ok(Ending::Complete);
                }
                Break::Failed(failure @ Failure::NoRssi) => {
                    link.stop();
                    return Err(BleuIoError::Failed { port: self.port, failure }.into());
                }
                Break::Lost | Break::Failed(_) => {}
            }
            // The port must be closed before it can come back.
            drop(link);
            if !outlet.hand_over(self.event(start, "lost", What::Lost)) {
                return Ok(Ending::Complete);
            }
            let Some(back) = self.reconnect(outlet) else { return Ok(Ending::Complete) };
            link = back;
            if !outlet.hand_over(self.event(start, "recovered", What::Other)) {
                link.stop();
                return Ok(Ending::Complete);
            }
        }
    }
}

impl BleuIo {
    /// Opens the port and starts the scan; `None` if the session ends first.
    fn connect(&self, outlet: &Outlet) -> Result<Option<Link>, BleuIoError> {
        let mut link = Link::open(&self.port, self.scan)?;
        loop {
            if outlet.is_stopped() {
                link.stop();
                return Ok(None);
            }
            link.turn(|_, _| {}).map_err(|_| BleuIoError::Unplugged(self.port.clone()))?;
            match link.state() {
                State::Streaming => return Ok(Some(link)),
                State::Failed(failure) => {
                    link.stop();
                    return Err(BleuIoError::Failed { port: self.port.clone(), failure });
                }
                _ => {}
            }
        }
    }

    /// Tries until the dongle is back; `None` if the session ends first.
    fn reconnect(&self, outlet: &Outlet) -> Option<Link> {
        let mut pauses = BACK_OFF.iter().copied();
        let mut pause = BACK_OFF[0];
        loop {
            pause = pauses.next().unwrap_or(pause);
            if !outlet.wait_until(Instant::now() + pause) {
                return None;
            }
            match self.connect(outlet) {
                Ok(link) => return link,
                Err(_) if outlet.is_stopped() => return None,
                Err(_) => {}
            }
        }
    }

    fn origin(&self, link: &Link) -> Origin {
        let mut source = Map::new();
        source.insert("id".into(), self.id.as_str().into());
        source.insert("kind".into(), SourceKind::BleuIo.name().into());
        source.extend(link.firmware().map(|version| ("firmware".into(), version.to_string().into())));
        source.insert("port".into(), self.port.as_str().into());
        let mut header = Map::new();
        header.insert("rssi_recording".into(), 1.into());
        let now = Timestamp::now();
        header.insert("started".into(), now.round(Unit::Second).unwrap_or(now).to_string().into());
        header.insert("sources".into(), json!([source]));
        Origin { header, on_session_clock: true }
    }

    fn stream(&self, link: &mut Link, outlet: &Outlet, start: Instant) -> Break {
        let mut is_heard = true;
        loop {
            if outlet.is_stopped() || !is_heard {
                return Break::Stopped;
            }
            let turned = link.turn(|heard, arrived| {
                is_heard &= outlet.offer(self.row(heard, micros(start, arrived)));
            });
            match (turned, link.state()) {
                (Err(_), _) => return Break::Lost,
                (Ok(()), State::Failed(failure)) => return Break::Failed(failure),
                _ => {}
            }
        }
    }

    fn row(&self, heard: &Heard<'_>, t_us: i64) -> Row {
        const UNAVAILABLE: i8 = 127;
        let band = Band::Address(heard.address);
        let what = heard.rssi_dbm.map_or(What::Unavailable, |rssi_dbm| What::Sample { band, rssi_dbm });
        let mut line = Vec::with_capacity(96);
        print::sample(&mut line, t_us, Some(&self.id), band, heard.rssi_dbm.unwrap_or(UNAVAILABLE));
        let data = heard.data.map_or(AdvertisingData::EMPTY, advertising::kept);
        Row { t_us, what, line, packet: Packet { address_type: heard.address_type, data } }
    }

    fn event(&self, start: Instant, event: &str, what: What) -> Row {
        let t_us = micros(start, Instant::now());
        let mut line = Vec::new();
        print::source_event(&mut line, t_us, Some(&self.id), event, None);
        Row::new(t_us, what, line)
    }
}

fn micros(start: Instant, at: Instant) -> i64 {
    i64::try_from(at.saturating_duration_since(start).as_micros()).unwrap_or(i64::MAX)
}
