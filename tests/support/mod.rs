//! What the tests of the binary share.

#![allow(missing_docs, dead_code, reason = "each test file uses its part")]

use std::process::Command;

/// The built binary, in an environment that decides nothing.
pub fn tapbench() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tapbench"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}
