//! `tapbench config`.

use super::{Exit, Failure, Terminal};

/// Check, compare, edit and restore nbe.toml; IGEL parameters
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _terminal: &Terminal) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
