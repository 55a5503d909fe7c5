//! `tapbench repair`.

use super::{Exit, Failure, Terminal};

/// Write a clean recording from a torn one
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _terminal: &Terminal) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
