//! What can be listened to: the simulated bench, which is always there, the dongles that are
//! plugged in, and the system's own adapter. A scout looks for dongles that come and go.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::drivers::discovery::{self, Found, Model};
use crate::drivers::dongle::Dongle;
use crate::drivers::os_adapter::OsAdapter;
use crate::drivers::rehearsed::Stage;
use crate::drivers::simulated::Simulated;
use crate::drivers::{Driver, Scan};
use crate::simulator::scenario::{BUILT_IN, Scenario, built_in};

use super::ask::Wake;
use super::problem::Problem;
use super::rehearsal::Rehearsal;

/// How often it is looked for dongles.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Somewhere to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A scenario of the simulated bench.
    Simulated(&'static str),
    /// A simulated person who follows the cues of a calibration.
    Rehearsal(Rehearsal),
    /// A dongle.
    Dongle(Model, String),
    /// The system's own Bluetooth.
    System,
}

impl Place {
    /// For people.
    pub fn title(&self) -> String {
        match self {
            Self::Simulated(name) => format!("Simulated bench: {}", name.replace('-', " ")),
            Self::Rehearsal(rehearsal) => format!("Rehearsal: {}", rehearsal.mishap.words()),
            Self::Dongle(model, port) => format!("{} on {port}", model.name()),
            Self::System => "This computer's Bluetooth (best effort)".to_owned(),
        }
    }

    /// Whether a simulated person is there.
    pub fn is_rehearsal(&self) -> bool {
        matches!(self, Self::Rehearsal(_))
    }

    /// What yields its rows; `stage` is where a simulated person is sent about in
    /// the steps of a calibration.
    pub(super) fn driver(&self, stage: &Arc<Stage>, is_guided: bool) -> Result<Box<dyn Driver>, Problem> {
        Ok(match self {
            Self::Simulated(name) => {
                let scenario = built_in(name).map(Scenario::parse);
                let scenario = scenario.ok_or_else(|| Problem::new(format!("no scenario {name}")))?;
                let scenario = scenario.map_err(Problem::new)?;
                Box::new(Simulated {
                    id: "simulated-1".into(),
                    scenario: (*name).to_owned(),
                    scene: scenario.scene(),
                    seed: scenario.seed,
                    scan: Scan::Passive,
                })
            }
            Self::Rehearsal(rehearsal) if is_guided => rehearsal.driver(Arc::clone(stage))?,
            Self::Rehearsal(rehearsal) => rehearsal.before_its_steps().driver(Arc::clone(stage))?,
            Self::Dongle(model, port) => {
                let id = format!("{}-1", model.kind().name());
                Box::new(Dongle::new(*model, port.clone(), id, Scan::Passive))
            }
            Self::System => Box::new(OsAdapter { id: "os-1".into() }),
        })
    }
}

/// A place in the list of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Where.
    pub place: Place,
    /// Why it cannot be used now, and what to do.
    pub obstacle: Option<Problem>,
}

/// What is always there.
fn always() -> impl Iterator<Item = Offer> {
    let scenes = BUILT_IN.iter().map(|(name, _)| Place::Simulated(name));
    scenes.chain([Place::System]).map(|place| Offer { place, obstacle: None })
}

/// Keeps the list of sources up to date on a thread of its own.
#[derive(Debug)]
pub struct Scout {
    offers: Arc<Mutex<Vec<Offer>>>,
    /// Dropped, it ends the thread.
    _stay: SyncSender<()>,
}

impl Scout {
    /// Starts looking; `wake` is called when the list has changed.
    pub fn start(wake: Wake) -> Self {
        let offers = Arc::new(Mutex::new(always().collect()));
        let (stay, stop) = sync_channel::<()>(0);
        let shared = Arc::clone(&offers);
        let look = move || {
            let mut known: Vec<(Found, Option<Problem>)> = Vec::new();
            loop {
                let found = discovery::dongles();
                let before = known.len();
                known.retain(|(old, _)| found.contains(old));
                let mut is_new = known.len() != before;
                for dongle in found {
                    // Only a new one is opened for a moment: a port in use is left alone.
                    if !known.iter().any(|(old, _)| *old == dongle) {
                        let reason = discovery::obstacle(&dongle);
                        let problem = reason.map(|reason| {
                            Problem::new(format!("{}: {reason}", dongle.port)).remedy(reason.remedy())
                        });
                        known.push((dongle, problem));
                        is_new = true;
                    }
                }
                if is_new {
                    let dongles = known.iter().map(|(found, obstacle)| Offer {
                        place: Place::Dongle(found.model, found.port.clone()),
                        obstacle: obstacle.clone(),
                    });
                    *shared.lock().unwrap_or_else(PoisonError::into_inner) =
                        dongles.chain(always()).collect();
                    wake();
                }
                if stop.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        // Without a thread the list stays as it is.
        drop(thread::Builder::new().name("sources".into()).spawn(look));
        Self { offers, _stay: stay }
    }

    /// The list now.
    pub fn offers(&self) -> Vec<Offer> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
