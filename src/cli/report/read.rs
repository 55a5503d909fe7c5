//! Recordings for a report: held in memory, since they are hashed, tuned and replayed twice, and
//! all of that must be about the same bytes.

use std::fs;
use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::calibration::{Try, tries_in};
use crate::cli::inputs::{self, LabelledInput, NotTaken, OpenReader, RecordingArgs, Stop};
use crate::cli::parameters::Loaded;
use crate::cli::{Exit, Failure, Terminal};
use crate::recording::{self, Header, Input};
use crate::replay::Filter;
use crate::symptoms::NfcTap;
use crate::tuning::Labelled;

/// A recording in memory.
pub(super) struct Opened {
    pub(super) named: Input,
    bytes: Arc<[u8]>,
    pub(super) sha256: String,
    pub(super) header: Header,
    pub(super) nfc: Vec<NfcTap>,
    pub(super) tries: Vec<Try>,
    pub(super) incomplete: bool,
}

impl Opened {
    /// From its beginning.
    pub(super) fn reader(&self, args: &RecordingArgs) -> Result<OpenReader, Failure> {
        reader(&self.named, &self.bytes, args)
    }
}

/// All recordings; a bad one is reported and counts in the exit status. None that can be read is a
/// failure.
pub(super) fn all(
    args: &RecordingArgs,
    loaded: &Loaded,
    filter: &Filter,
    terminal: &Terminal,
) -> Result<(Vec<Opened>, Vec<LabelledInput>, Exit), Failure> {
    let mut exit = Exit::Done;
    let (mut all, mut labelled, mut not_taken) = (Vec::new(), Vec::new(), NotTaken::default());
    for input in inputs::expand(args, terminal, &mut exit) {
        match one(input, args, loaded, filter, terminal) {
            Ok((opened, input, losses)) => {
                exit = exit.and(losses);
                all.push(opened);
                labelled.push(input);
            }
            Err(stop) => not_taken.add(stop, terminal),
        }
    }
    let exit = exit.and(not_taken.exit(!all.is_empty(), terminal)?);
    Ok((all, labelled, exit))
}

fn one(
    named: Input,
    args: &RecordingArgs,
    loaded: &Loaded,
    filter: &Filter,
    terminal: &Terminal,
) -> Result<(Opened, LabelledInput, Exit), Stop> {
    let failed = |e| Failure::bad_input(format!("{}: cannot be opened: {e}", named.path));
    let bytes: Arc<[u8]> = bytes(&named.path).map_err(failed)?.into();
    let mut reader = reader(&named, &bytes, args)?;
    inputs::beware(&named, reader.header(), terminal);
    let header = reader.header().clone();
    let resolved = loaded.rules(&header, filter).map_err(Stop::Options)?;
    let unreadable = |error| inputs::unreadable(&named, &error);
    let recording = Labelled::read(&named.path, &mut reader, filter).map_err(unreadable)?;
    let losses = inputs::report_losses(&named, &reader, recording.dropped, terminal);
    inputs::report_absent(&named, &reader, filter, recording.samples(), terminal);
    let nfc = nfc(&named, &bytes, args)?;
    let tries = tries_in(self::reader(&named, &bytes, args)?).map_err(unreadable)?;
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let input = LabelledInput::new(recording, resolved, &header, filter);
    let incomplete = losses == Exit::DataLost;
    Ok((Opened { named, bytes, sha256, header, nfc, tries, incomplete }, input, losses))
}

fn bytes(path: &str) -> io::Result<Vec<u8>> {
    if path == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(path)
}

fn reader(named: &Input, bytes: &Arc<[u8]>, args: &RecordingArgs) -> Result<OpenReader, Failure> {
    let stream = recording::of_bytes(Arc::clone(bytes))
        .map_err(|e| Failure::bad_input(format!("{}: cannot be opened: {e}", named.path)))?;
    inputs::reader(named, stream, args)
}

fn nfc(named: &Input, bytes: &Arc<[u8]>, args: &RecordingArgs) -> Result<Vec<NfcTap>, Failure> {
    let mut reader = reader(named, bytes, args)?;
    let mut taps = Vec::new();
    while let Some(row) = reader.next_row().map_err(|error| inputs::unreadable(named, &error))? {
        taps.extend(NfcTap::of(&row));
    }
    Ok(taps)
}
