//! What a host tells the dongle: a line of text ended by CR, or a single byte.

use std::fmt;

use crate::advertising::{AddressType, address_to_le};

/// Ends a scan; no CR behind it. Harmless when nothing runs.
pub const STOP: u8 = 0x03;

/// A command of the list in the vendor's documentation, as far as a scanner needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Nothing but the line end: finishes what an earlier process left half written.
    Empty,
    /// Leaves the bootloader's prompt; an unknown command otherwise.
    Quit,
    /// Firmware, hardware and state.
    Information,
    /// Whether commands are repeated.
    Echo(bool),
    /// JSON or text.
    Verbose(bool),
    /// Scanning and being scanned.
    Dual,
    /// Scanning only: for firmware that knows no other such role.
    Central,
    /// Whether rows of the two scans below have an RSSI.
    ShowRssi(bool),
    /// Whether those rows have the address type.
    ShowAddressType(bool),
    /// How to listen.
    ScanParameters(ScanParameters),
    /// Every packet that contains these bytes, or every packet. Repeats an advertiser, unlike
    /// `AT+GAPSCAN`, which names each about once per scan.
    FindScanData(Vec<u8>),
    /// Every packet; the spelling without the equals sign.
    FindAll,
    /// Every packet of one advertiser.
    ScanTarget {
        /// Its 48-bit address.
        address: u64,
        /// And of which type that is.
        address_type: AddressType,
    },
}

/// `AT+SCANPARAM`. The numbers for mode and type are those of the chip vendor's SDK (DA1468x,
/// `gap_scan_mode_t` and `gap_scan_type_t`); the dongle's documentation does not confirm them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanParameters {
    /// 0 general, 1 limited discoverable only, 2 every advertiser.
    pub mode: u8,
    /// 0 active, 1 passive.
    pub scan_type: u8,
    /// From the beginning of one window to that of the next, in milliseconds.
    pub interval_ms: u16,
    /// How much of it is listened to, in milliseconds.
    pub window_ms: u16,
    /// Whether an advertiser is told once only.
    pub filter_duplicates: bool,
}

impl ScanParameters {
    /// Every packet of every advertiser, always listening, asking nobody.
    pub const EVERYTHING: Self =
        Self { mode: 2, scan_type: 1, interval_ms: 100, window_ms: 100, filter_duplicates: false };

    /// The same, asking each advertiser for its scan response, where most have their name.
    pub const ASKING: Self = Self { scan_type: 0, ..Self::EVERYTHING };
}

impl Command {
    /// Appends the command with its line end.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_string().as_bytes());
        out.push(b'\r');
    }
}

impl fmt::Display for Command {
    /// Without the line end, as the dongle's echo repeats it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Quit => f.write_str("QUIT"),
            Self::Information => f.write_str("ATI"),
            Self::Echo(on) => write!(f, "ATE{}", u8::from(*on)),
            Self::Verbose(on) => write!(f, "ATV{}", u8::from(*on)),
            Self::Dual => f.write_str("AT+DUAL"),
            Self::Central => f.write_str("AT+CENTRAL"),
            Self::ShowRssi(on) => write!(f, "AT+SHOWRSSI={}", u8::from(*on)),
            Self::ShowAddressType(on) => write!(f, "ATSAT{}", u8::from(*on)),
            Self::ScanParameters(p) => write!(
                f,
                "AT+SCANPARAM={}={}={}={}={}",
                p.mode,
                p.scan_type,
                p.interval_ms,
                p.window_ms,
                u8::from(p.filter_duplicates)
            ),
            Self::FindScanData(pattern) => {
                f.write_str("AT+FINDSCANDATA=")?;
                pattern.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
            }
            Self::FindAll => f.write_str("AT+FINDSCANDATA"),
            Self::ScanTarget { address, address_type } => {
                let kind = match address_type {
                    AddressType::Public => 0,
                    AddressType::Random => 1,
                };
                let [a, b, c, d, e, g] = address_to_le(*address);
                write!(f, "AT+SCANTARGET=[{kind}]{g:02X}:{e:02X}:{d:02X}:{c:02X}:{b:02X}:{a:02X}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_written_as_the_vendor_documents_them() {
        let target = Command::ScanTarget { address: 0x3063_C5D0_B1DE, address_type: AddressType::Random };
        for (command, text) in [
            (Command::Empty, "\r"),
            (Command::Verbose(true), "ATV1\r"),
            (Command::FindScanData(vec![]), "AT+FINDSCANDATA=\r"),
            (Command::FindScanData(vec![0xFF, 0x5B, 0x07]), "AT+FINDSCANDATA=FF5B07\r"),
            (target, "AT+SCANTARGET=[1]30:63:C5:D0:B1:DE\r"),
            (Command::ScanParameters(ScanParameters::EVERYTHING), "AT+SCANPARAM=2=1=100=100=0\r"),
        ] {
            let mut out = Vec::new();
            command.encode(&mut out);
            assert_eq!(out, text.as_bytes());
        }
    }
}
