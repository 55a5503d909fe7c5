//! `tapbench nfc`: taps on NFC readers as they happen, and the settings of the readers.

mod watch;

use super::{Exit, Failure, Terminal};

/// NFC readers: watch taps, check and mend the readers' settings
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tapbench nfc watch\n  tapbench nfc check\n  tapbench nfc configure --dry-run"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Watch(watch::Args),
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        Command::Watch(args) => watch::run(args, terminal),
    }
}
