//! Taps on an NFC reader that succeed at times.

use serde_json::{Map, Value};

use super::{Answer, Evidence, Finding, Heard};

/// What a reader said, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct NfcTap {
    /// Microseconds since the start.
    pub t_us: i64,
    /// What.
    pub event: NfcEvent,
}

/// The NFC rows of a recording that a symptom looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum NfcEvent {
    /// A band was put on the reader.
    Inserted,
    /// Its identity was read.
    Read {
        /// From being put on to being read, in ms.
        read_ms: Option<f64>,
    },
    /// It was taken away.
    Removed {
        /// How long it lay there, in ms.
        dwell_ms: Option<f64>,
        /// How it ended, in the recorder's word.
        outcome: Option<String>,
    },
    /// Something went wrong.
    Problem {
        /// The recorder's code.
        code: String,
        /// For people.
        text: String,
    },
}

impl NfcTap {
    /// From the line of an NFC row; `None` where it is none of the known events.
    pub fn from_line(t_us: i64, line: &[u8]) -> Option<Self> {
        let keys: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let number = |key: &str| keys.get(key).and_then(Value::as_f64);
        let text = |key: &str| keys.get(key).and_then(Value::as_str).map(str::to_owned);
        let event = match keys.get("nfc")?.as_str()? {
            "inserted" => NfcEvent::Inserted,
            "read" => NfcEvent::Read { read_ms: number("read_ms") },
            "removed" => NfcEvent::Removed { dwell_ms: number("dwell_ms"), outcome: text("outcome") },
            "problem" => NfcEvent::Problem {
                code: text("code").unwrap_or_default(),
                text: text("text").unwrap_or_default(),
            },
            _ => return None,
        };
        Some(Self { t_us, event })
    }
}

/// "Ensure that the users hold their Nymi Band close to the reader for at least 1 second" (guide).
const HOLD_MS: f64 = 1000.0;

/// "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers": taken away too early, or
/// a reader that saves power.
pub(super) fn inconsistent(heard: &[Heard<'_>]) -> Answer {
    let taps = || heard.iter().flat_map(|h| h.nfc.iter().map(move |tap| (h, tap)));
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
            NfcEvent::Removed { dwell_ms: Some(ms), outcome } if *ms < HOLD_MS => {
                let outcome = outcome.as_ref().map_or(String::new(), |o| format!(", outcome {o}"));
                short.push(cited(
                    h,
                    tap,
                    format!("taken away after {ms:.0} ms of the 1000 that the guide asks for{outcome}"),
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
        let shortest = shortest.min_by(|a, b| a.2.total_cmp(&b.2));
        let evidence =
            shortest.map(|(h, tap, ms)| cited(h, tap, format!("the shortest: {ms:.0} ms"))).into_iter();
        return Answer::of(
            Finding::NotShown,
            format!("All {of} taps were held for a second or more, and the reader reported no problem."),
        )
        .citing(evidence.collect());
    }
    let text = format!(
        "{} of {of} taps were shorter than a second, and the reader reported {} problems.",
        short.len(),
        problems.len()
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
