//! `cargo xtask bench`: tapbench beside what one would use instead, on the same files.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::{Outcome, apt, flags, host, process, python};

pub const ABOUT: &str = "time tapbench beside polars, DuckDB and numpy; results must agree (Unix, 800 MB)";

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
    println!("The table: {}", folder.join("results.md").display());
    Ok(ExitCode::SUCCESS)
}
