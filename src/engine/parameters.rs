//! The five numbers that NBE decides by: name, domain, unit, published defaults and explanation.
//! The checker, `--help`, the IGEL table and the documents all read them here.

use std::fmt;

/// The USB dongles that NBE supports; each has its own table in `nbe.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Dongle {
    /// Bluegiga BLED112.
    #[value(name = "bluegiga")]
    Bluegiga,
    /// BleuIO.
    #[value(name = "bleuio")]
    BleuIo,
}

impl Dongle {
    /// Both, in the order of the guide's table.
    pub const ALL: [Self; 2] = [Self::Bluegiga, Self::BleuIo];

    /// The name in `[dongle.NAME]`, on the command line and in a recording's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bluegiga => "bluegiga",
            Self::BleuIo => "bleuio",
        }
    }

    /// The strongest RSSI the dongle reports, where documented: the BLED112 clips at −38 dBm
    /// (Bluegiga Smart Software API, `gap_scan_response`). A mean cannot exceed it.
    pub fn ceiling_dbm(self) -> Option<i32> {
        match self {
            Self::Bluegiga => Some(-38),
            Self::BleuIo => None,
        }
    }
}

impl fmt::Display for Dongle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of NBE's five RSSI parameters, in the order of the guide's Table 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// `rssi_window_tap`
    WindowTap,
    /// `rssi_window_long`
    WindowLong,
    /// `rssi_tap_threshold`
    TapThreshold,
    /// `rssi_cutoff_close`
    CutoffClose,
    /// `rssi_cutoff_far`
    CutoffFar,
}

/// All that is known of one parameter.
#[derive(Debug)]
pub struct Spec {
    /// The key in `nbe.toml`; in capitals, the IGEL parameter.
    pub key: &'static str,
    /// Smallest value allowed.
    pub min: i32,
    /// Largest value allowed.
    pub max: i32,
    /// `samples` or `dBm`.
    pub unit: &'static str,
    /// Published default with a Bluegiga dongle (Troubleshooting Guide v14, Table 5).
    pub bluegiga: Option<i32>,
    /// Published default with a BleuIO dongle; `None`: not published, never invented.
    pub bleuio: Option<i32>,
    /// What it does, in a sentence for people.
    pub meaning: &'static str,
}

const SPECS: [Spec; 5] = [
    Spec {
        key: "rssi_window_tap",
        min: 1,
        max: 1000,
        unit: "samples",
        bluegiga: Some(10),
        bleuio: Some(10),
        meaning: "length of the rolling window of the tap decision: longer is steadier, and the band must be held longer",
    },
    Spec {
        key: "rssi_window_long",
        min: 1,
        max: 10_000,
        unit: "samples",
        bluegiga: Some(50),
        bleuio: None,
        meaning: "how many samples each distance check for Lock Control averages",
    },
    Spec {
        key: "rssi_tap_threshold",
        min: -127,
        max: 0,
        unit: "dBm",
        bluegiga: Some(-42),
        bleuio: None,
        meaning: "a tap fires when the window's mean exceeds it: closer to 0 means the band must be nearer; 0 turns BLE tap off",
    },
    Spec {
        key: "rssi_cutoff_close",
        min: -127,
        max: 0,
        unit: "dBm",
        bluegiga: Some(-70),
        bleuio: None,
        meaning: "outer edge of the close zone, in which the terminal stays unlocked; 0 bypasses proximity",
    },
    Spec {
        key: "rssi_cutoff_far",
        min: -127,
        max: -1,
        unit: "dBm",
        bluegiga: Some(-83),
        bleuio: None,
        meaning: "outer edge of the far zone, beyond which the lock countdown starts: closer to 0 locks at a shorter distance",
    },
];

impl Parameter {
    /// All five, in the order of the guide's table.
    pub const ALL: [Self; 5] =
        [Self::WindowTap, Self::WindowLong, Self::TapThreshold, Self::CutoffClose, Self::CutoffFar];

    /// Everything known of it.
    pub fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// The key in `nbe.toml`.
    pub fn key(self) -> &'static str {
        self.spec().key
    }

    /// The parameter with exactly this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.key() == key)
    }

    /// The IGEL partition parameter: the key in capitals (guide, Table 5, note).
    pub fn igel_name(self) -> String {
        self.key().to_ascii_uppercase()
    }

    /// The published default with `dongle`, if there is one.
    pub fn published_default(self, dongle: Dongle) -> Option<i32> {
        match dongle {
            Dongle::Bluegiga => self.spec().bluegiga,
            Dongle::BleuIo => self.spec().bleuio,
        }
    }

    /// The values that it may have, in words.
    pub fn domain(self) -> String {
        let Spec { min, max, unit, .. } = self.spec();
        format!("a whole number from {min} to {max} ({unit})")
    }

    /// Why a text that is no 64-bit number is none of its values.
    pub fn refusal(self, text: &str) -> String {
        if is_whole_number(text) {
            format!("{self} = {text} is outside its domain: {}", self.domain())
        } else {
            format!("{self} = {text} is not a whole number; it must be {}", self.domain())
        }
    }

    /// `value` if it lies in the domain.
    pub fn check(self, value: i64) -> Result<i32, OutOfDomain> {
        let Spec { min, max, .. } = *self.spec();
        match i32::try_from(value) {
            Ok(v) if (min..=max).contains(&v) => Ok(v),
            _ => Err(OutOfDomain { parameter: self, value }),
        }
    }
}

/// Whether a text is a whole number, of whatever length.
pub fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A value outside its parameter's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} = {value} is outside its domain: {}", .parameter.domain())]
pub struct OutOfDomain {
    /// Whose domain.
    pub parameter: Parameter,
    /// The value refused.
    pub value: i64,
}

/// Values for some or all of the five, each in its domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ParameterSet([Option<i32>; 5]);

impl ParameterSet {
    /// What is published for `dongle`; BleuIO's gaps stay gaps.
    pub fn published(dongle: Dongle) -> Self {
        Self(Parameter::ALL.map(|p| p.published_default(dongle)))
    }

    /// The value, where known.
    pub fn get(&self, parameter: Parameter) -> Option<i32> {
        self.0[parameter as usize]
    }

    /// Sets a value after checking its domain.
    pub fn set(&mut self, parameter: Parameter, value: i64) -> Result<(), OutOfDomain> {
        self.0[parameter as usize] = Some(parameter.check(value)?);
        Ok(())
    }

    /// The known values, in the guide's order.
    pub fn iter(&self) -> impl Iterator<Item = (Parameter, i32)> + '_ {
        Parameter::ALL.into_iter().filter_map(|p| self.get(p).map(|v| (p, v)))
    }

    /// Those of these values for which `other` has another one.
    pub fn other_than(&self, other: &Self) -> Vec<(Parameter, i32)> {
        self.iter().filter(|(p, value)| other.get(*p).is_some_and(|theirs| theirs != *value)).collect()
    }

    /// These values, with those of `other` where it has any.
    pub fn overlaid(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = theirs.or(*mine);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_defaults_lie_in_their_domains() {
        for dongle in Dongle::ALL {
            for p in Parameter::ALL {
                if let Some(value) = p.published_default(dongle) {
                    assert_eq!(p.check(value.into()), Ok(value));
                }
            }
        }
    }

    #[test]
    fn domains_end_where_the_model_says() {
        for (p, below, above) in [
            (Parameter::WindowTap, 0, 1001),
            (Parameter::WindowLong, 0, 10_001),
            (Parameter::TapThreshold, -128, 1),
            (Parameter::CutoffClose, -128, 1),
            (Parameter::CutoffFar, -128, 0),
        ] {
            assert!(p.check(below).is_err() && p.check(above).is_err(), "{p}");
            assert!(p.check(below + 1).is_ok() && p.check(above - 1).is_ok(), "{p}");
        }
    }

    #[test]
    fn a_number_that_is_too_long_is_outside_the_domain_and_is_one() {
        let refusal = |text| Parameter::CutoffFar.refusal(text);
        let beyond = refusal("-99999999999999999999");
        assert!(beyond.ends_with("is outside its domain: a whole number from -127 to -1 (dBm)"), "{beyond}");
        for text in ["", "-", "ten", "1.5", "1e3"] {
            assert!(refusal(text).contains("is not a whole number"), "{text}");
        }
    }

    #[test]
    fn what_is_not_published_for_bleuio_stays_unknown() {
        let known: Vec<_> = ParameterSet::published(Dongle::BleuIo).iter().collect();
        assert_eq!(known, [(Parameter::WindowTap, 10)]);
    }
}
