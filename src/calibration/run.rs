//! The way through the steps.

use std::collections::{HashMap, VecDeque};

use super::gate::{Other, Problem, Repeat, repeat_problems};
use super::plan::{Plan, READ_US, Setup, Step, Turn};
use super::progress::{Done, Position};
use super::reader_gate::reader_problems;
use super::reader_watch::ReaderWatch;
use super::severity::Severity;
use crate::reading::Band;
use crate::recording::NfcRow;
use crate::session::Action;

/// What a repeat is held against: how the band was heard for so long before it began, in µs.
const BEFORE_US: i64 = 1_000_000;
/// Advertisers remembered: a crowd that changes its addresses must not fill the memory.
const REMEMBERED: usize = 4096;

/// What is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for [`Calibration::start`].
    Waiting,
    /// Time to get ready; the repeat begins at this instant.
    Ready(i64),
    /// The repeat runs until this instant.
    Running(i64),
    /// The repeat was refused: [`Calibration::redo`], [`Calibration::accept`] or
    /// [`Calibration::skip`].
    Refused(Vec<Problem>),
    /// All steps are through.
    Finished,
}

/// A calibration under way. Times are µs on the session's clock and never decrease.
#[derive(Clone, Debug)]
pub struct Calibration {
    setup: Setup,
    plan: Plan,
    phase: Phase,
    at: Position,
    done: Vec<Done>,
    warnings: Vec<(Position, Problem)>,
    begin_us: i64,
    samples: Vec<(i64, i8)>,
    /// The last samples while it is got ready.
    before: VecDeque<(i64, i8)>,
    others: Vec<Other>,
    /// When each other band was first heard.
    known: HashMap<Band, i64>,
    /// When the band was last heard.
    last_heard_us: i64,
    dropped: u64,
    reader: ReaderWatch,
}

impl Calibration {
    /// One that has not begun.
    pub fn new(setup: Setup) -> Self {
        Self::resumed(setup, Vec::new())
    }

    /// One that goes on behind what a recording says is done ([`super::done_in`]).
    pub fn resumed(setup: Setup, done: Vec<Done>) -> Self {
        let plan = Plan::of(&setup);
        let mut calibration = Self {
            setup,
            plan,
            phase: Phase::Waiting,
            at: Position { step: 0, repeat: 0 },
            done,
            warnings: Vec::new(),
            begin_us: 0,
            samples: Vec::new(),
            before: VecDeque::new(),
            others: Vec::new(),
            known: HashMap::new(),
            last_heard_us: i64::MIN,
            dropped: 0,
            reader: ReaderWatch::default(),
        };
        calibration.pass_done();
        calibration
    }

    /// What is going on.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Where in the plan.
    pub fn position(&self) -> Position {
        self.at
    }

    /// The step under way; `None` at the end.
    pub fn step(&self) -> Option<&Step> {
        self.plan.steps.get(self.at.step)
    }

    /// All steps.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What was accepted or skipped so far.
    pub fn done(&self) -> &[Done] {
        &self.done
    }

    /// Problems of repeats that count nonetheless.
    pub fn warnings(&self) -> &[(Position, Problem)] {
        &self.warnings
    }

    /// Starts the countdown to the first repeat, or to the next one where it stands.
    pub fn start(&mut self, t_us: i64) {
        if self.phase == Phase::Waiting {
            self.reader.watch_from(t_us);
            self.get_ready(t_us);
        }
    }

    /// A sample was heard, after [`Self::advance`] to its time.
    pub fn sample(&mut self, t_us: i64, band: Band, rssi_dbm: i8) {
        let running = matches!(self.phase, Phase::Running(_));
        if band == self.setup.band {
            self.last_heard_us = t_us;
            if running {
                self.samples.push((t_us, rssi_dbm));
            } else {
                self.before.push_back((t_us, rssi_dbm));
                while self.before.front().is_some_and(|(first_us, _)| t_us - first_us > BEFORE_US) {
                    self.before.pop_front();
                }
            }
            return;
        }
        if self.known.len() < REMEMBERED {
            self.known.entry(band).or_insert(t_us);
        }
        if running && self.known.contains_key(&band) {
            let at = self.others.iter().position(|o| o.band == band).unwrap_or_else(|| {
                self.others.push(Other { band, samples: 0, sum_dbm: 0, is_new: false });
                self.others.len() - 1
            });
            self.others[at].samples += 1;
            self.others[at].sum_dbm += i32::from(rssi_dbm);
        }
    }

    /// An NFC reader said something. What comes near it before a tap that is to be one after a rest
    /// begins the rest anew.
    pub fn nfc(&mut self, t_us: i64, row: &NfcRow) {
        if self.reader.row(t_us, row)
            && let Phase::Ready(due_us) = self.phase
        {
            self.phase = Phase::Ready(due_us.max(self.rested_us()));
        }
    }

    /// Since when a band lies on a reader, in µs.
    pub fn lies_on_reader_since_us(&self) -> Option<i64> {
        self.reader.lies_since_us()
    }

    /// The recorder lost samples.
    pub fn dropped(&mut self, count: u64) {
        self.dropped += count;
    }

    /// Time passes up to `t_us`: gives what the session's operator is to do now. A repeat that is
    /// good enough is accepted and the next one announced.
    pub fn advance(&mut self, t_us: i64) -> Option<Action> {
        match self.phase {
            Phase::Ready(due_us) if t_us >= due_us => {
                let Some((intent, mark)) = self.plan.mark(self.setup.band, self.at.step, self.at.repeat)
                else {
                    self.phase = Phase::Finished;
                    return None;
                };
                let length_us = self.step().map_or(0, |s| s.length_us);
                self.begin_us = t_us;
                (self.samples, self.others, self.dropped) = (Vec::new(), Vec::new(), 0);
                self.reader.begin(t_us);
                self.phase = Phase::Running(t_us.saturating_add(length_us));
                Some(Action::BeginStep(intent, mark))
            }
            Phase::Running(until_us) if t_us >= until_us => {
                let problems = self.problems();
                if problems.iter().any(|p| p.severity() == Severity::Refusal) {
                    self.phase = Phase::Refused(problems);
                } else {
                    self.count(problems, t_us);
                }
                Some(Action::End)
            }
            _ => None,
        }
    }

    /// Takes the repeat back that was refused or is running, and gets ready to do it again.
    pub fn redo(&mut self, t_us: i64) -> Option<Action> {
        let marked = self.is_taken_back();
        if matches!(self.phase, Phase::Waiting | Phase::Finished) {
            return None;
        }
        self.get_ready(t_us);
        marked.then_some(Action::Cancel)
    }

    /// Lets a refused repeat count all the same; what was wrong stays as warnings.
    pub fn accept(&mut self, t_us: i64) {
        if let Phase::Refused(problems) = &self.phase {
            let problems = problems.clone();
            self.count(problems, t_us);
        }
    }

    /// Goes on without this repeat; what was marked of it is taken back.
    pub fn skip(&mut self, t_us: i64) -> Option<Action> {
        let marked = self.is_taken_back();
        if matches!(self.phase, Phase::Waiting | Phase::Finished) {
            return None;
        }
        self.done.push(Done::skipped(self.at));
        self.next(t_us);
        marked.then_some(Action::Cancel)
    }

    /// Whether a mark is taken back where its repeat is. A tap that the reader refused stays: it
    /// demands nothing of the dongle, and how often taps on it fail is what is asked.
    fn is_taken_back(&self) -> bool {
        match self.phase {
            Phase::Running(_) => true,
            Phase::Refused(_) => !self.step().is_some_and(Step::is_on_reader),
            _ => false,
        }
    }

    fn problems(&mut self) -> Vec<Problem> {
        let on_reader = self.reader.end();
        let Some(step) = self.step() else { return Vec::new() };
        if step.is_on_reader() {
            return reader_problems(&on_reader).into_iter().map(Problem::OnReader).collect();
        }
        let since =
            |o: &Other| self.known.get(&o.band).is_some_and(|first_us| *first_us > self.last_heard_us);
        let others: Vec<_> = self.others.iter().map(|o| Other { is_new: since(o), ..*o }).collect();
        let before: Vec<_> =
            self.before.iter().copied().filter(|(t_us, _)| self.begin_us - t_us <= BEFORE_US).collect();
        let repeat = Repeat {
            intent: step.intent,
            before: &before,
            length_us: step.length_us,
            begin_us: self.begin_us,
            samples: &self.samples,
            others: &others,
            dropped: self.dropped,
        };
        repeat_problems(&repeat, self.setup.rate_hz, self.setup.dongle)
    }

    fn count(&mut self, problems: Vec<Problem>, t_us: i64) {
        let at = self.at;
        self.warnings.extend(problems.into_iter().map(|p| (at, p)));
        self.done.push(Done::accepted(at));
        self.next(t_us);
    }

    fn next(&mut self, t_us: i64) {
        self.pass_done();
        if self.phase != Phase::Finished {
            self.get_ready(t_us);
        }
    }

    fn get_ready(&mut self, t_us: i64) {
        self.phase = match self.turn() {
            // How long the rest still takes is known better now than when it was planned.
            Some(turn) => {
                let lead_us = if turn.is_rested { READ_US } else { turn.lead_us };
                Phase::Ready(t_us.saturating_add(lead_us).max(self.rested_us()))
            }
            None => Phase::Finished,
        };
    }

    fn turn(&self) -> Option<&Turn> {
        self.step()?.repeats.get(self.at.repeat)
    }

    /// When the reader has rested, where that is waited for; otherwise long ago.
    fn rested_us(&self) -> i64 {
        let is_awaited = self.turn().is_some_and(|turn| turn.is_rested);
        if is_awaited { self.reader.rested_us() } else { i64::MIN }
    }

    /// Moves to the first repeat that is not done.
    fn pass_done(&mut self) {
        let is_done = |step: usize, repeat: usize| self.done.iter().any(|d| d.is_at(step, repeat));
        let all = self.plan.steps.iter().enumerate();
        let mut open = all.flat_map(|(step, s)| (0..s.repeats.len()).map(move |repeat| (step, repeat)));
        match open.find(|(step, repeat)| !is_done(*step, *repeat)) {
            Some((step, repeat)) => self.at = Position { step, repeat },
            None => {
                self.at = Position { step: self.plan.steps.len(), repeat: 0 };
                self.phase = Phase::Finished;
            }
        }
    }
}
