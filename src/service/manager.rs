//! What to ask the service managers of Windows and systemd, and what their answers mean. Windows
//! prints its labels in the language of the system and its numbers alike everywhere, so only
//! numbers and their places are read.

use serde::{Deserialize, Serialize};

use super::WINDOWS_NAME;
use crate::system::{Captured, CommandLine};

/// ERROR_ACCESS_DENIED of Windows.
const ACCESS_DENIED: i32 = 5;
/// ERROR_SERVICE_ALREADY_RUNNING.
const ALREADY_RUNNING: i32 = 1056;
/// ERROR_SERVICE_DISABLED.
const DISABLED: i32 = 1058;
/// ERROR_SERVICE_DOES_NOT_EXIST.
const NO_SUCH_SERVICE: i32 = 1060;
/// ERROR_SERVICE_NOT_ACTIVE: there is nothing to stop.
const NOT_ACTIVE: i32 = 1062;

/// Whom to ask about the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// The service control manager of Windows.
    Windows,
    /// systemd.
    Systemd {
        /// The unit, `….service`.
        unit: String,
    },
}

/// What a service is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Started.
    Running,
    /// Not started.
    Stopped,
    /// On its way to being started.
    Starting,
    /// On its way to being stopped.
    Stopping,
    /// Started and put on hold.
    Paused,
    /// There is no such service.
    NotInstalled,
}

/// How a service is started, and by what command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Whether the system starts it by itself.
    pub starts_by_itself: bool,
    /// Whether it cannot be started at all as it is.
    pub is_disabled: bool,
    /// The command with its arguments, where it is told.
    pub command: Option<String>,
}

/// Why a service was not stopped or started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// This user may not.
    #[error("this user may not stop or start services")]
    NoRights,
    /// It is disabled.
    #[error("the service is disabled")]
    Disabled,
    /// It is not there.
    #[error("there is no such service")]
    NotInstalled,
    /// The manager's own words.
    #[error("{0}")]
    Other(String),
}

impl Manager {
    /// The service, as its manager calls it.
    pub fn name(&self) -> &str {
        match self {
            Self::Windows => WINDOWS_NAME,
            Self::Systemd { unit } => unit,
        }
    }

    /// Asks what it is doing; anyone may.
    pub fn query(&self) -> CommandLine {
        match self {
            Self::Windows => CommandLine::new("sc", ["queryex", WINDOWS_NAME]),
            Self::Systemd { unit } => show(unit, "--property=LoadState,ActiveState"),
        }
    }

    /// Asks how it is started; anyone may.
    pub fn query_configuration(&self) -> CommandLine {
        match self {
            Self::Windows => CommandLine::new("sc", ["qc", WINDOWS_NAME, "4096"]),
            Self::Systemd { unit } => show(unit, "--property=LoadState,UnitFileState"),
        }
    }

    /// Stops it; needs rights.
    pub fn stop(&self) -> CommandLine {
        self.order("stop")
    }

    /// Starts it; needs rights.
    pub fn start(&self) -> CommandLine {
        self.order("start")
    }

    fn order(&self, verb: &str) -> CommandLine {
        match self {
            Self::Windows => CommandLine::new("sc", [verb, WINDOWS_NAME]),
            // Nobody could see a question about a password.
            Self::Systemd { unit } => CommandLine::new("systemctl", ["--no-ask-password", verb, unit]),
        }
    }

    /// The command for a person who wants to start it.
    pub fn start_by_hand(&self) -> String {
        self.by_hand("start")
    }

    /// What a person can do who wants to start it, with or without rights.
    pub fn start_remedy(&self) -> String {
        let start = self.start_by_hand();
        match self {
            Self::Windows => format!(
                "{start} as administrator; without such rights: right-click the Status Indicator, then Restart"
            ),
            Self::Systemd { .. } => start,
        }
    }

    /// The command for a person who wants to stop it.
    pub fn stop_by_hand(&self) -> String {
        self.by_hand("stop")
    }

    fn by_hand(&self, verb: &str) -> String {
        match self {
            // Waits until it is done, and PowerShell does not take it for something else, as it does `sc`.
            Self::Windows => format!("net {verb} {WINDOWS_NAME}"),
            Self::Systemd { unit } => format!("sudo systemctl {verb} {unit}"),
        }
    }

    /// What the answer to [`Manager::query`] means.
    ///
    /// # Errors
    /// In words, why it cannot be told.
    pub fn state(&self, answer: &Captured) -> Result<State, String> {
        let unclear = || format!("the answer of `{}` is not understood", self.query());
        match self {
            Self::Windows => {
                if windows_error(answer) == Some(NO_SUCH_SERVICE) {
                    return Ok(State::NotInstalled);
                }
                let text = answer.success().map_err(|why| format!("`{}` {why}", self.query()))?;
                // SERVICE_STATUS: type, state, …; the numbers are those of the Windows headers.
                match numbers(text).nth(1) {
                    Some(1) => Ok(State::Stopped),
                    Some(2 | 5) => Ok(State::Starting),
                    Some(3) => Ok(State::Stopping),
                    Some(4) => Ok(State::Running),
                    Some(6 | 7) => Ok(State::Paused),
                    _ => Err(unclear()),
                }
            }
            Self::Systemd { .. } => {
                let text = answer.success().map_err(|why| format!("`{}` {why}", self.query()))?;
                if property(text, "LoadState") == Some("not-found") {
                    return Ok(State::NotInstalled);
                }
                match property(text, "ActiveState") {
                    Some("active" | "reloading") => Ok(State::Running),
                    Some("inactive" | "failed") => Ok(State::Stopped),
                    Some("activating") => Ok(State::Starting),
                    Some("deactivating") => Ok(State::Stopping),
                    _ => Err(unclear()),
                }
            }
        }
    }

    /// What the answer to [`Manager::query_configuration`] means.
    ///
    /// # Errors
    /// In words, why it cannot be told.
    pub fn configuration(&self, answer: &Captured) -> Result<Configuration, String> {
        let text = answer.success().map_err(|why| format!("`{}` {why}", self.query_configuration()))?;
        let unclear = || format!("the answer of `{}` is not understood", self.query_configuration());
        match self {
            Self::Windows => {
                // QUERY_SERVICE_CONFIG: type, start type, error control, command, …
                let start_type = numbers(text).nth(1).filter(|kind| *kind <= 4).ok_or_else(unclear)?;
                let mut behind_name = values(text).skip_while(|value| first_number(value).is_none());
                let command = behind_name.find(|value| first_number(value).is_none());
                Ok(Configuration {
                    starts_by_itself: start_type <= 2,
                    is_disabled: start_type == 4,
                    command: command.filter(|command| !command.is_empty()).map(str::to_owned),
                })
            }
            Self::Systemd { .. } => {
                let state = property(text, "UnitFileState").ok_or_else(unclear)?;
                Ok(Configuration {
                    starts_by_itself: !matches!(state, "disabled" | "masked" | "masked-runtime" | "bad"),
                    is_disabled: state.starts_with("masked"),
                    command: None,
                })
            }
        }
    }

    /// What became of [`Manager::stop`] or [`Manager::start`]: whether it is on its way.
    ///
    /// # Errors
    /// Why it is not.
    pub fn ordered(&self, answer: &Captured) -> Result<(), Refusal> {
        let Err(words) = answer.success() else { return Ok(()) };
        match self {
            Self::Windows => match windows_error(answer) {
                Some(NOT_ACTIVE | ALREADY_RUNNING) => Ok(()),
                Some(ACCESS_DENIED) => Err(Refusal::NoRights),
                Some(DISABLED) => Err(Refusal::Disabled),
                Some(NO_SUCH_SERVICE) => Err(Refusal::NotInstalled),
                _ => Err(Refusal::Other(words)),
            },
            Self::Systemd { .. } => Err(match answer {
                // The statuses of systemctl(1) that LSB defines: 4, insufficient privilege; 5, not installed.
                Captured::Ran { status: Some(4), .. } => Refusal::NoRights,
                Captured::Ran { stderr, .. } if denied(stderr) => Refusal::NoRights,
                Captured::Ran { status: Some(5), .. } => Refusal::NotInstalled,
                Captured::Ran { stderr, .. } if stderr.contains("is masked") => Refusal::Disabled,
                _ => Refusal::Other(words),
            }),
        }
    }
}

fn show(unit: &str, properties: &str) -> CommandLine {
    CommandLine::new("systemctl", ["show", "--no-pager", properties, unit])
}

/// How systemctl words it in the language `C`, in which it is asked.
fn denied(stderr: &str) -> bool {
    ["Interactive authentication required", "Access denied", "Permission denied", "Operation not permitted"]
        .iter()
        .any(|words| stderr.contains(words))
}

/// The units that may be the endpoint, from `systemctl list-unit-files`. The guide names the service
/// of Windows only, so on Linux it is looked for by the names of the vendor and the program.
pub fn endpoint_units(listing: &str) -> Vec<String> {
    let names = listing.lines().filter_map(|line| line.split_whitespace().next());
    let is_endpoint = |name: &&str| {
        let stem = name.strip_suffix(".service").map(str::to_ascii_lowercase).unwrap_or_default();
        let is_agent = stem.contains("agent");
        (stem.contains("nymi") || matches!(stem.as_str(), "nbe" | "nbed" | "lbe")) && !is_agent
    };
    names.filter(is_endpoint).map(str::to_owned).collect()
}

/// What stands behind the colon of each line of `sc`.
fn values(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(_, value)| value.trim())
}

/// The number that a value begins with, `0x` marking those that are hexadecimal.
fn first_number(value: &str) -> Option<u32> {
    let word = value.split_whitespace().next()?;
    match word.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// The values of `sc` that are numbers, in their order.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    values(text).filter_map(first_number)
}

/// `sc` ends with the error of Windows, and prints it at the end of a line, before a colon.
fn windows_error(answer: &Captured) -> Option<i32> {
    let Captured::Ran { status, stdout, stderr } = answer else { return None };
    let status = status.filter(|status| *status != 0)?;
    let printed = [stdout, stderr].into_iter().find_map(|text| {
        let first = text.lines().find(|line| !line.trim().is_empty())?;
        first.trim_end().strip_suffix(':')?.split_whitespace().last()?.parse().ok()
    });
    Some(printed.unwrap_or(status))
}

/// A property that `systemctl show` prints.
fn property<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
