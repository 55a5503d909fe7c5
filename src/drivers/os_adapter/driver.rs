//! The adapter as a source: started, streamed from and supervised.

use std::time::{Duration, Instant};

use super::OsAdapter;
use super::scan::{Heard, Scan, Turn};
use crate::drivers::{Driver, Ending, Outlet, SourceError, live};
use crate::reading::SourceKind;

/// Pauses before a lost adapter is tried again; the last one again and again.
const BACK_OFF: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// How long at most until the driver notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A silence after which the adapter is asked whether it is alive: when the system's Bluetooth
/// service dies, the news just cease.
const QUIET: Duration = Duration::from_secs(2);

/// Why streaming ended.
enum Break {
    Stopped,
    Lost,
}

impl Driver for OsAdapter {
    fn holds_a_device(&self) -> bool {
        true
    }

    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let mut scan = Scan::open()?;
        let Some(start) = outlet.opened(live::origin(
            &self.id,
            SourceKind::Os,
            [("adapter", scan.adapter_name().to_owned())],
        )) else {
            scan.stop();
            return Ok(Ending::Complete);
        };
        loop {
            // Not before the session's start: what was heard earlier is not for it.
            scan.listen();
            match self.stream(&mut scan, outlet, start) {
                Break::Stopped => {
                    scan.stop();
                    return Ok(Ending::Complete);
                }
                // Its connection to the system must not outlive it.
                Break::Lost => drop(scan),
            }
            if !outlet.hand_over(live::lost(&self.id, start)) {
                return Ok(Ending::Complete);
            }
            let Some(back) = reopen(outlet) else { return Ok(Ending::Complete) };
            scan = back;
            if !outlet.hand_over(live::recovered(&self.id, start)) {
                scan.stop();
                return Ok(Ending::Complete);
            }
        }
    }
}

/// Tries until the adapter is back; `None` if the session ends first.
fn reopen(outlet: &Outlet) -> Option<Scan> {
    let mut pauses = BACK_OFF.iter().copied();
    let mut pause = BACK_OFF[0];
    loop {
        pause = pauses.next().unwrap_or(pause);
        if !outlet.wait_until(Instant::now() + pause) {
            return None;
        }
        if let Ok(scan) = Scan::open() {
            return Some(scan);
        }
    }
}

impl OsAdapter {
    fn stream(&self, scan: &mut Scan, outlet: &Outlet, start: Instant) -> Break {
        let mut heard_at = Instant::now();
        while !outlet.is_stopped() {
            match scan.turn(LOOK_UP) {
                Turn::Gone => return Break::Lost,
                Turn::Silence if heard_at.elapsed() < QUIET => continue,
                Turn::Silence if !scan.is_alive() => return Break::Lost,
                Turn::Silence | Turn::Other => {}
                Turn::Unknown => outlet.count_dropped(),
                Turn::Heard(heard) => {
                    let Heard { band, rssi_dbm, packet, at } = heard;
                    let t_us = live::micros(start, at);
                    if !outlet.offer(live::sample(&self.id, t_us, band, rssi_dbm, packet)) {
                        return Break::Stopped;
                    }
                }
            }
            heard_at = Instant::now();
        }
        Break::Stopped
    }
}
