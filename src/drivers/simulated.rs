//! A scene as a source, without a device.
use std::time::{Duration, Instant};

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::Scene;

use super::{Driver, Ending, Outlet, Packet, Scan, SourceError, live};
use crate::reading::{Band, SourceKind};

/// A scene as a source.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// What the recording calls it.
    pub id: String,
    /// The scene's name.
    pub scenario: String,
    /// Who advertises.
    pub scene: Scene,
    /// Of the dongle's own address.
    pub seed: u64,
    /// How it listens.
    pub scan: Scan,
}

impl Driver for Simulated {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let mut scene = self.scene;
        let mut origin = live::origin(&self.id, SourceKind::Simulated, [("scenario", self.scenario)]);
        origin.header.insert("not_a_nymi_band".into(), true.into());
        let Some(start) = outlet.opened(origin) else { return Ok(Ending::Complete) };
        loop {
            let due = scene
                .next_due_us()
                .map_or(Instant::now() + Duration::from_secs(1), |t| start + Duration::from_micros(t));
            if !outlet.wait_until(due) {
                return Ok(Ending::Complete);
            }
            let now = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            while let Some(heard) = scene.next_until(now) {
                let advertiser = &scene.advertisers()[heard.advertiser];
                let packet = Packet { address_type: Some(AddressType::Random), ..Packet::UNKNOWN };
                let band = Band::Address(advertiser.address());
                let t_us = i64::try_from(heard.t_us).unwrap_or(i64::MAX);
                if !outlet.hand_over(live::sample(&self.id, t_us, band, Some(heard.rssi_dbm), packet)) {
                    return Ok(Ending::Complete);
                }
            }
        }
    }
}
