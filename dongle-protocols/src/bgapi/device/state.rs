use crate::bgapi::{ConnectionFlags, ConnectionStatus, DiscoverMode};

/// As logs of BLED112 show; BLE112 firmware can hold up to eight.
pub(super) const CONNECTIONS: u8 = 3;

/// How many addresses the whitelist holds.
pub(super) const WHITELIST_MAX: usize = 8;

/// How many packets the filter of duplicates remembers; a guess.
const REMEMBERED_MAX: usize = 32;

/// 46.875 ms and 31.25 ms, in 625 µs.
const DEFAULT_SCAN: (u16, u16) = (0x4B, 0x32);

/// An address and its type, as they stand in commands.
pub(super) type Device = (u64, u8);

/// What the radio is set to do, all of which a restart forgets.
#[derive(Clone, Debug)]
pub(super) struct Radio {
    pub scan: Option<Scan>,
    pub connecting: Option<ConnectionStatus>,
    pub connections: [Option<ConnectionStatus>; CONNECTIONS as usize],
    pub advertising: bool,
    pub interval: u16,
    pub window: u16,
    pub active: bool,
    pub whitelist_only: bool,
    pub drop_duplicates: bool,
    pub whitelist: Vec<Device>,
    pub counters: PacketCounters,
    remembered: Vec<(u64, u8)>,
}

/// A scan that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    pub mode: DiscoverMode,
    pub since_us: u64,
}

/// Packets since they were last asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PacketCounters {
    pub sent: u8,
    pub received: u8,
}

impl Default for Radio {
    fn default() -> Self {
        let (interval, window) = DEFAULT_SCAN;
        Self {
            scan: None,
            connecting: None,
            connections: [None; CONNECTIONS as usize],
            advertising: false,
            interval,
            window,
            active: false,
            whitelist_only: false,
            drop_duplicates: false,
            whitelist: Vec::new(),
            counters: PacketCounters::default(),
            remembered: Vec::new(),
        }
    }
}

impl Radio {
    /// What a process that died may have left: it scanned, it was connected.
    pub fn leave_over(&mut self, scan: bool, connection: bool) {
        if scan {
            self.scan = Some(Scan { mode: DiscoverMode::Observation, since_us: 0 });
        }
        if connection {
            let left = ConnectionStatus {
                flags: ConnectionFlags::CONNECTED,
                address: 0xC0FF_EE00_0001,
                address_type: 1,
                interval: 60,
                timeout: 100,
                ..unused(0)
            };
            self.connections = [Some(left), None, None];
        }
    }

    /// Starts a scan; what the filter of duplicates knew is forgotten.
    pub fn start_scan(&mut self, mode: DiscoverMode, now_us: u64) {
        self.scan = Some(Scan { mode, since_us: now_us });
        self.remembered.clear();
    }

    /// Ends a scan or an attempt to connect; whether there was one.
    pub fn end_procedure(&mut self) -> bool {
        self.scan.take().is_some() | self.connecting.take().is_some()
    }

    /// Whether it scans, connects, or advertises: then filters cannot be changed.
    pub fn is_active(&self) -> bool {
        self.scan.is_some() || self.connecting.is_some() || self.advertising
    }

    pub fn connection(&self, handle: u8) -> Option<&ConnectionStatus> {
        self.connections.get(usize::from(handle))?.as_ref()
    }

    /// How the connection stands, be it in use or not.
    pub fn status(&self, handle: u8) -> ConnectionStatus {
        self.connection(handle).copied().unwrap_or(unused(handle))
    }

    pub fn disconnect(&mut self, handle: u8) -> bool {
        self.connections.get_mut(usize::from(handle)).is_some_and(|slot| slot.take().is_some())
    }

    pub fn free_connection(&self) -> Option<u8> {
        (0u8..).zip(&self.connections).find(|(_, slot)| slot.is_none()).map(|(handle, _)| handle)
    }

    /// Whether the receiver is on: the window at the start of each interval, in 625 µs.
    pub fn listens(&self, scan: Scan, t_us: u64) -> bool {
        let (interval_us, window_us) = (u64::from(self.interval) * 625, u64::from(self.window) * 625);
        t_us.saturating_sub(scan.since_us)
            .checked_rem(interval_us)
            .is_some_and(|phase_us| phase_us < window_us)
    }

    /// Whether the filter of duplicates lets a packet pass; it forgets the oldest.
    pub fn is_news(&mut self, address: u64, packet_type: u8) -> bool {
        if !self.drop_duplicates {
            return true;
        }
        let packet = (address, packet_type);
        let known = self.remembered.contains(&packet);
        if !known {
            if self.remembered.len() == REMEMBERED_MAX {
                self.remembered.remove(0);
            }
            self.remembered.push(packet);
        }
        !known
    }
}

fn unused(connection: u8) -> ConnectionStatus {
    ConnectionStatus {
        connection,
        flags: 0,
        address: 0,
        address_type: 0,
        interval: 0,
        timeout: 0,
        latency: 0,
        bonding: 0xFF,
    }
}
