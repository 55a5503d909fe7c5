//! What takes its time and is done once: a recommendation, and a config that is compared and
//! written. Each job has a thread of its own; the window looks whether it is done.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::calibration::Outcome as Advice;
use crate::drivers::nfc::{self, PcSc};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::recording::marks::MarkError;
use crate::recording::{self, Label, Options, ReadError, Reader};
use crate::symptoms::{Answer, Symptom};
use crate::tap_quality::mark_taps;
use crate::tuning::Labelled;

use super::ask::Wake;
use super::case::{self, Case};
use super::config_plan::{ConfigPlan, Wish, Written};
use super::confirming::whole as confirmations;
use super::kept_calibration::{KeptCalibration, Resumable};
use super::problem::{Problem, plain};
use super::read;
use super::readers::{self, Fix, SeenReader};
use super::save;
use super::sign_off::ReportOf;
use super::values;

/// What a job came to.
pub enum Outcome {
    /// Parameters, why, and what others would do, of the recording of this generation.
    Recommended(u64, Box<Advice>),
    /// What the calibration kept here recommends.
    Calibrated(PathBuf, Box<Advice>),
    /// One that is over: how it was kept, what it recommends, and what NBE did where that was confirmed.
    Reopened(Box<(Resumable, Advice, Vec<PathBuf>)>),
    /// A calibration that was broken off can be gone on with.
    Resumable(Box<Resumable>),
    /// The report of the calibration kept here was written there.
    Reported(PathBuf, PathBuf),
    /// The guide's symptoms, and what the recording of this generation says of each.
    Answered(u64, Vec<(Symptom, Answer)>),
    /// A change to look at.
    Planned(Box<ConfigPlan>),
    /// What this file says of the parameters of a dongle.
    Loaded(PathBuf, Dongle, ParameterSet),
    /// What was written, and what to do next.
    Written(Vec<String>),
    /// NFC readers and their settings.
    Readers(Vec<SeenReader>),
    /// What was done to a reader.
    Mended(Vec<String>),
    /// A recording with segments around its taps on a reader, and what is to be said of it.
    Marked(String, String),
    /// The recording here with its edited segments, as a new file there.
    Saved(PathBuf, PathBuf),
    /// It could not be done.
    Failed(Problem),
}

/// These change what is not ours, and end by themselves: nobody is told that they did not happen.
const WRITING: [&str; 2] = ["Writing", "Writing to the reader"];

/// How long one of them may still take when the window is closed: as long as Windows asks.
const WRITING_LIMIT: Duration = Duration::from_secs(150);

/// What it is called that parameters are recommended.
pub const RECOMMENDING: &str = "Looking for better parameters";
/// What it is called that the guide's questions are answered.
pub const ANSWERING: &str = "Looking for symptoms";
/// What it is called that a recording is written with other segments.
const SAVING: &str = "Saving";

/// A job that is being done.
struct Running {
    name: &'static str,
    begun: Instant,
    done: Receiver<Outcome>,
    is_cancelled: Arc<AtomicBool>,
}

/// The job that is being done, if there is one.
pub struct Jobs {
    /// The smart-card service that readers are asked through.
    pub smart_cards: Arc<dyn PcSc>,
    wake: Wake,
    running: Option<Running>,
    refused: Option<Problem>,
}

impl Jobs {
    /// No job; `wake` is called when one is done.
    pub fn new(wake: Wake) -> Self {
        Self { smart_cards: nfc::system(), wake, running: None, refused: None }
    }

    /// What is being done, in words.
    pub fn running(&self) -> Option<&'static str> {
        self.running.as_ref().map(|running| running.name)
    }

    /// When that was begun.
    pub fn begun(&self) -> Option<Instant> {
        self.running.as_ref().map(|running| running.begun)
    }

    /// Whether a recording is being written with its segments.
    pub fn is_saving(&self) -> bool {
        self.running() == Some(SAVING)
    }

    /// Whether something is being done, so that this is not begun, which is said then.
    pub fn is_busy_for(&mut self, name: &str) -> bool {
        let Some(running) = self.running() else { return false };
        let what = format!("{name}: not begun, as something else is still done ({running})");
        self.refused = Some(Problem::new(what).remedy("wait until that is done, and ask again"));
        true
    }

    /// Why what was asked for since was not begun.
    pub fn take_refused(&mut self) -> Option<Problem> {
        self.refused.take()
    }

    /// Whether what is being done can be ended before its time.
    pub fn can_be_cancelled(&self) -> bool {
        self.running().is_some_and(|name| !WRITING.contains(&name))
    }

    /// Waits no longer for the job; no file of it appears.
    pub fn cancel(&mut self) {
        if let Some(running) = self.running.take() {
            running.is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// What the job came to, once it is done.
    pub fn done(&mut self) -> Option<Outcome> {
        let outcome = match self.running.as_ref()?.done.try_recv() {
            Ok(outcome) => outcome,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Outcome::Failed(Problem::fault()),
        };
        self.running = None;
        Some(outcome)
    }

    /// Looks for better parameters, from the recording of a generation and those at `others` together.
    pub fn recommend(
        &mut self,
        (generation, recording): (u64, Labelled),
        others: Vec<String>,
        rules: Rules,
        dongle: Dongle,
    ) {
        self.start(RECOMMENDING, move || {
            let mut all = vec![recording];
            for path in &others {
                match read::labelled(path) {
                    Ok(other) => all.push(other),
                    Err(problem) => return Outcome::Failed(problem),
                }
            }
            let all: Vec<_> = all.iter().collect();
            Outcome::Recommended(generation, Box::new(Advice::of_any(&all, &rules, Some(dongle))))
        });
    }

    /// What the calibration kept at `path` recommends.
    pub fn calibrated(&mut self, path: PathBuf) {
        self.start("Trying every window and threshold", move || {
            match KeptCalibration::read(&path).and_then(|kept| kept.outcome(&path)) {
                Ok(advice) => Outcome::Calibrated(path, Box::new(advice)),
                Err(problem) => Outcome::Failed(problem),
            }
        });
    }

    /// The same, with what was chosen for it.
    pub fn reopen(&mut self, path: PathBuf) {
        self.start("Reading the calibration", move || {
            let read = Resumable::read(path).and_then(|all| Ok((all.kept.outcome(&all.path)?, all)));
            match read {
                Ok((advice, all)) => {
                    let confirmed = confirmations(&all.path);
                    Outcome::Reopened(Box::new((all, advice, confirmed)))
                }
                Err(problem) => Outcome::Failed(problem),
            }
        });
    }

    /// Looks how far the calibration kept at `path` came.
    pub fn resume(&mut self, path: PathBuf) {
        self.start("Looking how far it came", move || match Resumable::read(path) {
            Ok(resumable) => Outcome::Resumable(Box::new(resumable)),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    /// Writes the sign-off report.
    pub fn report(&mut self, asked: ReportOf) {
        self.start_until("Writing the report", move |is_cancelled| match asked.write(is_cancelled) {
            Ok(path) => Outcome::Reported(asked.kept, path),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    /// Answers the guide's questions, from the recording of a generation and those at `others` together.
    pub fn answer(&mut self, (generation, shown): (u64, Case), others: Vec<String>, rules: Rules) {
        self.start(ANSWERING, move || {
            let others = others.iter().map(|path| Case::read(path, &rules));
            match std::iter::once(Ok(shown)).chain(others).collect::<Result<Vec<_>, _>>() {
                Ok(cases) => Outcome::Answered(generation, case::answers(&cases, &rules)),
                Err(problem) => Outcome::Failed(problem),
            }
        });
    }

    /// Reads the settings of the NFC readers; backups would be written to `folder`.
    pub fn read_readers(&mut self, folder: PathBuf) {
        let smart_cards = Arc::clone(&self.smart_cards);
        self.start("Reading the readers' settings", move || {
            readers::look(&smart_cards, &folder).map_or_else(Outcome::Failed, Outcome::Readers)
        });
    }

    /// Backs a reader's settings up, writes what differs and reads it back.
    pub fn mend_reader(&mut self, fix: Fix) {
        let smart_cards = Arc::clone(&self.smart_cards);
        self.start(WRITING[1], move || {
            readers::mend(&smart_cards, &fix).map_or_else(Outcome::Failed, Outcome::Mended)
        });
    }

    /// Copies a recording, with a segment around each tap on a reader.
    pub fn mark_nfc_taps(&mut self, path: String) {
        self.start_until("Marking taps", move |is_cancelled| match marked(&path, is_cancelled) {
            Ok((path, words)) => Outcome::Marked(path, words),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    /// Reads what a config or a profile says for a dongle.
    pub fn load(&mut self, path: PathBuf, dongle: Dongle) {
        self.start("Loading parameters", move || match values::load(&path, dongle) {
            Ok(values) => Outcome::Loaded(path, dongle, values),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    /// Compares what is wished with a config.
    pub fn plan(&mut self, path: PathBuf, dongle: Dongle, wish: Wish) {
        self.start("Comparing", move || match ConfigPlan::of(&path, dongle, wish) {
            Ok(plan) => Outcome::Planned(Box::new(plan)),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    /// Backs the config up, writes the change and reads it back. Where this user may not, it comes
    /// back as a plan with rights that Windows can be asked for.
    pub fn write(&mut self, plan: ConfigPlan) {
        self.start(WRITING[0], move || match plan.write() {
            Written::Done(words) => Outcome::Written(words),
            Written::TakesRights(again) => Outcome::Planned(again),
            Written::Not(problem) => Outcome::Failed(problem),
        });
    }

    /// Writes the recording at `from` with these segments to a new file.
    pub fn save(&mut self, from: String, to: PathBuf, labels: Vec<Label>) {
        self.start_until(SAVING, move |is_cancelled| match save::save(&from, &to, &labels, is_cancelled) {
            Ok(()) => Outcome::Saved(PathBuf::from(from), to),
            Err(problem) => Outcome::Failed(problem),
        });
    }

    fn start(&mut self, name: &'static str, work: impl FnOnce() -> Outcome + Send + 'static) {
        self.start_until(name, |_| work());
    }

    /// Starts what looks whether it is still wanted. What runs already is not given up for it: its
    /// outcome would be lost, and it may have changed something.
    fn start_until(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&AtomicBool) -> Outcome + Send + 'static,
    ) {
        if self.is_busy_for(name) {
            return;
        }
        let (send, done) = sync_channel(1);
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (wake, cancelled) = (self.wake.clone(), Arc::clone(&is_cancelled));
        let run = move || {
            // A window that no longer waits needs no answer.
            let _ = send.send(work(&cancelled));
            wake();
        };
        // Without a thread the receiver is disconnected, and says so.
        drop(thread::Builder::new().name("job".into()).spawn(run));
        self.running = Some(Running { name, begun: Instant::now(), done, is_cancelled });
    }
}

impl Drop for Jobs {
    /// What changes a config or a reader is not cut off in the middle of it.
    fn drop(&mut self) {
        if let Some(running) = self.running.take_if(|running| WRITING.contains(&running.name)) {
            let _ = running.done.recv_timeout(WRITING_LIMIT);
        }
    }
}

/// The marked copy beside the recording, and what is to be said of it.
fn marked(path: &str, is_cancelled: &AtomicBool) -> Result<(String, String), Problem> {
    let Some(stem) = path.strip_suffix(".rssi.jsonl").filter(|_| Path::new(path).is_file()) else {
        return Err(Problem::new(format!("{path}: is no recording in a file that could be marked"))
            .remedy("record to a file (*.rssi.jsonl, not compressed) and open it"));
    };
    let copy = format!("{stem}-taps.rssi.jsonl");
    let cannot = |error: &dyn Display| {
        Problem::new(format!("{copy}: cannot be written: {error}"))
            .remedy("move the file of that name away, or make room")
    };
    let file =
        File::options().write(true).create_new(true).open(&copy).map_err(|error| cannot(&plain(&error)))?;
    let open = || {
        let file = File::open(path).map_err(|error| ReadError::Io { line: 0, error })?;
        Ok(Reader::new(file, Options::default())?.keep_raw())
    };
    let mut out = BufWriter::new(file);
    let (count, left_out) = mark_taps(open, None, &mut out).map_err(|error| {
        // What is not whole must not be taken for a recording.
        let _ = fs::remove_file(&copy);
        match &error {
            MarkError::Read(error) => Problem::unreadable(path, error),
            error => cannot(error),
        }
    })?;
    out.flush().and_then(|()| out.get_ref().sync_all()).map_err(|error| cannot(&error))?;
    if is_cancelled.load(Ordering::Relaxed) {
        let _ = fs::remove_file(&copy);
        return Err(Problem::new("nothing was marked"));
    }
    let left_out = left_out.words().map_or(String::new(), |words| format!("; {words}"));
    let words = format!("Taps on the reader, marked in {copy}: {count}{left_out}");
    Ok((copy, words))
}

/// Recordings to try things on, where they lie beside the program or the present folder.
pub fn sample_recordings() -> Vec<String> {
    let here = PathBuf::from("recordings");
    let beside = std::env::current_exe().ok();
    let folders = beside.iter().flat_map(|exe| exe.ancestors().skip(1).take(4)).map(|f| f.join("recordings"));
    let folder = std::iter::once(here).chain(folders).find(|folder| folder.is_dir());
    let Some(folder) = folder else { return Vec::new() };
    recording::expand(&[folder.to_string_lossy().into_owned()])
        .found
        .into_iter()
        .filter_map(|found| found.ok().map(|input| input.path))
        .collect()
}

/// Where what is made without a name goes.
pub fn present_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}
