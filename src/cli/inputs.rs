//! Recordings named on a command line: expanding, opening, and saying what was lost in reading.

use std::io::Read;

use super::{Exit, Failure, Terminal};
use crate::recording::{self, Input, Options, ReadError, Reader};

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

/// A recording opened for reading.
pub type OpenReader = Reader<Box<dyn Read + Send>>;

/// The recordings that the arguments lead to; what leads to none is reported and counts as bad.
pub fn expand(args: &RecordingArgs, terminal: &Terminal, exit: &mut Exit) -> Vec<Input> {
    let mut inputs = Vec::new();
    for found in recording::expand(&args.recordings) {
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
    let stream = recording::open(input)
        .map_err(|e| Failure::bad_input(format!("{}: cannot be opened: {e}", input.path)))?;
    let reader = Reader::new(stream, Options { lenient: args.lenient }).map_err(|e| unreadable(input, &e))?;
    if reader.header().not_a_nymi_band {
        terminal.note(format!("{}: a recording of other transmitters, not of a Nymi Band", input.path));
    }
    Ok(reader)
}

/// A recording that cannot be read on, with file, line and what to do.
pub fn unreadable(input: &Input, error: &ReadError) -> Failure {
    match error {
        ReadError::Line(bad) => {
            let failure = Failure::bad_input(format!("{}:{}: {}", input.path, bad.line, bad.reason));
            if bad.line == 1 {
                failure.remedy("tapbench convert, if this is a capture or a CSV file")
            } else {
                failure.remedy("--lenient skips such lines; tapbench repair writes a clean recording")
            }
        }
        ReadError::Io { .. } | ReadError::Empty => Failure::bad_input(format!("{}: {error}", input.path)),
    }
}

/// Says what was lost in reading, and gives the exit status that it means.
pub fn report_losses(input: &Input, reader: &OpenReader, dropped: u64, terminal: &Terminal) -> Exit {
    let path = &input.path;
    if reader.torn() {
        terminal.warn(format!("{path}: the last line is torn, as a crash leaves it, and was dropped"));
    }
    if dropped > 0 {
        terminal.warn(format!("{path}: the recorder itself lost {dropped} samples (see its source events)"));
    }
    let Some(first) = reader.first_bad() else { return Exit::Done };
    let n = reader.skipped();
    let others = if n == 1 { String::new() } else { format!(" (and {} more lines)", n - 1) };
    terminal.warn(format!("{path}:{}: skipped: {}{others}", first.line, first.reason));
    Exit::DataLost
}
