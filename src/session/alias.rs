//! One name for a band whose address changes: every kept address is written under it. A band
//! never comes back to an address that it gave up, so one that does belongs to a second band.

use std::collections::HashMap;

use super::edited;
use crate::drivers::{Row, What};
use crate::reading::Band;

/// How long after another address took its place an address may still be heard: two dongles hear
/// one change of address at slightly different times.
const OVERLAP_US: i64 = 1_000_000;

/// Addresses given up that are remembered: a month of changes every quarter of an hour.
const REMEMBERED: usize = 4096;

/// The name of a band, whatever its address.
#[derive(Clone, Debug)]
pub struct Alias {
    name: Band,
    /// The address heard last.
    holder: Option<Band>,
    /// When others first took the place of these.
    given_up: HashMap<Band, i64>,
    both: Option<(Band, Band)>,
}

impl Alias {
    /// Bands are to be written as `name`.
    pub fn new(name: Band) -> Self {
        Self { name, holder: None, given_up: HashMap::new(), both: None }
    }

    /// The name.
    pub fn name(&self) -> Band {
        self.name
    }

    /// Two addresses that were heard at the same time, and so are two bands under one name.
    pub fn two_at_once(&self) -> Option<(Band, Band)> {
        self.both
    }

    /// The row of a kept band under the name.
    pub(super) fn row(&mut self, row: Row, band: Band) -> Row {
        let is_heard = matches!(row.what, What::Sample { .. } | What::Unavailable);
        if is_heard {
            self.heard(row.t_us, band);
        }
        let what = match row.what {
            What::Sample { rssi_dbm, .. } => What::Sample { band: self.name, rssi_dbm },
            What::Begin { id, .. } => What::Begin { id, band: Some(self.name) },
            what => what,
        };
        let line = edited(&row.line, |keys| {
            let address = band.as_address().filter(|_| is_heard && !keys.contains_key("addr"));
            let mut new = serde_json::Map::new();
            for (key, value) in keys {
                if key == "band" {
                    new.insert(key, self.name.to_string().into());
                    new.extend(address.map(|_| ("addr".to_owned(), band.to_string().into())));
                } else {
                    new.insert(key, value);
                }
            }
            new
        });
        Row { what, line, ..row }
    }

    fn heard(&mut self, t_us: i64, band: Band) {
        let Some(other) = self.holder.replace(band).filter(|other| *other != band) else { return };
        if self.given_up.get(&band).is_some_and(|at_us| t_us.saturating_sub(*at_us) > OVERLAP_US) {
            self.both.get_or_insert((band, other));
        }
        if self.given_up.len() < REMEMBERED {
            self.given_up.entry(other).or_insert(t_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: Band = Band::Address(1);
    const LATER: Band = Band::Address(2);

    fn heard(times: &[(i64, Band)]) -> Option<(Band, Band)> {
        let mut alias = Alias::new("~left".parse().unwrap());
        times.iter().for_each(|(t_ms, band)| alias.heard(t_ms * 1000, *band));
        alias.two_at_once()
    }

    #[test]
    fn a_change_of_address_is_one_band() {
        assert_eq!(heard(&[(0, MINE), (100, MINE), (150, LATER), (5000, LATER)]), None);
        assert_eq!(heard(&[(0, MINE), (10, LATER), (20, MINE), (1000, LATER), (9000, LATER)]), None);
    }

    #[test]
    fn an_address_that_comes_back_is_a_second_band() {
        assert_eq!(heard(&[(0, MINE), (100, LATER), (1101, MINE)]), Some((MINE, LATER)));
        let alternating: Vec<_> = (0..30).map(|i| (i * 50, if i % 2 == 0 { MINE } else { LATER })).collect();
        assert_eq!(heard(&alternating), Some((MINE, LATER)));
    }
}
