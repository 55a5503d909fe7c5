//! A dongle on a serial port as a source, whichever protocol it speaks: opened, streamed from, and
//! supervised. One that is lost is looked for until it is back, at another port too; another dongle
//! never takes its place.

mod identity;
mod link;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::conversation::{Failure, Heard, Progress, Quality};
use super::discovery::{self, Found, Model};
use super::serial::{OpenError, Reason};
use super::{Driver, Ending, Health, Origin, Outlet, Row, Scan, SourceError, Start, live};
use crate::reading::Band;
use identity::{Identity, is_same_port};
use link::Link;

/// Pauses before a lost dongle's port is tried again; the last one again and again.
const BACK_OFF: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(250), Duration::from_millis(500)];

/// How often the system's list of ports is asked for a lost dongle: that costs more than trying one.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// How long a dongle may take from the opening of its port until it streams. One that was left in
/// disorder takes up to 3 s.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How long one that was plugged in just now may take to be there: its bootloader shows first, for
/// some seconds, and its port goes and comes.
const BOOT_LIMIT: Duration = Duration::from_secs(15);

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
    /// Nothing that a dongle of its kind says came in time.
    #[error("{port}: no {} answers there in {} s", .model.name(), .limit.as_secs())]
    Mute {
        /// The port.
        port: String,
        /// Which was expected.
        model: Model,
        /// How long it had.
        limit: Duration,
    },
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

impl DongleError {
    /// What to do about it, where something can be done.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Open(error) => Some(error.reason.remedy()),
            Self::Mute { .. } => Some(
                "tapbench devices lists the ports of dongles; if this is its port, unplug the dongle and plug it in again",
            ),
            Self::Unplugged(_) => Some("plug it in, wait 15 s and try again"),
            Self::Failed { .. } | Self::Another(_) => None,
        }
    }

    /// Whether it goes with a dongle that was plugged in just now.
    fn is_of_booting(&self) -> bool {
        match self {
            Self::Unplugged(_) => true,
            Self::Open(error) => error.reason == Reason::Starting,
            Self::Mute { .. } | Self::Failed { .. } | Self::Another(_) => false,
        }
    }
}

/// A dongle on a port.
#[derive(Clone)]
pub struct Dongle {
    model: Model,
    port: String,
    id: String,
    scan: Scan,
    plugged: Plugged,
    start_limit: Duration,
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
    pub fn new(model: Model, port: String, id: String, scan: Scan) -> Self {
        Self { model, port, id, scan, plugged: Arc::new(discovery::dongles), start_limit: START_LIMIT }
    }

    /// With another way to list what is plugged in than the system's.
    #[must_use]
    pub fn plugged_by(self, plugged: impl Fn() -> Vec<Found> + Send + Sync + 'static) -> Self {
        Self { plugged: Arc::new(plugged), ..self }
    }

    /// With another limit for its start.
    #[must_use]
    pub fn starting_within(self, start_limit: Duration) -> Self {
        Self { start_limit, ..self }
    }
}

impl Driver for Dongle {
    fn holds_a_device(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let begun = Instant::now();
        let mut has_shown = false;
        let (link, found) = loop {
            let found = (self.plugged)().into_iter().find(|found| is_same_port(&found.port, &self.port));
            let boots = found.as_ref().is_some_and(|found| found.model == Model::BleuIoStarting);
            let connected = if boots {
                Err(OpenError { port: self.port.clone(), reason: Reason::Starting }.into())
            } else {
                self.connect(&self.port, None, outlet)
            };
            match connected {
                Ok(Some(link)) => break (link, found),
                Ok(None) => return Ok(Ending::Complete),
                Err(error) if begun.elapsed() < BOOT_LIMIT && (has_shown || error.is_of_booting()) => {
                    has_shown = true;
                    if !outlet.wait_until(Instant::now() + BACK_OFF[1]) {
                        return Ok(Ending::Complete);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
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
        let begun = Instant::now();
        let mut link = Link::open(self.model, port, self.scan)?;
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
                Progress::Starting if begun.elapsed() >= self.start_limit => {
                    link.stop();
                    let (model, limit) = (self.model, self.start_limit);
                    return Err(DongleError::Mute { port: port.to_owned(), model, limit });
                }
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
        let address = conversation.address().map(|address| Band::Address(address).to_string());
        let known = [
            ("firmware", conversation.firmware()),
            ("port", Some(self.port.clone())),
            ("address", address),
            ("vid_pid", found.map(|found| found.vid_pid.clone())),
            ("serial", found.and_then(|found| found.serial.clone())),
        ];
        let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
        live::origin(&self.id, self.model.kind(), known)
    }

    fn row(&self, heard: &Heard, t_us: i64) -> Row {
        live::sample(&self.id, t_us, Band::Address(heard.address), heard.rssi_dbm, heard.packet)
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
            if !self.outlet.hand_over(live::lost(&self.dongle.id, start)) {
                return Ok(Ending::Complete);
            }
            let Some(back) = self.reconnect() else { return Ok(Ending::Complete) };
            link = back;
            if !self.outlet.hand_over(live::recovered(&self.dongle.id, start)) {
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
                    is_heard &= outlet.offer(dongle.row(heard, live::micros(start, arrived)));
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
}
