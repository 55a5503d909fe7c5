//! `--source SPEC`: which drivers a recording streams from.

use std::fmt;
use std::str::FromStr;

use crate::cli::{Exit, Failure, simulate};
use crate::drivers::discovery::{self, Found, Model};
use crate::drivers::dongle::Dongle;
use crate::drivers::nfc::{self, NfcReaders, UidForm};
use crate::drivers::os_adapter::OsAdapter;
use crate::drivers::replayed::Replayed;
use crate::drivers::serial::Reason;
use crate::drivers::simulated::Simulated;
use crate::drivers::{Driver, Scan};
use crate::recording::Input;
use crate::simulator::scenario;

/// What may stand before the colon, and whether something may, or must, follow it.
const KINDS: [(&str, Detail); 7] = [
    ("auto", Detail::None),
    ("bluegiga", Detail::Needed("PORT")),
    ("bleuio", Detail::Needed("PORT")),
    ("os", Detail::None),
    ("nfc", Detail::Allowed),
    ("simulated", Detail::Allowed),
    ("replay", Detail::Needed("REC")),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    None,
    Allowed,
    Needed(&'static str),
}

/// A source as named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    kind: &'static str,
    detail: Option<String>,
}

/// What sources do beside listening.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Whether bands are asked for their scan responses.
    pub scan: Scan,
    /// Whether cards on NFC readers are asked for their UIDs, and how these are written.
    pub uids: Option<UidForm>,
}

impl Asking {
    /// Bands as `scan` says, cards for nothing.
    pub fn bands(scan: Scan) -> Self {
        Self { scan, uids: None }
    }
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, detail) = match text.split_once(':') {
            Some((kind, detail)) => (kind, Some(detail)),
            None => (text, None),
        };
        let known = KINDS.iter().find(|(name, _)| *name == kind);
        let (kind, takes) = known.copied().ok_or_else(|| {
            let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
            format!("no such source; there are {}", names.join(", "))
        })?;
        match (takes, detail) {
            (Detail::Needed(what), None | Some("")) => Err(format!("{kind} needs more: {kind}:{what}")),
            (Detail::Allowed, Some("")) => {
                Err(format!("nothing stands behind the colon; {kind} alone will do"))
            }
            (Detail::None, Some(_)) => Err(format!("nothing may follow {kind}")),
            (_, detail) => Ok(Self { kind, detail: detail.map(str::to_owned) }),
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}:{detail}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl Spec {
    /// Where no source is named.
    pub fn auto() -> Self {
        Self { kind: "auto", detail: None }
    }

    /// The recording, where the source is one.
    pub fn recording(&self) -> Option<&str> {
        self.detail.as_deref().filter(|_| self.kind == "replay")
    }

    /// The port of the dongle, where one is named.
    pub fn port(&self) -> Option<&str> {
        self.detail.as_deref().filter(|_| matches!(self.kind, "bluegiga" | "bleuio"))
    }

    /// Whether the dongle is to be found.
    pub fn is_auto(&self) -> bool {
        self.kind == "auto"
    }

    /// Whether the source is NFC readers.
    pub fn is_nfc(&self) -> bool {
        self.kind == "nfc"
    }

    /// The part of a name of the NFC readers that are meant.
    pub fn reader(&self) -> Option<&str> {
        self.detail.as_deref().filter(|_| self.is_nfc())
    }

    /// Whether both are sources of the same kind.
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// What the source is: for `auto`, what it finds.
    pub fn resolved(&self) -> Result<Self, Failure> {
        if self.kind != "auto" {
            return Ok(self.clone());
        }
        the_one(&discovery::tried())
    }

    /// The driver, where this build has one; the source is the `number`th of its kind.
    pub fn driver(&self, number: usize, asking: &Asking) -> Result<Box<dyn Driver>, Failure> {
        let scan = asking.scan;
        let dongle = |model: Model, port: &String| {
            Box::new(Dongle::new(model, port.clone(), format!("{}-{number}", self.kind), scan))
        };
        match (self.kind, &self.detail) {
            ("replay", Some(path)) => Ok(Box::new(Replayed { input: Input { path: path.clone() } })),
            ("bluegiga", Some(port)) => Ok(dongle(Model::Bled112, port)),
            ("bleuio", Some(port)) => Ok(dongle(Model::BleuIo, port)),
            ("nfc", name) => Ok(Box::new(NfcReaders {
                id: format!("nfc-{number}"),
                pcsc: nfc::system(),
                name: name.clone(),
                must_be_there: true,
                uids: asking.uids.clone(),
            })),
            ("os", _) => Ok(Box::new(OsAdapter { id: format!("os-{number}") })),
            ("simulated", named) => {
                let named = named.as_deref().unwrap_or(scenario::BUILT_IN[0].0);
                Ok(Box::new(simulated(named, format!("simulated-{number}"), scan)?))
            }
            _ => Err(Failure {
                exit: Exit::NoDevice,
                what: format!("{self}: this build has no driver for it yet"),
                remedy: Some(
                    "--source bluegiga:PORT or bleuio:PORT streams from a dongle, replay:REC from a recording, \
                     os from this computer's own Bluetooth (best effort), simulated from no device at all"
                        .into(),
                ),
            }),
        }
    }
}

fn simulated(named: &str, id: String, scan: Scan) -> Result<Simulated, Failure> {
    let scenario = simulate::scenario(named)?;
    Ok(Simulated { id, scenario: named.to_owned(), scene: scenario.scene(), seed: scenario.seed, scan })
}

/// The one dongle that is free.
fn the_one(seen: &[(Option<Reason>, Found)]) -> Result<Spec, Failure> {
    let free: Vec<_> = seen.iter().filter(|(obstacle, _)| obstacle.is_none()).collect();
    if let [(_, one)] = free.as_slice() {
        return Ok(Spec { kind: one.model.kind().name(), detail: Some(one.port.clone()) });
    }
    let list = seen.iter().map(|(obstacle, found)| {
        let state = obstacle.as_ref().map_or("free".to_owned(), Reason::to_string);
        format!("\n  {}:{} ({}): {state}", found.model.kind().name(), found.port, found.model.name())
    });
    let what = match (seen.is_empty(), free.is_empty()) {
        (true, _) => "auto: no dongle found",
        (_, true) => "auto: no dongle that can be used:",
        _ => "auto: several dongles are free:",
    };
    Err(Failure {
        exit: Exit::NoDevice,
        what: what.to_owned() + &list.collect::<String>(),
        remedy: Some(
            "tapbench devices says more; name one: --source bluegiga:PORT or bleuio:PORT, \
             or os for this computer's own Bluetooth (best effort); simulated needs none"
                .into(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::discovery::Model;

    #[test]
    fn specs_print_as_they_parse() {
        let all = [
            "auto",
            "bluegiga:COM3",
            "bleuio:/dev/ttyACM0",
            "os",
            "nfc",
            "nfc:OMNIKEY 5022",
            "simulated",
            "replay:C:\\a",
        ];
        for text in all {
            assert_eq!(text.parse::<Spec>().map(|spec| spec.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "usb", "bluegiga", "replay:", "replay", "os:1", "auto:", "simulated:"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }

    #[test]
    fn auto_is_the_one_free_dongle() {
        let found =
            |port: &str, model| Found { port: port.into(), model, vid_pid: String::new(), serial: None };
        let free = (None, found("COM3", Model::Bled112));
        let other = (None, found("COM4", Model::BleuIo));
        let busy = (Some(Reason::Busy), found("COM5", Model::BleuIo));
        let one = the_one(&[busy.clone(), free.clone()]);
        assert_eq!(one.ok().map(|spec| spec.to_string()), Some("bluegiga:COM3".to_owned()));
        for (seen, says) in [
            (vec![], "no dongle found"),
            (vec![busy], "bleuio:COM5 (BleuIO): port busy"),
            (vec![free, other], "several dongles are free"),
        ] {
            let failure = the_one(&seen).err().unwrap();
            assert_eq!(failure.exit, Exit::NoDevice);
            assert!(failure.what.contains(says), "{}", failure.what);
        }
    }

    #[test]
    fn each_source_has_a_driver_and_an_unknown_scenario_has_none() {
        // Those that a build may be without say so when they are opened.
        for text in
            ["replay:-", "bleuio:COM3", "bluegiga:COM3", "simulated", "simulated:hover", "os", "nfc:5022"]
        {
            assert!(Spec::from_str(text).unwrap().driver(1, &Asking::bands(Scan::Passive)).is_ok());
        }
        let failure = Spec::from_str("simulated:no such walk")
            .unwrap()
            .driver(1, &Asking::bands(Scan::Passive))
            .err()
            .unwrap();
        assert_eq!(failure.exit, Exit::BadInput);
    }
}
