//! A calibration without hardware: a simulated person who follows each cue, and what can go wrong.

use std::sync::Arc;

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, BadAdvertiser, Path, Scene, Signal};

use crate::calibration::{Phase, Step};
use crate::drivers::rehearsed::{Errand, Rehearsed, Stage};
use crate::drivers::{Driver, Scan};
use crate::recording::Intent;

use super::problem::Problem;

/// The band that is carried.
const OURS: u64 = 0xC605_0403_0201;
const SECOND: u64 = 0xC605_0403_0202;
/// The address that it has later on, where it changes.
const LATER: u64 = 0x4A05_0403_0203;

/// Where the band is between two repeats, in metres, and how long an arm takes, in µs.
const AT_REST_M: f64 = 0.6;
const REACH_US: u32 = 300_000;
/// How near it comes to the dongle while it is looked for, how long that takes, so that a rise can be seen,
/// and when it is taken away again, in µs.
const FOUND_M: f64 = 0.03;
const FOUND_US: u32 = 1_000_000;
pub(super) const HELD_US: i64 = 2_500_000;
/// How long the simulated person walks, in µs.
const WALK_US: u32 = 4_000_000;
/// Where the NFC reader stands, in metres from the dongle.
const READER_M: f64 = 0.3;
/// How long the band lies on it, in µs: as asked for, and taken away before it is read.
const LIES_US: u32 = 1_300_000;
const LEAVES_EARLY_US: u32 = 20_000;
/// When the address changes, in µs.
const CHANGES_US: i64 = 40_000_000;
const SEED: u64 = 7;

/// What goes wrong in a rehearsal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    #[default]
    None,
    /// The hand hovers where it taps.
    HoversTooNear,
    /// The dongle reports no more than its top value.
    Clips,
    /// The band's address changes.
    AddressChanges,
    /// Half of the samples are lost.
    LosesHalf,
    /// A second band lies at the dongle.
    SecondBand,
    /// The band is taken away from the NFC reader before it is read.
    LeavesReaderEarly,
}

impl Mishap {
    /// All, nothing first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::HoversTooNear,
        Self::Clips,
        Self::AddressChanges,
        Self::LosesHalf,
        Self::SecondBand,
        Self::LeavesReaderEarly,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "all goes well",
            Self::HoversTooNear => "the hand hovers where it taps",
            Self::Clips => "the signal is too strong for the dongle",
            Self::AddressChanges => "the band's address changes",
            Self::LosesHalf => "half of the samples are lost",
            Self::SecondBand => "a second band lies at the dongle",
            Self::LeavesReaderEarly => "the band leaves the NFC reader too early",
        }
    }
}

/// A rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// What goes wrong.
    pub mishap: Mishap,
    /// How much faster than a clock it runs, from 1 on.
    pub pace: u32,
    /// Whether an NFC reader is asked for.
    pub with_reader: bool,
}

impl Rehearsal {
    /// Whether there is an NFC reader: one that is asked for, or that something goes wrong at.
    pub fn has_reader(self) -> bool {
        self.with_reader || self.mishap == Mishap::LeavesReaderEarly
    }

    /// The same before its steps, with the mishaps left out that would spoil the choice of the band.
    pub(super) fn before_its_steps(self) -> Self {
        match self.mishap {
            Mishap::LosesHalf | Mishap::AddressChanges => Self { mishap: Mishap::None, ..self },
            _ => self,
        }
    }

    /// What yields its rows; the band goes where `stage` sends it.
    pub(super) fn driver(self, scan: Scan, stage: Arc<Stage>) -> Result<Box<dyn Driver>, Problem> {
        let renamed = (self.mishap == Mishap::AddressChanges).then_some((CHANGES_US, LATER));
        let scene = self.scene().map_err(Problem::new)?;
        Ok(Box::new(Rehearsed {
            id: "simulated-1".into(),
            scene,
            seed: SEED,
            scan,
            pace: self.pace,
            renamed,
            reader_id: self.has_reader().then(|| "nfc-1".into()),
            stage,
        }))
    }

    fn scene(self) -> Result<Scene, BadAdvertiser> {
        let (rssi_1m_dbm, noise_db) = match self.mishap {
            Mishap::Clips => (-60.0, 1.0),
            Mishap::HoversTooNear => (-72.0, 3.0),
            _ => (-72.0, 1.0),
        };
        let path = Path::new(vec![(0, AT_REST_M)])?;
        let carried = Signal::Moving { path, rssi_1m_dbm, exponent: 2.0, noise_db };
        let loss = if self.mishap == Mishap::LosesHalf { 0.5 } else { 0.0 };
        let band = |address, name, signal| {
            Advertiser::new(address, AddressType::Random, 100_000, signal)?
                .saying(Some(b"\x02\x01\x06"), Some(name))
        };
        let near = if self.mishap == Mishap::SecondBand { -38 } else { -80 };
        let second = band(SECOND, "Band 2", Signal::Constant(near))?;
        Ok(Scene::new(SEED, vec![band(OURS, "Band 1", carried)?.losing(loss)?, second]))
    }
}

/// The band is held to the dongle, so that it is found, or taken away from it.
pub(super) fn to_dongle(is_held: bool) -> Errand {
    let (to_m, takes_us) = if is_held { (FOUND_M, FOUND_US) } else { (AT_REST_M, REACH_US) };
    Errand { to_m, takes_us, lies_us: None }
}

/// Where the simulated person carries the band at a cue.
pub(super) fn errand(mishap: Mishap, step: &Step, phase: &Phase) -> Option<Errand> {
    let Some(distance_cm) = step.distance_cm else { return Some(on_reader(mishap, phase)) };
    let go = |to_m, takes_us| Some(Errand { to_m, takes_us, lies_us: None });
    let there_m = f64::from(distance_cm) / 100.0;
    match (step.intent, phase) {
        (Intent::NoTap, Phase::Running(_)) if mishap == Mishap::HoversTooNear => go(0.03, REACH_US),
        (Intent::Tap | Intent::NoTap, Phase::Running(_)) => go(there_m, REACH_US),
        (Intent::Tap | Intent::NoTap, Phase::Ready(_) | Phase::Refused(_)) => go(AT_REST_M, REACH_US),
        // Who sits or stands is there before it begins.
        (Intent::Stay, Phase::Ready(_)) => go(there_m, REACH_US),
        (Intent::Leave | Intent::Return, Phase::Running(_)) => go(there_m, WALK_US),
        _ => None,
    }
}

fn on_reader(mishap: Mishap, phase: &Phase) -> Errand {
    let lies_us = if mishap == Mishap::LeavesReaderEarly { LEAVES_EARLY_US } else { LIES_US };
    match phase {
        Phase::Running(_) => Errand { to_m: READER_M, takes_us: REACH_US, lies_us: Some(lies_us) },
        _ => Errand { to_m: AT_REST_M, takes_us: REACH_US, lies_us: None },
    }
}
