//! A rehearsal: the simulated dongle, and a band that is carried where a [`Stage`] says, so that a
//! simulated person can follow cues. It never runs past a cue that may still be given, so it may run
//! faster than a clock.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dongle_protocols::radio::Scene;

use super::dongle::DongleError;
use super::simulated::Line;
use super::{Driver, Ending, Outlet, Scan, SourceError, live};
use crate::reading::{Band, SourceKind};

/// How long it is waited before it is looked whether anyone listens still.
const LOOK: Duration = Duration::from_millis(50);

/// How long an idle dongle is left alone at most.
const IDLE: Duration = Duration::from_secs(1);

/// Where cues are given, and where it is said when the next one may come.
#[derive(Debug, Default)]
pub struct Stage {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Where the band is to go next, in metres, and how long that takes, in µs.
    walk: Option<(f64, u64)>,
    free_until_us: i64,
}

impl Default for State {
    fn default() -> Self {
        Self { walk: None, free_until_us: i64::MIN }
    }
}

impl Stage {
    /// Sends the band to a distance, in metres, in so many µs.
    pub fn send(&self, to_m: f64, takes_us: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).walk = Some((to_m, takes_us));
    }

    /// The cues for all that was heard so far were given; the next one comes at `until_us` or later.
    pub fn free(&self, until_us: i64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).free_until_us = until_us;
        self.freed.notify_all();
    }

    fn take_walk(&self) -> Option<(f64, u64)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).walk.take()
    }

    /// Whether what comes behind `t_us` may be heard, within [`LOOK`].
    fn is_free(&self, t_us: i64) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(state, LOOK, |state| state.free_until_us <= t_us);
        waited.unwrap_or_else(PoisonError::into_inner).0.free_until_us > t_us
    }
}

/// A scene whose first advertiser is the band that is sent about.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// What the recording calls it.
    pub id: String,
    /// Who advertises.
    pub scene: Scene,
    /// Of the dongle's own address.
    pub seed: u64,
    /// How much faster than a clock it runs, from 1 on.
    pub pace: u32,
    /// From this time on, in µs, the band advertises under another address.
    pub renamed: Option<(i64, u64)>,
    /// Where it is sent from.
    pub stage: Arc<Stage>,
}

impl Driver for Rehearsed {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let Self { id, scene, seed, pace, renamed, stage } = *self;
        let failed = |failure| DongleError::Failed { port: "simulated:rehearsal".to_owned(), failure };
        let own = scene.advertisers().first().map(dongle_protocols::radio::Advertiser::address);
        let mut line = Line::streaming(seed, Scan::Passive).map_err(failed)?;
        let known = [("scenario", "rehearsal".to_owned())];
        let mut origin = live::origin(&id, SourceKind::Simulated, known);
        // Nobody wears what is simulated: no config may be made of it.
        origin.header.insert("not_a_nymi_band".into(), true.into());
        origin.on_session_clock = false;
        let Some(start) = outlet.opened(origin) else { return Ok(Ending::Complete) };
        line.begin(scene);
        loop {
            let due = line.due_us().map(|t_us| start + Duration::from_micros(t_us) / pace.max(1));
            if !outlet.wait_until(due.unwrap_or_else(|| Instant::now() + IDLE)) {
                return Ok(Ending::Complete);
            }
            if let Some((to_m, takes_us)) = stage.take_walk() {
                line.walk(to_m, takes_us);
            }
            let (mut is_taken, mut last_us) = (true, None);
            line.turn(|heard, t_us| {
                let is_renamed =
                    renamed.filter(|(from_us, _)| t_us >= *from_us && own == Some(heard.address));
                let address = is_renamed.map_or(heard.address, |(_, address)| address);
                let row = live::sample(&id, t_us, Band::Address(address), heard.rssi_dbm, heard.packet);
                is_taken &= outlet.hand_over(row);
                last_us = Some(t_us);
            })
            .map_err(failed)?;
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
