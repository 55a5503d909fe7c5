//! Reads a recording row by row in constant memory, and refuses what the format does not allow.

use std::collections::{HashMap, HashSet};
use std::io;

use super::blocks::Blocks;
use super::header::Header;
use super::lines::{Line, Lines};
use super::names::{Names, SourceId};
use super::reason::Reason;
use super::row::{self, Row, RowKind, Sample};
use super::scan::Scanner;

/// How to treat what the format does not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Skip and count bad lines instead of stopping at the first.
    pub lenient: bool,
    /// Take a compressed stream that was cut off as far as it goes, as [`Reader::cut_off`] then
    /// says, instead of failing at its end.
    pub keep_cut_off: bool,
}

/// A line that the format does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", column.map_or(String::new(), |column| format!(", column {column}")))]
pub struct BadLine {
    /// From 1.
    pub line: u64,
    /// From 1, in bytes: the value that is wrong, where it is one of the line's.
    pub column: Option<usize>,
    /// What is wrong with it.
    pub reason: Reason,
}

impl BadLine {
    /// What is wrong and where in the line.
    pub fn words(&self) -> String {
        self.column.map_or(self.reason.to_string(), |column| format!("column {column}: {}", self.reason))
    }
}

/// Why a recording cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream failed.
    #[error("reading failed after line {line}: {error}")]
    Io {
        /// The last line read whole.
        line: u64,
        /// The system's reason.
        error: io::Error,
    },
    /// The file holds nothing.
    #[error("the file is empty")]
    Empty,
    /// A line is not allowed.
    #[error(transparent)]
    Line(#[from] BadLine),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SegmentState {
    Open,
    Ended,
}

/// A recording being read.
pub struct Reader<R> {
    lines: Lines<R>,
    scanner: Scanner,
    names: Names,
    header: Header,
    default_source: Option<SourceId>,
    last_t_us: i64,
    segments: HashMap<u64, SegmentState>,
    cancelled: HashSet<u64>,
    options: Options,
    raw: Vec<u8>,
    keep_raw: bool,
    first_bad: Option<BadLine>,
    skipped: u64,
    torn: bool,
    cut_off: bool,
}

impl<R: Blocks> Reader<R> {
    /// Reads the header.
    pub fn new(input: R, options: Options) -> Result<Self, ReadError> {
        let mut lines = Lines::new(input);
        lines.skip_byte_order_mark().map_err(|error| ReadError::Io { line: 0, error })?;
        let first = lines.next_line().map_err(|error| ReadError::Io { line: 0, error })?;
        let line = first.ok_or(ReadError::Empty)?;
        let raw = line.bytes.to_vec();
        let header = if line.too_long { Err(Reason::TooLong) } else { Header::parse(line.bytes) };
        let header = header.map_err(|reason| BadLine { line: 1, column: reason.column(&raw), reason })?;
        let (names, default_source) = header.names();
        Ok(Self {
            lines,
            scanner: Scanner::new(),
            names,
            header,
            default_source,
            last_t_us: 0,
            segments: HashMap::new(),
            cancelled: HashSet::new(),
            options,
            raw,
            keep_raw: false,
            first_bad: None,
            skipped: 0,
            torn: false,
            cut_off: false,
        })
    }

    /// From here on keeps each row's line for [`Self::raw`], for those who copy rows.
    pub fn keep_raw(mut self) -> Self {
        self.keep_raw = true;
        self
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The sources and bands met so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The line last returned, as it stands in the file and without its `\n`; at first the header's.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The time of the last row that parsed, in microseconds.
    pub fn last_t_us(&self) -> i64 {
        self.last_t_us
    }

    /// Lines skipped as lenient.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The first of the lines skipped.
    pub fn first_bad(&self) -> Option<&BadLine> {
        self.first_bad.as_ref()
    }

    /// Segments that an operator took back and whose marks are in the file all the same.
    pub fn cancelled(&self) -> &HashSet<u64> {
        &self.cancelled
    }

    /// Whether a torn last line, as a crash leaves it, was dropped.
    pub fn torn(&self) -> bool {
        self.torn
    }

    /// Whether a compressed stream ended before its end: rows behind it are lost.
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// The next row; `None` at the end.
    #[inline]
    pub fn next_row(&mut self) -> Result<Option<Row>, ReadError> {
        match self.next_sample() {
            Some((t_us, sample)) => Ok(Some(Row { t_us, kind: RowKind::Sample(sample) })),
            None => self.next_parsed(),
        }
    }

    /// The next row and its time, where it is a sample in the spelling of a recorder; `None` where
    /// [`Self::next_row`] must look at it. Faster where there are millions.
    #[inline(always)]
    pub fn next_sample(&mut self) -> Option<(i64, Sample)> {
        let buffered = self.lines.buffered();
        let scanned = self.scanner.sample(buffered, &mut self.names, self.default_source)?;
        if scanned.t_us < self.last_t_us {
            return None;
        }
        if self.keep_raw {
            self.raw.clear();
            self.raw.extend_from_slice(&buffered[..scanned.length - 1]);
        }
        self.lines.consume_line(scanned.length);
        self.last_t_us = scanned.t_us;
        Some((scanned.t_us, scanned.sample))
    }

    #[cold]
    fn next_parsed(&mut self) -> Result<Option<Row>, ReadError> {
        loop {
            let last_number = self.lines.number();
            let line = match self.lines.next_line() {
                Ok(line) => line,
                Err(error) if self.options.keep_cut_off && error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.cut_off = true;
                    return Ok(None);
                }
                Err(error) => return Err(ReadError::Io { line: last_number, error }),
            };
            let Some(line) = line else { return Ok(None) };
            if self.keep_raw {
                self.raw.clear();
                self.raw.extend_from_slice(line.bytes);
            }
            let terminated = line.terminated;
            let parsed = parse(&line, &mut self.names, self.default_source);
            let column = parsed.as_ref().err().and_then(|reason| reason.column(line.bytes));
            match parsed.and_then(|row| self.accept(row)) {
                Ok(row) => return Ok(Some(row)),
                Err(Reason::NotJson { .. } | Reason::Empty | Reason::TooLong) if !terminated => {
                    self.torn = true;
                    return Ok(None);
                }
                Err(reason) => self.refuse(BadLine { line: last_number + 1, column, reason })?,
            }
        }
    }

    fn accept(&mut self, row: Row) -> Result<Row, Reason> {
        if row.t_us < self.last_t_us {
            return Err(Reason::Decreasing { t_us: row.t_us, last_us: self.last_t_us });
        }
        match &row.kind {
            RowKind::Begin(segment) => {
                if self.segments.contains_key(&segment.id) {
                    return Err(Reason::IdTwice(segment.id));
                }
                self.segments.insert(segment.id, SegmentState::Open);
            }
            RowKind::End(id) => {
                let state = self.segments.get_mut(id).filter(|s| **s == SegmentState::Open);
                *state.ok_or(Reason::NotOpen(*id))? = SegmentState::Ended;
            }
            RowKind::Cancelled(id) if self.segments.contains_key(id) => _ = self.cancelled.insert(*id),
            _ => {}
        }
        self.last_t_us = row.t_us;
        Ok(row)
    }

    fn refuse(&mut self, bad: BadLine) -> Result<(), ReadError> {
        if !self.options.lenient {
            return Err(bad.into());
        }
        self.skipped += 1;
        self.first_bad.get_or_insert(bad);
        Ok(())
    }
}

fn parse(line: &Line<'_>, names: &mut Names, default_source: Option<SourceId>) -> Result<Row, Reason> {
    if line.too_long {
        return Err(Reason::TooLong);
    }
    row::parse(line.bytes, names, default_source)
}
