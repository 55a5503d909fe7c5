//! A dongle on a serial port as a source, whichever protocol it speaks: opened, streamed from, and
//! supervised. One that is lost is looked for until it is back, at another port too; another dongle
//! never takes its place.

mod identity;
mod link;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit};
use serde_json::{Map, json};

use super::conversation::{Failure, Heard, Progress, Quality};
use super::discovery::{self, Found, Model};
use super::serial::{OpenError, Reason};
use super::{Driver, Ending, Health, Origin, Outlet, Row, SourceError, Start, What};
use crate::reading::Band;
use crate::recording::print;
use identity::{Identity, is_same_port};
use link::Link;

/// Pauses before a lost dongle's port is tried again; the last one again and again.
const BACK_OFF: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(250), Duration::from_millis(500)];

/// How often the system's list of ports is asked for a lost dongle: that costs more than trying one.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// Lists the dongles that are plugged in.
type Plugged = Arc<dyn Fn() -> Vec<Found> + Send + Sync>;

/// Why a dongle gives no rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DongleError {
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
    /// Not the one that was lost.
    #[error("{0}: another dongle is plugged in there")]
    Another(String),
}

/// A dongle on a port.
#[derive(Clone)]
pub struct Dongle {
    model: Model,
    port: String,
    id: String,
    plugged: Plugged,
}

/// Why streaming ended.
enum Break {
    Stopped,
    Lost,
    Failed(Failure),
}

/// What is known in the course of one run.
struct Run<'a> {
    dongle: &'a Dongle,
    outlet: &'a Outlet,
    /// When the session began; `None` while it waits for other sources.
    start: Option<Instant>,
    /// Where it was last.
    port: String,
    identity: Identity,
    health: Health,
}

impl Dongle {
    /// The dongle on `port` (`/dev/ttyACM0`, `COM3`), which the recording calls `id`.
    pub fn new(model: Model, port: String, id: String) -> Self {
        Self { model, port, id, plugged: Arc::new(discovery::dongles) }
    }

    /// With another way to list what is plugged in than the system's.
    #[must_use]
    pub fn plugged_by(self, plugged: impl Fn() -> Vec<Found> + Send + Sync + 'static) -> Self {
        Self { plugged: Arc::new(plugged), ..self }
    }
}

impl Driver for Dongle {
    fn holds_a_device(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let found = (self.plugged)().into_iter().find(|found| is_same_port(&found.port, &self.port));
        if found.as_ref().is_some_and(|found| found.model == Model::BleuIoStarting) {
            let error = OpenError { port: self.port, reason: Reason::Starting };
            return Err(DongleError::from(error).into());
        }
        let Some(link) = self.connect(&self.port, None, outlet)? else { return Ok(Ending::Complete) };
        let identity = Identity::of(&link, found.as_ref());
        let run = Run {
            dongle: &self,
            outlet,
            start: None,
            port: self.port.clone(),
            identity,
            health: Health::default(),
        };
        run.supervise(link, found.as_ref()).map_err(SourceError::from)
    }
}

impl Dongle {
    /// Opens a port and starts the scan; `None` if the session ends first.
    ///
    /// # Errors
    /// When the port cannot be opened, the dongle does not start, or is not the one expected.
    fn connect(
        &self,
        port: &str,
        expected: Option<&Identity>,
        outlet: &Outlet,
    ) -> Result<Option<Link>, DongleError> {
        let mut link = Link::open(self.model, port)?;
        let may_be = |expected: &Identity| expected.may_be_on(port, self.model, &(self.plugged)());
        if !expected.is_none_or(may_be) {
            return Err(DongleError::Another(port.to_owned()));
        }
        loop {
            if outlet.is_stopped() {
                link.stop();
                return Ok(None);
            }
            link.turn(|_, _| {}).map_err(|_| DongleError::Unplugged(port.to_owned()))?;
            let progress = link.progress();
            let is_streaming = progress == Progress::Streaming;
            if expected.is_some_and(|expected| expected.is_another(&link, is_streaming)) {
                link.stop();
                return Err(DongleError::Another(port.to_owned()));
            }
            match progress {
                Progress::Streaming => return Ok(Some(link)),
                Progress::Failed(failure) => {
                    link.stop();
                    return Err(DongleError::Failed { port: port.to_owned(), failure });
                }
                Progress::Starting | Progress::Stopping | Progress::Stopped => {}
            }
        }
    }

    fn origin(&self, link: &Link, found: Option<&Found>) -> Origin {
        let conversation = link.conversation();
        let mut source = Map::new();
        source.insert("id".into(), self.id.as_str().into());
        source.insert("kind".into(), self.model.kind().into());
        source.extend(conversation.firmware().map(|version| ("firmware".into(), version.into())));
        source.insert("port".into(), self.port.as_str().into());
        let address = conversation.address().map(|address| Band::Address(address).to_string());
        source.extend(address.map(|address| ("address".into(), address.into())));
        if let Some(found) = found {
            source.insert("vid_pid".into(), found.vid_pid.as_str().into());
            source.extend(found.serial.as_ref().map(|serial| ("serial".into(), serial.as_str().into())));
        }
        let mut header = Map::new();
        header.insert("rssi_recording".into(), 1.into());
        let now = Timestamp::now();
        header.insert("started".into(), now.round(Unit::Second).unwrap_or(now).to_string().into());
        header.insert("sources".into(), json!([source]));
        Origin { header, on_session_clock: true }
    }

    fn row(&self, heard: &Heard, t_us: i64) -> Row {
        const UNAVAILABLE: i8 = 127;
        let band = Band::Address(heard.address);
        let what = heard.rssi_dbm.map_or(What::Unavailable, |rssi_dbm| What::Sample { band, rssi_dbm });
        let mut line = Vec::with_capacity(96);
        print::sample(&mut line, t_us, Some(&self.id), band, heard.rssi_dbm.unwrap_or(UNAVAILABLE));
        Row { t_us, what, line }
    }
}

impl Run<'_> {
    fn supervise(mut self, mut link: Link, found: Option<&Found>) -> Result<Ending, DongleError> {
        if !self.outlet.announce(self.dongle.origin(&link, found)) {
            link.stop();
            return Ok(Ending::Complete);
        }
        loop {
            match self.stream(&mut link) {
                Break::Stopped => {
                    link.stop();
                    return Ok(Ending::Complete);
                }
                Break::Failed(failure) if failure.is_lasting() => {
                    link.stop();
                    return Err(DongleError::Failed { port: self.port, failure });
                }
                Break::Lost | Break::Failed(_) => {}
            }
            // The port must be closed before it can come back.
            drop(link);
            let Some(start) = self.start else { return Err(DongleError::Unplugged(self.port)) };
            if !self.outlet.hand_over(self.event(start, "lost", What::Lost)) {
                return Ok(Ending::Complete);
            }
            let Some(back) = self.reconnect() else { return Ok(Ending::Complete) };
            link = back;
            if !self.outlet.hand_over(self.event(start, "recovered", What::Other)) {
                link.stop();
                return Ok(Ending::Complete);
            }
        }
    }

    /// Hands over what is heard, from the session's start on.
    fn stream(&mut self, link: &mut Link) -> Break {
        let (outlet, dongle, before) = (self.outlet, self.dongle, self.health.quality);
        let mut is_heard = true;
        loop {
            if self.is_stopped() || !is_heard {
                return Break::Stopped;
            }
            let start = &mut self.start;
            let turned = link.turn(|heard, arrived| {
                if start.is_none() {
                    *start = outlet.started().at();
                }
                if let Some(start) = start.filter(|start| arrived >= *start) {
                    is_heard &= outlet.offer(dongle.row(heard, micros(start, arrived)));
                }
            });
            self.report(before.and(link.quality()));
            match (turned, link.progress()) {
                (Err(_), _) => return Break::Lost,
                (Ok(()), Progress::Failed(failure)) => return Break::Failed(failure),
                _ => {}
            }
        }
    }

    /// Whether the session has ended; notices its start.
    fn is_stopped(&mut self) -> bool {
        match self.outlet.started() {
            Start::At(start) => self.start = Some(start),
            Start::Never => return true,
            Start::NotYet => {}
        }
        false
    }

    fn report(&mut self, quality: Quality) {
        if self.health.quality != quality {
            self.health.quality = quality;
            self.outlet.report(self.health);
        }
    }

    /// Tries until the dongle is back; `None` if the session ends first.
    fn reconnect(&mut self) -> Option<Link> {
        let mut pauses = BACK_OFF.iter().copied();
        let mut pause = BACK_OFF[0];
        let mut listed = Instant::now();
        let mut strangers = Vec::new();
        loop {
            pause = pauses.next().unwrap_or(pause);
            if !self.outlet.wait_until(Instant::now() + pause) {
                return None;
            }
            let mut known = vec![self.port.clone()];
            known.extend((self.dongle.port != self.port).then(|| self.dongle.port.clone()));
            let mut elsewhere = Vec::new();
            if listed.elapsed() >= LIST_EVERY {
                listed = Instant::now();
                let plugged = (self.dongle.plugged)();
                elsewhere = self.identity.candidates(self.dongle.model, &plugged);
                elsewhere.retain(|port| !known.iter().any(|known| is_same_port(known, port)));
                strangers.retain(|port| elsewhere.contains(port));
                elsewhere.retain(|port| !strangers.contains(port));
            }
            for port in known.iter().chain(&elsewhere) {
                match self.dongle.connect(port, Some(&self.identity), self.outlet) {
                    Ok(Some(link)) => {
                        self.port.clone_from(port);
                        return Some(link);
                    }
                    Ok(None) => return None,
                    Err(DongleError::Another(port)) if elsewhere.contains(&port) => strangers.push(port),
                    Err(DongleError::Another(_)) => {
                        self.health.is_replaced = true;
                        self.outlet.report(self.health);
                    }
                    Err(_) => {}
                }
                if self.outlet.is_stopped() {
                    return None;
                }
            }
        }
    }

    fn event(&self, start: Instant, event: &str, what: What) -> Row {
        let t_us = micros(start, Instant::now());
        let mut line = Vec::new();
        print::source_event(&mut line, t_us, Some(&self.dongle.id), event, None);
        Row { t_us, what, line }
    }
}

fn micros(start: Instant, at: Instant) -> i64 {
    i64::try_from(at.saturating_duration_since(start).as_micros()).unwrap_or(i64::MAX)
}
