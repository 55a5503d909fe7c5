//! Whether a repeat was heard well enough to count.

use std::fmt;

use super::reader_gate::ReaderProblem;
use super::severity::Severity;
use crate::engine::parameters::Dongle;
use crate::reading::Band;
use crate::recording::Intent;

/// What was heard in one repeat.
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'a> {
    /// What it demands.
    pub intent: Intent,
    /// Its length, in µs.
    pub length_us: i64,
    /// When it began, in µs.
    pub begin_us: i64,
    /// The band's samples: time in µs, and dBm.
    pub samples: &'a [(i64, i8)],
    /// The band's samples in the second before it began.
    pub before: &'a [(i64, i8)],
    /// All other bands.
    pub others: &'a [Other],
    /// Samples that the recorder lost in it.
    pub dropped: u64,
}

/// Another advertiser during a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// Who.
    pub band: Band,
    /// How many samples.
    pub samples: u32,
    /// Their sum, in dBm.
    pub sum_dbm: i32,
    /// First heard after the band was last heard.
    pub is_new: bool,
}

impl Other {
    fn mean_dbm(&self) -> f64 {
        f64::from(self.sum_dbm) / f64::from(self.samples.max(1))
    }
}

/// What is wrong with a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not one sample of the band.
    NotHeard,
    /// The band fell silent and another address appeared in its place.
    RotatingAddress(Band),
    /// Another band was nearer to the dongle than the one that should tap.
    AnotherBandNearer {
        /// Which.
        band: Band,
        /// By so many whole dB.
        by_db: i32,
    },
    /// Fewer samples than the measured rate promises.
    TooFewSamples {
        /// Heard.
        heard: usize,
        /// Promised.
        expected: usize,
    },
    /// A silence, in ms.
    Gap(i64),
    /// The recorder lost samples.
    Dropped(u64),
    /// The band did not come nearer: it was heard only so many whole dB stronger than before.
    NoRise(i32),
    /// Samples at the dongle's top value.
    Clipped {
        /// So many.
        at_top: usize,
        /// Of so many.
        of: usize,
    },
    /// Of a tap on an NFC reader.
    OnReader(ReaderProblem),
}

impl Problem {
    /// For scripts and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotHeard => "not-heard",
            Self::RotatingAddress(_) => "rotating-address",
            Self::AnotherBandNearer { .. } => "another-band-nearer",
            Self::TooFewSamples { .. } => "too-few-samples",
            Self::Gap(_) => "gap",
            Self::Dropped(_) => "dropped",
            Self::NoRise(_) => "no-rise",
            Self::Clipped { .. } => "clipped",
            Self::OnReader(problem) => problem.code(),
        }
    }

    /// Whether the repeat counts nonetheless.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Clipped { .. } => Severity::Warning,
            Self::OnReader(problem) => problem.severity(),
            _ => Severity::Refusal,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHeard => {
                f.write_str("the band was not heard at all: wear it, authenticate, and come near")
            }
            Self::RotatingAddress(band) => write!(
                f,
                "the band fell silent and {band} appeared in its place: its address changes. Interrupt this; before the steps filter the list of bands by what only yours says, and take what it shows for one band"
            ),
            Self::AnotherBandNearer { band, by_db } => {
                write!(f, "{band} was heard {by_db} dB stronger: take other bands away from the adapter")
            }
            Self::TooFewSamples { heard, expected } => write!(
                f,
                "{heard} samples where about {expected} were to come: something in between, another program at the dongle, or a busy radio"
            ),
            Self::Gap(ms) => write!(f, "nothing was heard for {ms} ms"),
            Self::Dropped(count) => write!(f, "the recorder lost {count} samples: close other programs"),
            Self::NoRise(by_db) => write!(
                f,
                "it was heard {by_db} dB stronger than before, no more: between taps the band must be away from the adapter, and be brought to it at the cue"
            ),
            Self::Clipped { at_top, of } => write!(
                f,
                "{at_top} of {of} samples stand at the dongle's top value: how strong they really were is not known"
            ),
            Self::OnReader(problem) => problem.fmt(f),
        }
    }
}

/// Fewer than this part of the samples promised are too few.
const ENOUGH: f64 = 0.6;
/// Another band is nearer from this much on.
const NEARER_DB: f64 = 3.0;
/// A silence of so many intervals, and of at least this time, is a gap.
const GAP_INTERVALS: f64 = 8.0;
const GAP_US: i64 = 1_000_000;
/// A hand that comes from where it rests raises the mean by more than this.
const RISE_DB: f64 = 6.0;
/// Samples that a mean is taken over, to find that.
const RISE_OVER: usize = 5;
/// Half of the samples of a tap at the top value: its strength is not known any more.
const CLIPPED: f64 = 0.5;

/// What is wrong with a repeat, worst first; empty where it counts without reserve.
pub fn repeat_problems(repeat: &Repeat<'_>, rate_hz: f64, dongle: Option<Dongle>) -> Vec<Problem> {
    let heard = repeat.samples.len();
    let expected = repeat.length_us as f64 / 1e6 * rate_hz;
    let few = (heard as f64) < expected * ENOUGH;
    // Walking out of earshot is no loss: from far away a band may be silent.
    let may_be_silent = matches!(repeat.intent, Intent::Leave | Intent::Return);
    let mut problems = Vec::new();
    let in_its_place = repeat.others.iter().filter(|o| o.is_new && f64::from(o.samples) >= expected * 0.1);
    let in_its_place =
        in_its_place.max_by(|a, b| a.mean_dbm().total_cmp(&b.mean_dbm())).filter(|_| few && !may_be_silent);
    if let Some(other) = in_its_place {
        problems.push(Problem::RotatingAddress(other.band));
    } else if heard == 0 {
        problems.push(Problem::NotHeard);
    }
    if repeat.intent == Intent::Tap && heard > 0 {
        problems.extend(nearer(repeat));
    }
    if heard > 0 && !may_be_silent {
        if few {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
            problems.push(Problem::TooFewSamples { heard, expected: expected.round() as usize });
        }
        #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
        let limit_us = GAP_US.max((GAP_INTERVALS * 1e6 / rate_hz) as i64);
        problems.extend(
            longest_silence_us(repeat).filter(|us| *us >= limit_us).map(|us| Problem::Gap(us / 1000)),
        );
    }
    if repeat.dropped > 0 {
        problems.push(Problem::Dropped(repeat.dropped));
    }
    if repeat.intent == Intent::Tap {
        problems.extend(rise_db(repeat).filter(|by| *by < RISE_DB).map(|by| {
            #[expect(clippy::cast_possible_truncation, reason = "two RSSI differ by less than 150 dB")]
            Problem::NoRise(by.floor() as i32)
        }));
    }
    if let Some(top) = dongle.and_then(Dongle::ceiling_dbm).filter(|_| repeat.intent == Intent::Tap) {
        let at_top = repeat.samples.iter().filter(|(_, dbm)| i32::from(*dbm) >= top).count();
        if at_top > 0 && at_top as f64 >= heard as f64 * CLIPPED {
            problems.push(Problem::Clipped { at_top, of: heard });
        }
    }
    problems
}

/// The other band that was nearest, where it was nearer than ours.
fn nearer(repeat: &Repeat<'_>) -> Option<Problem> {
    let sum: i32 = repeat.samples.iter().map(|(_, dbm)| i32::from(*dbm)).sum();
    let ours = f64::from(sum) / repeat.samples.len() as f64;
    let nearest = repeat.others.iter().max_by(|a, b| a.mean_dbm().total_cmp(&b.mean_dbm()))?;
    let by = nearest.mean_dbm() - ours;
    #[expect(clippy::cast_possible_truncation, reason = "two RSSI differ by less than 150 dB")]
    (by >= NEARER_DB).then(|| Problem::AnotherBandNearer { band: nearest.band, by_db: by.floor() as i32 })
}

/// How much stronger it was at its strongest than before; `None` where there are too few samples.
fn rise_db(repeat: &Repeat<'_>) -> Option<f64> {
    let sum = |samples: &[(i64, i8)]| samples.iter().map(|(_, dbm)| i32::from(*dbm)).sum::<i32>();
    let before = repeat.before;
    let rested = (before.len() >= RISE_OVER).then(|| f64::from(sum(before)) / before.len() as f64)?;
    let strongest = repeat.samples.windows(RISE_OVER).map(sum).max()?;
    Some(f64::from(strongest) / RISE_OVER as f64 - rested)
}

fn longest_silence_us(repeat: &Repeat<'_>) -> Option<i64> {
    let end_us = repeat.begin_us.saturating_add(repeat.length_us);
    let times = repeat.samples.iter().map(|(t_us, _)| *t_us);
    let instants: Vec<_> = [repeat.begin_us].into_iter().chain(times).chain([end_us]).collect();
    instants.windows(2).map(|w| w[1] - w[0]).max()
}
