//! How many tests passed, failed and were skipped, read from what the test runners print.

use std::fmt;
use std::ops::AddAssign;

/// Counts over one or more test runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl TestCounts {
    /// Reads every summary line of cargo-nextest and of `cargo test` in `output`.
    pub fn read(output: &str) -> Self {
        let mut counts = Self::default();
        for line in output.lines() {
            let line = without_colours(line);
            let summary = if line.trim_start().starts_with("Summary [") {
                line.split_once(" run: ")
            } else if line.starts_with("test result: ") {
                line.split_once(". ")
            } else {
                // cargo-nextest shows, indented, what a test printed; the summary counts it.
                None
            };
            if let Some((_, numbers)) = summary {
                counts.add_line(numbers);
            }
        }
        counts
    }

    /// Adds `5 passed (1 slow), 1 failed, 1 timed out, 2 skipped` or `5 passed; 1 failed; 2 ignored; …`.
    fn add_line(&mut self, numbers: &str) {
        // What stands in brackets was counted before them.
        let outside = numbers.split('(').map(|part| part.split_once(')').map_or(part, |(_, after)| after));
        let outside: String = outside.collect();
        for part in outside.split([',', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.trim() {
                "passed" => self.passed += number,
                "failed" | "timed out" | "exec failed" => self.failed += number,
                "skipped" | "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl AddAssign for TestCounts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Drops the terminal's colour sequences (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.split_once('m').map_or("", |(_, after)| after);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> TestCounts {
        TestCounts { passed, failed, skipped }
    }

    #[test]
    fn nextest_when_all_is_well() {
        let text = "     Summary [   0.039s] 12 tests run: 12 passed, 0 skipped\n";
        assert_eq!(TestCounts::read(text), counts(12, 0, 0));
    }

    #[test]
    fn nextest_with_everything_at_once() {
        let text = "     Summary [  61.2s] 9/10 tests run: 5 passed (2 slow, 1 flaky), 2 failed, 1 exec failed, 1 timed out, 3 skipped";
        assert_eq!(TestCounts::read(text), counts(5, 4, 3));
    }

    #[test]
    fn nextest_in_colour() {
        let text = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m";
        assert_eq!(TestCounts::read(text), counts(2, 0, 0));
    }

    #[test]
    fn cargo_test_adds_its_runs() {
        let text = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(TestCounts::read(text), counts(6, 2, 1));
    }

    #[test]
    fn a_test_that_passed_at_last_has_not_failed() {
        let text = "  TRY 1 FAIL [   0.575s] a::b c\n    test result: FAILED. 0 passed; 1 failed; 0 ignored\n\
                    \u{20}    Summary [   0.1s] 2 tests run: 2 passed (1 flaky), 0 skipped\n";
        assert_eq!(TestCounts::read(text), counts(2, 0, 0));
    }

    #[test]
    fn other_lines_do_not_count() {
        assert_eq!(TestCounts::read("3 passed, 4 failed\nhow many? run: 3 passed"), counts(0, 0, 0));
    }
}
