//! The symptoms of the vendor's guide as questions, answered from the recordings at hand: shown,
//! not shown, or not to be answered from these, each citing segment and number. Pure functions of
//! samples, segments and rules; what to change follows the guide.

mod distance;
mod lock;
mod nfc;
mod tap;

pub use nfc::NfcTap;

use crate::engine::Rules;
use crate::replay::JudgedSegment;
use crate::tuning::{Labelled, Series};

/// A question that the guide answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symptom {
    /// "Nymi Band Tap Is Not Detected".
    TapNotDetected,
    /// "Nymi Band Taps Detected at Inconsistent Distances".
    InconsistentDistances,
    /// "Nymi Band Taps Detected from Too Far Away".
    TooFarAway,
    /// "Desktop Locks Occurs at an Undesirable Distance".
    LocksAtWrongDistance,
    /// "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers".
    NfcInconsistent,
}

impl Symptom {
    /// All, in the guide's order with NFC last.
    pub const ALL: [Self; 5] = [
        Self::TapNotDetected,
        Self::InconsistentDistances,
        Self::TooFarAway,
        Self::LocksAtWrongDistance,
        Self::NfcInconsistent,
    ];

    /// As a person asks it.
    pub fn question(self) -> &'static str {
        match self {
            Self::TapNotDetected => "Are taps not detected?",
            Self::InconsistentDistances => "Are taps detected at inconsistent distances?",
            Self::TooFarAway => "Are taps detected from too far away?",
            Self::LocksAtWrongDistance => "Does the desktop lock at an undesirable distance?",
            Self::NfcInconsistent => "Do taps on the NFC reader succeed inconsistently?",
        }
    }

    /// The chapter of the Troubleshooting Guide v14 that it stands in.
    pub fn chapter(self) -> &'static str {
        match self {
            Self::TapNotDetected => "Nymi Band Tap Is Not Detected",
            Self::InconsistentDistances => "Nymi Band Taps Detected at Inconsistent Distances",
            Self::TooFarAway => "Nymi Band Taps Detected from Too Far Away",
            Self::LocksAtWrongDistance => "Desktop Locks Occurs at an Undesirable Distance",
            Self::NfcInconsistent => "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers",
        }
    }

    /// The answer from these recordings with the rules in use.
    pub fn answer(self, heard: &[Heard<'_>]) -> Answer {
        match self {
            Self::TapNotDetected => tap::not_detected(heard),
            Self::InconsistentDistances => distance::inconsistent(heard),
            Self::TooFarAway => tap::too_far_away(heard),
            Self::LocksAtWrongDistance => lock::wrong_distance(heard),
            Self::NfcInconsistent => nfc::inconsistent(heard),
        }
    }
}

/// One recording, as replayed with the rules in use.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// Its samples.
    pub labelled: &'a Labelled,
    /// Its segments, judged by a replay with `rules`.
    pub segments: &'a [JudgedSegment],
    /// The rules in use.
    pub rules: &'a Rules,
    /// Its NFC taps and problems.
    pub nfc: &'a [NfcTap],
}

impl<'a> Heard<'a> {
    /// The samples that a segment is about.
    fn samples_in(&self, segment: &JudgedSegment) -> impl Iterator<Item = i8> + 'a {
        let (begin_us, end_us) = (segment.segment.begin_us, segment.end_us.unwrap_or(i64::MAX));
        let (band, source) = (segment.segment.band, segment.segment.source);
        let covered =
            move |s: &&Series| band.is_none_or(|b| b.0 == s.band) && source.is_none_or(|o| o.0 == s.source);
        self.labelled.series.iter().filter(covered).flat_map(move |series| {
            let within =
                series.t_us.partition_point(|t| *t < begin_us)..series.t_us.partition_point(|t| *t < end_us);
            series.rssi_dbm[within].iter().copied()
        })
    }
}

/// What the data say to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Yes.
    Shown,
    /// No.
    NotShown,
    /// These recordings cannot tell.
    Unanswerable,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In a word.
    pub finding: Finding,
    /// In a sentence; for what cannot be answered, why.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to change, where something is to be changed.
    pub remedy: Option<String>,
}

/// A number that an answer cites, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The recording's path.
    pub recording: String,
    /// The segment; `None` for an NFC event outside of segments.
    pub segment: Option<u64>,
    /// What is seen there.
    pub text: String,
}

impl Answer {
    fn of(finding: Finding, text: impl Into<String>) -> Self {
        Self { finding, text: text.into(), evidence: Vec::new(), remedy: None }
    }

    fn unanswerable(why: &str) -> Self {
        Self::of(
            Finding::Unanswerable,
            format!("This cannot be answered from these recordings, because {why}."),
        )
    }

    fn citing(mut self, evidence: Vec<Evidence>) -> Self {
        self.evidence = evidence;
        self
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

fn cite(heard: &Heard<'_>, segment: &JudgedSegment, text: impl Into<String>) -> Evidence {
    Evidence { recording: heard.labelled.path.clone(), segment: Some(segment.segment.id), text: text.into() }
}

/// The segments of an intent, with their recordings.
fn segments<'h, 'a>(
    heard: &'h [Heard<'a>],
    intent: crate::recording::Intent,
) -> impl Iterator<Item = (&'h Heard<'a>, &'a JudgedSegment)> {
    heard
        .iter()
        .flat_map(move |h| h.segments.iter().filter(move |s| s.segment.intent == intent).map(move |s| (h, s)))
}

/// How far away, for a sentence, where the recording says so.
fn at(segment: &JudgedSegment) -> String {
    segment.segment.distance_cm.map_or(String::new(), |cm| format!(" at {cm} cm"))
}
