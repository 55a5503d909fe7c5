//! Taps on an NFC reader that a calibration asked for, read back from a recording with all that were
//! refused: their marks demand nothing of the dongle and stay.

use super::progress::Done;
use super::reader_gate::{ReaderProblem, reader_problems};
use super::reader_watch::{OnReader, ReaderWatch};
use super::severity::Severity;
use crate::recording::{Blocks, Intent, ReadError, Reader, Row, RowKind};

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The id of its segment.
    pub id: u64,
    /// What the reader saw.
    pub seen: OnReader,
    /// What was wrong with it, worst first.
    pub problems: Vec<ReaderProblem>,
}

impl Try {
    /// Whether it counts by itself.
    pub fn is_ok(&self) -> bool {
        self.refusal().is_none()
    }

    /// Why it does not.
    pub fn refusal(&self) -> Option<&ReaderProblem> {
        self.problems.iter().find(|problem| problem.severity() == Severity::Refusal)
    }
}

/// Gathers them from rows.
#[derive(Debug, Default)]
pub(super) struct Tries {
    watch: ReaderWatch,
    open: Option<u64>,
    ended: Vec<Try>,
}

impl Tries {
    /// Takes the next row; whether a mark that begins is a calibration's is known by its note.
    pub(super) fn row(&mut self, row: &Row, is_step: impl FnOnce() -> bool) {
        match &row.kind {
            RowKind::Nfc(nfc) => _ = self.watch.row(row.t_us, nfc),
            RowKind::Begin(segment) if segment.intent == Intent::Note && is_step() => {
                self.open = Some(segment.id);
                self.watch.begin(row.t_us);
            }
            RowKind::End(id) => {
                if let Some(id) = self.open.take_if(|open| open == id) {
                    let seen = self.watch.end();
                    self.ended.push(Try { id, problems: reader_problems(&seen), seen });
                }
            }
            RowKind::Cancelled(id) => self.ended.retain(|ended| ended.id != *id),
            _ => {}
        }
    }

    /// All that ended.
    pub(super) fn into_ended(self) -> Vec<Try> {
        self.ended
    }
}

/// The tries that a recording holds.
///
/// # Errors
/// When it cannot be read.
pub fn tries_in<R: Blocks>(reader: Reader<R>) -> Result<Vec<Try>, ReadError> {
    let (mut reader, mut tries) = (reader.keep_raw(), Tries::default());
    while let Some(row) = reader.next_row()? {
        tries.row(&row, || Done::marked(reader.raw()).is_some());
    }
    Ok(tries.into_ended())
}
