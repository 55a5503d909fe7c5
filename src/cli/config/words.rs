//! What went wrong with a file, in words for the person at the terminal: what, why, what to do.

use crate::cli::{Exit, Failure};
use crate::nbe_config::{
    BadValue, ChangeError, EditError, FileError, MAX_BYTES, MigrateError, Obstacle, Place, Refusal,
    SyntaxError,
};

/// A file that could not be read or written (exit 2).
pub fn of_file(error: &FileError) -> Failure {
    let place = Place::of(&error.path);
    let file = error.path.display();
    let remedy = match error.obstacle {
        Obstacle::ReadOnlyFile if cfg!(windows) => {
            format!("if it may be changed, clear its read-only attribute: attrib -r \"{file}\"")
        }
        Obstacle::ReadOnlyFile if place == Place::HpThinPro => {
            format!("if it may be changed: fsunlock, then chmod u+w {file}, and run this again")
        }
        Obstacle::ReadOnlyFile => format!("if it may be changed, make it writable: chmod u+w {file}"),
        Obstacle::ReadOnlyFileSystem => place.remedy_for_read_only_file_system().into(),
        Obstacle::DiskFull => "free some space on this disk (the file and its backup need room) and run this again; the file is as it was".into(),
        Obstacle::NoRights => place.remedy_for_no_rights().into(),
        Obstacle::Locked => "close the editor or program that holds the file open, or stop the Nymi Bluetooth Endpoint service, and run this again".into(),
        Obstacle::BeingWritten => "wait until it has ended, and run this again".into(),
        Obstacle::NotAFile => "name the nbe.toml itself".into(),
        Obstacle::NotFound => "check the path; Windows keeps it at C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml, HP ThinPro at /usr/bin/nbe.toml".into(),
        Obstacle::TooLarge => format!("check that this is an nbe.toml: at most {MAX_BYTES} bytes are read"),
        Obstacle::ChangedMeanwhile => "look at the file, and run this again".into(),
        Obstacle::NotAsWritten => "compare the file with its newest backup (`tapbench config restore --list`); the disk or a write filter may have refused the bytes".into(),
        Obstacle::Other => return Failure::bad_input(error),
    };
    Failure::bad_input(error).remedy(remedy)
}

/// A file that is not TOML, where TOML is needed (exit 2).
pub fn of_syntax(path: &std::path::Path, error: &SyntaxError) -> Failure {
    let file = path.display();
    Failure::bad_input(format!("{file}:{}:{}: not TOML: {}", error.at.line, error.at.column, error.message))
        .remedy(format!("correct that line first; `tapbench config check {file}` says more"))
}

/// A value in a file that is none, where values are needed (exit 2).
pub fn of_bad_value(path: &std::path::Path, error: &BadValue) -> Failure {
    let file = path.display();
    Failure::bad_input(format!("{file}: {error}"))
        .remedy(format!("correct that line first; `tapbench config check {file}` says more"))
}

/// A change that was not made; the file is as it was.
pub fn of_change(error: &ChangeError) -> Failure {
    match error {
        ChangeError::File(error) => of_file(error),
        ChangeError::Syntax { path, error } => of_syntax(path, error),
        ChangeError::Edit { error: EditError::NotAsMeant(_), .. } => {
            Failure::bad_input(error).remedy("edit this file by hand, and check it with `tapbench config check`")
        }
        ChangeError::Edit { error: EditError::OutOfDomain(_), .. } => Failure::did_not_hold(error),
        ChangeError::Edit { .. } | ChangeError::Migrate { error: MigrateError::Edit(_), .. } => {
            Failure::bad_input(error).remedy("correct that line first; `tapbench config check` says how")
        }
        ChangeError::Migrate { error: MigrateError::Conflict { .. }, .. } => Failure::did_not_hold(error)
            .remedy("delete the one that is wrong: older endpoints read the one at the top, current ones the table"),
        ChangeError::BothLayouts(_) => Failure::bad_input(error).remedy(
            "say where to write: --layout dongle (what a current endpoint reads) or --layout top (older releases)",
        ),
        ChangeError::Refused(refusals) => refused(refusals, error),
        ChangeError::NoFile(path) => {
            Failure::bad_input(error).remedy(format!("check the path; to make a new file: {}", create(path)))
        }
        ChangeError::NoAgent { path, .. } => {
            Failure::bad_input(error).remedy(format!("to make it all the same: {}", create(path)))
        }
        ChangeError::OtherAgent { .. } => Failure::bad_input(error)
            .remedy("leave out --agent-url to keep that one, or correct agent_url by hand afterwards"),
        ChangeError::BadAgent(_) => {
            Failure::bad_input(error).remedy("give it as in --agent-url ws://127.0.0.1:9120/socket/websocket")
        }
    }
}

/// The one command that makes a file, whichever asked for it.
fn create(path: &std::path::Path) -> String {
    format!(
        "tapbench config set {} --create --agent-url URL --dongle DONGLE KEY=VALUE…, with the address of this \
         site's Nymi Agent",
        path.display()
    )
}

fn refused(refusals: &[Refusal], error: &ChangeError) -> Failure {
    let remedy = refusals.iter().find_map(|refusal| match refusal {
        Refusal::Order(v) => Some(format!(
            "keep rssi_cutoff_far, rssi_cutoff_close, rssi_tap_threshold in this order, the last closest to 0; \
             values that belong together can be set in one call ({} and {} here)",
            v.outer, v.inner
        )),
        Refusal::OutOfDomain(_) => None,
    });
    let remedy = remedy.unwrap_or_else(|| "give a value inside the domain".into());
    Failure { exit: Exit::DidNotHold, what: format!("refused: {error}"), remedy: Some(remedy) }
}
