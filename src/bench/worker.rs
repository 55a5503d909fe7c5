//! The workbench's thread: it owns the open recording, takes what is heard and decides anew when
//! the rules change.

use std::path::Path;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, PoisonError};
use std::thread;

use crate::recording::{Header, LineReader};

use super::ask::{Ask, Batch};
use super::deck::{Deck, Edited, Run, compare, run_through};
use super::kept_calibration::KeptCalibration;
use super::live::LiveState;
use super::news::{ASKS, News, Shared};
use super::problem::Problem;
use super::reading::Reading;
use super::segments::Marks;
use super::trace::Trace;

/// What the thread has at hand.
pub(super) struct Bench {
    shared: Arc<Shared>,
    /// The engine, while a session goes on.
    run: Option<Run>,
    lines: Option<LineReader>,
    generation: u64,
}

impl Bench {
    /// One that is empty.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, run: None, lines: None, generation: 0 }
    }

    /// Does what is asked for, until nobody can ask any more.
    pub(super) fn work(mut self, asked: &Receiver<Ask>) {
        while let Some(first) = self.next(asked) {
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

    /// What is asked for next. A full queue takes no word of what is to be opened: that comes when the
    /// queue is empty.
    fn next(&self, asked: &Receiver<Ask>) -> Option<Ask> {
        match asked.try_recv() {
            Ok(ask) => Some(ask),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => match self.shared.tell(|news| news.opening.clone()) {
                Some(reading) => Some(Ask::Open(reading)),
                None => asked.recv().ok(),
            },
        }
    }

    fn is_behind(&self) -> bool {
        self.shared.tell(|news| news.judged.as_ref() != Some(&news.wanted))
    }

    /// Reads a recording that is still wanted; whether it is on the bench then.
    fn open(&mut self, reading: &Arc<Reading>) -> bool {
        let is_wanted = |news: &News| news.opening.as_ref().is_some_and(|it| Arc::ptr_eq(it, reading));
        if !self.shared.tell(|news| is_wanted(news)) {
            return false;
        }
        let opened = Trace::read(reading);
        let size = std::fs::metadata(&reading.path).map_or(0, |file| file.len());
        // Another one is wanted by now, or none.
        if !self.shared.tell(|news| is_wanted(news)) {
            return false;
        }
        let is_open = opened.is_ok();
        let problem = opened.map(|trace| self.place(trace, false)).err();
        self.shared.tell(|news| {
            if !is_wanted(news) {
                return;
            }
            news.opening = None;
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    fn sample(name: &str) -> Arc<Reading> {
        Reading::new(format!("{}/recordings/{name}.rssi.jsonl", env!("CARGO_MANIFEST_DIR")))
    }

    fn title(shared: &Shared) -> Option<String> {
        shared.with_deck(|deck| deck.as_ref().map(|deck| deck.trace.title.clone()))
    }

    #[test]
    fn what_a_full_queue_took_no_word_of_is_opened_all_the_same() {
        let shared = Arc::new(Shared::new(Arc::new(|| {})));
        let (asks, asked) = sync_channel(ASKS);
        (0..ASKS).for_each(|_| asks.send(Ask::Judge).unwrap());
        let wanted = sample("on-body-four-places");
        shared.tell(|news| news.opening = Some(Arc::clone(&wanted)));
        assert!(asks.try_send(Ask::Open(Arc::clone(&wanted))).is_err(), "the queue is full");
        let bench = Bench::new(Arc::clone(&shared));
        let working = thread::spawn(move || bench.work(&asked));
        let begin = Instant::now();
        while shared.tell(|news| news.opening.is_some()) {
            assert!(begin.elapsed() < Duration::from_secs(60));
            thread::yield_now();
        }
        drop(asks);
        working.join().unwrap();
        assert_eq!(title(&shared).as_deref(), Some(wanted.path.as_str()));
    }

    #[test]
    fn what_is_wanted_no_longer_is_not_opened_before_its_turn() {
        let shared = Arc::new(Shared::new(Arc::new(|| {})));
        let (asks, asked) = sync_channel(ASKS);
        let (old, wanted) = (sample("on-body-four-places"), sample("walk-there-and-back"));
        let header = r#"{"rssi_recording":1,"sources":[{"id":"b1","kind":"bluegiga"}]}"#;
        let header = Header::of(serde_json::from_str(header).unwrap()).unwrap();
        shared.tell(|news| news.opening = Some(Arc::clone(&wanted)));
        for ask in [
            Ask::Open(old),
            Ask::Began { title: "a session".to_owned(), header },
            Ask::Ended { session: 0, problem: None },
            Ask::Open(Arc::clone(&wanted)),
        ] {
            asks.send(ask).unwrap();
        }
        drop(asks);
        Bench::new(Arc::clone(&shared)).work(&asked);
        assert_eq!(title(&shared).as_deref(), Some(wanted.path.as_str()));
    }
}
