//! How far a calibration came, read back from the marks in its recording.

use super::progress::Done;
use super::tries::Tries;
use crate::recording::{Blocks, ReadError, Reader, RowKind};

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
    let mut tries = Tries::default();
    while let Some(row) = reader.next_row()? {
        tries.row(&row, || Done::marked(reader.raw()).is_some());
        match row.kind {
            RowKind::Begin(segment) => {
                if let Some(done) = Done::marked(reader.raw()) {
                    open = Some((segment.id, done));
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
    // A tap that the reader refused keeps its mark, and is asked for again.
    let refused: Vec<_> = tries.into_ended().into_iter().filter(|t| !t.is_ok()).map(|t| t.id).collect();
    ended.retain(|(ended, _)| !refused.contains(ended));
    Ok((ended.into_iter().map(|(_, done)| done).collect(), taken_back))
}
