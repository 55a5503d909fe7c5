//! A recording as a source: a file at the pace at which it was recorded, or standard input as its
//! rows arrive.

use std::io;
use std::time::{Duration, Instant};

use super::{Driver, Ending, Origin, Outlet, Row, SourceError, What};
use crate::recording::{self, Input, Names, Options, ReadError, Reader, RowKind};

/// Why a recording cannot be replayed, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayedError {
    /// It is not there, or may not be read.
    #[error("{path}: cannot be opened: {error}")]
    Open {
        /// As given.
        path: String,
        /// The system's reason.
        error: io::Error,
    },
    /// It cannot be read, or not on.
    #[error("{path}: {error}")]
    Read {
        /// As given.
        path: String,
        /// Which line, and why.
        error: ReadError,
    },
}

/// A recording to be replayed as a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The file, or `-` for standard input.
    pub input: Input,
}

impl Driver for Replayed {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let path = &self.input.path;
        let stream = recording::open(&self.input, None)
            .map_err(|error| ReplayedError::Open { path: path.clone(), error })?;
        let failed = |error| ReplayedError::Read { path: path.clone(), error };
        let mut reader = Reader::new(stream, Options::default()).map_err(failed)?.keep_raw();
        let paced = path != "-";
        let origin = Origin { header: reader.header().keys.clone(), on_session_clock: paced };
        let Some(start) = outlet.opened(origin) else { return Ok(Ending::Complete) };
        while let Some(row) = reader.next_row().map_err(failed)? {
            if paced && !wait(outlet, start, row.t_us) {
                return Ok(Ending::Complete);
            }
            let mut line = Vec::with_capacity(reader.raw().len() + 1);
            line.extend_from_slice(reader.raw());
            line.push(b'\n');
            let what = what(&row.kind, reader.names());
            if !outlet.hand_over(Row::new(row.t_us, what, line)) {
                return Ok(Ending::Complete);
            }
        }
        Ok(if reader.torn() { Ending::TornLine } else { Ending::Complete })
    }
}

/// Waits for the row's time; a time too far for the clock is waited for until the session ends.
fn wait(outlet: &Outlet, start: Instant, t_us: i64) -> bool {
    const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let after = Duration::from_micros(t_us.unsigned_abs());
    let due = start.checked_add(after.min(A_YEAR)).unwrap_or(start);
    due <= Instant::now() || outlet.wait_until(due)
}

fn what(kind: &RowKind, names: &Names) -> What {
    match kind {
        RowKind::Sample(sample) => match names.band(sample.band) {
            Some(band) => What::Sample { band, rssi_dbm: sample.rssi_dbm },
            None => What::Other,
        },
        RowKind::Unavailable => What::Unavailable,
        RowKind::Begin(segment) => {
            What::Begin { id: segment.id, band: segment.band.and_then(|band| names.band(band)) }
        }
        RowKind::End(id) => What::End { id: *id },
        RowKind::Close => What::Close,
        RowKind::Observed(_)
        | RowKind::Nfc(_)
        | RowKind::SourceEvent { .. }
        | RowKind::Cancelled(_)
        | RowKind::Unknown => What::Other,
    }
}
