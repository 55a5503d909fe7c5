//! What a line of the dongle says, in either mode.

use super::codes::ErrorCode;
use super::firmware::Version;
use super::row::Row;

/// A decoded line. Borrowed from the decoder: gone when the next line comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// An advertisement or scan response.
    Row(Row<'a>),
    /// `SCANNING...`, or a reply with the action `scanning` in either spelling.
    ScanStarted {
        /// The command it belongs to; none in text mode.
        index: Option<u32>,
    },
    /// `SCAN COMPLETE`, or `SE`.
    ScanEnded {
        /// As above.
        index: Option<u32>,
    },
    /// Our command repeated: the echo of text mode, or line C of verbose mode.
    Command {
        /// Its number; none in text mode.
        index: Option<u32>,
        /// The command as the dongle read it.
        text: &'a [u8],
    },
    /// Line A: whether the dongle takes the command.
    Acknowledged {
        /// The command's number.
        index: u32,
        /// The verdict.
        code: ErrorCode,
    },
    /// Line R: an answer's data.
    Reply {
        /// The command's number.
        index: u32,
        /// The members that matter here.
        reply: Reply<'a>,
    },
    /// Line E: nothing more comes for the command, save rows.
    End {
        /// The command's number.
        index: u32,
    },
    /// A line with a number as its key: connections and notifications, not for scanners.
    Event {
        /// 776 write done, 777 notification, 779 MTU, and others.
        code: u32,
    },
    /// `OK`.
    Ok,
    /// `ERROR`, with what may stand behind it.
    Error(&'a [u8]),
    /// `VERBOSE ON` or `VERBOSE OFF`, never JSON.
    Verbose(bool),
    /// `ECHO ON` or `ECHO OFF`.
    Echo(bool),
    /// `Firmware Version: …` of `ATI`.
    Firmware(Version),
    /// `Advertising` or `Not Advertising`: the last line of `ATI` and of `AT+GAPSTATUS`.
    Advertising(bool),
    /// `Connected` or `Not Connected`.
    Connected(bool),
    /// `Bootloader on.`
    Bootloader,
    /// Printable and not known here, as most lines of `ATI` are.
    Text(&'a [u8]),
}

/// The members of a line R that clients are known to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reply<'a> {
    /// `hw`: contains `DA14683` on a Standard dongle.
    pub hardware: Option<&'a [u8]>,
    /// `fwVer`.
    pub firmware: Option<Version>,
    /// `gap_role`.
    pub role: Option<&'a [u8]>,
    /// `own_mac_addr`.
    pub own_address: Option<&'a [u8]>,
    /// `action`, beside the index or in `evt`; never `scanning`, which is its own line.
    pub action: Option<&'a [u8]>,
}
