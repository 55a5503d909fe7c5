//! `cargo xtask windows`: the program with its window built for Windows, tested and compared under wine.
//! Debian's own Rust builds the standard library from source, so no other target is installed.

pub mod compare;
mod serial;
mod toolchain;
mod wine;

use std::path::PathBuf;

use crate::steps::{Done, Steps};
use crate::{Outcome, apt, flags, host, process, runner};

pub use toolchain::{TARGET, cargo};
pub use wine::{WINE_RUN, Wine, wine_run};

pub const ABOUT: &str = "build for Windows on Debian, test and compare under wine";

/// All but this tool and the driver for pcscd, which is Linux's. Wine has neither Bluetooth nor card readers, and the tests are told so; the window's
/// go through its accessibility tree and need no display.
const WHAT: &[&str] = &["--workspace", "--exclude", "xtask", "--exclude", "ifd-handler"];

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    let mut steps = Steps::new();
    add_steps(&mut steps);
    Ok(steps.finish())
}

/// The steps of this command, for a run of their own or as a part of `cargo xtask test`.
pub fn add_steps(steps: &mut Steps) {
    let mut wine = None;
    let ready = steps.step("windows: set up", || {
        prepare()?;
        wine = Some(Wine::start()?);
        Ok(Done::Holds)
    });
    let Some(wine) = wine.filter(|_| ready) else { return };
    let built = steps.step("windows: build", || {
        let mut build = cargo();
        build.arg("build").args(WHAT);
        process::run(&mut build).map(|()| Done::Holds)
    });
    if !built {
        return;
    }
    steps.step("windows: tests", || {
        let mut tests = runner::runner(cargo());
        // On a busy machine wine now and then fails to start a process at all. nextest names what it tried again.
        tests.env("NEXTEST_RETRIES", "2");
        runner::tested(wine.under(&mut tests).args(WHAT))
    });
    let native = || Ok::<_, String>(host::target()?.join("debug").join("tapbench"));
    steps.step("windows: same replay", || {
        process::run(host::cargo().args(["build", "--package", "tapbench"]))?;
        compare::replays(&wine, &exe("debug"), &native()?)
    });
    steps.step("windows: serial ports", || serial::records(&wine, &exe("debug"), &native()?));
}

/// Installs what building for Windows and running under wine take.
pub fn prepare() -> Result<(), String> {
    apt::ensure(toolchain::NEEDS)?;
    apt::ensure(wine::NEEDS)
}

/// Where cargo puts the program for Windows.
pub fn exe(profile: &str) -> PathBuf {
    toolchain::target_folder().join(toolchain::TARGET).join(profile).join("tapbench.exe")
}
