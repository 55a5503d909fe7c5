//! Which segments contain an event, and whether each segment's demand held.

use crate::engine::{Decision, Event, Judged, Mean, Model, NotRearmed, TapDecision, UnlockRule};
use crate::recording::{BandId, Intent, Segment, SourceId};

/// What became of a segment's demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It held, or there was none.
    Held,
    /// No tap in a `tap` segment.
    Missed,
    /// More than one tap in a `tap` segment.
    Double,
    /// So many taps in a `no_tap` segment.
    FalseTaps(u32),
    /// A `stay`, `leave` or `return` failed.
    Failed,
}

impl Verdict {
    /// How bad, for comparing two runs of one segment: 0 holds.
    pub fn severity(self) -> u32 {
        match self {
            Self::Held => 0,
            Self::Double | Self::Failed => 1,
            Self::Missed => 2,
            Self::FalseTaps(n) => n,
        }
    }

    /// In a word, as the baseline file and the table say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Missed => "missed",
            Self::Double => "double",
            Self::FalseTaps(_) => "false taps",
            Self::Failed => "failed",
        }
    }
}

/// How Lock Control stands for one (source, band), or for all that a segment covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is locked; of several, only where all are.
    pub locked_since_us: Option<i64>,
    /// Whether one is locked.
    pub is_one_locked: bool,
    /// When the countdown that is running began.
    pub countdown_since_us: Option<i64>,
}

impl Standing {
    pub(super) fn decided(&mut self, decision: &Decision) {
        match decision.event {
            Event::Locked => self.locked_since_us = Some(decision.t_us),
            Event::Unlocked => self.locked_since_us = None,
            _ => {}
        }
        self.is_one_locked = self.locked_since_us.is_some();
        self.countdown(decision);
    }

    fn countdown(&mut self, decision: &Decision) {
        match decision.event {
            Event::CountdownStarted => self.countdown_since_us = Some(decision.t_us),
            Event::CountdownCancelled | Event::Locked => self.countdown_since_us = None,
            _ => {}
        }
    }

    /// Of both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            locked_since_us: self.locked_since_us.zip(other.locked_since_us).map(|(a, b)| a.max(b)),
            is_one_locked: self.is_one_locked || other.is_one_locked,
            countdown_since_us: self.countdown_since_us.or(other.countdown_since_us),
        }
    }
}

/// A segment after the replay: what happened in it, and how near it came to the other verdict.
#[derive(Clone, Debug)]
pub struct JudgedSegment {
    /// The segment.
    pub segment: Segment,
    /// Its end; `None` where it lasts through the last row.
    pub end_us: Option<i64>,
    /// Whether its demand is judged (`return` is not, with `unlock_rule = "gate"`).
    pub judged: bool,
    /// Taps in it.
    pub taps: u32,
    /// The first tap.
    pub first_tap_us: Option<i64>,
    /// The first `away` in it, with its mean where a check made it.
    pub first_away: Option<(i64, Option<Mean>)>,
    /// Whether the terminal locked in it.
    pub locked: bool,
    /// Whether the terminal unlocked in it.
    pub unlocked: bool,
    /// How the terminal stood when it began, and from then on how its countdown does.
    pub terminal: Standing,
    /// The last time that `present` cancelled a countdown in it.
    pub cancelled_us: Option<i64>,
    /// The strongest tap window in it.
    pub best_tap_mean: Option<Mean>,
    /// The strongest tap window in it that would have tapped, had the approach before it ended.
    pub not_rearmed: Option<NotRearmed>,
    /// The strongest tap window in it after that one, once that approach had ended.
    pub best_once_rearmed: Option<Mean>,
    /// Whether more than one (source, band) was heard in it.
    pub is_of_several: bool,
    first_pair: Option<(SourceId, BandId)>,
    /// The strongest distance check in it.
    pub best_check: Option<Mean>,
    /// The weakest distance check in it.
    pub worst_check: Option<Mean>,
    /// Samples in it.
    pub samples: u64,
}

impl JudgedSegment {
    pub(super) fn new(segment: Segment, model: &Model) -> Self {
        let judged = match segment.intent {
            Intent::Note => false,
            Intent::Return => model.unlock_rule != UnlockRule::Gate,
            _ => true,
        };
        Self {
            segment,
            end_us: None,
            judged,
            taps: 0,
            first_tap_us: None,
            first_away: None,
            locked: false,
            unlocked: false,
            terminal: Standing::default(),
            cancelled_us: None,
            best_tap_mean: None,
            not_rearmed: None,
            best_once_rearmed: None,
            is_of_several: false,
            first_pair: None,
            best_check: None,
            worst_check: None,
            samples: 0,
        }
    }

    /// Whether it speaks of this band as heard by this source.
    pub fn covers(&self, source: SourceId, band: BandId) -> bool {
        self.segment.covers(source, band)
    }

    pub(super) fn decided(&mut self, decision: &Decision) {
        match decision.event {
            Event::Tap => {
                self.taps += 1;
                self.first_tap_us.get_or_insert(decision.t_us);
            }
            Event::Away => {
                self.first_away.get_or_insert((decision.t_us, decision.mean));
            }
            Event::Locked => self.locked = true,
            Event::Unlocked => self.unlocked = true,
            Event::CountdownCancelled => self.cancelled_us = Some(decision.t_us),
            Event::Present | Event::CountdownStarted => {}
        }
        self.terminal.countdown(decision);
    }

    pub(super) fn heard(&mut self, pair: (SourceId, BandId), judged: &Judged) {
        self.samples += 1;
        self.is_of_several |= *self.first_pair.get_or_insert(pair) != pair;
        if let Some(mean) = judged.tap.mean() {
            keep(&mut self.best_tap_mean, mean, std::cmp::Ordering::Greater);
        }
        match judged.tap {
            TapDecision::NotRearmed(window) => {
                if self.not_rearmed.is_none_or(|best| window.mean.cmp_mean(best.mean).is_gt()) {
                    self.not_rearmed = Some(window);
                }
                self.best_once_rearmed = None;
            }
            TapDecision::No(mean) if self.not_rearmed.is_some() => {
                keep(&mut self.best_once_rearmed, mean, std::cmp::Ordering::Greater);
            }
            TapDecision::Waiting | TapDecision::No(_) | TapDecision::Tap(_) => {}
        }
        if let Some(check) = judged.check {
            keep(&mut self.best_check, check.mean, std::cmp::Ordering::Greater);
            keep(&mut self.worst_check, check.mean, std::cmp::Ordering::Less);
        }
    }

    /// Whether its demand held.
    pub fn verdict(&self) -> Verdict {
        if !self.judged {
            return Verdict::Held;
        }
        let failed = |failed: bool| if failed { Verdict::Failed } else { Verdict::Held };
        match self.segment.intent {
            Intent::Tap => match self.taps {
                0 => Verdict::Missed,
                1 => Verdict::Held,
                _ => Verdict::Double,
            },
            Intent::NoTap if self.taps > 0 => Verdict::FalseTaps(self.taps),
            Intent::NoTap | Intent::Note => Verdict::Held,
            Intent::Stay => failed(self.first_away.is_some()),
            Intent::Leave => failed(!self.locked),
            Intent::Return => failed(!self.unlocked),
        }
    }

    /// From the segment's begin to its first tap, in microseconds.
    pub fn latency_us(&self) -> Option<i64> {
        let first = self.first_tap_us.filter(|_| self.segment.intent == Intent::Tap)?;
        Some(first - self.segment.begin_us)
    }
}

fn keep(best: &mut Option<Mean>, mean: Mean, wanted: std::cmp::Ordering) {
    if best.is_none_or(|b| mean.cmp_mean(b) == wanted) {
        *best = Some(mean);
    }
}
