//! The operating system's Bluetooth adapter as a source. Best effort: the system merges
//! advertisements before it tells of them, and nobody learns how many.

mod adapters;
mod error;
mod scan;

use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit};
use serde_json::{Map, json};

use super::{Driver, Ending, Origin, Outlet, Row, SourceError, What};
use crate::reading::SourceKind;
use crate::recording::print;
use scan::{Heard, Scan, Turn};

pub use adapters::{Found, adapters};
pub use error::AdapterError;

/// Pauses before a lost adapter is tried again; the last one again and again.
const BACK_OFF: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// How long at most until the driver notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A silence after which the adapter is asked whether it is alive: when the system's Bluetooth
/// service dies, the news just cease.
const QUIET: Duration = Duration::from_secs(2);

/// The adapter that the system prefers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsAdapter {
    /// What the recording calls it.
    pub id: String,
}

/// Why streaming ended.
enum Break {
    Stopped,
    Lost,
}

impl Driver for OsAdapter {
    fn holds_a_device(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let mut scan = Scan::open()?;
        let Some(start) = outlet.opened(self.origin(&scan)) else {
            scan.stop();
            return Ok(Ending::Complete);
        };
        loop {
            // Not before the session's start: what was heard earlier is not for it.
            scan.listen();
            match self.stream(&mut scan, outlet, start) {
                Break::Stopped => {
                    scan.stop();
                    return Ok(Ending::Complete);
                }
                // Its connection to the system must not outlive it.
                Break::Lost => drop(scan),
            }
            if !outlet.hand_over(self.event(start, "lost", What::Lost)) {
                return Ok(Ending::Complete);
            }
            let Some(back) = reopen(outlet) else { return Ok(Ending::Complete) };
            scan = back;
            if !outlet.hand_over(self.event(start, "recovered", What::Other)) {
                scan.stop();
                return Ok(Ending::Complete);
            }
        }
    }
}

/// Tries until the adapter is back; `None` if the session ends first.
fn reopen(outlet: &Outlet) -> Option<Scan> {
    let mut pauses = BACK_OFF.iter().copied();
    let mut pause = BACK_OFF[0];
    loop {
        pause = pauses.next().unwrap_or(pause);
        if !outlet.wait_until(Instant::now() + pause) {
            return None;
        }
        if let Ok(scan) = Scan::open() {
            return Some(scan);
        }
    }
}

impl OsAdapter {
    fn origin(&self, scan: &Scan) -> Origin {
        let mut source = Map::new();
        source.insert("id".into(), self.id.as_str().into());
        source.insert("kind".into(), SourceKind::Os.name().into());
        source.insert("adapter".into(), scan.adapter_name().into());
        let mut header = Map::new();
        header.insert("rssi_recording".into(), 1.into());
        let now = Timestamp::now();
        header.insert("started".into(), now.round(Unit::Second).unwrap_or(now).to_string().into());
        header.insert("sources".into(), json!([source]));
        Origin { header, on_session_clock: true }
    }

    fn stream(&self, scan: &mut Scan, outlet: &Outlet, start: Instant) -> Break {
        let mut heard_at = Instant::now();
        while !outlet.is_stopped() {
            match scan.turn(LOOK_UP) {
                Turn::Gone => return Break::Lost,
                Turn::Silence if heard_at.elapsed() < QUIET => continue,
                Turn::Silence if !scan.is_alive() => return Break::Lost,
                Turn::Silence | Turn::Other => {}
                Turn::Unknown => outlet.count_dropped(),
                Turn::Heard(heard) => {
                    if !outlet.offer(self.row(&heard, start)) {
                        return Break::Stopped;
                    }
                }
            }
            heard_at = Instant::now();
        }
        Break::Stopped
    }

    fn row(&self, heard: &Heard, start: Instant) -> Row {
        const UNAVAILABLE: i8 = 127;
        let &Heard { band, rssi_dbm, at } = heard;
        let t_us = micros(start, at);
        let what = rssi_dbm.map_or(What::Unavailable, |rssi_dbm| What::Sample { band, rssi_dbm });
        let mut line = Vec::with_capacity(96);
        print::sample(&mut line, t_us, Some(&self.id), band, rssi_dbm.unwrap_or(UNAVAILABLE));
        Row { t_us, what, line }
    }

    fn event(&self, start: Instant, event: &str, what: What) -> Row {
        let t_us = micros(start, Instant::now());
        let mut line = Vec::new();
        print::source_event(&mut line, t_us, Some(&self.id), event, None);
        Row { t_us, what, line }
    }
}

fn micros(start: Instant, at: Instant) -> i64 {
    i64::try_from(at.saturating_duration_since(start).as_micros()).unwrap_or(i64::MAX)
}
