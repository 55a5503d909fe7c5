//! A dongle that the Nymi Bluetooth Endpoint holds: its service is stopped for the recording, if the
//! person wants that, and started again at its end.

use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::source::Spec;
use crate::cli::{Exit, Failure, Terminal};
use crate::drivers::discovery;
use crate::drivers::serial::{Port, Reason};
use crate::helper::{Helper, NoHelper, NotHeldHere, Rights};
use crate::service::marker::{self, Left};
use crate::service::{self, Manager, NotHeld, Refusal, State};
use crate::system::Commands;

/// How long the service's manager may take to say what it knows.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// How long a port may stay busy after the service that held it has stopped.
const PORT_LIMIT: Duration = Duration::from_secs(5);

const TICK: Duration = Duration::from_millis(50);

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
            Some(manager) if state(&manager, &Commands::of_the_system()) != Ok(State::Running) => {
                self.is_down(&manager, "an earlier recording left it so")
            }
            _ => Exit::Done,
        }
    }

    fn is_down(&self, manager: &Manager, why: &str) -> Exit {
        let failure = Failure {
            exit: Exit::NoDevice,
            what: format!("the service {} is still stopped: {why}", manager.name()),
            remedy: Some(start_by_hand(manager)),
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
            terminal.warn("--stop-endpoint: which service is the Nymi Bluetooth Endpoint could not be told");
        }
        return Ok(nothing);
    };
    let is_running = state(&manager, &commands) == Ok(State::Running);
    if let Some(left) = left.as_ref().filter(|_| !is_running) {
        terminal.warn(stopped_since(left, &manager, Timestamp::now()));
        if !is_wanted {
            terminal.note(format!(
                "  try: --stop-endpoint, which starts it at the end, or now: {}",
                start_by_hand(&manager)
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
    let begun = Instant::now();
    while begun.elapsed() < PORT_LIMIT && busy.iter().any(|port| is_busy(port)) {
        thread::park_timeout(TICK);
    }
    Ok(borrowed)
}

fn state(manager: &Manager, commands: &Commands) -> Result<State, String> {
    manager.state(&commands.run(&manager.query(), QUERY_LIMIT))
}

/// `the service … is stopped by tapbench since 14:03 …`.
fn stopped_since(left: &Left, manager: &Manager, now: Timestamp) -> String {
    let since = left.marker.as_ref().map_or("an earlier run".to_owned(), |marker| marker.since(now));
    format!("the service {} is stopped by tapbench since {since}: that recording was killed", manager.name())
}

fn start_by_hand(manager: &Manager) -> String {
    match manager {
        Manager::Windows => format!(
            "{} as administrator; without such rights: right-click the Status Indicator, then Restart",
            manager.start_by_hand()
        ),
        Manager::Systemd { .. } => manager.start_by_hand(),
    }
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

fn is_busy(port: &str) -> bool {
    Port::open(port).is_err_and(|error| error.reason == Reason::Busy)
}

fn agrees(busy: &[String], manager: &Manager, terminal: &Terminal) -> bool {
    terminal.agrees(&format!(
        "{}: held by the service {}. Stop it while this records, and start it again at the end?",
        busy.join(", "),
        manager.name()
    ))
}

fn hold(manager: &Manager, terminal: &Terminal) -> Result<Helper, Failure> {
    let held = match hold_as(manager, Rights::Own) {
        Err(NotHeldHere::NotHeld(NotHeld::Refused(Refusal::NoRights))) if cfg!(windows) => {
            terminal.note("stopping a service needs an administrator: Windows asks");
            hold_as(manager, Rights::Administrator)
        }
        other => other,
    };
    held.map_err(|error| not_held(&error, manager))
}

fn hold_as(manager: &Manager, rights: Rights) -> Result<Helper, NotHeldHere> {
    let program = std::env::current_exe().map_err(NoHelper::from)?;
    let mut helper = Helper::start(&program, rights)?;
    helper.hold(manager)?;
    Ok(helper)
}

fn not_held(error: &NotHeldHere, manager: &Manager) -> Failure {
    let (stop, start) = (manager.stop_by_hand(), start_by_hand(manager));
    let remedy = match error {
        NotHeldHere::NotHeld(NotHeld::Held) => "wait until the other recording has ended".to_owned(),
        NotHeldHere::NotHeld(NotHeld::WasStopped) => "end the program that holds the port".to_owned(),
        NotHeldHere::NotHeld(NotHeld::Refused(Refusal::NoRights)) | NotHeldHere::NoHelper(_)
            if cfg!(windows) =>
        {
            format!(
                "run this in a prompt opened with \"Run as administrator\", or have it stopped ({stop}) and started again ({start})"
            )
        }
        NotHeldHere::NotHeld(NotHeld::Refused(Refusal::NoRights)) => {
            format!("run this as root, or stop it by hand ({stop}) and start it again afterwards ({start})")
        }
        _ => format!("stop it by hand ({stop}), and start it again afterwards ({start})"),
    };
    Failure { exit: Exit::NoDevice, what: format!("{}: {error}", manager.name()), remedy: Some(remedy) }
}
