//! `tapbench bands`: which bands are heard, and which of them is the one in your hand: it rises
//! most when it is held to the dongle.

mod print;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::record::{self, ChoiceArgs, Spec};
use super::{Exit, Failure, Format, Terminal, duration};
use crate::drivers::Scan;
use crate::session::{Bands, Keep, Listed, listen};

/// List the bands that are heard, strongest first; hold yours to the dongle to find its address
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench bands\n  \
    tapbench bands --source bleuio:COM3 --duration 20s --format json\n\
    Keep the band at arm's length for the first seconds, then hold it to the dongle: the one that rose most is marked. \
    An address of the kind \"resolvable\" changes, typically every quarter of an hour: record such a band by its --name, \
    --service or --company, with --as NAME.")]
pub struct Args {
    /// Where from, as for record (repeatable) [default: auto]
    #[arg(long, value_name = "SPEC")]
    source: Vec<Spec>,
    /// How long to listen
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "10s")]
    duration: i64,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let specs = record::resolved(&record::named(&args.source))?;
    let keep = Keep::new(args.choice.choice(&specs)?, None);
    let stop = Arc::new(AtomicBool::new(false));
    let stream = record::start(&specs, &record::Asking::bands(Scan::Active), &stop, terminal)?;
    let mut bands = Bands::new(keep);
    let mut countdown = Countdown { duration_us: args.duration, shown: terminal.shows_progress(), said: 0 };
    let heard = stream.opened(&stop, |_| {}).map_err(record::not_opened).and_then(|_| {
        terminal.note("hold your band to the dongle");
        let dropped = listen(&stream, &stop, args.duration, |row| bands.hear(row), |now| countdown.tick(now));
        countdown.clear();
        dropped.map_err(|error| record::not_opened(error.into()))
    });
    stream.close();
    let dropped = heard?;
    let listed = bands.listed();
    match args.format {
        Format::Table => terminal.print(&print::table(&listed))?,
        Format::Json => terminal.print(&print::json(&listed))?,
    }
    say(&listed, bands.beyond(), terminal);
    if dropped > 0 {
        terminal.warn(format!("rows lost because they came too fast: {dropped}"));
        return Ok(Exit::DataLost);
    }
    Ok(Exit::Done)
}

fn say(listed: &Listed, beyond: u64, terminal: &Terminal) {
    match listed.found {
        Some(at) => {
            let band = &listed.rows[at];
            let advice = if band.is_lasting() {
                format!("record it with --band {}", band.band)
            } else {
                "its address changes: record it by --name, --service or --company, with --as NAME".to_owned()
            };
            terminal.note(format!("{} rose most, by {:.0} dB; {advice}", band.band, band.rise_db));
        }
        None if listed.rows.is_empty() => {
            terminal.note("no band was heard; is it switched on, and near the dongle?");
        }
        None => terminal.note("no band stood out: start at arm's length, then hold it to the dongle"),
    }
    if beyond > 0 {
        terminal.warn(format!("advertisements of still more bands, not listed: {beyond}"));
    }
}

/// The seconds left, on the terminal.
struct Countdown {
    duration_us: i64,
    shown: bool,
    said: i64,
}

impl Countdown {
    fn tick(&mut self, now_us: i64) {
        let left = self.duration_us.saturating_sub(now_us).div_euclid(1_000_000) + 1;
        if self.shown && left != self.said {
            self.said = left;
            self.write(&format!("\rlistening, {left} s left "));
        }
    }

    fn clear(&self) {
        if self.shown {
            self.write(&format!("\r{:40}\r", ""));
        }
    }

    fn write(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        // A closed stderr leaves nobody to tell.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}
