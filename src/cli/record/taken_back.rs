//! Segments that the operator took back: out of the recording once it is closed.

use std::path::Path;

use crate::cli::{Exit, Terminal};
use crate::recording::take_out as without;

/// Writes the recording anew without them; says so where that cannot be done.
pub(super) fn take_out(path: &Path, cancelled: &[u64], terminal: &Terminal) -> Exit {
    if cancelled.is_empty() {
        return Exit::Done;
    }
    let Err(why) = without(path, &cancelled.iter().copied().collect()) else { return Exit::Done };
    let list: Vec<_> = cancelled.iter().map(u64::to_string).collect();
    terminal.warn(format!(
        "{}: segments taken back are still in it, because it cannot be written anew ({why}); do not count segment {}",
        path.display(),
        list.join(", ")
    ));
    Exit::DataLost
}
