//! The live meter: one line on the terminal with mean, rate and age of each band.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use crate::reading::Band;
use crate::session::Watch;

/// What mean and rate are taken over.
const WINDOW_US: i64 = 2_000_000;

/// Bands shown: as many as the line holds.
const SHOWN: usize = 2;

/// A line that wraps cannot be drawn over.
const COLUMNS: usize = 79;

/// How often it is drawn at most.
const DRAWN_EVERY_US: i64 = 200_000;

/// Bands kept, and samples of each; a crowd must not fill the memory.
const KEPT: usize = 512;

struct Heard {
    recent: VecDeque<(i64, i8)>,
    last_us: i64,
}

/// Draws the meter, if someone can see it.
pub struct Meter {
    visible: bool,
    bands: BTreeMap<Band, Heard>,
    samples: u64,
    drawn: usize,
    drawn_us: i64,
}

impl Meter {
    /// An invisible meter costs nothing.
    pub fn new(visible: bool) -> Self {
        Self { visible, bands: BTreeMap::new(), samples: 0, drawn: 0, drawn_us: 0 }
    }

    /// Takes the line away again.
    pub fn clear(&mut self) {
        self.draw("");
    }

    fn draw(&mut self, line: &str) {
        if !self.visible || (line.is_empty() && self.drawn == 0) {
            return;
        }
        let width = self.drawn;
        let mut err = io::stderr().lock();
        // A closed stderr leaves nobody to see it.
        let _ = write!(err, "\r{line:width$}{}", if line.is_empty() { "\r" } else { "" });
        let _ = err.flush();
        self.drawn = line.chars().count();
    }

    /// The loudest bands first: those in the hand.
    fn line(&self, now_us: i64) -> String {
        let mut rows: Vec<_> = self
            .bands
            .iter()
            .map(|(band, heard)| {
                let mean = mean_dbm(&heard.recent);
                (mean, band, heard.recent.len(), now_us.saturating_sub(heard.last_us))
            })
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut line = String::new();
        for (mean, band, count, age_us) in rows.iter().take(SHOWN) {
            let rate = *count as f64 * 1e6 / WINDOW_US as f64;
            let age = *age_us as f64 / 1e6;
            line += &match *count {
                0 => format!("{band} silent {age:.0}s  "),
                _ => format!("{band} {mean:.1} dBm {rate:.0}/s {age:.1}s  "),
            };
        }
        if rows.len() > SHOWN {
            line += &format!("+{}  ", rows.len() - SHOWN);
        }
        line += &format!("{} samples", self.samples);
        line.chars().take(COLUMNS).collect()
    }
}

fn mean_dbm(recent: &VecDeque<(i64, i8)>) -> f64 {
    if recent.is_empty() {
        return f64::NEG_INFINITY;
    }
    recent.iter().map(|(_, rssi)| f64::from(*rssi)).sum::<f64>() / recent.len() as f64
}

impl Watch for Meter {
    fn sample(&mut self, now_us: i64, band: Band, rssi_dbm: i8) {
        if !self.visible {
            return;
        }
        self.samples += 1;
        if self.bands.len() >= KEPT && !self.bands.contains_key(&band) {
            return;
        }
        let heard =
            self.bands.entry(band).or_insert_with(|| Heard { recent: VecDeque::new(), last_us: now_us });
        heard.last_us = now_us;
        if heard.recent.len() >= KEPT {
            heard.recent.pop_front();
        }
        heard.recent.push_back((now_us, rssi_dbm));
    }

    fn tick(&mut self, now_us: i64) {
        if !self.visible || now_us.saturating_sub(self.drawn_us) < DRAWN_EVERY_US {
            return;
        }
        self.drawn_us = now_us;
        for heard in self.bands.values_mut() {
            while heard.recent.front().is_some_and(|(at, _)| now_us.saturating_sub(*at) > WINDOW_US) {
                heard.recent.pop_front();
            }
        }
        let line = self.line(now_us);
        self.draw(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_mean_rate_and_age_loudest_first() {
        let mut meter = Meter::new(true);
        meter.sample(1_000_000, Band::Address(1), -70);
        meter.sample(1_000_000, Band::Address(2), -40);
        meter.sample(1_500_000, Band::Address(2), -41);
        meter.sample(1_500_000, "~third".parse().unwrap(), -90);
        assert_eq!(
            meter.line(2_000_000),
            "00:00:00:00:00:02 -40.5 dBm 1/s 0.5s  00:00:00:00:00:01 -70.0 dBm 0/s 1.0s  +1 "
        );
        for heard in meter.bands.values_mut() {
            heard.recent.clear();
        }
        assert_eq!(
            meter.line(4_000_000),
            "00:00:00:00:00:01 silent 3s  00:00:00:00:00:02 silent 2s  +1  4 samples"
        );
    }
}
