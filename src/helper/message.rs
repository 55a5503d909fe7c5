//! What the two ends say to each other, a sealed line each.

use std::io::{self, BufRead, Read};

use serde::{Deserialize, Serialize};

use super::write::{Refused, WriteRequest};
use crate::service::NotHeld;

/// Bytes of the longest line: an nbe.toml of the greatest size, spelt in JSON.
const LINE_BYTES: u64 = 8 << 20;

/// What the caller asks for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    /// Stop the endpoint's service, and start it again when the line is cut.
    Hold {
        /// The unit of systemd.
        unit: Option<String>,
    },
    /// Replace an nbe.toml.
    Write(WriteRequest),
}

/// What the helper answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// First, to show that it is ours.
    Ready,
    Stopped,
    NotStopped(NotHeld),
    Started,
    /// The service is still down, and why.
    Down(String),
    Written {
        /// Where the old file is kept.
        backup: Option<String>,
    },
    NotWritten(Refused),
}

/// The next line with its line break; what there is of it where the other end is gone.
pub(super) fn read_line(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LINE_BYTES).read_until(b'\n', &mut line)?;
    Ok(line)
}
