//! Which bands a recording keeps, and under which name.

use std::collections::HashSet;

use memchr::memmem;
use serde_json::{Map, Value};

use super::edited;
use crate::drivers::{Row, What};
use crate::reading::Band;

/// A band that is written under another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The band as it is heard.
    pub band: Band,
    /// The pseudonym it is written as.
    pub name: Band,
}

/// Chooses and names bands. Rows that are about no band are all kept.
#[derive(Debug, Default)]
pub struct Keep {
    /// Only these; empty means all.
    bands: Vec<Band>,
    alias: Option<Alias>,
    left_out: u64,
    segments_left_out: HashSet<u64>,
}

impl Keep {
    /// Keeps only `bands`, or all if there are none.
    pub fn new(bands: Vec<Band>, alias: Option<Alias>) -> Self {
        Self { bands, alias, left_out: 0, segments_left_out: HashSet::new() }
    }

    /// Rows of other bands that were left out.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The row as it is to be written, if it is.
    pub(super) fn row(&mut self, row: Row) -> Option<Row> {
        if !self.wants(&row) {
            return None;
        }
        let Some(Alias { band, name }) = self.alias else { return Some(row) };
        let mut spelt = Vec::new();
        crate::recording::print::push_band(&mut spelt, band);
        if memmem::find(&row.line, &spelt).is_none() {
            return Some(row);
        }
        let of_band = |b: Band| if b == band { name } else { b };
        let what = match row.what {
            What::Sample { band, rssi_dbm } => What::Sample { band: of_band(band), rssi_dbm },
            What::Begin { id, band } => What::Begin { id, band: band.map(of_band) },
            what => what,
        };
        let is_heard = matches!(what, What::Sample { .. } | What::Unavailable);
        let line = edited(&row.line, |keys| renamed(keys, band, name, is_heard));
        Some(Row { what, line, ..row })
    }

    fn wants(&mut self, row: &Row) -> bool {
        if self.bands.is_empty() {
            return true;
        }
        let (band, is_heard) = match row.what {
            What::Sample { band, .. } => (Some(band), true),
            What::Unavailable => (band_of(&row.line), true),
            What::Begin { band, .. } => (band, false),
            What::End { id } => return !self.segments_left_out.remove(&id),
            What::Close | What::Lost | What::Other => return true,
        };
        let wanted = band.is_none_or(|band| self.bands.contains(&band));
        if !wanted {
            self.left_out += u64::from(is_heard);
            if let What::Begin { id, .. } = row.what {
                self.segments_left_out.insert(id);
            }
        }
        wanted
    }
}

fn band_of(line: &[u8]) -> Option<Band> {
    let keys: Value = serde_json::from_slice(line).ok()?;
    Band::parse(keys.get("band")?.as_str()?.as_bytes()).ok()
}

/// With another name for the band, and beside it its address where it was heard.
fn renamed(keys: Map<String, Value>, band: Band, name: Band, is_heard: bool) -> Map<String, Value> {
    let address =
        band.as_address().filter(|_| is_heard && !keys.contains_key("addr")).map(|_| band.to_string());
    let mut new = Map::new();
    for (key, value) in keys {
        if key == "band" && value.as_str().is_some_and(|text| Band::parse(text.as_bytes()) == Ok(band)) {
            new.insert(key, name.to_string().into());
            new.extend(address.as_ref().map(|address| ("addr".to_owned(), address.as_str().into())));
        } else {
            new.insert(key, value);
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;

    const MINE: Band = Band::Address(1);
    const OTHER: Band = Band::Address(2);

    fn heard(band: Band) -> Row {
        row(
            What::Sample { band, rssi_dbm: -60 },
            &format!(r#"{{"t_us":1,"band":"{band}","rssi":-60,"x":1}}"#),
        )
    }

    fn unavailable(band: Band) -> Row {
        row(What::Unavailable, &format!(r#"{{"t_us":1,"band":"{band}","rssi":127}}"#))
    }

    fn begin(id: u64, band: Option<Band>) -> Row {
        let band_text = band.map_or(String::new(), |b| format!(r#","band":"{b}""#));
        row(What::Begin { id, band }, &format!(r#"{{"t_us":1,"mark":"begin","id":{id}{band_text}}}"#))
    }

    fn end(id: u64) -> Row {
        row(What::End { id }, &format!(r#"{{"t_us":2,"mark":"end","id":{id}}}"#))
    }

    #[test]
    fn without_a_choice_everything_stays() {
        let mut keep = Keep::default();
        for row in [heard(MINE), unavailable(OTHER), begin(1, Some(OTHER))] {
            assert_eq!(keep.row(row.clone()), Some(row));
        }
    }

    #[test]
    fn other_bands_are_left_out_and_counted_with_their_segments() {
        let mut keep = Keep::new(vec![MINE], None);
        for row in [heard(MINE), unavailable(MINE), begin(1, Some(MINE)), begin(2, None), end(1), end(2)] {
            assert_eq!(keep.row(row.clone()), Some(row));
        }
        for row in [heard(OTHER), unavailable(OTHER), begin(3, Some(OTHER)), end(3)] {
            assert_eq!(keep.row(row), None);
        }
        assert_eq!(keep.left_out(), 2);
    }

    #[test]
    fn an_alias_is_written_with_the_address() {
        let name = "~left".parse().unwrap();
        let mut keep = Keep::new(vec![MINE], Some(Alias { band: MINE, name }));
        let mut line = |row| keep.row(row).map(|row| String::from_utf8(row.line).unwrap());
        for (row, expected) in [
            (heard(MINE), r#"{"t_us":1,"band":"~left","addr":"00:00:00:00:00:01","rssi":-60,"x":1}"#),
            (unavailable(MINE), r#"{"t_us":1,"band":"~left","addr":"00:00:00:00:00:01","rssi":127}"#),
            (begin(1, Some(MINE)), r#"{"t_us":1,"mark":"begin","id":1,"band":"~left"}"#),
            (end(1), r#"{"t_us":2,"mark":"end","id":1}"#),
        ] {
            assert_eq!(line(row), Some(format!("{expected}\n")));
        }
        let row = keep.row(heard(MINE));
        assert_eq!(row.map(|row| row.what), Some(What::Sample { band: name, rssi_dbm: -60 }));
    }
}
