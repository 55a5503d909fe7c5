//! Lines of verbose mode (`ATV1`): one JSON object each, known by its first key.

use crate::advertising::AddressType;

use super::codes::ErrorCode;
use super::firmware::Version;
use super::json::{Malformed, Members, Value};
use super::line::{Line, Reply};
use super::row::{self, NotARow, Packet, Row, Scratch};

impl From<Malformed> for NotARow {
    fn from(_: Malformed) -> Self {
        Self
    }
}

/// The members that any line here may have, wherever they stand.
#[derive(Default)]
struct Found<'a> {
    error: Option<u32>,
    command: Option<&'a [u8]>,
    rssi: Option<i8>,
    address: Option<(Option<AddressType>, u64)>,
    packet: Option<Packet>,
    hex: Option<&'a [u8]>,
    name: Option<&'a [u8]>,
    reply: Reply<'a>,
}

/// Reads a line that begins with a brace. Members that are not known are skipped: newer firmware
/// adds some, like the row index of `ATSIV1`, whose key no source shows.
pub(super) fn parse<'a>(line: &'a [u8], scratch: &'a mut Scratch) -> Result<Line<'a>, NotARow> {
    let mut members = Members::of_line(line)?;
    let (kind, first) = members.next()?.ok_or(NotARow)?;
    if kind.first().is_some_and(u8::is_ascii_digit) {
        while members.next()?.is_some() {}
        return number(kind).map(|code| Line::Event { code }).ok_or(NotARow);
    }
    let Value::Integer(index) = first else { return Err(NotARow) };
    let index = u32::try_from(index).map_err(|_| NotARow)?;
    let mut found = Found::default();
    found.read(members)?;
    Ok(match kind {
        b"C" => Line::Command { index: Some(index), text: found.command.ok_or(NotARow)? },
        b"A" => Line::Acknowledged { index, code: ErrorCode(found.error.ok_or(NotARow)?) },
        b"R" if found.reply.action == Some(b"scanning") => Line::ScanStarted { index: Some(index) },
        b"R" => Line::Reply { index, reply: found.reply },
        b"E" => Line::End { index },
        b"SE" => Line::ScanEnded { index: Some(index) },
        b"S" | b"SF" | b"ST" => Line::Row(found.row(scratch)?),
        _ => return Err(NotARow),
    })
}

impl<'a> Found<'a> {
    /// The members of a line, and of `evt` in it: the two spellings of the scan state.
    fn read(&mut self, mut members: Members<'a>) -> Result<(), NotARow> {
        while let Some((key, value)) = members.next()? {
            if let (b"evt", Value::Object(inside)) = (key, value) {
                let mut inside = Members::of_object(inside);
                while let Some((key, value)) = inside.next()? {
                    self.take(key, value)?;
                }
            } else {
                self.take(key, value)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: Value<'a>) -> Result<(), NotARow> {
        match (key, value) {
            (b"err", Value::Integer(error)) => self.error = u32::try_from(error).ok(),
            // The announcement of verbose mode calls the code hexadecimal.
            (b"err", Value::Text(text)) => {
                self.error = str::from_utf8(text)
                    .ok()
                    .and_then(|t| u32::from_str_radix(t.trim_start_matches("0x"), 16).ok());
            }
            (b"cmd", Value::Text(text)) => self.command = Some(text),
            (b"rssi", Value::Integer(value)) => self.rssi = row::rssi(value)?,
            (b"rssi", _) => return Err(NotARow),
            (b"addr", Value::Text(text)) => self.address = Some(row::typed_address(text).ok_or(NotARow)?),
            (b"type", Value::Integer(number)) => self.packet = Some(Packet::from_type(number)),
            (b"data", Value::Text(hex)) => self.hex = Some(hex),
            (b"name", Value::Text(name)) => self.name = Some(name),
            (b"hw", Value::Text(text)) => self.reply.hardware = Some(text),
            (b"fwVer", Value::Text(text)) => self.reply.firmware = Version::parse(text),
            (b"gap_role", Value::Text(text)) => self.reply.role = Some(text),
            (b"own_mac_addr", Value::Text(text)) => self.reply.own_address = Some(text),
            (b"action", Value::Text(text)) => self.reply.action = Some(text),
            _ => {}
        }
        Ok(())
    }

    fn row(self, scratch: &'a mut Scratch) -> Result<Row<'a>, NotARow> {
        let (address_type, address) = self.address.ok_or(NotARow)?;
        let data = self.hex.map(|hex| row::ad_data(hex, scratch).ok_or(NotARow)).transpose()?;
        Ok(Row { address, address_type, rssi_dbm: self.rssi, packet: self.packet, data, name: self.name })
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bleuio::row::SCRATCH;

    fn check(line: &str, expected: Result<Line<'_>, NotARow>) {
        assert_eq!(parse(line.as_bytes(), &mut SCRATCH.clone()), expected, "{line}");
    }

    #[test]
    fn each_kind_of_line_is_known() {
        check(
            r#"{"C":38,"cmd":"AT+FINDSCANDATA=FF5B07=2"}"#,
            Ok(Line::Command { index: Some(38), text: b"AT+FINDSCANDATA=FF5B07=2" }),
        );
        check(r#"{"A":38,"err":0,"errMsg":"ok"}"#, Ok(Line::Acknowledged { index: 38, code: ErrorCode::OK }));
        check(
            r#"{"A":3,"err":"0a","errMsg":"timeout"}"#,
            Ok(Line::Acknowledged { index: 3, code: ErrorCode(10) }),
        );
        check(r#"{"E":38,"nol":4}"#, Ok(Line::End { index: 38 }));
        check(
            r#"{777:"0000","evt":{"handle":"1502","hex":"0x01..","len":15}}"#,
            Ok(Line::Event { code: 777 }),
        );
        let version = Reply { firmware: Version::parse(b"2.7.9.51"), ..Reply::default() };
        check(r#"{"R":1,"fwVer":"2.7.9.51"}"#, Ok(Line::Reply { index: 1, reply: version }));
        let role = Reply { role: Some(b"dual"), ..Reply::default() };
        check(
            r#"{"R":1,"gap_role":"dual","connected":false,"advertising":false}"#,
            Ok(Line::Reply { index: 1, reply: role }),
        );
    }

    #[test]
    fn both_spellings_of_the_scan_state_are_one() {
        for line in [r#"{"R":2,"action":"scanning"}"#, r#"{"R":2,"evt":{"action":"scanning"}}"#] {
            check(line, Ok(Line::ScanStarted { index: Some(2) }));
        }
        for line in [r#"{"SE":2,"action":"scan completed"}"#, r#"{"SE":2,"evt":{"action":"scan completed"}}"#]
        {
            check(line, Ok(Line::ScanEnded { index: Some(2) }));
        }
    }

    #[test]
    fn rows_are_read_by_key() {
        let bare = Row {
            address: 0xF550_35CF_B1ED,
            address_type: None,
            rssi_dbm: None,
            packet: None,
            data: None,
            name: None,
        };
        let gapscan = Row {
            address_type: Some(AddressType::Random),
            rssi_dbm: Some(-87),
            name: Some(b"NORA_BED"),
            ..bare
        };
        check(
            r#"{"S":2,"rssi":-87,"addr":"[1]F5:50:35:CF:B1:ED","name":"NORA_BED"}"#,
            Ok(Line::Row(gapscan)),
        );
        let data = Row { packet: Some(Packet::Advertisement), data: Some(&[2, 1, 6]), ..bare };
        check(r#"{"SF":38,"addr":"F5:50:35:CF:B1:ED","type":0,"data":"020106"}"#, Ok(Line::Row(data)));
        let shown = Row { rssi_dbm: Some(-57), packet: Some(Packet::ScanResponse), ..data };
        check(
            r#"{"ST":38,"idx":7,"rssi":-57,"addr":"F5:50:35:CF:B1:ED","type":4,"data":"020106"}"#,
            Ok(Line::Row(shown)),
        );
        let unmeasured = Row { rssi_dbm: None, ..shown };
        check(
            r#"{"ST":38,"rssi":127,"addr":"F5:50:35:CF:B1:ED","type":4,"data":"020106"}"#,
            Ok(Line::Row(unmeasured)),
        );
    }

    #[test]
    fn torn_rows_give_nothing() {
        for line in [
            r#"{"SF":38,"rssi":-570,"addr":"F5:50:35:CF:B1:ED","data":""}"#,
            r#"{"SF":38,"rssi":"x","addr":"F5:50:35:CF:B1:ED","data":""}"#,
            r#"{"SF":38,"rssi":-57,"addr":"F5:50:35:CF:B1","data":""}"#,
            r#"{"SF":38,"rssi":-57,"data":""}"#,
            r#"{"SF":38,"rssi":-57,"addr":"F5:50:35:CF:B1:ED","data":"020"}"#,
            r#"{"SF":-1,"rssi":-57,"addr":"F5:50:35:CF:B1:ED"}"#,
            r#"{"XX":1}"#,
            r#"{"A":1}"#,
            r#"{}"#,
        ] {
            check(line, Err(NotARow));
        }
    }
}
