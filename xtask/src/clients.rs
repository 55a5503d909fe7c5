//! `cargo xtask clients`: the independent clients that tests run against the simulators.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::steps::Done;
use crate::{Outcome, flags, host, python};

pub const ABOUT: &str = "Python environments with the dongles' independent clients, for the tests";

/// Names of the files of pins and of the folders made from them. The vendor's library for BleuIO
/// changed its interface, so its text-mode version needs an environment of its own.
const ENVIRONMENTS: [&str; 2] = ["clients", "bleuio-text"];

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    for python in make()? {
        println!("{}", python.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes what is missing; gives the interpreters.
pub fn make() -> Result<[PathBuf; 2], String> {
    let folder = host::target()?.join("python");
    let pins = Path::new("tests").join("python").join("requirements");
    let make = |name| python::environment(&folder.join(name), &pins.join(name).with_extension("txt"));
    let [clients, bleuio_text] = ENVIRONMENTS;
    Ok([make(clients)?, make(bleuio_text)?])
}

/// The step of `cargo xtask test`. Elsewhere than in CI, tests that need a client skip themselves.
pub fn step() -> Result<Done, String> {
    match make() {
        Ok(_) => Ok(Done::Holds),
        Err(why) if std::env::var_os("CI").is_some() => Err(why),
        Err(why) => Ok(Done::Skipped(why)),
    }
}
