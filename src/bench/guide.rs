//! Leads a calibration within a session: gives it samples and time, carries its marks into the
//! recording, and takes the operator's answers. The window reads what is [`Seen`].

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::calibration::{Calibration, Done, Phase, Plan, Position, Problem, Setup};
use crate::drivers::rehearsed::Stage;
use crate::drivers::{Row, What};
use crate::session::{Action, Waker};

use super::ask::Ask;
use super::kept_calibration::KeptCalibration;
use super::rehearsal::{Mishap, goes_to};

/// Answers that may wait: more than anyone can press.
const ANSWERS: usize = 16;
/// What the meter's mean is taken over, in µs.
const METER_US: i64 = 1_000_000;

/// What the operator says to a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It counts although it was refused.
    Accept,
    /// It is done again.
    Redo,
    /// It is left out.
    Skip,
}

/// How strongly the band is heard now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// The last sample, in dBm.
    pub rssi_dbm: Option<i8>,
    /// The mean of the last second, in dBm.
    pub mean_dbm: Option<f64>,
}

/// What the window sees of a calibration.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The session's time, in µs.
    pub now_us: i64,
    /// What is going on.
    pub phase: Phase,
    /// Where in the plan.
    pub position: Position,
    /// What was accepted or skipped so far.
    pub done: Vec<Done>,
    /// Problems of repeats that count nonetheless.
    pub warnings: Vec<(Position, Problem)>,
    /// The band now.
    pub meter: Meter,
}

/// A calibration to be led.
pub struct Guided {
    /// What was chosen.
    pub setup: Setup,
    /// What need not be done again.
    pub done: Vec<Done>,
    /// What is kept beside its recordings.
    pub kept: KeptCalibration,
    /// Where.
    pub path: PathBuf,
    /// What the recording's header says beside its source: site, operator and the like.
    pub header: Map<String, Value>,
}

/// The window's hold on a calibration.
#[derive(Debug)]
pub struct Guidance {
    /// All steps.
    pub plan: Plan,
    /// What was chosen.
    pub setup: Setup,
    /// Where it is kept what it is.
    pub path: PathBuf,
    seen: Arc<Mutex<Seen>>,
    answers: SyncSender<Answer>,
    waker: Waker,
}

impl Guidance {
    /// How far it is.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something to the repeat under way. Never waits.
    pub fn answer(&self, answer: Answer) {
        // Whoever pressed so often before anything happened is not waiting for this one.
        let _ = self.answers.try_send(answer);
        self.waker.wake();
    }
}

/// The session's side of it.
pub(super) struct Guide {
    calibration: Calibration,
    answers: Receiver<Answer>,
    seen: Arc<Mutex<Seen>>,
    setup: Setup,
    now_us: i64,
    heard: VecDeque<(i64, i8)>,
    cue: Option<(Position, Phase)>,
    stage: Arc<Stage>,
    mishap: Mishap,
    kept: KeptCalibration,
    path: PathBuf,
    /// Whether what is kept is to be written.
    is_news: bool,
    asks: SyncSender<Ask>,
}

impl Guide {
    /// Both sides.
    pub(super) fn new(
        guided: Guided,
        waker: Waker,
        stage: Arc<Stage>,
        mishap: Mishap,
        asks: SyncSender<Ask>,
    ) -> (Self, Guidance) {
        let Guided { setup, done, kept, path, .. } = guided;
        let calibration = Calibration::resumed(setup.clone(), done);
        let (answers, given) = sync_channel(ANSWERS);
        let seen = Arc::new(Mutex::new(Seen {
            now_us: 0,
            phase: calibration.phase().clone(),
            position: calibration.position(),
            done: calibration.done().to_vec(),
            warnings: Vec::new(),
            meter: Meter::default(),
        }));
        let plan = calibration.plan().clone();
        let guidance = Guidance {
            plan,
            setup: setup.clone(),
            path: path.clone(),
            seen: Arc::clone(&seen),
            answers,
            waker,
        };
        let guide = Self {
            calibration,
            answers: given,
            seen,
            setup,
            now_us: 0,
            heard: VecDeque::new(),
            cue: None,
            stage,
            mishap,
            kept,
            path,
            is_news: true,
            asks,
        };
        (guide, guidance)
    }

    /// A row of the session, in order of time.
    pub(super) fn hear(&mut self, row: &Row) {
        match row.what {
            What::Sample { band, rssi_dbm } => {
                self.calibration.sample(row.t_us, band, rssi_dbm);
                if band == self.setup.band {
                    self.heard.push_back((row.t_us, rssi_dbm));
                }
            }
            What::Other => self.calibration.dropped(dropped(&row.line)),
            _ => {}
        }
    }

    /// What is to be done at `t_us` in the operator's name.
    pub(super) fn act(&mut self, t_us: i64) -> Option<Action> {
        self.now_us = self.now_us.max(t_us);
        self.calibration.start(self.now_us);
        let action = self.answered().or_else(|| self.calibration.advance(self.now_us));
        self.tell();
        action
    }

    /// When the next cue comes, if nobody answers before.
    pub(super) fn next_cue_us(&self) -> Option<i64> {
        match self.calibration.phase() {
            Phase::Ready(at_us) | Phase::Running(at_us) => Some(*at_us),
            Phase::Waiting | Phase::Refused(_) | Phase::Finished => None,
        }
    }

    fn answered(&mut self) -> Option<Action> {
        loop {
            let answer = self.answers.try_recv().ok()?;
            let action = match answer {
                Answer::Redo => self.calibration.redo(self.now_us),
                Answer::Skip => self.calibration.skip(self.now_us),
                Answer::Accept => {
                    self.calibration.accept(self.now_us);
                    None
                }
            };
            if action.is_some() {
                return action;
            }
        }
    }

    fn tell(&mut self) {
        let cue = (self.calibration.position(), self.calibration.phase().clone());
        if self.cue.as_ref() != Some(&cue) {
            if let Some(step) = self.calibration.step()
                && let Some((to_m, takes_us)) = goes_to(self.mishap, step, &cue.1)
            {
                self.stage.send(to_m, takes_us);
            }
            self.cue = Some(cue);
        }
        self.keep();
        while self.heard.front().is_some_and(|(t_us, _)| *t_us <= self.now_us - METER_US) {
            self.heard.pop_front();
        }
        let sum: i32 = self.heard.iter().map(|(_, dbm)| i32::from(*dbm)).sum();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.now_us = self.now_us;
        seen.phase.clone_from(self.calibration.phase());
        seen.position = self.calibration.position();
        if seen.done.len() != self.calibration.done().len() {
            seen.done = self.calibration.done().to_vec();
        }
        if seen.warnings.len() != self.calibration.warnings().len() {
            seen.warnings = self.calibration.warnings().to_vec();
        }
        seen.meter = Meter {
            rssi_dbm: self.heard.back().map(|(_, dbm)| *dbm),
            mean_dbm: (!self.heard.is_empty()).then(|| f64::from(sum) / self.heard.len() as f64),
        };
    }

    /// Hands what is kept to the workbench, which writes it, where there is news.
    fn keep(&mut self) {
        let is_finished = *self.calibration.phase() == Phase::Finished;
        let skipped = self.calibration.done().iter().filter(|done| done.skipped);
        if skipped.clone().count() != self.kept.skipped.len() || is_finished != self.kept.is_finished {
            self.kept.skipped = skipped.copied().collect();
            self.kept.is_finished = is_finished;
            self.is_news = true;
        }
        if self.is_news {
            let ask = Ask::Keep(self.path.clone(), Box::new(self.kept.clone()));
            // A full queue is asked again.
            self.is_news = matches!(self.asks.try_send(ask), Err(TrySendError::Full(_)));
        }
    }
}

/// How many samples a row says were lost.
fn dropped(line: &[u8]) -> u64 {
    let keys: Value = serde_json::from_slice(line).unwrap_or_default();
    if keys.get("source_event").and_then(Value::as_str) != Some("dropped") {
        return 0;
    }
    keys.get("count").and_then(Value::as_u64).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use crate::bench::{LiveState, Place, Rehearsal, Workbench, beside, broken_off};
    use crate::calibration::{Outcome, Wishes, rate_hz};
    use crate::engine::Rules;
    use crate::engine::parameters::{Dongle, ParameterSet};
    use crate::reading::Band;
    use crate::recording::Intent;
    use crate::session::Choice;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);
    const PACE: u32 = 2_000;

    fn setup() -> Setup {
        let parameters = ParameterSet::published(Dongle::Bluegiga);
        Setup {
            wishes: Wishes { repeats: 4, band_authenticated: Some(true), ..Wishes::default() },
            band: Band::Address(0xC605_0403_0201),
            dongle: Some(Dongle::Bluegiga),
            rules: Rules { parameters, ..Rules::default() },
            rate_hz: 1e6 / 105_000.0,
        }
    }

    /// Listens to a rehearsal until `each` is content; what is kept is at the path.
    fn play(
        mishap: Mishap,
        recording: &Path,
        mut kept: KeptCalibration,
        done: Vec<Done>,
        mut each: impl FnMut(&Guidance, &Seen) -> bool,
    ) -> Seen {
        let workbench = Workbench::start(Arc::new(|| {})).unwrap();
        kept.recordings.push(recording.file_name().unwrap().to_string_lossy().into_owned());
        let path = kept.recordings(&beside(recording)).first().map(|first| beside(first)).unwrap();
        let guided = Guided { setup: setup(), done, kept, path, header: Map::new() };
        let place = Place::Rehearsal(Rehearsal { mishap, pace: PACE });
        let listening = workbench
            .listen(vec![place], Some(recording.to_owned()), Choice::default(), Some(guided))
            .unwrap();
        let guidance = listening.guidance.as_ref().unwrap();
        let begin = Instant::now();
        let seen = loop {
            let seen = guidance.seen().clone();
            if each(guidance, &seen) {
                break seen;
            }
            assert!(begin.elapsed() < LIMIT, "{seen:?}");
            std::thread::yield_now();
        };
        drop(listening);
        while !matches!(workbench.live(), LiveState::Ended(_)) {
            assert!(begin.elapsed() < LIMIT);
            std::thread::yield_now();
        }
        assert_eq!(workbench.take_problem(), None);
        seen
    }

    fn skips_what_is_refused(
        guidance: &Guidance,
        seen: &Seen,
        refused: &mut Vec<(Position, &'static str)>,
    ) -> bool {
        if let Phase::Refused(problems) = &seen.phase
            && refused.last().is_none_or(|(at, _)| *at != seen.position)
        {
            refused.push((seen.position, problems[0].code()));
            guidance.answer(Answer::Skip);
        }
        seen.phase == Phase::Finished
    }

    fn whole(mishap: Mishap) -> (Seen, Vec<&'static str>, Outcome) {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("a.rssi.jsonl");
        let mut refused = Vec::new();
        let seen = play(mishap, &recording, KeptCalibration::new(&setup()), Vec::new(), |guidance, seen| {
            skips_what_is_refused(guidance, seen, &mut refused)
        });
        let path = beside(&recording);
        assert_eq!(broken_off(folder.path()), None, "it came to its end");
        let kept = KeptCalibration::read(&path).unwrap();
        assert_eq!(kept.skipped.len(), refused.len());
        let mut codes: Vec<_> = refused.into_iter().map(|(_, code)| code).collect();
        codes.dedup();
        (seen, codes, kept.outcome(&path).unwrap())
    }

    #[test]
    fn a_rehearsal_comes_to_a_recommendation() {
        let (seen, refused, outcome) = whole(Mishap::None);
        assert_eq!(refused, [""; 0]);
        assert_eq!((seen.done.len(), seen.warnings.len()), (12, 0));
        assert!(outcome.separable() && outcome.best.is_some(), "{:?}", outcome.recommendation.reason);
        assert_eq!(outcome.recommendation.recommended.unwrap().iter().count(), 5);
    }

    #[test]
    fn each_mishap_ends_in_its_refusal_or_warning() {
        let (seen, refused, _) = whole(Mishap::Clips);
        assert_eq!((refused, seen.warnings[0].1.code()), (vec![], "clipped"));
        let (_, refused, outcome) = whole(Mishap::HoversTooNear);
        assert_eq!(refused, [""; 0]);
        assert!(outcome.recommendation.reason.contains("cannot be separated here"));
        assert_eq!(whole(Mishap::SecondBand).1, ["another-band-nearer"]);
        assert_eq!(whole(Mishap::AddressChanges).1[0], "rotating-address");
        assert!(whole(Mishap::LosesHalf).1.contains(&"too-few-samples"));
    }

    #[test]
    fn what_broke_off_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a.rssi.jsonl"), folder.path().join("b.rssi.jsonl"));
        let seen = play(Mishap::None, &first, KeptCalibration::new(&setup()), Vec::new(), |_, seen| {
            seen.done.len() >= 3 && matches!(seen.phase, Phase::Running(_))
        });
        let path = broken_off(folder.path()).unwrap();
        let kept = KeptCalibration::read(&path).unwrap();
        let done = kept.done(&path).unwrap();
        assert!(done.len() >= seen.done.len() && kept.setup().unwrap() == setup());
        let before = done.len();
        play(Mishap::None, &second, kept, done, |_, seen| seen.phase == Phase::Finished);
        assert_eq!(broken_off(folder.path()), None);
        let kept = KeptCalibration::read(&path).unwrap();
        let counts = kept.recordings(&path).into_iter().map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.matches("calibration step").count()
        });
        let counts: Vec<_> = counts.collect();
        assert_eq!(counts, [before, 12 - before]);
        assert_eq!(kept.outcome(&path).unwrap().confidence.len(), 3);
    }

    #[test]
    fn a_repeat_is_taken_back_and_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("a.rssi.jsonl");
        let mut again = 0;
        play(Mishap::None, &recording, KeptCalibration::new(&setup()), Vec::new(), |guidance, seen| {
            if again == 0 && matches!(seen.phase, Phase::Running(_)) {
                again += 1;
                guidance.answer(Answer::Redo);
            }
            seen.phase == Phase::Finished
        });
        let text = std::fs::read_to_string(&recording).unwrap();
        assert!(!text.contains("cancelled"), "it was taken out when the recording was closed");
        assert_eq!(text.matches(Intent::NoTap.name()).count(), 4);
        assert_eq!(text.matches("calibration step").count(), 12);
    }

    #[test]
    fn the_rate_is_measured_before_it_begins() {
        let workbench = Workbench::start(Arc::new(|| {})).unwrap();
        let place = Place::Rehearsal(Rehearsal { mishap: Mishap::None, pace: 100 });
        let _listening = workbench.listen(vec![place], None, Choice::default(), None).unwrap();
        let begin = Instant::now();
        let rate = loop {
            assert!(begin.elapsed() < LIMIT);
            let deck = workbench.deck();
            let times = deck
                .as_ref()
                .and_then(|deck| deck.trace.series.first().map(|s| s.t_us.iter(0..s.t_us.len())));
            if let Some(rate) = times.and_then(|times| rate_hz(&times.collect::<Vec<_>>())) {
                break rate;
            }
            drop(deck);
            std::thread::yield_now();
        };
        assert!((9.0..10.0).contains(&rate), "{rate}");
    }
}
