//! `tapbench simulate`: a virtual dongle on a pseudo-terminal.

use std::path::PathBuf;

use super::{Exit, Failure, Terminal};
use crate::simulator::bleuio::BleuIo;
use crate::simulator::bluegiga::Bluegiga;
use crate::simulator::dongle::VirtualDongle;
use crate::simulator::fault::Fault;
use crate::simulator::scenario::{self, Scenario};

/// Be a dongle: a virtual one on a pseudo-terminal, until Ctrl-C (Unix)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench simulate bleuio --link /tmp/dongle\n  \
    tapbench simulate bluegiga --scenario tap-session --seed 7 --fault garbage --fault split\n\
    The port is the first line of stdout; each port that takes its place later is a line more.\n\
    Scenarios that are always there: two-bands (the default), tap-session, hover,\n\
    walk-away-and-back, crowded-room, two-terminals (the left one of two side by side) and\n\
    two-terminals-right. record --source simulated:NAME hears them without a port, on any system.\n\
    Faults: garbage, slow, drop, split, mute, silent (from 5 s on), busy (the first commands are\n\
    refused), bootloader (for some seconds), leftover-scan, unplug (gone after 5 s, back 2 s later);\n\
    bluegiga also: wrong-state, leftover-connection, no-licence.")]
pub struct Args {
    /// Which dongle
    #[arg(value_enum)]
    dongle: Kind,
    /// A symbolic link to the port, removed at the end
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
    /// Who advertises: a TOML file or a name
    #[arg(long, value_name = "FILE|NAME", default_value = scenario::BUILT_IN[0].0)]
    scenario: String,
    /// Of the chance in the scenario and the faults, instead of the scenario's own
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// What goes wrong (repeatable)
    #[arg(long, value_name = "KIND")]
    fault: Vec<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Bluegiga,
    Bleuio,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut scenario = scenario(&args.scenario)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let mut dongle = dongle(args, &scenario)?;
    play(dongle.as_mut(), args, terminal)
}

/// The scenario of a name or a file.
pub(super) fn scenario(named: &str) -> Result<Scenario, Failure> {
    let parse = |text: &str| {
        Scenario::parse(text)
            .map_err(|e| Failure::bad_input(format!("{named}: {}", e.to_string().trim_end())))
    };
    if let Some(text) = scenario::built_in(named) {
        return parse(text);
    }
    let text = std::fs::read_to_string(named).map_err(|e| {
        let names: Vec<_> = scenario::BUILT_IN.iter().map(|(name, _)| *name).collect();
        Failure::bad_input(format!("{named}: cannot be read: {e}"))
            .remedy(format!("a file, or one of {}", names.join(", ")))
    })?;
    parse(&text)
}

fn dongle(args: &Args, scenario: &Scenario) -> Result<Box<dyn VirtualDongle>, Failure> {
    let (scene, seed) = (scenario.scene(), scenario.seed);
    Ok(match args.dongle {
        Kind::Bluegiga => Box::new(Bluegiga::new(scene, seed, &args.fault)),
        Kind::Bleuio => Box::new(BleuIo::new(scene, seed, &args.fault).map_err(|error| {
            Failure::bad_input(error).remedy("tapbench simulate --help says which faults it can have")
        })?),
    })
}

fn no_device(what: impl ToString) -> Failure {
    Failure { exit: Exit::NoDevice, what: what.to_string(), remedy: None }
}

#[cfg(unix)]
fn play(dongle: &mut dyn VirtualDongle, args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use crate::simulator::run;

    let no_waker = |e: std::io::Error| no_device(format!("cannot listen for Ctrl-C: {e}"));
    let (mut stop, mut asked) = UnixStream::pair().map_err(no_waker)?;
    asked.set_nonblocking(true).map_err(no_waker)?;
    let handled = ctrlc::set_handler(move || {
        // When even one byte does not fit, enough were sent before.
        let _ = asked.write(&[0]);
    });
    handled.map_err(|e| no_device(format!("cannot listen for Ctrl-C: {e}")))?;
    let lost = run::run(dongle, args.link.as_deref(), &mut stop, |port| {
        let mut line = port.as_os_str().as_encoded_bytes().to_vec();
        line.push(b'\n');
        terminal.print_bytes(&line)
    })?;
    if lost > 0 {
        terminal.note(format!("bytes dropped because no client read them: {lost}"));
    }
    Ok(Exit::Done)
}

#[cfg(unix)]
impl From<crate::simulator::run::SimulatorError> for Failure {
    fn from(error: crate::simulator::run::SimulatorError) -> Self {
        match error {
            crate::simulator::run::SimulatorError::Link { .. } => {
                Self::bad_input(error).remedy("--link with another path, or none")
            }
            other => no_device(other),
        }
    }
}

#[cfg(not(unix))]
fn play(_: &mut dyn VirtualDongle, _: &Args, _: &Terminal) -> Result<Exit, Failure> {
    Err(no_device("a virtual dongle needs a pseudo-terminal, which this system does not have")
        .remedy("run tapbench simulate on Linux or macOS"))
}
