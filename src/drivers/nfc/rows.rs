//! What happens on readers, as rows of a recording.

use serde_json::Value;

use super::code::Code;
use super::taps::{Event, What};
use crate::drivers::{self, Row};
use crate::recording::print;

/// The row of an event at `t_us`, of the source `id`.
pub(super) fn event(id: &str, t_us: i64, event: &Event) -> Row {
    let row = |kind: &str, details: &[(&str, Value)]| row(id, t_us, Some(&event.reader), kind, details);
    match &event.what {
        What::Inserted { atr, idle_us, was_there } => {
            let mut details = Vec::new();
            if !atr.is_empty() {
                let hex: String = atr.iter().map(|byte| format!("{byte:02X}")).collect();
                details.push(("atr", hex.into()));
            }
            details.extend(idle_us.map(|us| ("idle_ms", (us / 1000).into())));
            details.extend(was_there.then_some(("was_there", true.into())));
            row("inserted", &details)
        }
        What::Removed { dwell_us, outcome } => {
            let mut details: Vec<(&str, Value)> = Vec::new();
            details.extend(dwell_us.map(|us| ("dwell_ms", (us / 1000).into())));
            details.push(("outcome", outcome.name().into()));
            row("removed", &details)
        }
        What::Mute => problem(id, t_us, Some(&event.reader), Code::UNRESPONSIVE_CARD),
        What::ReaderCame => row("problem", &said("reader_came", "the reader was connected")),
        What::ReaderWent => {
            let text = "the reader is gone: unplugged, asleep, or its service stopped";
            row("problem", &said("reader_went", text))
        }
    }
}

/// Trouble with a reader, or with the service.
pub(super) fn problem(id: &str, t_us: i64, reader: Option<&str>, code: Code) -> Row {
    let name = code.name().map_or_else(|| format!("0x{:08X}", code.0), str::to_owned);
    let text = format!("{code}; {}", code.remedy());
    row(id, t_us, reader, "problem", &said(&name, &text))
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
