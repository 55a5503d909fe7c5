//! `--fault KIND`: what may go wrong with a virtual dongle, by name.

use std::str::FromStr;

use dongle_protocols::bleuio::device::Settings;

/// How often answers and rows are hit, under `garbage` and `drop`.
const CHANCE: f64 = 0.02;

/// From a command to its answer under `slow`, in µs.
const SLOW_US: u64 = 800_000;

/// So many commands are refused under `busy`.
const BUSY_COMMANDS: u32 = 3;

/// The pieces under `split`, in bytes.
const PIECE: usize = 7;

/// Commands of a process that was killed while it scanned.
const LEFT_OVER: [&str; 3] = ["AT+CENTRAL", "AT+SHOWRSSI=1", "AT+FINDSCANDATA="];

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Bytes without meaning between the lines.
    Garbage,
    /// Answers take their time.
    Slow,
    /// Bytes get lost on the way to the host.
    Drop,
    /// Lines come in small pieces.
    Split,
    /// It takes commands and says nothing.
    Mute,
    /// The first commands are refused for now.
    Busy,
    /// It was plugged in just now: its bootloader shows first, then the port changes.
    Bootloader,
    /// A killed process left it scanning.
    LeftOverScan,
    /// The port vanishes after 5 s and comes back after 2 s more.
    Unplug,
}

impl Fault {
    /// All, with their names on the command line.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::Garbage, "garbage"),
        (Self::Slow, "slow"),
        (Self::Drop, "drop"),
        (Self::Split, "split"),
        (Self::Mute, "mute"),
        (Self::Busy, "busy"),
        (Self::Bootloader, "bootloader"),
        (Self::LeftOverScan, "leftover-scan"),
        (Self::Unplug, "unplug"),
    ];

    /// Has a BleuIO dongle do it. The port's own fault, [`Self::Unplug`], changes no dongle.
    pub fn apply(self, settings: &mut Settings) {
        let faults = &mut settings.faults;
        match self {
            Self::Garbage => faults.garbage = CHANCE,
            Self::Slow => faults.answer_delay_us = SLOW_US,
            Self::Drop => faults.loss = CHANCE,
            Self::Split => faults.split = Some(PIECE),
            Self::Mute => faults.is_mute = true,
            Self::Busy => faults.busy_commands = BUSY_COMMANDS,
            Self::Bootloader => settings.starts_in_bootloader = true,
            Self::LeftOverScan => settings.earlier = LEFT_OVER.map(str::to_owned).into(),
            Self::Unplug => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use dongle_protocols::bleuio::device::Device;
    use dongle_protocols::radio::Scene;

    #[test]
    fn each_name_is_a_fault_and_others_are_refused_with_the_list() {
        for (fault, name) in Fault::NAMES {
            assert_eq!(name.parse(), Ok(fault));
        }
        let refusal = "rain".parse::<Fault>().unwrap_err();
        assert!(refusal.contains("garbage, slow") && refusal.ends_with("unplug"), "{refusal}");
    }

    #[test]
    fn a_left_over_scan_really_scans() {
        let mut settings = Settings::default();
        Fault::LeftOverScan.apply(&mut settings);
        let mut device = Device::new(settings, Scene::new(1, vec![]));
        let mut out = Vec::new();
        device.receive(&[0x03], 1);
        device.poll(10_000, &mut out);
        assert!(String::from_utf8_lossy(&out).contains("SCAN COMPLETE"), "{out:?}");
    }
}
