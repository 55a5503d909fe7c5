//! What was heard of each band: strength, rate, how much it rose, and what its packets said.

use std::collections::{BTreeSet, HashMap};

use dongle_protocols::advertising::{
    AddressKind, AddressType, Uuid, local_name, manufacturer_data, service_uuids,
};

use super::keep::Keep;
use crate::drivers::{Row, What};
use crate::reading::Band;

/// Bands that are listed; a crowd must not fill the memory.
const LISTED: usize = 4096;

/// Services and manufacturers that are listed of one band.
const FACTS: usize = 16;

/// A rise is between means over stretches of at least this length, and of at least so many samples:
/// of hundreds of bands, chance moves single samples of some by 20 dB.
const STRETCH_US: i64 = 500_000;
const STRETCH_SAMPLES: u32 = 6;

/// A hand that moves a band to the dongle makes it rise by more than this, and to more than this.
const RISE_DB: f64 = 12.0;
const NEAR_DBM: f64 = -60.0;

/// The bands of a listening.
#[derive(Debug)]
pub struct Bands {
    keep: Keep,
    heard: HashMap<Band, Heard>,
    beyond: u64,
}

#[derive(Debug, Default)]
struct Heard {
    samples: u32,
    sum_dbm: i64,
    strongest_dbm: i8,
    first_us: i64,
    last_us: i64,
    stretch: Stretch,
    lowest_dbm: Option<f64>,
    highest_dbm: Option<f64>,
    rise_db: f64,
    address_type: Option<AddressType>,
    name: Option<Vec<u8>>,
    services: BTreeSet<String>,
    companies: BTreeSet<u16>,
}

/// A part of the listening.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    begin_us: i64,
    sum_dbm: i64,
    samples: u32,
}

/// One band of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Who.
    pub band: Band,
    /// Of its address, where it is known.
    pub kind: Option<AddressKind>,
    /// What it calls itself.
    pub name: Option<String>,
    /// Whose data it sends.
    pub companies: Vec<u16>,
    /// What it offers.
    pub services: Vec<String>,
    /// How often it was heard.
    pub samples: u32,
    /// Over the whole listening.
    pub mean_dbm: f64,
    /// The strongest single sample.
    pub strongest_dbm: i8,
    /// Advertisements a second.
    pub rate_hz: Option<f64>,
    /// How far it rose.
    pub rise_db: f64,
    /// Of the strongest stretch.
    pub highest_dbm: f64,
}

/// The list, strongest mean first.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// One for each band.
    pub rows: Vec<Listing>,
    /// The place of the one that rose most, where one clearly did.
    pub found: Option<usize>,
}

impl Bands {
    /// Of those that are kept.
    pub fn new(keep: Keep) -> Self {
        Self { keep, heard: HashMap::new(), beyond: 0 }
    }

    /// Takes a row.
    pub fn hear(&mut self, row: &Row) {
        let What::Sample { band, rssi_dbm } = row.what else { return };
        if !self.keep.keeps(row) {
            return;
        }
        if self.heard.len() >= LISTED && !self.heard.contains_key(&band) {
            self.beyond += 1;
            return;
        }
        let heard = self.heard.entry(band).or_insert_with(|| Heard {
            strongest_dbm: rssi_dbm,
            first_us: row.t_us,
            ..Heard::default()
        });
        heard.sample(row.t_us, rssi_dbm);
        heard.learn(row);
    }

    /// Advertisements of bands beyond those that are listed.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// The list so far.
    pub fn listed(&self) -> Listed {
        let mut rows: Vec<_> = self.heard.iter().map(|(band, heard)| heard.listing(*band)).collect();
        rows.sort_by(|a, b| b.mean_dbm.total_cmp(&a.mean_dbm).then(a.band.cmp(&b.band)));
        let near = rows.iter().enumerate().filter(|(_, row)| row.highest_dbm >= NEAR_DBM);
        let rose = near.max_by(|a, b| a.1.rise_db.total_cmp(&b.1.rise_db));
        let found = rose.filter(|(_, row)| row.rise_db >= RISE_DB).map(|(at, _)| at);
        Listed { rows, found }
    }
}

impl Heard {
    fn sample(&mut self, t_us: i64, rssi_dbm: i8) {
        self.samples += 1;
        self.sum_dbm += i64::from(rssi_dbm);
        self.strongest_dbm = self.strongest_dbm.max(rssi_dbm);
        self.last_us = t_us;
        let is_long = t_us.saturating_sub(self.stretch.begin_us) >= STRETCH_US;
        if is_long && self.stretch.mean_dbm().is_some() {
            self.end_stretch();
            self.stretch = Stretch::default();
        }
        if self.stretch.samples == 0 {
            self.stretch.begin_us = t_us;
        }
        self.stretch.sum_dbm += i64::from(rssi_dbm);
        self.stretch.samples += 1;
    }

    fn end_stretch(&mut self) {
        if let Some(mean_dbm) = self.stretch.mean_dbm() {
            self.rise_db = self.rise_db.max(mean_dbm - self.lowest_dbm.unwrap_or(mean_dbm));
            self.lowest_dbm = Some(self.lowest_dbm.map_or(mean_dbm, |lowest| lowest.min(mean_dbm)));
            self.highest_dbm = Some(self.highest_dbm.map_or(mean_dbm, |highest| highest.max(mean_dbm)));
        }
    }

    fn learn(&mut self, row: &Row) {
        let data = row.packet.data.as_slice();
        self.address_type = row.packet.address_type.or(self.address_type);
        if let Some(name) = local_name(data).filter(|name| !name.is_empty())
            && self.name.as_deref() != Some(name)
        {
            self.name = Some(name.to_vec());
        }
        for (company, _) in manufacturer_data(data) {
            if self.companies.len() < FACTS {
                self.companies.insert(company);
            }
        }
        for service in service_uuids(data) {
            if self.services.len() < FACTS {
                self.services.insert(Uuid::to_string(&service));
            }
        }
    }

    fn listing(&self, band: Band) -> Listing {
        let last_dbm = self.stretch.mean_dbm();
        let last_rise_db = last_dbm.zip(self.lowest_dbm).map_or(0.0, |(mean, lowest)| mean - lowest);
        let kind = self.address_type.zip(band.as_address());
        let span_us = self.last_us.saturating_sub(self.first_us);
        Listing {
            band,
            kind: kind.map(|(of, address)| AddressKind::of(of == AddressType::Random, address)),
            name: self.name.as_ref().map(|name| printable(name)),
            companies: self.companies.iter().copied().collect(),
            services: self.services.iter().cloned().collect(),
            samples: self.samples,
            mean_dbm: self.sum_dbm as f64 / f64::from(self.samples.max(1)),
            strongest_dbm: self.strongest_dbm,
            rate_hz: (span_us > 0).then(|| f64::from(self.samples - 1) * 1e6 / span_us as f64),
            rise_db: self.rise_db.max(last_rise_db),
            highest_dbm: [self.highest_dbm, last_dbm].into_iter().flatten().fold(f64::MIN, f64::max),
        }
    }
}

impl Stretch {
    /// `None` while it has too few samples.
    fn mean_dbm(&self) -> Option<f64> {
        (self.samples >= STRETCH_SAMPLES).then(|| self.sum_dbm as f64 / f64::from(self.samples))
    }
}

impl Listing {
    /// Whether its address will do tomorrow, as far as is known.
    pub fn is_lasting(&self) -> bool {
        self.kind.is_none_or(AddressKind::is_lasting)
    }
}

/// A stranger's name must not move the cursor.
fn printable(name: &[u8]) -> String {
    let is_shown = |c: &char| !c.is_control();
    String::from_utf8_lossy(name).chars().filter(is_shown).collect()
}

#[cfg(test)]
mod tests {
    use dongle_protocols::advertising::kept;

    use super::*;
    use crate::drivers::Packet;

    fn heard(bands: &mut Bands, t_ms: i64, address: u64, rssi_dbm: i8, data: &[u8]) {
        let what = What::Sample { band: Band::Address(address), rssi_dbm };
        let packet = Packet { address_type: Some(AddressType::Random), data: kept(data) };
        bands.hear(&Row { packet, ..Row::new(t_ms * 1000, what, Vec::new()) });
    }

    #[test]
    fn the_band_that_is_brought_near_rises_most() {
        let (mine, loud) = (0x4500_0000_0001, 0xC000_0000_0002);
        let mut bands = Bands::new(Keep::default());
        for t_ms in (0..5000).step_by(100) {
            heard(&mut bands, t_ms, loud, if t_ms % 200 == 0 { -34 } else { -38 }, b"\x02\x01\x06");
            let data: &[u8] =
                if t_ms == 300 { b"\x05\x09Ny\x1Bm\x05\xFF\x5B\x07\x01\x02" } else { b"\x03\x03\x0F\x18" };
            heard(&mut bands, t_ms, mine, if t_ms < 2500 { -75 } else { -40 }, data);
        }
        let listed = bands.listed();
        let of: Vec<_> = listed.rows.iter().map(|row| row.band).collect();
        assert_eq!(of, [Band::Address(loud), Band::Address(mine)]);
        assert_eq!(listed.found, Some(1));
        let found = &listed.rows[1];
        assert_eq!((found.kind, found.is_lasting()), (Some(AddressKind::Resolvable), false));
        assert_eq!((found.name.as_deref(), found.companies.as_slice()), (Some("Nym"), &[0x075B][..]));
        assert_eq!((found.services.as_slice(), found.strongest_dbm), (&["180F".to_owned()][..], -40));
        assert!((found.rise_db - 35.0).abs() < 1e-9 && (found.mean_dbm + 57.5).abs() < 1e-9);
        assert!(found.rate_hz.is_some_and(|hz| (hz - 10.0).abs() < 1e-9));
    }

    #[test]
    fn chance_makes_nothing_stand_out() {
        let mut bands = Bands::new(Keep::default());
        (0..50).for_each(|i| heard(&mut bands, i * 100, 1, if i % 7 < 3 { -60 } else { -66 }, b""));
        assert_eq!(bands.listed().found, None);
        // A few samples a second, far away, and now and then one that is not.
        let mut crowd = Bands::new(Keep::default());
        (0..20).for_each(|i| heard(&mut crowd, i * 500, 1, if i % 4 == 1 { -52 } else { -74 }, b""));
        (0..100).for_each(|i| heard(&mut crowd, i * 100, 2, if i < 50 { -95 } else { -70 }, b""));
        let listed = crowd.listed();
        assert!(listed.rows.iter().any(|row| row.rise_db > 20.0) && listed.found.is_none(), "{listed:?}");
        assert_eq!(Bands::new(Keep::default()).listed(), Listed { rows: vec![], found: None });
    }
}
