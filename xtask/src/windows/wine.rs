//! wine 8 as the machine the Windows programs run on, with what Debian's wine needs for Rust.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::{env, io, process};

use super::toolchain;
use crate::apt::Need;
use crate::process as run;

pub const NEEDS: &[Need] =
    &[Need::package("wine", "runs Windows programs"), Need::package("wine64", "the 64-bit half of it")];

/// Rust's standard library takes its random numbers from `bcryptprimitives.dll`, which wine 8 has not.
const RANDOM_DLL: &str = "
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) {
    while (n) {
        ULONG k = n > 0x10000000 ? 0x10000000 : (ULONG)n;
        if (!SystemFunction036(p, k)) return FALSE;
        p += k; n -= k;
    }
    return TRUE;
}
";

/// A running wine. Its first process starts services that keep that process's stdout and stderr
/// open for ever, so one idle process that says nothing is first, and lives as long as this.
pub struct Wine {
    prefix: PathBuf,
    idle: Child,
}

impl Wine {
    pub fn start() -> Result<Self, String> {
        let prefix = toolchain::target_folder().join("wine");
        fs::create_dir_all(&prefix).map_err(|why| format!("{}: {why}", prefix.display()))?;
        if !prefix.join("system.reg").exists() {
            println!("Setting up wine in {}.", prefix.display());
            silent(wine_in(Command::new("wineboot").arg("--init"), &prefix))?;
            silent(wine_in(Command::new("wineserver").arg("--wait"), &prefix))?;
        }
        add_random_dll(&prefix)?;
        let mut idle = Command::new("wine");
        wine_in(idle.arg("cmd"), &prefix).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let idle = idle.spawn().map_err(|why| format!("wine cannot be started: {why}"))?;
        Ok(Self { prefix, idle })
    }

    /// Makes a cargo run what it builds, and the tests it runs, under this wine.
    pub fn under<'a>(&self, cargo: &'a mut Command) -> &'a mut Command {
        let own = env::current_exe().unwrap_or_default();
        let runner = format!("{} {WINE_RUN}", own.display());
        wine_in(cargo, &self.prefix)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", runner)
            // What snapshot tests would ask cargo, which is not there under wine.
            .env("INSTA_WORKSPACE_ROOT", crate::host::root())
            .env("INSTA_UPDATE", "no")
    }

    /// Gives programs the terminal `device` as a serial port, instead of any that had the number.
    pub fn add_com_port(&self, number: u32, device: &str) -> Result<(), String> {
        let link = self.prefix.join("dosdevices").join(format!("com{number}"));
        // One of an earlier run may lead nowhere.
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(device, &link).map_err(|why| format!("{}: {why}", link.display()))
    }

    /// Runs a Windows program and gives its exit status and standard output.
    pub fn output(&self, exe: &Path, arguments: &[&str]) -> Result<(ExitStatus, Vec<u8>), String> {
        let said = Said::new().map_err(|why| why.to_string())?;
        let mut command = Command::new("wine");
        wine_in(command.arg(exe).args(arguments), &self.prefix);
        let status = said.run(&mut command).map_err(|why| format!("{}: {why}", exe.display()))?;
        Ok((status, fs::read(&said.out).map_err(|why| why.to_string())?))
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Best effort: wine's services end by themselves after the last program.
        let _ = self.idle.kill();
        let _ = self.idle.wait();
    }
}

/// The command that cargo is told to run Windows programs with; not for people.
pub const WINE_RUN: &str = "wine-run";

/// Runs a Windows program under the wine that [`Wine::under`] set up. Plain files stand between it and
/// the test runner's pipes: the services that hold on to pipes would let the runner wait for ever.
pub fn wine_run(arguments: &[String]) -> Result<ExitCode, String> {
    let run = || -> io::Result<ExitCode> {
        let said = Said::new()?;
        let status = said.run(Command::new("wine").args(arguments))?;
        io::copy(&mut File::open(&said.out)?, &mut io::stdout())?;
        io::copy(&mut File::open(&said.err)?, &mut io::stderr())?;
        Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
    };
    run().map_err(|why| format!("{}: {why}", arguments.join(" ")))
}

/// Files for what one program says; gone when this is.
struct Said {
    out: PathBuf,
    err: PathBuf,
}

impl Said {
    fn new() -> io::Result<Self> {
        let folder = toolchain::target_folder().join("said");
        fs::create_dir_all(&folder)?;
        let name = |kind| folder.join(format!("{}.{kind}", process::id()));
        Ok(Self { out: name("out"), err: name("err") })
    }

    fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let (out, err) = (File::create(&self.out)?, File::create(&self.err)?);
        command.stdin(Stdio::null()).stdout(out).stderr(err).status()
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.out);
        let _ = fs::remove_file(&self.err);
    }
}

fn wine_in<'a>(command: &'a mut Command, prefix: &Path) -> &'a mut Command {
    command
        .env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        // No offers to download .NET or a browser. A smart-card service of a test's own comes before wine's.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winscard=n,b")
        .env_remove("DISPLAY")
}

fn silent(command: &mut Command) -> Result<(), String> {
    run::show(command);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("wine could not be set up: {status}")),
        Err(why) => Err(format!("wine could not be set up: {why}")),
    }
}

fn add_random_dll(prefix: &Path) -> Result<(), String> {
    let dll = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    if dll.exists() {
        return Ok(());
    }
    let source = prefix.join("bcryptprimitives.c");
    crate::host::write(&source, RANDOM_DLL)?;
    let mut compile = Command::new(toolchain::LINKER);
    compile.args(["-shared", "-O2", "-o"]).arg(&dll).arg(&source).arg("-ladvapi32");
    run::output(&mut compile).map(drop)
}
