//! `cargo xtask test`: everything that must hold before a change is taken.

use std::process::Command;

use crate::steps::{Done, Steps};
use crate::test_counts::TestCounts;
use crate::{Outcome, apt, flags, host, process, tree, windows};

pub const ABOUT: &str = "format, lints, tests, docs, tree, licences, then windows (not with --skip-windows)";

pub fn run(arguments: &[String]) -> Outcome {
    let [skip_windows] = flags(arguments, ["--skip-windows"])?;
    apt::ensure(apt::BUILD)?;
    let mut steps = Steps::new();
    steps.step("format", || checked(host::cargo().args(["fmt", "--all", "--check"])));
    steps.step("lints", || clippy(&[]));
    steps.step("lints without features", || clippy(&["--no-default-features"]));
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

fn has_nextest() -> bool {
    process::output(host::cargo().args(["nextest", "--version"])).is_ok()
}

/// Turns a bare cargo into one that runs tests: by nextest where that is installed.
pub fn runner(mut cargo: Command) -> Command {
    if has_nextest() {
        cargo.args(["nextest", "run"]);
    } else {
        cargo.args(["test", "--no-fail-fast"]);
    }
    cargo
}

/// Runs tests and reads the counts from what they print.
pub fn tested(command: &mut Command) -> Result<Done, String> {
    let heard = process::run_heard(command)?;
    let counts = TestCounts::read(&heard.text);
    if !heard.success && counts.failed == 0 {
        return Err("the tests could not be built or run; see above".into());
    }
    Ok(Done::Tested(counts))
}

fn licences() -> Result<Done, String> {
    if process::output(host::cargo().args(["deny", "--version"])).is_err() {
        return Ok(Done::Skipped("cargo-deny is not installed (`cargo install --locked cargo-deny`)".into()));
    }
    // Advisories need a database from GitHub; these three need nothing but the crates.
    checked(host::cargo().args(["deny", "--workspace", "check", "bans", "licenses", "sources"]))
}
