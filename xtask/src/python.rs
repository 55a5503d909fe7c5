//! Python environments under the target folder, made once from a file of pinned packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt::{self, Need};
use crate::{host, process};

const VENV: &[Need] = &[Need::package("python3-venv", "Python with venv and pip")];

/// Holds the pins that an environment was made with; written last, so a torn one is made again.
const STAMP: &str = "pins.txt";

/// The interpreter of the environment in `folder`, made if it is not there with these pins already.
pub fn environment(folder: &Path, requirements: &Path) -> Result<PathBuf, String> {
    let pins =
        fs::read_to_string(requirements).map_err(|why| format!("{}: {why}", requirements.display()))?;
    let python = folder.join("bin").join("python");
    let stamp = folder.join(STAMP);
    // An interpreter that was removed since leaves a link to nothing behind.
    let runs = || process::output(Command::new(&python).args(["-c", ""])).is_ok();
    if fs::read_to_string(&stamp).is_ok_and(|made| made == pins) && runs() {
        return Ok(python);
    }
    if !has_venv() {
        apt::ensure(VENV)?;
    }
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {why}", folder.display()));
        }
        _ => {}
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(folder)).map_err(|why| {
        format!("{why}; python3 needs its modules venv and ensurepip (on Debian: the package python3-venv)")
    })?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--retries",
        "1",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    process::run(pip.arg(requirements)).map_err(|why| {
        format!(
            "{why}; is the Python package index reachable? {} pins what is wanted",
            requirements.display()
        )
    })?;
    host::write(&stamp, &pins)?;
    Ok(python)
}

fn has_venv() -> bool {
    process::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok()
}
