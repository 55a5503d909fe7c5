//! This machine: where the workspace and its target folder are, which cargo is running us.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The workspace's root.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// The cargo that runs us, so that the toolchain chosen by the developer is kept.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The target folder, whatever configuration put it there: this program lies in `TARGET/debug`.
pub fn target() -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|why| format!("cannot find this program's own path: {why}"))?;
    own.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("{} is in no target folder", own.display()))
}

/// Where cargo keeps the sources of the crates.
pub fn cargo_home() -> PathBuf {
    let home = || env::home_dir().unwrap_or_default().join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Whether a program of that name is on the PATH.
pub fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Writes a file of the target or dist folder.
#[expect(clippy::disallowed_methods, reason = "made anew by the next run: nothing is lost when it is torn")]
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|why| format!("{}: {why}", path.display()))
}
