//! A run of named steps: each is timed, none stops the others, and a summary ends it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::test_counts::TestCounts;

/// How a step ended that did not fail to run.
pub enum Done {
    /// It was checked and holds.
    Holds,
    /// Tests ran; whether they passed is in the counts.
    Tested(TestCounts),
    /// It was left out, and why.
    Skipped(String),
}

enum End {
    Passed(String),
    Failed(String),
    Skipped(String),
}

struct Row {
    name: &'static str,
    end: End,
    took: Duration,
}

/// The steps so far.
pub struct Steps {
    rows: Vec<Row>,
    tests: TestCounts,
}

impl Steps {
    pub fn new() -> Self {
        Self { rows: Vec::new(), tests: TestCounts::default() }
    }

    /// Runs one step; gives whether the rest that builds on it may go on.
    pub fn step(&mut self, name: &'static str, body: impl FnOnce() -> Result<Done, String>) -> bool {
        println!("== {name}");
        let started = Instant::now();
        let end = match body() {
            Ok(Done::Holds) => End::Passed(String::new()),
            Ok(Done::Skipped(why)) => End::Skipped(why),
            Ok(Done::Tested(counts)) => {
                self.tests += counts;
                if counts.failed == 0 {
                    End::Passed(counts.to_string())
                } else {
                    End::Failed(counts.to_string())
                }
            }
            Err(why) => {
                // A step that failed otherwise than by a test still counts as a failure.
                self.tests.failed += 1;
                End::Failed(why)
            }
        };
        let took = started.elapsed();
        match &end {
            End::Passed(_) => println!("-- {name}: ok, {}", seconds(took)),
            End::Failed(why) => println!("-- {name}: FAILED, {}: {why}", seconds(took)),
            End::Skipped(why) => println!("-- {name}: skipped: {why}"),
        }
        println!();
        let goes_on = matches!(end, End::Passed(_));
        self.rows.push(Row { name, end, took });
        goes_on
    }

    /// Prints how each step ended and, on the last line, the counts over all of them.
    pub fn finish(&self) -> ExitCode {
        println!("== summary");
        for Row { name, end, took } in &self.rows {
            let (word, detail) = match end {
                End::Passed(detail) => ("ok", detail),
                End::Failed(detail) => ("FAILED", detail),
                End::Skipped(detail) => ("skipped", detail),
            };
            let detail = detail.lines().next().unwrap_or_default();
            println!("{}", format!("{word:<8} {:>8}  {name:<24} {detail}", seconds(*took)).trim_end());
        }
        let whole: Duration = self.rows.iter().map(|row| row.took).sum();
        println!("{:<8} {:>8}", "", seconds(whole));
        println!("{}", self.tests);
        if self.tests.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
