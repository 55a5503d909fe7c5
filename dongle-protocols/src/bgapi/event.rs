use super::fields::{Bytes, messages, record};
use super::{Info, ResultCode, rssi};
use crate::advertising::{AddressType, AdvertisingData};
use crate::link_layer::PduType;

record! {
    /// One packet that a scan heard, as the dongle reports it.
    pub struct ScanResponse {
        /// dBm; see [`rssi`].
        pub rssi: i8,
        /// 0 connectable, 2 non-connectable, 4 scan response, 6 discoverable; others are tolerated.
        pub packet_type: u8,
        /// 48-bit address of the advertiser.
        pub sender: u64,
        /// 0 public, 1 random.
        pub address_type: u8,
        /// Bond handle, 0xFF for none.
        pub bond: u8,
        /// AD structures.
        pub data: AdvertisingData,
    }
}

/// A scan response event as the bench uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// 48-bit address of the advertiser.
    pub address: u64,
    /// Whether the address is registered or drawn.
    pub address_type: AddressType,
    /// What kind of packet it was; the numbers are those of the link layer.
    pub packet_type: PduType,
    /// From −127 to 20 dBm; `None` when the byte cannot be a signal strength.
    pub rssi_dbm: Option<i8>,
    /// AD structures.
    pub data: AdvertisingData,
}

impl From<ScanResponse> for Advertisement {
    fn from(event: ScanResponse) -> Self {
        Self {
            address: event.sender,
            address_type: if event.address_type == 0 { AddressType::Public } else { AddressType::Random },
            packet_type: if event.packet_type < 0x10 {
                PduType::from_header(event.packet_type)
            } else {
                PduType::Reserved(event.packet_type)
            },
            rssi_dbm: rssi::measured_dbm(event.rssi),
            data: event.data,
        }
    }
}

/// Bits of a connection's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionFlags;

impl ConnectionFlags {
    /// The connection is there.
    pub const CONNECTED: u8 = 1;
    /// It is encrypted.
    pub const ENCRYPTED: u8 = 2;
    /// It has just been made.
    pub const COMPLETED: u8 = 4;
    /// Its parameters have changed.
    pub const PARAMETERS_CHANGED: u8 = 8;
}

record! {
    /// How a connection stands.
    pub struct ConnectionStatus {
        /// Connection handle.
        pub connection: u8,
        /// Bits of [`ConnectionFlags`]; 0 for a handle not in use.
        pub flags: u8,
        /// 48-bit address of the other side.
        pub address: u64,
        /// 0 public, 1 random.
        pub address_type: u8,
        /// Connection interval, in 1.25 ms.
        pub interval: u16,
        /// Supervision timeout, in 10 ms.
        pub timeout: u16,
        /// Connection events that may be left out.
        pub latency: u16,
        /// Bond handle, 0xFF for none.
        pub bonding: u8,
    }
}

messages! {
    /// What the dongle says of its own accord.
    pub enum Event as EVENT {
        /// It has started. Not sent over USB; a stream that lost bytes can seem to hold one.
        0/0 SystemBoot {
            /// Versions of firmware and hardware.
            info: Info,
        }
        /// Debugging output of the firmware.
        0/1 SystemDebug {
            /// Not specified.
            data: Bytes,
        }
        /// An endpoint has received its mark of bytes.
        0/2 SystemEndpointWatermarkRx {
            /// Which endpoint.
            endpoint: u8,
            /// How many bytes.
            bytes: u8,
        }
        /// An endpoint has room for its mark of bytes.
        0/3 SystemEndpointWatermarkTx {
            /// Which endpoint.
            endpoint: u8,
            /// How many bytes.
            bytes: u8,
        }
        /// A script in the firmware failed.
        0/4 SystemScriptFailure {
            /// Where.
            address: u16,
            /// Why.
            reason: ResultCode,
        }
        /// The licence key is gone: the radio cannot be used.
        0/5 SystemNoLicenceKey {}
        /// The dongle could not read what the host sent (later firmware than the documentation).
        0/6 SystemProtocolError {
            /// Why.
            reason: ResultCode,
        }
        /// How a connection stands.
        3/0 ConnectionStatus {
            /// The connection.
            status: ConnectionStatus,
        }
        /// A connection has ended.
        3/4 ConnectionDisconnected {
            /// Connection handle.
            connection: u8,
            /// Why; 0 when this side ended it.
            reason: ResultCode,
        }
        /// A scan heard a packet.
        6/0 GapScanResponse {
            /// The packet.
            packet: ScanResponse,
        }
        /// Whether the dongle itself advertises has changed.
        6/1 GapModeChanged {
            /// As in the command.
            discover: u8,
            /// As in the command.
            connect: u8,
        }
    }
}
