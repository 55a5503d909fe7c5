//! `tune --write`: the recommendation into an nbe.toml.

use std::path::Path;

use super::Tuned;
use crate::cli::config::rights::{CommandLine, Consent};
use crate::cli::config::{set, words};
use crate::cli::{Exit, Failure, Terminal};
use crate::nbe_config::{Layout, Plan, Request};

/// Writes the recommended values for the dongle into the file, backed up beside it.
pub(super) fn write(
    path: &Path,
    layout: Option<Layout>,
    tuned: &Tuned<'_>,
    consent: Consent,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    if let Some(input) = tuned.inputs.iter().find(|i| i.recording.not_a_nymi_band) {
        return Err(Failure::did_not_hold(format!(
            "{}: nothing is written: {} is simulated or of other transmitters, not of a Nymi Band",
            path.display(),
            input.recording.path
        ))
        .remedy("record a Nymi Band at this terminal and tune that"));
    }
    let Some(recommended) = tuned.recommendation.recommended else { return Ok(Exit::DidNotHold) };
    let values: Vec<_> = recommended.iter().map(|(p, value)| (p, i64::from(value))).collect();
    if values.is_empty() {
        terminal.note(format!("{}: nothing is recommended, nothing is written", path.display()));
        return Ok(Exit::Done);
    }
    let request = Request { path, dongle: tuned.dongle, layout, values: &values, agent_url: None };
    let plan = Plan::set(&request).map_err(|error| words::of_change(&error))?;
    let words = values.iter().map(|(parameter, value)| format!("{}={value}", parameter.key()));
    let command = CommandLine::new("set", path).of(tuned.dongle, layout).and(words);
    set::write(&plan, path, &command, consent, terminal)
}
