//! `tapbench config show`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{files, listing, words};
use crate::cli::{Exit, Failure, Format, Terminal};
use crate::engine::parameters::{Dongle, Parameter};
use crate::nbe_config::{
    Document, Effective, Layouts, Origin, Position, default_document_beside, default_file_beside, effective,
};

/// Show the values that NBE would use, and where each comes from
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tapbench config show C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml --dongle bluegiga\n  \
                        tapbench config show terminals/ --format json"
)]
pub struct Args {
    /// Files, folders (searched for nbe.toml and nbe.default.toml), patterns, or - for the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only for this dongle; default: both
    #[arg(long, value_enum)]
    dongle: Option<Dongle>,
    /// How to print the values
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// One value of one dongle in one file.
#[derive(Serialize)]
struct Row {
    file: String,
    dongle: &'static str,
    key: &'static str,
    value: Option<i32>,
    unit: &'static str,
    /// `file`, `nbe.default.toml`, `published`, `unusable` or `unknown`.
    source: &'static str,
    line: Option<usize>,
    column: Option<usize>,
    /// The source in words.
    note: String,
}

#[derive(Serialize)]
struct Values<'a> {
    values: &'a [Row],
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    for file in files::expand(&args.files) {
        match file.and_then(|file| rows_of(args, &file, terminal)) {
            Ok(found) => {
                let unusable = found.iter().any(|row| row.source == "unusable");
                exit = exit.and(if unusable { Exit::DidNotHold } else { Exit::Done });
                rows.extend(found);
            }
            Err(failure) => {
                terminal.failure(&failure);
                exit = exit.and(failure.exit);
            }
        }
    }
    match args.format {
        Format::Json => terminal.print(&listing::to_json(&Values { values: &rows })?)?,
        Format::Table => terminal.print(&table(&rows))?,
    }
    Ok(exit)
}

fn rows_of(args: &Args, file: &Path, terminal: &Terminal) -> Result<Vec<Row>, Failure> {
    let bytes = files::read(file)?;
    let document = Document::parse(&bytes).map_err(|error| words::of_syntax(file, &error))?;
    if document.layouts() == Layouts::Both {
        terminal.warn(format!(
            "{} has both layouts; shown is what a current endpoint reads, the dongles' tables",
            file.display()
        ));
    }
    let default_path = default_file_beside(file);
    let default_file = default_document_beside(file);
    let dongles: Vec<Dongle> = args.dongle.map_or_else(|| Dongle::ALL.to_vec(), |dongle| vec![dongle]);
    let rows = dongles.into_iter().flat_map(|dongle| {
        let values = effective(&document, default_file.as_ref(), dongle);
        let default_path = default_path.as_deref();
        values.map(|value| Row::of(file, dongle, &value, default_path))
    });
    Ok(rows.collect())
}

impl Row {
    fn of(file: &Path, dongle: Dongle, effective: &Effective, default_file: Option<&Path>) -> Self {
        let Effective { parameter, value, origin } = effective;
        let spec = parameter.spec();
        let place = |path: &Path, at: &Position| format!("{}:{}:{}", path.display(), at.line, at.column);
        let (source, at, mut note) = match origin {
            Origin::File(at) => ("file", Some(*at), place(file, at)),
            Origin::DefaultFile(at) => {
                ("nbe.default.toml", Some(*at), default_file.map(|path| place(path, at)).unwrap_or_default())
            }
            Origin::Published if *parameter == Parameter::TapThreshold => {
                ("published", None, format!("published default; {}", threshold_not_set(None, default_file)))
            }
            Origin::Published => ("published", None, "published default".into()),
            Origin::Unusable(bad) => ("unusable", Some(bad.at()), format!("not usable: {bad}")),
            Origin::Unknown => {
                let see = match default_file {
                    Some(path) => format!("{}, beside it, does not set it either", path.display()),
                    None => "see nbe.default.toml beside the terminal's nbe.toml".into(),
                };
                let why = format!("not known: not published for {}; {see}", people_say(dongle));
                ("unknown", None, why)
            }
        };
        match (parameter, value) {
            (Parameter::TapThreshold, Some(0)) => note.push_str(" (0: BLE tap is off)"),
            (Parameter::CutoffClose, Some(0)) => note.push_str(" (0: proximity is bypassed)"),
            _ => {}
        }
        Self {
            file: file.display().to_string(),
            dongle: dongle.name(),
            key: parameter.key(),
            value: *value,
            unit: spec.unit,
            source,
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            note,
        }
    }
}

fn people_say(dongle: Dongle) -> &'static str {
    match dongle {
        Dongle::Bluegiga => "Bluegiga",
        Dongle::BleuIo => "BleuIO",
    }
}

/// What to know of a threshold that is not set: of the table of one dongle, or of none.
pub fn threshold_not_set(dongle: Option<Dongle>, default_file: Option<&Path>) -> String {
    let see = match default_file {
        Some(path) => format!("see {}", path.display()),
        None => "see nbe.default.toml on the terminal".into(),
    };
    let of = dongle.map_or(String::new(), |dongle| format!(" for a {} dongle", people_say(dongle)));
    let default = match dongle {
        Some(Dongle::BleuIo) => "and its default is not published",
        Some(Dongle::Bluegiga) | None => {
            "and the vendor's sources disagree on its default: -42 in the guide's column, 0 (BLE tap off) in the \
             same row and in the older article"
        }
    };
    format!("rssi_tap_threshold is not set{of}, {default}; {see}")
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut group = None;
    for row in rows {
        let this = Some((&row.file, row.dongle));
        if group != this {
            let blank = if group.is_some() { "\n" } else { "" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{blank}{} · {}", row.file, row.dongle);
            group = this;
        }
        let value = row.value.map_or_else(|| "?".into(), |value| value.to_string());
        let _ = writeln!(text, "  {:<18} {value:>6} {:<7}  {}", row.key, row.unit, row.note);
    }
    text
}
