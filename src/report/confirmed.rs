//! What NBE itself was seen to do, beside what the model predicts: n of m.

use super::Recorded;
use crate::engine::Event;
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::recording::{Intent, Observed};
use crate::replay::JudgedSegment;
use crate::tuning::TOLERANCE_US;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) n: usize,
    pub(super) of: usize,
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.n, self.of)
    }
}

/// What the recordings with observations say.
#[derive(Clone, Debug, Default)]
pub(super) struct Confirmed {
    /// By intent, in the format's order: segments whose demand NBE was seen to meet. Of a demand
    /// that something does *not* happen: where nobody saw it happen.
    pub(super) by_intent: [Share; 5],
    /// Observations that the model predicts within the tolerance.
    pub(super) predicted: Share,
}

const INTENTS: [Intent; 5] = [Intent::Tap, Intent::NoTap, Intent::Stay, Intent::Leave, Intent::Return];

impl Confirmed {
    /// `None` where no recording holds an observation that speaks of these parameters.
    pub(super) fn of(recorded: &[Recorded], after: &ParameterSet) -> Option<Self> {
        let speaking = |r: &&Recorded| is_observed(r) && ran_with_others(r, after).is_none();
        let mut confirmed: Option<Self> = None;
        for recording in recorded.iter().filter(speaking) {
            confirmed.get_or_insert_default().add(recording);
        }
        confirmed
    }

    pub(super) fn share(&self, intent: Intent) -> Option<Share> {
        let place = INTENTS.iter().position(|i| *i == intent)?;
        Some(self.by_intent[place]).filter(|share| share.of > 0)
    }

    fn add(&mut self, recording: &Recorded) {
        for segment in &recording.after.outcome.segments {
            let Some(place) = INTENTS.iter().position(|i| *i == segment.segment.intent) else { continue };
            self.by_intent[place].of += 1;
            self.by_intent[place].n += usize::from(was_met(recording, segment));
        }
        if recording.labelled.is_unheard {
            return;
        }
        let mut used = vec![false; recording.after.events.len()];
        for (t_us, observed) in &recording.labelled.observed {
            let matching = |(place, (at_us, event)): (usize, &(i64, Event))| {
                !used[place] && (at_us - t_us).abs() <= TOLERANCE_US && observed_as(*event) == Some(*observed)
            };
            let found = recording.after.events.iter().enumerate().position(matching);
            self.predicted.of += 1;
            if let Some(place) = found {
                used[place] = true;
                self.predicted.n += 1;
            }
        }
    }
}

/// Whether someone watched NBE. To what nothing listened was recorded for that alone: there nothing
/// seen means that NBE did nothing.
pub(super) fn is_observed(recording: &Recorded) -> bool {
    !recording.labelled.observed.is_empty() || recording.labelled.is_unheard
}

/// The parameters that NBE ran with, where the header says so and they are not those asked for.
pub(super) fn ran_with_others(recording: &Recorded, after: &ParameterSet) -> Option<String> {
    let differs = |(p, asked): &(Parameter, i32)| {
        recording.header.nbe_parameter(*p).is_some_and(|ran| ran != i64::from(*asked))
    };
    let differing: Vec<_> = after.iter().filter(differs).map(|(p, _)| p.key()).collect();
    (!differing.is_empty()).then(|| differing.join(", "))
}

/// Whether NBE was seen to do in a segment what it demands. Keys are pressed after the event, so
/// an observation counts until the tolerance after the segment's end; not so where nothing listened,
/// since there a key ends the segment when all was seen.
pub(super) fn was_met(recording: &Recorded, segment: &JudgedSegment) -> bool {
    let seen = |what: Observed| seen_in(recording, segment, what);
    match segment.segment.intent {
        Intent::Tap => seen(Observed::Tap) == 1,
        Intent::NoTap => seen(Observed::Tap) == 0,
        Intent::Stay => seen(Observed::Locked) == 0,
        Intent::Leave => seen(Observed::Locked) > 0,
        Intent::Return => seen(Observed::Unlocked) > 0,
        Intent::Note => true,
    }
}

fn seen_in(recording: &Recorded, segment: &JudgedSegment, what: Observed) -> usize {
    let from_us = segment.segment.begin_us;
    let late_us = if recording.labelled.is_unheard { 0 } else { TOLERANCE_US };
    let until_us = segment.end_us.map_or(i64::MAX, |end_us| end_us.saturating_add(late_us));
    let inside =
        |(t_us, observed): &&(i64, Observed)| *observed == what && (from_us..until_us).contains(t_us);
    recording.labelled.observed.iter().filter(inside).count()
}

fn observed_as(event: Event) -> Option<Observed> {
    match event {
        Event::Tap => Some(Observed::Tap),
        Event::Locked => Some(Observed::Locked),
        Event::Unlocked => Some(Observed::Unlocked),
        _ => None,
    }
}
