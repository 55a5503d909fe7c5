//! What all live sources say in the same way: what they are, what they heard, and when they were
//! lost and found again.

use std::time::Instant;

use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};

use super::{Origin, Packet, Row, What};
use crate::reading::{Band, SourceKind};
use crate::recording::print;

/// What stands for a strength that is not known (Bluetooth Core Vol 4 Part E section 7.7.65.2).
const UNAVAILABLE: i8 = 127;

/// A source that is open now; `known` is what else is known of it, in the header's keys.
pub(super) fn origin<'k>(
    id: &str,
    kind: SourceKind,
    known: impl IntoIterator<Item = (&'k str, String)>,
) -> Origin {
    let mut source = Map::new();
    source.insert("id".into(), id.into());
    source.insert("kind".into(), kind.name().into());
    source.extend(known.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))));
    let mut header = Map::new();
    header.insert("rssi_recording".into(), 1.into());
    let now = Timestamp::now();
    header.insert("started".into(), now.round(Unit::Second).unwrap_or(now).to_string().into());
    header.insert("sources".into(), json!([source]));
    Origin { header, on_session_clock: true }
}

/// What was heard of a band; `rssi_dbm` is `None` where its strength is not known.
pub(super) fn sample(id: &str, t_us: i64, band: Band, rssi_dbm: Option<i8>, packet: Packet) -> Row {
    let what = rssi_dbm.map_or(What::Unavailable, |rssi_dbm| What::Sample { band, rssi_dbm });
    let mut line = Vec::with_capacity(96);
    print::sample(&mut line, t_us, Some(id), band, rssi_dbm.unwrap_or(UNAVAILABLE));
    Row { t_us, what, line, packet }
}

/// The source is lost from now on.
pub(super) fn lost(id: &str, start: Instant) -> Row {
    event(id, start, "lost", What::Lost)
}

/// The source streams again.
pub(super) fn recovered(id: &str, start: Instant) -> Row {
    event(id, start, "recovered", What::Other)
}

fn event(id: &str, start: Instant, event: &str, what: What) -> Row {
    let t_us = micros(start, Instant::now());
    let mut line = Vec::new();
    print::source_event(&mut line, t_us, Some(id), event, None);
    Row::new(t_us, what, line)
}

/// Microseconds on the session's clock.
pub(super) fn micros(start: Instant, at: Instant) -> i64 {
    i64::try_from(at.saturating_duration_since(start).as_micros()).unwrap_or(i64::MAX)
}
