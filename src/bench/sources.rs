//! What can be listened to: the simulated bench, which is always there, the dongles that are
//! plugged in, and the system's own adapter. A scout looks for dongles that come and go.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::drivers::discovery::{self, Found, Model};
use crate::drivers::dongle::Dongle;
use crate::drivers::nfc::{self, NfcReaders};
use crate::drivers::os_adapter::OsAdapter;
use crate::drivers::rehearsed::Stage;
use crate::drivers::serial::Reason;
use crate::drivers::simulated::Simulated;
use crate::drivers::{Driver, Scan};
use crate::simulator::scenario::{BUILT_IN, Scenario, built_in};

use super::ask::Wake;
use super::problem::{Problem, in_the_way};
use super::rehearsal::Rehearsal;

/// How often it is looked for dongles.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many looks later it is tried again whether what was in a dongle's way has gone.
const TRY_AGAIN: u32 = 3;

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
    /// An NFC reader of this name, or of a name that begins so.
    Nfc(String),
}

impl Place {
    /// For people.
    pub fn title(&self) -> String {
        match self {
            Self::Simulated(name) => format!("Simulated bench: {}", name.replace('-', " ")),
            Self::Rehearsal(rehearsal) => {
                let reader = if rehearsal.has_reader() { ", with an NFC reader" } else { "" };
                format!("Rehearsal: {}{reader}", rehearsal.mishap.words())
            }
            Self::Dongle(model, port) => format!("{} on {port}", model.name()),
            Self::System => "This computer's Bluetooth (best effort)".to_owned(),
            Self::Nfc(name) => format!("NFC reader: {name}"),
        }
    }

    /// Whether a simulated person is there.
    pub fn is_rehearsal(&self) -> bool {
        matches!(self, Self::Rehearsal(_))
    }

    /// Whether taps on an NFC reader are seen there.
    pub fn has_reader(&self) -> bool {
        match self {
            Self::Nfc(_) => true,
            Self::Rehearsal(rehearsal) => rehearsal.has_reader(),
            _ => false,
        }
    }

    /// What kind of source it is, as its id begins.
    fn kind(&self) -> &'static str {
        match self {
            Self::Simulated(_) | Self::Rehearsal(_) => "simulated",
            Self::Dongle(model, _) => model.kind().name(),
            Self::System => "os",
            Self::Nfc(_) => "nfc",
        }
    }

    /// Its id in a recording, as `tapbench record` gives it; `before` are the places that are
    /// listened to on the same clock.
    fn id(&self, before: &[Self]) -> String {
        let number = before.iter().filter(|place| place.kind() == self.kind()).count() + 1;
        format!("{}-{number}", self.kind())
    }

    /// What yields its rows; `stage` is where a simulated person is sent about in the steps of a
    /// calibration.
    pub(super) fn driver(
        &self,
        scan: Scan,
        before: &[Self],
        stage: &Arc<Stage>,
        is_guided: bool,
    ) -> Result<Box<dyn Driver>, Problem> {
        let id = self.id(before);
        Ok(match self {
            // Readers are only looked at, so that NBE is not disturbed.
            Self::Nfc(name) => Box::new(NfcReaders {
                id,
                pcsc: nfc::system(),
                name: Some(name.clone()),
                must_be_there: false,
                uids: None,
            }),
            Self::Simulated(name) => {
                let scenario = built_in(name).map(Scenario::parse);
                let scenario = scenario.ok_or_else(|| Problem::new(format!("no scenario {name}")))?;
                let scenario = scenario.map_err(Problem::new)?;
                Box::new(Simulated {
                    id,
                    scenario: (*name).to_owned(),
                    scene: scenario.scene(),
                    seed: scenario.seed,
                    scan,
                })
            }
            Self::Rehearsal(rehearsal) if is_guided => rehearsal.driver(scan, Arc::clone(stage))?,
            Self::Rehearsal(rehearsal) => rehearsal.before_its_steps().driver(scan, Arc::clone(stage))?,
            Self::Dongle(model, port) => Box::new(Dongle::new(*model, port.clone(), id, scan)),
            Self::System => Box::new(OsAdapter { id }),
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
    /// Whether another program holds it, as the Endpoint does while its service runs.
    pub is_held: bool,
}

impl Offer {
    fn free(place: Place) -> Self {
        Self { place, obstacle: None, is_held: false }
    }

    fn dongle(found: &Found, reason: Option<&Reason>) -> Self {
        let obstacle =
            reason.map(|reason| Problem::new(format!("{}: {reason}", found.port)).remedy(in_the_way(reason)));
        let place = Place::Dongle(found.model, found.port.clone());
        Self { place, obstacle, is_held: reason == Some(&Reason::Busy) }
    }
}

/// What is always there.
fn always() -> impl Iterator<Item = Offer> {
    let scenes = BUILT_IN.iter().map(|(name, _)| Place::Simulated(name));
    scenes.chain([Place::System]).map(Offer::free)
}

/// The NFC readers that the service lists; where it does not answer there are none to listen to.
fn reader_names() -> Vec<String> {
    let states = nfc::readers(nfc::system().as_ref()).unwrap_or_default();
    states.into_iter().map(|state| state.name).collect()
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
            let mut known: Vec<(Found, Option<Reason>)> = Vec::new();
            let mut known_readers: Vec<String> = Vec::new();
            for look in 1u32.. {
                let found = discovery::dongles();
                let before = known.len();
                known.retain(|(old, _)| found.contains(old));
                let mut is_new = known.len() != before;
                // Only a new one is opened for a moment, and one that could not be: a port in use by this
                // program is left alone.
                if look.is_multiple_of(TRY_AGAIN) {
                    for (dongle, reason) in known.iter_mut().filter(|(_, reason)| reason.is_some()) {
                        let now = discovery::obstacle(dongle);
                        is_new |= now != *reason;
                        *reason = now;
                    }
                }
                for dongle in found {
                    if !known.iter().any(|(old, _)| *old == dongle) {
                        let reason = discovery::obstacle(&dongle);
                        known.push((dongle, reason));
                        is_new = true;
                    }
                }
                let names = reader_names();
                if names != known_readers {
                    (known_readers, is_new) = (names, true);
                }
                if is_new {
                    let dongles = known.iter().map(|(found, reason)| Offer::dongle(found, reason.as_ref()));
                    let readers = known_readers.iter().map(|name| Offer::free(Place::Nfc(name.clone())));
                    let all = dongles.chain(always()).chain(readers).collect();
                    *shared.lock().unwrap_or_else(PoisonError::into_inner) = all;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_heard_beside_a_dongle_on_one_clock() {
        let places = [Place::Simulated("tap-session"), Place::Nfc("R 00".into()), Place::Nfc("R 01".into())];
        let ids: Vec<_> = places.iter().enumerate().map(|(at, place)| place.id(&places[..at])).collect();
        assert!(
            (0..places.len())
                .all(|at| places[at].driver(Scan::Passive, &places[..at], &Arc::default(), false).is_ok())
        );
        assert_eq!(ids, ["simulated-1", "nfc-1", "nfc-2"]);
    }
}
