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
use crate::drivers::simulated::Simulated;
use crate::drivers::{Driver, Scan};
use crate::simulator::scenario::{BUILT_IN, Scenario, built_in};

use super::ask::Wake;
use super::problem::Problem;

/// How often it is looked for dongles.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Somewhere to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A scenario of the simulated bench.
    Simulated(&'static str),
    /// A dongle.
    Dongle(Model, String),
    /// The system's own Bluetooth.
    System,
    /// An NFC reader of this name, or of a name that begins so.
    Nfc(String),
    /// Both, on one clock: that place, and all NFC readers.
    WithNfc(Box<Self>),
}

impl Place {
    /// For people.
    pub fn title(&self) -> String {
        match self {
            Self::Simulated(name) => format!("Simulated bench: {}", name.replace('-', " ")),
            Self::Dongle(model, port) => format!("{} on {port}", model.name()),
            Self::System => "This computer's Bluetooth (best effort)".to_owned(),
            Self::Nfc(name) => format!("NFC reader: {name}"),
            Self::WithNfc(place) => format!("{}, with NFC readers", place.title()),
        }
    }

    /// What yields its rows.
    pub(super) fn drivers(&self) -> Result<Vec<Box<dyn Driver>>, Problem> {
        match self {
            Self::WithNfc(place) => {
                let mut drivers = place.drivers()?;
                drivers.push(Box::new(readers(None)));
                Ok(drivers)
            }
            one => Ok(vec![one.driver()?]),
        }
    }

    fn driver(&self) -> Result<Box<dyn Driver>, Problem> {
        Ok(match self {
            Self::Nfc(name) => Box::new(readers(Some(name.clone()))),
            Self::WithNfc(place) => place.driver()?,
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
            Self::Dongle(model, port) => {
                let id = format!("{}-1", model.kind().name());
                Box::new(Dongle::new(*model, port.clone(), id, Scan::Passive))
            }
            Self::System => Box::new(OsAdapter { id: "os-1".into() }),
        })
    }
}

/// Readers are only looked at, so that NBE is not disturbed.
fn readers(name: Option<String>) -> NfcReaders {
    NfcReaders { id: "nfc-1".into(), pcsc: nfc::system(), name, must_be_there: false, uids: None }
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

/// The NFC readers that the service lists; where it does not answer there are none to listen to.
fn reader_names() -> Vec<String> {
    let states = nfc::readers(nfc::system().as_ref()).unwrap_or_default();
    states.into_iter().map(|state| state.name).collect()
}

/// Where there are NFC readers, they can be listened to with any source, or alone.
fn with_readers(offers: impl Iterator<Item = Offer>, readers: &[String]) -> Vec<Offer> {
    let mut all: Vec<_> = offers.collect();
    if !readers.is_empty() {
        let both = |offer: &Offer| Offer {
            place: Place::WithNfc(Box::new(offer.place.clone())),
            obstacle: offer.obstacle.clone(),
        };
        let is_one = |offer: &&Offer| !matches!(offer.place, Place::Simulated(_));
        let more: Vec<_> = all.iter().filter(is_one).map(both).collect();
        all.extend(more);
        let alone = |name: &String| Offer { place: Place::Nfc(name.clone()), obstacle: None };
        all.extend(readers.iter().map(alone));
    }
    all
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
            let mut known_readers: Vec<String> = Vec::new();
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
                let names = reader_names();
                if names != known_readers {
                    (known_readers, is_new) = (names, true);
                }
                if is_new {
                    let dongles = known.iter().map(|(found, obstacle)| Offer {
                        place: Place::Dongle(found.model, found.port.clone()),
                        obstacle: obstacle.clone(),
                    });
                    let all = with_readers(dongles.chain(always()), &known_readers);
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
    fn readers_are_offered_alone_and_with_every_real_source() {
        let titles = |readers: &[String]| -> Vec<String> {
            with_readers(always(), readers).iter().map(|offer| offer.place.title()).collect()
        };
        let without = titles(&[]);
        let with = titles(&["R 00".to_owned()]);
        assert_eq!(with[..without.len()], without);
        let system = "This computer's Bluetooth (best effort), with NFC readers";
        assert_eq!(with[without.len()..], [system, "NFC reader: R 00"]);
        let drivers = |place: Place| place.drivers().map(|drivers| drivers.len()).ok();
        assert_eq!(drivers(Place::WithNfc(Box::new(Place::Simulated("tap-session")))), Some(2));
        assert_eq!(drivers(Place::Nfc("R 00".into())), Some(1));
    }
}
