//! Which adapters the system has, asked in a limited time.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use btleplug::api::{Central as _, CentralState, Manager as _};
use btleplug::platform::{Adapter, Manager};
use tokio::runtime::{Builder, Runtime};

use super::{AdapterError, Found};

/// How long the system has to open its Bluetooth, or to say why not.
const LIMIT: Duration = Duration::from_secs(4);

/// The adapters, by name; `--source os` takes the first that can be used.
///
/// # Errors
/// Why there is none, or none can be asked for.
pub fn adapters() -> Result<Vec<Found>, AdapterError> {
    within_limit(|| {
        let listed = runtime()?.block_on(list())?;
        let found = |listed: Listed| Found { name: listed.name, obstacle: listed.obstacle };
        Ok(listed.into_iter().map(found).collect())
    })
}

/// An adapter with its handle.
pub(super) struct Listed {
    pub(super) adapter: Adapter,
    pub(super) name: String,
    obstacle: Option<AdapterError>,
}

/// The adapters, by name; at least one.
async fn list() -> Result<Vec<Listed>, AdapterError> {
    let failed = |error| AdapterError::of(&error);
    let mut listed = Vec::new();
    for adapter in Manager::new().await.map_err(failed)?.adapters().await.map_err(failed)? {
        let name = adapter.adapter_info().await.map_err(failed)?;
        let state = adapter.adapter_state().await.map_err(failed)?;
        let obstacle = (state != CentralState::PoweredOn).then_some(AdapterError::Off);
        listed.push(Listed { adapter, name, obstacle });
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    if listed.is_empty() { Err(AdapterError::NoAdapter) } else { Ok(listed) }
}

/// The first adapter that can be used.
pub(super) async fn first() -> Result<Listed, AdapterError> {
    let mut refused = AdapterError::NoAdapter;
    for listed in list().await? {
        match listed.obstacle {
            None => return Ok(listed),
            Some(obstacle) => refused = obstacle,
        }
    }
    Err(refused)
}

/// What the Bluetooth library runs on: the thread that waits for it, and no other.
pub(super) fn runtime() -> Result<Runtime, AdapterError> {
    Builder::new_current_thread().enable_all().build().map_err(|e| AdapterError::Other(e.to_string()))
}

/// Runs `body` on a thread of its own, as connecting to the bus cannot be given a limit. A body
/// that is late is left behind with what it makes.
pub(super) fn within_limit<T: Send + 'static>(
    body: impl FnOnce() -> Result<T, AdapterError> + Send + 'static,
) -> Result<T, AdapterError> {
    let (done, result) = sync_channel(1);
    thread::Builder::new()
        .name("bluetooth-open".into())
        .spawn(move || {
            // Nobody takes what comes late.
            let _ = done.send(body());
        })
        .map_err(|e| AdapterError::Other(e.to_string()))?;
    result.recv_timeout(LIMIT).unwrap_or(Err(AdapterError::NoAnswer))
}
