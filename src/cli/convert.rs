//! `tapbench convert`.

use super::{Exit, Failure, Terminal};

/// Import CSV, btsnoop, pcap or pcapng; export CSV
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _terminal: &Terminal) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
