//! Having the endpoint's service held stopped, with the least rights that do, and what a person can do
//! where it is not.

use std::path::Path;

use super::caller::{Helper, NotHeldHere};
use super::process::Rights;
use crate::service::{Manager, NotHeld, Refusal};

/// Has the service stopped by `program` (ourselves) until what is returned is given back or dropped.
/// Where this user may not, Windows asks for an administrator; `on_question` is called before.
///
/// # Errors
/// Why it is not stopped; it is then as it was.
pub fn hold(program: &Path, manager: &Manager, on_question: impl FnOnce()) -> Result<Helper, NotHeldHere> {
    match hold_as(program, manager, Rights::Own) {
        Err(NotHeldHere::NotHeld(NotHeld::Refused(Refusal::NoRights))) if cfg!(windows) => {
            on_question();
            hold_as(program, manager, Rights::Administrator)
        }
        other => other,
    }
}

fn hold_as(program: &Path, manager: &Manager, rights: Rights) -> Result<Helper, NotHeldHere> {
    let mut helper = Helper::start(program, rights)?;
    helper.hold(manager)?;
    Ok(helper)
}

impl NotHeldHere {
    /// What to do.
    pub fn remedy(&self, manager: &Manager) -> String {
        let (stop, start) = (manager.stop_by_hand(), manager.start_remedy());
        match self {
            Self::NotHeld(NotHeld::Held) => "wait until the other recording has ended".to_owned(),
            Self::NotHeld(NotHeld::WasStopped) => "end the program that holds the port".to_owned(),
            Self::NotHeld(NotHeld::Refused(Refusal::NoRights)) | Self::NoHelper(_) if cfg!(windows) => {
                format!(
                    "run this in a prompt opened with \"Run as administrator\", or have it stopped ({stop}) and started again ({start})"
                )
            }
            Self::NotHeld(NotHeld::Refused(Refusal::NoRights)) => {
                format!(
                    "run this as root, or stop it by hand ({stop}) and start it again afterwards ({start})"
                )
            }
            _ => format!("stop it by hand ({stop}), and start it again afterwards ({start})"),
        }
    }
}
