//! Which bands a recording keeps, and under which name. A band is kept from the first of its
//! packets on that shows that it is wanted: what came before counts as left out.

use std::collections::HashSet;

use serde_json::Value;

use super::alias::Alias;
use super::choice::Choice;
use crate::drivers::{Row, What};
use crate::reading::Band;

/// Addresses remembered as wanted: a day of a crowd that changes its addresses. Of later ones each
/// packet is judged by itself.
const REMEMBERED: usize = 16_384;

/// Chooses and names bands. Rows that are about no band are all kept.
#[derive(Debug, Default)]
pub struct Keep {
    choice: Choice,
    alias: Option<Alias>,
    /// Found wanted by what their packets said.
    shown: HashSet<Band>,
    left_out: u64,
    segments_left_out: HashSet<u64>,
}

impl Keep {
    /// Keeps the bands of `choice`, and writes them as `alias`.
    pub fn new(choice: Choice, alias: Option<Alias>) -> Self {
        Self { choice, alias, ..Self::default() }
    }

    /// Rows of other bands that were left out.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Two bands that are written under one name, once they were heard at the same time.
    pub fn two_at_once(&self) -> Option<(Band, Band)> {
        self.alias.as_ref()?.two_at_once()
    }

    /// The one band that segments of the operator are about, where only one is asked for.
    pub fn only_band(&self) -> Option<Band> {
        match (&self.alias, self.choice.bands.as_slice()) {
            (Some(alias), _) => Some(alias.name()),
            (None, [one]) if !self.choice.needs_data() => Some(*one),
            _ => None,
        }
    }

    /// Whether a sample is kept, for those who only listen.
    pub fn keeps(&mut self, row: &Row) -> bool {
        match row.what {
            What::Sample { band, .. } => self.choice.is_everything() || self.wants(band, row),
            _ => true,
        }
    }

    /// The row as it is to be written, if it is.
    pub(super) fn row(&mut self, row: Row) -> Option<Row> {
        if self.choice.is_everything() {
            return Some(row);
        }
        let (band, is_heard) = match row.what {
            What::Sample { band, .. } => (Some(band), true),
            What::Unavailable => (band_of(&row.line), true),
            What::Begin { band, .. } => (band, false),
            What::End { id } => return (!self.segments_left_out.remove(&id)).then_some(row),
            What::Close | What::Lost | What::Other => return Some(row),
        };
        let Some(band) = band else { return Some(row) };
        if !self.wants(band, &row) {
            self.left_out += u64::from(is_heard);
            if let What::Begin { id, .. } = row.what {
                self.segments_left_out.insert(id);
            }
            return None;
        }
        Some(match &mut self.alias {
            Some(alias) => alias.row(row, band),
            None => row,
        })
    }

    fn wants(&mut self, band: Band, row: &Row) -> bool {
        if self.choice.bands.contains(&band) || self.shown.contains(&band) {
            return true;
        }
        let is_shown = self.choice.is_shown_by(row.packet.data.as_slice());
        if is_shown && self.shown.len() < REMEMBERED {
            self.shown.insert(band);
        }
        is_shown
    }
}

fn band_of(line: &[u8]) -> Option<Band> {
    let keys: Value = serde_json::from_slice(line).ok()?;
    Band::parse(keys.get("band")?.as_str()?.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use dongle_protocols::advertising::kept;

    use super::super::tests::row;
    use super::*;

    const MINE: Band = Band::Address(1);
    const OTHER: Band = Band::Address(2);

    fn mine() -> Choice {
        Choice { bands: vec![MINE], ..Choice::default() }
    }

    fn heard(band: Band) -> Row {
        row(
            What::Sample { band, rssi_dbm: -60 },
            &format!(r#"{{"t_us":1,"band":"{band}","rssi":-60,"x":1}}"#),
        )
    }

    fn saying(band: Band, data: &[u8]) -> Row {
        let mut row = heard(band);
        row.packet.data = kept(data);
        row
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
        let mut keep = Keep::new(mine(), None);
        for row in [heard(MINE), unavailable(MINE), begin(1, Some(MINE)), begin(2, None), end(1), end(2)] {
            assert_eq!(keep.row(row.clone()), Some(row));
        }
        for row in [heard(OTHER), unavailable(OTHER), begin(3, Some(OTHER)), end(3)] {
            assert_eq!(keep.row(row), None);
        }
        assert_eq!(keep.left_out(), 2);
    }

    #[test]
    fn a_band_is_kept_from_the_packet_on_that_shows_its_name() {
        let mut keep = Keep::new(Choice { names: vec![b"Nymi".to_vec()], ..Choice::default() }, None);
        let response = saying(MINE, b"\x05\x09Nymi");
        let rows = [heard(MINE), saying(OTHER, b"\x05\x09Pulse"), response, heard(MINE), heard(OTHER)];
        let kept: Vec<_> = rows.into_iter().map(|row| keep.row(row).is_some()).collect();
        assert_eq!(kept, [false, false, true, true, false]);
        assert_eq!(keep.left_out(), 3);
    }

    #[test]
    fn an_alias_is_written_with_the_address() {
        let name = "~left".parse().unwrap();
        let mut keep = Keep::new(mine(), Some(Alias::new(name)));
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
