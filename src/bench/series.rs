//! The samples of one band at one source, as columns.

use crate::recording::{BandId, SourceId};

use super::packed::Packed;
use super::pyramid::Pyramid;

/// The samples of one (source, band), in order of time.
#[derive(Clone, Debug)]
pub struct Series {
    /// Who heard it.
    pub source: SourceId,
    /// Who was heard.
    pub band: BandId,
    /// When, in microseconds.
    pub t_us: Packed,
    /// How strongly, in dBm.
    pub rssi_dbm: Pyramid<i8>,
    /// The sum of all, in dBm.
    pub sum_dbm: i64,
}

impl Series {
    /// Nothing heard yet.
    pub(super) fn new(source: SourceId, band: BandId) -> Self {
        Self { source, band, t_us: Packed::default(), rssi_dbm: Pyramid::default(), sum_dbm: 0 }
    }

    /// Takes the next sample.
    pub(super) fn push(&mut self, t_us: i64, rssi_dbm: i8) {
        self.t_us.push(t_us);
        self.rssi_dbm.push(rssi_dbm);
        self.sum_dbm += i64::from(rssi_dbm);
    }
}
