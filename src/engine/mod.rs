//! NBE's decisions, rebuilt from what the vendor publishes (`docs/nbe-model.md`): readings in,
//! taps, presence and locks out. No clock, no I/O, no float: time comes in as data, so live,
//! replay and sweep share these few files and always agree.

mod lock;
mod mean;
mod model;
mod pairs;
pub mod parameters;
mod proximity;
mod tap;

pub use lock::LockRule;
pub use mean::Mean;
pub use model::{AbsentRule, Model, PartialWindow, Policy, ProximityCheck, TapRule, UnlockRule};
pub use pairs::{PairId, Pairs};
pub use proximity::{Check, ProximityRule, Report, Trend, Zone};
pub use tap::{NotRearmed, TapDecision};

pub(crate) use lock::Lock;
pub(crate) use proximity::Proximity;

use parameters::{Parameter, ParameterSet};
use tap::Tap;

/// What the model says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A tap (rules 1–4).
    Tap,
    /// The band came close (rule 7).
    Present,
    /// The band went away or fell silent (rules 7 and 9).
    Away,
    /// The countdown to the lock began (rule 10).
    CountdownStarted,
    /// `present` stopped the countdown (rule 10).
    CountdownCancelled,
    /// The terminal locked (rule 10).
    Locked,
    /// The terminal unlocked (rule 11).
    Unlocked,
}

impl Event {
    /// The name that `replay` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Present => "present",
            Self::Away => "away",
            Self::CountdownStarted => "countdown_started",
            Self::CountdownCancelled => "countdown_cancelled",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
        }
    }

    /// Whether it belongs to Lock Control rather than to tap or proximity.
    pub fn is_lock_control(self) -> bool {
        matches!(self, Self::CountdownStarted | Self::CountdownCancelled | Self::Locked | Self::Unlocked)
    }
}

/// One event of one (source, band) pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// That of the sample that caused it, or the instant at which it fell due, in microseconds.
    pub t_us: i64,
    /// Whose.
    pub pair: PairId,
    /// What.
    pub event: Event,
    /// The window mean, on `tap`, `present` and `away` that come from a sample.
    pub mean: Option<Mean>,
    /// How the check compared with the one before, on `present` and `away` that come from a sample.
    pub trend: Option<Trend>,
}

/// How one sample was judged, decision or not: what explains a tap that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The tap window after the sample.
    pub tap: TapDecision,
    /// The distance check that the sample completed.
    pub check: Option<Check>,
}

/// The parameters, the reading of the rules and the policy that an engine decides by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The five numbers, where known.
    pub parameters: ParameterSet,
    /// Which reading of the vendor's rules.
    pub model: Model,
    /// The NES policy.
    pub policy: Policy,
}

/// Parameters that the rules need and that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value for {}", .0.iter().map(|p| p.key()).collect::<Vec<_>>().join(", "))]
pub struct MissingParameters(pub Vec<Parameter>);

impl Rules {
    /// Which parameters are needed and not known. A threshold of 0 needs no tap window, and a
    /// `rssi_cutoff_close` of 0 needs neither the far cutoff nor the long window (rules 2 and 8).
    pub fn check_complete(&self) -> Result<(), MissingParameters> {
        let tap_off = self.parameters.get(Parameter::TapThreshold) == Some(0);
        let proximity_off = self.parameters.get(Parameter::CutoffClose) == Some(0);
        let missing: Vec<_> = Parameter::ALL
            .into_iter()
            .filter(|&p| match p {
                Parameter::WindowTap => !tap_off,
                Parameter::WindowLong | Parameter::CutoffFar => !proximity_off,
                Parameter::TapThreshold | Parameter::CutoffClose => true,
            })
            .filter(|&p| self.parameters.get(p).is_none())
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(MissingParameters(missing)) }
    }
}

#[derive(Debug)]
struct PairState {
    tap: Option<Tap>,
    proximity: Option<Proximity>,
    lock: Lock,
}

impl PairState {
    /// When time alone next makes something happen. At one instant the end of a countdown comes
    /// before absence (rule 10: "the lock happens first, whatever arrives at that instant").
    fn due_us(&self) -> Option<i64> {
        let absence = self.proximity.as_ref().and_then(Proximity::absent_at_us);
        [self.lock.ends_at_us(), absence].into_iter().flatten().min()
    }
}

/// The model of one or more NBEs: one independent state per (source, band) pair.
#[derive(Debug)]
pub struct Engine {
    tap_rule: Option<tap::Rule>,
    proximity_rule: Option<ProximityRule>,
    lock_rule: LockRule,
    pairs: Vec<PairState>,
    /// Nothing falls due before this instant; recomputed only when it is reached.
    quiet_until_us: i64,
}

impl Engine {
    /// An engine that has heard nothing yet (rule 12: unlocked, nothing reported).
    pub fn new(rules: &Rules) -> Result<Self, MissingParameters> {
        rules.check_complete()?;
        Ok(Self {
            tap_rule: tap::Rule::new(&rules.parameters, &rules.model),
            proximity_rule: ProximityRule::new(&rules.parameters, &rules.model),
            lock_rule: LockRule::new(&rules.model, &rules.policy),
            pairs: Vec::new(),
            quiet_until_us: i64::MAX,
        })
    }

    /// Feeds one sample, after what time made due at or before it (rule 13). `pair` is either
    /// known or the next new one, as [`Pairs`] numbers them. Decisions are appended to `out`.
    #[inline]
    pub fn sample(&mut self, t_us: i64, pair: PairId, rssi_dbm: i8, out: &mut Vec<Decision>) -> Judged {
        self.advance(t_us, out);
        while self.pairs.len() <= pair.index() {
            self.pairs.push(PairState {
                tap: self.tap_rule.as_ref().map(Tap::new),
                proximity: self.proximity_rule.as_ref().map(Proximity::new),
                lock: Lock::default(),
            });
        }
        let state = &mut self.pairs[pair.index()];
        let mut judged = Judged { tap: TapDecision::Waiting, check: None };
        if let (Some(tap), Some(rule)) = (&mut state.tap, &self.tap_rule) {
            judged.tap = tap.sample(rule, t_us, rssi_dbm);
            if let TapDecision::Tap(mean) = judged.tap {
                out.push(Decision { t_us, pair, event: Event::Tap, mean: Some(mean), trend: None });
            }
        }
        if let (Some(proximity), Some(rule)) = (&mut state.proximity, &self.proximity_rule)
            && let Some(mean) = proximity.sample(rule, t_us, rssi_dbm)
        {
            let check = proximity.check(rule, t_us, mean);
            judged.check = Some(check);
            if let Check { mean, trend, report: Some(report), .. } = check {
                out.push(Decision { t_us, pair, event: report.event(), mean: Some(mean), trend });
                self.lock(t_us, pair, report, out);
            }
        }
        judged
    }

    /// Lets time pass up to and including `t_us`: absence and ends of countdowns due by then
    /// happen in order of due time, then of first hearing (rule 13).
    #[inline]
    pub fn advance(&mut self, t_us: i64, out: &mut Vec<Decision>) {
        if t_us >= self.quiet_until_us {
            self.settle(t_us, out);
        }
    }

    #[cold]
    fn settle(&mut self, t_us: i64, out: &mut Vec<Decision>) {
        loop {
            let next = self.pairs.iter().enumerate().filter_map(|(i, p)| Some((p.due_us()?, i))).min();
            let Some((due_us, index)) = next else {
                self.quiet_until_us = i64::MAX;
                return;
            };
            self.quiet_until_us = due_us;
            if due_us > t_us {
                return;
            }
            self.fire(due_us, PairId::new(index), out);
        }
    }

    fn fire(&mut self, due_us: i64, pair: PairId, out: &mut Vec<Decision>) {
        let state = &mut self.pairs[pair.index()];
        let decided = |event| Decision { t_us: due_us, pair, event, mean: None, trend: None };
        if state.lock.ends_at_us() == Some(due_us) {
            state.lock.end();
            out.push(decided(Event::Locked));
        } else if let Some(proximity) = &mut state.proximity {
            proximity.absent();
            out.push(decided(Event::Away));
            self.lock(due_us, pair, Report::Away, out);
        }
    }

    /// Hands a report to Lock Control and notes when the pair is next due.
    fn lock(&mut self, t_us: i64, pair: PairId, report: Report, out: &mut Vec<Decision>) {
        let state = &mut self.pairs[pair.index()];
        if let Some(event) = state.lock.report(&self.lock_rule, t_us, report) {
            out.push(Decision { t_us, pair, event, mean: None, trend: None });
        }
        if let Some(due_us) = state.due_us() {
            self.quiet_until_us = self.quiet_until_us.min(due_us);
        }
    }
}
