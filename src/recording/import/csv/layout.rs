//! How a CSV file is laid out, as `--columns` says it: `time=Timestamp,rssi=RSSI,band=3,unit=ms`.

use std::str::FromStr;

use super::cell::TimeUnit;
use crate::reading::Band;

/// What is known of a CSV file's layout; what is not said is guessed from the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub(super) time: Option<Column>,
    pub(super) rssi: Option<Column>,
    pub(super) band: Option<BandSpec>,
    pub(super) source: Option<Column>,
    pub(super) distance: Option<(Column, DistanceUnit)>,
    pub(super) label: Option<Column>,
    pub(super) only: Option<(Column, String)>,
    pub(super) unit: Option<TimeUnit>,
    pub(super) delimiter: Option<u8>,
    pub(super) header: Option<bool>,
}

/// A column as named: a header's name or a number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column(pub(super) String);

/// Where the band comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BandSpec {
    Column(Column),
    /// The same for all rows.
    Constant(Band),
}

/// The unit of distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DistanceUnit {
    Centimetres,
    Metres,
    Feet,
}

impl DistanceUnit {
    /// Centimetres in one.
    pub(super) fn in_cm(self) -> f64 {
        match self {
            Self::Centimetres => 1.0,
            Self::Metres => 100.0,
            Self::Feet => 30.48,
        }
    }
}

/// Why a CSV file's columns are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// `--columns` itself is wrong.
    #[error("--columns: {0}")]
    Syntax(String),
    /// It names a column that the file does not have.
    #[error("--columns: the file has no column \"{name}\"; it has {has}")]
    NoColumn {
        /// As named.
        name: String,
        /// The file's columns.
        has: String,
    },
    /// The file does not tell.
    #[error("cannot tell which columns hold {missing}")]
    NotGuessed {
        /// Which of time, signal strength and band.
        missing: String,
        /// A `--columns` that may fit this file.
        example: String,
    },
}

impl FromStr for Layout {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, ColumnsError> {
        let mut layout = Self::default();
        for part in text.split(',').filter(|p| !p.trim().is_empty()) {
            let wrong = || ColumnsError::Syntax(format!("\"{part}\" is not KEY=COLUMN"));
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let (key, value) = (key.trim(), value.trim_matches(' '));
            if value.is_empty() {
                return Err(wrong());
            }
            layout.set(key, value)?;
        }
        Ok(layout)
    }
}

impl Layout {
    fn set(&mut self, key: &str, value: &str) -> Result<(), ColumnsError> {
        let column = Column(value.to_owned());
        match key {
            "time" | "t_us" => self.time = Some(column),
            "rssi" => self.rssi = Some(column),
            "band" => {
                self.band = Some(match value.parse::<Band>() {
                    Ok(band) => BandSpec::Constant(band),
                    Err(_) => BandSpec::Column(column),
                });
            }
            "source" => self.source = Some(column),
            "distance_cm" => self.distance = Some((column, DistanceUnit::Centimetres)),
            "distance_m" => self.distance = Some((column, DistanceUnit::Metres)),
            "distance_ft" => self.distance = Some((column, DistanceUnit::Feet)),
            "label" => self.label = Some(column),
            "only" => {
                let (column, wanted) = value
                    .split_once(':')
                    .ok_or_else(|| ColumnsError::Syntax(format!("only={value}: write only=COLUMN:VALUE")))?;
                self.only = Some((Column(column.to_owned()), wanted.to_owned()));
            }
            "unit" => self.unit = Some(time_unit(value)?),
            "delimiter" => self.delimiter = Some(delimiter(value)?),
            "header" => {
                self.header = Some(match value {
                    "yes" | "true" => true,
                    "no" | "false" => false,
                    _ => return Err(ColumnsError::Syntax(format!("header={value}: write yes or no"))),
                });
            }
            _ => {
                return Err(ColumnsError::Syntax(format!(
                    "unknown key \"{key}\"; known are time, rssi, band, source, distance_cm, distance_m, distance_ft, label, only, unit, delimiter, header"
                )));
            }
        }
        Ok(())
    }
}

fn time_unit(word: &str) -> Result<TimeUnit, ColumnsError> {
    Ok(match word {
        "s" => TimeUnit::Seconds,
        "ms" => TimeUnit::Milliseconds,
        "us" | "µs" => TimeUnit::Microseconds,
        "ns" => TimeUnit::Nanoseconds,
        "s2001" => TimeUnit::SecondsSince2001,
        "iso" => TimeUnit::WallClock,
        _ => {
            return Err(ColumnsError::Syntax(format!(
                "unit={word}: write s, ms, us, ns, s2001 (seconds since 2001) or iso (2021-03-13 10:05:01)"
            )));
        }
    })
}

fn delimiter(word: &str) -> Result<u8, ColumnsError> {
    match word {
        "comma" => Ok(b','),
        "semicolon" | ";" => Ok(b';'),
        "tab" | "\t" | "\\t" => Ok(b'\t'),
        "space" => Ok(b' '),
        "|" => Ok(b'|'),
        _ => Err(ColumnsError::Syntax(format!("delimiter={word}: write comma, semicolon, tab, space or |"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_is_understood() {
        let layout: Layout =
            "time=time, rssi=RSSI Value,band=~phone,distance_m=4,label=l,unit=ms,delimiter=;,header=no,only=2:Bluetooth"
                .parse()
                .unwrap();
        let column = |name: &str| Column(name.into());
        assert_eq!(layout.rssi, Some(column("RSSI Value")));
        assert_eq!(layout.band, Some(BandSpec::Constant("~phone".parse().unwrap())));
        assert_eq!(layout.distance, Some((column("4"), DistanceUnit::Metres)));
        assert_eq!((layout.unit, layout.delimiter), (Some(TimeUnit::Milliseconds), Some(b';')));
        assert_eq!(layout.header, Some(false));
        assert_eq!(layout.only, Some((column("2"), "Bluetooth".into())));
        assert_eq!("".parse(), Ok(Layout::default()));
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        for text in ["time", "time=", "colour=3", "unit=h", "delimiter=x", "header=maybe", "only=2"] {
            assert!(matches!(text.parse::<Layout>(), Err(ColumnsError::Syntax(_))), "{text}");
        }
    }
}
