//! The `tapbench` binary: hands the command line to the library and exits with its verdict.

use std::process::ExitCode;

fn main() -> ExitCode {
    tapbench::cli::main()
}
