//! Running tests, by nextest where that is installed, and counting them.

use std::process::Command;

use crate::steps::Done;
use crate::test_counts::TestCounts;
use crate::{host, process};

/// Whether nextest is installed.
pub fn has_nextest() -> bool {
    process::output(host::cargo().args(["nextest", "--version"])).is_ok()
}

/// Turns a bare cargo into one that runs tests: by nextest where that is installed.
pub fn runner(mut cargo: Command) -> Command {
    if has_nextest() {
        cargo.args(["nextest", "run"]);
    } else {
        cargo.args(["test", "--no-fail-fast"]);
    }
    cargo
}

/// Runs tests and reads the counts from what they print.
pub fn tested(command: &mut Command) -> Result<Done, String> {
    let heard = process::run_heard(command)?;
    let counts = TestCounts::read(&heard.text);
    if !heard.success && counts.failed == 0 {
        return Err("the tests could not be built or run; see above".into());
    }
    Ok(Done::Tested(counts))
}
