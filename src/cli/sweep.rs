//! `tapbench sweep`: exact counts for every window and threshold.

use std::fmt::Write;
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::inputs::{self, RecordingArgs};
use super::parameters::{FilterArgs, ParameterArgs};
use super::{Exit, Failure, Terminal};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::milliseconds;
use crate::tuning::{Counts, Sweeper, Totals};

/// Count hits, misses and false taps for every tap window and threshold, exactly as replay would
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tapbench sweep ward3.rssi.jsonl
  tapbench sweep recordings --windows 5..=20 --thresholds=-60..=-30 --format csv > sweep.csv")]
pub struct Args {
    #[command(flatten)]
    recordings: RecordingArgs,
    /// The tap windows: FROM..=TO, or one value
    #[arg(long, default_value = "1..=100", value_parser = range_of(Parameter::WindowTap))]
    windows: RangeInclusive<i32>,
    /// The tap thresholds: FROM..=TO, or one value
    #[arg(long, default_value = "-100..=-1", allow_hyphen_values = true, value_parser = range_of(Parameter::TapThreshold))]
    thresholds: RangeInclusive<i32>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A map of missed and false taps, for people.
    Table,
    /// Comma-separated, with a header.
    Csv,
    /// One JSON object per pair.
    Jsonl,
}

const COLUMNS: [&str; 8] = [
    "rssi_window_tap",
    "rssi_tap_threshold",
    "hit",
    "missed",
    "double",
    "false_taps",
    "latency_p50_ms",
    "latency_p90_ms",
];

fn range_of(parameter: Parameter) -> impl Fn(&str) -> Result<RangeInclusive<i32>, String> + Clone {
    move |text| {
        let number = |text: &str| {
            let value: i64 = text.trim().parse().map_err(|_| format!("{text:?} is no whole number"))?;
            parameter.check(value).map_err(|e| e.to_string())
        };
        let range = match text.split_once("..=") {
            Some((from, to)) => number(from)?..=number(to)?,
            None => {
                number(text).map(|n| n..=n).map_err(|e| format!("{e}; FROM..=TO or one value is needed"))?
            }
        };
        if range.is_empty() { Err("FROM must not be greater than TO".into()) } else { Ok(range) }
    }
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let loaded = args.parameters.load()?;
    let filter = args.filter.filter();
    let (recordings, exit) = inputs::labelled(&args.recordings, &loaded, &filter, terminal)?;
    if !recordings.iter().any(|r| r.recording.count(Intent::Tap) + r.recording.count(Intent::NoTap) > 0) {
        return Err(inputs::no_tap_segments());
    }
    let sweepers: Vec<_> =
        recordings.iter().map(|r| Sweeper::new(&r.recording, &r.resolved.rules.model)).collect();
    terminal.print(&printed(args, &sweepers))?;
    Ok(exit)
}

/// Sweeps on all cores, each taking the next window as soon as it is done with one.
fn printed(args: &Args, sweepers: &[Sweeper<'_>]) -> String {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let mut windows = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| windows(args, sweepers, &next))).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Vec<_>>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    windows.sort_by_key(|(nth, _)| *nth);
    let mut whole = Printer::new(args);
    if args.format == Format::Csv {
        whole.out = COLUMNS.join(",") + "\n";
    }
    for (_, window) in windows {
        whole.out += &window.out;
        whole.errors.extend(window.errors);
    }
    whole.finish()
}

/// What is printed of the windows that were next, each with its place among all.
fn windows<'a>(args: &'a Args, sweepers: &[Sweeper<'_>], next: &AtomicUsize) -> Vec<(usize, Printer<'a>)> {
    let mut memory: Vec<_> = sweepers.iter().map(Totals::of).collect();
    let mut counts = vec![Counts::default(); args.thresholds.clone().count()];
    let mut window_at = |nth| {
        let window = usize::try_from(args.windows.clone().nth(nth)?).ok()?;
        counts.iter_mut().for_each(Counts::clear);
        for (sweeper, totals) in sweepers.iter().zip(&mut memory) {
            totals.fill(sweeper, window);
            totals.add_to(&mut counts, *args.thresholds.start());
        }
        let mut printer = Printer::new(args);
        for (threshold_dbm, counts) in args.thresholds.clone().zip(&counts) {
            printer.pair(window, threshold_dbm, counts);
        }
        Some((nth, printer))
    };
    std::iter::from_fn(|| window_at(next.fetch_add(1, Ordering::Relaxed))).collect()
}

struct Printer<'a> {
    args: &'a Args,
    out: String,
    /// Missed and false taps of each pair, window by window.
    errors: Vec<u64>,
}

impl<'a> Printer<'a> {
    fn new(args: &'a Args) -> Self {
        Self { args, out: String::new(), errors: Vec::new() }
    }

    fn pair(&mut self, window: usize, threshold_dbm: i32, counts: &Counts) {
        self.errors.push(counts.missed + counts.false_taps);
        if self.args.format == Format::Table {
            return;
        }
        let latencies = counts.latencies.percentiles([50, 90]).map(|us| us.map(milliseconds));
        let Counts { hit, missed, double, false_taps, .. } = counts;
        let out = &mut self.out;
        // Writing to a String cannot fail.
        let _ = match (self.args.format, latencies) {
            (Format::Jsonl, latencies) => {
                let [p50, p90] = latencies.unwrap_or_default();
                let [c0, c1, c2, c3, c4, c5, c6, c7] = COLUMNS;
                writeln!(
                    out,
                    "{{\"{c0}\":{window},\"{c1}\":{threshold_dbm},\"{c2}\":{hit},\"{c3}\":{missed},\
                     \"{c4}\":{double},\"{c5}\":{false_taps},\"{c6}\":{p50},\"{c7}\":{p90}}}"
                )
            }
            (_, Some([p50, p90])) => {
                writeln!(out, "{window},{threshold_dbm},{hit},{missed},{double},{false_taps},{p50},{p90}")
            }
            (_, None) => writeln!(out, "{window},{threshold_dbm},{hit},{missed},{double},{false_taps},,"),
        };
    }

    fn finish(self) -> String {
        if self.args.format == Format::Table { self.map() } else { self.out }
    }

    /// Rows of windows, columns of thresholds; `.` is free of errors.
    fn map(mut self) -> String {
        const ROWS: usize = 34;
        let thresholds: Vec<_> = self.args.thresholds.clone().collect();
        let windows: Vec<_> = self.args.windows.clone().collect();
        let step = windows.len().div_ceil(ROWS).max(1);
        let out = &mut self.out;
        let _ = writeln!(out, "missed + false taps: . none, 1 to 9, # more; columns: rssi_tap_threshold\n");
        let marks: String = thresholds.iter().map(|t| if t % 10 == 0 { '|' } else { ' ' }).collect();
        let mut labels = vec![' '; thresholds.len() + 4];
        for (column, t) in thresholds.iter().enumerate().filter(|(_, t)| *t % 10 == 0) {
            for (offset, c) in t.to_string().chars().enumerate() {
                labels[column + offset] = c;
            }
        }
        let labels: String = labels.into_iter().collect();
        let _ = writeln!(out, "{:>15} {}\n{:>15} {marks}", "", labels.trim_end(), "rssi_window_tap");
        for (row, window) in windows.iter().enumerate().step_by(step) {
            let errors = &self.errors[row * thresholds.len()..][..thresholds.len()];
            let cells: String = errors
                .iter()
                .map(|&n| match n {
                    0 => '.',
                    1..=9 => char::from_digit(u32::try_from(n).unwrap_or(9), 10).unwrap_or('9'),
                    _ => '#',
                })
                .collect();
            let _ = writeln!(out, "{window:>15} {cells}");
        }
        if step > 1 {
            let _ = writeln!(
                out,
                "\nevery {step} windows a line; --windows FROM..=TO shows each, --format csv all"
            );
        }
        let free = self.errors.iter().filter(|&&n| n == 0).count();
        let _ = writeln!(
            out,
            "\n{free} of {} pairs are free of missed and false taps; tapbench tune picks one and says why",
            self.errors.len()
        );
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_the_contract_spells_them() {
        let windows = range_of(Parameter::WindowTap);
        assert_eq!(windows("1..=100"), Ok(1..=100));
        assert_eq!(windows("10"), Ok(10..=10));
        assert_eq!(range_of(Parameter::TapThreshold)("-100..=-1"), Ok(-100..=-1));
        for bad in ["0..=5", "5..=1", "1..5", "a", "1..=1001"] {
            assert!(windows(bad).is_err(), "{bad}");
        }
    }
}
