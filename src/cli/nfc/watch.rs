//! `tapbench nfc watch`: each tap as it happens, and figures over all of them at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use super::figures::figures;
use crate::cli::{Exit, Failure, Terminal, duration, record};
use crate::drivers::nfc::{self, NfcReaders, Outcome, UidForm};
use crate::recording::NfcRow;
use crate::session::{Stream, listen};
use crate::tap_quality::{TapQuality, atr_words};

/// Show each tap on the NFC readers, until Ctrl-C; then how good they were
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench nfc watch\n  \
    tapbench nfc watch --reader 5022 --duration 5m --format jsonl > taps.jsonl\n\
    It only looks on: no card is spoken to, so NBE is not disturbed; with --active it reads each card's UID and tells how \
    long that took. Outcomes: ok (the card answered the reader; with --active, its UID was read, or it has none), left_early (gone before \
    that), contention (another program got in the way), mute (sensed, but it did not answer), missed (it came and went between two looks), host (the reader or its service went \
    away meanwhile: no fault of a tap, and counted apart; so is a card that lies there from the start). Taps after 30 s without any \
    are counted apart too: a reader that saves power shows there. Behind each card's answer to reset stands what it says.")]
pub struct Args {
    /// Only readers with this in their name
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Read the UID of each card too, which takes the reader for some milliseconds
    #[arg(long)]
    active: bool,
    /// Show UIDs as they are, not hashed with a salt that is forgotten
    #[arg(long, requires = "active")]
    plain_uid: bool,
    /// End after this time, as in 60s or 1.5m
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    duration: Option<i64>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people; the figures on stderr.
    Table,
    /// The rows of a recording; the last line is the summary.
    Jsonl,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let pcsc = nfc::system();
    let uids = args.active.then(|| if args.plain_uid { UidForm::Plain } else { UidForm::hashed() });
    let name = args.reader.clone();
    let readers = NfcReaders { id: "nfc-1".into(), pcsc, name, must_be_there: false, uids };
    let stream = Stream::start(vec![Box::new(readers)]).map_err(record::not_opened)?;
    record::stop_on_interrupt(&stream, &stop, terminal);
    let watched = watch(args, &stream, &stop, terminal);
    stream.close();
    watched
}

fn watch(args: &Args, stream: &Stream, stop: &AtomicBool, terminal: &Terminal) -> Result<Exit, Failure> {
    let origins = stream.opened(stop, |_| {}).map_err(record::not_opened)?;
    let readers = origins.iter().find_map(|origin| origin.header["sources"][0]["readers"].as_str());
    terminal.note(match readers {
        Some(readers) => format!("watching {readers}; Ctrl-C ends it"),
        None => "no such reader yet; waiting for one to be plugged in, Ctrl-C ends it".to_owned(),
    });
    let (mut quality, mut printed, mut was_lost) = (TapQuality::default(), Ok(()), false);
    let mut each = |line: &[u8]| {
        let Ok(Value::Object(row)) = serde_json::from_slice(line) else { return };
        let t_us = row.get("t_us").and_then(Value::as_i64).unwrap_or_default();
        quality.row(t_us, &NfcRow::of(&row, None));
        was_lost |= row.get("source_event").is_some_and(|event| event == "lost");
        let result = match args.format {
            Format::Jsonl => terminal.print_bytes(line),
            Format::Table => terminal.print(&words(&row)),
        };
        if let (Err(failure), Ok(())) = (result, &printed) {
            printed = Err(failure);
            stop.store(true, Ordering::Relaxed);
        }
    };
    let duration_us = args.duration.unwrap_or(i64::MAX);
    let dropped = listen(stream, stop, duration_us, |row| each(&row.line), |_| {});
    let dropped = dropped.map_err(|error| record::not_opened(error.into()))?;
    printed?;
    match args.format {
        Format::Jsonl => terminal.print(&format!("{}\n", quality.json()))?,
        Format::Table => terminal.note(figures(&quality).trim_end()),
    }
    if dropped > 0 {
        terminal.warn(format!("events lost because nobody took them in time: {dropped}"));
    }
    Ok(if dropped > 0 || was_lost { Exit::DataLost } else { Exit::Done })
}

/// A row as a line for people.
fn words(row: &Map<String, Value>) -> String {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let ms = |key: &str| row.get(key).and_then(Value::as_u64);
    let idle = ms("idle_ms").map_or(String::new(), |ms| match row.get("idle_at_least") {
        Some(Value::Bool(true)) => format!(", no other for {} s at least", ms / 1000),
        _ => format!(", {} s after the last", ms / 1000),
    });
    let t_ms = row.get("t_us").and_then(Value::as_i64).unwrap_or_default() / 1000;
    let what = match (text("nfc"), text("source_event")) {
        ("inserted", _) => {
            let atr =
                if text("atr").is_empty() { "no answer yet".to_owned() } else { atr_words(text("atr")) };
            format!("inserted  {atr}{idle}")
        }
        ("read", _) => format!("read      {} in {} ms", text("uid"), ms("read_ms").unwrap_or_default()),
        ("removed", _) => {
            let dwell = ms("dwell_ms").map_or(String::new(), |ms| format!("  held {ms} ms"));
            let known = Outcome::from_name(text("outcome"));
            let said = known.filter(|outcome| *outcome != Outcome::Ok).map_or(String::new(), |outcome| {
                let remedy = outcome.remedy().map_or(String::new(), |remedy| format!("; {remedy}"));
                format!(": {}{remedy}", outcome.cause())
            });
            format!("removed   {}{dwell}{idle}{said}", text("outcome"))
        }
        ("problem", _) => format!("problem   {}", text("text")),
        (_, "lost") => "lost      the smart-card service is gone; waiting for it".to_owned(),
        (_, "recovered") => "recovered the smart-card service is back".to_owned(),
        (_, other) => other.to_owned(),
    };
    let reader = if text("reader").is_empty() { String::new() } else { format!("  [{}]", text("reader")) };
    format!("{:>8}.{:03}  {what}{reader}\n", t_ms / 1000, t_ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_long_the_reader_was_left_alone_and_whether_that_is_sure() {
        let line = |json: &str| words(&serde_json::from_str(json).unwrap());
        for (row, said) in [
            (r#"{"t_us":9,"nfc":"inserted","atr":"3B","idle_ms":31900}"#, ", 31 s after the last\n"),
            (
                r#"{"t_us":9,"nfc":"inserted","idle_ms":5000,"idle_at_least":true}"#,
                "no answer yet, no other for 5 s at least\n",
            ),
            (
                r#"{"t_us":9,"nfc":"removed","outcome":"missed","idle_ms":40000}"#,
                "removed   missed, 40 s after the last: it came and went between two looks",
            ),
        ] {
            assert!(line(row).contains(said), "{said}\nin {}", line(row));
        }
    }
}
