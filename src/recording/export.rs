//! A recording written anew: as it is, with pseudonyms, or its samples as CSV.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::blocks::Blocks;
use super::print;
use super::pseudonyms::Pseudonyms;
use super::reader::{ReadError, Reader};
use super::row::RowKind;
use crate::reading::Band;

/// Why a recording could not be written anew.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It cannot be read on.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The output failed.
    #[error("cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Copies all rows of a reader that keeps its raw lines; gives the number of samples. Rows stay as
/// they are spelt, but for what `pseudonyms` replaces.
///
/// # Errors
/// When reading or writing fails.
pub fn copy<R: Blocks>(
    reader: &mut Reader<R>,
    out: &mut dyn Write,
    mut pseudonyms: Option<Pseudonyms>,
    not_a_nymi_band: bool,
) -> Result<u64, CopyError> {
    let mut line = Vec::new();
    let mut header = reader.header().keys.clone();
    if let Some(pseudonyms) = &mut pseudonyms {
        pseudonyms.in_object(&mut header);
    }
    if not_a_nymi_band {
        header.insert("not_a_nymi_band".into(), true.into());
    }
    if pseudonyms.is_some() || not_a_nymi_band {
        print::header(&mut line, &header);
    } else {
        keep(&mut line, reader.raw());
    }
    out.write_all(&line)?;
    let mut samples = 0;
    while let Some(row) = reader.next_row()? {
        samples += u64::from(matches!(row.kind, RowKind::Sample(_)));
        line.clear();
        match &mut pseudonyms {
            None => keep(&mut line, reader.raw()),
            Some(pseudonyms) => {
                let mut object: Map<String, Value> = serde_json::from_slice(reader.raw()).unwrap_or_default();
                pseudonyms.in_object(&mut object);
                print::object(&mut line, &object);
            }
        }
        out.write_all(&line)?;
    }
    Ok(samples)
}

fn keep(line: &mut Vec<u8>, raw: &[u8]) {
    line.extend_from_slice(raw);
    line.push(b'\n');
}

/// Writes the samples as CSV; gives their number.
///
/// # Errors
/// When reading or writing fails.
pub fn export_csv<R: Blocks>(
    reader: &mut Reader<R>,
    out: &mut dyn Write,
    mut pseudonyms: Option<Pseudonyms>,
) -> Result<u64, CopyError> {
    let mut writer = CsvWriter::new(out)?;
    let mut samples = 0;
    while let Some(row) = reader.next_row()? {
        let RowKind::Sample(sample) = row.kind else { continue };
        let Some(band) = reader.names().band(sample.band) else { continue };
        let source = reader.names().source(sample.source);
        match &mut pseudonyms {
            None => writer.sample(row.t_us, source, band, sample.rssi_dbm)?,
            Some(p) => writer.sample(row.t_us, &p.of_source(source), p.of(band), sample.rssi_dbm)?,
        }
        samples += 1;
    }
    writer.finish()?;
    Ok(samples)
}

/// Samples as CSV with the columns `t_us,source,band,rssi`.
pub(super) struct CsvWriter<W: Write> {
    writer: csv::Writer<W>,
    field: Vec<u8>,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header.
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(["t_us", "source", "band", "rssi"])?;
        Ok(Self { writer, field: Vec::with_capacity(40) })
    }

    /// Writes one row.
    pub(super) fn sample(&mut self, t_us: i64, source: &str, band: Band, rssi_dbm: i8) -> io::Result<()> {
        self.field.clear();
        print::push_integer(&mut self.field, t_us);
        self.writer.write_field(&self.field)?;
        self.writer.write_field(source)?;
        self.field.clear();
        print::push_band(&mut self.field, band);
        self.writer.write_field(&self.field)?;
        self.field.clear();
        print::push_integer(&mut self.field, i64::from(rssi_dbm));
        self.writer.write_field(&self.field)?;
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// Writes what is still held.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Options;

    const FILE: &str = r#"{"rssi_recording":1,"sources":[{"id":"a,b","kind":"bluegiga"}],"x":1.50}
{"t_us":1, "band":"C6:05:04:03:02:01","rssi":-61,"addr":"C6:05:04:03:02:01"}
{"t_us":2,"band":"~watch","rssi":127}
{"t_us":3,"mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01"}
{"t_us":3,"band":"~watch","rssi":-38}
"#;

    fn reader() -> Reader<&'static [u8]> {
        Reader::new(FILE.as_bytes(), Options::default()).unwrap().keep_raw()
    }

    #[test]
    fn a_plain_copy_is_the_same_bytes() {
        let mut out = Vec::new();
        assert_eq!(copy(&mut reader(), &mut out, None, false).unwrap(), 2);
        assert_eq!(String::from_utf8(out).unwrap(), FILE);
    }

    #[test]
    fn a_copy_with_pseudonyms_has_no_address_and_reads_the_same() {
        let mut out = Vec::new();
        copy(&mut reader(), &mut out, Some(Pseudonyms::default()), true).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains("C6:05") && !text.contains("addr"), "{text}");
        assert!(text.starts_with(r#"{"rssi_recording":1,"sources":[{"id":"a,b","kind":"bluegiga"}],"x":1.5,"not_a_nymi_band":true}"#));
        let mut again = Reader::new(text.as_bytes(), Options::default()).unwrap().keep_raw();
        assert_eq!(copy(&mut again, &mut Vec::new(), None, false).unwrap(), 2);
    }

    #[test]
    fn the_samples_go_into_csv() {
        let mut out = Vec::new();
        assert_eq!(export_csv(&mut reader(), &mut out, None).unwrap(), 2);
        let expected = "t_us,source,band,rssi\n1,\"a,b\",C6:05:04:03:02:01,-61\n3,\"a,b\",~watch,-38\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
