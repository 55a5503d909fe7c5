//! The steps of a calibration, what each says, and how long each takes at the measured rate.

use serde::{Deserialize, Serialize};

use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter};
use crate::reading::Band;
use crate::recording::Intent;
use crate::session::StepMark;

use super::reader_watch::REST_US;

/// What the operator chose: with the same wishes the same steps come, so a session can be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Whether the band is worn and authenticated, as the operator says; `None`: not asked.
    pub band_authenticated: Option<bool>,
    /// Repeats of tap and of hover: 12 without an error still allow an error rate of 22 %.
    pub repeats: u16,
    /// Whether this kind of terminal locks when the band is away: what it must do then is asked for
    /// only there.
    pub locks: bool,
    /// Where a tap is wanted, in cm.
    pub tap_cm: u16,
    /// Where no tap may come, in cm.
    pub hover_cm: u16,
    /// Where the operator sits and works, in cm.
    pub sit_cm: u16,
    /// The farthest place where the terminal must stay unlocked, in cm.
    pub stay_cm: u16,
    /// The nearest place where it must lock, in cm.
    pub lock_cm: u16,
    /// Taps on an NFC reader; 0 where none is listened to, or none are wanted.
    #[serde(default)]
    pub reader_taps: u16,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            band_authenticated: None,
            repeats: 12,
            locks: true,
            tap_cm: 3,
            hover_cm: 20,
            sit_cm: 60,
            stay_cm: 150,
            lock_cm: 400,
            reader_taps: 0,
        }
    }
}

/// What is known before the first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// What was chosen.
    pub wishes: Wishes,
    /// The band that is calibrated.
    pub band: Band,
    /// The dongle that hears it, where it is one of NBE's.
    pub dongle: Option<Dongle>,
    /// The parameters in use, as far as known, and the reading of the rules.
    pub rules: Rules,
    /// Samples a second of the band, as measured at rest; more than 0.
    pub rate_hz: f64,
}

/// A step: repeats of one thing at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What its segments demand.
    pub intent: Intent,
    /// For the cue, in large letters.
    pub instruction: String,
    /// How far the band is held from the dongle, in cm; `None` where it is laid on the NFC reader.
    pub distance_cm: Option<u16>,
    /// How each repeat is done.
    pub repeats: Vec<Turn>,
    /// Length of each repeat's segment, in µs.
    pub length_us: i64,
}

/// How one repeat of a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// On which wrist and with which grip, or after what.
    pub how: &'static str,
    /// Time to get ready before it, in µs; nothing is marked in it.
    pub lead_us: i64,
    /// Whether the NFC reader is left alone before it for as long as it takes to fall asleep.
    pub is_rested: bool,
}

impl Step {
    /// Whether the band is laid on the NFC reader: what the dongle hears of it is then of no account.
    pub fn is_on_reader(&self) -> bool {
        self.distance_cm.is_none()
    }

    /// How long it takes with what leads up to it, in µs; of the repeats that `is_open` says.
    pub fn takes_us(&self, is_open: impl Fn(usize) -> bool) -> i64 {
        let open = self.repeats.iter().enumerate().filter(|(repeat, _)| is_open(*repeat));
        open.map(|(_, turn)| turn.lead_us + self.length_us).sum()
    }
}

/// All steps in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// Both wrists, two grips.
const HOLDS: [&str; 4] = [
    "right wrist, display towards the adapter",
    "left wrist, display towards the adapter",
    "right wrist, side of the band towards the adapter",
    "left wrist, side of the band towards the adapter",
];

/// When a tap on the reader comes.
const RESTED: &str = "after a rest of 30 s: keep away from the reader until the cue";
const SOON: &str = "soon after the one before";
/// Reaching for the reader, holding the band there for a second as people count one, and taking it
/// away, in µs; a reader that polls slowly takes its time before.
const ON_READER_US: i64 = 5_000_000;

/// Windows where nobody knows them (BleuIO): the guide's for Bluegiga.
const WINDOW_TAP: i32 = 10;
const WINDOW_LONG: i32 = 50;
/// Reaching for the adapter takes this long at least, in µs.
const REACH_US: i64 = 1_000_000;
/// Walking to or from the farthest place, in µs.
const WALK_US: i64 = 6_000_000;
/// Reading a cue, in µs.
pub(super) const READ_US: i64 = 3_000_000;

impl Plan {
    /// The steps for a setup. A repeat of tap or hover lasts two tap windows, all others two long
    /// windows and the lock delay. Tap and hover both begin away from the adapter, with time for the
    /// window to forget the repeat before: a tap is the moment in which the mean rises, and a band
    /// that hovered before the mark would have had it outside of the segment.
    pub fn of(setup: &Setup) -> Self {
        let samples = |p, otherwise| i64::from(setup.rules.parameters.get(p).unwrap_or(otherwise));
        let tap_us = setup.lasts_us(samples(Parameter::WindowTap, WINDOW_TAP));
        let long_us = setup.lasts_us(samples(Parameter::WindowLong, WINDOW_LONG));
        let delay_us = i64::from(setup.rules.model.lock_countdown_s) * 1_000_000;
        let w = setup.wishes;
        let turn = |lead_us| move |how| Turn { how, lead_us, is_rested: false };
        let several = HOLDS.into_iter().cycle().take(usize::from(w.repeats));
        let several: Vec<_> = several.map(turn(READ_US.max(tap_us + REACH_US))).collect();
        let short = |intent, distance_cm: u16, instruction: &str| Step {
            intent,
            instruction: instruction.replace("{cm}", &distance_cm.to_string()),
            distance_cm: Some(distance_cm),
            repeats: several.clone(),
            length_us: 2 * tap_us + REACH_US,
        };
        let long = |intent, distance_cm: u16, instruction: &str, words, walk_us: i64| Step {
            intent,
            instruction: instruction.replace("{cm}", &distance_cm.to_string()),
            distance_cm: Some(distance_cm),
            repeats: vec![turn(READ_US)(words)],
            length_us: 2 * long_us + delay_us + walk_us,
        };
        let mut steps = vec![
            short(Intent::Tap, w.tap_cm, "At the cue tap at {cm} cm and hold, then take the hand away"),
            short(
                Intent::NoTap,
                w.hover_cm,
                "At the cue hover at {cm} cm without tapping, then take the hand away",
            ),
        ];
        if w.locks {
            steps.extend([
                long(
                    Intent::Stay,
                    w.sit_cm,
                    "Sit and work, the band about {cm} cm from the adapter",
                    "sitting and working",
                    0,
                ),
                long(
                    Intent::Stay,
                    w.stay_cm,
                    "Stand {cm} cm away, the farthest place where it must stay unlocked",
                    "standing",
                    WALK_US,
                ),
                long(
                    Intent::Leave,
                    w.lock_cm,
                    "At the cue walk {cm} cm away, the nearest place where it must lock, and wait",
                    "walking away",
                    WALK_US,
                ),
                long(
                    Intent::Return,
                    w.sit_cm,
                    "At the cue come back, the band about {cm} cm from the adapter",
                    "coming back",
                    WALK_US,
                ),
            ]);
        }
        let mut plan = Self { steps };
        plan.steps.extend(on_reader(w.reader_taps, plan.total_us()));
        plan
    }

    /// How long it takes if nothing is redone, in µs.
    pub fn total_us(&self) -> i64 {
        self.steps.iter().map(|step| step.takes_us(|_| true)).sum()
    }

    /// What the mark of a repeat says; step and repeat count from 0.
    pub(super) fn mark(&self, band: Band, step: usize, repeat: usize) -> Option<(Intent, StepMark)> {
        let of = self.steps.get(step)?;
        let number = |n: usize| u16::try_from(n + 1).ok();
        let mark = StepMark {
            step: number(step)?,
            repeat: number(repeat)?,
            band: Some(band),
            distance_cm: of.distance_cm,
            words: of.repeats.get(repeat)?.how,
        };
        Some((of.intent, mark))
    }
}

/// The taps on a reader, after `before_us` in which nothing came near it. A reader that sleeps shows
/// only after a rest: the steps before are one for the first tap, and the last tap gets one more.
fn on_reader(taps: u16, before_us: i64) -> Option<Step> {
    let turn = |number: u16| {
        let rests_us = match number {
            1 => REST_US - before_us,
            _ if number == taps && taps > 2 => REST_US,
            _ => return Turn { how: SOON, lead_us: READ_US, is_rested: false },
        };
        Turn { how: RESTED, lead_us: READ_US.max(rests_us), is_rested: true }
    };
    (taps > 0).then(|| Step {
        intent: Intent::Note,
        instruction: "At the cue lay the band flat on the reader, hold it there for at least a second, then take it away".to_owned(),
        distance_cm: None,
        repeats: (1..=taps).map(turn).collect(),
        length_us: ON_READER_US,
    })
}

impl Setup {
    /// How long so many samples take at the measured rate, in µs.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and the rate is more than 0")]
    fn lasts_us(&self, samples: i64) -> i64 {
        (samples as f64 * 1e6 / self.rate_hz.max(0.1)).ceil() as i64
    }
}

/// Fewer samples than this, or a shorter time, say nothing of a rate.
const RATE_SAMPLES: usize = 20;
const RATE_US: i64 = 2_000_000;

/// Samples a second of a band at rest, from the times of its samples in µs; `None` while there are
/// too few, or too short a time.
pub fn rate_hz(times_us: &[i64]) -> Option<f64> {
    let (first, last) = (times_us.first()?, times_us.last()?);
    let enough = times_us.len() >= RATE_SAMPLES && last - first >= RATE_US;
    enough.then(|| (times_us.len() - 1) as f64 * 1e6 / (last - first) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_takes_time_and_samples() {
        let every = |interval_us: i64, count: i64| (0..count).map(|i| i * interval_us).collect::<Vec<_>>();
        assert_eq!(rate_hz(&every(100_000, 21)), Some(10.0));
        assert_eq!(rate_hz(&every(500_000, 21)), Some(2.0));
        for too_little in [every(100_000, 20), every(500_000, 19), Vec::new()] {
            assert_eq!(rate_hz(&too_little), None);
        }
    }
}
