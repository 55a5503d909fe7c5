//! Clients that others wrote hear from our virtual dongles what the scenario says: addresses,
//! address types, RSSI and data. Scripts in `tests/python` drive them and print what they decoded.

#![cfg(unix)]

#[path = "support/python.rs"]
mod python;
#[path = "support/running.rs"]
mod running;
mod support;

use std::collections::BTreeSet;

use python::{BLEUIO_TEXT, CLIENTS, script, values};
use running::Running;
use serde_json::{Value, json};
use support::Folder;

/// Advertisements that a client must have heard; more than one per band, all alike.
const HEARD: usize = 60;

const SCENARIO: &str = r#"
[[advertiser]]
address = "C6:05:04:03:02:01"
address_type = "random"
name = "band"
data = "02010603FFB201"
interval_ms = 55
rssi = -57
[[advertiser]]
address = "00:07:80:81:44:94"
address_type = "public"
name = "tag"
data = "0201060303AAFE"
interval_ms = 65
rssi = -81
"#;

/// Address, address type, RSSI, advertising data, and data of the scan response: name in an AD
/// structure of type 09.
const ADVERTISERS: [(&str, &str, i64, &str, &str); 2] = [
    ("C6:05:04:03:02:01", "random", -57, "02010603FFB201", "050962616E64"),
    ("00:07:80:81:44:94", "public", -81, "0201060303AAFE", "0409746167"),
];

/// What a client prints while it scans with a virtual dongle; nothing without the client.
fn printed(environment: &str, client: &str, dongle: &str) -> Option<Vec<Value>> {
    let mut command = script(environment, client)?;
    let folder = Folder::with("two.toml", SCENARIO);
    let simulator = Running::simulator(&folder, &format!("{dongle} --scenario two.toml --link port"));
    simulator.port();
    let (status, lines) =
        Running::start(command.arg(folder.path().join("port")).arg(HEARD.to_string())).ended();
    assert!(status.success(), "{client}: {status}\n{}", lines.join("\n"));
    assert_eq!(simulator.interrupted().code(), Some(0));
    Some(values(&lines))
}

/// The different values of some keys among the advertisements; checks that there are enough of those.
fn different(lines: &[Value], keys: &[&str]) -> BTreeSet<String> {
    let heard: Vec<&Value> = lines.iter().filter(|line| line.get("address").is_some()).collect();
    assert!(heard.len() >= HEARD, "{lines:?}");
    heard.iter().map(|line| keys.iter().map(|key| line[key].clone()).collect::<Value>().to_string()).collect()
}

fn set(rows: impl IntoIterator<Item = Value>) -> BTreeSet<String> {
    rows.into_iter().map(|row| row.to_string()).collect()
}

#[test]
fn the_vendors_library_scans_with_a_bleuio_in_verbose_mode() {
    let Some(lines) = printed(CLIENTS, "client_bleuio_verbose.py", "bleuio") else { return };
    assert_eq!(lines[0], json!({"firmware": "2.7.9.51", "role": "dual"}));
    // `type` 4 for scan responses is the standard's number; no document gives the vendor's.
    let rows = ADVERTISERS.iter().flat_map(|&(address, kind, rssi, data, response)| {
        [(data, 0), (response, 4)].map(|(data, packet)| json!([address, kind, rssi, data, packet]))
    });
    assert_eq!(different(&lines, &["address", "address_type", "rssi", "data", "packet"]), set(rows));
    assert_eq!(lines.last(), Some(&json!({"stopped": true})));
}

#[test]
fn the_vendors_old_library_scans_with_a_bleuio_in_text_mode() {
    let Some(lines) = printed(BLEUIO_TEXT, "client_bleuio_text.py", "bleuio") else { return };
    let answer = |command: &str| lines[0]["answers"][command].as_str().unwrap().to_owned();
    // The echo before it is lost by this library where it is read by itself, as it has no line end.
    assert!(answer("AT").ends_with("\r\nOK\r\n"), "{}", answer("AT"));
    assert!(answer("ATI").contains("Firmware Version: 2.7.9.51\r\n"), "{}", answer("ATI"));
    assert!(answer("AT+GAPSTATUS").contains("Central role\r\n"), "{}", answer("AT+GAPSTATUS"));
    // A device has a second row in a scan when its name arrives after its first advertisement.
    let devices = lines.iter().filter_map(|line| line.get("device"));
    let devices = set(devices.map(|row| json!([row["address"], row["address_type"], row["rssi"]])));
    assert_eq!(devices, set(ADVERTISERS.map(|(address, kind, rssi, ..)| json!([address, kind, rssi]))));
    let rows = ADVERTISERS.iter().flat_map(|&(address, _, rssi, data, response)| {
        [(data, "ADV"), (response, "RESP")].map(|(data, packet)| json!([address, rssi, data, packet]))
    });
    assert_eq!(different(&lines, &["address", "rssi", "data", "packet"]), set(rows));
    assert_eq!(lines.last(), Some(&json!({"stopped": true})));
}

/// What ending a scan gives where none runs.
const WRONG_STATE: i64 = 0x0181;

const NO_BOND: i64 = 0xFF;

#[test]
fn bgapi_scans_with_a_bled112_and_decodes_every_field() {
    let Some(lines) = printed(CLIENTS, "client_bgapi.py", "bluegiga") else { return };
    assert_eq!(lines[0]["info"]["FW Version"], "1.3.2.122");
    assert_eq!(lines[0]["info"]["Protocol Version"], "1");
    let rows = ADVERTISERS.iter().flat_map(|&(address, kind, rssi, data, response)| {
        [(data, 0), (response, 4)].map(|(data, packet)| json!([address, kind, rssi, packet, NO_BOND, data]))
    });
    let keys = ["address", "address_type", "rssi", "packet", "bond", "data"];
    assert_eq!(different(&lines, &keys), set(rows));
    // Its own reading of the data: only the tag names a service, and not in the scan response.
    let services = lines.iter().filter(|line| line["services"] == json!(["aafe"]));
    assert!(services.count() > 0, "{lines:?}");
    let results = json!([
        ["set_mode", 0],
        ["end_procedure", WRONG_STATE],
        ["set_scan_parameters", 0],
        ["discover", 0],
        ["end_procedure", 0]
    ]);
    assert_eq!(lines.last(), Some(&json!({ "results": results })));
}

#[test]
fn pygatt_resets_a_bled112_and_scans_with_it() {
    let Some(lines) = printed(CLIENTS, "client_pygatt.py", "bluegiga") else { return };
    assert_eq!(lines[0]["info"]["protocol_version"], 1);
    // Pygatt reads two fields one byte late: its address type is the bond, its bond the length of
    // the data. bgapi's test checks both in their places.
    let rows = ADVERTISERS.iter().flat_map(|&(address, _, rssi, data, response)| {
        [(data, 0), (response, 4)]
            .map(|(data, packet)| json!([address, rssi, packet, NO_BOND, data.len() / 2, data]))
    });
    let keys = ["address", "rssi", "packet", "byte_after_address_type", "byte_after_bond", "data"];
    assert_eq!(different(&lines, &keys), set(rows));
    // The same, as it takes the data apart.
    let packets = |advertised, name| {
        let response = json!({"complete_local_name": name});
        json!({"connectable_advertisement_packet": advertised, "scan_response_packet": response})
    };
    let band = packets(json!({"flags": "06", "manufacturer_specific_data": "b201"}), "band");
    let tag = packets(json!({"flags": "06", "complete_list_16-bit_service_class_uuids": "aafe"}), "tag");
    let devices = set([
        json!({"address": ADVERTISERS[0].0, "name": "band", "rssi": -57, "packets": band}),
        json!({"address": ADVERTISERS[1].0, "name": "tag", "rssi": -81, "packets": tag}),
    ]);
    assert_eq!(set(lines.iter().filter_map(|line| line.get("device").cloned())), devices);
    assert_eq!(lines.last(), Some(&json!({"end_procedure": WRONG_STATE})));
}
