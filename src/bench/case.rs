//! Recordings as cases that the guide's symptoms are answered from.

use crate::engine::Rules;
use crate::replay::{Filter, JudgedSegment};
use crate::report::Replayed;
use crate::symptoms::{Answer, Heard, NfcTap, Symptom};
use crate::tuning::Labelled;

use super::deck::{Decided, Deck};
use super::problem::Problem;
use super::read;

/// One recording.
#[derive(Clone, Debug)]
pub struct Case {
    labelled: Labelled,
    segments: Vec<JudgedSegment>,
    nfc: Vec<NfcTap>,
}

impl Case {
    /// Of the one on the bench, with its segments as they are edited.
    pub fn of(deck: &Deck, decided: &Decided) -> Self {
        let nfc = deck.trace.others().iter().filter_map(NfcTap::of).collect();
        Self { labelled: deck.labelled(), segments: decided.segments.clone(), nfc }
    }

    /// Of a file, replayed by `rules`.
    ///
    /// # Errors
    /// When it cannot be read, or a parameter is missing.
    pub(super) fn read(path: &str, rules: &Rules) -> Result<Self, Problem> {
        let unreadable = |error| Problem::unreadable(path, &error);
        let labelled = read::labelled(path)?;
        let replayed = Replayed::of(&mut read::reader(path)?, rules, &Filter::default());
        let replayed = replayed.map_err(|error| Problem::not_replayed(path, &error))?;
        let (mut reader, mut nfc) = (read::reader(path)?, Vec::new());
        while let Some(row) = reader.next_row().map_err(unreadable)? {
            nfc.extend(NfcTap::of(&row));
        }
        Ok(Self { labelled, segments: replayed.outcome.segments, nfc })
    }
}

/// What these recordings together say to each of the guide's questions.
pub(super) fn answers(cases: &[Case], rules: &Rules) -> Vec<(Symptom, Answer)> {
    let heard: Vec<_> = cases
        .iter()
        .map(|case| Heard { labelled: &case.labelled, segments: &case.segments, rules, nfc: &case.nfc })
        .collect();
    Symptom::ALL.map(|symptom| (symptom, symptom.answer(&heard))).to_vec()
}
