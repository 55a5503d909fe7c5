//! Taps on an NFC reader that succeed at times.

use super::{Answer, Evidence, Finding, Heard};
use crate::drivers::nfc::Outcome;
use crate::recording::{NfcEvent, Row, RowKind};

/// What a reader said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct NfcTap {
    /// Microseconds since the start.
    pub t_us: i64,
    /// What.
    pub event: NfcEvent,
}

impl NfcTap {
    /// Of an NFC row; `None` of any other, and of events that are not known.
    pub fn of(row: &Row) -> Option<Self> {
        match &row.kind {
            RowKind::Nfc(nfc) if nfc.event != NfcEvent::Other => {
                Some(Self { t_us: row.t_us, event: nfc.event.clone() })
            }
            _ => None,
        }
    }
}

/// "Ensure that the users hold their Nymi Band close to the reader for at least 1 second" (guide).
const HOLD_MS: u64 = 1000;

/// Whether the reader or its service ended it, whose problem has a row of its own.
fn is_cut_off(tap: &NfcTap) -> bool {
    matches!(&tap.event, NfcEvent::Removed { outcome: Some(outcome), .. } if outcome == Outcome::Host.name())
}

/// "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers": taken away too early, or
/// a reader that saves power.
pub(super) fn inconsistent(heard: &[Heard<'_>]) -> Answer {
    let taps =
        || heard.iter().flat_map(|h| h.nfc.iter().filter(|tap| !is_cut_off(tap)).map(move |tap| (h, tap)));
    if taps().next().is_none() {
        return Answer::unanswerable("they hold no row of an NFC reader");
    }
    let cited = |h: &Heard<'_>, tap: &NfcTap, text: String| Evidence {
        recording: h.labelled.path.clone(),
        segment: h
            .segments
            .iter()
            .find(|s| (s.segment.begin_us..s.end_us.unwrap_or(i64::MAX)).contains(&tap.t_us))
            .map(|s| s.segment.id),
        text: format!("at {:.1} s: {text}", tap.t_us as f64 / 1e6),
    };
    let mut short = Vec::new();
    let mut problems = Vec::new();
    let mut whole = 0;
    for (h, tap) in taps() {
        match &tap.event {
            NfcEvent::Removed { dwell_ms: Some(ms), outcome, .. } if *ms < HOLD_MS => {
                let outcome = outcome.as_ref().map_or(String::new(), |o| format!(", outcome {o}"));
                short.push(cited(
                    h,
                    tap,
                    format!("taken away after {ms} ms of the 1000 that the guide asks for{outcome}"),
                ));
            }
            NfcEvent::Removed { dwell_ms: Some(_), .. } => whole += 1,
            NfcEvent::Removed { dwell_ms: None, .. } => {
                short.push(cited(h, tap, "gone again before it could be timed".to_owned()));
            }
            NfcEvent::Problem { code, text } => problems.push(cited(h, tap, format!("{code}: {text}"))),
            _ => {}
        }
    }
    let of = short.len() + whole;
    if short.is_empty() && problems.is_empty() {
        if of == 0 {
            return Answer::unanswerable("no tap on the reader says how long it lasted");
        }
        let shortest = taps().filter_map(|(h, tap)| match tap.event {
            NfcEvent::Removed { dwell_ms: Some(ms), .. } => Some((h, tap, ms)),
            _ => None,
        });
        let shortest = shortest.min_by_key(|(_, _, ms)| *ms);
        let evidence =
            shortest.map(|(h, tap, ms)| cited(h, tap, format!("the shortest: {ms} ms"))).into_iter();
        return Answer::of(
            Finding::NotShown,
            match of {
                1 => "The one tap was held for a second or more, and the reader reported no problem."
                    .to_owned(),
                of => format!(
                    "All {of} taps were held for a second or more, and the reader reported no problem."
                ),
            },
        )
        .citing(evidence.collect());
    }
    let text = format!(
        "{} of {of} taps were shorter than a second, and the reader reported {}.",
        short.len(),
        if problems.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.len()) }
    );
    let remedy = match (short.is_empty(), problems.is_empty()) {
        (false, true) => "Hold the band on the reader for at least 1 second.",
        (true, false) => {
            "Turn off power saving of the reader; tapbench nfc check says what else the guide wants changed."
        }
        _ => {
            "Hold the band on the reader for at least 1 second, and turn off its power saving: see tapbench nfc check."
        }
    };
    short.extend(problems);
    Answer::of(Finding::Shown, text).citing(short).remedy(remedy)
}
