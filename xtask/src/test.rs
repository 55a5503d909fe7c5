//! `cargo xtask test`: everything that must hold before a change is taken.

use std::process::Command;

use crate::runner::{has_nextest, runner, tested};
use crate::steps::{Done, Steps};
use crate::{Outcome, apt, clients, flags, host, process, tree, windows};

pub const ABOUT: &str = "format, lints, tests, docs, tree, licences, then windows (not with --skip-windows)";

pub fn run(arguments: &[String]) -> Outcome {
    let [skip_windows] = flags(arguments, ["--skip-windows"])?;
    apt::ensure(apt::BUILD)?;
    if let Err(why) = apt::ensure(apt::TESTS).and_then(|()| apt::ensure(apt::WINDOW)) {
        println!(
            "The tests on the system's Bluetooth, on NFC readers and on a display will skip themselves: {why}\n"
        );
    }
    let mut steps = Steps::new();
    steps.step("format", || checked(host::cargo().args(["fmt", "--all", "--check"])));
    steps.step("lints", || clippy(&[]));
    steps.step("lints without features", || clippy(&["--no-default-features"]));
    steps.step("tests without features", || {
        tested(runner(host::cargo()).args(["--no-default-features", "--test", "without_features"]))
    });
    steps.step("independent clients", clients::step);
    steps.step("tests", || tested(runner(host::cargo()).arg("--workspace")));
    if has_nextest() {
        // nextest leaves the examples in the documentation to `cargo test`.
        steps.step("doc tests", || tested(host::cargo().args(["test", "--workspace", "--doc"])));
    }
    steps.step("docs", || {
        let mut doc = host::cargo();
        checked(doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.step("tree", || tree::check().map(|()| Done::Holds));
    steps.step("licences", licences);
    if skip_windows {
        steps.step("windows", || Ok(Done::Skipped("--skip-windows".into())));
    } else {
        windows::add_steps(&mut steps);
    }
    Ok(steps.finish())
}

fn checked(command: &mut Command) -> Result<Done, String> {
    process::run(command).map(|()| Done::Holds)
}

fn clippy(features: &[&str]) -> Result<Done, String> {
    let mut clippy = host::cargo();
    clippy.args(["clippy", "--workspace", "--all-targets"]).args(features);
    checked(clippy.args(["--", "-D", "warnings"]))
}

fn licences() -> Result<Done, String> {
    if process::output(host::cargo().args(["deny", "--version"])).is_err() {
        return Ok(Done::Skipped("cargo-deny is not installed (`cargo install --locked cargo-deny`)".into()));
    }
    // Advisories need a database from GitHub; these three need nothing but the crates.
    checked(host::cargo().args(["deny", "--workspace", "check", "bans", "licenses", "sources"]))
}
