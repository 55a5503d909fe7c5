//! Reading fixed lengths from a stream that may end anywhere.

use std::io::{self, Read};

/// No record of a Bluetooth capture comes near this; a length beyond it is damage, and must not
/// make the importer wait for or hold so much.
pub(super) const MAX_RECORD: usize = 16 << 20;

/// How reading a fixed length ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// All of it is there.
    Whole,
    /// The stream ended before it.
    Nothing,
    /// The stream ended in it.
    Cut,
}

/// Reads `len` bytes into `buffer`, replacing what it held.
pub(super) fn fill(input: &mut impl Read, buffer: &mut Vec<u8>, len: usize) -> io::Result<Filled> {
    buffer.clear();
    match input.by_ref().take(len as u64).read_to_end(buffer) {
        // A compressed stream that is cut says so with this error, after giving what it had.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Filled::Cut),
        other => other?,
    };
    Ok(match buffer.len() {
        n if n == len => Filled::Whole,
        0 => Filled::Nothing,
        _ => Filled::Cut,
    })
}

/// Big or little endian, as a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    Big,
    Little,
}

impl Endian {
    /// The 16-bit number at `at`; `None` past the end.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        })
    }

    /// The 32-bit number at `at`; `None` past the end.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        })
    }

    /// The 64-bit number at `at`; `None` past the end.
    pub(super) fn i64(self, bytes: &[u8], at: usize) -> Option<i64> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => i64::from_be_bytes(bytes),
            Self::Little => i64::from_le_bytes(bytes),
        })
    }
}
