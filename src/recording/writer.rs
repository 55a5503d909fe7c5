//! Writes a recording so that a kill costs at most the last line and a power cut about a second:
//! each line is one write, and the disk is told to keep them once a second, at marks and at the end.

use std::fs::File;
use std::io::{self, Write};

use serde_json::{Map, Value};

use super::output::Output;
use super::print;

/// How much of a recording a power cut may cost.
const SYNC_EVERY_US: i64 = 1_000_000;

/// Something that lines can be written to and that can be told to keep them.
pub trait Destination: Write {
    /// Returns when what was written would survive a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

impl Destination for File {
    fn sync(&mut self) -> io::Result<()> {
        match self.sync_data() {
            // A pipe or a device has nothing to keep.
            Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            done => done,
        }
    }
}

/// A conversion can be done again: it is kept as a whole when it is finished.
impl<W: Write> Destination for Output<W> {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a row is, as far as writing it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Counted in the `end` row.
    Sample,
    /// Ground truth cannot be measured again: kept at once.
    Mark,
    /// Any other row.
    Other,
}

/// Writing failed; the lines before are kept.
#[derive(Debug, thiserror::Error)]
#[error("writing failed after {rows} rows: {error}")]
pub struct WriteError {
    /// Rows written whole.
    pub rows: u64,
    /// The system's reason.
    pub error: io::Error,
}

/// A recording being written.
#[derive(Debug)]
pub struct Writer<D> {
    out: D,
    rows: u64,
    samples: u64,
    last_t_us: i64,
    synced_us: i64,
    unsynced: bool,
}

impl<D: Destination> Writer<D> {
    /// Writes the header.
    pub fn new(out: D, header: &Map<String, Value>) -> Result<Self, WriteError> {
        let mut writer = Self { out, rows: 0, samples: 0, last_t_us: 0, synced_us: 0, unsynced: false };
        let mut line = Vec::new();
        print::header(&mut line, header);
        writer.put(&line)?;
        writer.sync()?;
        Ok(writer)
    }

    /// Writes a row: `line` with its `\n`, as `print` spells it. `t_us` is the row's own time, not
    /// before that of the row before.
    pub fn row(&mut self, t_us: i64, what: Written, line: &[u8]) -> Result<(), WriteError> {
        self.put(line)?;
        self.rows += 1;
        self.last_t_us = self.last_t_us.max(t_us);
        self.samples += u64::from(what == Written::Sample);
        if what == Written::Mark { self.sync() } else { Ok(()) }
    }

    /// Lets time pass: what was written is made to last once a second. `now_us` is any clock in
    /// microseconds that began with the recording.
    pub fn tick(&mut self, now_us: i64) -> Result<(), WriteError> {
        if self.unsynced && now_us.saturating_sub(self.synced_us) >= SYNC_EVERY_US {
            self.sync()?;
            self.synced_us = now_us;
        }
        Ok(())
    }

    /// Writes the `end` row, at `t_us` or at the last row if that is later, and gives the
    /// destination back.
    pub fn close(mut self, t_us: i64) -> Result<D, WriteError> {
        let mut line = Vec::new();
        print::end(&mut line, t_us.max(self.last_t_us), self.samples);
        self.put(&line)?;
        self.sync()?;
        Ok(self.out)
    }

    /// Samples written.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The time of the last row, in microseconds.
    pub fn last_t_us(&self) -> i64 {
        self.last_t_us
    }

    fn put(&mut self, line: &[u8]) -> Result<(), WriteError> {
        self.unsynced = true;
        self.out.write_all(line).map_err(|error| WriteError { rows: self.rows, error })
    }

    fn sync(&mut self) -> Result<(), WriteError> {
        self.unsynced = false;
        self.out.sync().map_err(|error| WriteError { rows: self.rows, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes every write and sync.
    #[derive(Default)]
    struct Spy {
        writes: Vec<String>,
        syncs_after: Vec<usize>,
        room: Option<usize>,
    }

    impl Write for Spy {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == Some(self.writes.len()) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.writes.push(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Destination for Spy {
        fn sync(&mut self) -> io::Result<()> {
            self.syncs_after.push(self.writes.len());
            Ok(())
        }
    }

    fn sample(t_us: i64) -> Vec<u8> {
        let mut line = Vec::new();
        print::sample(&mut line, t_us, None, "C6:05:04:03:02:01".parse().unwrap(), -60);
        line
    }

    #[test]
    fn each_line_is_one_write_and_the_end_counts_the_samples() {
        let mut writer = Writer::new(Spy::default(), &Map::new()).unwrap();
        writer.row(10, Written::Sample, &sample(10)).unwrap();
        writer.row(20, Written::Other, b"{\"t_us\":20,\"observed\":\"tap\"}\n").unwrap();
        let spy = writer.close(5).unwrap();
        assert_eq!(spy.writes.len(), 4);
        assert_eq!(spy.writes[0], "{\"rssi_recording\":1}\n");
        assert_eq!(spy.writes[3], "{\"t_us\":20,\"end\":true,\"samples\":1}\n");
    }

    #[test]
    fn lines_last_after_a_second_a_mark_and_the_end() {
        let mut writer = Writer::new(Spy::default(), &Map::new()).unwrap();
        writer.row(10, Written::Sample, &sample(10)).unwrap();
        writer.tick(999_999).unwrap();
        writer.tick(1_000_000).unwrap();
        writer.tick(3_000_000).unwrap();
        writer.row(20, Written::Mark, b"{\"t_us\":20,\"mark\":\"end\",\"id\":1}\n").unwrap();
        let spy = writer.close(20).unwrap();
        assert_eq!(spy.syncs_after, [1, 2, 3, 4]);
    }

    #[test]
    fn a_full_disk_keeps_what_was_written() {
        let mut writer = Writer::new(Spy { room: Some(2), ..Spy::default() }, &Map::new()).unwrap();
        writer.row(10, Written::Sample, &sample(10)).unwrap();
        let error = writer.row(20, Written::Sample, &sample(20)).unwrap_err();
        assert_eq!((error.rows, error.error.kind()), (1, io::ErrorKind::StorageFull));
        assert_eq!((writer.samples(), writer.last_t_us()), (1, 10));
    }
}
