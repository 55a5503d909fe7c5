//! Several recordings, each with its verdict under the values in use. One thread reads and judges
//! them one after another and keeps only what came of it: a hundred recordings need no more memory
//! than one.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::engine::Rules;
use crate::recording;
use crate::replay::Summary;

use super::ask::Wake;
use super::judgement::{Judgement, Stopped};
use super::problem::Problem;

/// Recordings that are listed at most.
pub const MOST: usize = 2000;

/// One recording of the list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its path.
    pub path: String,
    /// What came of it.
    pub judged: Judged,
    /// By which rules, counted from the first; 0 where it was not judged yet.
    epoch: u64,
}

/// What came of a recording.
#[derive(Clone, Debug)]
pub enum Judged {
    /// It was not read yet.
    Waiting,
    /// It was replayed.
    Done(Box<Judgement>),
    /// It cannot be read.
    Failed(Problem),
}

#[derive(Default)]
struct Inner {
    items: Vec<Arc<Item>>,
    /// Paths, folders and patterns still to be looked up, and whether they take the list's place.
    asked: Vec<(Vec<String>, bool)>,
    /// The first of what was looked up.
    to_show: Option<String>,
    is_looking: bool,
    problem: Option<Problem>,
    rules: Rules,
    is_over: bool,
}

struct Shared {
    inner: Mutex<Inner>,
    work: Condvar,
    /// Grows with each change of the rules.
    epoch: AtomicU64,
    is_cancelled: AtomicBool,
    wake: Wake,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

/// The window's hold on the list.
pub struct Collection {
    shared: Arc<Shared>,
}

impl Collection {
    /// An empty list.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> Result<Self, Problem> {
        let shared = Arc::new(Shared {
            inner: Mutex::default(),
            work: Condvar::new(),
            epoch: AtomicU64::new(1),
            is_cancelled: AtomicBool::new(false),
            wake,
        });
        let worker = Arc::clone(&shared);
        let thread = thread::Builder::new().name("recordings".into()).spawn(move || work(&worker));
        thread.map_err(|error| Problem::new(format!("no thread for the recordings: {error}")))?;
        Ok(Self { shared })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let changed = change(&mut self.shared.lock());
        self.shared.work.notify_all();
        changed
    }

    /// Looks up files, folders and patterns; in the place of the list, or behind what is on it.
    pub fn open(&self, arguments: Vec<String>, in_place: bool) {
        self.change(|inner| {
            inner.asked.push((arguments, in_place));
            inner.is_looking = true;
            self.shared.is_cancelled.store(false, Ordering::Relaxed);
        });
    }

    /// Puts a recording behind what is on the list.
    pub fn add(&self, path: String) {
        self.change(|inner| {
            if inner.items.len() < MOST && !inner.items.iter().any(|item| item.path == path) {
                inner.items.push(Arc::new(Item::new(path)));
            }
        });
    }

    /// Puts a recording in the place of another.
    pub fn replace(&self, old: &str, new: String) {
        self.change(|inner| {
            inner.items.retain(|item| item.path != new || item.path == old);
            if let Some(item) = inner.items.iter_mut().find(|item| item.path == old) {
                *item = Arc::new(Item::new(new));
            }
        });
    }

    /// Takes a recording off the list, and gives the one that moved up.
    pub fn close(&self, path: &str) -> Option<String> {
        self.change(|inner| {
            let at = inner.items.iter().position(|item| item.path == path)?;
            inner.items.remove(at);
            let next = inner.items.get(at).or(inner.items.last())?;
            Some(next.path.clone())
        })
    }

    /// Judges anew where these are other rules.
    pub fn want(&self, rules: &Rules) {
        let mut inner = self.shared.lock();
        if inner.rules != *rules {
            inner.rules = rules.clone();
            self.shared.is_cancelled.store(false, Ordering::Relaxed);
            self.shared.epoch.fetch_add(1, Ordering::Relaxed);
            self.shared.work.notify_all();
        }
    }

    /// Judges no further until something changes.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// The list.
    pub fn items(&self) -> Vec<Arc<Item>> {
        self.shared.lock().items.clone()
    }

    /// Whether an item was judged by older rules.
    pub fn is_old(&self, item: &Item) -> bool {
        item.epoch != self.shared.epoch.load(Ordering::Relaxed)
    }

    /// How many of how many are judged, while that goes on.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let inner = self.shared.lock();
        let done = inner.items.iter().filter(|item| !self.is_old(item)).count();
        (done < inner.items.len() && !self.shared.is_cancelled()).then_some((done, inner.items.len()))
    }

    /// Whether files are still looked up, or what was found is still to be shown.
    pub fn is_looking(&self) -> bool {
        let inner = self.shared.lock();
        inner.is_looking || inner.to_show.is_some()
    }

    /// The recording to show, once what was asked for is looked up.
    pub fn take_to_show(&self) -> Option<String> {
        self.shared.lock().to_show.take()
    }

    /// What went wrong since this was last asked.
    pub fn take_problem(&self) -> Option<Problem> {
        self.shared.lock().problem.take()
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        self.shared.epoch.fetch_add(1, Ordering::Relaxed);
        self.change(|inner| inner.is_over = true);
    }
}

impl Item {
    fn new(path: String) -> Self {
        Self { path, judged: Judged::Waiting, epoch: 0 }
    }
}

/// The counts of all that were judged; `shown` stands for the recording that is on the bench, whose
/// segments may have been changed there.
pub fn total<'a>(items: &'a [Arc<Item>], shown: Option<(&str, &'a Summary)>) -> Summary {
    let mut total = Summary::default();
    for item in items {
        match (&shown, &item.judged) {
            (Some((path, summary)), _) if item.path == *path => total.add(summary),
            (_, Judged::Done(judgement)) => total.add(&judgement.summary),
            (_, Judged::Waiting | Judged::Failed(_)) => {}
        }
    }
    total
}

fn work(shared: &Shared) {
    loop {
        let mut inner = shared.lock();
        if inner.is_over {
            return;
        }
        if !inner.asked.is_empty() {
            let (arguments, in_place) = inner.asked.remove(0);
            drop(inner);
            look_up(shared, &arguments, in_place);
            (shared.wake)();
            continue;
        }
        let epoch = shared.epoch.load(Ordering::Relaxed);
        // A list of one is judged on the bench.
        let has_work = inner.items.len() > 1 && !shared.is_cancelled();
        let next = inner.items.iter().find(|item| item.epoch != epoch).filter(|_| has_work);
        let Some(path) = next.map(|item| item.path.clone()) else {
            drop(shared.work.wait(inner).unwrap_or_else(PoisonError::into_inner));
            continue;
        };
        let rules = inner.rules.clone();
        drop(inner);
        let is_current = || !shared.is_cancelled() && shared.epoch.load(Ordering::Relaxed) == epoch;
        let judged = match Judgement::read(&path, &rules, is_current) {
            Ok(judgement) => Judged::Done(Box::new(judgement)),
            Err(Stopped::Outdated) => continue,
            Err(Stopped::Problem(problem)) => Judged::Failed(problem),
        };
        let mut inner = shared.lock();
        if let Some(item) = inner.items.iter_mut().find(|item| item.path == path) {
            *item = Arc::new(Item { path, judged, epoch });
        }
        drop(inner);
        (shared.wake)();
    }
}

fn look_up(shared: &Shared, arguments: &[String], in_place: bool) {
    let (mut found, mut problem) = (Vec::new(), None);
    let expanded = recording::expand(arguments);
    if let Some(first) = expanded.left_out.first() {
        let also = match expanded.left_out.len() - 1 {
            0 => String::new(),
            others => format!(", and {others} more likewise"),
        };
        let what = format!("{} is left out, for its repaired copy is there{also}", first.original.path);
        problem = Some(Problem::new(what).remedy("open it by itself to look at it"));
    }
    for input in expanded.found {
        match input {
            Ok(input) => found.push(input.path),
            Err(why) => problem = Some(Problem::new(why).remedy("check the path, or open another folder")),
        }
    }
    let mut inner = shared.lock();
    inner.is_looking = !inner.asked.is_empty();
    inner.problem = problem.or(inner.problem.take());
    let Some(first) = found.first() else { return };
    inner.to_show = Some(first.clone());
    if in_place {
        inner.items.clear();
    }
    let count = inner.items.len() + found.len();
    for path in found {
        if inner.items.len() < MOST && !inner.items.iter().any(|item| item.path == path) {
            inner.items.push(Arc::new(Item::new(path)));
        }
    }
    if count > MOST {
        let words = format!("{count} recordings are more than the {MOST} that are listed");
        inner.problem = Some(Problem::new(words).remedy("tapbench replay takes any number"));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use crate::engine::parameters::{Dongle, Parameter, ParameterSet};

    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings");

    fn until(what: &str, holds: impl Fn() -> bool) {
        let begin = Instant::now();
        while !holds() {
            assert!(begin.elapsed() < Duration::from_secs(30), "not {what}");
            std::thread::yield_now();
        }
    }

    fn rules(threshold_dbm: i64) -> Rules {
        let mut parameters = ParameterSet::published(Dongle::Bluegiga);
        parameters.set(Parameter::TapThreshold, threshold_dbm).unwrap();
        Rules { parameters, ..Rules::default() }
    }

    #[test]
    fn all_are_judged_anew_when_the_rules_change() {
        let collection = Collection::start(Arc::new(|| {})).unwrap();
        collection.want(&rules(-42));
        let path = |name: &str| format!("{FOLDER}/synthetic-calibration-{name}.rssi.jsonl");
        let torn = "no such file.rssi.jsonl".to_owned();
        collection.open(vec![path("hard"), path("easy"), path("hard"), torn], true);
        until("looked up", || !collection.items().is_empty());
        assert_eq!(collection.take_to_show(), Some(path("hard")));
        until("judged", || collection.progress().is_none());
        let items = collection.items();
        assert_eq!(items.len(), 3, "one that is on the list already is not added again");
        assert!(matches!(&items[2].judged, Judged::Failed(problem) if problem.remedy.is_some()));
        let at_42 = total(&items, None);
        let Judged::Done(hard) = &items[0].judged else { panic!("{:?}", items[0]) };
        assert_eq!((hard.summary.hit, hard.summary.missed, hard.failed, hard.reasons.len()), (11, 1, 1, 1));
        collection.want(&rules(-45));
        until("judged anew", || collection.progress().is_none());
        let at_45 = total(&collection.items(), None);
        assert_eq!((at_42.tap_count, at_45.hit - at_42.hit), (at_45.tap_count, 1));
        let none = Summary::default();
        let shown = total(&collection.items(), Some((&path("hard"), &none)));
        assert_eq!(shown.tap_count, at_45.tap_count - 12, "the bench's own verdict stands for it");
        assert_eq!(collection.close(&path("easy")), Some("no such file.rssi.jsonl".into()));
        collection.replace(&path("hard"), path("easy"));
        assert_eq!(collection.items()[0].path, path("easy"));
    }

    #[test]
    fn a_folder_is_looked_up_and_judging_can_be_cancelled() {
        let collection = Collection::start(Arc::new(|| {})).unwrap();
        collection.open(vec![FOLDER.to_owned()], true);
        collection.cancel();
        assert!(collection.is_looking());
        until("looked up", || collection.take_to_show().is_some());
        until("cancelled", || collection.progress().is_none());
        assert!(collection.items().len() > 3);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::File::create(folder.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
        };
        write("a.rssi.jsonl", "{\"rssi_recording\":1}\n{\"t_us\"");
        write("a.repaired.rssi.jsonl", "{\"rssi_recording\":1}\n{\"t_us\":0,\"end\":true,\"samples\":0}\n");
        collection.open(vec![folder.path().to_string_lossy().into_owned()], false);
        until("said", || {
            collection.take_problem().is_some_and(|p| p.what.contains("a.rssi.jsonl is left out"))
        });
        collection.open(vec!["nothing*here".into()], true);
        until("refused", || collection.take_problem().is_some_and(|p| p.what.contains("no file matches")));
        assert!(collection.items().len() > 3, "what was open stays");
    }
}
