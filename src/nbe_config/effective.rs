//! What NBE would use for a dongle, and where each value comes from.

use super::document::{BadValue, Document};
use super::position::Position;
use crate::engine::parameters::{Dongle, Parameter};

/// Where an effective value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file itself.
    File(Position),
    /// `nbe.default.toml` beside it, which holds what NBE's installer wrote.
    DefaultFile(Position),
    /// The published default (Troubleshooting Guide v14, Table 5).
    Published,
    /// The file has something there that is no value.
    Unusable(BadValue),
    /// Neither set nor published.
    Unknown,
}

/// One of the five, as NBE would use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Which.
    pub parameter: Parameter,
    /// Its value, where known.
    pub value: Option<i32>,
    /// Where that comes from.
    pub origin: Origin,
}

impl Effective {
    /// What NBE uses, where the sources agree: where it is not set, `rssi_tap_threshold` is -42 by one
    /// table of the guide and 0, which turns BLE tap off, by another.
    pub fn in_force(&self) -> Option<i32> {
        let is_disputed = self.parameter == Parameter::TapThreshold && self.origin == Origin::Published;
        self.value.filter(|_| !is_disputed)
    }
}

/// All five for `dongle`: from the file, else from `nbe.default.toml`, else as published.
/// What none of them says is not known, and never invented.
pub fn effective(file: &Document, default_file: Option<&Document>, dongle: Dongle) -> [Effective; 5] {
    let stated = |document: &Document, parameter| document.value(dongle, document.read_layout(), parameter);
    Parameter::ALL.map(|parameter| {
        let (value, origin) = match stated(file, parameter) {
            Some(Ok((value, at))) => (Some(value), Origin::File(at)),
            Some(Err(bad)) => (None, Origin::Unusable(bad)),
            None => match default_file.and_then(|document| stated(document, parameter)) {
                Some(Ok((value, at))) => (Some(value), Origin::DefaultFile(at)),
                _ => match parameter.published_default(dongle) {
                    Some(value) => (Some(value), Origin::Published),
                    None => (None, Origin::Unknown),
                },
            },
        };
        Effective { parameter, value, origin }
    })
}
