//! `--fault KIND`: what may go wrong with a virtual dongle, by name.

use std::ops::Range;
use std::str::FromStr;

/// When an unplugged port vanishes and when it is back, in µs from the start.
pub(super) const UNPLUGGED_US: Range<u64> = 5_000_000..7_000_000;

/// From when on a dongle is silent under `silent`, in µs from the start.
pub(super) const SILENT_FROM_US: u64 = 5_000_000;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Bytes without meaning between the messages.
    Garbage,
    /// Answers take their time.
    Slow,
    /// Bytes get lost on the way to the host.
    Drop,
    /// Messages come in small pieces.
    Split,
    /// It takes commands and says nothing.
    Mute,
    /// It does so from 5 s on: it hangs.
    Silent,
    /// The first commands are refused for now.
    Busy,
    /// The first commands are refused for the state that the dongle is in.
    WrongState,
    /// It was plugged in just now: its bootloader shows first, then the port changes.
    Bootloader,
    /// A killed process left it scanning.
    LeftOverScan,
    /// A killed process left it connected.
    LeftOverConnection,
    /// The radio's licence key is gone.
    NoLicence,
    /// The port vanishes after 5 s and comes back after 2 s more.
    Unplug,
}

impl Fault {
    /// All, with their names on the command line.
    pub const NAMES: [(Self, &'static str); 13] = [
        (Self::Garbage, "garbage"),
        (Self::Slow, "slow"),
        (Self::Drop, "drop"),
        (Self::Split, "split"),
        (Self::Mute, "mute"),
        (Self::Silent, "silent"),
        (Self::Busy, "busy"),
        (Self::WrongState, "wrong-state"),
        (Self::Bootloader, "bootloader"),
        (Self::LeftOverScan, "leftover-scan"),
        (Self::LeftOverConnection, "leftover-connection"),
        (Self::NoLicence, "no-licence"),
        (Self::Unplug, "unplug"),
    ];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(_, name)| *name == text);
        known.map(|(fault, _)| *fault).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(_, name)| *name).collect();
            format!("no such fault; there are {}", names.join(", "))
        })
    }
}

/// A fault that this dongle cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--fault {}: a {dongle} does not know it", fault.name())]
pub struct NotThisDongle {
    /// The fault.
    pub fault: Fault,
    /// The dongle's name.
    pub dongle: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_a_fault_and_others_are_refused_with_the_list() {
        for (fault, name) in Fault::NAMES {
            assert_eq!((name.parse(), fault.name()), (Ok(fault), name));
        }
        let refusal = "rain".parse::<Fault>().unwrap_err();
        assert!(refusal.contains("garbage, slow") && refusal.ends_with("unplug"), "{refusal}");
    }
}
