//! Events as JSON Lines, to the letter of the contract.

use std::io::Write;

use super::run::Placed;
use super::summary::centi_dbm;
use crate::recording::{Header, Names};

/// Prints the events of one recording.
#[derive(Clone, Debug)]
pub struct JsonLines {
    with_source: bool,
    recording: Option<String>,
}

impl JsonLines {
    /// `recording` is the path as given, where several are replayed.
    pub fn new(header: &Header, recording: Option<&str>) -> Self {
        Self { with_source: header.sources.len() > 1, recording: recording.map(str::to_owned) }
    }

    /// Appends one event and `\n` to `out`.
    pub fn event(&self, out: &mut Vec<u8>, names: &Names, placed: &Placed) {
        // Writing to a Vec cannot fail.
        let _ = self.write(out, names, placed);
    }

    fn write(&self, out: &mut Vec<u8>, names: &Names, placed: &Placed) -> std::io::Result<()> {
        let decision = &placed.decision;
        write!(out, "{{\"t_us\":{}", decision.t_us)?;
        if self.with_source {
            write!(out, ",\"source\":{}", serde_json::Value::from(names.source(placed.source)))?;
        }
        if let Some(band) = names.band(placed.band) {
            write!(out, ",\"band\":\"{band}\"")?;
        }
        write!(out, ",\"event\":\"{}\"", decision.event.name())?;
        if let Some(mean) = decision.mean {
            write!(out, ",\"mean\":{}", centi_dbm(mean.centi_dbm()))?;
        }
        if let Some(segment) = placed.segment {
            write!(out, ",\"segment\":{segment}")?;
        }
        if let Some(recording) = &self.recording {
            write!(out, ",\"recording\":{}", serde_json::Value::from(recording.as_str()))?;
        }
        out.write_all(b"}\n")
    }
}
