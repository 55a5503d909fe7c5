//! One tap: what the rows between a card's coming and going say.

use std::collections::BTreeMap;

use dongle_protocols::atr::Atr;

use crate::drivers::nfc::Outcome;
use crate::hex;
use crate::recording::{Idle, NfcEvent, NfcRow, SourceId};

/// A reader that was left alone so long may be asleep, in ms.
pub const IDLE_MS: u64 = 30_000;

/// A tap on a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tap {
    /// The source of its rows.
    pub source: Option<SourceId>,
    /// The reader's name.
    pub reader: String,
    /// When the card was detected, in microseconds; not known of one that was missed.
    pub detected_us: Option<i64>,
    /// When it was gone; `None` while it lies there.
    pub gone_us: Option<i64>,
    /// How long it lay there, in ms.
    pub dwell_ms: Option<u64>,
    /// From being detected to its UID, in ms; it counts the time until a card answered late.
    pub read_ms: Option<u64>,
    /// The card's answer to reset, in hex; none of a mute card.
    pub atr: Option<String>,
    /// As the recorder spells it.
    pub uid: Option<String>,
    /// How long the reader had been empty before.
    pub idle: Option<Idle>,
    /// Whether it lay there when the watch began: nobody was seen to tap.
    pub was_there: bool,
    /// How it ended, in the recorder's word.
    pub outcome: Option<String>,
    /// What the reader reported meanwhile, last.
    pub problem: Option<String>,
    /// Whether its UID was read, or it said that it has none. Where nobody asks for UIDs, a tap that is
    /// `ok` answered the reader, and whether it was read is not known.
    pub is_read: bool,
}

impl Tap {
    /// How it ended, where that is one of the known ways.
    pub fn known_outcome(&self) -> Option<Outcome> {
        Outcome::from_name(self.outcome.as_deref()?)
    }

    /// Whether the reader had been left alone for 30 s or more before; `None` where that is not known.
    pub fn is_rested(&self) -> Option<bool> {
        let idle = self.idle?;
        let is_rested = idle.ms >= IDLE_MS;
        (is_rested || !idle.is_at_least).then_some(is_rested)
    }

    /// The card's answer to reset and what it says, for people.
    pub fn card(&self) -> Option<String> {
        self.atr.as_deref().map(atr_words)
    }

    /// Where it stands on the axis of time, in microseconds.
    pub fn at_us(&self) -> i64 {
        self.detected_us.or(self.gone_us).unwrap_or_default()
    }
}

/// An answer to reset in hex, with what it says.
pub fn atr_words(hex: &str) -> String {
    match hex::bytes(hex).map(|bytes| Atr::decode(&bytes)) {
        Some(Ok(atr)) => format!("{hex} ({atr})"),
        Some(Err(error)) => format!("{hex} (not a valid answer: {error})"),
        None => format!("{hex} (not written in hex)"),
    }
}

/// The code of a row that says that a card has no UID, or why there is none.
const NO_UID: &str = "no_uid";

/// Puts rows together to taps.
#[derive(Clone, Debug, Default)]
pub struct Gather {
    lying: BTreeMap<(Option<SourceId>, String), Tap>,
}

impl Gather {
    /// Takes a row; the tap that ended with it, if one did.
    pub fn row(&mut self, t_us: i64, row: &NfcRow) -> Option<Tap> {
        let key = (row.source, row.reader.clone());
        match &row.event {
            NfcEvent::Inserted { atr, idle, was_there, uid } => {
                let tap = Tap {
                    source: row.source,
                    reader: row.reader.clone(),
                    detected_us: Some(t_us),
                    idle: *idle,
                    was_there: *was_there,
                    atr: atr.clone(),
                    uid: uid.clone(),
                    is_read: uid.is_some(),
                    ..Tap::default()
                };
                self.lying.insert(key, tap);
            }
            NfcEvent::Read { uid, read_ms } => {
                if let Some(tap) = self.lying.get_mut(&key) {
                    (tap.uid, tap.read_ms, tap.is_read) = (uid.clone(), *read_ms, true);
                }
            }
            NfcEvent::Problem { code, text } => {
                if let Some(tap) = self.lying.get_mut(&key) {
                    tap.problem = Some(text.clone());
                    tap.is_read |= code == NO_UID;
                }
            }
            NfcEvent::Removed { dwell_ms, outcome, idle } => {
                let is_missed = outcome.as_deref() == Some(Outcome::Missed.name());
                let lying = if is_missed { None } else { self.lying.remove(&key) };
                let mut tap = lying.unwrap_or_else(|| Tap {
                    source: row.source,
                    reader: row.reader.clone(),
                    detected_us: dwell_ms.and_then(|ms| t_us.checked_sub(i64::try_from(ms).ok()? * 1000)),
                    idle: *idle,
                    ..Tap::default()
                });
                let lay_ms =
                    tap.detected_us.and_then(|since_us| u64::try_from((t_us - since_us) / 1000).ok());
                tap.dwell_ms = dwell_ms.or(lay_ms);
                (tap.gone_us, tap.outcome) = (Some(t_us), outcome.clone());
                return Some(tap);
            }
            NfcEvent::Other => {}
        }
        None
    }

    /// Cards that lie there now.
    pub fn lying(&self) -> impl Iterator<Item = &Tap> {
        self.lying.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The taps that end in these rows.
    fn taps(rows: &[(i64, &str)]) -> (Vec<Tap>, Gather) {
        let mut gather = Gather::default();
        let row = |json: &str| NfcRow::of(&serde_json::from_str(json).unwrap(), None);
        let ended = rows.iter().filter_map(|(t_us, json)| gather.row(*t_us, &row(json))).collect();
        (ended, gather)
    }

    #[test]
    fn rows_of_two_readers_make_the_taps_of_each() {
        let (ended, gather) = taps(&[
            (1_000, r#"{"nfc":"inserted","reader":"a","idle_ms":5}"#),
            (2_000, r#"{"nfc":"inserted","reader":"b","was_there":true}"#),
            (3_000, r#"{"nfc":"read","reader":"a","uid":"0A","read_ms":2}"#),
            (4_000, r#"{"nfc":"problem","reader":"b","code":"x","text":"no answer"}"#),
            (9_000, r#"{"nfc":"removed","reader":"b","outcome":"mute"}"#),
            (9_500, r#"{"nfc":"problem","reader":"b","code":"reader_went","text":"gone"}"#),
        ]);
        let b = Tap {
            reader: "b".into(),
            detected_us: Some(2_000),
            gone_us: Some(9_000),
            dwell_ms: Some(7),
            was_there: true,
            outcome: Some("mute".into()),
            problem: Some("no answer".into()),
            ..Tap::default()
        };
        assert_eq!((b.known_outcome(), ended), (Some(Outcome::Mute), vec![b.clone()]));
        let lying: Vec<_> = gather.lying().map(|tap| (tap.uid.as_deref(), tap.read_ms)).collect();
        assert_eq!(lying, [(Some("0A"), Some(2))]);
    }

    #[test]
    fn a_tap_says_what_its_card_is() {
        let (ended, _) = taps(&[
            (1_000, r#"{"nfc":"inserted","reader":"a","atr":"3B80800101"}"#),
            (2_000, r#"{"nfc":"removed","reader":"a","outcome":"ok"}"#),
            (3_000, r#"{"nfc":"removed","reader":"a","outcome":"missed"}"#),
        ]);
        let cards: Vec<_> = ended.iter().map(Tap::card).collect();
        assert_eq!(cards, [Some("3B80800101 (ISO 14443-4 card, no historical bytes)".to_owned()), None]);
        assert_eq!(atr_words("3B"), "3B (not a valid answer: it is cut off)");
        assert_eq!(atr_words("FFFFFF"), "FFFFFF (not a valid answer: it begins with FF)");
        assert_eq!(atr_words("3b8"), "3b8 (not written in hex)");
    }

    #[test]
    fn one_that_was_missed_ends_no_other_and_one_without_a_beginning_has_a_dwell() {
        let (ended, gather) = taps(&[
            (1_000, r#"{"nfc":"inserted"}"#),
            (5_000, r#"{"nfc":"removed","outcome":"missed"}"#),
            (9_000, r#"{"nfc":"removed","outcome":"ok","dwell_ms":8}"#),
            (90_000, r#"{"nfc":"removed","outcome":"odd","dwell_ms":50}"#),
        ]);
        let times: Vec<_> = ended.iter().map(|tap| (tap.detected_us, tap.dwell_ms, tap.at_us())).collect();
        assert_eq!(
            times,
            [(None, None, 5_000), (Some(1_000), Some(8), 1_000), (Some(40_000), Some(50), 40_000)]
        );
        assert_eq!(ended[2].known_outcome(), None);
        assert_eq!(gather.lying().count(), 0);
    }
}
