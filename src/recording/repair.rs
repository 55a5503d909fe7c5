//! Makes a clean recording from a torn or damaged one: good lines as they stand, bad ones left
//! out and counted, and an `end` row where it was missing.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use super::blocks::Blocks;
use super::cancelled::of_segment;
use super::print;
use super::reader::{BadLine, Options, ReadError, Reader};
use super::reason::Reason;
use super::row::RowKind;

/// How many bad lines are remembered one by one.
const SHOWN: usize = 5;

/// What a repair found.
#[derive(Debug, Default)]
pub struct Repaired {
    /// Rows kept.
    pub rows: u64,
    /// Samples among them.
    pub samples: u64,
    /// Lines left out.
    pub skipped: u64,
    /// The first of them.
    pub first_bad: Vec<BadLine>,
    /// How many of them were bad in which way.
    pub by_reason: BTreeMap<&'static str, u64>,
    /// Whether a torn last line, as a crash leaves it, was dropped.
    pub torn: bool,
    /// Segments that the operator took back and whose marks are in the file.
    pub cancelled: HashSet<u64>,
    /// Whether the `end` row was missing and was added.
    pub closed: bool,
    /// Where the stream itself broke off, and why.
    pub broken_off: Option<(u64, io::Error)>,
}

impl Repaired {
    /// Whether rows are missing that the recorder had written.
    pub fn lost_something(&self) -> bool {
        self.skipped > 0 || self.broken_off.is_some()
    }

    /// Whether there was nothing to repair.
    pub fn was_whole(&self) -> bool {
        !self.lost_something() && !self.torn && !self.closed && self.cancelled.is_empty()
    }
}

/// Why there is no repaired recording.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Without its header a recording says nothing.
    #[error(transparent)]
    Header(#[from] ReadError),
    /// The output failed.
    #[error("cannot be written: {0}")]
    Write(io::Error),
}

/// Copies what is good in `input` to `out`, in constant memory, but the marks of the segments in
/// `without`: which those are is known only at the end.
pub fn repair(
    input: impl Blocks,
    out: &mut impl Write,
    without: &HashSet<u64>,
) -> Result<Repaired, RepairError> {
    let mut reader = Reader::new(input, Options::default())?.keep_raw();
    let mut found = Repaired::default();
    let mut ends_closed = false;
    copy_line(out, reader.raw())?;
    loop {
        match reader.next_row() {
            Ok(Some(row)) if of_segment(&row.kind).is_some_and(|id| without.contains(&id)) => {}
            Ok(Some(row)) => {
                copy_line(out, reader.raw())?;
                found.rows += 1;
                found.samples += u64::from(matches!(row.kind, RowKind::Sample(_)));
                ends_closed = row.kind == RowKind::Close;
            }
            Ok(None) => break,
            // The reader stands behind the line it refused.
            Err(ReadError::Line(bad)) => found.skip(bad),
            Err(ReadError::Io { line, error }) => {
                found.broken_off = Some((line, error));
                break;
            }
            Err(ReadError::Empty) => break,
        }
    }
    found.torn = reader.torn();
    found.cancelled.clone_from(reader.cancelled());
    if !ends_closed {
        found.closed = true;
        let mut line = Vec::new();
        print::recovered_end(&mut line, reader.last_t_us(), found.samples);
        out.write_all(&line).map_err(RepairError::Write)?;
    }
    Ok(found)
}

fn copy_line(out: &mut impl Write, line: &[u8]) -> Result<(), RepairError> {
    out.write_all(line).and_then(|()| out.write_all(b"\n")).map_err(RepairError::Write)
}

impl Repaired {
    fn skip(&mut self, bad: BadLine) {
        self.skipped += 1;
        *self.by_reason.entry(in_short(&bad.reason)).or_default() += 1;
        if self.first_bad.len() < SHOWN {
            self.first_bad.push(bad);
        }
    }
}

/// What lines are counted under: the reason without the line's own values.
fn in_short(reason: &Reason) -> &'static str {
    match reason {
        Reason::NoHeader | Reason::Version(_) | Reason::HeaderSources => "bad header",
        Reason::NotJson { .. } => "not JSON",
        Reason::Empty => "empty",
        Reason::NotAnObject => "not an object",
        Reason::TooLong => "too long",
        Reason::Time => "no time",
        Reason::Decreasing { .. } => "time runs backwards",
        Reason::Rssi => "RSSI out of range",
        Reason::NoBand => "no band",
        Reason::Band(_) => "not a band",
        Reason::Source | Reason::AmbiguousSource => "no source",
        Reason::Mark | Reason::SegmentId | Reason::Intent => "bad mark",
        Reason::IdTwice(_) => "segment id used twice",
        Reason::NotOpen(_) => "segment ended twice or never begun",
        Reason::Observed => "bad observation",
        Reason::SeveralKinds { .. } => "of several kinds",
        Reason::Twice(_) => "with a key twice",
        Reason::Type { .. } | Reason::Close => "with a value of another type",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const HEADER: &str = "{\"rssi_recording\":1,\"x\":[1.50]}";

    fn row(t_us: u32) -> String {
        format!("{{\"t_us\":{t_us},\"band\":\"C6:05:04:03:02:01\",\"rssi\":-61}}\n")
    }

    fn repaired(text: impl AsRef<[u8]>) -> (String, Repaired) {
        let mut out = Vec::new();
        let found = repair(text.as_ref(), &mut out, &HashSet::new()).unwrap();
        (String::from_utf8(out).unwrap(), found)
    }

    #[test]
    fn a_whole_recording_stays_as_it_is() {
        let text = format!("{HEADER}\n{}{{\"t_us\":7,\"end\": true,\"samples\":1}}\n", row(5));
        let (out, found) = repaired(&text);
        assert_eq!(out, text);
        assert!(found.was_whole() && !found.lost_something());
    }

    #[test]
    fn a_torn_or_zeroed_tail_is_no_loss_and_the_end_is_added() {
        for tail in ["", "{\"t_us\":9,\"ba", "\0\0\0\0\0\0"] {
            let (out, found) = repaired(format!("{HEADER}\n{}{tail}", row(5)));
            let end = "{\"t_us\":5,\"end\":true,\"samples\":1,\"recovered\":true}\n";
            assert_eq!(out, format!("{HEADER}\n{}{end}", row(5)));
            assert_eq!((found.torn, found.closed, found.lost_something()), (!tail.is_empty(), true, false));
        }
    }

    #[test]
    fn a_header_alone_is_closed() {
        let (out, found) = repaired(HEADER);
        assert_eq!(out, format!("{HEADER}\n{{\"t_us\":0,\"end\":true,\"samples\":0,\"recovered\":true}}\n"));
        assert!(found.closed && !found.torn);
    }

    #[test]
    fn bad_lines_are_left_out_and_counted_by_reason() {
        let mut text = format!("{HEADER}\n{}nonsense\n", row(5)).into_bytes();
        text.extend_from_slice(b"{\"t_us\":6,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-61,\"x\":\"\xff\"}\n");
        text.extend_from_slice(&vec![b'x'; 3 << 20]);
        text.extend_from_slice(format!("\n{}{}", row(4), row(8)).as_bytes());
        text.extend_from_slice(b"{\"t_us\":8,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n");
        text.extend_from_slice(b"{\"t_us\":9,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n");
        let (out, found) = repaired(&text);
        assert_eq!(out.lines().count(), 5);
        assert_eq!((found.rows, found.samples, found.skipped), (3, 2, 5));
        let lines: Vec<u64> = found.first_bad.iter().map(|b| b.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 9]);
        let counts: Vec<_> = found.by_reason.into_iter().collect();
        let expected =
            [("not JSON", 2), ("segment id used twice", 1), ("time runs backwards", 1), ("too long", 1)];
        assert_eq!(counts, expected);
    }

    #[test]
    fn what_a_broken_stream_gave_is_kept() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        }
        let text = format!("{HEADER}\n{}{{\"t_us\":9", row(5));
        let mut out = Vec::new();
        let found = repair(text.as_bytes().chain(Broken), &mut out, &HashSet::new()).unwrap();
        assert_eq!((found.rows, found.broken_off.is_some(), found.lost_something()), (1, true, true));
    }

    #[test]
    fn without_a_header_there_is_nothing_to_repair() {
        for text in ["", "{\"rssi_rec", "{\"rssi_recording\":2}\n", "[]\n"] {
            assert!(
                matches!(
                    repair(text.as_bytes(), &mut io::sink(), &HashSet::new()),
                    Err(RepairError::Header(_))
                ),
                "{text}"
            );
        }
    }
}
