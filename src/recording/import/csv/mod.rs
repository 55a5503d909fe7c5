//! CSV with a column map: one row a sample, with the band in a column or the same for all, and
//! distance or label columns becoming segments. A row that cannot be understood is a loss and is
//! counted; an RSSI of 127, which says that there is none, is no sample.

mod cell;
mod example;
mod layout;
mod plan;
mod stretches;

pub(in crate::recording) use cell::address;
pub use layout::{ColumnsError, Layout};

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::collector::{SOURCE, checked_rssi};
use super::{Clock, Heard, ImportError, Imported, Loss, LostRow, Skip};
use crate::reading::Band;
use crate::recording::names::{BandId, SourceId};
use crate::recording::row::Sample;
use plan::{BandFrom, Plan, Rows, plan};
use stretches::Stretches;

/// How much of the file is looked at to find delimiter, header and columns.
const LOOK: u64 = 64 << 10;

/// How many rows of that.
const LOOK_ROWS: usize = 100;

/// How many of the rows that are lost are named.
const LOST_SHOWN: usize = 5;

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
    table.has_crlf = memchr::memchr(b'\n', &head).is_some_and(|at| at > 0 && head[at - 1] == b'\r');
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
    /// Whether lines end with CR and LF.
    has_crlf: bool,
    /// How many strengths had a fraction.
    rounded: u64,
    /// How many rows bear an earlier time than a row before them.
    out_of_order: u64,
    latest_us: i64,
    /// How many lines could not be read.
    lost: u64,
    /// The first rows of them.
    first_lost: Vec<LostRow>,
    cut_off: bool,
}

/// Why a row is lost, and the cell, from 0, where it is one.
struct Unreadable {
    cell: Option<usize>,
    why: String,
}

impl Unreadable {
    fn at(cell: usize, why: impl Into<String>) -> Self {
        Self { cell: Some(cell), why: why.into() }
    }
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
            has_crlf: false,
            rounded: 0,
            out_of_order: 0,
            latest_us: i64::MIN,
            lost: 0,
            first_lost: Vec::new(),
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
            if let Err(Unreadable { cell, why }) = self.row(&cells(&record, delimiter)) {
                let begin = record.position().map_or(0, csv::Position::line);
                // A quote that nobody closed swallows the lines after it: count them all.
                self.lost += reader.position().line().saturating_sub(begin).max(1);
                // The reader takes a row to end at the CR, and the next to begin with the LF.
                let is_behind_cr = self.has_crlf && record.position().is_some_and(|at| at.byte() > 0);
                let line = begin + u64::from(is_behind_cr);
                if self.first_lost.len() < LOST_SHOWN {
                    self.first_lost.push(LostRow { line, column: cell.map(|at| at + 1), why });
                }
            }
        }
    }

    /// Takes a row, or says why it is lost.
    fn row(&mut self, cells: &[&[u8]]) -> Result<(), Unreadable> {
        let plan = self.plan;
        let cell = |at: usize| -> Result<&str, Unreadable> {
            let has = || format!("it has {} columns, and column {} is needed", cells.len(), at + 1);
            let bytes = cells.get(at).copied().ok_or_else(|| Unreadable { cell: None, why: has() })?;
            std::str::from_utf8(bytes).map_err(|_| Unreadable::at(at, "not UTF-8 text"))
        };
        if let Some((at, wanted)) = &plan.only
            && cells.get(*at).copied() != Some(wanted.as_bytes())
        {
            self.imported.skipped.count(Skip::NotSelected);
            return Ok(());
        }
        let strength = cell(plan.rssi)?;
        let at_rssi = |why: &str| Unreadable::at(plan.rssi, format!("\"{strength}\" is {why}"));
        let rssi = cell::rssi(strength).ok_or_else(|| at_rssi("no signal strength"))?;
        let text = cell(plan.time)?;
        let time = cell::time(text, plan.unit).ok_or_else(|| {
            Unreadable::at(plan.time, format!("\"{text}\" is no time in {}", plan.unit.words()))
        })?;
        let source = match plan.source {
            Some(at) => self.source(cell(at)?),
            None => self.source(SOURCE),
        };
        let rssi_dbm = match checked_rssi(rssi) {
            Ok(rssi_dbm) => rssi_dbm,
            Err(Skip::NotAvailable) => {
                self.imported.skipped.count(Skip::NotAvailable);
                return Ok(());
            }
            Err(_) => return Err(at_rssi("an impossible signal strength (not -127 to 20 dBm)")),
        };
        let band = match plan.band {
            BandFrom::Constant(band) => self.imported.names.band_id(band),
            BandFrom::Column(at) => {
                self.band(cell(at)?).ok_or_else(|| Unreadable::at(at, "there is no address"))?
            }
        };
        self.rounded += u64::from(cell::has_fraction(strength));
        self.out_of_order += u64::from(time.us < self.latest_us);
        self.latest_us = self.latest_us.max(time.us);
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
        if let (Some(first), true) = (self.first_lost.first(), imported.samples.is_empty()) {
            return Err(ImportError::Unusable(format!(
                "none of {} lines could be read; the first: {first}",
                self.lost
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
            1.. => Some(Loss::Lines { count: self.lost, first: self.first_lost }),
            0 if self.cut_off => Some(Loss::CutOff("while compressed".into())),
            0 => None,
        };
        if self.rounded > 0 {
            imported.remarks.push(format!(
                "signal strengths with a fraction, rounded to whole dBm, halves away from zero: {}",
                self.rounded
            ));
        }
        if self.out_of_order > 0 {
            imported.remarks.push(format!(
                "rows with an earlier time than a row before them, put in order of time: {}",
                self.out_of_order
            ));
        }
        if !self.plan.guesses.is_empty() {
            let guesses = self.plan.guesses.join(", ");
            imported.remarks.push(format!("guessed: {guesses}; --columns says otherwise"));
        }
        Ok(imported)
    }
}

#[cfg(test)]
mod tests;
