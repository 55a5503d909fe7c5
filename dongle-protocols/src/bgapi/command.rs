use super::fields::{Bytes, messages};
use crate::advertising::AdvertisingData;

messages! {
    /// What a host tells the dongle to do. One at a time: each is answered before the next is sent,
    /// except a reset, after which the dongle leaves the bus.
    pub enum Command as COMMAND {
        /// Restarts the dongle. There is no answer: the USB device goes away and comes back.
        0/0 SystemReset {
            /// 0 starts the application, 1 the bootloader for firmware updates.
            boot_in_dfu: u8,
        }
        /// Asks for a sign of life.
        0/1 SystemHello {}
        /// Asks for the dongle's own address.
        0/2 SystemAddressGet {}
        /// Asks for packet counters and clears them.
        0/5 SystemGetCounters {}
        /// Asks for the number of connections; a status event follows for each.
        0/6 SystemGetConnections {}
        /// Asks for the versions of firmware and hardware.
        0/8 SystemGetInfo {}
        /// Sends bytes to an endpoint.
        0/9 SystemEndpointTx {
            /// 0 API, 1 test, 2 script, 3 USB, 4 and 5 serial ports.
            endpoint: u8,
            /// What to send.
            data: Bytes,
        }
        /// Adds an address to the whitelist, which holds 8 until the next reset.
        0/10 SystemWhitelistAppend {
            /// 48-bit address.
            address: u64,
            /// 0 public, 1 random.
            address_type: u8,
        }
        /// Takes an address off the whitelist.
        0/11 SystemWhitelistRemove {
            /// 48-bit address.
            address: u64,
            /// 0 public, 1 random.
            address_type: u8,
        }
        /// Empties the whitelist.
        0/12 SystemWhitelistClear {}
        /// Reads bytes from an endpoint.
        0/13 SystemEndpointRx {
            /// As in [`Command::SystemEndpointTx`].
            endpoint: u8,
            /// How many bytes at most.
            size: u8,
        }
        /// Sets when watermark events come: 0xFF leaves a mark as it is, 0 switches it off.
        0/14 SystemEndpointSetWatermarks {
            /// As in [`Command::SystemEndpointTx`].
            endpoint: u8,
            /// Bytes received.
            rx: u8,
            /// Bytes of room to send.
            tx: u8,
        }
        /// Ends a connection.
        3/0 ConnectionDisconnect {
            /// Connection handle.
            connection: u8,
        }
        /// Asks for the strength of a connection.
        3/1 ConnectionGetRssi {
            /// Connection handle.
            connection: u8,
        }
        /// Asks for the status event of a connection.
        3/7 ConnectionGetStatus {
            /// Connection handle.
            connection: u8,
        }
        /// Sets whether devices may bond.
        5/1 SmSetBondableMode {
            /// 0 no, 1 yes.
            bondable: u8,
        }
        /// Sets whether the dongle itself advertises.
        6/1 GapSetMode {
            /// 0 not, 1 limited, 2 general, 3 broadcast, 4 user data; 0x80 enhanced broadcasting.
            discover: u8,
            /// 0 not, 1 directed, 2 undirected, 3 scannable.
            connect: u8,
        }
        /// Starts a scan.
        6/2 GapDiscover {
            /// A [`DiscoverMode`] as a number.
            mode: u8,
        }
        /// Connects as soon as the address is heard.
        6/3 GapConnectDirect {
            /// 48-bit address.
            address: u64,
            /// 0 public, 1 random.
            address_type: u8,
            /// Shortest connection interval, in 1.25 ms: 6 to 3200.
            interval_min: u16,
            /// Longest connection interval, in 1.25 ms: 6 to 3200.
            interval_max: u16,
            /// Supervision timeout, in 10 ms: 10 to 3200.
            timeout: u16,
            /// Connection events that may be left out: 0 to 500.
            latency: u16,
        }
        /// Ends a scan or an attempt to connect.
        6/4 GapEndProcedure {}
        /// Sets which advertisements are reported.
        6/6 GapSetFiltering {
            /// 0 all, 1 those of the whitelist.
            scan_policy: u8,
            /// Who may scan and connect to the dongle: 0 all.
            adv_policy: u8,
            /// 0 reports every packet, 1 leaves out repeated ones.
            duplicates: u8,
        }
        /// Sets how a scan listens. A window as long as the interval listens all the time.
        6/7 GapSetScanParameters {
            /// From one window to the next, in 625 µs: 4 to 16384.
            interval: u16,
            /// How long it listens, in 625 µs: 4 to 16384, at most the interval.
            window: u16,
            /// 1 asks advertisers for scan responses.
            active: u8,
        }
        /// Sets how the dongle itself advertises.
        6/8 GapSetAdvParameters {
            /// Shortest interval, in 625 µs.
            interval_min: u16,
            /// Longest interval, in 625 µs.
            interval_max: u16,
            /// Bits 0 to 2: channels 37 to 39.
            channels: u8,
        }
        /// Sets what the dongle itself advertises.
        6/9 GapSetAdvData {
            /// 0 the advertisement, 1 the scan response.
            scan_response: u8,
            /// AD structures.
            data: AdvertisingData,
        }
        /// Sets the transmit power.
        7/12 HardwareSetTxpower {
            /// 0 to 15.
            power: u8,
        }
    }
}

/// Which advertisers a scan reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DiscoverMode {
    /// Those whose Flags say limited discoverable.
    Limited = 0,
    /// Those whose Flags say limited or general discoverable.
    Generic = 1,
    /// All, those without Flags too.
    Observation = 2,
}

impl TryFrom<u8> for DiscoverMode {
    type Error = u8;

    fn try_from(mode: u8) -> Result<Self, u8> {
        match mode {
            0 => Ok(Self::Limited),
            1 => Ok(Self::Generic),
            2 => Ok(Self::Observation),
            other => Err(other),
        }
    }
}
