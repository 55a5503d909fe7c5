//! `tapbench nfc watch`: each tap as it happens, and figures over all of them at the end.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use crate::cli::{Exit, Failure, Terminal, duration, record};
use crate::drivers::nfc::{self, NfcReaders};
use crate::session::{Stream, listen};
use crate::tap_quality::{Rate, TapQuality};

/// Show each tap on the NFC readers, until Ctrl-C; then how good they were
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench nfc watch\n  \
    tapbench nfc watch --reader 5022 --duration 5m --format jsonl > taps.jsonl\n\
    It only looks on: no card is spoken to, so NBE is not disturbed. Outcomes: ok (the card answered the reader), mute \
    (sensed, but it never answered), missed (it came and went between two looks), host (the reader or its service went \
    away meanwhile). Taps after 30 s without any are counted apart: a reader that saves power shows there.")]
pub struct Args {
    /// Only readers with this in their name
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
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
    let readers = NfcReaders { id: "nfc-1".into(), pcsc, name: args.reader.clone(), must_be_there: false };
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
        quality.row(&row);
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
    let t_ms = row.get("t_us").and_then(Value::as_i64).unwrap_or_default() / 1000;
    let what = match (text("nfc"), text("source_event")) {
        ("inserted", _) => {
            let idle = ms("idle_ms").map_or(String::new(), |ms| format!(", {} s after the last", ms / 1000));
            let atr =
                if text("atr").is_empty() { "no answer yet".to_owned() } else { text("atr").to_owned() };
            format!("inserted  {atr}{idle}")
        }
        ("removed", _) => {
            let dwell = ms("dwell_ms").map_or(String::new(), |ms| format!("  held {ms} ms"));
            format!("removed   {}{dwell}", text("outcome"))
        }
        ("problem", _) => format!("problem   {}", text("text")),
        (_, "lost") => "lost      the smart-card service is gone; waiting for it".to_owned(),
        (_, "recovered") => "recovered the smart-card service is back".to_owned(),
        (_, other) => other.to_owned(),
    };
    let reader = if text("reader").is_empty() { String::new() } else { format!("  [{}]", text("reader")) };
    format!("{:>8}.{:03}  {what}{reader}\n", t_ms / 1000, t_ms % 1000)
}

fn figures(quality: &TapQuality) -> String {
    let mut text = format!("taps: {}", share(quality.all));
    let others: Vec<_> = quality
        .outcomes
        .iter()
        .filter(|(name, _)| *name != "ok")
        .map(|(name, n)| format!("{n} {name}"))
        .collect();
    if !others.is_empty() {
        text += &format!("; {}", others.join(", "));
    }
    text.push('\n');
    if let Some(dwell) = &quality.dwell_ms {
        let at = |quantile| dwell.value_at_quantile(quantile);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "held: median {} ms; a tenth at most {} ms, nine tenths at most {} ms",
            at(0.5),
            at(0.1),
            at(0.9)
        );
    }
    for (what, rate) in [("after 30 s or more of rest", quality.after_idle), ("sooner", quality.back_to_back)]
    {
        if rate.taps > 0 {
            let _ = writeln!(text, "{what}: {}", share(rate));
        }
    }
    if quality.short > 0 {
        let _ = writeln!(
            text,
            "held for less than 1 s, which the vendor advises against: {}; tapbench nfc check looks at the reader's settings",
            quality.short
        );
    }
    text
}

fn share(rate: Rate) -> String {
    let [low, high] = rate.interval();
    match rate.taps {
        0 => "0".to_owned(),
        taps => format!("{taps}, {} ok (95 % sure: {:.0} to {:.0} %)", rate.ok, 100.0 * low, 100.0 * high),
    }
}
