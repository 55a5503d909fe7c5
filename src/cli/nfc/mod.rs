//! `tapbench nfc`: taps on NFC readers as they happen, and the settings of the readers.

mod check;
mod configure;
mod done;
mod figures;
mod watch;

use super::{Exit, Failure, Terminal};
use crate::drivers::nfc::{self, NfcError, PcSc, ReaderState, is_meant};
use crate::reader_settings::is_candidate;

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
    Check(check::Args),
    Configure(configure::Args),
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        Command::Watch(args) => watch::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Configure(args) => configure::run(args, terminal),
    }
}

fn no_device(what: String, remedy: &str) -> Failure {
    Failure { exit: Exit::NoDevice, what, remedy: Some(remedy.to_owned()) }
}

/// All readers, of whatever kind.
fn listed(pcsc: &dyn PcSc) -> Result<Vec<ReaderState>, Failure> {
    nfc::readers(pcsc).map_err(|code| no_device(code.to_string(), code.remedy()))
}

/// Those of all readers that may be of the known model.
fn candidates(all: Vec<ReaderState>, part: Option<&str>) -> Result<Vec<ReaderState>, Failure> {
    let (known, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|state| is_candidate(&state.name) && is_meant(&state.name, part));
    if !known.is_empty() {
        return Ok(known);
    }
    if others.is_empty() {
        return Err(no_device(NfcError::NoReader.to_string(), NfcError::NoReader.remedy()));
    }
    let names = || others.iter().map(|state| state.name.clone());
    if let Some(part) = part.filter(|part| !others.iter().any(|state| is_meant(&state.name, Some(part)))) {
        let error = NfcError::NoSuchReader { name: part.to_owned(), others: names().collect() };
        return Err(no_device(error.to_string(), error.remedy()));
    }
    let names: String = names().map(|name| format!("\n  {name}")).collect();
    let of_name = part.map_or(String::new(), |part| format!(" with {part:?} in its name"));
    Err(no_device(
        format!("no OMNIKEY 5022{of_name} is connected; there are:{names}"),
        "settings of other readers are not known here: use the vendor's own tool",
    ))
}
