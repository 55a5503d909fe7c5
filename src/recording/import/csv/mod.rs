//! CSV with a column map: one row a sample, with the band in a column or the same for all, and
//! distance or label columns becoming segments. A row that cannot be understood is a loss and is
//! counted; an RSSI that is none, or nobody heard, is no sample.

mod cell;
mod layout;
mod plan;
mod stretches;

pub(in crate::recording) use cell::address;
pub use layout::{ColumnsError, Layout};

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::collector::{SOURCE, checked_rssi};
use super::{Clock, Heard, ImportError, Imported, Loss, Skip};
use crate::reading::Band;
use crate::recording::names::{BandId, SourceId};
use crate::recording::row::Sample;
use plan::{BandFrom, Plan, Rows, plan};
use stretches::Stretches;

/// How much of the file is looked at to find delimiter, header and columns.
const LOOK: u64 = 64 << 10;

/// How many rows of that.
const LOOK_ROWS: usize = 100;

/// 2000-01-01 in microseconds since 1970: a clock that is past it tells the date.
const YEAR_2000_US: i64 = 946_684_800_000_000;

/// Reads a file from its first byte on.
pub(super) fn read(mut input: impl Read, layout: &Layout) -> Result<Imported, ImportError> {
    let mut head = Vec::new();
    match input.by_ref().take(LOOK).read_to_end(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        other => {
            other?;
        }
    }
    if head.starts_with(b"\xEF\xBB\xBF") {
        head.drain(..3);
    }
    let delimiter = layout.delimiter.unwrap_or_else(|| guess_delimiter(&head));
    let rows = first_rows(&head, delimiter);
    let plan = plan(layout, &Rows { rows: &rows })?;
    let mut table = Table::new(&plan);
    table.read(Cursor::new(head).chain(input), delimiter)?;
    table.finish()
}

/// The delimiter that the first line with text holds most of; a space only where there is no other.
fn guess_delimiter(head: &[u8]) -> u8 {
    let line = head.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|b| **b == delimiter).count();
    let most = *b"\t;,".iter().max_by_key(|d| count(**d)).unwrap_or(&b',');
    if count(most) == 0 && line.trim_ascii().contains(&b' ') { b' ' } else { most }
}

fn reader<R: Read>(input: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(Trim::All)
        .from_reader(input)
}

/// A record's cells; runs of spaces are one delimiter.
fn cells(record: &ByteRecord, delimiter: u8) -> Vec<&[u8]> {
    record.iter().filter(|cell| delimiter != b' ' || !cell.is_empty()).collect()
}

fn first_rows(head: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let records = reader(head, delimiter).into_byte_records();
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    let row = |record: ByteRecord| cells(&record, delimiter).into_iter().map(text).collect();
    records.map_while(Result::ok).take(LOOK_ROWS).map(row).collect()
}

/// A file while its rows are read.
struct Table<'a> {
    plan: &'a Plan,
    imported: Imported,
    sources: HashMap<Vec<u8>, SourceId>,
    bands: HashMap<Vec<u8>, BandId>,
    /// Which name a pseudonym stands for, so that no two names become one.
    pseudonyms: HashMap<Band, String>,
    stretches: Stretches,
    unzoned: bool,
    lost: Option<(u64, u64, String)>,
    cut_off: bool,
}

impl<'a> Table<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            imported: Imported::new("CSV"),
            sources: HashMap::new(),
            bands: HashMap::new(),
            pseudonyms: HashMap::new(),
            stretches: Stretches::default(),
            unzoned: false,
            lost: None,
            cut_off: false,
        }
    }

    fn read(&mut self, input: impl Read, delimiter: u8) -> Result<(), ImportError> {
        let mut reader = reader(input, delimiter);
        let mut record = ByteRecord::new();
        let mut is_first = true;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        self.cut_off = true;
                        return Ok(());
                    }
                    csv::ErrorKind::Io(error) => return Err(error.into()),
                    _ => return Err(ImportError::Unusable("not CSV".into())),
                },
            }
            if std::mem::take(&mut is_first) && self.plan.has_header {
                continue;
            }
            if let Err(why) = self.row(&cells(&record, delimiter)) {
                let first = record.position().map_or(0, csv::Position::line);
                // A quote that nobody closed swallows the lines after it: count them all.
                let lines = reader.position().line().saturating_sub(first).max(1);
                let lost = self.lost.get_or_insert((0, first, why));
                lost.0 += lines;
            }
        }
    }

    /// Takes a row, or says why it is lost.
    fn row(&mut self, cells: &[&[u8]]) -> Result<(), String> {
        let plan = self.plan;
        let cell = |at: usize| -> Result<&str, String> {
            let has = || format!("it has {} columns, and column {} is needed", cells.len(), at + 1);
            let bytes = cells.get(at).copied().ok_or_else(has)?;
            std::str::from_utf8(bytes).map_err(|_| format!("column {} is not UTF-8 text", at + 1))
        };
        if let Some((at, wanted)) = &plan.only
            && cells.get(*at).copied() != Some(wanted.as_bytes())
        {
            self.imported.skipped.count(Skip::NotSelected);
            return Ok(());
        }
        let text = cell(plan.rssi)?;
        let rssi = cell::rssi(text).ok_or_else(|| format!("\"{text}\" is no signal strength"))?;
        let text = cell(plan.time)?;
        let time = cell::time(text, plan.unit);
        let time = time.ok_or_else(|| format!("\"{text}\" is no time in {}", plan.unit.words()))?;
        let source = match plan.source {
            Some(at) => self.source(cell(at)?),
            None => self.source(SOURCE),
        };
        let band = match plan.band {
            BandFrom::Constant(band) => Some(self.imported.names.band_id(band)),
            BandFrom::Column(at) => self.band(cell(at)?),
        };
        let Some(band) = band else {
            self.imported.skipped.count(Skip::NoBand);
            return Ok(());
        };
        let rssi_dbm = match checked_rssi(rssi) {
            Ok(rssi_dbm) => rssi_dbm,
            Err(skip) => {
                self.imported.skipped.count(skip);
                return Ok(());
            }
        };
        self.unzoned |= time.unzoned;
        let sample = Sample { source, band, rssi_dbm };
        self.imported.samples.push(Heard { time_us: time.us, sample });
        let distance = plan.distance.and_then(|(at, unit)| cell::distance_cm(cell(at).ok()?, unit.in_cm()));
        let label = plan.label.and_then(|at| cell(at).ok()).filter(|label| !label.is_empty());
        self.stretches.sample(time.us, band, label, distance);
        Ok(())
    }

    fn source(&mut self, name: &str) -> SourceId {
        let name = if name.is_empty() { SOURCE } else { name };
        if let Some(id) = self.sources.get(name.as_bytes()) {
            return *id;
        }
        let id = self.imported.names.source_id(name);
        self.imported.sources.push(name.to_owned());
        self.sources.insert(name.into(), id);
        id
    }

    fn band(&mut self, name: &str) -> Option<BandId> {
        if let Some(id) = self.bands.get(name.as_bytes()) {
            return Some(*id);
        }
        let band = match cell::address(name) {
            Some(address) => address,
            None => self.pseudonym(name)?,
        };
        let id = self.imported.names.band_id(band);
        self.bands.insert(name.into(), id);
        Some(id)
    }

    /// A pseudonym for a name, with a number behind it where another name has taken it.
    fn pseudonym(&mut self, name: &str) -> Option<Band> {
        let spelt = cell::pseudonym(name);
        for number in 1u32.. {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let stem = &spelt[..spelt.len().min(32 - suffix.len())];
            let band = Band::parse(format!("~{stem}{suffix}").as_bytes()).ok()?;
            if self.pseudonyms.entry(band).or_insert_with(|| name.to_owned()) == name {
                return Some(band);
            }
        }
        None
    }

    fn finish(self) -> Result<Imported, ImportError> {
        let mut imported = self.imported;
        if let (Some((count, line, why)), true) = (&self.lost, imported.samples.is_empty()) {
            return Err(ImportError::Unusable(format!(
                "none of {count} lines could be read; the first is line {line}: {why}"
            )));
        }
        let earliest = imported.samples.iter().map(|heard| heard.time_us).min();
        imported.clock = match earliest {
            Some(_) if self.unzoned => Clock::Unzoned,
            Some(us) if us >= YEAR_2000_US => Clock::Unix,
            _ => Clock::Relative,
        };
        if imported.sources.is_empty() {
            imported.sources.push(SOURCE.to_owned());
        }
        imported.stretches = self.stretches.finish();
        imported.loss = match self.lost {
            Some((count, line, why)) => Some(Loss::Lines { count, line, why }),
            None if self.cut_off => Some(Loss::CutOff("while compressed".into())),
            None => None,
        };
        if !self.plan.guesses.is_empty() {
            let guesses = self.plan.guesses.join(", ");
            imported.remarks.push(format!("guessed: {guesses}; --columns says otherwise"));
        }
        Ok(imported)
    }
}

#[cfg(test)]
mod tests;
