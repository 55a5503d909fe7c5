//! From a layout and a file's first rows to column numbers: what is named is looked up, what is
//! not is guessed from usual names, and every guess is said.

use super::cell::{self, TimeUnit};
use super::example::not_guessed;
use super::layout::{BandSpec, Column, ColumnsError, DistanceUnit, Layout};
use crate::reading::Band;

/// Which column holds what, from 0.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) time: usize,
    pub(super) unit: TimeUnit,
    pub(super) rssi: usize,
    pub(super) band: BandFrom,
    pub(super) source: Option<usize>,
    pub(super) distance: Option<(usize, DistanceUnit)>,
    pub(super) label: Option<usize>,
    pub(super) only: Option<(usize, String)>,
    pub(super) has_header: bool,
    /// What was guessed, for the person.
    pub(super) guesses: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(super) enum BandFrom {
    Column(usize),
    Constant(Band),
}

/// Usual names without their capitals, spaces and signs, in order of preference.
const TIME_NAMES: [&str; 17] = [
    "tus",
    "timeus",
    "timestampus",
    "tms",
    "timems",
    "timestampms",
    "tns",
    "timens",
    "timestampns",
    "ts",
    "times",
    "time",
    "timestamp",
    "elapsed",
    "datetime",
    "t",
    "date",
];
const RSSI_NAMES: [&str; 6] = ["rssi", "rssidbm", "rssivalue", "rss", "signalstrength", "signal"];
const BAND_NAMES: [&str; 11] = [
    "band",
    "address",
    "macaddress",
    "mac",
    "bdaddr",
    "addr",
    "advertiser",
    "advertiseraddress",
    "peeraddress",
    "source",
    "device",
];
const DISTANCE_NAMES: [(&str, Option<DistanceUnit>); 10] = [
    ("distancecm", Some(DistanceUnit::Centimetres)),
    ("distcm", Some(DistanceUnit::Centimetres)),
    ("distancem", Some(DistanceUnit::Metres)),
    ("distm", Some(DistanceUnit::Metres)),
    ("distanceft", Some(DistanceUnit::Feet)),
    ("distft", Some(DistanceUnit::Feet)),
    ("distance", None),
    ("dist", None),
    ("range", None),
    ("d", None),
];
const LABEL_NAMES: [&str; 2] = ["intent", "label"];

/// The first rows of a file.
pub(super) struct Rows<'a> {
    pub(super) rows: &'a [Vec<String>],
}

impl Rows<'_> {
    pub(super) fn first(&self) -> &[String] {
        self.rows.first().map_or(&[], Vec::as_slice)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.first().iter().position(|cell| normalized(cell) == name)
    }

    /// A column as a person named it: by its number, or by its header's name, exactly or nearly. The
    /// number comes first: the first row of a file without a header may hold it as a value.
    fn column(&self, column: &Column) -> Result<(usize, bool), ColumnsError> {
        let Column(name) = column;
        let first = self.first();
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        if let Ok(number) = name.parse::<usize>()
            && (1..=widest).contains(&number)
        {
            return Ok((number - 1, false));
        }
        let exact = first.iter().position(|cell| cell == name);
        let named = exact.or_else(|| first.iter().position(|cell| cell.eq_ignore_ascii_case(name)));
        named.map(|at| (at, true)).ok_or_else(|| ColumnsError::NoColumn {
            name: name.clone(),
            has: format!("{widest} columns: {}", first.join(", ")),
        })
    }
}

fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Collects guesses and whether a header was needed to find a column.
#[derive(Default)]
struct Finder {
    by_name: bool,
    guesses: Vec<String>,
}

impl Finder {
    fn named(&mut self, rows: &Rows<'_>, column: &Column) -> Result<usize, ColumnsError> {
        let (at, by_name) = rows.column(column)?;
        self.by_name |= by_name;
        Ok(at)
    }

    fn guess(&mut self, rows: &Rows<'_>, what: &str, names: &[&str], taken: &[usize]) -> Option<usize> {
        let at = names.iter().find_map(|name| rows.named(name).filter(|at| !taken.contains(at)))?;
        self.by_name = true;
        self.guesses.push(format!("{what}={}", rows.first()[at]));
        Some(at)
    }

    fn find(
        &mut self,
        rows: &Rows<'_>,
        given: Option<&Column>,
        what: &str,
        names: &[&str],
    ) -> Result<Option<usize>, ColumnsError> {
        match given {
            Some(column) => self.named(rows, column).map(Some),
            None => Ok(self.guess(rows, what, names, &[])),
        }
    }
}

/// Finds the columns.
pub(super) fn plan(layout: &Layout, rows: &Rows<'_>) -> Result<Plan, ColumnsError> {
    let mut finder = Finder::default();
    let time = finder.find(rows, layout.time.as_ref(), "time", &TIME_NAMES)?;
    let rssi = finder.find(rows, layout.rssi.as_ref(), "rssi", &RSSI_NAMES)?;
    let band = match &layout.band {
        Some(BandSpec::Constant(band)) => Some(BandFrom::Constant(*band)),
        Some(BandSpec::Column(column)) => Some(BandFrom::Column(finder.named(rows, column)?)),
        None => finder.guess(rows, "band", &BAND_NAMES, &[]).map(BandFrom::Column),
    };
    let (Some(time), Some(rssi), Some(band)) = (time, rssi, &band) else {
        return Err(not_guessed(rows, time, rssi, band.as_ref()));
    };
    let band_at = if let BandFrom::Column(at) = band { *at } else { usize::MAX };
    let source = match &layout.source {
        Some(column) => Some(finder.named(rows, column)?),
        None => finder.guess(rows, "source", &["source"], &[band_at]),
    };
    let label = finder.find(rows, layout.label.as_ref(), "label", &LABEL_NAMES)?;
    let distance = match &layout.distance {
        Some((column, unit)) => Some((finder.named(rows, column)?, *unit)),
        None => guess_distance(rows, &mut finder),
    };
    let only = match &layout.only {
        Some((column, wanted)) => Some((finder.named(rows, column)?, wanted.clone())),
        None => None,
    };
    let has_header = layout.header.unwrap_or_else(|| finder.by_name || is_header(rows.first(), time, rssi));
    let data = &rows.rows[usize::from(has_header).min(rows.rows.len())..];
    let data = data.iter().filter(|row| match &only {
        Some((at, wanted)) => row.get(*at) == Some(wanted),
        None => true,
    });
    let name = if has_header { rows.first().get(time).map(|n| normalized(n)) } else { None };
    let unit = match layout.unit {
        Some(unit) => unit,
        None => {
            let unit =
                data.filter_map(|row| row.get(time)).find_map(|cell| guess_unit(cell, name.as_deref()));
            let unit = unit.unwrap_or(TimeUnit::Seconds);
            finder.guesses.push(format!("times are {}", unit.words()));
            unit
        }
    };
    let band = match band {
        BandFrom::Column(at) => BandFrom::Column(*at),
        BandFrom::Constant(band) => BandFrom::Constant(*band),
    };
    let Finder { guesses, .. } = finder;
    Ok(Plan { time, unit, rssi, band, source, distance, label, only, has_header, guesses })
}

/// A distance is ground truth: without a unit in its name it is not taken, only pointed at.
fn guess_distance(rows: &Rows<'_>, finder: &mut Finder) -> Option<(usize, DistanceUnit)> {
    let (at, unit) = DISTANCE_NAMES.iter().find_map(|(name, unit)| Some((rows.named(name)?, *unit)))?;
    let name = &rows.first()[at];
    match unit {
        Some(unit) => {
            finder.guesses.push(format!("distance={name}"));
            Some((at, unit))
        }
        None => {
            finder.guesses.push(format!(
                "\"{name}\" not used, for its unit is not known (say distance_cm={name}, distance_m={name} or distance_ft={name})"
            ));
            None
        }
    }
}

fn is_header(first: &[String], time: usize, rssi: usize) -> bool {
    let cell = |at: usize| first.get(at).map_or("", String::as_str);
    let is_time = guess_unit(cell(time), None).is_some();
    !is_time && cell::rssi(cell(rssi)).is_none()
}

pub(super) fn guess_unit(cell: &str, name: Option<&str>) -> Option<TimeUnit> {
    let Some(whole) = cell::magnitude(cell) else {
        return cell::time(cell, TimeUnit::WallClock).map(|_| TimeUnit::WallClock);
    };
    let ends = |suffix: &str| name.is_some_and(|n| n.ends_with(suffix) && n.len() > suffix.len());
    Some(match whole {
        _ if ends("us") => TimeUnit::Microseconds,
        _ if ends("ms") => TimeUnit::Milliseconds,
        _ if ends("ns") => TimeUnit::Nanoseconds,
        // What a Unix time of these decades reads like in each unit.
        0..100_000_000_000 => TimeUnit::Seconds,
        100_000_000_000..100_000_000_000_000 => TimeUnit::Milliseconds,
        100_000_000_000_000..100_000_000_000_000_000 => TimeUnit::Microseconds,
        _ => TimeUnit::Nanoseconds,
    })
}

#[cfg(test)]
mod tests;
