//! One opening of the adapter: a running scan, and what is heard through it.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use btleplug::api::{BDAddr, Central as _, CentralEvent, CentralState, Peripheral as _, ScanFilter};
use btleplug::platform::{Adapter, PeripheralId};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt as _};

use super::AdapterError;
use super::adapters::{self, Listed};
use super::known::Known;
use crate::drivers::Packet;
use crate::reading::{Band, RSSI_RANGE_DBM};

type Events = Pin<Box<dyn Stream<Item = CentralEvent> + Send>>;

/// How long the system has to answer a question in the middle of a scan.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// Addresses remembered; rooms where addresses rotate must not fill the memory.
const REMEMBERED: usize = 4096;

/// When an advertiser without a name is looked up again, as the system does not tell when it learns
/// one; each time later, up to the most.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

/// An advertisement, as far as the system tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) band: Band,
    /// `None` where the system knows none, or one that no radio measures.
    pub(super) rssi_dbm: Option<i8>,
    /// What the advertiser is known to say.
    pub(super) packet: Packet,
    /// When the system told of it.
    pub(super) at: Instant,
}

/// What a turn brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// An advertisement.
    Heard(Heard),
    /// An advertisement of someone who was gone before the system could say who.
    Unknown,
    /// News of no interest.
    Other,
    /// Nothing in time.
    Silence,
    /// The adapter was switched off, or the system tells no more.
    Gone,
}

/// A running scan.
pub(super) struct Scan {
    runtime: Runtime,
    adapter: Adapter,
    name: String,
    events: Option<Events>,
    advertisers: HashMap<PeripheralId, Advertiser>,
}

/// An advertiser that was heard.
struct Advertiser {
    band: Band,
    known: Known,
    look_again: Instant,
    pause: Duration,
}

impl Scan {
    /// Starts a scan on the first adapter that can be used.
    pub(super) fn open() -> Result<Self, AdapterError> {
        adapters::within_limit(|| {
            let runtime = adapters::runtime()?;
            let Listed { adapter, name, .. } = runtime.block_on(start())?;
            Ok(Self { runtime, adapter, name, events: None, advertisers: HashMap::new() })
        })
    }

    /// The system's name for the adapter.
    pub(super) fn adapter_name(&self) -> &str {
        &self.name
    }

    /// Begins to take what is heard; to be called once, as BlueZ's event stream panics when it is
    /// dropped while news arrive and its runtime goes on.
    pub(super) fn listen(&mut self) {
        let Self { runtime, adapter, events, .. } = self;
        runtime.block_on(async {
            *events = timeout(ANSWER_LIMIT, subscribe(adapter)).await.ok().and_then(Result::ok);
        });
    }

    /// Waits for news, at most for `limit`; without [`Self::listen`] there are none.
    pub(super) fn turn(&mut self, limit: Duration) -> Turn {
        let Self { runtime, adapter, events, advertisers, .. } = self;
        runtime.block_on(async {
            let Some(events) = events else { return Turn::Gone };
            match timeout(limit, events.next()).await {
                Err(_) => Turn::Silence,
                Ok(None) => Turn::Gone,
                Ok(Some(event)) => turn_of(event, Instant::now(), adapter, advertisers).await,
            }
        })
    }

    /// Asks, after a silence, whether the adapter is there and scans.
    pub(super) fn is_alive(&self) -> bool {
        let Self { runtime, adapter, .. } = self;
        runtime.block_on(async {
            let asked = timeout(ANSWER_LIMIT, async {
                let state = adapter.adapter_state().await;
                state.is_ok_and(|state| state == CentralState::PoweredOn) && is_scanning(adapter).await
            });
            asked.await.unwrap_or(false)
        })
    }

    /// Ends the scan, where the system still answers.
    pub(super) fn stop(&self) {
        let Self { runtime, adapter, .. } = self;
        // Otherwise it ends with our connection to the system.
        let _ = runtime.block_on(async { timeout(ANSWER_LIMIT, adapter.stop_scan()).await });
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        // BlueZ's event stream asks the runtime to unsubscribe, which ends before it does.
        let _inside = self.runtime.enter();
        self.events = None;
    }
}

async fn start() -> Result<Listed, AdapterError> {
    let listed = adapters::first().await?;
    let started = listed.adapter.start_scan(ScanFilter::default()).await;
    started.map_err(|error| AdapterError::of(&error))?;
    Ok(listed)
}

/// The adapter's news from now on. The stream begins with all devices that the system has known
/// before, which is no advertisement.
async fn subscribe(adapter: &Adapter) -> Result<Events, btleplug::Error> {
    let mut events = adapter.events().await?;
    while let Ok(Some(_)) = timeout(Duration::ZERO, events.next()).await {}
    Ok(events)
}

async fn turn_of(
    event: CentralEvent,
    at: Instant,
    adapter: &Adapter,
    advertisers: &mut HashMap<PeripheralId, Advertiser>,
) -> Turn {
    let heard = match event {
        // Windows sends this one only when the value is another than before, so it is no measure
        // of what was heard there; it sends an update with every advertisement.
        CentralEvent::RssiUpdate { id, rssi } if !cfg!(windows) => {
            heard(id, adapter, advertisers, at).await.map(|who| (who, Some(rssi)))
        }
        CentralEvent::DeviceUpdated(id) if cfg!(windows) => asked(id, adapter, advertisers, at).await,
        CentralEvent::DeviceDiscovered(id) => asked(id, adapter, advertisers, at).await,
        CentralEvent::StateUpdate(state) if state != CentralState::PoweredOn => return Turn::Gone,
        news => {
            learn(news, advertisers);
            return Turn::Other;
        }
    };
    let Some((advertiser, rssi)) = heard else { return Turn::Unknown };
    let packet = advertiser.known.packet();
    Turn::Heard(Heard { band: advertiser.band, rssi_dbm: plausible(rssi), packet, at })
}

/// Takes news of an advertiser that was heard before; of others all is asked once they are heard.
fn learn(news: CentralEvent, advertisers: &mut HashMap<PeripheralId, Advertiser>) {
    match news {
        CentralEvent::ManufacturerDataAdvertisement { id, manufacturer_data } => {
            if let Some(advertiser) = advertisers.get_mut(&id) {
                advertiser.known.learn_manufacturers(manufacturer_data);
            }
        }
        CentralEvent::ServiceDataAdvertisement { id, service_data } => {
            if let Some(advertiser) = advertisers.get_mut(&id) {
                let data = service_data.into_iter().map(|(uuid, data)| (uuid.as_u128(), data));
                advertiser.known.learn_service_data(data);
            }
        }
        CentralEvent::ServicesAdvertisement { id, services } => {
            if let Some(advertiser) = advertisers.get_mut(&id) {
                advertiser.known.learn_services(services.iter().map(|uuid| uuid.as_u128()));
            }
        }
        _ => {}
    }
}

/// A strength as recordings allow it; 127, "not available", is none.
fn plausible(rssi: Option<i16>) -> Option<i8> {
    rssi.filter(|rssi| RSSI_RANGE_DBM.contains(&i64::from(*rssi))).and_then(|rssi| i8::try_from(rssi).ok())
}

/// Who it was, asked of the system only where that may bring something new.
async fn heard<'a>(
    id: PeripheralId,
    adapter: &Adapter,
    advertisers: &'a mut HashMap<PeripheralId, Advertiser>,
    at: Instant,
) -> Option<&'a mut Advertiser> {
    let is_known = |who: &Advertiser| who.known.is_named() || at < who.look_again;
    if !advertisers.get(&id).is_some_and(is_known) {
        return asked(id, adapter, advertisers, at).await.map(|(who, _)| who);
    }
    advertisers.get_mut(&id)
}

/// Who it was, and how strongly it was heard last, as the system knows by now.
async fn asked<'a>(
    id: PeripheralId,
    adapter: &Adapter,
    advertisers: &'a mut HashMap<PeripheralId, Advertiser>,
    at: Instant,
) -> Option<(&'a mut Advertiser, Option<i16>)> {
    let peripheral = timeout(ANSWER_LIMIT, adapter.peripheral(&id)).await.ok()?.ok()?;
    let properties = timeout(ANSWER_LIMIT, peripheral.properties()).await.ok()?.ok()??;
    let rssi = properties.rssi;
    if advertisers.len() >= REMEMBERED && !advertisers.contains_key(&id) {
        advertisers.clear();
    }
    let band = band_at(peripheral.address());
    let advertiser = advertisers.entry(id).or_insert_with(|| Advertiser {
        band,
        known: Known::default(),
        look_again: at,
        pause: LOOK_AGAIN.0,
    });
    advertiser.known.learn(properties);
    advertiser.look_again = at + advertiser.pause;
    advertiser.pause = (advertiser.pause * 2).min(LOOK_AGAIN.1);
    Some((advertiser, rssi))
}

fn band_at(address: BDAddr) -> Band {
    Band::Address(address.into_inner().iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Whether our scan still runs. A Bluetooth service that was restarted has forgotten it and tells
/// nothing more, without an error.
#[cfg(target_os = "linux")]
async fn is_scanning(adapter: &Adapter) -> bool {
    // BlueZ refuses to start a client's scan twice.
    let started = adapter.start_scan(ScanFilter::default()).await;
    started.is_err_and(|error| format!("{error:?}").contains("bluez.Error.InProgress"))
}

/// Elsewhere the scan runs in this process.
#[cfg(not(target_os = "linux"))]
async fn is_scanning(_: &Adapter) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strength_that_no_radio_measures_is_none() {
        for (rssi, is) in [(Some(-61), Some(-61)), (Some(127), None), (Some(-128), None), (Some(300), None)] {
            assert_eq!(plausible(rssi), is);
        }
        assert_eq!(plausible(None), None);
    }

    #[test]
    fn addresses_begin_with_the_most_significant_byte() {
        let band = band_at([0xC6, 5, 4, 3, 2, 1].into());
        assert_eq!(band.to_string(), "C6:05:04:03:02:01");
    }
}
