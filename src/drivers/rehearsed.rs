//! A rehearsal: the simulated dongle and NFC reader, and a band that is carried where a [`Stage`] says, so that a
//! simulated person can follow cues. It never runs past a cue that may still be given, so it may run
//! faster than a clock.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dongle_protocols::radio::Scene;
use serde_json::Value;

use super::dongle::DongleError;
use super::nfc::PlayedReader;
use super::simulated::Line;
use super::{Driver, Ending, Origin, Outlet, Scan, SourceError, live};
use crate::reading::{Band, SourceKind};

/// How long it is waited before it is looked whether anyone listens still.
const LOOK: Duration = Duration::from_millis(50);

/// How long an idle dongle is left alone at most.
const IDLE: Duration = Duration::from_secs(1);

/// Where the band is to go next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errand {
    /// How far from the dongle, in metres.
    pub to_m: f64,
    /// How long that takes, in µs.
    pub takes_us: u32,
    /// How long it is laid on the NFC reader then, in µs.
    pub lies_us: Option<u32>,
}

/// Where cues are given, and where it is said when the next one may come.
#[derive(Debug, Default)]
pub struct Stage {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    errand: Option<Errand>,
    free_until_us: i64,
}

impl Default for State {
    fn default() -> Self {
        Self { errand: None, free_until_us: i64::MIN }
    }
}

impl Stage {
    /// Sends the band somewhere.
    pub fn send(&self, errand: Errand) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).errand = Some(errand);
    }

    /// The cues for all that was heard so far were given; the next one comes at `until_us` or later.
    pub fn free(&self, until_us: i64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).free_until_us = until_us;
        self.freed.notify_all();
    }

    fn take_errand(&self) -> Option<Errand> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).errand.take()
    }

    /// Whether what comes behind `t_us` may be heard, within [`LOOK`].
    fn is_free(&self, t_us: i64) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(state, LOOK, |state| state.free_until_us <= t_us);
        waited.unwrap_or_else(PoisonError::into_inner).0.free_until_us > t_us
    }
}

/// A scene whose first advertiser is the band that is sent about, and a reader that it is laid on.
#[derive(Debug)]
pub struct Rehearsed {
    /// What the recording calls it.
    pub id: String,
    /// Who advertises.
    pub scene: Scene,
    /// Of the dongle's own address.
    pub seed: u64,
    /// Whether bands are asked for what they say beside their advertisements, such as their names.
    pub scan: Scan,
    /// How much faster than a clock it runs, from 1 on.
    pub pace: u32,
    /// From this time on, in µs, the band advertises under another address.
    pub renamed: Option<(i64, u64)>,
    /// What the recording calls the NFC reader, where there is one.
    pub reader_id: Option<String>,
    /// Where it is sent from.
    pub stage: Arc<Stage>,
}

impl Driver for Rehearsed {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let Self { id, scene, seed, scan, pace, renamed, reader_id, stage } = *self;
        let failed = |failure| DongleError::Failed { port: "simulated:rehearsal".to_owned(), failure };
        let own = scene.advertisers().first().map(dongle_protocols::radio::Advertiser::address);
        let mut line = Line::streaming(seed, scan).map_err(failed)?;
        let mut reader = reader_id.as_deref().map(PlayedReader::new);
        let Some(start) = outlet.opened(origin(&id, reader_id.as_deref())) else {
            return Ok(Ending::Complete);
        };
        line.begin(scene);
        let mut now_us = 0;
        loop {
            let due_us = [line_due_us(&line), reader.as_ref().and_then(PlayedReader::due_us)];
            let due = due_us.into_iter().flatten().min().and_then(|t_us| u64::try_from(t_us).ok());
            let due = due.map(|t_us| start + Duration::from_micros(t_us) / pace.max(1));
            if !outlet.wait_until(due.unwrap_or_else(|| Instant::now() + IDLE)) {
                return Ok(Ending::Complete);
            }
            if let Some(Errand { to_m, takes_us, lies_us }) = stage.take_errand() {
                line.walk(to_m, takes_us.into());
                if let (Some(reader), Some(lies_us)) = (&mut reader, lies_us) {
                    reader.lay(now_us + i64::from(takes_us), lies_us.into());
                }
            }
            let (mut is_taken, mut last_us) = (true, None);
            let mut hand_over = |t_us, row| {
                is_taken &= outlet.hand_over(row);
                last_us = Some(t_us);
            };
            match reader.as_mut().filter(|reader| is_before(reader.due_us(), line_due_us(&line))) {
                Some(reader) => reader.turn().into_iter().for_each(|row| hand_over(row.t_us, row)),
                None => line
                    .turn(|heard, t_us| {
                        let is_renamed =
                            renamed.filter(|(from_us, _)| t_us >= *from_us && own == Some(heard.address));
                        let address = is_renamed.map_or(heard.address, |(_, address)| address);
                        let band = Band::Address(address);
                        hand_over(t_us, live::sample(&id, t_us, band, heard.rssi_dbm, heard.packet));
                    })
                    .map_err(failed)?,
            }
            now_us = last_us.unwrap_or(now_us);
            while let Some(t_us) = last_us.filter(|_| is_taken)
                && !stage.is_free(t_us)
            {
                is_taken = !outlet.is_stopped();
            }
            if !is_taken {
                return Ok(Ending::Complete);
            }
        }
    }
}

/// What it says of itself: nobody wears what is simulated, so no config may be made of it.
fn origin(id: &str, reader_id: Option<&str>) -> Origin {
    let known = [("scenario", "rehearsal".to_owned())];
    let mut origin = live::origin(id, SourceKind::Simulated, known);
    let reader = reader_id.map(|id| live::origin(id, SourceKind::Nfc, [PlayedReader::known()]));
    let of_reader = reader.and_then(|mut reader| reader.header.remove("sources"));
    if let (Some(Value::Array(all)), Some(Value::Array(reader))) =
        (origin.header.get_mut("sources"), of_reader)
    {
        all.extend(reader);
    }
    origin.header.insert("not_a_nymi_band".into(), true.into());
    origin.on_session_clock = false;
    origin
}

fn line_due_us(line: &Line) -> Option<i64> {
    line.due_us().and_then(|t_us| i64::try_from(t_us).ok())
}

fn is_before(due_us: Option<i64>, other_us: Option<i64>) -> bool {
    due_us.is_some_and(|due_us| other_us.is_none_or(|other_us| due_us < other_us))
}
