//! `tapbench config migrate`.

use std::path::PathBuf;

use super::rights::{CommandLine, Consent};
use super::{difference, listing, set, words};
use crate::cli::{Exit, Failure, Terminal};
use crate::engine::parameters::Dongle;
use crate::nbe_config::Plan;

/// Move the RSSI keys from the top of the file (older releases) into the dongle's table
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench config migrate nbe.toml --dongle bluegiga --dry-run")]
pub struct Args {
    /// The nbe.toml
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose table; default: bluegiga, and it is said
    #[arg(long, value_enum)]
    dongle: Option<Dongle>,
    /// Only print the diff
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let dongle = args.dongle.unwrap_or(Dongle::Bluegiga);
    let plan = Plan::migrate(&args.file, dongle).map_err(|error| words::of_change(&error))?;
    difference::print_diff(&plan, &args.file, terminal)?;
    if args.dongle.is_none() && !plan.is_unchanged() {
        terminal.warn(
            "no --dongle is given, so the keys go into [dongle.bluegiga]; if the terminal has a BleuIO, \
             `tapbench config restore` takes this back, and --dongle bleuio moves them into its table",
        );
    }
    if args.dry_run {
        listing::mention(terminal, &args.file, &plan.findings());
        return Ok(Exit::Done);
    }
    let command = CommandLine::new("migrate", &args.file).of(dongle, None);
    set::write(&plan, &args.file, &command, args.consent, terminal)
}
