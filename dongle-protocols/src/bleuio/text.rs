//! Lines of text mode, the one a dongle starts in. What no source shows byte by byte, like the
//! place of the RSSI, is looked for rather than counted off.

use crate::advertising::AddressType;

use super::firmware::Version;
use super::line::Line;
use super::row::{self, ADDRESS_LEN, NotARow, Packet, Row, Scratch};

/// What stands before AD data in rows of `AT+FINDSCANDATA` and `AT+SCANTARGET`.
const DATA_MARK: &[u8] = b"Device Data [";

/// What stands before the address in rows of `AT+GAPSCAN`.
const DEVICE_MARK: &[u8] = b"Device:";

const RSSI_MARK: &[u8] = b"RSSI:";

const FIRMWARE_MARK: &[u8] = b"Firmware Version:";

/// Reads a line that does not begin with a brace.
pub(super) fn parse<'a>(line: &'a [u8], scratch: &'a mut Scratch) -> Result<Line<'a>, NotARow> {
    if let Some(reply) = fixed_reply(line) {
        return Ok(reply);
    }
    if let Some(at) = find_last(line, DATA_MARK) {
        return data_row(&line[..at], &line[at + DATA_MARK.len()..], scratch).map(Line::Row);
    }
    if line.starts_with(b"[") && find(line, DEVICE_MARK).is_some() {
        return device_row(line).map(Line::Row);
    }
    if let Some(version) = line.strip_prefix(FIRMWARE_MARK) {
        return Version::parse(version).map(Line::Firmware).ok_or(NotARow);
    }
    let starts_with = |word: &[u8]| line.get(..word.len()).is_some_and(|l| l.eq_ignore_ascii_case(word));
    Ok(match line {
        _ if starts_with(b"SCANNING") => Line::ScanStarted { index: None },
        _ if starts_with(b"ERROR") => Line::Error(line[5..].trim_ascii()),
        _ if starts_with(b"AT") || line == b"QUIT" => Line::Command { index: None, text: line },
        _ if is_text(line) => Line::Text(line),
        _ => return Err(NotARow),
    })
}

fn fixed_reply(line: &[u8]) -> Option<Line<'static>> {
    Some(match line {
        b"OK" => Line::Ok,
        b"SCAN COMPLETE" => Line::ScanEnded { index: None },
        b"VERBOSE ON" => Line::Verbose(true),
        b"VERBOSE OFF" => Line::Verbose(false),
        b"ECHO ON" => Line::Echo(true),
        b"ECHO OFF" => Line::Echo(false),
        b"Advertising" => Line::Advertising(true),
        b"Not Advertising" => Line::Advertising(false),
        b"Connected" => Line::Connected(true),
        b"Not Connected" => Line::Connected(false),
        b"Bootloader on." => Line::Bootloader,
        _ => return None,
    })
}

/// UTF-8 without control characters.
fn is_text(line: &[u8]) -> bool {
    str::from_utf8(line).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// `[AA:BB:CC:DD:EE:FF] Device Data [ADV]: 0201…`, with the RSSI before or behind, and name and
/// company id between when the firmware was told to show them.
fn data_row<'a>(head: &'a [u8], tail: &[u8], scratch: &'a mut Scratch) -> Result<Row<'a>, NotARow> {
    let at = find_address(head).ok_or(NotARow)?;
    let (before, from_address) = head.split_at(at);
    let (address, after) = from_address.split_at_checked(ADDRESS_LEN).ok_or(NotARow)?;
    let (packet, tail) = match tail {
        [b'A', b'D', b'V', b']', b':', tail @ ..] => (Packet::Advertisement, tail),
        [b'R', b'E', b'S', b'P', b']', b':', tail @ ..] => (Packet::ScanResponse, tail),
        _ => return Err(NotARow),
    };
    let tail = tail.trim_ascii();
    let end = tail.iter().position(u8::is_ascii_whitespace).unwrap_or(tail.len());
    let (hex, behind) = tail.split_at(end);
    let rssi_dbm = match find_rssi(before)? {
        None => find_rssi(behind)?,
        before => before,
    };
    Ok(Row {
        address: row::address(address).ok_or(NotARow)?,
        address_type: address_type(before),
        rssi_dbm,
        packet: Some(packet),
        data: Some(row::ad_data(hex, scratch).ok_or(NotARow)?),
        name: name(after.strip_prefix(b"]").unwrap_or(after)),
    })
}

/// `[01] Device: [1]AA:BB:CC:DD:EE:FF  RSSI: -38 (name)`.
fn device_row(line: &[u8]) -> Result<Row<'_>, NotARow> {
    let at = find_address(line).ok_or(NotARow)?;
    let (before, from_address) = line.split_at(at);
    let (address, after) = from_address.split_at_checked(ADDRESS_LEN).ok_or(NotARow)?;
    let after = after.trim_ascii_start();
    let value_end = after.iter().position(|&b| b == b'(').unwrap_or(after.len());
    let (value, rest) = after.split_at(value_end);
    Ok(Row {
        address: row::address(address).ok_or(NotARow)?,
        address_type: address_type(before),
        rssi_dbm: find_rssi(value)?,
        packet: None,
        data: None,
        name: name(rest),
    })
}

/// Where the first address begins: six pairs of digits with colons between.
fn find_address(text: &[u8]) -> Option<usize> {
    text.windows(ADDRESS_LEN).position(|window| row::address(window).is_some())
}

/// `[0]` or `[1]` right before an address.
fn address_type(before: &[u8]) -> Option<AddressType> {
    match before {
        [.., b'[', b'0', b']'] => Some(AddressType::Public),
        [.., b'[', b'1', b']'] => Some(AddressType::Random),
        _ => None,
    }
}

/// The number behind `RSSI:`; it must end where the field does, or something was lost.
fn find_rssi(text: &[u8]) -> Result<Option<i8>, NotARow> {
    let Some(at) = find(text, RSSI_MARK) else { return Ok(None) };
    let text = text[at + RSSI_MARK.len()..].trim_ascii_start();
    let end = text.iter().position(|b| matches!(b, b' ' | b'\t' | b'[' | b'(')).unwrap_or(text.len());
    let value = str::from_utf8(&text[..end]).ok().and_then(|t| t.parse().ok());
    row::rssi(value.ok_or(NotARow)?)
}

/// A name in brackets, which may have brackets in it.
fn name(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii().strip_prefix(b"(")?;
    let end = text.iter().rposition(|&b| b == b')')?;
    Some(&text[..end])
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).position(|window| window == mark)
}

fn find_last(text: &[u8], mark: &[u8]) -> Option<usize> {
    text.windows(mark.len()).rposition(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bleuio::row::SCRATCH;

    const BARE: Row<'_> = Row {
        address: 0x3063_C5D0_B1DE,
        address_type: None,
        rssi_dbm: None,
        packet: None,
        data: None,
        name: None,
    };

    fn check(line: &str, expected: Result<Line<'_>, NotARow>) {
        assert_eq!(parse(line.as_bytes(), &mut SCRATCH.clone()), expected, "{line}");
    }

    #[test]
    fn rows_of_gapscan_with_one_space_or_two() {
        let named = Row {
            address_type: Some(AddressType::Random),
            rssi_dbm: Some(-38),
            name: Some(b"HibouAIR"),
            ..BARE
        };
        check("[01] Device: [1]30:63:C5:D0:B1:DE  RSSI: -38 (HibouAIR)", Ok(Line::Row(named)));
        check("[01] Device: [1]30:63:C5:D0:B1:DE RSSI: -38 (HibouAIR)", Ok(Line::Row(named)));
        let bracketed = Row { name: Some(b"a) RSSI: (b"), ..named };
        check("[101] Device: [1]30:63:C5:D0:B1:DE  RSSI: -38 (a) RSSI: (b)", Ok(Line::Row(bracketed)));
        let public = Row { address_type: Some(AddressType::Public), name: None, ..named };
        check("[02] Device: [0]30:63:C5:D0:B1:DE  RSSI: -38", Ok(Line::Row(public)));
    }

    #[test]
    fn rows_of_findscandata_wherever_the_rssi_stands() {
        let row = Row { packet: Some(Packet::Advertisement), data: Some(&[2, 1, 6]), ..BARE };
        check("[30:63:C5:D0:B1:DE] Device Data [ADV]: 020106", Ok(Line::Row(row)));
        let response = Row { packet: Some(Packet::ScanResponse), data: Some(&[]), ..row };
        check("[30:63:C5:D0:B1:DE] Device Data [RESP]: ", Ok(Line::Row(response)));
        let strong = Row { rssi_dbm: Some(-57), ..row };
        check("RSSI: -57 [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106", Ok(Line::Row(strong)));
        check("RSSI: -57[30:63:C5:D0:B1:DE] Device Data [ADV]: 020106", Ok(Line::Row(strong)));
        check("[30:63:C5:D0:B1:DE] Device Data [ADV]: 020106 RSSI: -57", Ok(Line::Row(strong)));
        let shown = Row { address_type: Some(AddressType::Random), name: Some(b"x"), ..strong };
        let line = "RSSI: -57 [[1]30:63:C5:D0:B1:DE] (x) [MFSID: 5B07] Device Data [ADV]: 020106";
        check(line, Ok(Line::Row(shown)));
    }

    #[test]
    fn torn_rows_give_nothing() {
        for line in [
            "RSSI: -5757 [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106",
            "RSSI: -57x [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106",
            "[30:63:C5:D0:B1] Device Data [ADV]: 020106",
            "[30:63:C5:D0:B1:DE] Device Data [ADV]: 02010",
            "[30:63:C5:D0:B1:DE] Device Data [AD",
            "[01] Device: [1]30:63:C5:D0:B1:DE  RSSI: ",
            "Firmware Version: 2.x",
            "\u{1}\u{2}",
        ] {
            check(line, Err(NotARow));
        }
    }

    #[test]
    fn replies_are_known_and_others_kept() {
        check("OK", Ok(Line::Ok));
        check("ERROR", Ok(Line::Error(b"")));
        check("ERROR: busy", Ok(Line::Error(b": busy")));
        check("SCANNING...", Ok(Line::ScanStarted { index: None }));
        check("SCANNING TARGET DEVICE...", Ok(Line::ScanStarted { index: None }));
        check("SCAN COMPLETE", Ok(Line::ScanEnded { index: None }));
        check("VERBOSE ON", Ok(Line::Verbose(true)));
        check("ECHO OFF", Ok(Line::Echo(false)));
        check("AT+GAPSCAN=2", Ok(Line::Command { index: None, text: b"AT+GAPSCAN=2" }));
        check("Firmware Version: 2.2.1.3", Ok(Line::Firmware(Version([2, 2, 1, 3]))));
        check("Not Advertising", Ok(Line::Advertising(false)));
        check("Central role", Ok(Line::Text(b"Central role")));
    }
}
