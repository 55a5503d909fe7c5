//! `cargo xtask demo`: from a fresh clone to tapbench's main job on a sample recording.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::{Outcome, apt, flags, host, process};

pub const ABOUT: &str = "build tapbench and show its main job on a sample recording";

/// What is shown, in this order: what it is about, and the arguments of `tapbench`.
const SHOWN: &[(&str, &[&str])] = &[
    (
        "What would the Endpoint do at its defaults with this calibration session?",
        &["replay", "recordings/synthetic-calibration-hard.rssi.jsonl", "--dongle", "bluegiga"],
    ),
    (
        "Which parameters suit this workplace, why, and how sure is that?",
        &["tune", "recordings/synthetic-calibration-hard.rssi.jsonl", "--dongle", "bluegiga"],
    ),
];

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    apt::ensure(apt::BUILD)?;

    // Half the time of a release build, and as quick on recordings of this size.
    println!("Building tapbench; the first time this takes a minute.");
    let started = Instant::now();
    process::run(host::cargo().args(["build", "--package", "tapbench"]))?;
    println!("Built in {:.0} s.\n", started.elapsed().as_secs_f64());

    let program = host::target()?.join("debug").join("tapbench");
    // Shown as it is typed from the workspace's root.
    let program =
        program.strip_prefix(host::root()).map(|inside| Path::new(".").join(inside)).unwrap_or(program);
    for (about, arguments) in SHOWN {
        println!("# {about}");
        process::run(Command::new(&program).args(*arguments))?;
        println!();
    }
    println!("`{} --help` shows the rest.", program.display());
    Ok(ExitCode::SUCCESS)
}
