//! Helpers that several tests share.

use std::process::Command;

/// The binary under test.
pub fn tapbench() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tapbench"))
}
