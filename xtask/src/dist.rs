//! `cargo xtask dist`: what a release consists of, each program tried before it is packed.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::apt::{self, Need};
use crate::steps::Done;
use crate::windows::{self, Wine, compare};
use crate::{Outcome, flags, host, notices, process};

pub const ABOUT: &str = "release archives for Windows and Linux, with checksums, in dist/";

const NEEDS: &[Need] = &[
    Need::program("zip", "zip", "packs the archive for Windows"),
    Need::program("binutils", "objdump", "says which glibc the Linux program needs"),
];

/// Packed beside each program.
const ENCLOSED: &[&str] = &["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The same, whole folders: what README leads to, and what the window offers to try things on.
const FOLDERS: &[&str] = &["docs", "profiles", "recordings"];

const VERSION: &str = env!("CARGO_PKG_VERSION");
const DIST: &str = "dist";
const LINUX: &str = "x86_64-unknown-linux-gnu";

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    if let Some(missing) = ENCLOSED.iter().find(|name| !Path::new(name).is_file()) {
        return Err(format!("{missing} is missing; it goes into every archive"));
    }
    apt::ensure(apt::BUILD)?;
    apt::ensure(NEEDS)?;
    windows::prepare()?;

    // A folder of its own: other flags than `cargo build --release`, which would build all anew.
    let linux_target = host::root().join("target").join("dist");
    let mut cargo = host::cargo();
    process::run(release(&mut cargo).env("CARGO_TARGET_DIR", &linux_target))?;
    let program = linux_target.join("release").join("tapbench");
    process::run(release(&mut windows::cargo()))?;
    let exe = windows::exe("release");

    try_out(&program, &exe)?;

    empty(Path::new(DIST))?;
    let linux = folder("linux-gnu", LINUX, &program)?;
    process::run(
        in_dist("tar").args(["--owner=0", "--group=0", "-czf"]).arg(format!("{linux}.tar.gz")).arg(&linux),
    )?;
    let windows = folder("windows", windows::TARGET, &exe)?;
    process::run(in_dist("zip").args(["-qrX"]).arg(format!("{windows}.zip")).arg(&windows))?;

    let sums = process::output(in_dist("sha256sum").args([
        format!("{linux}.tar.gz"),
        format!("{windows}.zip"),
        format!("{linux}/tapbench"),
        format!("{windows}/tapbench.exe"),
    ]))?;
    host::write(&Path::new(DIST).join("SHA256SUMS"), &sums)?;
    print!("\n{sums}");
    println!("The Linux program needs {}.", needs(&program)?);
    Ok(ExitCode::SUCCESS)
}

/// Adds what a release is built with; no path of this machine stays in the program.
fn release(cargo: &mut Command) -> &mut Command {
    let flags = [
        format!("--remap-path-prefix={}=tapbench", host::root().display()),
        format!("--remap-path-prefix={}=cargo", host::cargo_home().display()),
    ];
    cargo
        .args(["build", "--release", "--locked", "--package", "tapbench"])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
}

/// Both programs must know their version and replay the sample recordings alike.
fn try_out(program: &Path, exe: &Path) -> Result<(), String> {
    let wine = Wine::start()?;
    let here = process::output(Command::new(program).arg("--version"))?;
    let (_, there) = wine.output(exe, &["--version"])?;
    let there = String::from_utf8_lossy(&there);
    for (name, said) in [(program, here.trim()), (exe, there.trim())] {
        println!("{}: {said}", name.display());
        if said != format!("tapbench {VERSION}") {
            return Err(format!("{} calls itself `{said}`", name.display()));
        }
    }
    if let Done::Skipped(why) = compare::replays(&wine, exe, program)? {
        println!("Replays were not compared: {why}.");
    }
    Ok(())
}

/// Lays out one archive's folder in dist; gives its name.
fn folder(system: &str, target: &str, program: &Path) -> Result<String, String> {
    let name = format!("tapbench-{VERSION}-x86_64-{system}");
    let folder = Path::new(DIST).join(&name);
    let failed = |why: std::io::Error| format!("{}: {why}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    for file in ENCLOSED.iter().map(Path::new).chain([program]) {
        fs::copy(file, folder.join(file.file_name().unwrap_or_default())).map_err(failed)?;
    }
    for tracked in process::output(Command::new("git").args(["ls-files", "--"]).args(FOLDERS))?.lines() {
        let to = folder.join(tracked);
        fs::create_dir_all(to.parent().unwrap_or(&folder)).map_err(failed)?;
        fs::copy(tracked, to).map_err(failed)?;
    }
    host::write(&folder.join("THIRD-PARTY.txt"), &notices::of(target)?)?;
    Ok(name)
}

fn in_dist(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(DIST);
    command
}

fn empty(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {why}", folder.display())),
        _ => Ok(()),
    }
}

/// The newest version of glibc that a program asks for, and the libraries it loads.
fn needs(program: &Path) -> Result<String, String> {
    let symbols = process::output(Command::new("objdump").arg("-T").arg(program))?;
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|after| {
        let version = after.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?;
        let numbers: Option<Vec<u32>> = version.split('.').map(|number| number.parse().ok()).collect();
        Some((numbers?, version))
    });
    let (_, newest) = versions.max().ok_or("objdump names no version of glibc")?;
    let headers = process::output(Command::new("objdump").arg("-p").arg(program))?;
    let libraries: Vec<&str> =
        headers.lines().filter_map(|line| line.trim().strip_prefix("NEEDED")).map(str::trim).collect();
    Ok(format!("glibc {newest} or newer; it loads {}", libraries.join(", ")))
}
