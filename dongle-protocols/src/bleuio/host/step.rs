//! The steps of a start and of a stop, in order, and what each of them sends.

use std::fmt;

use super::super::command::Command;
use super::super::firmware::Version;
use super::{Request, Target};

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ending what an earlier process left running.
    StopLeftOver,
    /// Asking for verbose mode: the first answer of the dongle.
    Verbose,
    /// Turning the echo off.
    Echo,
    /// Asking for the firmware.
    Information,
    /// Taking a role that scans: dual, or central where that is refused.
    Role,
    /// The same with the role of old firmware.
    OldRole,
    /// Having rows say their RSSI.
    ShowRssi,
    /// Having rows say their address type.
    ShowAddressType,
    /// Having it listen all the time.
    ScanParameters,
    /// Starting the scan.
    Scan,
    /// Ending it.
    StopScan,
    /// Back to text mode.
    RestoreText,
    /// Echo on again.
    RestoreEcho,
}

impl Step {
    /// What a step that needs an answer sends; `None` for the stop byte.
    pub(super) fn command(self, request: &Request, attempt: u32) -> Option<Command> {
        Some(match self {
            Self::StopLeftOver | Self::StopScan => return None,
            Self::Verbose => Command::Verbose(true),
            Self::Echo => Command::Echo(false),
            Self::Information => Command::Information,
            Self::Role => Command::Dual,
            Self::OldRole => Command::Central,
            Self::ShowRssi => Command::ShowRssi(true),
            Self::ShowAddressType => Command::ShowAddressType(true),
            Self::ScanParameters => Command::ScanParameters(request.parameters?),
            Self::Scan => match &request.target {
                // Two spellings are documented; which firmware wants which is not.
                Target::Everyone if attempt % 2 == 1 => Command::FindAll,
                Target::Everyone => Command::FindScanData(Vec::new()),
                Target::Containing(bytes) => Command::FindScanData(bytes.clone()),
                &Target::One { address, address_type } => Command::ScanTarget { address, address_type },
            },
            Self::RestoreText => Command::Verbose(false),
            Self::RestoreEcho => Command::Echo(true),
        })
    }

    /// The step behind this one, leaving out what the firmware is known not to have.
    pub(super) fn next(self, request: &Request, firmware: Option<Version>) -> Option<Self> {
        let next = match self {
            Self::StopLeftOver => Self::Verbose,
            Self::Verbose => Self::Echo,
            Self::Echo => Self::Information,
            Self::Information => Self::Role,
            Self::Role | Self::OldRole => Self::ShowRssi,
            Self::ShowRssi => Self::ShowAddressType,
            Self::ShowAddressType => Self::ScanParameters,
            Self::ScanParameters => Self::Scan,
            Self::Scan | Self::RestoreEcho => return None,
            Self::StopScan => Self::RestoreText,
            Self::RestoreText => Self::RestoreEcho,
        };
        let lacks = |since| firmware.is_some_and(|version| !version.has(since));
        let skip = match next {
            Self::ShowAddressType => lacks(Version::SHOW_ADDRESS_TYPE),
            Self::ScanParameters => request.parameters.is_none() || lacks(Version::SCAN_PARAMETERS),
            _ => false,
        };
        if skip { next.next(request, firmware) } else { Some(next) }
    }

    /// How long the first answer may take, in µs. Real dongles take milliseconds.
    pub(super) fn limit_us(self) -> u64 {
        match self {
            Self::StopScan => 1_000_000,
            Self::RestoreText | Self::RestoreEcho => 500_000,
            _ => 2_000_000,
        }
    }

    /// How often it is sent when no answer comes.
    pub(super) fn attempts(self) -> u32 {
        match self {
            Self::Verbose | Self::Scan => 4,
            Self::RestoreText | Self::RestoreEcho => 1,
            _ => 2,
        }
    }

    /// Whether there is no stream without it.
    pub(super) fn is_essential(self) -> bool {
        matches!(self, Self::Verbose | Self::Scan)
    }

    /// Whether it belongs to the end.
    pub(super) fn is_stopping(self) -> bool {
        matches!(self, Self::StopScan | Self::RestoreText | Self::RestoreEcho)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StopLeftOver => "ending an earlier scan",
            Self::Verbose => "asking for verbose mode",
            Self::Echo => "turning the echo off",
            Self::Information => "asking for the firmware",
            Self::Role | Self::OldRole => "taking the scanning role",
            Self::ShowRssi => "turning RSSI on",
            Self::ShowAddressType => "turning address types on",
            Self::ScanParameters => "setting the scan window",
            Self::Scan => "starting the scan",
            Self::StopScan => "ending the scan",
            Self::RestoreText => "going back to text mode",
            Self::RestoreEcho => "turning the echo on",
        })
    }
}
