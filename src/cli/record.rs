//! `tapbench record`.

use super::{Exit, Failure, Terminal};

/// Stream to a recording
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _terminal: &Terminal) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
