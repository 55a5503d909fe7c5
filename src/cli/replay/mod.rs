//! `tapbench replay`: the events and the verdict.

mod check;
mod table;

use std::io::{Read, Seek, Write};

use super::inputs::{self, RecordingArgs};
use super::parameters::{FilterArgs, Loaded, ParameterArgs, Resolved};
use super::{Exit, Failure, Terminal};
use crate::engine::{MissingParameters, Rules};
use crate::recording::{Input, ReadError};
use crate::replay::{self, Baseline, Filter, JsonLines, JudgedSegment, Outcome, Summary, junit_xml};

/// Replay recordings through the NBE model: the events and the verdict on each labelled segment
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tapbench replay ward3.rssi.jsonl
  tapbench replay recordings --set rssi_tap_threshold=-47 --check
  tapbench replay \"traces/*.rssi.jsonl\" --config nbe.toml --format junit > results.xml")]
pub struct Args {
    #[command(flatten)]
    recordings: RecordingArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    check: check::CheckArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON object per event, then the summary.
    Jsonl,
    /// JUnit XML, one test case a segment.
    Junit,
}

/// A recording that was replayed.
struct Replayed {
    path: String,
    outcome: Outcome,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut session = Session {
        args,
        terminal,
        loaded: args.parameters.load()?,
        filter: args.filter.filter(),
        rules: None,
        replayed: Vec::new(),
        unreadable: Vec::new(),
        exit: Exit::Done,
    };
    let inputs = inputs::expand(&args.recordings, terminal, &mut session.exit);
    let several = inputs.len() > 1;
    for input in &inputs {
        if let Err(failure) = session.replay(input, several) {
            if failure.exit == Exit::Done {
                return Err(failure);
            }
            session.exit = session.exit.and(failure.exit);
            session.unreadable.push((input.path.clone(), failure.what.clone()));
            terminal.failure(&failure);
        }
    }
    session.finish()
}

struct Session<'a> {
    args: &'a Args,
    terminal: &'a Terminal,
    loaded: Loaded,
    filter: Filter,
    /// Of the first recording that could be read; one verdict cannot be on several sets.
    rules: Option<Resolved>,
    replayed: Vec<Replayed>,
    unreadable: Vec<(String, String)>,
    exit: Exit,
}

/// Why one recording's replay ended early.
enum Stop {
    Read(ReadError),
    Missing(MissingParameters),
    Spool(std::io::Error),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<MissingParameters> for Stop {
    fn from(error: MissingParameters) -> Self {
        Self::Missing(error)
    }
}

impl Session<'_> {
    fn replay(&mut self, input: &Input, several: bool) -> Result<(), Failure> {
        let mut reader = inputs::open(input, &self.args.recordings, self.terminal)?;
        let rules = self.loaded.complete_rules(reader.header(), &self.filter).map_err(|mut f| {
            f.what = format!("{}: {}", input.path, f.what);
            f
        })?;
        if self.rules.as_ref().is_some_and(|first| first.rules != rules.rules) {
            let what = format!("{}: its dongle has other parameters than the first recording's", input.path);
            return Err(Failure::bad_input(what).remedy("--dongle, or a replay for each dongle"));
        }
        // What a bad file says is not printed, however far it was read; bounded memory all the same.
        let mut spool = tempfile::spooled_tempfile(8 << 20);
        let mut table = table::Events::new(reader.header(), &self.filter);
        let json = JsonLines::new(reader.header(), several.then_some(input.path.as_str()));
        let mut line = Vec::with_capacity(256);
        let format = self.args.format;
        let outcome = replay::run(&mut reader, &rules.rules, &self.filter, |names, placed| {
            match format {
                Format::Jsonl => {
                    line.clear();
                    json.event(&mut line, names, placed);
                    spool.write_all(&line).map_err(Stop::Spool)?;
                }
                Format::Table => table.event(names, placed),
                Format::Junit => {}
            }
            Ok(())
        });
        let outcome = outcome.map_err(|stop| match stop {
            Stop::Read(error) => inputs::unreadable(input, &error),
            Stop::Missing(missing) => Failure::bad_input(missing),
            Stop::Spool(error) => Failure::bad_input(format!("cannot write a temporary file: {error}")),
        })?;
        self.exit = self.exit.and(inputs::report_losses(input, &reader, outcome.dropped, self.terminal));
        inputs::report_absent(input, &reader, &self.filter, outcome.summary.samples, self.terminal);
        match format {
            Format::Jsonl => copy_to_stdout(&mut spool)?,
            Format::Table => {
                let text = table.render(&input.path, &outcome, &rules, self.terminal.colors_stdout());
                self.terminal.print(&text)?;
            }
            Format::Junit => {}
        }
        self.rules.get_or_insert(rules);
        self.replayed.push(Replayed { path: input.path.clone(), outcome });
        Ok(())
    }

    fn finish(self) -> Result<Exit, Failure> {
        let mut summary = Summary::default();
        for replayed in &self.replayed {
            summary.add(&replayed.outcome.summary);
        }
        let rules = self.rules.map(|r| r.rules).unwrap_or_default();
        match self.args.format {
            Format::Jsonl if !self.replayed.is_empty() => {
                self.terminal.print(&format!("{}\n", summary.to_line(&rules)))?;
            }
            Format::Table if self.replayed.len() > 1 => {
                let text = table::total(self.replayed.len(), &summary);
                self.terminal.print(&text)?;
            }
            Format::Junit => self.terminal.print(&junit(
                &self.replayed,
                &self.unreadable,
                &rules,
                self.args.check.known(&self.replayed)?.as_ref(),
            )?)?,
            Format::Jsonl | Format::Table => {}
        }
        let verdict = self.args.check.verdict(&self.replayed, &summary, &rules, self.terminal)?;
        Ok(self.exit.and(verdict))
    }
}

fn copy_to_stdout(spool: &mut (impl Read + Seek)) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    spool
        .rewind()
        .and_then(|()| std::io::copy(spool, &mut out))
        .and_then(|_| out.flush())
        .map_err(super::terminal::stdout_failed)
}

fn junit(
    replayed: &[Replayed],
    unreadable: &[(String, String)],
    rules: &Rules,
    baseline: Option<&Baseline>,
) -> Result<String, Failure> {
    let results: Vec<(String, Result<Vec<JudgedSegment>, String>)> = replayed
        .iter()
        .map(|r| (r.path.clone(), Ok(r.outcome.segments.clone())))
        .chain(unreadable.iter().map(|(path, why)| (path.clone(), Err(why.clone()))))
        .collect();
    junit_xml(&results, rules, baseline)
        .map_err(|e| Failure::bad_input(format!("cannot print JUnit XML: {e}")))
}

/// Reads a file that an option names.
fn read_option_file(path: &std::path::Path) -> Result<Option<Vec<u8>>, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Failure::bad_input(format!("{}: cannot be read: {e}", path.display()))),
    }
}
