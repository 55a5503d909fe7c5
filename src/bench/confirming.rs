//! Confirming on the terminal: with NBE running, which holds the dongle, ten taps and three hovers,
//! and what the application really registered. Nothing is listened to; the recording holds what
//! was meant and what was seen.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};

use crate::engine::parameters::ParameterSet;
use crate::recording::{Intent, Observed, WriteError, Writer, Written, print};

use super::problem::{Problem, plain};

/// Taps, and then hovers.
pub const ATTEMPTS: [(Intent, usize); 2] = [(Intent::Tap, 10), (Intent::NoTap, 3)];

/// Lines that may wait to be written: more than anyone can press.
const WAITING: usize = 64;

/// A line, and when it was meant.
enum Line {
    Begin(u64, Intent),
    End(u64),
    Cancel(u64),
    Registered,
}

/// A confirmation under way.
#[derive(Debug)]
pub struct Confirming {
    /// Its recording.
    pub path: PathBuf,
    /// How often the application registered a tap, attempt by attempt; the last one is under way.
    pub registered: Vec<u32>,
    next_id: u64,
    begun: Instant,
    lines: Option<SyncSender<(i64, Line)>>,
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
        let (lines, written) = sync_channel(WAITING);
        let write = move || write(writer, &written);
        let thread = thread::Builder::new().name("confirm".into()).spawn(write).map_err(Problem::new)?;
        let mut confirming = Self {
            path,
            registered: Vec::new(),
            next_id: 1,
            begun: Instant::now(),
            lines: Some(lines),
            thread: Some(thread),
        };
        confirming.begin();
        Ok(confirming)
    }

    /// The attempt under way: its intent, its number from 1, and of how many.
    pub fn attempt(&self) -> Option<(Intent, usize, usize)> {
        let mut at = self.registered.len().checked_sub(1)?;
        for (intent, of) in ATTEMPTS {
            if at < of {
                return self.lines.is_some().then_some((intent, at + 1, of));
            }
            at -= of;
        }
        None
    }

    /// How many of how many of an intent went as they should, of those that are over.
    pub fn share(&self, intent: Intent) -> (usize, usize) {
        let over = self.registered.len() - usize::from(self.attempt().is_some());
        let all = ATTEMPTS.into_iter().flat_map(|(intent, of)| std::iter::repeat_n(intent, of));
        let of_it = all.zip(self.registered.iter().take(over)).filter(|(of, _)| *of == intent);
        let wanted = u32::from(intent == Intent::Tap);
        of_it.fold((0, 0), |(n, of), (_, times)| (n + usize::from(*times == wanted), of + 1))
    }

    /// The application registered a tap.
    pub fn saw_tap(&mut self) {
        if self.attempt().is_some()
            && let Some(times) = self.registered.last_mut()
        {
            *times += 1;
            self.say(Line::Registered);
        }
    }

    /// The attempt is over; the next one begins, or all are through.
    pub fn go_on(&mut self) {
        if self.attempt().is_none() {
            return;
        }
        self.say(Line::End(self.next_id - 1));
        if self.registered.len() < ATTEMPTS.iter().map(|(_, of)| of).sum() {
            self.begin();
        } else {
            self.lines = None;
        }
    }

    /// Takes the attempt under way back and begins it anew.
    pub fn redo(&mut self) {
        if self.attempt().is_some() && self.registered.last() == Some(&0) {
            self.say(Line::Cancel(self.next_id - 1));
            self.registered.pop();
            self.begin();
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
        self.registered.push(0);
        if let Some((intent, ..)) = self.attempt() {
            self.say(Line::Begin(self.next_id, intent));
            self.next_id += 1;
        }
    }

    fn say(&self, line: Line) {
        let t_us = i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX);
        if let Some(lines) = &self.lines {
            // A thread that is gone says why at its end.
            let _ = lines.try_send((t_us, line));
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
fn write(mut writer: Writer<File>, lines: &Receiver<(i64, Line)>) -> Result<(), WriteError> {
    let mut line = Vec::new();
    while let Ok((t_us, what)) = lines.recv() {
        line.clear();
        let kind = match what {
            Line::Begin(id, intent) => {
                let mark = print::Begin {
                    id,
                    intent: intent.name(),
                    band: None,
                    distance_cm: None,
                    note: None,
                    source: None,
                };
                print::begin(&mut line, t_us, &mark);
                Written::Mark
            }
            Line::End(id) => {
                print::end_mark(&mut line, t_us, id);
                Written::Mark
            }
            Line::Cancel(id) => {
                print::end_mark(&mut line, t_us, id);
                print::cancelled(&mut line, t_us, id);
                Written::Mark
            }
            Line::Registered => {
                print::observed(&mut line, t_us, Observed::Tap.name(), "operator");
                Written::Other
            }
        };
        writer.row(t_us, kind, &line)?;
    }
    let end_us = writer.last_t_us();
    writer.close(end_us).map(drop)
}

/// A new recording for it, beside the calibration that is kept at `kept`.
pub fn new_file(kept: &Path) -> PathBuf {
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".calibration.json").unwrap_or(&name);
    let mut paths = (1..).map(|number| kept.with_file_name(format!("{stem}-confirmed-{number}.rssi.jsonl")));
    paths.find(|path| !path.exists()).unwrap_or_else(|| kept.with_file_name("confirmed.rssi.jsonl"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::engine::parameters::Dongle;
    use crate::recording::{Input, Options, Reader, open};
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
        let path = new_file(&folder.path().join("t.calibration.json"));
        let values = ParameterSet::published(Dongle::Bluegiga);
        let mut confirming = Confirming::start(path.clone(), &values, Map::new()).unwrap();
        assert_eq!(confirming.attempt(), Some((Intent::Tap, 1, 10)));
        confirming.redo();
        for tap in 0..10 {
            assert_eq!(confirming.attempt(), Some((Intent::Tap, tap + 1, 10)));
            if tap != 3 {
                confirming.saw_tap();
            }
            confirming.go_on();
        }
        confirming.go_on();
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
    }
}
