//! A dongle that the Nymi Bluetooth Endpoint holds: its service is stopped for the recording, if the
//! person wants that, and started again at its end.

use jiff::Timestamp;

use super::source::Spec;
use crate::cli::{Exit, Failure, Terminal};
use crate::drivers::discovery;
use crate::drivers::serial::{Reason, is_busy, until_free};
use crate::helper::{self, Helper, NoHelper};
use crate::service::marker::{self, Left};
use crate::service::{self, Manager, QUERY_LIMIT, State};
use crate::system::Commands;

/// Where the service to stop is not known.
const UNKNOWN: &str = "--stop-endpoint: which service is the Nymi Bluetooth Endpoint could not be told";

/// The service, if it was stopped; given back when this is dropped, whatever happened.
pub struct Borrowed<'a> {
    held: Option<(Helper, Manager)>,
    /// An earlier run left it stopped, and this one leaves it so.
    left: Option<Manager>,
    terminal: &'a Terminal,
}

impl Borrowed<'_> {
    /// Has the service started again; exit 4 where it stays down.
    pub fn give_back(mut self) -> Exit {
        self.end()
    }

    fn end(&mut self) -> Exit {
        if let Some((helper, manager)) = self.held.take() {
            return match helper.give_back() {
                Ok(()) => {
                    self.terminal.note(format!("the service {} is started again", manager.name()));
                    Exit::Done
                }
                Err(why) => self.is_down(&manager, &why),
            };
        }
        match self.left.take() {
            Some(manager) if manager.now(&Commands::of_the_system()) != Ok(State::Running) => {
                self.is_down(&manager, "an earlier recording left it so")
            }
            _ => Exit::Done,
        }
    }

    fn is_down(&self, manager: &Manager, why: &str) -> Exit {
        let failure = Failure {
            exit: Exit::NoDevice,
            what: format!("the service {} is still stopped: {why}", manager.name()),
            remedy: Some(manager.start_remedy()),
        };
        self.terminal.failure(&failure);
        failure.exit
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// Stops the service where it holds a dongle that is to be recorded from: with `--stop-endpoint`,
/// or when a person at the terminal agrees.
pub fn make_way<'a>(
    specs: &[Spec],
    is_wanted: bool,
    terminal: &'a Terminal,
) -> Result<Borrowed<'a>, Failure> {
    let nothing = Borrowed { held: None, left: None, terminal };
    let left = marker::left(&marker::folders()).filter(|left| !left.is_held);
    let busy = busy_ports(specs);
    if left.is_none() && busy.is_empty() {
        return Ok(nothing);
    }
    let commands = Commands::of_the_system();
    let Ok(manager) = service::manager(&commands, QUERY_LIMIT) else {
        if is_wanted {
            terminal.warn(UNKNOWN);
        }
        return Ok(nothing);
    };
    let is_running = manager.now(&commands) == Ok(State::Running);
    if let Some(left) = left.as_ref().filter(|_| !is_running) {
        terminal.warn(stopped_since(left, &manager, Timestamp::now()));
        if !is_wanted {
            terminal.note(format!(
                "  try: --stop-endpoint, which starts it at the end, or now: {}",
                manager.start_remedy()
            ));
            return Ok(Borrowed { held: None, left: Some(manager), terminal });
        }
    } else if busy.is_empty() || !is_running || !(is_wanted || agrees(&busy, &manager, terminal)) {
        return Ok(nothing);
    }
    let helper = hold(&manager, terminal)?;
    terminal.note(format!(
        "the service {} is stopped while this records: no tap is detected here; it is started again at the end",
        manager.name()
    ));
    let borrowed = Borrowed { held: Some((helper, manager)), left: None, terminal };
    until_free(&busy);
    Ok(borrowed)
}

/// Stops the service where it may be in the way of speaking to NFC readers: with `--stop-endpoint`,
/// or, where `is_exclusive` says that only one program can, when a person agrees.
pub fn make_way_to_readers<'a>(
    is_wanted: bool,
    is_exclusive: bool,
    terminal: &'a Terminal,
) -> Result<Borrowed<'a>, Failure> {
    let nothing = Borrowed { held: None, left: None, terminal };
    if !is_wanted && !is_exclusive {
        return Ok(nothing);
    }
    let commands = Commands::of_the_system();
    let manager = match running(&commands) {
        Ok(manager) => manager,
        Err(why) => {
            if is_wanted {
                terminal.warn(format!("{why}; nothing was stopped, and tapbench doctor says more"));
            }
            return Ok(nothing);
        }
    };
    let question = || {
        format!(
            "The service {} may use the reader, and without a card on it only one program can. Stop it for \
             the settings, and start it again at the end?",
            manager.name()
        )
    };
    if !is_wanted && !terminal.agrees(&question()) {
        return Ok(nothing);
    }
    let helper = hold(&manager, terminal)?;
    terminal.note(format!(
        "the service {} is stopped meanwhile: no tap is detected here; it is started again at the end",
        manager.name()
    ));
    Ok(Borrowed { held: Some((helper, manager)), left: None, terminal })
}

/// The service, where it is seen to run; else why there is nothing to stop.
fn running(commands: &Commands) -> Result<Manager, String> {
    let manager = service::manager(commands, QUERY_LIMIT).map_err(|_| UNKNOWN.to_owned())?;
    let name = manager.name();
    match manager.now(commands) {
        Ok(State::Running) => Ok(manager),
        Ok(_) => Err(format!("--stop-endpoint: the service {name} is not running")),
        Err(why) => {
            Err(format!("--stop-endpoint: whether the service {name} is running could not be told: {why}"))
        }
    }
}

/// `the service … is stopped by tapbench since 14:03 …`.
fn stopped_since(left: &Left, manager: &Manager, now: Timestamp) -> String {
    let since = left.marker.as_ref().map_or("an earlier run".to_owned(), |marker| marker.since(now));
    format!("the service {} is stopped by tapbench since {since}: that recording was killed", manager.name())
}

/// The ports among the sources that another program holds; of `auto`, all such ports where no
/// dongle is free.
fn busy_ports(specs: &[Spec]) -> Vec<String> {
    let named = specs.iter().filter_map(Spec::port).filter(|port| is_busy(port)).map(str::to_owned);
    let mut busy: Vec<_> = named.collect();
    if specs.iter().any(Spec::is_auto) {
        let seen = discovery::tried();
        if !seen.iter().any(|(obstacle, _)| obstacle.is_none()) {
            let held = seen.iter().filter(|(obstacle, _)| *obstacle == Some(Reason::Busy));
            busy.extend(held.map(|(_, found)| found.port.clone()));
        }
    }
    busy
}

fn agrees(busy: &[String], manager: &Manager, terminal: &Terminal) -> bool {
    terminal.agrees(&format!(
        "{}: held by the service {}. Stop it while this records, and start it again at the end?",
        busy.join(", "),
        manager.name()
    ))
}

fn hold(manager: &Manager, terminal: &Terminal) -> Result<Helper, Failure> {
    let on_question = || terminal.note("stopping a service needs an administrator: Windows asks");
    let program = std::env::current_exe().map_err(|error| NoHelper::from(error).into());
    let held = program.and_then(|program| helper::hold(&program, manager, on_question));
    held.map_err(|error| Failure {
        exit: Exit::NoDevice,
        what: format!("{}: {error}", manager.name()),
        remedy: Some(error.remedy(manager)),
    })
}
