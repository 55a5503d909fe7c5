//! Taps on an NFC reader that succeed at times.

use super::{Answer, Evidence, Finding, Heard};
use crate::drivers::nfc::Outcome;
use crate::recording::{NfcEvent, NfcRow, READER_CAME, Row, RowKind};
use crate::tap_quality::{Gather, HOLD_MS, Tap, Unread};

/// What a reader said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct NfcTap {
    /// Microseconds since the start.
    pub t_us: i64,
    /// What, and which reader.
    pub row: NfcRow,
}

impl NfcTap {
    /// Of an NFC row; `None` of any other, and of events that are not known.
    pub fn of(row: &Row) -> Option<Self> {
        match &row.kind {
            RowKind::Nfc(nfc) if nfc.event != NfcEvent::Other => {
                Some(Self { t_us: row.t_us, row: NfcRow::clone(nfc) })
            }
            _ => None,
        }
    }
}

/// Codes of rows that tell of something, but of nothing that went wrong.
const NO_TROUBLE: [&str; 3] = [READER_CAME, "answered_late", "no_uid"];

/// The guide's two remedies.
const HOLD: &str = "hold the band on the reader for at least 1 second";
const SETTINGS: &str = "turn off power saving of the reader, or set it to 41 Hz and ISO 14443 A only (tapbench doctor, tapbench nfc check)";

/// What the rows of a reader say.
#[derive(Default)]
struct Said {
    /// Taps that ended in another way than `ok`.
    failed: Vec<Evidence>,
    /// The others that were held for less than a second.
    short: Vec<Evidence>,
    /// How many went well.
    well: u64,
    /// Of these, the one that was held for the shortest time, in ms.
    shortest: Option<(u64, Evidence)>,
    /// Of these, those of which it is not known whether they were read.
    unread: Unread,
    /// Taps of which it is not said how they went, or how long they lasted.
    untold: u64,
    /// What was wrong while no card lay on the reader.
    problems: Vec<Evidence>,
    /// What to do, each once.
    remedies: Vec<&'static str>,
}

impl Said {
    fn of(heard: &[Heard<'_>]) -> Self {
        let mut said = Self::default();
        for h in heard {
            let mut gather = Gather::default();
            for NfcTap { t_us, row } in h.nfc {
                let ended = gather.row(*t_us, row);
                ended.iter().for_each(|tap| said.tap(h, tap));
                // How the tap ended tells what a problem while the card lay there came to.
                let mut lying = gather.lying();
                let is_of_a_tap = lying.any(|tap| (tap.source, &tap.reader) == (row.source, &row.reader));
                if let NfcEvent::Problem { code, text } = &row.event
                    && !is_of_a_tap
                    && !NO_TROUBLE.contains(&code.as_str())
                {
                    said.problems.push(cited(h, *t_us, &format!("{code}: {text}")));
                    said.advise(Outcome::Host.remedy());
                }
            }
        }
        said
    }

    fn tap(&mut self, heard: &Heard<'_>, tap: &Tap) {
        let outcome = tap.known_outcome();
        // What lay there was tapped by nobody, and what went away with the reader is no fault of the tap.
        if tap.was_there || outcome == Some(Outcome::Host) {
            return;
        }
        let is_short = tap.dwell_ms.is_some_and(|ms| ms < HOLD_MS);
        let evidence = cited(heard, tap.at_us(), &words(tap));
        if tap.outcome.is_some() && outcome != Some(Outcome::Ok) {
            self.failed.push(evidence);
            self.advise((is_short || outcome == Some(Outcome::Missed)).then_some(HOLD));
            let is_of_card = |of: &Outcome| matches!(of, Outcome::Contention | Outcome::Mute);
            self.advise(outcome.filter(is_of_card).and_then(Outcome::remedy));
            self.advise((!is_short && outcome != Some(Outcome::Contention)).then_some(SETTINGS));
        } else if is_short {
            self.short.push(evidence);
            self.advise(Some(HOLD));
        } else if let (Some(ms), Some(_)) = (tap.dwell_ms, outcome) {
            self.well += 1;
            self.unread.add(tap);
            if self.shortest.as_ref().is_none_or(|(shortest, _)| ms < *shortest) {
                let text = format!("the shortest: {ms} ms");
                self.shortest = Some((ms, cited(heard, tap.at_us(), &text)));
            }
        } else {
            self.untold += 1;
        }
    }

    fn advise(&mut self, remedy: Option<&'static str>) {
        self.remedies.extend(remedy.filter(|remedy| !self.remedies.contains(remedy)));
    }

    /// How the taps went, in a sentence.
    fn text(&self) -> String {
        let (failed, short, problems) = (self.failed.len(), self.short.len(), self.problems.len());
        let of = self.well + (failed + short) as u64;
        let were = |n| if n == 1 { "was" } else { "were" };
        let mut parts = Vec::new();
        if failed > 0 {
            parts.push(format!("{failed} of {of} {} failed", if of == 1 { "tap" } else { "taps" }));
        }
        match (failed, short) {
            (_, 0) => {}
            (0, _) => parts.push(format!("{short} of {of} taps {} held for less than a second", were(short))),
            _ => parts.push(format!("{short} more {} held for less than a second", were(short))),
        }
        if parts.is_empty() && of > 0 {
            parts.push(match of {
                1 => "The one tap went well, held for a second or more".to_owned(),
                of => format!("All {of} taps went well, each held for a second or more"),
            });
        }
        parts.push(match problems {
            0 => "the reader reported no problem".to_owned(),
            1 => "the reader or its service reported 1 problem".to_owned(),
            n => format!("the reader or its service reported {n} problems"),
        });
        let mut text = capital(&parts.join(", and ")) + ".";
        if self.unread.taps > 0 {
            text +=
                " To go well means here that the band answered the reader; whether it was read is not known.";
        }
        if self.untold > 0 {
            text +=
                &format!(" Of {} more it is not said how they went or how long they lasted.", self.untold);
        }
        text
    }
}

/// "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers": taken away too early, or
/// a reader that saves power.
pub(super) fn inconsistent(heard: &[Heard<'_>]) -> Answer {
    if heard.iter().all(|h| h.nfc.is_empty()) {
        return Answer::unanswerable("they hold no row of an NFC reader");
    }
    let said = Said::of(heard);
    let text = said.text();
    let shown: Vec<_> = [said.failed, said.short, said.problems].into_iter().flatten().collect();
    if !shown.is_empty() {
        let remedy = capital(&said.remedies.join("; ")) + ".";
        return Answer::of(Finding::Shown, text).citing(shown).remedy(remedy);
    }
    match said.shortest {
        Some((_, shortest)) => Answer::of(Finding::NotShown, text).citing(vec![shortest]),
        None => Answer::unanswerable("no tap on the reader says how it went and how long it lasted"),
    }
}

/// How a tap ended and how long it lasted.
fn words(tap: &Tap) -> String {
    let ended = match (tap.known_outcome(), &tap.outcome) {
        (Some(Outcome::Ok), _) => "ok".to_owned(),
        (Some(outcome), _) => format!("{} ({})", outcome.words(), outcome.name()),
        (None, Some(other)) => format!("outcome {other}"),
        (None, None) => "outcome not said".to_owned(),
    };
    match tap.dwell_ms {
        Some(ms) if ms < HOLD_MS => format!("{ended}, held {ms} ms of the {HOLD_MS} that the guide asks for"),
        Some(ms) => format!("{ended}, held {ms} ms"),
        None => ended,
    }
}

fn cited(heard: &Heard<'_>, t_us: i64, text: &str) -> Evidence {
    let covers = |begin_us, end_us: Option<i64>| (begin_us..end_us.unwrap_or(i64::MAX)).contains(&t_us);
    let segment = heard.segments.iter().find(|s| covers(s.segment.begin_us, s.end_us));
    Evidence {
        recording: heard.labelled.path.clone(),
        segment: segment.map(|s| s.segment.id),
        text: format!("at {:.1} s: {text}", t_us as f64 / 1e6),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
