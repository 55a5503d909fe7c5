//! A running scan: whom it lets through, how often, and the rows it writes.

use std::collections::HashMap;
use std::fmt::Write;

use super::{ScanState, Shown};
use crate::advertising::{self, AddressType};
use crate::bleuio::ScanParameters;
use crate::link_layer::PduType;
use crate::radio::{Advertiser, Heard};

/// Which command started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `AT+GAPSCAN`: each advertiser once, and once more when its name comes.
    Names,
    /// `AT+FINDSCANDATA`: packets whose data in hexadecimal contain this.
    Data(String),
    /// `AT+SCANTARGET`.
    Target(AddressType, u64),
}

/// What an advertiser was told as: its number in the list and which packets were shown.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    number: usize,
    named: bool,
    advertisement: bool,
    response: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) kind: Kind,
    /// Of the command.
    pub(super) index: u32,
    pub(super) began_us: u64,
    /// Without it the scan runs until the stop byte.
    pub(super) ends_us: Option<u64>,
    told: HashMap<u64, Told>,
}

/// One packet of the air, as rows show it.
struct Packet<'a> {
    advertiser: &'a Advertiser,
    rssi_dbm: i8,
    data: &'a [u8],
    is_response: bool,
}

impl Scan {
    pub(super) fn new(kind: Kind, index: u32, began_us: u64, seconds: Option<u32>) -> Self {
        let ends_us = seconds.map(|s| began_us.saturating_add(u64::from(s) * 1_000_000));
        Self { kind, index, began_us, ends_us, told: HashMap::new() }
    }

    /// The rows for an advertisement and, when the scan asks for it, its response.
    pub(super) fn rows(
        &mut self,
        heard: Heard,
        advertiser: &Advertiser,
        parameters: ScanParameters,
        shown: &Shown,
    ) -> Vec<String> {
        let interval_us = u64::from(parameters.interval_ms.max(1)) * 1_000;
        let window_us = u64::from(parameters.window_ms) * 1_000;
        let is_heard = heard.t_us >= self.began_us && heard.t_us % interval_us < window_us;
        if !is_heard {
            return Vec::new();
        }
        let packet = |data, is_response| Packet { advertiser, rssi_dbm: heard.rssi_dbm, data, is_response };
        let response = advertiser.scan_response().filter(|_| parameters.scan_type == 0);
        let packets = [
            Some(packet(advertiser.data().as_slice(), false)),
            response.map(|response| packet(response.as_slice(), true)),
        ];
        let rows = packets.into_iter().flatten();
        rows.filter_map(|packet| self.row(&packet, parameters.filter_duplicates, shown)).collect()
    }

    fn row(&mut self, packet: &Packet<'_>, once: bool, shown: &Shown) -> Option<String> {
        let address = packet.advertiser.address();
        let name = advertising::local_name(packet.data);
        match &self.kind {
            Kind::Target(kind, target) if (*kind, *target) != (packet.advertiser.address_type(), address) => {
                return None;
            }
            Kind::Names | Kind::Data(_) if !shown.filter.passes(packet.data) => return None,
            Kind::Data(pattern) if !hex(packet.data).contains(pattern.as_str()) => return None,
            _ => {}
        }
        let next = self.told.len() + 1;
        let is_new = !self.told.contains_key(&address);
        let told = self.told.entry(address).or_insert(Told { number: next, ..Told::default() });
        if self.kind == Kind::Names {
            let name_is_new = name.is_some() && !told.named;
            told.named |= name.is_some();
            return (is_new || name_is_new).then(|| shown.device_row(self.index, told.number, packet, name));
        }
        let seen = if packet.is_response { &mut told.response } else { &mut told.advertisement };
        let repeated = std::mem::replace(seen, true);
        let code = if matches!(self.kind, Kind::Target(..)) { "ST" } else { "SF" };
        (!(once && repeated)).then(|| shown.data_row(code, self.index, packet, name))
    }
}

impl Shown {
    fn device_row(&self, index: u32, number: usize, packet: &Packet<'_>, name: Option<&[u8]>) -> String {
        let address = typed(packet.advertiser);
        let rssi = packet.rssi_dbm;
        let name = name.map(printable);
        match (self.verbose, name) {
            (true, Some(name)) => {
                format!("{{\"S\":{index},\"rssi\":{rssi},\"addr\":\"{address}\",\"name\":\"{name}\"}}\r\n")
            }
            (true, None) => format!("{{\"S\":{index},\"rssi\":{rssi},\"addr\":\"{address}\"}}\r\n"),
            (false, Some(name)) => format!("[{number:02}] Device: {address}  RSSI: {rssi} ({name})\r\n"),
            (false, None) => format!("[{number:02}] Device: {address}  RSSI: {rssi}\r\n"),
        }
    }

    fn data_row(&self, code: &str, index: u32, packet: &Packet<'_>, name: Option<&[u8]>) -> String {
        let advertiser = packet.advertiser;
        let address = if self.address_type { typed(advertiser) } else { colons(advertiser.address()) };
        let (rssi, data) = (packet.rssi_dbm, hex(packet.data));
        let mut row = String::new();
        // Writing to a String cannot fail.
        if self.verbose {
            let rssi = if self.rssi { format!("\"rssi\":{rssi},") } else { String::new() };
            let kind = if packet.is_response { self.response_type } else { event_type(advertiser) };
            let _ = write!(row, "{{\"{code}\":{index},{rssi}\"addr\":\"{address}\",");
            let _ = write!(row, "\"type\":{kind},\"data\":\"{data}\"}}\r\n");
            return row;
        }
        row.push_str("\r\n");
        if self.rssi {
            let _ = write!(row, "RSSI: {rssi} ");
        }
        let _ = write!(row, "[{address}] ");
        if let Some(name) = name.filter(|_| self.name) {
            let _ = write!(row, "({}) ", printable(name));
        }
        if let Some((company, _)) =
            advertising::manufacturer_data(packet.data).next().filter(|_| self.company)
        {
            let _ = write!(row, "[MFSID: {:04X}] ", company.swap_bytes());
        }
        let kind = if packet.is_response { "RESP" } else { "ADV" };
        let _ = write!(row, "Device Data [{kind}]: {data}\r\n");
        row
    }

    /// That a scan began or ended, after the index.
    pub(super) fn action(&self, action: &str) -> String {
        match self.scan_state {
            ScanState::Flat => format!("\"action\":\"{action}\""),
            ScanState::Nested => format!("\"evt\":{{\"action\":\"{action}\"}}"),
        }
    }
}

/// The numbers of HCI and of the chip vendor's SDK.
fn event_type(advertiser: &Advertiser) -> u8 {
    match advertiser.pdu_type() {
        PduType::AdvDirectInd => 1,
        PduType::AdvScanInd => 2,
        PduType::AdvNonconnInd => 3,
        _ => 0,
    }
}

pub(super) fn colons(address: u64) -> String {
    let [a, b, c, d, e, f] = advertising::address_to_le(address);
    format!("{f:02X}:{e:02X}:{d:02X}:{c:02X}:{b:02X}:{a:02X}")
}

fn typed(advertiser: &Advertiser) -> String {
    let kind = match advertiser.address_type() {
        AddressType::Public => 0,
        AddressType::Random => 1,
    };
    format!("[{kind}]{}", colons(advertiser.address()))
}

fn hex(data: &[u8]) -> String {
    data.iter().fold(String::with_capacity(data.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Text that can stand between quotes as it is.
pub(super) fn printable(text: &[u8]) -> String {
    let clean = |c: char| if c.is_control() || matches!(c, '"' | '\\') { '?' } else { c };
    String::from_utf8_lossy(text).chars().map(clean).collect()
}
