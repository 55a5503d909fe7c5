//! Listening without recording: the rows of all sources as they come.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::stream::{Stream, TICK};
use crate::drivers::{Control, Message, Row, SourceError};

/// Gives each row, and the time that passed, until the sources end, `duration_us` is over or
/// `stop` is set; then how many rows were dropped. All sources must be open.
///
/// # Errors
/// When a source is lost for good.
pub fn listen(
    stream: &Stream,
    stop: &AtomicBool,
    duration_us: i64,
    mut each: impl FnMut(&Row),
    mut tick: impl FnMut(i64),
) -> Result<u64, SourceError> {
    let start = Instant::now();
    for control in &stream.controls {
        control.start(start);
    }
    let mut running = stream.controls.len();
    let duration = Duration::from_micros(duration_us.unsigned_abs());
    while running > 0 && !stop.load(Ordering::Relaxed) {
        let passed = start.elapsed();
        let Some(left) = duration.checked_sub(passed).filter(|left| !left.is_zero()) else { break };
        tick(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX));
        match stream.messages.recv_timeout(left.min(TICK)) {
            Ok((_, Message::Row(row))) => each(&row),
            Ok((_, Message::Ended(Err(error)))) => return Err(error),
            Ok((_, Message::Ended(Ok(_)))) => running -= 1,
            Ok((_, Message::Opened(_) | Message::Wake)) | Err(_) => {}
        }
    }
    Ok(stream.controls.iter().map(Control::take_dropped).sum())
}
