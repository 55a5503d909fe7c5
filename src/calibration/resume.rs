//! How far a calibration came, read back from the marks in its recording.

use serde_json::{Map, Value};

use super::progress::Done;
use crate::recording::{Blocks, ReadError, Reader, RowKind};
use crate::session::StepMark;

/// The repeats that a recording holds whole, and the ids of the segments that are to be taken out
/// ([`crate::recording::take_out`]) before it is tuned: those that were taken back, and the one in
/// which it breaks off.
///
/// # Errors
/// When the recording cannot be read.
pub fn done_in<R: Blocks>(reader: Reader<R>) -> Result<(Vec<Done>, Vec<u64>), ReadError> {
    let mut reader = reader.keep_raw();
    let mut ended: Vec<(u64, Done)> = Vec::new();
    let mut open: Option<(u64, Done)> = None;
    let mut taken_back = Vec::new();
    while let Some(row) = reader.next_row()? {
        match row.kind {
            RowKind::Begin(segment) => {
                let keys = keys(reader.raw());
                let note = keys.get("note").and_then(Value::as_str);
                if let Some((step, repeat)) = note.and_then(StepMark::numbers_in) {
                    open = Some((segment.id, Done { step, repeat, skipped: false }));
                }
            }
            RowKind::End(id) => ended.extend(open.take_if(|(open, _)| *open == id)),
            RowKind::Cancelled(id) => {
                ended.retain(|(ended, _)| *ended != id);
                taken_back.push(id);
            }
            _ => {}
        }
    }
    taken_back.extend(open.map(|(id, _)| id));
    Ok((ended.into_iter().map(|(_, done)| done).collect(), taken_back))
}

fn keys(line: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(line).unwrap_or_default()
}
