//! The commands a dongle carries out, each from the firmware on that has it.

use super::super::codes::ErrorCode;
use super::super::command::ScanParameters;
use super::super::firmware::Version;
use super::super::row;
use super::reply::Reply;
use super::scan::{Kind, Scan, colons};
use super::{Boot, Device, Role};
use crate::advertising::AddressType;

impl Device {
    /// Carries out a command that came whole; the answer is on its way at `due_us`.
    pub(super) fn execute(&mut self, command: &str, due_us: u64) {
        let (name, argument) = match command.split_once('=') {
            Some((name, argument)) => (name.to_ascii_uppercase(), Some(argument)),
            None => (command.to_ascii_uppercase(), None),
        };
        match self.scan_of(&name, argument) {
            Some(Ok((kind, seconds))) => return self.start_scan(command, kind, seconds, due_us),
            Some(Err(code)) => return self.answer(command, &Reply::refused(code), due_us),
            None => {}
        }
        match (name.as_str(), argument) {
            ("ATV0" | "ATV1", None) if self.has(Version::FIRST_VERBOSE) => {
                self.shown.verbose = name == "ATV1";
                let text = if self.shown.verbose { "\r\nVERBOSE ON\r\n" } else { "\r\nVERBOSE OFF\r\n" };
                self.output.send(due_us, text.into(), &self.settings.faults);
            }
            ("ATR", None) => {
                self.answer(command, &Reply::ok(), due_us);
                self.reset(due_us);
            }
            ("ATB", None) if self.settings.firmware.is_pro() => {
                let reply = Reply::ok().with("\"action\":\"bootloader on\"", "OK\r\nBootloader on.\r\n>");
                self.answer(command, &reply, due_us);
                self.bootloader = Some(Boot { until_us: None });
            }
            _ => {
                let reply = self.reply(&name, argument).unwrap_or_else(Reply::refused);
                self.answer(command, &reply, due_us);
            }
        }
    }

    fn has(&self, since: Version) -> bool {
        self.settings.firmware.has(since)
    }

    fn reply(&mut self, name: &str, argument: Option<&str>) -> Result<Reply, ErrorCode> {
        let switch = |on: bool| format!("{on}");
        Ok(match (name, argument) {
            ("AT", None) => Reply::ok(),
            ("ATI", None) => self.information(),
            ("ATE0" | "ATE1", None) => {
                self.echo = name == "ATE1";
                let text = if self.echo { "ECHO ON" } else { "ECHO OFF" };
                Reply::ok().with(format!("\"echo\":{}", self.echo), text)
            }
            ("ATA0", None) => Reply::ok().with("\"showAscii\":false", "Show Ascii Off!"),
            ("ATA1", None) => Reply::ok().with("\"showAscii\":true", "Show Ascii On!"),
            ("AT+CENTRAL", None) => self.take_role(Role::Central),
            ("AT+PERIPHERAL", None) => self.take_role(Role::Peripheral),
            ("AT+DUAL", None) if self.has(Version::DUAL) => self.take_role(Role::Dual),
            ("AT+GAPSTATUS", None) => self.status(),
            ("AT+GETMAC", None) if self.has(Version::VERBOSE) => {
                let own = colons(self.settings.own_address);
                Reply::ok().with(format!("\"own_mac_addr\":\"{own}\""), format!("OWN MAC ADDRESS:{own}"))
            }
            ("AT+SHOWRSSI", _) if self.has(Version::SHOW_RSSI) => {
                self.shown.rssi = flag(argument, self.shown.rssi)?;
                Reply {
                    lines: vec![],
                    ..Reply::ok().with(format!("\"showRSSI\":{}", switch(self.shown.rssi)), "")
                }
            }
            // Taken, without effect: the vendor's words leave open which rows it keeps.
            ("AT+FRSSI", _) if self.has(Version::SHOW_RSSI) => Reply::ok(),
            ("AT+SCANFILTER", _) if self.has(Version::SCAN_FILTER) => {
                argument.map_or(Ok(()), |argument| self.shown.filter.set(argument)).map(|()| Reply::ok())?
            }
            ("AT+CONNSCANPARAM", _) if self.has(Version::SCAN_PARAMETERS) => Reply::ok(),
            ("AT+SCANPARAM", _) if self.has(Version::SCAN_PARAMETERS) => self.scan_parameters(argument)?,
            ("ATSAT0" | "ATSAT1", None) if self.has(Version::SHOW_ADDRESS_TYPE) => {
                self.shown.address_type = name == "ATSAT1";
                Reply::ok()
            }
            ("ATASSN0" | "ATASSN1", None) if self.has(Version::SCAN_PARAMETERS) => {
                self.shown.name = name == "ATASSN1";
                let text = if self.shown.name { "Show Scan Name On" } else { "Show Scan Name Off" };
                Reply { members: vec![], ..Reply::ok().with("", text) }
            }
            ("ATASSM0" | "ATASSM1", None) if self.has(Version::SCAN_PARAMETERS) => {
                self.shown.company = name == "ATASSM1";
                Reply::ok()
            }
            ("ATDS0" | "ATDS1", None) => Reply::ok(),
            ("ATSRA0" | "ATSRA1" | "ATSIV0" | "ATSIV1", None) if self.has(Version::SCAN_PARAMETERS) => {
                Reply::ok()
            }
            ("ATES", _) if self.settings.firmware.is_pro() => flag(argument, false).map(|_| Reply::ok())?,
            ("AT+CANCELCONNECT", None) => return Err(ErrorCode::FAILED),
            _ => return Err(ErrorCode::NOT_SUPPORTED),
        })
    }

    fn information(&self) -> Reply {
        let (chip, name) =
            if self.settings.firmware.is_pro() { ("DA14695", "BleuIO Pro") } else { ("DA14683", "BleuIO") };
        let version = self.settings.firmware;
        let mut reply = Reply::ok()
            .with(format!("\"hw\":\"{chip} ({name})\",\"name\":\"{name}\""), name)
            .with(format!("\"fwVer\":\"{version}\""), format!("Firmware Version: {version}"));
        reply.lines.extend(self.status().lines);
        reply
    }

    fn status(&self) -> Reply {
        let (word, title) = match self.role {
            Role::Peripheral => ("peripheral", "Peripheral role"),
            Role::Central => ("central", "Central role"),
            Role::Dual => ("dual", "Dual role"),
        };
        let mut reply = Reply::ok()
            .with(format!("\"gap_role\":\"{word}\",\"connected\":false,\"advertising\":false"), title);
        reply.lines.extend(["Not Connected".to_owned(), "Not Advertising".to_owned()]);
        reply
    }

    fn take_role(&mut self, role: Role) -> Reply {
        let was = std::mem::replace(&mut self.role, role);
        Reply::refused(if was == role { ErrorCode::ALREADY } else { ErrorCode::OK })
    }

    fn scan_parameters(&mut self, argument: Option<&str>) -> Result<Reply, ErrorCode> {
        if let Some(argument) = argument {
            self.parameters = parse_parameters(argument).ok_or(ErrorCode::INVALID_PARAMETER)?;
        }
        Ok(Reply::ok())
    }

    /// A scan command: which, and for how many seconds; `None` for other commands.
    fn scan_of(&self, name: &str, argument: Option<&str>) -> Option<Result<(Kind, Option<u32>), ErrorCode>> {
        let invalid = ErrorCode::INVALID_PARAMETER;
        let parsed = match name {
            "AT+GAPSCAN" => match argument {
                None => Ok((Kind::Names, None)),
                Some(seconds) => parse_seconds(seconds).map(|s| (Kind::Names, Some(s))).ok_or(invalid),
            },
            "AT+FINDSCANDATA" => {
                with_seconds(argument.unwrap_or_default()).ok_or(invalid).and_then(|(pattern, seconds)| {
                    let is_hex = pattern.bytes().all(|b| b.is_ascii_hexdigit());
                    let kind = Kind::Data(pattern.to_ascii_uppercase());
                    if is_hex { Ok((kind, seconds)) } else { Err(invalid) }
                })
            }
            "AT+SCANTARGET" => with_seconds(argument.unwrap_or_default())
                .and_then(|(target, seconds)| {
                    let (address_type, address) = row::typed_address(target.as_bytes())?;
                    Some((Kind::Target(address_type.unwrap_or(AddressType::Public), address), seconds))
                })
                .ok_or(invalid),
            _ => return None,
        };
        let allowed = if self.role == Role::Peripheral { Err(ErrorCode::NOT_ALLOWED) } else { Ok(()) };
        Some(parsed.and_then(|scan| allowed.map(|()| scan)))
    }

    fn start_scan(&mut self, command: &str, kind: Kind, seconds: Option<u32>, due_us: u64) {
        let index = self.next_index;
        let text = match kind {
            Kind::Target(..) => "SCANNING TARGET DEVICE...",
            _ => "SCANNING...",
        };
        let reply = Reply::ok().with(self.shown.action("scanning"), text);
        self.answer(command, &reply, due_us);
        self.scan = Some(Scan::new(kind, index, due_us, seconds));
    }

    /// Everything back to how it comes up; the port goes.
    fn reset(&mut self, now_us: u64) {
        let mut settings = self.settings.clone();
        settings.earlier.clear();
        settings.faults.busy_commands = 0;
        let until_us = Some(now_us.saturating_add(settings.bootloader_us));
        let output = self.output.clone();
        *self = Self::new(settings, self.scene.clone());
        self.output = output;
        self.bootloader = Some(Boot { until_us });
    }
}

fn flag(argument: Option<&str>, now: bool) -> Result<bool, ErrorCode> {
    match argument {
        None => Ok(now),
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(ErrorCode::INVALID_PARAMETER),
    }
}

fn parse_seconds(text: &str) -> Option<u32> {
    text.parse().ok().filter(|&seconds| seconds > 0)
}

/// `what` or `what=seconds`.
fn with_seconds(argument: &str) -> Option<(&str, Option<u32>)> {
    match argument.split_once('=') {
        None => Some((argument, None)),
        Some((what, seconds)) => Some((what, Some(parse_seconds(seconds)?))),
    }
}

fn parse_parameters(argument: &str) -> Option<ScanParameters> {
    let numbers: Vec<u16> = argument.split('=').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let &[mode @ 0..=2, scan_type @ 0..=1, interval_ms, window_ms, duplicates @ 0..=1] = numbers.as_slice()
    else {
        return None;
    };
    let fits = window_ms > 0 && window_ms <= interval_ms;
    fits.then_some(ScanParameters {
        mode: u8::try_from(mode).ok()?,
        scan_type: u8::try_from(scan_type).ok()?,
        interval_ms,
        window_ms,
        filter_duplicates: duplicates == 1,
    })
}
