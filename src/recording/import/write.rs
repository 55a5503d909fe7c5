//! What was imported, written as a recording or as CSV.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Clock, Imported, Stretch};
use crate::reading::Band;
use crate::recording::export::CsvWriter;
use crate::recording::names::BandId;
use crate::recording::print::{self, Begin};
use crate::recording::pseudonyms::Pseudonyms;

/// Rows gathered before they are handed on.
const CHUNK: usize = 64 << 10;

/// The time of the first sample by the wall clock, where the file has one.
fn started(imported: &Imported) -> Option<String> {
    let first = imported.samples.first().filter(|_| imported.clock != Clock::Relative)?;
    Timestamp::from_microsecond(first.time_us).ok().map(|t| t.to_string())
}

/// The header of the recording that `imported` becomes; `name` is the file it came from.
fn header(imported: &Imported, sources: &[String], name: &str, not_a_nymi_band: bool) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("rssi_recording".into(), 1.into());
    if let Some(started) = started(imported) {
        header.insert("started".into(), started.into());
    }
    let source = |id: &String| json!({"id": id, "kind": "imported"});
    header.insert("sources".into(), sources.iter().map(source).collect());
    header.insert("tool".into(), concat!("tapbench ", env!("CARGO_PKG_VERSION")).into());
    let zone = match imported.clock {
        Clock::Unzoned => "; its wall clock names no zone and is taken as UTC",
        Clock::Unix | Clock::Relative => "",
    };
    header.insert("notes".into(), format!("imported from {name} ({}){zone}", imported.what).into());
    if not_a_nymi_band {
        header.insert("not_a_nymi_band".into(), true.into());
    }
    header
}

/// Writes a recording: header, marks and samples by time, end.
///
/// # Errors
/// When `out` fails.
pub fn write_recording(
    out: &mut dyn Write,
    imported: &Imported,
    name: &str,
    not_a_nymi_band: bool,
    mut pseudonyms: Option<Pseudonyms>,
) -> io::Result<()> {
    let bands = bands(imported, pseudonyms.as_mut());
    let sources = sources(imported, pseudonyms.as_mut());
    let mut header = header(imported, &sources, name, not_a_nymi_band);
    if let Some(Value::String(notes)) = header.get_mut("notes")
        && let Some(pseudonyms) = &mut pseudonyms
    {
        *notes = pseudonyms.in_text(notes);
    }
    let mut rows = Vec::with_capacity(2 * CHUNK);
    print::header(&mut rows, &header);
    let start_us = imported.samples.first().map_or(0, |heard| heard.time_us);
    let mut marks = Marks::new(&imported.stretches, start_us);
    let mut last_us = 0;
    for heard in &imported.samples {
        let t_us = heard.time_us.saturating_sub(start_us);
        marks.until(t_us, &bands, &mut rows);
        if let Some(band) = bands.get(heard.sample.band.0 as usize) {
            let source = sources.get(heard.sample.source.0 as usize).map(String::as_str);
            print::sample(&mut rows, t_us, source, *band, heard.sample.rssi_dbm);
        }
        last_us = t_us;
        if rows.len() >= CHUNK {
            out.write_all(&rows)?;
            rows.clear();
        }
    }
    last_us = last_us.max(marks.until(i64::MAX, &bands, &mut rows));
    print::end(&mut rows, last_us, imported.samples.len() as u64);
    out.write_all(&rows)
}

/// Writes the samples as CSV.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(
    out: &mut dyn Write,
    imported: &Imported,
    mut pseudonyms: Option<Pseudonyms>,
) -> io::Result<()> {
    let bands = bands(imported, pseudonyms.as_mut());
    let sources = sources(imported, pseudonyms.as_mut());
    let start_us = imported.samples.first().map_or(0, |heard| heard.time_us);
    let mut writer = CsvWriter::new(out)?;
    for heard in &imported.samples {
        if let Some(band) = bands.get(heard.sample.band.0 as usize) {
            let source = sources.get(heard.sample.source.0 as usize).map_or("", String::as_str);
            writer.sample(heard.time_us.saturating_sub(start_us), source, *band, heard.sample.rssi_dbm)?;
        }
    }
    writer.finish()
}

/// The bands as they are written, by their numbers.
fn bands(imported: &Imported, mut pseudonyms: Option<&mut Pseudonyms>) -> Vec<Band> {
    let named = (0..).map_while(|id| imported.names.band(BandId(id)));
    named.map(|band| pseudonyms.as_mut().map_or(band, |p| p.of(band))).collect()
}

/// The sources as they are written, by their numbers.
fn sources(imported: &Imported, mut pseudonyms: Option<&mut Pseudonyms>) -> Vec<String> {
    let written = |id: &String| pseudonyms.as_mut().map_or_else(|| id.clone(), |p| p.of_source(id));
    imported.sources.iter().map(written).collect()
}

/// Begin and end marks in the order of their times; at one time what ends comes first.
struct Marks<'a> {
    /// (time, id, the stretch where it begins).
    due: Vec<(i64, u64, Option<&'a Stretch>)>,
    next: usize,
}

impl<'a> Marks<'a> {
    fn new(stretches: &'a [Stretch], start_us: i64) -> Self {
        let mut due = Vec::with_capacity(stretches.len() * 2);
        for (id, stretch) in (1u64..).zip(stretches) {
            due.push((stretch.begin_us.saturating_sub(start_us), id, Some(stretch)));
            // A segment does not hold its end, so that its last sample is in it.
            due.push((stretch.last_us.saturating_sub(start_us).saturating_add(1), id, None));
        }
        due.sort_by_key(|(t_us, id, stretch)| (*t_us, stretch.is_some(), *id));
        Self { due, next: 0 }
    }

    /// Prints what is due at or before `t_us`; gives the time of the last one printed.
    fn until(&mut self, t_us: i64, bands: &[Band], rows: &mut Vec<u8>) -> i64 {
        let mut last_us = 0;
        while let Some((due_us, id, stretch)) = self.due.get(self.next).filter(|mark| mark.0 <= t_us) {
            match stretch {
                None => print::end_mark(rows, *due_us, *id),
                Some(stretch) => {
                    let begin = Begin {
                        id: *id,
                        intent: stretch.intent.name(),
                        source: None,
                        band: stretch.band.and_then(|band| bands.get(band.0 as usize).copied()),
                        distance_cm: stretch.distance_cm,
                        note: stretch.note.as_deref(),
                    };
                    print::begin(rows, *due_us, &begin);
                }
            }
            last_us = *due_us;
            self.next += 1;
        }
        last_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::import::{Format, Layout, import};
    use crate::recording::{Options, Reader, RowKind};

    fn converted(file: &str, pseudonyms: Option<Pseudonyms>) -> String {
        let layout: Layout = "distance_m=m".parse().unwrap();
        let imported = import(file.as_bytes(), Format::Csv, &layout).unwrap();
        let mut out = Vec::new();
        write_recording(&mut out, &imported, "c6:05:04:03:02:01.csv", true, pseudonyms).unwrap();
        String::from_utf8(out).unwrap()
    }

    const FILE: &str = "time,rssi,mac,label,m\n2020-05-01 00:00:02,-50,c6:05:04:03:02:01,no_tap,0.5\n2020-05-01 00:00:01,-38,c6:05:04:03:02:01,tap,0.03\n";

    #[test]
    fn rows_come_by_time_with_their_segments() {
        assert_eq!(
            converted(FILE, None),
            concat!(
                r#"{"rssi_recording":1,"started":"2020-05-01T00:00:01Z","sources":[{"id":"import-1","kind":"imported"}],"tool":"tapbench "#,
                env!("CARGO_PKG_VERSION"),
                r#"","notes":"imported from c6:05:04:03:02:01.csv (CSV); its wall clock names no zone and is taken as UTC","not_a_nymi_band":true}
{"t_us":0,"mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01","distance_cm":3}
{"t_us":0,"source":"import-1","band":"C6:05:04:03:02:01","rssi":-38}
{"t_us":1,"mark":"end","id":1}
{"t_us":1000000,"mark":"begin","id":2,"intent":"no_tap","band":"C6:05:04:03:02:01","distance_cm":50}
{"t_us":1000000,"source":"import-1","band":"C6:05:04:03:02:01","rssi":-50}
{"t_us":1000001,"mark":"end","id":2}
{"t_us":1000001,"end":true,"samples":2}
"#
            )
        );
    }

    #[test]
    fn the_reader_takes_what_is_written() {
        let text = converted(FILE, None);
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let mut kinds = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            kinds.push(row.kind);
        }
        assert_eq!(kinds.len(), 7);
        assert_eq!(kinds.last(), Some(&RowKind::Close));
    }

    #[test]
    fn pseudonyms_are_stable_within_a_file_and_differ_between_two() {
        let (one, two) =
            (converted(FILE, Some(Pseudonyms::default())), converted(FILE, Some(Pseudonyms::default())));
        assert!(!one.to_lowercase().contains("c6:05"), "{one}");
        let name = one.split("\"band\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(one.matches(&name).count(), 5);
        assert!(!two.contains(&name));
    }
}
