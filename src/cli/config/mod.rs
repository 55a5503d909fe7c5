//! `tapbench config`: a file per subcommand, each thin; `files` finds the files that FILE names,
//! `listing` prints findings, `words` says what went wrong and what to do, and `rights` writes where
//! this user may not.

mod check;
pub(super) mod difference;
pub(super) mod files;
mod igel;
mod listing;
mod migrate;
mod restore;
pub(super) mod rights;
pub(super) mod set;
mod show;
pub(super) mod words;

use super::{Exit, Failure, Terminal};

/// Check, compare, edit and restore nbe.toml; IGEL parameters
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
    Show(show::Args),
    Diff(set::DiffArgs),
    Set(set::SetArgs),
    Migrate(migrate::Args),
    Restore(restore::Args),
    Igel(igel::Args),
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        Command::Check(args) => check::run(args, terminal),
        Command::Show(args) => show::run(args, terminal),
        Command::Diff(args) => set::diff(args, terminal),
        Command::Set(args) => set::set(args, terminal),
        Command::Migrate(args) => migrate::run(args, terminal),
        Command::Restore(args) => restore::run(args, terminal),
        Command::Igel(args) => igel::run(args, terminal),
    }
}
