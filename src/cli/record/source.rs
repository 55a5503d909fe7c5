//! `--source SPEC`: which drivers a recording streams from.

use std::fmt;
use std::str::FromStr;

use crate::cli::{Exit, Failure};
use crate::drivers::Driver;
use crate::drivers::replayed::Replayed;
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

    /// The driver, where this build has one.
    pub fn driver(&self) -> Result<Box<dyn Driver>, Failure> {
        match self.recording() {
            Some(path) => Ok(Box::new(Replayed { input: Input { path: path.to_owned() } })),
            None => Err(Failure {
                exit: Exit::NoDevice,
                what: format!("{self}: this build has no driver for it yet"),
                remedy: Some("--source replay:REC plays a recording".into()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn only_recordings_have_a_driver_in_this_build() {
        assert!(Spec::from_str("replay:-").unwrap().driver().is_ok());
        for text in ["auto", "bluegiga:COM3", "simulated:walk", "nfc"] {
            let failure = Spec::from_str(text).unwrap().driver().err().unwrap();
            assert_eq!(failure.exit, Exit::NoDevice);
            assert!(failure.what.starts_with(text));
        }
    }
}
