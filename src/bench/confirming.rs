//! Confirming on the terminal: with NBE running, which holds the dongle, ten taps and three hovers,
//! and what the application really registered. Nothing is listened to; the recording holds what
//! was meant and what was seen.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};

use crate::engine::parameters::ParameterSet;
use crate::recording::{
    Intent, Observed, Options, ReadError, Reader, RowKind, WriteError, Writer, Written, print,
};
use crate::whole_file::folder_of;

use super::problem::{Problem, plain};

/// Taps, and then hovers.
pub const ATTEMPTS: [(Intent, usize); 2] = [(Intent::Tap, 10), (Intent::NoTap, 3)];

/// All of them.
const ALL: usize = ATTEMPTS[0].1 + ATTEMPTS[1].1;

/// An attempt, its times in µs from the beginning.
#[derive(Debug)]
struct Attempt {
    intent: Intent,
    begin_us: i64,
    /// When the application registered taps.
    registered_us: Vec<i64>,
    /// None while it is under way.
    end_us: Option<i64>,
}

/// A confirmation under way. An attempt is written when the one behind it is over: until then a slip
/// can be taken back.
#[derive(Debug)]
pub struct Confirming {
    /// Its recording.
    pub path: PathBuf,
    /// The last one is under way, until all are through.
    attempts: Vec<Attempt>,
    written: usize,
    begun: Instant,
    lines: Option<SyncSender<(u64, Attempt)>>,
    thread: Option<JoinHandle<Result<(), WriteError>>>,
}

impl Confirming {
    /// Begins with the first attempt, written to a new file. `values` are those that NBE runs with,
    /// `more` what else the header says.
    ///
    /// # Errors
    /// When the file cannot be made, or there is no thread.
    pub fn start(path: PathBuf, values: &ParameterSet, more: Map<String, Value>) -> Result<Self, Problem> {
        let failed = |error: &dyn std::fmt::Display| {
            Problem::new(format!("{}: cannot be made: {error}", path.display()))
                .remedy("look at the rights of the folder")
        };
        let file =
            File::options().write(true).create_new(true).open(&path).map_err(|e| failed(&plain(&e)))?;
        let writer = Writer::new(file, &header(values, more)).map_err(|e| failed(&e))?;
        let (lines, written) = sync_channel(ALL);
        let write = move || write(writer, &written);
        let thread = thread::Builder::new().name("confirm".into()).spawn(write).map_err(Problem::new)?;
        let mut confirming = Self {
            path,
            attempts: Vec::new(),
            written: 0,
            begun: Instant::now(),
            lines: Some(lines),
            thread: Some(thread),
        };
        confirming.begin();
        Ok(confirming)
    }

    /// The attempt under way: its intent, its number from 1, and of how many.
    pub fn attempt(&self) -> Option<(Intent, usize, usize)> {
        let mut at = self.attempts.len().checked_sub(1)?;
        for (intent, of) in ATTEMPTS {
            if at < of {
                return self.lines.is_some().then_some((intent, at + 1, of));
            }
            at -= of;
        }
        None
    }

    /// How often the application registered a tap in the attempt under way.
    pub fn registered(&self) -> usize {
        self.attempts.last().map_or(0, |attempt| attempt.registered_us.len())
    }

    /// How many of how many of an intent went as they should, of those that are over.
    pub fn share(&self, intent: Intent) -> (usize, usize) {
        let of_it = self.attempts.iter().filter(|a| a.intent == intent && a.end_us.is_some());
        let wanted = usize::from(intent == Intent::Tap);
        of_it.fold((0, 0), |(n, of), a| (n + usize::from(a.registered_us.len() == wanted), of + 1))
    }

    /// The application registered a tap.
    pub fn saw_tap(&mut self) {
        let now_us = self.now_us();
        if self.attempt().is_some()
            && let Some(attempt) = self.attempts.last_mut()
        {
            attempt.registered_us.push(now_us);
        }
    }

    /// The attempt is over; the next one begins, or all are through.
    pub fn go_on(&mut self) {
        if self.attempt().is_none() {
            return;
        }
        let now_us = self.now_us();
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.end_us = Some(now_us);
        }
        if self.attempts.len() < ALL {
            self.hand_over(self.attempts.len() - 1);
            self.begin();
        } else {
            self.hand_over(ALL);
            self.lines = None;
        }
    }

    /// Whether something was said that can be taken back.
    pub fn can_take_back(&self) -> bool {
        self.attempt().is_some() && (self.registered() > 0 || self.written + 1 < self.attempts.len())
    }

    /// Takes back what was said last: a tap that was registered, or that the attempt before was over.
    pub fn take_back(&mut self) {
        if !self.can_take_back() || self.attempts.last_mut().is_some_and(|a| a.registered_us.pop().is_some())
        {
            return;
        }
        self.attempts.pop();
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.end_us = None;
        }
    }

    /// Whether all attempts are through and the recording is closed.
    pub fn is_done(&self) -> bool {
        self.lines.is_none() && self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// What went wrong with the recording, once it is closed.
    pub fn take_problem(&mut self) -> Option<Problem> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        let written = thread.join();
        let error = match written {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "stopped by a fault of its own".to_owned(),
        };
        self.lines = None;
        Some(Problem::new(format!("{}: {error}", self.path.display())).remedy("confirm once more"))
    }

    fn begin(&mut self) {
        let mut all = ATTEMPTS.into_iter().flat_map(|(intent, of)| std::iter::repeat_n(intent, of));
        if let Some(intent) = all.nth(self.attempts.len()) {
            let begin_us = self.now_us();
            self.attempts.push(Attempt { intent, begin_us, registered_us: Vec::new(), end_us: None });
        }
    }

    /// Has all but the attempts from this one on written.
    fn hand_over(&mut self, until: usize) {
        while self.written < until.min(self.attempts.len()) {
            let Attempt { intent, begin_us, ref registered_us, end_us } = self.attempts[self.written];
            let attempt = Attempt { intent, begin_us, registered_us: registered_us.clone(), end_us };
            self.written += 1;
            if let Some(lines) = &self.lines {
                // A thread that is gone says why at its end.
                let _ = lines.try_send((self.written as u64, attempt));
            }
        }
    }

    fn now_us(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

impl Drop for Confirming {
    /// One that is given up keeps the attempts that were over.
    fn drop(&mut self) {
        let over = self.attempts.iter().filter(|attempt| attempt.end_us.is_some()).count();
        self.hand_over(over);
        self.lines = None;
        let written = self.thread.take().map(JoinHandle::join);
        if over == 0 && matches!(written, Some(Ok(Ok(())))) {
            // Nothing is in it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn header(values: &ParameterSet, more: Map<String, Value>) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("rssi_recording".into(), 1.into());
    let now = Timestamp::now();
    header.insert("started".into(), now.round(Unit::Second).unwrap_or(now).to_string().into());
    header.insert("sources".into(), json!([]));
    header.extend(more);
    let ran_with = values.iter().map(|(p, value)| (p.key().to_owned(), Value::from(value)));
    header.insert("nbe_parameters".into(), ran_with.collect::<Map<_, _>>().into());
    header.insert(
        "notes".into(),
        "What NBE did, as the operator saw it; no dongle was listened to, since NBE had it".into(),
    );
    header.insert("tool".into(), concat!("tapbench ", env!("CARGO_PKG_VERSION")).into());
    header
}

/// Writes until the confirmation is over or given up.
fn write(mut writer: Writer<File>, attempts: &Receiver<(u64, Attempt)>) -> Result<(), WriteError> {
    let mut line = Vec::new();
    while let Ok((id, attempt)) = attempts.recv() {
        let intent = attempt.intent.name();
        let mark = print::Begin { id, intent, band: None, distance_cm: None, note: None, source: None };
        print::begin(&mut line, attempt.begin_us, &mark);
        writer.row(attempt.begin_us, Written::Mark, &line)?;
        for t_us in attempt.registered_us {
            line.clear();
            print::observed(&mut line, t_us, Observed::Tap.name(), "operator");
            writer.row(t_us, Written::Other, &line)?;
        }
        let end_us = attempt.end_us.unwrap_or(attempt.begin_us);
        line.clear();
        print::end_mark(&mut line, end_us, id);
        writer.row(end_us, Written::Mark, &line)?;
        line.clear();
    }
    let end_us = writer.last_t_us();
    writer.close(end_us).map(drop)
}

/// How names of confirmations begin, beside the calibration that is kept at `kept`.
fn beginning(kept: &Path) -> String {
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    format!("{}-confirmed-", name.strip_suffix(".calibration.json").unwrap_or(&name))
}

/// Confirmations of the calibration that is kept at `kept` in which all attempts are through.
pub fn whole(kept: &Path) -> Vec<PathBuf> {
    let beginning = beginning(kept);
    let is_named =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&beginning));
    let entries = fs::read_dir(folder_of(kept)).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_named).collect();
    paths.sort();
    paths.retain(|path| {
        let file = File::open(path).map_err(|error| ReadError::Io { line: 0, error });
        let reader = file.and_then(|file| Reader::new(file, Options::default()));
        let Ok(mut reader) = reader else { return false };
        let mut over = 0;
        while let Ok(Some(row)) = reader.next_row() {
            over += usize::from(matches!(row.kind, RowKind::End(_)));
        }
        over == ALL
    });
    paths
}

/// A new recording for it, beside the calibration that is kept at `kept`.
pub fn new_file(kept: &Path) -> PathBuf {
    let beginning = beginning(kept);
    let mut paths = (1..).map(|number| kept.with_file_name(format!("{beginning}{number}.rssi.jsonl")));
    paths.find(|path| !path.exists()).unwrap_or_else(|| kept.with_file_name("confirmed.rssi.jsonl"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::engine::parameters::Dongle;
    use crate::recording::{Input, open};
    use crate::replay::Filter;
    use crate::tuning::Labelled;

    use super::*;

    fn closed(confirming: &Confirming) {
        let begin = Instant::now();
        while !confirming.is_done() {
            assert!(begin.elapsed() < Duration::from_secs(30));
            thread::yield_now();
        }
    }

    #[test]
    fn what_the_application_registered_is_in_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("t.calibration.json");
        let path = new_file(&kept);
        let values = ParameterSet::published(Dongle::Bluegiga);
        let mut confirming = Confirming::start(path.clone(), &values, Map::new()).unwrap();
        assert_eq!(confirming.attempt(), Some((Intent::Tap, 1, 10)));
        assert!(!confirming.can_take_back(), "nothing was said yet");
        for tap in 0..10 {
            assert_eq!(confirming.attempt(), Some((Intent::Tap, tap + 1, 10)));
            if tap != 3 {
                confirming.saw_tap();
            }
            if tap == 5 {
                // A slip, taken back.
                confirming.saw_tap();
                confirming.take_back();
            }
            confirming.go_on();
            if tap == 6 {
                // Enter was too early.
                confirming.take_back();
                assert_eq!((confirming.attempt(), confirming.registered()), (Some((Intent::Tap, 7, 10)), 1));
                confirming.go_on();
            }
        }
        confirming.go_on();
        confirming.saw_tap();
        confirming.go_on();
        confirming.take_back();
        confirming.take_back();
        assert!(!confirming.can_take_back(), "what is written stays");
        confirming.saw_tap();
        confirming.go_on();
        confirming.go_on();
        confirming.go_on();
        closed(&confirming);
        assert_eq!((confirming.attempt(), confirming.take_problem()), (None, None));
        assert_eq!((confirming.share(Intent::Tap), confirming.share(Intent::NoTap)), ((9, 10), (2, 3)));
        let stream = open(&Input { path: path.display().to_string() }, None).unwrap();
        let mut reader = Reader::new(stream, Options::default()).unwrap();
        assert_eq!(reader.header().keys["nbe_parameters"]["rssi_tap_threshold"], -42);
        let labelled = Labelled::read("t", &mut reader, &Filter::default()).unwrap();
        assert_eq!((labelled.count(Intent::NoTap), labelled.observed.len()), (3, 10));
        assert!(labelled.is_unheard);
        assert_eq!(whole(&kept), [path]);
    }

    #[test]
    fn one_that_is_given_up_keeps_what_was_over_and_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("t.calibration.json");
        let start = || Confirming::start(new_file(&kept), &ParameterSet::default(), Map::new()).unwrap();
        drop(start());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was in it");
        let mut confirming = start();
        confirming.saw_tap();
        confirming.go_on();
        confirming.saw_tap();
        let path = confirming.path.clone();
        drop(confirming);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!((text.matches("\"begin\"").count(), text.matches("observed").count()), (1, 1), "{text}");
        assert!(text.ends_with("\"end\":true,\"samples\":0}\n"), "{text}");
        assert_eq!((whole(&kept), new_file(&kept) != path), (Vec::new(), true));
    }
}
