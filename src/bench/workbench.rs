//! The window's hold on the workbench: it reads the deck and sends wishes, and waits for neither.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::thread;
use std::time::Duration;

use crate::drivers::rehearsed::Stage;
use crate::drivers::{Driver, Scan};
use crate::session::{Listed, Said};

use super::ask::{Ask, Wake};
use super::deck::Deck;
use super::guidance::Guided;
use super::live::{Listening, LiveState};
use super::news::{ASKS, Shared, Wanted};
use super::problem::Problem;
use super::reading::Reading;
use super::sources::Place;
use super::whom::Whom;
use super::worker::Bench;

/// The window's hold on the workbench.
pub struct Workbench {
    shared: Arc<Shared>,
    /// Dropped first: then the thread has nothing to wait for any more.
    asks: SyncSender<Ask>,
    _thread: Ending,
}

/// How long what is still to be kept may take when the window is closed.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Dropped, it waits for the end of a thread that holds the other side.
struct Ending(Receiver<()>);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.recv_timeout(END_LIMIT);
    }
}

impl Workbench {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(wake: Wake) -> Result<Self, Problem> {
        let (asks, asked) = sync_channel(ASKS);
        let shared = Arc::new(Shared::new(wake));
        let bench = Bench::new(Arc::clone(&shared));
        let (ends, ended) = sync_channel::<()>(0);
        let work = move || {
            bench.work(&asked);
            drop(ends);
        };
        let thread = thread::Builder::new().name("workbench".into()).spawn(work);
        thread.map_err(|error| Problem::new(format!("no thread for the workbench: {error}")))?;
        Ok(Self { shared, asks, _thread: Ending(ended) })
    }

    /// What is on the bench. Writing to it takes as long as taking over a batch.
    pub fn deck(&self) -> RwLockReadGuard<'_, Option<Deck>> {
        self.shared.deck.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a recording in the place of what is on the bench.
    pub fn open(&self, path: String) {
        let reading = Reading::new(path);
        let before = self.shared.tell(|news| {
            (news.live, news.not_opened) = (LiveState::Off, None);
            news.opening.replace(Arc::clone(&reading))
        });
        if let Some(before) = before {
            before.cancel();
        }
        self.ask(Ask::Open(reading));
    }

    /// What is on the bench stays there: what is being read is wanted no longer.
    pub fn cancel_opening(&self) {
        if let Some(reading) = self.shared.tell(|news| news.opening.take()) {
            reading.cancel();
        }
    }

    /// Decides anew where this is not what was wanted last.
    pub fn want(&self, wanted: &Wanted) {
        let is_new = self.shared.tell(|news| {
            let is_new = news.wanted != *wanted;
            if is_new {
                news.wanted = wanted.clone();
            }
            is_new
        });
        if is_new {
            self.ask(Ask::Judge);
        }
    }

    /// Whether what is shown is older than what is wanted.
    pub fn is_stale(&self) -> bool {
        self.shared.tell(|news| news.opening.is_some() || news.judged.as_ref() != Some(&news.wanted))
    }

    /// The recording that is being read.
    pub fn opening(&self) -> Option<Arc<Reading>> {
        self.shared.tell(|news| news.opening.clone())
    }

    /// What could not be opened since this was last asked.
    pub fn take_not_opened(&self) -> Option<String> {
        self.shared.tell(|news| news.not_opened.take())
    }

    /// How large the file is that was opened last, in bytes.
    pub fn size(&self) -> u64 {
        self.shared.tell(|news| news.size)
    }

    /// What went wrong since this was last asked.
    pub fn take_problem(&self) -> Option<Problem> {
        self.shared.tell(|news| news.problem.take())
    }

    /// How far the session is.
    pub fn live(&self) -> LiveState {
        self.shared.tell(|news| news.live.clone())
    }

    /// The session's clock, in microseconds.
    pub fn now_us(&self) -> i64 {
        self.shared.tell(|news| news.now_us)
    }

    /// The bands that are heard.
    pub fn listed(&self) -> Option<Listed> {
        self.shared.tell(|news| news.listed.clone())
    }

    /// What came of the operator's last action.
    pub fn said(&self) -> Option<Said> {
        self.shared.tell(|news| news.said)
    }

    /// Listens to sources, in the place of what is on the bench, with or without a recording and a
    /// calibration in it.
    ///
    /// # Errors
    /// When it cannot begin.
    pub fn listen(
        &self,
        places: Vec<Place>,
        file: Option<PathBuf>,
        whom: Whom,
        guided: Option<Guided>,
    ) -> Result<Listening, Problem> {
        let scan = if whom.choice.needs_scan_responses() { Scan::Active } else { Scan::Passive };
        let stage = Arc::default();
        let is_guided = guided.is_some();
        let drivers = places.iter().enumerate();
        let drivers = drivers.map(|(at, place)| place.driver(scan, &places[..at], &stage, is_guided));
        self.begin(drivers.collect::<Result<_, _>>()?, stage, places, file, whom, guided)
    }

    /// Listens to drivers that stand in for what is at `places`.
    ///
    /// # Errors
    /// When it cannot begin.
    pub fn listen_to(
        &self,
        drivers: Vec<Box<dyn Driver>>,
        places: Vec<Place>,
        file: Option<PathBuf>,
    ) -> Result<Listening, Problem> {
        self.begin(drivers, Arc::default(), places, file, Whom::default(), None)
    }

    fn begin(
        &self,
        drivers: Vec<Box<dyn Driver>>,
        stage: Arc<Stage>,
        places: Vec<Place>,
        file: Option<PathBuf>,
        whom: Whom,
        guided: Option<Guided>,
    ) -> Result<Listening, Problem> {
        // What is heard takes the place of what is being read.
        self.cancel_opening();
        let session = self.shared.tell(|news| {
            news.session += 1;
            news.live = LiveState::Opening;
            (news.listed, news.said, news.now_us) = (None, None, 0);
            news.session
        });
        let asks = (session, self.asks.clone());
        Listening::start(drivers, stage, places, file, whom, guided, asks).inspect_err(|_| {
            self.shared.tell(|news| news.live = LiveState::Off);
        })
    }

    fn ask(&self, ask: Ask) {
        match self.asks.try_send(ask) {
            Ok(()) => {}
            // A full queue holds a wish already; what is wanted is read when it is looked at.
            Err(TrySendError::Full(_)) => (self.shared.wake)(),
            Err(TrySendError::Disconnected(_)) => {
                self.shared.tell(|news| news.problem = Some(Problem::fault()));
            }
        }
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        self.cancel_opening();
    }
}
