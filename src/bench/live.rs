//! Listening to a source, with or without a recording: the session runs on a thread of its own and
//! owes the window nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use serde_json::{Map, Value};

use crate::calibration::Phase;
use crate::drivers::Driver;
use crate::drivers::rehearsed::Stage;
use crate::recording::{Destination, Header, Intent, Observed, Writer, take_out};
use crate::session::{self, Action, Hand, Plan, Report, Stream, Waker};

use super::ask::Ask;
use super::folder::no_recording;
use super::guidance::{Guidance, Guided};
use super::guide::Guide;
use super::onlooker::Onlooker;
use super::problem::Problem;
use super::rehearsal::Mishap;
use super::sources::Place;
use super::whom::Whom;

/// How far a session is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LiveState {
    /// There is none.
    #[default]
    Off,
    /// The source is being opened.
    Opening,
    /// Rows come.
    Streaming,
    /// It ended; what is to be said of it.
    Ended(Option<Problem>),
}

/// A session; dropped, it ends, and its recording is closed.
#[derive(Debug)]
pub struct Listening {
    stop: Arc<AtomicBool>,
    waker: Waker,
    hand: Hand,
    find: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    written: Arc<AtomicU64>,
    /// Where it is recorded.
    pub file: Option<PathBuf>,
    /// What is listened to.
    pub places: Vec<Place>,
    /// Whose samples are kept.
    pub whom: Whom,
    /// The calibration that it is part of.
    pub guidance: Option<Guidance>,
}

impl Listening {
    /// Opens the source, and records to `file` where there is one.
    ///
    /// # Errors
    /// When the file cannot be made or there is no thread; what goes wrong with the source comes
    /// later, as the session's end.
    pub(super) fn start(
        drivers: Vec<Box<dyn Driver>>,
        stage: Arc<Stage>,
        places: Vec<Place>,
        file: Option<PathBuf>,
        whom: Whom,
        guided: Option<Guided>,
        (number, asks): (u64, SyncSender<Ask>),
    ) -> Result<Self, Problem> {
        let stream = Stream::start(drivers).map_err(|error| Problem::not_opened(&error))?;
        let written = Arc::new(AtomicU64::new(0));
        let out = match &file {
            Some(path) => Out::File(create(path)?, Arc::clone(&written)),
            None => Out::Nowhere,
        };
        let (stop, find) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (waker, hand) = (stream.waker(), stream.hand());
        let mishap = places.iter().find_map(|place| match place {
            Place::Rehearsal(rehearsal) => Some(rehearsal.mishap),
            _ => None,
        });
        let mishap = mishap.unwrap_or(Mishap::None);
        let more = guided.as_ref().map(|guided| guided.header.clone()).unwrap_or_default();
        let (guide, guidance) = guided
            .map(|guided| Guide::new(guided, stream.waker(), Arc::clone(&stage), mishap, asks.clone()))
            .unzip();
        let run = {
            let (stop, file) = (Arc::clone(&stop), file.clone());
            let by_rows = places.iter().any(Place::is_rehearsal);
            let session = Session { title: title(&places), more, whom: whom.clone(), by_rows, file };
            let onlooker = Onlooker::new(asks.clone(), Arc::clone(&find), stage, guide);
            move || {
                let mut farewell = Farewell { session: number, asks, problem: Some(Problem::fault()) };
                farewell.problem = run(&stream, out, session, &stop, onlooker, &farewell.asks).err();
                stream.close();
            }
        };
        let thread = thread::Builder::new().name("session".into()).spawn(run).map_err(Problem::new)?;
        Ok(Self { stop, waker, hand, find, thread: Some(thread), written, file, places, whom, guidance })
    }

    /// What is listened to, for people.
    pub fn title(&self) -> String {
        title(&self.places)
    }

    /// Ends it; gives where the calibration in it is kept, where that came to its end.
    pub fn ended(mut self) -> Option<PathBuf> {
        let guidance = self.guidance.take();
        drop(self);
        let finished = guidance.filter(|guidance| guidance.seen().phase == Phase::Finished);
        finished.map(|guidance| guidance.path)
    }

    /// How much is written to its recording, in bytes.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Begins a segment.
    pub fn begin(&self, intent: Intent) {
        self.hand.act(Instant::now(), Action::Begin(intent));
    }

    /// Ends the open segment.
    pub fn end(&self) {
        self.hand.act(Instant::now(), Action::End);
    }

    /// Notes what the real terminal did.
    pub fn observed(&self, observed: Observed) {
        self.hand.act(Instant::now(), Action::Observed(observed));
    }

    /// Judges from now on which band rises most.
    pub fn find(&self) {
        self.find.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks it to end, without waiting.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.waker.wake();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // The session's own limits end it; a panic there has been said there.
            let _ = thread.join();
        }
    }
}

/// Says that the session is over, whatever ends its thread.
struct Farewell {
    session: u64,
    asks: SyncSender<Ask>,
    problem: Option<Problem>,
}

impl Drop for Farewell {
    fn drop(&mut self) {
        // A workbench that is gone needs no word.
        let _ = self.asks.send(Ask::Ended { session: self.session, problem: self.problem.take() });
    }
}

fn title(places: &[Place]) -> String {
    places.iter().map(Place::title).collect::<Vec<_>>().join(" and ")
}

/// What a session is called, and what becomes of it.
struct Session {
    title: String,
    /// What its header says beside the source.
    more: Map<String, Value>,
    whom: Whom,
    by_rows: bool,
    file: Option<PathBuf>,
}

fn run(
    stream: &Stream,
    out: Out,
    about: Session,
    stop: &AtomicBool,
    mut onlooker: Onlooker,
    asks: &SyncSender<Ask>,
) -> Result<(), Problem> {
    let Session { title, more, whom, by_rows, file } = about;
    let opened = stream.opened(stop, |_| {}).map_err(|error| Problem::not_opened(&error));
    let (origins, out) = match opened {
        Ok(origins) => (origins, out),
        Err(problem) => {
            // Closed before it is taken away: nothing is in it.
            drop(out);
            let _ = file.map(fs::remove_file);
            return Err(problem);
        }
    };
    let (mut keys, merge) = session::merge(&origins, concat!("tapbench ", env!("CARGO_PKG_VERSION")));
    keys.extend(more);
    let header = Header::of(keys.clone()).map_err(Problem::new)?;
    let _ = asks.send(Ask::Began { title, header });
    let writer = Writer::new(out, &keys).map_err(Problem::new)?;
    let plan = Plan {
        merge,
        keep: whom.keep(),
        on_session_clock: origins.iter().all(|origin| origin.on_session_clock),
        by_rows,
        duration_us: None,
    };
    let recorded = session::record(stream, writer, plan, stop, &mut onlooker);
    onlooker.finish();
    let report = recorded.map_err(|error| {
        Problem::new(format!("{error}; what was written is kept"))
            .remedy("make room, then tapbench repair closes the recording")
    })?;
    if let Some(path) = file.filter(|_| !report.cancelled.is_empty()) {
        take_out(&path, &report.cancelled.iter().copied().collect()).map_err(|error| {
            Problem::new(format!("{}: segments taken back are still in it: {error}", path.display()))
                .remedy("tapbench mark takes them out")
        })?;
    }
    losses(report).map_or(Ok(()), Err)
}

/// What was lost, if anything.
fn losses(report: Report) -> Option<Problem> {
    if let Some(lost) = report.lost.into_iter().next() {
        let remedy = lost.error.remedy().unwrap_or("plug it in again, and listen again");
        return Some(Problem::new(lost.error).remedy(remedy));
    }
    (report.dropped > 0).then(|| {
        Problem::new(format!("{} rows came faster than they could be written, and are lost", report.dropped))
            .remedy("record to a faster disk")
    })
}

/// A new file, and the folder for it.
fn create(path: &Path) -> Result<File, Problem> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let file = folder.and_then(|()| File::options().write(true).create_new(true).open(path));
    file.map_err(|error| no_recording(path, &error))
}

/// Where rows go.
#[derive(Debug)]
enum Out {
    Nowhere,
    /// A file, and how much is written to it.
    File(File, Arc<AtomicU64>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Nowhere => Ok(bytes.len()),
            Self::File(file, written) => {
                let count = file.write(bytes)?;
                written.fetch_add(count as u64, Ordering::Relaxed);
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::File(file, _) => file.flush(),
        }
    }
}

impl Destination for Out {
    fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::File(file, _) => file.sync(),
        }
    }
}
