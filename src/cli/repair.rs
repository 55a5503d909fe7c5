//! `tapbench repair`: a clean recording from a torn or damaged one.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::inputs::header_remedy;
use super::output::NewFile;
use super::{Exit, Failure, Terminal};
use crate::recording::{
    self, BadLine, Expanded, Input, Output, ReadError, Reason, RepairError, Repaired, Superseded,
};

/// Write a clean recording from a torn or damaged one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tapbench repair ward3.rssi.jsonl\nwrites ward3.repaired.rssi.jsonl, which \
    is taken in the place of ward3.rssi.jsonl wherever a folder or pattern leads to both. Segments that \
    the operator took back, which a killed recording still has, are taken out. \
    Exit 3: lines were lost; a torn last line alone is no loss."
)]
pub struct Args {
    /// The recording; a folder or pattern repairs each that needs it and has no repaired copy yet; - for
    /// the standard input
    #[arg(value_name = "REC")]
    recording: String,
    /// Where to [default: NAME.repaired.rssi.jsonl beside it, if there is something to repair]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Expanded { mut found, left_out, .. } = recording::expand(std::slice::from_ref(&args.recording));
    let count = found.len() + left_out.len();
    if count > 1 && args.output.is_some() {
        let what = format!("{} is {count} recordings, but --output names one file", args.recording);
        return Err(Failure::bad_input(what).remedy("leave --output away: each is repaired beside itself"));
    }
    for Superseded { original, by } in left_out {
        if args.force {
            found.push(Ok(original));
        } else {
            let path = &original.path;
            terminal.note(format!("{path}: has its repaired copy already, {by}; --force makes it anew"));
        }
    }
    found.retain(|found| !found.as_ref().is_ok_and(|input| is_a_copy_by_the_way(input, args, terminal)));
    let mut exit = Exit::Done;
    for input in found {
        let one = input.map_err(Failure::bad_input).and_then(|input| repair_one(&input, args, terminal));
        exit = exit.and(one.unwrap_or_else(|failure| {
            terminal.failure(&failure);
            failure.exit
        }));
    }
    Ok(exit)
}

/// Whether it is the repaired copy of another, and only a folder or pattern led to it.
fn is_a_copy_by_the_way(input: &Input, args: &Args, terminal: &Terminal) -> bool {
    let is = input.path != args.recording && recording::is_repaired_copy(&input.path);
    if is {
        terminal.note(format!("{}: is a repaired copy; name it by itself to look at it", input.path));
    }
    is
}

fn repair_one(input: &Input, args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(out) = &args.output {
        let found = write(input, out, args.force)?;
        report(input, &found, Some(out), terminal);
        return Ok(exit_of(&found));
    }
    if input.path == "-" {
        return Err(Failure::bad_input("a recording from the standard input has no name to go by")
            .remedy("-o OUT says where the clean one goes"));
    }
    let found = repair(input, &mut io::sink(), Path::new(""), &HashSet::new())?;
    if found.was_whole() {
        report(input, &found, None, terminal);
        return Ok(Exit::Done);
    }
    let out = PathBuf::from(recording::repaired_name(&input.path));
    let found = write(input, &out, args.force)?;
    report(input, &found, Some(&out), terminal);
    Ok(exit_of(&found))
}

fn exit_of(found: &Repaired) -> Exit {
    if found.lost_something() { Exit::DataLost } else { Exit::Done }
}

fn write(input: &Input, out: &Path, force: bool) -> Result<Repaired, Failure> {
    let (file, found) = written(input, out, force, &HashSet::new())?;
    if found.cancelled.is_empty() || input.path == "-" {
        file.finish()?;
        return Ok(found);
    }
    let (file, found) = written(input, out, force, &found.cancelled)?;
    file.finish()?;
    Ok(found)
}

fn written(
    input: &Input,
    out: &Path,
    force: bool,
    without: &HashSet<u64>,
) -> Result<(NewFile, Repaired), Failure> {
    let mut file = NewFile::create(out, force)?;
    let cannot = |e: io::Error| Failure::bad_input(format!("{}: cannot be written: {e}", out.display()));
    let mut output = Output::new(file.file(), out).map_err(cannot)?;
    let found = repair(input, &mut output, out, without)?;
    output.finish().map_err(cannot)?;
    Ok((file, found))
}

fn repair(
    input: &Input,
    output: &mut impl io::Write,
    out: &Path,
    without: &HashSet<u64>,
) -> Result<Repaired, Failure> {
    let stream = recording::open(input, None)
        .map_err(|e| Failure::bad_input(format!("{}: cannot be opened: {e}", input.path)))?;
    recording::repair(stream, output, without).map_err(|error| match error {
        RepairError::Header(error) => {
            let remedy = match &error {
                ReadError::Line(BadLine { reason: reason @ Reason::Version(_), .. }) => header_remedy(reason),
                _ => "nothing can be made of it without its header; give it one of another recording of that session",
            };
            Failure::bad_input(format!("{}: {error}", input.path)).remedy(remedy)
        }
        RepairError::Write(_) => Failure::bad_input(format!("{}: {error}", out.display())),
    })
}

fn report(input: &Input, found: &Repaired, out: Option<&Path>, terminal: &Terminal) {
    let path = &input.path;
    for bad in &found.first_bad {
        terminal.warn(format!("{path}:{}: left out: {}", bad.line, bad.words()));
    }
    if found.skipped > 0 {
        let counts: Vec<_> = found.by_reason.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        terminal.warn(format!("{path}: {} lines left out: {}", found.skipped, counts.join(", ")));
    }
    if let Some((line, error)) = &found.broken_off {
        terminal.warn(format!("{path}: breaks off after line {line}: {error}; what is before is kept"));
    }
    if found.torn {
        terminal.note(format!("{path}: the last line was torn, as a crash leaves it, and was dropped"));
    }
    if found.closed {
        terminal.note(format!("{path}: had no end; closed after its last row"));
    }
    let cancelled = found.cancelled.len();
    match path.as_str() {
        _ if cancelled == 0 => {}
        "-" => terminal.warn(format!(
            "{path}: segments that the operator took back: {cancelled}; repair the file that is written now \
             to take them out, too"
        )),
        _ => terminal.note(format!("{path}: segments that the operator took back, taken out: {cancelled}")),
    }
    if found.was_whole() {
        terminal.note(format!("{path}: nothing to repair"));
    }
    if let Some(out) = out {
        terminal.note(format!("{}: {} rows, {} of them samples", out.display(), found.rows, found.samples));
    }
}
