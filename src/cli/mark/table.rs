//! Segments from a CSV file, its columns named by the first line.

use std::path::Path;

use super::{Wanted, distance};
use crate::cli::{Failure, duration};
use crate::reading::Band;
use crate::recording::Intent;
use crate::recording::marks::NewSegment;

const COLUMNS: [&str; 7] = ["begin", "end", "intent", "band", "source", "distance_cm", "note"];

/// Reads the file; a complaint names file, line and column.
pub(super) fn read(path: &Path) -> Result<Vec<Wanted>, Failure> {
    let text = std::fs::read(path)
        .map_err(|e| Failure::bad_input(format!("{}: cannot be read: {e}", path.display())))?;
    parse(&path.display().to_string(), &text)
}

fn parse(path: &str, text: &[u8]) -> Result<Vec<Wanted>, Failure> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // Spreadsheets separate by semicolon where the comma is the decimal sign.
    let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b';') && !first.contains(&b',') { b';' } else { b',' };
    let mut table =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text);
    let bad = |e: &csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Failure::bad_input(format!("{path}:{line}: not CSV as expected: {e}"))
    };
    let columns = Columns::of(table.headers().map_err(|e| bad(&e))?, delimiter == b';')
        .map_err(|why| Failure::bad_input(format!("{path}:1: {why}")))?;
    let mut lines = LineCount { text, at: 0, line: 1 };
    let mut wanted = Vec::new();
    for row in table.records() {
        let row = row.map_err(|e| bad(&e))?;
        let line = lines.line_at(row.position().map_or(0, csv::Position::byte));
        let place = format!("{path}:{line}: ");
        let segment = columns.segment(&row).map_err(|why| Failure::bad_input(format!("{place}{why}")))?;
        wanted.push(Wanted { place, segment });
    }
    if wanted.is_empty() {
        return Err(Failure::bad_input(format!("{path}: holds no segment")));
    }
    Ok(wanted)
}

/// Line numbers of rising places; csv's own are one behind after `\r\n` and empty lines.
struct LineCount<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl LineCount<'_> {
    /// The line of the first text at or behind `byte`.
    fn line_at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(next) = self.text.get(self.at) {
            if self.at >= byte && !matches!(next, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*next == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// Where each of [`COLUMNS`] stands.
struct Columns {
    at: [Option<usize>; COLUMNS.len()],
    width: usize,
    /// Numbers may be written as `1,5`.
    decimal_comma: bool,
}

impl Columns {
    fn of(header: &csv::StringRecord, decimal_comma: bool) -> Result<Self, String> {
        let mut columns = [None; COLUMNS.len()];
        for (at, name) in header.iter().enumerate() {
            let known = COLUMNS.iter().position(|c| c.eq_ignore_ascii_case(name));
            let known = known
                .ok_or_else(|| format!("column \"{name}\" is not known; there are {}", COLUMNS.join(", ")))?;
            if columns[known].replace(at).is_some() {
                return Err(format!("column \"{name}\" is there twice"));
            }
        }
        if let Some(missing) = (0..3).find(|&c| columns[c].is_none()) {
            return Err(format!("column \"{}\" is missing; needed are begin, end, intent", COLUMNS[missing]));
        }
        Ok(Self { at: columns, width: header.len(), decimal_comma })
    }

    fn segment(&self, row: &csv::StringRecord) -> Result<NewSegment, String> {
        if row.len() > self.width {
            return Err(format!("{} cells, but {} columns: quote texts with commas", row.len(), self.width));
        }
        let cell = |column: usize| self.at[column].and_then(|at| row.get(at)).filter(|text| !text.is_empty());
        let number = |text: &str| if self.decimal_comma { text.replace(',', ".") } else { text.to_owned() };
        let time = |column: usize| {
            let text = cell(column).ok_or_else(|| format!("\"{}\" is empty", COLUMNS[column]))?;
            duration::parse_seconds(&number(text))
        };
        let intent = cell(2).unwrap_or_default();
        Ok(NewSegment {
            begin_us: time(0)?,
            end_us: time(1)?,
            intent: Intent::from_name(intent).ok_or_else(|| {
                let names: Vec<_> = Intent::ALL.iter().map(|i| i.name()).collect();
                format!("\"{intent}\" is no intent; there are {}", names.join(", "))
            })?,
            band: cell(3)
                .map(|text| text.parse::<Band>().map_err(|e| format!("band \"{text}\": {e}")))
                .transpose()?,
            source: cell(4).map(str::to_owned),
            distance_cm: cell(5).map(|text| distance(&number(text))).transpose()?,
            note: cell(6).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse("taps.csv", text.as_bytes()).unwrap_err().what
    }

    #[test]
    fn columns_go_by_name_and_times_by_seconds_or_unit() {
        let text = "\u{feff}intent, note,begin,end,band,distance_cm\r\n\
                    tap,\"left, then right\",12.3,14s,c6:05:04:03:02:01,2.5\r\n\
                    no_tap,,0.5m,31,,\r\n";
        let wanted = parse("taps.csv", text.as_bytes()).unwrap();
        let first = &wanted[0].segment;
        assert_eq!((first.begin_us, first.end_us, first.intent), (12_300_000, 14_000_000, Intent::Tap));
        assert_eq!(first.note.as_deref(), Some("left, then right"));
        assert_eq!(
            (first.band.map(|b| b.to_string()), first.distance_cm),
            (Some("C6:05:04:03:02:01".into()), Some(2.5))
        );
        assert_eq!((wanted[1].place.as_str(), wanted[1].segment.begin_us), ("taps.csv:3: ", 30_000_000));
        assert_eq!((wanted[1].segment.band, &wanted[1].segment.note), (None, &None));
    }

    #[test]
    fn semicolons_separate_where_the_comma_is_the_decimal_sign() {
        let text = "begin;end;intent;distance_cm;note\r\n1,5;2;tap;2,5;a, b\r\n";
        let segment = &parse("taps.csv", text.as_bytes()).unwrap()[0].segment;
        assert_eq!(
            (segment.begin_us, segment.end_us, segment.distance_cm),
            (1_500_000, 2_000_000, Some(2.5))
        );
        assert_eq!(segment.note.as_deref(), Some("a, b"));
    }

    #[test]
    fn complaints_name_file_and_line() {
        let head = "begin,end,intent,band\n";
        for (text, what) in [
            ("begin,intent\n1,tap\n", "taps.csv:1: column \"end\" is missing; needed are begin, end, intent"),
            ("begin,end,intent,begin\n", "taps.csv:1: column \"begin\" is there twice"),
            (head, "taps.csv: holds no segment"),
        ] {
            assert_eq!(complaint(text), what);
        }
        for (row, start) in [
            ("1,2,tap,\nx,2,tap,\n", "taps.csv:3: \"x\" is no duration"),
            ("1,2,tapp,\n", "taps.csv:2: \"tapp\" is no intent"),
            ("1,2,tap,me\n", "taps.csv:2: band \"me\": neither an address"),
            ("1,,tap,\n", "taps.csv:2: \"end\" is empty"),
            ("1,2\n", "taps.csv:2: \"\" is no intent"),
            ("1,2,tap,,left, then right\n", "taps.csv:2: 6 cells, but 4 columns"),
            ("-1,2,tap,\n", "taps.csv:2: \"-1\" is no duration"),
        ] {
            let what = complaint(&format!("{head}{row}"));
            assert!(what.starts_with(start), "{what}");
        }
        assert!(complaint("begin,end,intent,who\n").starts_with("taps.csv:1: column \"who\" is not known"));
    }
}
