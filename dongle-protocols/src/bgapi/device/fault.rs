use std::str::FromStr;

use crate::bgapi::fields::Packet;
use crate::radio::SplitMix64;

/// A way in which a dongle, or the line to it, fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is pulled out and put back, once.
    Unplug {
        /// When, in µs.
        at_us: u64,
        /// For how long, in µs.
        away_us: u64,
    },
    /// Up to 16 bytes of junk come before one packet in this many.
    Garbage {
        /// 1 for every packet.
        one_in: u64,
    },
    /// One packet in this many loses some of its bytes.
    Drop {
        /// 1 for every packet.
        one_in: u64,
    },
    /// A process that died has left it scanning.
    LeftoverScan,
    /// A process that died has left it connected.
    LeftoverConnection,
    /// It refuses the first commands with "wrong state".
    WrongState {
        /// How many.
        answers: u32,
    },
    /// It refuses the first commands with "busy", in the two ways there are.
    Busy {
        /// How many.
        answers: u32,
    },
    /// Every answer takes this long.
    Slow {
        /// In µs.
        delay_us: u64,
    },
    /// It is in its bootloader at first, and then restarts into the application.
    Bootloader {
        /// In µs.
        for_us: u64,
    },
    /// The radio's licence key is gone.
    NoLicence,
    /// It hangs: the port stays, nothing comes out.
    Silent {
        /// From when on, in µs.
        from_us: u64,
    },
}

impl Fault {
    /// Each kind with its name on the command line and what it does unless told otherwise.
    pub const KINDS: [(&'static str, Self); 11] = [
        ("unplug", Self::Unplug { at_us: 5_000_000, away_us: 3_000_000 }),
        ("garbage", Self::Garbage { one_in: 20 }),
        ("drop", Self::Drop { one_in: 20 }),
        ("leftover-scan", Self::LeftoverScan),
        ("leftover-connection", Self::LeftoverConnection),
        ("wrong-state", Self::WrongState { answers: 3 }),
        ("busy", Self::Busy { answers: 3 }),
        ("slow", Self::Slow { delay_us: 400_000 }),
        ("bootloader", Self::Bootloader { for_us: 5_000_000 }),
        ("no-licence", Self::NoLicence),
        ("silent", Self::Silent { from_us: 5_000_000 }),
    ];
}

/// Not the name of a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called \"{0}\"; there are {names}", names = Fault::KINDS.map(|(name, _)| name).join(", "))]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        let found = Self::KINDS.iter().find(|(kind, _)| *kind == name);
        found.map(|(_, fault)| *fault).ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// The faults of one dongle; of two of a kind the later holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    pub unplug: Option<(u64, u64)>,
    pub bootloader_us: Option<u64>,
    pub silent_from_us: Option<u64>,
    pub leftover_scan: bool,
    pub leftover_connection: bool,
    pub no_licence: bool,
    pub wrong_state_left: u32,
    pub busy_left: u32,
    pub slow_us: u64,
    garbage_one_in: Option<u64>,
    drop_one_in: Option<u64>,
}

impl Faults {
    pub fn new(faults: &[Fault]) -> Self {
        let mut all = Self::default();
        for fault in faults {
            match *fault {
                Fault::Unplug { at_us, away_us } => all.unplug = Some((at_us, away_us)),
                Fault::Garbage { one_in } => all.garbage_one_in = Some(one_in),
                Fault::Drop { one_in } => all.drop_one_in = Some(one_in),
                Fault::LeftoverScan => all.leftover_scan = true,
                Fault::LeftoverConnection => all.leftover_connection = true,
                Fault::WrongState { answers } => all.wrong_state_left = answers,
                Fault::Busy { answers } => all.busy_left = answers,
                Fault::Slow { delay_us } => all.slow_us = delay_us,
                Fault::Bootloader { for_us } => all.bootloader_us = Some(for_us),
                Fault::NoLicence => all.no_licence = true,
                Fault::Silent { from_us } => all.silent_from_us = Some(from_us),
            }
        }
        all
    }

    /// What reaches the host of a packet: junk before it, its beginning, its end. Draws nothing
    /// without a fault of the line.
    pub fn damage(&self, packet: &Packet, random: &mut SplitMix64) -> [Packet; 3] {
        let mut strikes =
            |one_in: Option<u64>| one_in.is_some_and(|n| random.up_to(n.saturating_sub(1)) == 0);
        let (garbage, drop) = (strikes(self.garbage_one_in), strikes(self.drop_one_in));
        let mut junk = Packet::EMPTY;
        if garbage {
            let bytes = [random.next().to_le_bytes(), random.next().to_le_bytes()].concat();
            let len = up_to(random, bytes.len() - 1) + 1;
            junk = piece(bytes.get(..len));
        }
        let bytes = packet.as_slice();
        if !drop || bytes.is_empty() {
            return [junk, *packet, Packet::EMPTY];
        }
        let from = up_to(random, bytes.len() - 1);
        let lost = up_to(random, bytes.len() - from - 1) + 1;
        [junk, piece(bytes.get(..from)), piece(bytes.get(from + lost..))]
    }
}

fn up_to(random: &mut SplitMix64, limit: usize) -> usize {
    usize::try_from(random.up_to(limit as u64)).unwrap_or(limit)
}

fn piece(bytes: Option<&[u8]>) -> Packet {
    bytes.and_then(|bytes| Packet::new(bytes).ok()).unwrap_or(Packet::EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_known_by_name() {
        for (name, fault) in Fault::KINDS {
            assert_eq!(name.parse(), Ok(fault));
        }
        let unknown = "gremlins".parse::<Fault>().unwrap_err().to_string();
        assert!(
            unknown.starts_with("no fault is called \"gremlins\"; there are unplug, garbage"),
            "{unknown}"
        );
    }

    #[test]
    fn a_sound_line_changes_nothing_and_a_bad_one_does() {
        let packet = Packet::new(&[0, 2, 6, 2, 0, 0]).unwrap();
        let mut random = SplitMix64::new(5);
        let through = |faults: &[Fault], random: &mut SplitMix64| {
            Faults::new(faults).damage(&packet, random).map(|piece| piece.as_slice().to_vec()).concat()
        };
        assert_eq!(through(&[], &mut random), packet.as_slice());
        assert_eq!(random, SplitMix64::new(5));
        for _ in 0..200 {
            let junk = through(&[Fault::Garbage { one_in: 1 }], &mut random);
            assert!((7..=22).contains(&junk.len()) && junk.ends_with(packet.as_slice()));
            assert!(through(&[Fault::Drop { one_in: 1 }], &mut random).len() < 6);
        }
    }
}
