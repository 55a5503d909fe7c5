use std::fmt;

use crate::bgapi::{Command, DiscoverMode, Response};

/// 125 ms, in 625 µs: as long as the interval, so that the receiver is always on.
const SCAN_TIME: u16 = 200;

/// Connections that a BLED112 can hold.
const CONNECTIONS: u8 = 3;

/// One step of the start-up, in this order; all but the first send a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Hears whether a scan is left over.
    Listen,
    /// Ends what runs; that nothing runs is fine.
    EndProcedure,
    /// Ends the connection of this handle; that there is none is fine.
    Disconnect(u8),
    /// Asks for a sign of life.
    Hello,
    /// Asks for versions.
    GetInfo,
    /// Asks for the dongle's own address.
    GetAddress,
    /// Asks for packet counters, which clears them.
    GetCounters,
    /// Has the dongle itself not advertise.
    SetMode,
    /// Has every packet of all devices reported.
    SetFiltering,
    /// Has the receiver always on.
    SetScanParameters,
    /// Starts the scan.
    Discover,
}

impl Step {
    /// The step after this one; `None` after the last.
    pub(super) fn next(self) -> Option<Self> {
        Some(match self {
            Self::Listen => Self::EndProcedure,
            Self::EndProcedure => Self::Disconnect(0),
            Self::Disconnect(handle) if handle + 1 < CONNECTIONS => Self::Disconnect(handle + 1),
            Self::Disconnect(_) => Self::Hello,
            Self::Hello => Self::GetInfo,
            Self::GetInfo => Self::GetAddress,
            Self::GetAddress => Self::GetCounters,
            Self::GetCounters => Self::SetMode,
            Self::SetMode => Self::SetFiltering,
            Self::SetFiltering => Self::SetScanParameters,
            Self::SetScanParameters => Self::Discover,
            Self::Discover => return None,
        })
    }

    /// What to send; `None` for listening. The scan `asks` for scan responses or only listens.
    pub(super) fn command(self, asks: bool) -> Option<Command> {
        Some(match self {
            Self::Listen => return None,
            Self::EndProcedure => Command::GapEndProcedure {},
            Self::Disconnect(connection) => Command::ConnectionDisconnect { connection },
            Self::Hello => Command::SystemHello {},
            Self::GetInfo => Command::SystemGetInfo {},
            Self::GetAddress => Command::SystemAddressGet {},
            Self::GetCounters => Command::SystemGetCounters {},
            Self::SetMode => Command::GapSetMode { discover: 0, connect: 0 },
            Self::SetFiltering => Command::GapSetFiltering { scan_policy: 0, adv_policy: 0, duplicates: 0 },
            Self::SetScanParameters => {
                let active = u8::from(asks);
                Command::GapSetScanParameters { interval: SCAN_TIME, window: SCAN_TIME, active }
            }
            Self::Discover => Command::GapDiscover { mode: DiscoverMode::Observation as u8 },
        })
    }

    /// Whether this is the answer to the step's command.
    pub(super) fn is_answered_by(self, response: &Response) -> bool {
        if let (Self::Disconnect(handle), Response::ConnectionDisconnect { connection, .. }) =
            (self, response)
        {
            return handle == *connection;
        }
        self.command(false).is_some_and(|command| command.id() == response.id())
    }

    /// Whether a scan runs as well on firmware that does not have the command.
    pub(super) fn is_optional(self) -> bool {
        matches!(self, Self::GetInfo | Self::GetAddress | Self::GetCounters | Self::SetFiltering)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listen => "listen",
            Self::EndProcedure => "end procedure",
            Self::Disconnect(_) => "disconnect",
            Self::Hello => "hello",
            Self::GetInfo => "get info",
            Self::GetAddress => "get address",
            Self::GetCounters => "get counters",
            Self::SetMode => "set mode",
            Self::SetFiltering => "set filtering",
            Self::SetScanParameters => "set scan parameters",
            Self::Discover => "discover",
        })
    }
}
