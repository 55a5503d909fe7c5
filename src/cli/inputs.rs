//! Recordings named on a command line: expanding, opening, and saying what was lost in reading.

use super::parameters::{FilterArgs, Loaded, ParameterArgs, Resolved, recorded_dongle, there_are};
use super::{Exit, Failure, Terminal};
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::recording::{self, Blocks, Header, Input, Options, ReadError, Reader, Reason, Superseded};
use crate::replay::Filter;
use crate::tuning::Labelled;

/// REC…
#[derive(Clone, Debug, clap::Args)]
pub struct RecordingArgs {
    /// Recordings: files, folders, patterns, or - for the standard input
    #[arg(value_name = "REC", required = true)]
    recordings: Vec<String>,
    /// Skip and count lines that the format does not allow (exit 3)
    #[arg(long)]
    lenient: bool,
}

/// Recordings that one recommendation is made from, and what they are judged with.
#[derive(Debug, clap::Args)]
pub struct EvidenceArgs {
    #[command(flatten)]
    pub recordings: RecordingArgs,
    /// Use recordings of one dongle for another; said with the result
    #[arg(long)]
    pub transfer: bool,
    #[command(flatten)]
    pub parameters: ParameterArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// A recording opened for reading.
pub type OpenReader = Reader<Box<dyn Blocks + Send>>;

/// The recordings that the arguments lead to; what leads to none is reported and counts as bad.
pub fn expand(args: &RecordingArgs, terminal: &Terminal, exit: &mut Exit) -> Vec<Input> {
    let mut inputs = Vec::new();
    let expanded = recording::expand(&args.recordings);
    for Superseded { original, by } in &expanded.left_out {
        terminal.note(format!("{}: left out, for its repaired copy is taken: {by}", original.path));
    }
    for Superseded { original, by } in &expanded.twice {
        let path = &original.path;
        terminal
            .warn(format!("{path}: its repaired copy, {by}, is named too, so both are counted; name one"));
    }
    for found in expanded.found {
        match found {
            Ok(input) => inputs.push(input),
            Err(what) => {
                terminal.failure(&Failure::bad_input(what));
                *exit = exit.and(Exit::BadInput);
            }
        }
    }
    inputs
}

/// Opens a recording and reads its header.
pub fn open(input: &Input, args: &RecordingArgs, terminal: &Terminal) -> Result<OpenReader, Failure> {
    let stream = recording::open(input, terminal.progress(&input.path))
        .map_err(|e| Failure::bad_input(format!("{}: cannot be opened: {e}", input.path)))?;
    let reader = reader(input, stream, args)?;
    beware(input, reader.header(), terminal);
    Ok(reader)
}

/// Reads the header of a recording.
pub fn reader(
    input: &Input,
    stream: Box<dyn Blocks + Send>,
    args: &RecordingArgs,
) -> Result<OpenReader, Failure> {
    Reader::new(stream, Options { lenient: args.lenient, keep_cut_off: true })
        .map_err(|e| unreadable(input, &e))
}

/// Says what its header says against trusting a recording.
pub fn beware(input: &Input, header: &Header, terminal: &Terminal) {
    if header.not_a_nymi_band {
        terminal.note(format!("{}: simulated or of other transmitters, not of a Nymi Band", input.path));
    }
    if let Some(caveat) = header.caveat() {
        terminal.warn(format!("{}: {caveat}", input.path));
    }
}

/// A recording that cannot be read on, with file, line and what to do.
pub fn unreadable(input: &Input, error: &ReadError) -> Failure {
    match error {
        ReadError::Line(bad) => {
            let failure = Failure::bad_input(format!("{}:{}: {}", input.path, bad.line, bad.words()));
            if bad.line == 1 {
                failure.remedy(header_remedy(&bad.reason))
            } else {
                failure.remedy("--lenient skips such lines; tapbench repair writes a clean recording")
            }
        }
        ReadError::Io { .. } | ReadError::Empty => Failure::bad_input(format!("{}: {error}", input.path)),
    }
}

/// What to do about a first line that is refused.
pub fn header_remedy(reason: &Reason) -> &'static str {
    match reason {
        Reason::Version(_) => "it was made by a newer tapbench: update this one, and run this again",
        Reason::NoHeader | Reason::NotJson { .. } | Reason::TooLong | Reason::Empty => {
            "tapbench convert, if this is a capture or a CSV file"
        }
        _ => "correct that value in the first line, in a copy of the recording",
    }
}

/// Says what was lost in reading, and gives the exit status that it means.
pub fn report_losses(input: &Input, reader: &OpenReader, dropped: u64, terminal: &Terminal) -> Exit {
    let path = &input.path;
    if reader.torn() {
        terminal.warn(format!("{path}: the last line is torn, as a crash leaves it, and was dropped"));
    }
    if dropped > 0 {
        terminal.warn(format!(
            "{path}: the recorder itself lost samples, at least {dropped} (see its source events)"
        ));
    }
    let cancelled = reader.cancelled().len();
    if cancelled > 0 {
        terminal.warn(format!(
            "{path}: segments that the operator took back are counted all the same: {cancelled}; \
             tapbench repair writes a recording without them"
        ));
    }
    let mut exit = Exit::Done;
    if reader.cut_off() {
        terminal.warn(format!("{path}: the compressed file is cut off; what came before was read"));
        exit = Exit::DataLost;
    }
    let Some(first) = reader.first_bad() else { return exit };
    let n = reader.skipped();
    let others = if n == 1 { String::new() } else { format!(" (and {} more lines)", n - 1) };
    terminal.warn(format!("{path}:{}: skipped: {}{others}", first.line, first.words()));
    Exit::DataLost
}

/// Says that none of the bands or sources asked for are in the recording: a typing error, most often.
/// `samples` is how many were evaluated.
pub fn report_absent(input: &Input, reader: &OpenReader, filter: &Filter, samples: u64, terminal: &Terminal) {
    let path = &input.path;
    let names = reader.names();
    let has_band = names.bands().iter().any(|b| filter.admits_band(*b));
    if !filter.bands.is_empty() && !has_band {
        let has: Vec<_> = names.bands().iter().map(ToString::to_string).collect();
        terminal.warn(format!("{path}: not one row of a band asked for; {}", there_are(&has)));
    }
    if !filter.bands.is_empty() && has_band && samples == 0 {
        terminal.warn(format!(
            "{path}: not one sample of a band asked for: it stands in marks only, or was heard by a source that was not asked for"
        ));
    }
    if !filter.sources.is_empty() && !names.sources().iter().any(|s| filter.admits_source(s)) {
        terminal.warn(format!("{path}: not one row of a source asked for; {}", there_are(names.sources())));
    }
}

/// A labelled recording with the rules for it.
#[derive(Debug)]
pub struct LabelledInput {
    /// Its samples and segments.
    pub recording: Labelled,
    /// The parameters, as far as known, the model and the policy for it.
    pub resolved: Resolved,
    /// The dongle that made it, where its header says so.
    pub recorded_by: Option<Dongle>,
    /// What its header says that NBE ran with.
    pub nbe_parameters: ParameterSet,
}

impl LabelledInput {
    /// With what else its header says.
    pub fn new(recording: Labelled, resolved: Resolved, header: &Header, filter: &Filter) -> Self {
        let recorded_by = recorded_dongle(header, filter);
        Self { recording, resolved, recorded_by, nbe_parameters: header.nbe_parameters() }
    }
}

/// Why a recording was not taken in.
#[derive(Debug)]
pub enum Stop {
    /// It cannot be read; others may be.
    Recording(Failure),
    /// What the options name is wrong for it, and may be so for others.
    Options(Failure),
}

/// What was not taken in. What is wrong with the options is said once, and with nothing else where no
/// recording is left.
#[derive(Debug, Default)]
pub struct NotTaken {
    exit: Exit,
    options: Vec<Failure>,
    is_one_unreadable: bool,
}

impl NotTaken {
    /// One more.
    pub fn add(&mut self, stop: Stop, terminal: &Terminal) {
        match stop {
            Stop::Options(failure) if self.options.iter().any(|said| said.what == failure.what) => {}
            Stop::Options(failure) => self.options.push(failure),
            Stop::Recording(failure) => {
                self.is_one_unreadable = true;
                self.exit = self.exit.and(failure.exit);
                terminal.failure(&failure);
            }
        }
    }

    /// The exit status of all; a failure where nothing `is_left`.
    pub fn exit(self, is_left: bool, terminal: &Terminal) -> Result<Exit, Failure> {
        let mut exit = self.exit;
        let mut options = self.options;
        if !is_left && !self.is_one_unreadable && options.len() == 1 {
            return Err(options.remove(0));
        }
        for failure in options {
            exit = exit.and(failure.exit);
            terminal.failure(&failure);
        }
        if is_left { Ok(exit) } else { Err(Failure::bad_input("no recording could be read")) }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Recording(failure)
    }
}

/// Reads all recordings whole; a bad one is reported and counts in the exit status. None that can
/// be read is a failure.
pub fn labelled(
    args: &RecordingArgs,
    loaded: &Loaded,
    filter: &Filter,
    terminal: &Terminal,
) -> Result<(Vec<LabelledInput>, Exit), Failure> {
    let mut exit = Exit::Done;
    let (mut recordings, mut not_taken) = (Vec::new(), NotTaken::default());
    for input in expand(args, terminal, &mut exit) {
        match read_labelled(&input, args, loaded, filter, terminal) {
            Ok((labelled, losses)) => {
                exit = exit.and(losses);
                recordings.push(labelled);
            }
            Err(stop) => not_taken.add(stop, terminal),
        }
    }
    let exit = exit.and(not_taken.exit(!recordings.is_empty(), terminal)?);
    Ok((recordings, exit))
}

fn read_labelled(
    input: &Input,
    args: &RecordingArgs,
    loaded: &Loaded,
    filter: &Filter,
    terminal: &Terminal,
) -> Result<(LabelledInput, Exit), Stop> {
    let mut reader = open(input, args, terminal)?;
    let resolved = loaded.rules(reader.header(), filter).map_err(Stop::Options)?;
    let recording =
        Labelled::read(&input.path, &mut reader, filter).map_err(|error| unreadable(input, &error))?;
    let losses = report_losses(input, &reader, recording.dropped, terminal);
    report_absent(input, &reader, filter, recording.samples(), terminal);
    Ok((LabelledInput::new(recording, resolved, reader.header(), filter), losses))
}

/// Sweep and tune have nothing to count.
pub fn no_tap_segments() -> Failure {
    Failure::bad_input("no tap and no no_tap segment: there is nothing to count")
        .remedy("label segments with tapbench mark IN OUT --begin 12.3s --end 14s --intent tap")
}

/// The dongle that all recordings are tuned for, and the one that made them where that differs.
pub fn one_dongle<'i>(
    inputs: impl IntoIterator<Item = &'i LabelledInput>,
    transfer: bool,
) -> Result<(Dongle, Option<Dongle>), Failure> {
    let mut chosen: Option<Dongle> = None;
    let mut transferred = None;
    for input in inputs {
        let path = &input.recording.path;
        let Some(dongle) = input.resolved.dongle else {
            let mut failure = input.resolved.no_dongle();
            failure.what = format!("{path}: {}", failure.what);
            return Err(failure);
        };
        if let Some(other) = chosen.filter(|c| *c != dongle) {
            let what = format!("{path}: recorded with {dongle}, the others with {other}");
            return Err(Failure::bad_input(what).remedy("tune the recordings of each dongle by themselves"));
        }
        if let Some(recorded) = input.recorded_by.filter(|r| *r != dongle) {
            if !transfer {
                let what = format!("{path}: recorded with {recorded}, and --dongle {dongle} was asked for");
                return Err(Failure::bad_input(what).remedy(
                    "two dongles hear differently: record with the one that is tuned, or pass --transfer",
                ));
            }
            transferred = Some(recorded);
        }
        chosen = Some(dongle);
    }
    chosen.map(|c| (c, transferred)).ok_or_else(|| Failure::bad_input("no recording"))
}
