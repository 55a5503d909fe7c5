//! The dongle's answers, byte by byte where sources show the bytes.

use proptest::prelude::*;

use super::super::firmware::Version;
use super::*;
use crate::advertising::AddressType;
use crate::radio::{Advertiser, Signal};

fn scene() -> Scene {
    let sensor =
        Advertiser::new(0x3063_C5D0_B1DE, AddressType::Random, 100_000, Signal::Constant(-38)).unwrap();
    Scene::new(1, vec![sensor.saying(Some(&[2, 1, 6]), Some("HibouAIR")).unwrap()])
}

/// Sends a command and gives what came within 50 ms.
fn ask(device: &mut Device, now_us: &mut u64, command: &[u8]) -> String {
    device.receive(command, *now_us);
    *now_us += 50_000;
    let mut out = Vec::new();
    device.poll(*now_us, &mut out);
    String::from_utf8(out).unwrap()
}

fn device(commands: &[&str]) -> (Device, u64) {
    let earlier = commands.iter().map(|&c| c.to_owned()).collect();
    (Device::new(Settings { earlier, ..Settings::default() }, scene()), 1_000_000)
}

#[test]
fn text_mode_answers_with_echo() {
    let (mut device, mut now_us) = device(&[]);
    let mut says = |command: &[u8], expected: &str| {
        assert_eq!(ask(&mut device, &mut now_us, command), expected, "{}", command.escape_ascii());
    };
    says(b"AT\r", "AT\r\r\nOK\r\n");
    says(b"\r", "\r");
    says(b"AT+GAPSCAN\r", "AT+GAPSCAN\r\r\nERROR\r\n");
    says(b"AT+GETRSSI\r\n", "AT+GETRSSI\r\r\nERROR\r\n");
    says(b"AT+CENTRAL\r\n", "AT+CENTRAL\r\r\nOK\r\n");
    says(b"AT+GAPSTATUS\r", "AT+GAPSTATUS\r\r\nCentral role\r\n\r\nNot Connected\r\n\r\nNot Advertising\r\n");
    says(b"\x03\x1b", "");
    says(b"ATE0\r", "ATE0\r\r\nECHO OFF\r\n");
    says(b"AT+SCANTARGET=30:63\r", "\r\nERROR\r\n");
    says(b"AT+SCANTARGET=[1]30:63:C5:D0:B1:DF=1\r", "\r\nSCANNING TARGET DEVICE...\r\n");
    says(b"AT\r", "\r\nERROR\r\n");
    says(b"\x03", "\r\nSCAN COMPLETE\r\n");
}

#[test]
fn verbose_answers_are_numbered() {
    let (mut device, mut now_us) = device(&["ATE0", "AT+DUAL"]);
    let mut says = |command: &[u8], expected: &str| {
        assert_eq!(ask(&mut device, &mut now_us, command), expected, "{}", command.escape_ascii());
    };
    says(b"ATV1\r", "\r\nVERBOSE ON\r\n");
    let head = |index, command: &str, error| {
        format!("\r\n{{\"C\":{index},\"cmd\":\"{command}\"}}\r\n{{\"A\":{index},{error}}}\r\n")
    };
    let already = head(2, "AT+DUAL", "\"err\":2,\"errMsg\":\"already done\"");
    says(b"AT+DUAL\r", &format!("{already}{{\"E\":2,\"nol\":3}}\r\n"));
    let unknown = head(3, "AT+GETRSSI", "\"err\":7,\"errMsg\":\"not supported\"");
    says(b"AT+GETRSSI\r", &format!("{unknown}{{\"E\":3,\"nol\":3}}\r\n"));
    let scan = head(4, "AT+SCANTARGET=[1]30:63:C5:D0:B1:DF", "\"err\":0,\"errMsg\":\"ok\"");
    let started = "{\"R\":4,\"evt\":{\"action\":\"scanning\"}}\r\n{\"E\":4,\"nol\":4}\r\n";
    says(b"AT+SCANTARGET=[1]30:63:C5:D0:B1:DF\r", &format!("{scan}{started}"));
    says(b"\x03", "\r\n{\"SE\":4,\"evt\":{\"action\":\"scan completed\"}}\r\n");
}

#[test]
fn a_scan_of_names_tells_each_once_and_one_of_data_always() {
    let (mut device, mut now_us) = device(&["ATE0", "AT+DUAL"]);
    device.receive(b"AT+GAPSCAN=2\r", now_us);
    let mut out = Vec::new();
    device.poll(now_us + 5_000_000, &mut out);
    let rows = String::from_utf8(out).unwrap();
    assert_eq!(
        rows,
        "\r\nSCANNING...\r\n[01] Device: [1]30:63:C5:D0:B1:DE  RSSI: -38\r\n\
         [01] Device: [1]30:63:C5:D0:B1:DE  RSSI: -38 (HibouAIR)\r\n\r\nSCAN COMPLETE\r\n"
    );
    now_us += 6_000_000;
    ask(&mut device, &mut now_us, b"AT+SHOWRSSI=1\r");
    ask(&mut device, &mut now_us, b"AT+FINDSCANDATA=0201=1\r");
    let mut out = Vec::new();
    device.poll(now_us + 5_000_000, &mut out);
    let rows = String::from_utf8(out).unwrap();
    let row = "\r\nRSSI: -38 [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106\r\n";
    assert!(rows.matches(row).count() >= 8 && rows.ends_with("\r\n\r\nSCAN COMPLETE\r\n"), "{rows}");
    assert!(!rows.contains("RESP"), "the response does not contain the pattern");
}

#[test]
fn old_firmware_lacks_commands() {
    for (version, missing, known) in [
        ([2, 1, 3, 0], "ATV1", "AT+SHOWRSSI=1"),
        ([2, 1, 2, 0], "AT+SHOWRSSI=1", "AT+DUAL"),
        ([2, 0, 3, 0], "AT+DUAL", "AT+CENTRAL"),
        ([2, 7, 3, 0], "AT+SCANPARAM=2=0=200=100=0", "ATV1"),
        ([2, 7, 5, 0], "ATSAT1", "AT+SCANPARAM=2=0=200=100=0"),
        ([2, 7, 9, 51], "ATES=1", "ATSAT1"),
        ([1, 0, 5, 6], "AT+NONSENSE", "ATES=1"),
    ] {
        let mut device = Device::new(Settings { firmware: Version(version), ..Settings::default() }, scene());
        let mut now_us = 0;
        let refused = ask(&mut device, &mut now_us, format!("{missing}\r").as_bytes());
        assert!(refused.contains("ERROR"), "{version:?} {missing}");
        let taken = ask(&mut device, &mut now_us, format!("{known}\r").as_bytes());
        assert!(!taken.contains("ERROR"), "{version:?} {known}");
    }
}

#[test]
fn a_reset_shows_the_bootloader_for_a_while() {
    let (mut device, mut now_us) = device(&["ATE0", "ATV1", "AT+DUAL"]);
    assert!(ask(&mut device, &mut now_us, b"ATR\r").contains("\"err\":0"));
    assert_eq!(device.usb(), Usb::Bootloader);
    assert_eq!(ask(&mut device, &mut now_us, b"AT\r"), "\r\n>");
    device.poll(now_us + 13_000_000, &mut Vec::new());
    assert_eq!(device.usb(), Usb::Application);
    now_us += 13_000_000;
    assert_eq!(ask(&mut device, &mut now_us, b"AT\r"), "AT\r\r\nOK\r\n");
}

#[test]
fn a_duplicate_filter_and_a_window_thin_the_rows() {
    let rows = |parameters: &str| {
        let (mut device, mut now_us) = device(&["ATE0", "AT+DUAL"]);
        ask(&mut device, &mut now_us, format!("AT+SCANPARAM={parameters}\r").as_bytes());
        device.receive(b"AT+FINDSCANDATA=\r", now_us);
        let mut out = Vec::new();
        device.poll(now_us + 20_000_000, &mut out);
        let text = String::from_utf8(out).unwrap();
        (text.matches("[ADV]").count(), text.matches("[RESP]").count())
    };
    let (all, none) = rows("2=1=100=100=0");
    assert!((180..=200).contains(&all) && none == 0, "{all} {none}");
    assert_eq!(rows("2=0=100=100=1"), (1, 1));
    let (half, responses) = rows("2=0=130=65=0");
    assert!((all * 2 / 5..all * 3 / 5).contains(&half) && responses == half, "{half} {responses}");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_never_panic_it(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                "(AT[A-Z+=0-9:\\[\\]]{0,30}\r\n?){0,3}".prop_map(String::into_bytes),
                Just(b"ATV1\rAT+DUAL\rAT+FINDSCANDATA=\r".to_vec()),
                Just(b"ATR\r".to_vec()),
                Just(vec![STOP]),
            ],
            0..30,
        ),
        step_us in 0u64..400_000,
        loss in 0.0..1.0,
    ) {
        let faults = Faults { loss, garbage: loss, ..Faults::default() };
        let mut device = Device::new(Settings { faults, ..Settings::default() }, scene());
        let (mut now_us, mut out) = (0, Vec::new());
        for piece in pieces {
            now_us += step_us;
            device.receive(&piece, now_us);
            device.poll(now_us, &mut out);
            prop_assert!(device.wake_at_us().is_none_or(|at| at > now_us));
        }
    }

    #[test]
    fn input_may_be_split_anywhere(at in 0usize..70) {
        let commands = b"ATE0\rATV1\r\nATI\rAT+DUAL\r\nAT+SHOWRSSI=1\rAT+FINDSCANDATA=0201=1\r\x03";
        let (mut whole, mut split) = (device(&[]).0, device(&[]).0);
        let at = at.min(commands.len());
        whole.receive(commands, 5);
        split.receive(&commands[..at], 5);
        split.receive(&commands[at..], 5);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        whole.poll(3_000_000, &mut a);
        split.poll(3_000_000, &mut b);
        prop_assert_eq!(a, b);
    }
}
