//! `tapbench nfc configure`: writes the settings of OMNIKEY 5022 readers, after a backup, and
//! proves them by reading them back.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::done::{Done, State};
use super::{candidates, listed};
use crate::cli::record::endpoint;
use crate::cli::{Exit, Failure, Format, Terminal};
use crate::drivers::nfc::{self, PcSc, Presence, ReaderState};
use crate::reader_settings::{Backup, Comparison, Identity, Reader, ReaderError, Settings, found, settle};

/// Set OMNIKEY 5022 readers as the vendor's guide wants them, or back to a backup
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench nfc configure --dry-run\n  \
    tapbench nfc configure --all --yes --format json\n  \
    tapbench nfc configure --restore omnikey-KJ0J0G00X01110202-20261124T001500Z.json\n\
    All settings are saved to a file in this folder first. Only what differs is written; then the reader keeps it, starts \
    anew, is found again by its serial number and is read back; it is said where the restart was not seen. Where a setting is refused, those before it are taken back. Where its driver lets no settings through, leave any \
    contactless card on the reader meanwhile. On Windows, without a card, the \
    endpoint is in the way: at a terminal it is asked whether to stop it; --stop-endpoint does not ask. Exit status 4 when a reader cannot be read or written, or does not have a setting that is wanted; what it has is written all the same.")]
pub struct Args {
    /// Only readers with this in their name
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before writing
    #[arg(long)]
    yes: bool,
    /// All readers that are connected, not only one
    #[arg(long)]
    all: bool,
    /// Set what this file, made by an earlier run, says; only on the reader it is of
    #[arg(long, value_name = "BACKUP", conflicts_with = "all")]
    restore: Option<PathBuf>,
    /// Stop the Nymi Bluetooth Endpoint service meanwhile; it is started again whatever happens
    #[arg(long)]
    stop_endpoint: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let backup = args.restore.as_deref().map(read_backup).transpose()?;
    let pcsc = nfc::system();
    let states = candidates(listed(pcsc.as_ref())?, args.reader.as_deref())?;
    if backup.is_none() && !args.all && states.len() > 1 {
        let names: Vec<_> = states.iter().map(|state| format!("\n  {}", state.name)).collect();
        let what = format!("several readers are connected:{}", names.concat());
        return Err(Failure::bad_input(what).remedy("--reader NAME for one of them, or --all"));
    }
    // Windows lets only one program speak to a reader on which no card lies.
    let is_direct = states.iter().any(|state| state.presence != Presence::Card);
    let is_exclusive = cfg!(windows) && is_direct && !args.yes;
    let endpoint = endpoint::make_way_to_readers(args.stop_endpoint, is_exclusive, terminal)?;
    let exit = on_readers(args, &pcsc, &states, backup.as_ref(), terminal)?;
    Ok(exit.and(endpoint.give_back()))
}

/// Configures those of the readers that are meant.
fn on_readers(
    args: &Args,
    pcsc: &Arc<dyn PcSc>,
    states: &[ReaderState],
    backup: Option<&Backup>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let mut named = serial_numbers(pcsc, states)?;
    let mut not_there = None;
    if let Some(backup) = backup {
        let is_meant = |(_, serial): &Named| serial.as_ref().is_ok_and(|serial| *serial == backup.serial);
        if named.iter().any(is_meant) {
            // Where it is found, the others are no matter.
            named.retain(is_meant);
        } else {
            // It may be one of those that did not say.
            named.retain(|(_, serial)| serial.is_err());
            not_there = Some(not_connected(&backup.serial, named.is_empty()));
        }
    }
    let mut done = Vec::new();
    for (name, serial) in named {
        // When one starts anew, its name may go to another: each is looked for by its serial number.
        done.push(match serial.and_then(|serial| found(pcsc, &serial)) {
            Ok(reader) => configure(args, pcsc, reader, backup, terminal)?,
            Err(error) => Done::nothing(name, State::Failed(error)),
        });
    }
    match args.format {
        Format::Table => terminal.print(&done.iter().map(Done::words).collect::<String>())?,
        Format::Json => {
            let readers: Vec<_> = done.iter().map(Done::json).collect();
            terminal.print(&format!("{}\n", json!({"readers": readers})))?;
        }
    }
    not_there.map_or_else(|| Ok(done.iter().map(Done::exit).fold(Exit::Done, Exit::and)), Err)
}

/// That the reader of a backup is not there, as far as all that are can be read.
fn not_connected(serial: &str, are_all_read: bool) -> Failure {
    let unless = if are_all_read { "" } else { ", or is one of those that cannot be read" };
    Failure {
        exit: Exit::NoDevice,
        what: format!("the reader with the serial number {serial} is not connected{unless}"),
        remedy: Some("plug in the one that the backup is of".into()),
    }
}

/// A reader's name, and its serial number or why it cannot be read.
type Named = (String, Result<String, ReaderError>);

fn serial_numbers(pcsc: &Arc<dyn PcSc>, states: &[ReaderState]) -> Result<Vec<Named>, Failure> {
    let serial = |state| Reader::open(pcsc, state).map(|reader| reader.identity.serial);
    let named: Vec<Named> = states.iter().map(|state| (state.name.clone(), serial(state))).collect();
    let mut seen = BTreeSet::new();
    let again = named.iter().filter_map(|(_, serial)| serial.as_ref().ok()).find(|s| !seen.insert(*s));
    let Some(serial) = again else { return Ok(named) };
    let what = format!("two readers have the serial number {serial:?} and cannot be told apart");
    Err(Failure { exit: Exit::NoDevice, what, remedy: Some("leave only one of them plugged in".into()) })
}

fn configure(
    args: &Args,
    pcsc: &Arc<dyn PcSc>,
    mut reader: Reader,
    backup: Option<&Backup>,
    terminal: &Terminal,
) -> Result<Done, Failure> {
    let mut done = Done::nothing(reader.name.clone(), State::AsWanted);
    done.identity = Some(reader.identity.clone());
    let settings = match reader.settings() {
        Ok(settings) => settings,
        Err(error) => return Ok(Done { state: State::Failed(error), ..done }),
    };
    let compared = match backup {
        Some(backup) => Comparison::with_backup(&settings, backup),
        None => Comparison::with_guide(&settings),
    };
    (done.changes, done.missing) = (compared.changes, compared.missing);
    if done.changes.is_empty() {
        return Ok(done);
    }
    if args.dry_run {
        return Ok(Done { state: State::WouldChange, ..done });
    }
    if !args.yes && !is_agreed(&done, terminal)? {
        return Ok(Done { state: State::Declined, ..done });
    }
    done.backup = Some(write_backup(&reader.identity, &settings)?);
    done.state = match settle(pcsc, reader, &done.changes) {
        Ok(settled) => State::Changed(settled),
        Err(not_settled) => State::NotSettled(not_settled),
    };
    Ok(done)
}

fn is_agreed(done: &Done, terminal: &Terminal) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let what = format!("{}: settings differ, and nobody can be asked", done.reader);
        return Err(Failure::bad_input(what).remedy("--dry-run shows them; --yes writes them without asking"));
    }
    terminal.did_not_hold(format!("{}\n{}", done.reader, done.changes().trim_end()));
    terminal.did_not_hold("The reader starts anew after that. Write it? [y/N]");
    let mut said = String::new();
    let read = io::stdin().lock().read_line(&mut said);
    read.map_err(|error| Failure::bad_input(format!("cannot read the answer: {error}")))?;
    Ok(matches!(said.trim(), "y" | "Y" | "yes"))
}

fn read_backup(path: &Path) -> Result<Backup, Failure> {
    let failed = |error: String| Failure::bad_input(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let found = Backup::parse(&text).map_err(|error| failed(error.to_string()));
    found.map_err(|failure| failure.remedy("name a file that tapbench nfc configure wrote"))
}

/// Beside no other file: a backup replaces none. It is kept before anything is written.
fn write_backup(identity: &Identity, settings: &Settings) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(Backup::file_name(identity));
    let failed = |error| {
        let what = format!("{}: the backup cannot be written: {error}; nothing was changed", path.display());
        Failure::bad_input(what).remedy("run it in a folder that you may write to")
    };
    Backup::write(&path, identity, settings).map_err(failed)?;
    Ok(path)
}
