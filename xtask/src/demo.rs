//! `cargo xtask demo`: from a fresh clone to tapbench's main job: in the window on the simulated
//! bench where there is a display, else on a sample recording.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::{Outcome, apt, flags, host, process};

pub const ABOUT: &str = "build tapbench and open it on the simulated bench, or show it on a sample recording";

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
    if cfg!(target_os = "linux") && has_display() && host::has_program("apt-get") {
        // Without them the command line still shows the main job.
        if let Err(why) = apt::ensure(apt::WINDOW) {
            println!("The window may not open: {why}\n");
        }
    }

    // Half the time of a release build, and as quick on recordings of this size.
    println!("Building tapbench; the first time this takes some minutes.");
    let started = Instant::now();
    process::run(host::cargo().args(["build", "--package", "tapbench"]))?;
    println!("Built in {:.0} s.\n", started.elapsed().as_secs_f64());

    let built = host::target()?.join("debug").join("tapbench");
    if has_display() {
        println!("The window opens on the simulated bench; close it, or press Ctrl+Q, to go on.");
        match process::run(Command::new(&built).arg("demo")) {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            Err(why) => println!("No window: {why}. The same on the command line:\n"),
        }
    }
    let program = built;
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

/// Whether a window can be shown at all.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
