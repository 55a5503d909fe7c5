use super::fields::{Bytes, messages, record};
use super::{Command, ResultCode};

record! {
    /// Versions of firmware and hardware. A later reference gives the last three two bytes each; this
    /// form, of 12 bytes, is that of the v2.3 documentation and of the clients in use.
    pub struct Info {
        /// Major version of the firmware.
        pub major: u16,
        /// Minor version.
        pub minor: u16,
        /// Patch level.
        pub patch: u16,
        /// Build number.
        pub build: u16,
        /// Version of the link layer.
        pub link_layer: u16,
        /// Version of BGAPI.
        pub protocol: u8,
        /// Kind of hardware.
        pub hardware: u8,
    }
}

messages! {
    /// The dongle's answer to a command.
    pub enum Response as COMMAND {
        /// It is alive.
        0/1 SystemHello {}
        /// Its own address.
        0/2 SystemAddressGet {
            /// 48-bit address.
            address: u64,
        }
        /// Packets since the last answer.
        0/5 SystemGetCounters {
            /// Sent.
            tx_ok: u8,
            /// Sent again.
            tx_retry: u8,
            /// Received.
            rx_ok: u8,
            /// Received damaged.
            rx_fail: u8,
            /// Buffers that are free.
            buffers_free: u8,
        }
        /// Status events follow.
        0/6 SystemGetConnections {
            /// How many connections it can hold.
            max: u8,
        }
        /// Versions.
        0/8 SystemGetInfo {
            /// Of firmware and hardware.
            info: Info,
        }
        /// Whether the bytes were sent.
        0/9 SystemEndpointTx {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the address was added.
        0/10 SystemWhitelistAppend {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the address was taken off.
        0/11 SystemWhitelistRemove {
            /// Whether it was done.
            result: ResultCode,
        }
        /// The whitelist is empty.
        0/12 SystemWhitelistClear {}
        /// What was read.
        0/13 SystemEndpointRx {
            /// Whether it was done.
            result: ResultCode,
            /// The bytes.
            data: Bytes,
        }
        /// Whether the marks were set.
        0/14 SystemEndpointSetWatermarks {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the connection ends; an event says when it did.
        3/0 ConnectionDisconnect {
            /// Connection handle.
            connection: u8,
            /// Whether it will be done.
            result: ResultCode,
        }
        /// The strength of a connection.
        3/1 ConnectionGetRssi {
            /// Connection handle.
            connection: u8,
            /// dBm.
            rssi: i8,
        }
        /// A status event follows.
        3/7 ConnectionGetStatus {
            /// Connection handle.
            connection: u8,
        }
        /// The mode is set.
        5/1 SmSetBondableMode {}
        /// Whether the mode was set.
        6/1 GapSetMode {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the scan started; wrong state when there is one already.
        6/2 GapDiscover {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether it tries; a status event says that it connected.
        6/3 GapConnectDirect {
            /// Whether it tries.
            result: ResultCode,
            /// Connection handle.
            connection: u8,
        }
        /// Whether something was ended; wrong state when nothing was running.
        6/4 GapEndProcedure {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the filter was set.
        6/6 GapSetFiltering {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the parameters were set.
        6/7 GapSetScanParameters {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the parameters were set.
        6/8 GapSetAdvParameters {
            /// Whether it was done.
            result: ResultCode,
        }
        /// Whether the data was set.
        6/9 GapSetAdvData {
            /// Whether it was done.
            result: ResultCode,
        }
        /// The power is set.
        7/12 HardwareSetTxpower {}
    }
}

impl Response {
    /// The result it carries; `None` for answers that cannot fail.
    pub fn result(&self) -> Option<ResultCode> {
        match *self {
            Self::SystemEndpointTx { result }
            | Self::SystemWhitelistAppend { result }
            | Self::SystemWhitelistRemove { result }
            | Self::SystemEndpointRx { result, .. }
            | Self::SystemEndpointSetWatermarks { result }
            | Self::ConnectionDisconnect { result, .. }
            | Self::GapSetMode { result }
            | Self::GapDiscover { result }
            | Self::GapConnectDirect { result, .. }
            | Self::GapEndProcedure { result }
            | Self::GapSetFiltering { result }
            | Self::GapSetScanParameters { result }
            | Self::GapSetAdvParameters { result }
            | Self::GapSetAdvData { result } => Some(result),
            _ => None,
        }
    }

    /// The answer to `command` that says only `result`; `None` where the answer cannot say one.
    pub(super) fn with_result(command: &Command, result: ResultCode) -> Option<Self> {
        Some(match *command {
            Command::SystemEndpointTx { .. } => Self::SystemEndpointTx { result },
            Command::SystemWhitelistAppend { .. } => Self::SystemWhitelistAppend { result },
            Command::SystemWhitelistRemove { .. } => Self::SystemWhitelistRemove { result },
            Command::SystemEndpointRx { .. } => Self::SystemEndpointRx { result, data: Bytes::EMPTY },
            Command::SystemEndpointSetWatermarks { .. } => Self::SystemEndpointSetWatermarks { result },
            Command::ConnectionDisconnect { connection } => Self::ConnectionDisconnect { connection, result },
            Command::GapSetMode { .. } => Self::GapSetMode { result },
            Command::GapDiscover { .. } => Self::GapDiscover { result },
            Command::GapConnectDirect { .. } => Self::GapConnectDirect { result, connection: 0 },
            Command::GapEndProcedure {} => Self::GapEndProcedure { result },
            Command::GapSetFiltering { .. } => Self::GapSetFiltering { result },
            Command::GapSetScanParameters { .. } => Self::GapSetScanParameters { result },
            Command::GapSetAdvParameters { .. } => Self::GapSetAdvParameters { result },
            Command::GapSetAdvData { .. } => Self::GapSetAdvData { result },
            _ => return None,
        })
    }
}
