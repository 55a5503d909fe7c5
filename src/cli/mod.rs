//! The command line: one file a subcommand, each thin: parse, call the library, print, exit.
//! Data goes to stdout, everything said to a person to stderr.

pub mod bands;
pub mod config;
pub mod convert;
pub mod devices;
pub mod doctor;
mod duration;
mod exit;
pub mod fit;
mod format;
mod helper;
mod inputs;
pub mod mark;
pub mod nfc;
mod output;
mod parameters;
pub mod record;
mod reference;
pub mod repair;
pub mod replay;
pub mod report;
mod session;
pub mod simulate;
pub mod sweep;
mod terminal;
pub mod tune;
pub mod window;

pub use exit::{Exit, Failure};
pub use format::Format;
pub use reference::reference;
pub use terminal::Terminal;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use window::Start;

/// Test bench for Nymi Bands: replay, tune and record RSSI as NBE judges it; edit nbe.toml safely
#[derive(Debug, Parser)]
#[command(
    name = "tapbench",
    version,
    propagate_version = true,
    after_help = "Example:
  tapbench tune ward3.rssi.jsonl --write nbe.toml

Recordings in the place of a command open in the window: tapbench ward3.rssi.jsonl
Every command shows an example of its own: tapbench replay --help"
)]
pub struct Cli {
    #[command(flatten)]
    terminal: terminal::Options,
    /// Without one, the window opens
    #[command(subcommand)]
    command: Option<Command>,
    /// Recordings, in the place of a command.
    #[arg(skip)]
    paths: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bands(bands::Args),
    Config(config::Args),
    Convert(convert::Args),
    Demo(window::Args),
    Devices(devices::Args),
    Doctor(doctor::Args),
    Mark(mark::Args),
    Nfc(nfc::Args),
    Record(record::Args),
    Repair(repair::Args),
    Replay(replay::Args),
    Report(report::Args),
    Simulate(simulate::Args),
    Sweep(sweep::Args),
    Tune(tune::Args),
    Fit(fit::Args),
    #[command(name = crate::helper::SUBCOMMAND, hide = true)]
    Helper(helper::Args),
    /// Print the completion script of a shell
    #[command(
        after_help = "Example:\n  tapbench completions bash > ~/.local/share/bash-completion/completions/tapbench"
    )]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Parses the process's arguments, runs the command and reports how it ended.
pub fn main() -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    let terminal = Terminal::new(&cli.terminal);
    let exit = match run(cli.command, cli.paths, &terminal) {
        Ok(exit) => exit,
        Err(failure) => {
            terminal.failure(&failure);
            failure.exit
        }
    };
    exit.into()
}

/// What is no command may be recordings that are there.
fn parsed() -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse() {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let paths = window::recordings(std::env::args_os().skip(1));
    match paths.filter(|_| error.kind() == ErrorKind::InvalidSubcommand) {
        Some(paths) => Ok(Cli { paths, ..Cli::try_parse_from(["tapbench"])? }),
        None => Err(error),
    }
}

fn run(command: Option<Command>, paths: Vec<String>, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(command) = command else {
        let is_empty = paths.is_empty();
        return window::run(if is_empty { Start::Empty } else { Start::Recordings(paths) });
    };
    match command {
        Command::Bands(args) => bands::run(&args, terminal),
        Command::Config(args) => config::run(&args, terminal),
        Command::Convert(args) => convert::run(&args, terminal),
        Command::Demo(args) => window::run(Start::Demo(&args)),
        Command::Devices(args) => devices::run(&args, terminal),
        Command::Doctor(args) => doctor::run(&args, terminal),
        Command::Mark(args) => mark::run(&args, terminal),
        Command::Nfc(args) => nfc::run(&args, terminal),
        Command::Record(args) => record::run(&args, terminal),
        Command::Repair(args) => repair::run(&args, terminal),
        Command::Replay(args) => replay::run(&args, terminal),
        Command::Report(args) => report::run(&args, terminal),
        Command::Simulate(args) => simulate::run(&args, terminal),
        Command::Sweep(args) => sweep::run(&args, terminal),
        Command::Tune(args) => tune::run(&args, terminal),
        Command::Fit(args) => fit::run(&args, terminal),
        Command::Helper(args) => helper::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tapbench", &mut script);
            terminal.print_bytes(&script)?;
            Ok(Exit::Done)
        }
    }
}

/// `--help` and `--version` are answers; anything else clap says is wrong usage.
fn usage(error: &clap::Error) -> Exit {
    let answered = !error.use_stderr();
    match error.print() {
        Ok(()) if answered => Exit::Done,
        _ => Exit::BadInput,
    }
}
