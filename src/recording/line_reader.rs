//! Reads the rows of a recording in the making, one written line at a time, as [`Reader`] will
//! read them from the file.
//!
//! [`Reader`]: super::Reader

use super::header::Header;
use super::names::{Names, SourceId};
use super::reason::Reason;
use super::row::{self, Row, RowKind};
use super::scan::Scanner;

/// Rows from single lines.
pub struct LineReader {
    scanner: Scanner,
    names: Names,
    default_source: Option<SourceId>,
}

impl LineReader {
    /// For the rows under this header.
    pub fn new(header: &Header) -> Self {
        let (names, default_source) = header.names();
        Self { scanner: Scanner::new(), names, default_source }
    }

    /// The sources and bands met so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The row that a line with its `\n` holds.
    ///
    /// # Errors
    /// What is wrong with it, as far as one line can tell.
    pub fn row(&mut self, line: &[u8]) -> Result<Row, Reason> {
        match self.scanner.sample(line, &mut self.names, self.default_source) {
            Some(scanned) => Ok(Row { t_us: scanned.t_us, kind: RowKind::Sample(scanned.sample) }),
            None => {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                row::parse(line, &mut self.names, self.default_source)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Reader};
    use super::*;

    #[test]
    fn lines_read_as_the_file_does() {
        let header = r#"{"rssi_recording":1,"sources":[{"id":"a"},{"id":"b"}]}"#;
        let lines = [
            r#"{"t_us":1,"source":"b","band":"C6:05:04:03:02:01","rssi":-60}"#,
            r#"{"t_us":2, "source":"a","band":"~left","addr":"C6:05:04:03:02:01","rssi":-6}"#,
            r#"{"t_us":3,"mark":"begin","id":1,"intent":"tap","band":"~left"}"#,
            r#"{"t_us":3,"source":"b","band":"C6:05:04:03:02:01","rssi":127}"#,
            r#"{"t_us":4,"end":true,"samples":2}"#,
        ];
        let text = format!("{header}\n{}\n", lines.join("\n"));
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let mut by_line = LineReader::new(reader.header());
        for line in lines {
            assert_eq!(by_line.row(format!("{line}\n").as_bytes()).ok(), reader.next_row().unwrap());
        }
        assert!(by_line.row(b"{\"t_us\":5,\"rssi\":-60,\"band\":\"~left\"}\n").is_err());
    }
}
