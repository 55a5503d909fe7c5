//! `cargo xtask bench`: tapbench beside what one would use instead, on the same files.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::{Outcome, apt, clients, flags, host, process, python};

pub const ABOUT: &str = "time tapbench beside polars, DuckDB, numpy, pygatt; results must agree; frames of the window beside egui_plot (Unix, 800 MB)";

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    apt::ensure(apt::BUILD)?;
    process::run(host::cargo().args(["build", "--release", "--package", "tapbench"]))?;

    let target = host::target()?;
    let folder = target.join("bench");
    let peers = Path::new("benches").join("peers");
    let python = python::environment(&folder.join("venv"), &peers.join("requirements.txt"))?;
    // The last file that the generator writes: one that was stopped starts over.
    if !folder.join("small.rssi.jsonl").is_file() {
        process::run(Command::new(&python).arg(peers.join("generate.py")).arg(&folder))?;
    }

    let mut compare = Command::new(&python);
    compare.arg(peers.join("compare.py")).arg(target.join("release").join("tapbench")).arg(&folder);
    process::run(&mut compare)?;

    let decoder = "bgapi_throughput";
    let build = ["build", "--release", "--package", "dongle-protocols", "--example", decoder];
    process::run(host::cargo().args(build))?;
    let [python, _] = clients::make()?;
    let mut decoders = Command::new(python);
    decoders.arg(peers.join("decoders.py")).arg(target.join("release").join("examples").join(decoder));
    process::run(decoders.arg(&folder))?;
    process::run(host::cargo().args(["bench", "--package", "tapbench", "--bench", "window"]))?;
    println!("The table: {}", folder.join("results.md").display());
    Ok(ExitCode::SUCCESS)
}
