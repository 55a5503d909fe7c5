//! Why a segment's demand did not hold, in a sentence with the numbers that decide it.

use super::segments::{JudgedSegment, Verdict};
use crate::engine::parameters::Parameter::{CutoffClose, CutoffFar, TapThreshold};
use crate::engine::{AbsentRule, Mean, NotRearmed, Rules, UnlockRule};
use crate::recording::Intent;

impl JudgedSegment {
    /// Why its demand did not hold, by how many dB or ms, in a sentence; `None` where it held.
    pub fn explain(&self, rules: &Rules) -> Option<String> {
        let value = |p| rules.parameters.get(p).unwrap_or(0);
        Some(match self.verdict() {
            Verdict::Held => return None,
            Verdict::Double => format!("{} taps where one belongs", self.taps),
            Verdict::Missed if value(TapThreshold) == 0 => {
                "no tap: BLE tap is off (rssi_tap_threshold = 0)".into()
            }
            Verdict::Missed => self.missed(rules),
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
                Intent::Leave => self.not_locked(rules),
                _ => self.not_unlocked(rules),
            },
        })
    }

    fn not_locked(&self, rules: &Rules) -> String {
        let Rules { parameters, model, policy } = rules;
        if !policy.lock_when_away {
            return "not locked: the policy never locks (lock_when_away = false)".into();
        }
        if self.is_of_several {
            return "not locked; several bands or dongles are heard here: name one in the segment to see why"
                .into();
        }
        if let Some(since_us) = self.terminal.locked_since_us.filter(|_| !self.unlocked) {
            let why = if model.unlock_rule == UnlockRule::Gate {
                ", and under unlock_rule gate presence does not unlock"
            } else if !policy.unlock_when_present {
                ", and the policy never unlocks (unlock_when_present = false)"
            } else {
                ""
            };
            return format!("not locked: it was locked already, since {:.3} s{why}", seconds(since_us));
        }
        if let Some(began_us) = self.terminal.countdown_since_us {
            let due_us = began_us.saturating_add(i64::from(model.lock_countdown_s) * 1_000_000);
            let late = match self.end_us.map(|end_us| (due_us - end_us) / 1000) {
                None => "the recording ends before the countdown does".into(),
                Some(..=0) => "the countdown ends at the segment's end, which is no longer in it".into(),
                Some(ms) => format!("the countdown ends {ms} ms after the segment's end"),
            };
            return format!("not locked: away came at {:.3} s, and {late}", seconds(began_us));
        }
        if let Some(us) = self.cancelled_us {
            return format!("not locked: present cancelled the countdown at {:.3} s", seconds(us));
        }
        if let Some((us, _)) = self.first_away {
            return format!("not locked: it was locked already when away came at {:.3} s", seconds(us));
        }
        let far_dbm = parameters.get(CutoffFar).unwrap_or(0);
        match self.worst_check {
            Some(mean) => format!(
                "not locked, away was never reported: the weakest check {:.2} dBm is {:.2} dB from rssi_cutoff_far {far_dbm}",
                mean.as_dbm(),
                gap(mean, far_dbm)
            ),
            None => format!("not locked: {} samples here, no check completed", self.samples),
        }
    }

    fn not_unlocked(&self, rules: &Rules) -> String {
        if !rules.policy.unlock_when_present {
            return "not unlocked: the policy never unlocks (unlock_when_present = false)".into();
        }
        if self.is_of_several {
            return "not unlocked; several bands or dongles are heard here: name one in the segment to see why".into();
        }
        let close_dbm = rules.parameters.get(CutoffClose).unwrap_or(0);
        let is_close = |mean: &Mean| mean.cmp_mean(Mean { sum: close_dbm, n: 1 }).is_ge();
        match self.best_check {
            Some(_) if !(self.terminal.is_one_locked || self.locked) => {
                "not unlocked: it was not locked".into()
            }
            Some(mean) if is_close(&mean) => {
                "not unlocked: present was reported before it locked, and not again since".into()
            }
            Some(mean) => format!(
                "not unlocked: the best check {:.2} dBm is {:.2} dB from rssi_cutoff_close {close_dbm}",
                mean.as_dbm(),
                gap(mean, close_dbm)
            ),
            None => format!("not unlocked: {} samples here, no check completed", self.samples),
        }
    }

    /// What came once the approach before had ended, where that is known.
    pub(crate) fn once_rearmed(&self, threshold_dbm: i32) -> String {
        self.best_once_rearmed.map_or(String::new(), |mean| {
            format!(
                "; it did later, and from then on the best window mean {:.2} dBm is {:.2} dB short of exceeding {threshold_dbm}",
                mean.as_dbm(),
                gap(mean, threshold_dbm)
            )
        })
    }

    /// A warning where numbers of several bands or dongles are taken together.
    pub(crate) fn of_several(&self) -> &'static str {
        if self.is_of_several {
            " (of several that are heard here: name the band in the segment to judge it alone)"
        } else {
            ""
        }
    }

    fn missed(&self, rules: &Rules) -> String {
        let threshold_dbm = rules.parameters.get(TapThreshold).unwrap_or(0);
        if let Some(window) = &self.not_rearmed {
            let later = self.once_rearmed(threshold_dbm);
            return format!(
                "no tap: the best window mean {}, but {}{later}{}",
                above(window.mean, threshold_dbm),
                not_rearmed(window, rules),
                self.of_several()
            );
        }
        match self.best_tap_mean {
            Some(mean) if mean.exceeds(threshold_dbm) => {
                format!("no tap: the best window mean {}, but {NOT_EVERY_SAMPLE}", above(mean, threshold_dbm))
            }
            Some(mean) => format!(
                "no tap: the best window mean {:.2} dBm is {:.2} dB short of exceeding {threshold_dbm}",
                mean.as_dbm(),
                f64::from(threshold_dbm) - mean.as_dbm()
            ),
            None => format!("no tap: {} samples here, and the window never filled", self.samples),
        }
    }
}

/// Why a window whose mean exceeds the threshold is no tap under `tap_rule = "every-sample-above"`.
pub(crate) const NOT_EVERY_SAMPLE: &str =
    "under tap_rule every-sample-above each sample of the window must, and in no window all did";

/// Why the window is no tap: the approach that tapped before has not ended.
pub(crate) fn not_rearmed(window: &NotRearmed, rules: &Rules) -> String {
    let threshold_dbm = rules.parameters.get(TapThreshold).unwrap_or(0);
    let (hysteresis_db, cooldown_ms) =
        (i32::from(rules.model.rearm_hysteresis_db), rules.model.rearm_cooldown_ms);
    let tapped = format!("the tap at {:.3} s", seconds(window.tapped_at_us));
    if window.cools_down {
        return format!("it came within {cooldown_ms} ms of {tapped} (rearm_cooldown_ms)");
    }
    let less = match hysteresis_db {
        0 => String::new(),
        db => format!(" ({threshold_dbm} less rearm_hysteresis_db {db})"),
    };
    let later = match cooldown_ms {
        0 => String::new(),
        ms => format!(", once the {ms} ms of rearm_cooldown_ms were over,"),
    };
    format!(
        "{tapped} had not ended: since then{later} the mean did not fall back to or below {}{less}",
        threshold_dbm - hysteresis_db
    )
}

fn gap(mean: Mean, dbm: i32) -> f64 {
    (mean.as_dbm() - f64::from(dbm)).abs()
}

fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

fn above(mean: Mean, threshold_dbm: i32) -> String {
    let by_db = mean.as_dbm() - f64::from(threshold_dbm);
    format!("{:.2} dBm exceeds {threshold_dbm} by {by_db:.2} dB", mean.as_dbm())
}

#[cfg(test)]
mod tests {
    use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
    use crate::engine::{Model, Policy, Rules, TapRule, UnlockRule};
    use crate::recording::{Options, ReadError, Reader};
    use crate::replay::{Filter, run};

    /// Windows of one sample, and the Bluegiga defaults otherwise.
    fn rules() -> Rules {
        let mut parameters = ParameterSet::published(Dongle::Bluegiga);
        parameters.set(Parameter::WindowTap, 1).unwrap();
        parameters.set(Parameter::WindowLong, 1).unwrap();
        Rules { parameters, ..Rules::default() }
    }

    fn model(change: impl FnOnce(&mut Model)) -> Rules {
        let mut rules = rules();
        change(&mut rules.model);
        rules
    }

    fn policy(change: impl FnOnce(&mut Policy)) -> Rules {
        let mut rules = rules();
        change(&mut rules.policy);
        rules
    }

    /// Why the segments do not hold of a recording from `T begin ID INTENT`, `T end ID` and `T RSSI`.
    fn reasons(rules: &Rules, rows: &[&str]) -> Vec<String> {
        let mut text = "{\"rssi_recording\":1}\n".to_owned();
        for row in rows {
            let (t_s, what) = row.split_once(' ').unwrap();
            let t_us = t_s.parse::<i64>().unwrap() * 1_000_000;
            let what = match what.split(' ').collect::<Vec<_>>()[..] {
                ["begin", id, intent] => format!("\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\""),
                ["end", id] => format!("\"mark\":\"end\",\"id\":{id}"),
                _ => format!("\"band\":\"~a\",\"rssi\":{what}"),
            };
            text += &format!("{{\"t_us\":{t_us},{what}}}\n");
        }
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let outcome = run(&mut reader, rules, &Filter::default(), |_, _| Ok::<_, Stop>(())).unwrap();
        outcome.segments.iter().filter_map(|segment| segment.explain(rules)).collect()
    }

    #[derive(Debug)]
    struct Stop;

    impl From<ReadError> for Stop {
        fn from(_: ReadError) -> Self {
            Self
        }
    }

    impl From<crate::engine::MissingParameters> for Stop {
        fn from(_: crate::engine::MissingParameters) -> Self {
            Self
        }
    }

    #[test]
    fn a_tap_is_missed_because_the_one_before_has_not_ended() {
        let adjoining = ["1 begin 1 tap", "2 -39", "3 end 1", "3 begin 2 tap", "4 -40", "5 end 2"];
        assert_eq!(
            reasons(&rules(), &adjoining),
            [
                "no tap: the best window mean -40.00 dBm exceeds -42 by 2.00 dB, but the tap at 2.000 s had not ended: since then the mean did not fall back to or below -42"
            ]
        );
        let mut apart = adjoining.to_vec();
        apart.insert(2, "3 -44");
        assert_eq!(reasons(&rules(), &apart), [""; 0]);
        let weaker =
            ["1 begin 1 tap", "2 -39", "3 end 1", "3 begin 2 tap", "4 -40", "5 -70", "6 -44", "7 end 2"];
        assert_eq!(
            reasons(&rules(), &weaker),
            [
                "no tap: the best window mean -40.00 dBm exceeds -42 by 2.00 dB, but the tap at 2.000 s had not ended: since then the mean did not fall back to or below -42; it did later, and from then on the best window mean -44.00 dBm is 2.00 dB short of exceeding -42"
            ]
        );
        let hysteresis = model(|m| m.rearm_hysteresis_db = 3);
        assert_eq!(
            reasons(&hysteresis, &apart),
            [
                "no tap: the best window mean -40.00 dBm exceeds -42 by 2.00 dB, but the tap at 2.000 s had not ended: since then the mean did not fall back to or below -45 (-42 less rearm_hysteresis_db 3)"
            ]
        );
        let cooldown = model(|m| m.rearm_cooldown_ms = 1500);
        assert_eq!(
            reasons(&cooldown, &apart),
            [
                "no tap: the best window mean -40.00 dBm exceeds -42 by 2.00 dB, but the tap at 2.000 s had not ended: since then, once the 1500 ms of rearm_cooldown_ms were over, the mean did not fall back to or below -42"
            ]
        );
        let long = model(|m| m.rearm_cooldown_ms = 5000);
        assert_eq!(
            reasons(&long, &apart),
            [
                "no tap: the best window mean -40.00 dBm exceeds -42 by 2.00 dB, but it came within 5000 ms of the tap at 2.000 s (rearm_cooldown_ms)"
            ]
        );
    }

    #[test]
    fn why_it_does_not_lock_is_said_of_the_lock_that_there_was() {
        let first = |rules: &Rules, rows: &[&str]| reasons(rules, rows).remove(0);
        assert_eq!(
            first(&rules(), &["0 begin 1 leave", "1 -90", "9 end 1"]),
            "not locked: away came at 1.000 s, and the countdown ends 2000 ms after the segment's end"
        );
        assert_eq!(
            first(&rules(), &["0 begin 1 leave", "1 -90", "11 end 1"]),
            "not locked: away came at 1.000 s, and the countdown ends at the segment's end, which is no longer in it"
        );
        assert_eq!(
            first(&rules(), &["0 begin 1 leave", "1 -90", "9 -90"]),
            "not locked: away came at 1.000 s, and the recording ends before the countdown does"
        );
        assert_eq!(
            first(&rules(), &["0 begin 1 leave", "1 -90", "5 -60", "9 end 1"]),
            "not locked: present cancelled the countdown at 5.000 s"
        );
        // Locked at 10 s, close, and away once more.
        let twice = ["0 -90", "12 begin 2 leave", "20 -60", "21 -90", "40 end 2"];
        assert_eq!(reasons(&rules(), &twice), [""; 0]);
        let gate = model(|m| m.unlock_rule = UnlockRule::Gate);
        assert_eq!(
            first(&gate, &twice),
            "not locked: it was locked already, since 10.000 s, and under unlock_rule gate presence does not unlock"
        );
        let never_unlocks = policy(|p| p.unlock_when_present = false);
        assert_eq!(
            first(&never_unlocks, &twice),
            "not locked: it was locked already, since 10.000 s, and the policy never unlocks (unlock_when_present = false)"
        );
        let never_locks = policy(|p| p.lock_when_away = false);
        assert_eq!(
            first(&never_locks, &twice),
            "not locked: the policy never locks (lock_when_away = false)"
        );
    }

    #[test]
    fn why_it_does_not_unlock_is_said_of_the_lock_that_there_was() {
        let back = ["0 -90", "12 begin 1 return", "13 -60", "14 end 1"];
        assert_eq!(reasons(&rules(), &back), [""; 0]);
        let never_unlocks = policy(|p| p.unlock_when_present = false);
        assert_eq!(
            reasons(&never_unlocks, &back),
            ["not unlocked: the policy never unlocks (unlock_when_present = false)"]
        );
        let unlocked = ["0 -60", "12 begin 1 return", "13 -60", "14 end 1"];
        assert_eq!(reasons(&rules(), &unlocked), ["not unlocked: it was not locked"]);
        let far = ["0 -90", "12 begin 1 return", "13 -75", "14 end 1"];
        assert_eq!(
            reasons(&rules(), &far),
            ["not unlocked: the best check -75.00 dBm is 5.00 dB from rssi_cutoff_close -70"]
        );
        let not_kept = policy(|p| p.keep_unlocked_when_present = false);
        let early = ["0 -90", "5 -60", "12 begin 1 return", "13 -60", "14 end 1"];
        assert_eq!(
            reasons(&not_kept, &early),
            ["not unlocked: present was reported before it locked, and not again since"]
        );
    }

    #[test]
    fn a_mean_that_exceeds_the_threshold_is_not_called_short_of_it() {
        let mut every_sample = model(|m| m.tap_rule = TapRule::EverySampleAbove);
        every_sample.parameters.set(Parameter::WindowTap, 2).unwrap();
        let rows = ["0 -70", "1 begin 1 tap", "2 -43", "3 -38", "4 -43", "5 end 1"];
        assert_eq!(
            reasons(&every_sample, &rows),
            [
                "no tap: the best window mean -40.50 dBm exceeds -42 by 1.50 dB, but under tap_rule every-sample-above each sample of the window must, and in no window all did"
            ]
        );
        let weak = ["1 begin 1 tap", "2 -45", "3 end 1"];
        assert_eq!(
            reasons(&rules(), &weak),
            ["no tap: the best window mean -45.00 dBm is 3.00 dB short of exceeding -42"]
        );
    }
}
