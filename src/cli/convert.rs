//! `tapbench convert`.

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::inputs::header_remedy;
use super::output::NewFile;
use super::terminal::stdout_failed;
use super::{Exit, Failure, Terminal};
use crate::recording::import::{
    ColumnsError, Format, ImportError, Imported, Layout, Loss, import, sniff, write_csv, write_recording,
};
use crate::recording::{self, Bytes, CopyError, Input, Options, Pseudonyms, ReadError, Reader};

/// zstd's own default level.
const ZSTD_LEVEL: i32 = 3;

/// Import CSV, btsnoop, pcap or pcapng; export CSV; by file name
///
/// The input is recognised by its first bytes (also inside zstd); whatever is no known capture and
/// no recording is read as CSV. The output's name decides what is written: a recording
/// (*.rssi.jsonl, *.jsonl, with .zst compressed) or the samples as CSV (*.csv).
///
/// A sample is an advertisement or scan response with a good CRC, or one report of an HCI
/// advertising report event. Everything else is counted and said. Exit status 3: the file was cut
/// off, or lines of a CSV file hold no time, no address or no possible RSSI; what could be read was
/// written. RSSI 127 says that there is none: such rows are counted, and are no loss.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tapbench convert sniffed.pcapng sniffed.rssi.jsonl --pseudonymize
  tapbench convert log.csv log.rssi.jsonl --columns time=Timestamp,rssi=RSSI,band=~phone,distance_cm=dist

--columns takes, separated by commas, each KEY=COLUMN by the header's name or the number from 1:
  time, rssi, band (also one band for all rows: an address or ~NAME), source,
  distance_cm, distance_m or distance_ft, label (runs of rows with one distance and label become
  segments; a label that is an intent like tap or no_tap keeps it), only=COLUMN:VALUE;
  and unit=s|ms|us|ns|iso|s2001 of the time, delimiter=comma|semicolon|tab|space, header=yes|no.
What is not given is guessed from the header and said.")]
pub struct Args {
    /// The file to read, or - for the standard input
    #[arg(value_name = "IN")]
    input: String,
    /// The file to write, or - for the standard output
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Which columns of a CSV file hold what
    #[arg(long, value_name = "KEY=COLUMN,…")]
    columns: Option<String>,
    /// Put pseudonyms in place of addresses and of cards' UIDs, and leave out what UIDs were hashed with:
    /// the same within the file, not reversible
    #[arg(long)]
    pseudonymize: bool,
    /// Say in the recording that it is not of a Nymi Band: no config may be written from it
    #[arg(long)]
    not_a_nymi_band: bool,
    /// What to write, whatever the output's name
    #[arg(long, value_enum)]
    format: Option<Target>,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// A recording
    Recording,
    /// The samples as CSV: t_us,source,band,rssi
    Csv,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let job = Job {
        args,
        terminal,
        name: if args.input == "-" { "the standard input" } else { &args.input },
        target: target(args)?,
        layout: args.columns.as_deref().unwrap_or_default().parse().map_err(Failure::bad_input)?,
    };
    if args.output == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        let exit = job.run(&mut out, stdout_failed)?;
        out.flush().map_err(stdout_failed)?;
        return Ok(exit);
    }
    let failed =
        |e: io::Error| Failure::bad_input(format!("{}: cannot be written: {e}", args.output.display()));
    let mut new = NewFile::create(&args.output, args.force)?;
    let mut out = BufWriter::with_capacity(256 << 10, new.file());
    let compress = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("zst"));
    let exit = if compress {
        let mut encoder = zstd::stream::write::Encoder::new(&mut out, ZSTD_LEVEL).map_err(failed)?;
        let exit = job.run(&mut encoder, failed)?;
        encoder.finish().map_err(failed)?;
        exit
    } else {
        job.run(&mut out, failed)?
    };
    out.into_inner().map_err(|e| failed(e.into_error()))?;
    new.finish()?;
    Ok(exit)
}

fn target(args: &Args) -> Result<Target, Failure> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let name = args.output.to_string_lossy().to_lowercase();
    if name == "-" || name.ends_with(".jsonl") || name.ends_with(".jsonl.zst") {
        Ok(Target::Recording)
    } else if name.ends_with(".csv") {
        Ok(Target::Csv)
    } else {
        Err(Failure::bad_input(format!("{}: the name does not say what to write", args.output.display()))
            .remedy("a name that ends in .rssi.jsonl, .rssi.jsonl.zst or .csv; or --format recording|csv"))
    }
}

/// One conversion.
struct Job<'a> {
    args: &'a Args,
    terminal: &'a Terminal,
    /// The input as people know it.
    name: &'a str,
    target: Target,
    layout: Layout,
}

impl Job<'_> {
    fn run(&self, out: &mut dyn Write, failed: impl Fn(io::Error) -> Failure) -> Result<Exit, Failure> {
        let stream = recording::open(
            &Input { path: self.args.input.clone() },
            self.terminal.progress(&self.args.input),
        )
        .map_err(|e| self.cannot(format!("cannot be opened: {e}")))?;
        let sniffed = sniff(Bytes::of(stream)).map_err(|e| self.cannot(format!("cannot be read: {e}")))?;
        let format = sniffed.format.map_err(|what| {
            self.cannot(what).remedy("btsnoop, pcap, pcapng, CSV and recordings can be read")
        })?;
        if self.args.columns.is_some() && format != Format::Csv {
            self.terminal.warn(format!("{}: no CSV file, so --columns has no meaning", self.name));
        }
        if format == Format::Recording {
            return self.rewrite(sniffed.input, out, failed);
        }
        let imported = import(sniffed.input, format, &self.layout).map_err(|error| match error {
            ImportError::Columns(ColumnsError::NotGuessed { ref example, .. }) => {
                let guess = "guessed from the first rows: look whether these columns hold that";
                self.cannot(&error).remedy(format!("--columns {example} ({guess})"))
            }
            other => self.cannot(other),
        })?;
        let file_name = Path::new(self.name).file_name().map_or(self.name.into(), |n| n.to_string_lossy());
        match self.target {
            Target::Recording => {
                write_recording(out, &imported, &file_name, self.args.not_a_nymi_band, self.pseudonyms())
            }
            Target::Csv => write_csv(out, &imported, self.pseudonyms()),
        }
        .map_err(failed)?;
        if self.target == Target::Csv && !imported.stretches.is_empty() {
            let count = imported.stretches.len();
            self.terminal.warn(format!("{}: its {count} segments have no place in CSV", self.name));
        }
        Ok(report(self.name, &imported, self.terminal))
    }

    /// A recording into a recording or CSV.
    fn rewrite(
        &self,
        input: impl Read,
        out: &mut dyn Write,
        failed: impl Fn(io::Error) -> Failure,
    ) -> Result<Exit, Failure> {
        let unreadable = |error: &ReadError| match error {
            ReadError::Line(bad) => {
                let what = format!("{}:{}: {}", self.name, bad.line, bad.words());
                Failure::bad_input(what).remedy(match bad.line {
                    1 => header_remedy(&bad.reason),
                    _ => "tapbench repair writes a clean recording of what can be read",
                })
            }
            ReadError::Io { .. } | ReadError::Empty => self.cannot(error),
        };
        let reader = Reader::new(input, Options::default()).map_err(|e| unreadable(&e))?;
        let mut reader = reader.keep_raw();
        let copied = match self.target {
            Target::Recording => {
                recording::copy(&mut reader, out, self.pseudonyms(), self.args.not_a_nymi_band)
            }
            Target::Csv => recording::export_csv(&mut reader, out, self.pseudonyms()),
        };
        let samples = copied.map_err(|error| match error {
            CopyError::Read(error) => unreadable(&error),
            CopyError::Write(error) => failed(error),
        })?;
        if reader.torn() {
            let what = "the last line is torn, as a crash leaves it, and was dropped";
            self.terminal.warn(format!("{}: {what}", self.name));
        }
        self.terminal.note(format!("{}: a recording, {samples} samples", self.name));
        Ok(Exit::Done)
    }

    fn pseudonyms(&self) -> Option<Pseudonyms> {
        self.args.pseudonymize.then(Pseudonyms::default)
    }

    fn cannot(&self, what: impl std::fmt::Display) -> Failure {
        Failure::bad_input(format!("{}: {what}", self.name))
    }
}

/// Says what was imported and what was not.
fn report(name: &str, imported: &Imported, terminal: &Terminal) -> Exit {
    let samples = &imported.samples;
    let span_us = match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => last.time_us.saturating_sub(first.time_us),
        _ => 0,
    };
    let bands = samples.iter().map(|h| h.sample.band).collect::<std::collections::HashSet<_>>().len();
    terminal.note(format!(
        "{name}: {}, {} samples of {bands} {} in {}.{} s",
        imported.what,
        samples.len(),
        if bands == 1 { "band" } else { "bands" },
        span_us / 1_000_000,
        span_us / 100_000 % 10
    ));
    for remark in &imported.remarks {
        terminal.note(format!("{name}: {remark}"));
    }
    for (skip, count) in imported.skipped.iter() {
        terminal.note(format!("{name}: skipped {count} {skip}"));
    }
    if samples.is_empty() {
        terminal.warn(format!("{name}: there is no sample in it"));
    }
    match &imported.loss {
        None => Exit::Done,
        Some(loss) => {
            if let Loss::Lines { count, first } = loss {
                for lost in first {
                    terminal.warn(format!("{name}: {lost}"));
                }
                let lines = if *count == 1 { "1 line" } else { &format!("{count} lines") };
                terminal.warn(format!("{name}: left out: {lines}, since they could not be read"));
            } else {
                terminal.warn(format!("{name}: {loss}"));
            }
            Exit::DataLost
        }
    }
}
