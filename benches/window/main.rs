//! What the window costs: `cargo bench --bench window`. Frames of the real window while a million
//! samples are panned, beside egui_plot drawing all of them in the same run; deciding them anew;
//! and eight hours of a live session, speeded up.
#![expect(clippy::unwrap_used, reason = "a broken benchmark may stop")]
#![expect(clippy::print_stdout, reason = "its output is its result")]

mod frames;
mod live;
mod recorded;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Goals that were missed.
#[derive(Default)]
struct Goals(u32);

impl Goals {
    /// Prints a row of the table.
    fn row(&mut self, what: &str, measured: &str, goal: &str, is_met: bool) {
        self.0 += u32::from(!is_met);
        println!("| {what} | {measured} | {goal} | {} |", if is_met { "met" } else { "missed" });
    }
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// The least of the values that `percent` of them do not exceed.
fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

fn main() -> ExitCode {
    // Cargo's other runners ask for a list, or for nothing to be measured.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("eight-hours.rssi.jsonl");
    recorded::write(&path);
    let mut goals = Goals::default();
    println!("| what | measured | goal | |\n| --- | --- | --- | --- |");
    measure(&path, &mut goals);
    if goals.0 == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(path: &Path, goals: &mut Goals) {
    frames::measure(path, goals);
    recorded::measure(path, goals);
    live::measure(goals);
}
