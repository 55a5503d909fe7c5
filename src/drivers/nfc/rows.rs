//! What happens on readers, as rows of a recording.

use serde_json::Value;

use super::code::Code;
use super::outcome::Outcome;
use super::taps::{Event, Idle, What};
use super::uid::{Read, UidForm, Unread};
use crate::drivers::{self, Row};
use crate::recording::{READER_CAME, READER_WENT, print};

/// The row of an event at `t_us`, of the source `id`.
pub(super) fn event(id: &str, t_us: i64, event: &Event) -> Row {
    let row = |kind: &str, details: &[(&str, Value)]| row(id, t_us, Some(&event.reader), kind, details);
    match &event.what {
        What::Inserted { atr, idle, was_there } => {
            let mut details = Vec::new();
            if !atr.is_empty() {
                details.push(("atr", hex(atr).into()));
            }
            details.extend(idle.iter().flat_map(rest));
            details.extend(was_there.then_some(("was_there", true.into())));
            row("inserted", &details)
        }
        What::Removed { dwell_us, outcome } => {
            row("removed", &[("dwell_ms", (dwell_us / 1000).into()), ("outcome", outcome.name().into())])
        }
        What::Missed { idle } => {
            let outcome = [("outcome", Outcome::Missed.name().into())];
            row("removed", &idle.iter().flat_map(rest).chain(outcome).collect::<Vec<_>>())
        }
        What::Answered { atr, after_us } => {
            let text = format!("the card answered after all, {} ms after it was sensed", after_us / 1000);
            let mut details = said("answered_late", &text).to_vec();
            details.push(("atr", hex(atr).into()));
            row("problem", &details)
        }
        What::Mute => problem(id, t_us, Some(&event.reader), Code::UNRESPONSIVE_CARD),
        What::ReaderCame => row("problem", &said(READER_CAME, "the reader was connected")),
        What::ReaderWent => {
            let text = "the reader is gone: unplugged, asleep, or its service stopped";
            row("problem", &said(READER_WENT, text))
        }
    }
}

/// How reading a card's UID went, at `t_us`.
pub(super) fn read(id: &str, t_us: i64, read: &Read, form: &UidForm) -> Row {
    let details: Vec<(&str, Value)> = match &read.uid {
        Ok(uid) => vec![("uid", form.spell(uid).into()), ("read_ms", read.read_ms.into())],
        Err(Unread::Code(code)) => return problem(id, t_us, Some(&read.reader), *code),
        Err(other) => said("no_uid", &other.to_string()).to_vec(),
    };
    let kind = if read.uid.is_ok() { "read" } else { "problem" };
    row(id, t_us, Some(&read.reader), kind, &details)
}

/// Trouble with a reader, or with the service.
pub(super) fn problem(id: &str, t_us: i64, reader: Option<&str>, code: Code) -> Row {
    let name = code.name().map_or_else(|| format!("0x{:08X}", code.0), str::to_owned);
    let text = format!("{code}; {}", code.remedy());
    row(id, t_us, reader, "problem", &said(&name, &text))
}

/// How long the reader had been empty.
fn rest(idle: &Idle) -> impl Iterator<Item = (&'static str, Value)> {
    let at_least = idle.is_at_least.then_some(("idle_at_least", true.into()));
    [("idle_ms", (idle.us / 1000).into())].into_iter().chain(at_least)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn said<'a>(code: &str, text: &str) -> [(&'a str, Value); 2] {
    [("code", code.into()), ("text", text.into())]
}

fn row(id: &str, t_us: i64, reader: Option<&str>, kind: &str, details: &[(&str, Value)]) -> Row {
    let reader = reader.map(|name| ("reader", Value::from(name)));
    let all: Vec<_> = reader.into_iter().chain(details.iter().cloned()).collect();
    let mut line = Vec::new();
    print::nfc(&mut line, t_us, Some(id), kind, &all);
    Row::new(t_us, drivers::What::Other, line)
}
