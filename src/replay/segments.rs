//! Which segments contain an event, and whether each segment's demand held.

use crate::engine::{AbsentRule, Decision, Event, Judged, Mean, Model, TapDecision, UnlockRule};
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
    /// The strongest tap window in it.
    pub best_tap_mean: Option<Mean>,
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
            best_tap_mean: None,
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
            Event::Present | Event::CountdownStarted | Event::CountdownCancelled => {}
        }
    }

    pub(super) fn heard(&mut self, judged: &Judged) {
        self.samples += 1;
        if let TapDecision::No(mean) | TapDecision::Tap(mean) = judged.tap {
            keep(&mut self.best_tap_mean, mean, std::cmp::Ordering::Greater);
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

    /// Why its demand did not hold, by how many dB or ms, in a sentence; `None` where it held.
    pub fn explain(&self, rules: &crate::engine::Rules) -> Option<String> {
        use crate::engine::parameters::Parameter::{CutoffClose, CutoffFar, TapThreshold};
        let value = |p| rules.parameters.get(p).unwrap_or(0);
        let gap = |mean: Mean, dbm: i32| (mean.as_dbm() - f64::from(dbm)).abs();
        let seconds = |us: i64| us as f64 / 1e6;
        Some(match self.verdict() {
            Verdict::Held => return None,
            Verdict::Double => format!("{} taps where one belongs", self.taps),
            Verdict::Missed if value(TapThreshold) == 0 => {
                "no tap: BLE tap is off (rssi_tap_threshold = 0)".into()
            }
            Verdict::Missed => match self.best_tap_mean {
                Some(mean) => format!(
                    "no tap: the best window mean {:.2} dBm is {:.2} dB short of exceeding {}",
                    mean.as_dbm(),
                    gap(mean, value(TapThreshold)),
                    value(TapThreshold)
                ),
                None => format!("no tap: {} samples here, and the window never filled", self.samples),
            },
            Verdict::FalseTaps(n) => {
                let excess = self.best_tap_mean.map_or(String::new(), |mean| {
                    format!(
                        ": a window mean of {:.2} dBm exceeds {} by {:.2} dB",
                        mean.as_dbm(),
                        value(TapThreshold),
                        gap(mean, value(TapThreshold))
                    )
                });
                let taps = if n == 1 { "a tap".to_owned() } else { format!("{n} taps") };
                format!("{taps} where none belongs{excess}")
            }
            Verdict::Failed if value(CutoffClose) == 0 => {
                "proximity is bypassed (rssi_cutoff_close = 0)".into()
            }
            Verdict::Failed => match self.segment.intent {
                Intent::Stay => match self.first_away {
                    Some((t_us, Some(mean))) => format!(
                        "away {:.1} s into it: a check mean of {:.2} dBm is {:.2} dB beyond rssi_cutoff_far {}",
                        seconds(t_us - self.segment.begin_us),
                        mean.as_dbm(),
                        gap(mean, value(CutoffFar)),
                        value(CutoffFar)
                    ),
                    other => {
                        let since = other.map_or(0, |(t_us, _)| t_us - self.segment.begin_us);
                        let what = match rules.model.absent_rule {
                            AbsentRule::NoSample => "no sample",
                            AbsentRule::NotClose => "no close check",
                        };
                        format!(
                            "away {:.1} s into it: {what} for {} s",
                            seconds(since),
                            rules.model.absent_after_s
                        )
                    }
                },
                Intent::Leave => match (self.first_away, self.worst_check) {
                    (Some((t_us, _)), _) => {
                        let due_us = t_us + i64::from(rules.model.lock_countdown_s) * 1_000_000;
                        let late = self.end_us.map_or(String::new(), |end| {
                            format!(", {} ms after the segment's end", (due_us - end).max(0) / 1000)
                        });
                        format!("not locked: away came, and the countdown would have ended{late}")
                    }
                    (None, Some(mean)) => format!(
                        "not locked, away was never reported: the weakest check {:.2} dBm is {:.2} dB from rssi_cutoff_far {}",
                        mean.as_dbm(),
                        gap(mean, value(CutoffFar)),
                        value(CutoffFar)
                    ),
                    (None, None) => format!("not locked: {} samples here, no check completed", self.samples),
                },
                _ => match self.best_check {
                    Some(mean) if mean.exceeds(value(CutoffClose)) => {
                        "not unlocked: it was not locked, or the policy keeps it so".into()
                    }
                    Some(mean) => format!(
                        "not unlocked: the best check {:.2} dBm is {:.2} dB from rssi_cutoff_close {}",
                        mean.as_dbm(),
                        gap(mean, value(CutoffClose)),
                        value(CutoffClose)
                    ),
                    None => format!("not unlocked: {} samples here, no check completed", self.samples),
                },
            },
        })
    }
}

fn keep(best: &mut Option<Mean>, mean: Mean, wanted: std::cmp::Ordering) {
    if best.is_none_or(|b| mean.cmp_mean(b) == wanted) {
        *best = Some(mean);
    }
}
