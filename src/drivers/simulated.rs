//! A BLED112 that is not there, as a source: the simulated device and the driver's conversation talk
//! without a port between them, on any system. So a scene is heard as that dongle hears it: clipped
//! at the top, scan responses only where asked for, and by the same code that hears a real one.

use std::time::{Duration, Instant};

use dongle_protocols::bgapi::device::Bled112;
use dongle_protocols::radio::Scene;

use super::bluegiga::Bluegiga;
use super::conversation::{Conversation, Failure, Heard, Progress, Quality};
use super::dongle::DongleError;
use super::{Driver, Ending, Health, Outlet, Scan, SourceError, live};
use crate::reading::{Band, SourceKind};

/// How long an idle dongle is left alone at most.
const IDLE: Duration = Duration::from_secs(1);

/// A scene as a source; it begins when the session does, and has no end. The rows, their times too,
/// are the same for the same scene whenever it is played.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What the recording calls it.
    pub id: String,
    /// The scene's name, for the recording's header.
    pub scenario: String,
    /// Who advertises around it.
    pub scene: Scene,
    /// Of the dongle's own address.
    pub seed: u64,
    /// How it listens.
    pub scan: Scan,
}

impl Driver for Simulated {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let Self { id, scenario, scene, seed, scan } = *self;
        let failed = |failure| DongleError::Failed { port: format!("simulated:{scenario}"), failure };
        let mut line = Line::streaming(seed, scan).map_err(failed)?;
        let known = [
            ("scenario", Some(scenario.clone())),
            ("firmware", line.conversation.firmware()),
            ("address", line.conversation.address().map(|address| Band::Address(address).to_string())),
        ];
        let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let mut origin = live::origin(&id, SourceKind::Simulated, known);
        // Nobody wears what is simulated: no config may be made of it.
        origin.header.insert("not_a_nymi_band".into(), true.into());
        let Some(start) = outlet.opened(origin) else { return Ok(Ending::Complete) };
        line.begin(scene);
        let mut quality = Quality::default();
        loop {
            let due = line.due_us().map(|t_us| start + Duration::from_micros(t_us));
            if !outlet.wait_until(due.unwrap_or_else(|| Instant::now() + IDLE)) {
                return Ok(Ending::Complete);
            }
            let mut is_heard = true;
            line.turn(|heard, t_us| {
                let band = Band::Address(heard.address);
                is_heard &= outlet.hand_over(live::sample(&id, t_us, band, heard.rssi_dbm, heard.packet));
            })
            .map_err(failed)?;
            if !is_heard {
                return Ok(Ending::Complete);
            }
            if line.conversation.quality() != quality {
                quality = line.conversation.quality();
                outlet.report(Health { quality, ..Health::default() });
            }
        }
    }
}

/// The device and who talks to it, on one clock that jumps from one thing to do to the next.
pub(super) struct Line {
    device: Bled112,
    conversation: Bluegiga,
    /// When the scene began, on the device's clock.
    began_us: u64,
    bytes: Vec<u8>,
}

impl Line {
    /// One that streams in an empty room.
    pub(super) fn streaming(seed: u64, scan: Scan) -> Result<Self, Failure> {
        let device = Bled112::new(Scene::new(seed, Vec::new()), seed, &[]);
        let mut line = Self { device, conversation: Bluegiga::new(scan), began_us: 0, bytes: Vec::new() };
        while line.conversation.progress() == Progress::Starting {
            line.turn(|_, _| {})?;
        }
        Ok(line)
    }

    /// Lets the scene begin now.
    pub(super) fn begin(&mut self, scene: Scene) {
        self.began_us = self.device.now_us();
        self.device.bring_into(scene);
    }

    /// Sends the scene's first advertiser to a distance in metres, within `takes_us`.
    pub(super) fn walk(&mut self, to_m: f64, takes_us: u64) {
        // A distance that is none moves nobody.
        let _ = self.device.send_walking(0, to_m, takes_us);
    }

    /// When there is something to do next, in µs from the scene's beginning.
    pub(super) fn due_us(&self) -> Option<u64> {
        Some(self.next_us()?.saturating_sub(self.began_us))
    }

    fn next_us(&self) -> Option<u64> {
        [self.device.next_wake_us(), self.conversation.wake_at_us()].into_iter().flatten().min()
    }

    /// Does what is to be done next, and gives what was heard with its time in µs from the scene's
    /// beginning.
    pub(super) fn turn(&mut self, mut each: impl FnMut(&Heard, i64)) -> Result<(), Failure> {
        let now_us = self.next_us().unwrap_or_default().max(self.device.now_us());
        let t_us = i64::try_from(now_us.saturating_sub(self.began_us)).unwrap_or(i64::MAX);
        self.device.advance(now_us);
        loop {
            self.bytes.clear();
            self.device.take_output(&mut self.bytes);
            self.conversation.receive(&self.bytes, now_us, &mut |heard| each(heard, t_us));
            self.bytes.clear();
            self.conversation.take_output(now_us, &mut self.bytes);
            if self.bytes.is_empty() {
                break;
            }
            self.device.receive(&self.bytes);
        }
        match self.conversation.progress() {
            Progress::Failed(failure) => Err(failure),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use dongle_protocols::advertising::{AddressType, local_name};
    use dongle_protocols::radio::{Advertiser, Signal};

    use super::*;

    fn scene() -> Scene {
        let band = |address, dbm| {
            let signal = Signal::Constant(dbm);
            Advertiser::new(address, AddressType::Random, 100_000, signal)
                .unwrap()
                .saying(Some(b"\x02\x01\x06"), Some("Band"))
                .unwrap()
        };
        Scene::new(7, vec![band(1, -57), band(2, -20)])
    }

    fn played(scan: Scan, until_us: u64) -> Vec<(Heard, i64)> {
        let mut line = Line::streaming(7, scan).unwrap();
        line.begin(scene());
        let mut all = Vec::new();
        while line.due_us().unwrap() <= until_us {
            line.turn(|heard, t_us| all.push((*heard, t_us))).unwrap();
        }
        all
    }

    #[test]
    fn a_scene_is_heard_at_its_times_as_a_bled112_hears_it() {
        let mut scene = scene();
        let all = played(Scan::Passive, 10_000_000);
        assert!(all.len() > 180);
        for (heard, t_us) in all {
            let aired = scene.next_until(10_000_000).unwrap();
            let address = scene.advertisers()[aired.advertiser].address();
            let rssi_dbm = if address == 2 { -38 } else { -57 };
            assert_eq!((heard.address, heard.rssi_dbm), (address, Some(rssi_dbm)));
            assert_eq!(i64::try_from(aired.t_us), Ok(t_us));
        }
        assert_eq!(scene.next_until(10_000_000), None);
    }

    #[test]
    fn names_in_scan_responses_are_heard_only_where_they_are_asked_for() {
        for (scan, is_named) in [(Scan::Passive, false), (Scan::Active, true)] {
            let all = played(scan, 1_000_000);
            let has_name = |heard: &Heard| local_name(heard.packet.data.as_slice()) == Some(b"Band");
            assert_eq!(all.iter().any(|(heard, _)| has_name(heard)), is_named, "{scan:?}");
        }
    }

    #[test]
    fn an_empty_room_is_quiet_and_the_dongle_stays_alive() {
        let mut line = Line::streaming(7, Scan::Passive).unwrap();
        line.begin(Scene::new(7, vec![]));
        while line.due_us().unwrap() < 60_000_000 {
            line.turn(|_, _| panic!("nobody is there")).unwrap();
        }
    }
}
