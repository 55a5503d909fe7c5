//! `tapbench doctor`: what would stop a calibration on this terminal, and what the vendor says of
//! lines found in logs.

mod agent;
mod gather;
mod logs;
mod print;

use std::path::PathBuf;

use super::{Exit, Failure, Format, Terminal};
use crate::doctor::State;
use crate::drivers::discovery::{Found, Model};

/// Find what would stop a calibration on this terminal; explain lines found in logs
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench doctor\n  \
    tapbench doctor --try-agent\n  \
    tapbench doctor --log C:\\Nymi\\Bluetooth_Endpoint\\logs\\nymi_bluetooth_endpoint.log\n\
    Exit status 1 when a problem was found in the terminal; what could not be told and lines in logs\n\
    do not count. Commands are printed for you to run: doctor itself changes nothing.")]
pub struct Args {
    /// Explain the lines of this log: a file, a pattern, or - for the standard input (repeatable)
    #[arg(long, value_name = "FILE")]
    log: Vec<String>,
    /// Connect once to the Nymi Agent that nbe.toml names
    #[arg(long)]
    try_agent: bool,
    /// The nbe.toml [default: that of the endpoint on this terminal]
    #[arg(long, value_name = "NBE_TOML")]
    config: Option<PathBuf>,
    /// Look at this dongle too, listed or not: bleuio:PORT or bluegiga:PORT (repeatable)
    #[arg(long, value_name = "SPEC", value_parser = named)]
    source: Vec<Found>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let findings = gather::findings(args);
    let (logs, mut exit) = logs::search(&args.log, terminal);
    match args.format {
        Format::Json => terminal.print(&print::json(&findings, &logs))?,
        Format::Table => {
            terminal.print(&print::table(&findings, terminal.colors_stdout()))?;
            terminal.print(&print::log_table(&logs))?;
            terminal.note(print::summary(&findings));
        }
    }
    if findings.iter().any(|finding| finding.state == State::Problem) {
        exit = exit.and(Exit::DidNotHold);
    }
    Ok(exit)
}

/// A dongle named by hand.
fn named(spec: &str) -> Result<Found, String> {
    let wrong = || "name it as in bleuio:/dev/ttyACM0 or bluegiga:COM3".to_owned();
    let (kind, port) = spec.split_once(':').filter(|(_, port)| !port.is_empty()).ok_or_else(wrong)?;
    let model = [Model::BleuIo, Model::Bled112].into_iter().find(|model| model.kind().name() == kind);
    Ok(Found { port: port.to_owned(), model: model.ok_or_else(wrong)?, vid_pid: String::new(), serial: None })
}
