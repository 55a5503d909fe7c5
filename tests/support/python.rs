//! The Python environments that `cargo xtask clients` makes, and the scripts in `tests/python`.

#![allow(
    dead_code,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "each test file uses its part; a failed set-up fails the test"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Pygatt, bgapi and the vendor's current library for BleuIO.
pub const CLIENTS: &str = "clients";

/// The last text-mode version of that library.
pub const BLEUIO_TEXT: &str = "bleuio-text";

/// A script with the interpreter of an environment. Without the environment it says so and gives
/// nothing, except in CI, where it must be there.
pub fn script(environment: &str, name: &str) -> Option<Command> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("python");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python").join(environment);
    let pins = scripts.join("requirements").join(environment).with_extension("txt");
    let pins = std::fs::read_to_string(pins).unwrap();
    if std::fs::read_to_string(folder.join("pins.txt")).is_ok_and(|made| made == pins) {
        let mut command = Command::new(folder.join("bin").join("python"));
        command.arg(scripts.join(name));
        return Some(command);
    }
    let missing =
        format!("no Python environment `{environment}` with these pins; cargo xtask clients makes it");
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    println!("skipped: {missing}");
    None
}

/// Lines of JSON.
pub fn values(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}
