//! The workbench: one thread that owns the open recording, takes what is heard and decides anew
//! when the rules change. The window reads the deck and sends wishes; it waits for neither.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread;

use crate::drivers::rehearsed::Stage;
use crate::drivers::{Driver, Scan};
use crate::engine::Rules;
use crate::recording::{Header, LineReader};
use crate::session::{Listed, Said};

use super::ask::{Ask, Batch, Wake};
use super::deck::{Deck, Edited, Run, compare, run_through};
use super::guidance::Guided;
use super::kept_calibration::KeptCalibration;
use super::live::{Listening, LiveState};
use super::problem::Problem;
use super::reading::Reading;
use super::segments::Marks;
use super::sources::Place;
use super::trace::Trace;
use super::whom::Whom;

/// Batches and wishes that may wait: four seconds of a session.
const ASKS: usize = 64;

/// What is to be decided by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The rules.
    pub rules: Rules,
    /// Rules to compare with.
    pub compare: Option<Rules>,
    /// Edited segments, and the generation of the deck that they belong to.
    pub marks: Option<(u64, Marks)>,
}

/// What the window may see of the thread's work, beside the deck.
#[derive(Debug, Default)]
struct News {
    wanted: Wanted,
    /// What was decided last.
    judged: Option<Wanted>,
    opening: Option<Arc<Reading>>,
    /// What could not be opened.
    not_opened: Option<String>,
    /// How large the file is that was opened last, in bytes.
    size: u64,
    problem: Option<Problem>,
    live: LiveState,
    /// The session that was begun last, counted from the first.
    session: u64,
    listed: Option<Listed>,
    said: Option<Said>,
    now_us: i64,
}

struct Shared {
    deck: RwLock<Option<Deck>>,
    news: Mutex<News>,
    wake: Wake,
}

impl Shared {
    fn tell<T>(&self, change: impl FnOnce(&mut News) -> T) -> T {
        change(&mut self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_deck<T>(&self, change: impl FnOnce(&mut Option<Deck>) -> T) -> T {
        change(&mut self.deck.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The window's hold on the workbench.
pub struct Workbench {
    shared: Arc<Shared>,
    asks: SyncSender<Ask>,
}

impl Workbench {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(wake: Wake) -> Result<Self, Problem> {
        let (asks, asked) = sync_channel(ASKS);
        let shared = Arc::new(Shared { deck: RwLock::new(None), news: Mutex::default(), wake });
        let bench = Bench { shared: Arc::clone(&shared), run: None, lines: None, generation: 0 };
        let thread = thread::Builder::new().name("workbench".into()).spawn(move || bench.work(&asked));
        thread.map_err(|error| Problem::new(format!("no thread for the workbench: {error}")))?;
        Ok(Self { shared, asks })
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
            Err(TrySendError::Disconnected(_)) => self.shared.tell(|news| {
                news.problem = Some(
                    Problem::new("the workbench has stopped by a fault of its own")
                        .remedy("start tapbench again"),
                );
            }),
        }
    }
}

/// The thread.
struct Bench {
    shared: Arc<Shared>,
    /// The engine, while a session goes on.
    run: Option<Run>,
    lines: Option<LineReader>,
    generation: u64,
}

impl Bench {
    fn work(mut self, asked: &Receiver<Ask>) {
        while let Ok(first) = asked.recv() {
            let mut is_to_judge = false;
            for ask in std::iter::once(first).chain(asked.try_iter().take(ASKS)) {
                match ask {
                    Ask::Open(reading) => is_to_judge |= self.open(&reading),
                    Ask::Judge => is_to_judge = true,
                    Ask::Began { title, header } => {
                        self.began(title, header);
                        is_to_judge = true;
                    }
                    Ask::Heard(batch) => self.heard(*batch),
                    Ask::Keep(path, kept) => self.keep(&path, &kept),
                    Ask::Ended { session, problem } => {
                        self.ended(session, problem);
                        is_to_judge = true;
                    }
                }
            }
            if is_to_judge || self.is_behind() {
                self.judge();
            }
            (self.shared.wake)();
        }
    }

    fn is_behind(&self) -> bool {
        self.shared.tell(|news| news.judged.as_ref() != Some(&news.wanted))
    }

    fn open(&mut self, reading: &Arc<Reading>) -> bool {
        let opened = Trace::read(reading);
        // Another one is wanted by now, or none.
        if reading.is_cancelled() {
            return false;
        }
        let is_open = opened.is_ok();
        let problem = opened.map(|trace| self.place(trace, false)).err();
        let size = std::fs::metadata(&reading.path).map_or(0, |file| file.len());
        self.shared.tell(|news| {
            if news.opening.as_ref().is_some_and(|opening| Arc::ptr_eq(opening, reading)) {
                news.opening = None;
            }
            match problem {
                None => news.size = size,
                Some(problem) => {
                    (news.problem, news.not_opened) = (Some(problem), Some(reading.path.clone()));
                }
            }
        });
        is_open
    }

    fn place(&mut self, trace: Trace, is_live: bool) {
        self.generation += 1;
        self.run = None;
        self.shared.tell(|news| news.judged = None);
        let generation = self.generation;
        let marks = if is_live { Marks::default() } else { Arc::new(trace.marks()) };
        let deck = Deck {
            decided: None,
            compared: None,
            missing: None,
            edited: None,
            marks,
            path: (!is_live).then(|| trace.title.clone()),
            trace,
            generation,
            is_live,
        };
        self.shared.with_deck(|open| *open = Some(deck));
    }

    fn began(&mut self, title: String, header: Header) {
        self.lines = Some(LineReader::new(&header));
        self.place(Trace::new(title, header), true);
        self.shared.tell(|news| news.live = LiveState::Streaming);
    }

    fn heard(&mut self, batch: Batch) {
        let Self { shared, run, lines, .. } = self;
        let Some(lines) = lines else { return };
        shared.with_deck(|deck| {
            let Some(deck) = deck.as_mut().filter(|deck| deck.is_live) else { return };
            for line in batch.lines.split_inclusive(|byte| *byte == b'\n') {
                // A line that the format refuses is refused again when the file is read.
                let Ok(row) = lines.row(line) else { continue };
                if deck.trace.names.bands().len() != lines.names().bands().len() {
                    deck.trace.names = lines.names().clone();
                }
                let is_kept = deck.trace.push(&row);
                if let (true, Some(run), Some(decided)) = (is_kept, &mut *run, &mut deck.decided) {
                    run.row(lines.names(), &row, decided);
                }
            }
            deck.trace.not_shown += batch.not_shown;
            deck.trace.last_t_us = deck.trace.last_t_us.max(batch.now_us);
            if let (Some(run), Some(decided)) = (run, &mut deck.decided) {
                if let Some(until_us) = batch.quiet_us {
                    run.quiet(lines.names(), until_us, decided);
                }
                run.count(decided);
            }
        });
        shared.tell(|news| {
            news.now_us = batch.now_us;
            news.listed = batch.listed.or(news.listed.take());
            news.said = batch.said.or(news.said);
            if let Some((one, other)) = batch.two_at_once {
                news.problem = Some(
                    Problem::new(format!("{one} and {other} are heard at the same time under one name"))
                        .remedy("take other bands away, or choose by what only yours says"),
                );
            }
        });
    }

    fn keep(&self, path: &Path, kept: &KeptCalibration) {
        if let Err(error) = kept.save(path) {
            let problem = Problem::new(format!("{}: cannot be written: {error}", path.display()))
                .remedy("the calibration goes on; after a crash it cannot be gone on with");
            self.shared.tell(|news| news.problem = Some(problem));
        }
    }

    fn ended(&mut self, session: u64, problem: Option<Problem>) {
        self.lines = None;
        self.run = None;
        self.shared.with_deck(|deck| {
            if let Some(deck) = deck {
                deck.is_live = false;
            }
        });
        self.shared.tell(|news| {
            news.judged = None;
            if news.session != session {
                return;
            }
            if news.live != LiveState::Off {
                news.live = LiveState::Ended(problem.clone());
            }
            if problem.is_some() {
                news.problem = problem;
            }
        });
    }

    /// Decides the whole recording anew, while the window goes on reading it.
    fn judge(&mut self) {
        let wanted = self.shared.tell(|news| news.wanted.clone());
        let edited;
        let (run, compared) = {
            let open = self.shared.deck.read().unwrap_or_else(PoisonError::into_inner);
            let Some(deck) = open.as_ref() else { return };
            let marks = wanted.marks.as_ref().filter(|(of, _)| *of == deck.generation && !deck.is_live);
            let marks = marks.map(|(_, marks)| marks);
            let known = deck.edited.as_ref().filter(|edited| Some(&edited.marks) == marks);
            edited = known.cloned().or_else(|| {
                let distribution = deck.trace.distribution_with(marks?);
                Some(Edited { marks: Arc::clone(marks?), distribution })
            });
            // Both look at the same samples, each on a core of its own.
            thread::scope(|both| {
                let rules = wanted.compare.as_ref();
                let compared = rules.map(|rules| both.spawn(|| compare(&deck.trace, marks, rules).ok()));
                let run = run_through(&deck.trace, marks, &wanted.rules).map(|(run, mut decided)| {
                    if deck.is_live {
                        run.count(&mut decided);
                        return (Some(run), decided);
                    }
                    run.finish(&deck.trace.names, deck.trace.last_t_us, &mut decided);
                    (None, decided)
                });
                (run, compared.and_then(|compared| compared.join().ok().flatten()))
            })
        };
        self.shared.with_deck(|deck| {
            let Some(deck) = deck else { return };
            (deck.compared, deck.edited) = (compared, edited);
            match run {
                Ok((run, decided)) => {
                    (self.run, deck.decided, deck.missing) = (run, Some(decided), None);
                }
                Err(missing) => {
                    (self.run, deck.decided, deck.missing) = (None, None, Some(missing.to_string()));
                }
            }
        });
        self.shared.tell(|news| news.judged = Some(wanted));
    }
}
