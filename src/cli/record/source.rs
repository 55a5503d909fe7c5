//! `--source SPEC`: which drivers a recording streams from.

use std::fmt;
use std::str::FromStr;

use crate::cli::{Exit, Failure};
use crate::drivers::Driver;
use crate::drivers::bleuio::BleuIo;
use crate::drivers::discovery::{self, Found};
use crate::drivers::replayed::Replayed;
use crate::drivers::serial::Reason;
use crate::recording::Input;

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

    /// Whether both may be sources of the same kind, `auto` being what it can find.
    pub fn is_like(&self, other: &Self) -> bool {
        let kind = |spec: &Self| if spec.kind == "auto" { "bleuio" } else { spec.kind };
        kind(self) == kind(other)
    }

    /// The driver, where this build has one; the source is the `number`th of its kind.
    pub fn driver(&self, number: usize) -> Result<Box<dyn Driver>, Failure> {
        let bleuio = |port: String| Box::new(BleuIo { port, id: format!("bleuio-{number}") });
        match (self.kind, &self.detail) {
            ("replay", Some(path)) => Ok(Box::new(Replayed { input: Input { path: path.clone() } })),
            ("bleuio", Some(port)) => Ok(bleuio(port.clone())),
            ("auto", _) => {
                let found = discovery::recognise(&discovery::ports());
                let seen = found.into_iter().map(|found| (discovery::obstacle(&found), found));
                Ok(bleuio(the_one(&seen.collect::<Vec<_>>())?))
            }
            _ => Err(Failure {
                exit: Exit::NoDevice,
                what: format!("{self}: this build has no driver for it yet"),
                remedy: Some(
                    "--source bleuio:PORT streams from a BleuIO, replay:REC from a recording".into(),
                ),
            }),
        }
    }
}

/// The port of the one dongle that is free and that this build can stream from.
fn the_one(seen: &[(Option<Reason>, Found)]) -> Result<String, Failure> {
    let free: Vec<_> =
        seen.iter().filter(|(obstacle, found)| obstacle.is_none() && found.model.has_driver()).collect();
    if let [(_, one)] = free.as_slice() {
        return Ok(one.port.clone());
    }
    let list = seen.iter().map(|(obstacle, found)| {
        let state = match obstacle {
            Some(reason) => reason.to_string(),
            None if found.model.has_driver() => "free".to_owned(),
            None => "this build has no driver for it yet".to_owned(),
        };
        format!("\n  {}:{} ({}): {state}", found.model.kind(), found.port, found.model.name())
    });
    let what = match (seen.is_empty(), free.is_empty()) {
        (true, _) => "auto: no dongle found",
        (_, true) => "auto: no dongle that can be used:",
        _ => "auto: several dongles are free:",
    };
    Err(Failure {
        exit: Exit::NoDevice,
        what: what.to_owned() + &list.collect::<String>(),
        remedy: Some("tapbench devices says more; name one: --source bleuio:PORT".into()),
    })
}

#[cfg(test)]
mod tests {
    use crate::drivers::discovery::Model;

    use super::*;

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
        for text in ["", "usb", "bluegiga", "replay:", "replay", "os:1", "auto:"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }

    #[test]
    fn auto_is_the_one_free_dongle_with_a_driver() {
        let found =
            |port: &str, model| Found { port: port.into(), model, vid_pid: String::new(), serial: None };
        let free = (None, found("COM3", Model::BleuIo));
        let bled = (None, found("COM4", Model::Bled112));
        let busy = (Some(Reason::Busy), found("COM5", Model::BleuIo));
        assert_eq!(the_one(&[bled.clone(), free.clone(), busy.clone()]).ok(), Some("COM3".to_owned()));
        for (seen, says) in [
            (vec![], "no dongle found"),
            (vec![bled, busy], "bleuio:COM5 (BleuIO): port busy"),
            (vec![free.clone(), free], "several dongles are free"),
        ] {
            let failure = the_one(&seen).err().unwrap();
            assert_eq!(failure.exit, Exit::NoDevice);
            assert!(failure.what.contains(says), "{}", failure.what);
        }
    }

    #[test]
    fn recordings_and_bleuio_have_a_driver_in_this_build() {
        for text in ["replay:-", "bleuio:COM3"] {
            assert!(Spec::from_str(text).unwrap().driver(1).is_ok());
        }
        for text in ["bluegiga:COM3", "simulated:walk", "nfc"] {
            let failure = Spec::from_str(text).unwrap().driver(1).err().unwrap();
            assert_eq!(failure.exit, Exit::NoDevice);
            assert!(failure.what.starts_with(text));
        }
    }
}
