//! Scenario files: who advertises what around a virtual dongle, as TOML. Nothing else knows keys.

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, BadAdvertiser, Path, Scene, Signal};
use serde::Deserialize;
use toml_edit::de::Error as TomlError;

use crate::reading::Band;

/// Scenarios that are always there, by name; the first is the default.
pub const BUILT_IN: [(&str, &str); 7] = [
    ("two-bands", include_str!("../../profiles/scenarios/two-bands.toml")),
    ("tap-session", include_str!("../../profiles/scenarios/tap-session.toml")),
    ("hover", include_str!("../../profiles/scenarios/hover.toml")),
    ("walk-away-and-back", include_str!("../../profiles/scenarios/walk-away-and-back.toml")),
    ("two-terminals", include_str!("../../profiles/scenarios/two-terminals.toml")),
    ("two-terminals-right", include_str!("../../profiles/scenarios/two-terminals-right.toml")),
    ("crowded-room", include_str!("../../profiles/scenarios/crowded-room.toml")),
];

/// What `rssi_1m`, `exponent` and `noise_db` are where a path leaves them out.
const SIGNAL_DEFAULTS: (f64, f64, f64) = (-59.0, 2.0, 0.0);

/// The text of a scenario that is always there.
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Why a text is no scenario: not TOML, an unknown key or a value that cannot be; says where.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadScenario(#[from] Box<TomlError>);

/// Who advertises, and the seed of the chance in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The same seed plays the same scene.
    pub seed: u64,
    /// In the order of the file.
    pub advertisers: Vec<Advertiser>,
}

impl Scenario {
    /// Reads a scenario file.
    pub fn parse(text: &str) -> Result<Self, BadScenario> {
        let file: File = toml_edit::de::from_str(text).map_err(Box::new)?;
        let lossy = |entry: Checked| match entry.has_loss {
            true => entry.advertiser,
            // A loss that was read is a probability.
            false => entry.advertiser.clone().losing(file.loss.0).unwrap_or(entry.advertiser),
        };
        Ok(Self { seed: file.seed, advertisers: file.advertiser.into_iter().map(lossy).collect() })
    }

    /// The scene, from its beginning.
    pub fn scene(&self) -> Scene {
        Scene::new(self.seed, self.advertisers.clone())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "first_seed")]
    seed: u64,
    /// For each advertiser that has none of its own.
    #[serde(default)]
    loss: Loss,
    #[serde(default)]
    advertiser: Vec<Checked>,
}

fn first_seed() -> u64 {
    1
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "f64")]
struct Loss(f64);

impl TryFrom<f64> for Loss {
    type Error = BadAdvertiser;

    fn try_from(loss: f64) -> Result<Self, BadAdvertiser> {
        if (0.0..=1.0).contains(&loss) { Ok(Self(loss)) } else { Err(BadAdvertiser::Loss) }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Address(u64);

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let band = text.parse::<Band>().ok().and_then(Band::as_address);
        band.map(Self).ok_or("not an address like C6:05:04:03:02:01")
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0);
        let digits = digits.ok_or("data is bytes in hexadecimal, as in \"020106\"")?;
        Ok(Self(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d)).collect()))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Public,
    Random,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    address: Address,
    address_type: Kind,
    name: Option<String>,
    data: Option<Hex>,
    interval_ms: f64,
    rssi: Option<i8>,
    path: Option<Vec<[f64; 2]>>,
    rssi_1m: Option<f64>,
    exponent: Option<f64>,
    noise_db: Option<f64>,
    loss: Option<Loss>,
}

/// An advertiser that can be played.
#[derive(Deserialize)]
#[serde(try_from = "Entry")]
struct Checked {
    advertiser: Advertiser,
    has_loss: bool,
}

/// Why an entry is no advertiser.
#[derive(Debug, thiserror::Error)]
enum BadEntry {
    #[error("an advertiser has either rssi or path")]
    RssiOrPath,
    #[error("rssi is constant; rssi_1m, exponent and noise_db belong to a path")]
    ConstantOnly,
    #[error(transparent)]
    Advertiser(#[from] BadAdvertiser),
}

impl TryFrom<Entry> for Checked {
    type Error = BadEntry;

    fn try_from(entry: Entry) -> Result<Self, BadEntry> {
        let signal = entry.signal()?;
        let address_type = match entry.address_type {
            Kind::Public => AddressType::Public,
            Kind::Random => AddressType::Random,
        };
        let interval_us = micros(entry.interval_ms).ok_or(BadAdvertiser::Interval)?;
        let advertiser = Advertiser::new(entry.address.0, address_type, interval_us, signal)?
            .saying(entry.data.as_ref().map(|data| data.0.as_slice()), entry.name.as_deref())?
            .losing(entry.loss.unwrap_or_default().0)?;
        Ok(Self { advertiser, has_loss: entry.loss.is_some() })
    }
}

impl Entry {
    fn signal(&self) -> Result<Signal, BadEntry> {
        let (rssi_1m, exponent, noise_db) = SIGNAL_DEFAULTS;
        match (self.rssi, &self.path) {
            (Some(rssi), None) => match (self.rssi_1m, self.exponent, self.noise_db) {
                (None, None, None) => Ok(Signal::Constant(rssi)),
                _ => Err(BadEntry::ConstantOnly),
            },
            (None, Some(points)) => Ok(Signal::Moving {
                path: Path::from_seconds(points).map_err(BadAdvertiser::from)?,
                rssi_1m_dbm: self.rssi_1m.unwrap_or(rssi_1m),
                exponent: self.exponent.unwrap_or(exponent),
                noise_db: self.noise_db.unwrap_or(noise_db),
            }),
            _ => Err(BadEntry::RssiOrPath),
        }
    }
}

/// An interval of up to a day; longer ones are mistakes, and shorter than 1 µs there is none.
fn micros(ms: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    (0.001..=86_400_000.0).contains(&ms).then_some((ms * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: &str = "[[advertiser]]\naddress = \"C6:05:04:03:02:01\"\naddress_type = \"random\"\n";

    fn refusal(text: &str) -> String {
        Scenario::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_scenario_becomes_its_advertisers() {
        let text = format!(
            "seed = 7\nloss = 0.5\n{BAND}data = \"02 01 06\"\ninterval_ms = 100\nrssi = -57\nloss = 0\n\
             [[advertiser]]\naddress = \"00:07:80:81:44:94\"\naddress_type = \"public\"\nname = \"tag\"\n\
             interval_ms = 62.5\npath = [[0, 1], [2.5, 0.1]]\nrssi_1m = -60\nexponent = 2.2\nnoise_db = 3\n"
        );
        let signal = Signal::Moving {
            path: Path::from_seconds(&[[0.0, 1.0], [2.5, 0.1]]).unwrap(),
            rssi_1m_dbm: -60.0,
            exponent: 2.2,
            noise_db: 3.0,
        };
        let band =
            Advertiser::new(0xC605_0403_0201, AddressType::Random, 100_000, Signal::Constant(-57)).unwrap();
        let tag = Advertiser::new(0x0007_8081_4494, AddressType::Public, 62_500, signal).unwrap();
        let advertisers = vec![
            band.saying(Some(&[2, 1, 6]), None).unwrap(),
            tag.saying(None, Some("tag")).unwrap().losing(0.5).unwrap(),
        ];
        assert_eq!(Scenario::parse(&text).unwrap(), Scenario { seed: 7, advertisers });
    }

    #[test]
    fn an_unknown_key_is_refused_with_line_and_column() {
        let text = format!("{BAND}interval_ms = 100\nrsi = -57\n");
        let refusal = refusal(&text);
        assert!(refusal.contains("line 5, column 1") && refusal.contains("rsi"), "{refusal}");
    }

    #[test]
    fn values_that_cannot_be_are_refused_with_their_place() {
        let with = |rest: &str| refusal(&format!("{BAND}{rest}"));
        for (text, line, word) in [
            ("interval_ms = 0\nrssi = -57\n", "line ", "interval_ms"),
            ("interval_ms = 100\n", "line ", "either rssi or path"),
            ("interval_ms = 100\nrssi = -57\npath = [[0, 1]]\n", "line ", "either rssi or path"),
            ("interval_ms = 100\nrssi = -57\nnoise_db = 1\n", "line ", "belong to a path"),
            ("interval_ms = 100\nrssi = -57\nloss = 2\n", "line 6", "loss must be"),
            ("interval_ms = 100\nrssi = -57\ndata = \"0\"\n", "line 6", "hexadecimal"),
            ("interval_ms = 100\nrssi = -57.5\n", "line 5", "rssi"),
            ("interval_ms = 100\npath = [[2, 1], [1, 1]]\n", "line ", "order of time"),
        ] {
            let refusal = with(text);
            assert!(refusal.contains(line) && refusal.contains(word), "{text}: {refusal}");
        }
        let address = refusal("[[advertiser]]\naddress = \"~left\"\n");
        assert!(address.contains("line 2, column 11") && address.contains("not an address"), "{address}");
    }

    #[test]
    fn every_built_in_scenario_parses_and_the_default_has_two_constant_advertisers() {
        for (name, text) in BUILT_IN {
            let scenario = Scenario::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!scenario.advertisers.is_empty(), "{name}");
        }
        let heard = |name: &str, until_us| {
            let mut scene = Scenario::parse(built_in(name).unwrap()).unwrap().scene();
            std::iter::from_fn(|| scene.next_until(until_us)).collect::<Vec<_>>()
        };
        let default = heard(BUILT_IN[0].0, 60_000_000);
        for advertiser in 0..2 {
            let own: Vec<_> = default.iter().filter(|h| h.advertiser == advertiser).collect();
            assert!((590..=610).contains(&own.len()), "{}", own.len());
            assert!(own.iter().all(|h| h.rssi_dbm == own[0].rssi_dbm));
        }
        let crowd: std::collections::HashSet<_> =
            heard("crowded-room", 10_000_000).iter().map(|h| h.advertiser).collect();
        assert_eq!(crowd.len(), 200);
    }
}
