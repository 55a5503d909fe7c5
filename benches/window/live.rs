//! Eight hours of a live session in some seconds, watched by the real window: what memory it takes, and
//! how much more with each hour.

use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use serde_json::{Map, json};
use tapbench::app::{App, Begin};
use tapbench::bench::Place;
use tapbench::drivers::{Driver, Ending, Origin, Outlet, Row, SourceError, What};
use tapbench::reading::Band;

use super::Goals;
use super::recorded::{HOURS, SAMPLES, line, samples};

/// The rows are sent in this many groups, one every [`EVERY`].
const GROUPS: i64 = 500;
const EVERY: Duration = Duration::from_millis(20);

/// The same bands as in the recording, some thousand times as fast.
struct Speeded;

impl Driver for Speeded {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let mut header = Map::new();
        header.insert("rssi_recording".into(), 1.into());
        header.insert("sources".into(), json!([{"id": "bluegiga-1", "kind": "bluegiga"}]));
        let origin = Origin { header, on_session_clock: false };
        let Some(mut due) = outlet.opened(origin) else { return Ok(Ending::Complete) };
        for (at, sample) in samples().enumerate() {
            if at.is_multiple_of(usize::try_from(SAMPLES / GROUPS).unwrap()) {
                due += EVERY;
                if !outlet.wait_until(due) {
                    return Ok(Ending::Complete);
                }
            }
            let (t_us, band, rssi_dbm) = sample;
            let band: Band = format!("C6:05:04:03:02:0{band}").parse().unwrap();
            let what = What::Sample { band, rssi_dbm: i8::try_from(rssi_dbm).unwrap() };
            if !outlet.hand_over(Row::new(t_us, what, line(sample).into_bytes())) {
                return Ok(Ending::Complete);
            }
        }
        Ok(Ending::Complete)
    }
}

/// Resident memory in bytes; `None` where the system does not say.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

pub fn measure(goals: &mut Goals) {
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_step_dt(1.0 / 60.0);
    let mut harness = builder.build_eframe(|cc| App::new(&cc.egui_ctx, &Begin::Empty));
    harness.state_mut().listen_to(Box::new(Speeded), Place::Simulated("eight hours"), None);
    let whole = EVERY * u32::try_from(GROUPS).unwrap();
    let (begin, mut by_hour) = (Instant::now(), Vec::new());
    while begin.elapsed() < whole + Duration::from_secs(2) {
        let frame = Instant::now();
        harness.step();
        std::thread::park_timeout(Duration::from_millis(16).saturating_sub(frame.elapsed()));
        let hours = begin.elapsed().as_secs_f64() / whole.as_secs_f64() * HOURS as f64;
        if hours <= HOURS as f64 && hours >= by_hour.len() as f64 {
            by_hour.push(resident());
        }
    }
    let plot = format!("RSSI over time, {SAMPLES} samples");
    let is_whole = harness.query_by_label(&plot).is_some();
    let whole = if is_whole { "all" } else { "some are missing" };
    goals.row(&format!("{HOURS} hours live: samples in the window"), whole, "all", is_whole);
    let by_hour: Option<Vec<u64>> = by_hour.into_iter().collect();
    let Some(by_hour) = by_hour else {
        println!("| {HOURS} hours live | this system does not say how much memory is used | | |");
        return;
    };
    let mib: Vec<_> = by_hour.iter().map(|bytes| (bytes >> 20).to_string()).collect();
    println!("| {HOURS} hours live, {SAMPLES} samples: MiB after each hour | {} | | |", mib.join(", "));
    // The first hour also fills buffers that stay.
    let (Some(first), Some(last)) = (by_hour.get(1), by_hour.last()) else { return };
    let hours = u64::try_from(by_hour.len()).unwrap() - 2;
    let slope = last.saturating_sub(*first) / hours;
    let bytes = slope as f64 / (SAMPLES / HOURS) as f64;
    let measured = format!("{:.2} MB, {bytes:.1} bytes for each sample", slope as f64 / 1e6);
    goals.row("growth in an hour, all in all", &measured, "< 1 MB", slope < 1_000_000);
}
