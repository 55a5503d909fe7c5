//! What is done to a recording once it is closed: segments that the operator took back leave it, and
//! taps on NFC readers become segments where that is asked for.

use std::path::Path;

use crate::cli::{Exit, Terminal};
use crate::reading::Band;
use crate::recording;
use crate::tap_quality::mark_taps;

/// Writes the recording anew without the segments taken back; says so where that cannot be done.
pub(super) fn take_out(path: &Path, cancelled: &[u64], terminal: &Terminal) -> Exit {
    if cancelled.is_empty() {
        return Exit::Done;
    }
    let Err(why) = recording::take_out(path, &cancelled.iter().copied().collect()) else { return Exit::Done };
    let list: Vec<_> = cancelled.iter().map(u64::to_string).collect();
    terminal.warn(format!(
        "{}: segments taken back are still in it, because {why}; do not count segment {}",
        path.display(),
        list.join(", ")
    ));
    Exit::DataLost
}

/// Writes the recording anew with a segment around each tap on a reader; says how many there are.
pub(super) fn mark_nfc_taps(path: &Path, band: Option<Band>, terminal: &Terminal) -> Exit {
    let marked =
        recording::rewritten(path, |open, mut new| mark_taps(open, band, &mut new).map_err(Box::from));
    match marked {
        Ok((count, left_out)) => {
            terminal.note(format!("taps on the reader, marked as segments: {count}"));
            if let Some(words) = left_out.words() {
                terminal.note(words);
            }
            Exit::Done
        }
        Err(why) => {
            terminal.warn(format!(
                "{0}: taps on the reader are not marked, because {why}; later: tapbench mark {0} OUT --from-nfc",
                path.display()
            ));
            Exit::DataLost
        }
    }
}
