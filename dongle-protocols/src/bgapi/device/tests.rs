use proptest::prelude::*;

use super::*;
use crate::advertising::AddressType;
use crate::bgapi::{Decoder, Message, Response, ScanResponse};
use crate::radio::{Advertiser, Path, Signal};

const SECOND: u64 = 1_000_000;
const BAND: u64 = 0xC655_4433_2211;
const END_PROCEDURE: &[u8] = &[0, 0, 6, 4];
const DISCOVER: &[u8] = &[0, 1, 6, 2, 2];

fn advertiser(address: u64, rssi: i8) -> Advertiser {
    let plain = Advertiser::new(address, AddressType::Random, 100_000, Signal::Constant(rssi)).unwrap();
    plain.saying(Some(&[2, 1, 6]), Some("band")).unwrap()
}

fn device(faults: &[Fault]) -> Bled112 {
    let quiet_flags = advertiser(BAND + 1, -110).saying(Some(&[]), None).unwrap().non_connectable();
    Bled112::new(Scene::new(1, vec![advertiser(BAND, -20), quiet_flags]), 7, faults)
}

fn output(device: &mut Bled112) -> Vec<u8> {
    let mut bytes = Vec::new();
    device.take_output(&mut bytes);
    bytes
}

fn say(device: &mut Bled112, bytes: &[u8]) -> Vec<u8> {
    device.receive(bytes);
    output(device)
}

fn hear(device: &mut Bled112, for_us: u64) -> Vec<ScanResponse> {
    device.advance(device.now_us() + for_us);
    let mut heard = Vec::new();
    Decoder::new().push(&output(device), |message| match message {
        Message::Event(Event::GapScanResponse { packet }) => heard.push(packet),
        other => panic!("{other:?}"),
    });
    heard
}

/// What the public clients send, answer by answer.
#[test]
fn commands_are_answered_as_documented() {
    let mut device = device(&[]);
    let mut own = vec![0, 6, 0, 2];
    own.extend(crate::advertising::address_to_le(device.own_address()));
    let table: [(&[u8], &[u8]); 22] = [
        (&[0, 0, 0, 1], &[0, 0, 0, 1]),
        (&[0, 0, 0, 2], &own),
        (&[0, 0, 0, 5], &[0, 5, 0, 5, 0, 0, 0, 0, 8]),
        (&[0, 0, 0, 8], &[0, 12, 0, 8, 1, 0, 3, 0, 2, 0, 0x7A, 0, 3, 0, 1, 3]),
        (&[0, 4, 0, 9, 3, 2, 1, 2], &[0, 2, 0, 9, 0, 0]),
        (&[0, 7, 0, 10, 1, 2, 3, 4, 5, 6, 1], &[0, 2, 0, 10, 0, 0]),
        (&[0, 7, 0, 11, 1, 2, 3, 4, 5, 6, 1], &[0, 2, 0, 11, 0, 0]),
        (&[0, 0, 0, 12], &[0, 0, 0, 12]),
        (&[0, 2, 0, 13, 3, 5], &[0, 3, 0, 13, 0, 0, 0]),
        (&[0, 3, 0, 14, 3, 1, 0xFF], &[0, 2, 0, 14, 0, 0]),
        (&[0, 1, 3, 0, 7], &[0, 3, 3, 0, 7, 0x86, 1]),
        (&[0, 1, 5, 1, 0], &[0, 0, 5, 1]),
        (&[0, 2, 6, 1, 0, 0], &[0, 2, 6, 1, 0, 0]),
        (&[0, 2, 6, 1, 5, 0], &[0, 2, 6, 1, 0x80, 1]),
        (END_PROCEDURE, &[0, 2, 6, 4, 0x81, 1]),
        (&[0, 3, 6, 6, 0, 0, 0], &[0, 2, 6, 6, 0, 0]),
        (&[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 0], &[0, 2, 6, 7, 0, 0]),
        (&[0, 5, 6, 7, 0xC8, 0, 0xC9, 0, 0], &[0, 2, 6, 7, 0x80, 1]),
        (&[0, 5, 6, 7, 3, 0, 3, 0, 0], &[0, 2, 6, 7, 0x80, 1]),
        (&[0, 1, 6, 2, 3], &[0, 2, 6, 2, 0x80, 1]),
        (&[0, 1, 7, 12, 15], &[0, 0, 7, 12]),
        (&[0, 0, 4, 1], &[0x80, 2, 0, 6, 0x84, 1]),
    ];
    for (command, answer) in table {
        assert_eq!(say(&mut device, command), answer, "{command:02x?}");
    }
    let connections = say(&mut device, &[0, 0, 0, 6]);
    assert_eq!((&connections[..5], connections.len()), (&[0, 1, 0, 6, 3][..], 5 + 3 * 20));
    assert_eq!(say(&mut device, &[0, 1, 3, 7, 1])[..11], [0, 1, 3, 7, 1, 0x80, 0x10, 3, 0, 1, 0]);
}

#[test]
fn a_scan_runs_once_and_clips() {
    let mut device = device(&[]);
    assert_eq!(say(&mut device, &[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 0]), [0, 2, 6, 7, 0, 0]);
    assert_eq!(hear(&mut device, SECOND), []);
    assert_eq!(say(&mut device, DISCOVER), [0, 2, 6, 2, 0, 0]);
    assert_eq!(say(&mut device, DISCOVER), [0, 2, 6, 2, 0x81, 1]);
    assert_eq!(say(&mut device, &[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 0]), [0, 2, 6, 7, 0x81, 1]);
    let heard = hear(&mut device, 10 * SECOND);
    assert!((180..=200).contains(&heard.len()), "{}", heard.len());
    for packet in heard {
        let expected = if packet.sender == BAND { (-38, 0, 1, 3) } else { (-103, 2, 1, 0) };
        assert_eq!((packet.rssi, packet.packet_type, packet.address_type, packet.data.len()), expected);
    }
    assert_eq!(say(&mut device, END_PROCEDURE), [0, 2, 6, 4, 0, 0]);
    assert_eq!(hear(&mut device, SECOND), []);
    let counters = say(&mut device, &[0, 0, 0, 5]);
    assert!(counters[6] > 180 && say(&mut device, &[0, 0, 0, 5])[6] == 0);
}

#[test]
fn the_default_scan_hears_its_duty_only() {
    let mut device = device(&[]);
    say(&mut device, DISCOVER);
    let heard = hear(&mut device, 100 * SECOND).len();
    assert!((1_150..1_400).contains(&heard), "{heard} of about 1900 at two thirds");
}

#[test]
fn an_active_scan_hears_scan_responses_too() {
    let mut device = device(&[]);
    say(&mut device, &[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 1]);
    say(&mut device, DISCOVER);
    let heard = hear(&mut device, 10 * SECOND);
    let of = |packet_type| heard.iter().filter(|p| p.packet_type == packet_type).collect::<Vec<_>>();
    assert_eq!(of(0).len(), of(4).len());
    assert!(of(4).iter().all(|p| p.data.as_slice() == b"\x05\x09band" && p.sender == BAND && p.rssi == -38));
}

#[test]
fn filters_filter() {
    let scan = |commands: &[&[u8]], mode: u8| {
        let mut device = device(&[]);
        for command in commands {
            say(&mut device, command);
        }
        assert_eq!(say(&mut device, &[0, 1, 6, 2, mode]), [0, 2, 6, 2, 0, 0]);
        let heard = hear(&mut device, 5 * SECOND);
        let band = heard.iter().filter(|p| p.sender == BAND).count();
        (band, heard.len() - band)
    };
    let all_the_time: &[u8] = &[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 0];
    assert_eq!(scan(&[all_the_time, &[0, 3, 6, 6, 0, 0, 1]], 2), (1, 1));
    assert!(matches!(scan(&[all_the_time], 1), (40.., 0)), "no flags, not discoverable");
    assert_eq!(scan(&[all_the_time], 0), (0, 0), "none is limited discoverable");
    let append: &[u8] = &[0, 7, 0, 10, 0x12, 0x22, 0x33, 0x44, 0x55, 0xC6, 1];
    assert!(matches!(scan(&[all_the_time, append, &[0, 3, 6, 6, 1, 0, 0]], 2), (0, 40..)));
}

#[test]
fn the_whitelist_holds_eight_and_not_during_a_scan() {
    let mut device = device(&[]);
    let append: &[u8] = &[0, 7, 0, 10, 1, 2, 3, 4, 5, 6, 1];
    for _ in 0..8 {
        assert_eq!(say(&mut device, append), [0, 2, 0, 10, 0, 0]);
    }
    assert_eq!(say(&mut device, append), [0, 2, 0, 10, 0x82, 1]);
    say(&mut device, &[0, 0, 0, 12]);
    say(&mut device, DISCOVER);
    assert_eq!(say(&mut device, append), [0, 2, 0, 10, 0x81, 1]);
}

#[test]
fn a_connection_comes_and_goes() {
    let mut device = device(&[]);
    let connect = [0, 15, 6, 3, 0x11, 0x22, 0x33, 0x44, 0x55, 0xC6, 1, 60, 0, 76, 0, 100, 0, 0, 0];
    assert_eq!(say(&mut device, &connect), [0, 3, 6, 3, 0, 0, 0]);
    assert_eq!(say(&mut device, DISCOVER), [0, 2, 6, 2, 0x81, 1]);
    device.advance(SECOND);
    let status = output(&mut device);
    assert_eq!(status[..6], [0x80, 16, 3, 0, 0, 5]);
    assert_eq!(say(&mut device, &[0, 1, 3, 7, 0])[5..11], [0x80, 16, 3, 0, 0, 1]);
    assert_eq!(say(&mut device, &[0, 1, 3, 0, 0]), [0, 3, 3, 0, 0, 0, 0, 0x80, 3, 3, 4, 0, 0, 0]);
    assert_eq!(say(&mut device, &[0, 1, 3, 0, 0]), [0, 3, 3, 0, 0, 0x86, 1]);
}

#[test]
fn a_reset_takes_it_off_the_bus_without_an_answer() {
    let mut device = device(&[]);
    say(&mut device, DISCOVER);
    assert_eq!(say(&mut device, &[0, 1, 0, 0, 0, 0, 0, 0, 1]), []);
    assert_eq!(device.presence(), Presence::Absent);
    assert_eq!(device.next_wake_us().map(|t_us| t_us <= RESTART_US), Some(true));
    device.advance(RESTART_US);
    assert_eq!((device.presence(), output(&mut device)), (Presence::Application, vec![]));
    assert_eq!(say(&mut device, END_PROCEDURE), [0, 2, 6, 4, 0x81, 1], "the scan is forgotten");
    say(&mut device, &[0, 1, 0, 0, 1]);
    device.advance(60 * SECOND);
    assert_eq!(device.presence(), Presence::Bootloader);
}

#[test]
fn faults_happen_when_they_should() {
    let mut unplugged = device(&[Fault::Unplug { at_us: SECOND, away_us: SECOND }]);
    let mut seen = Vec::new();
    for t_us in [SECOND - 1, SECOND, 2 * SECOND - 1, 2 * SECOND] {
        unplugged.advance(t_us);
        seen.push(unplugged.presence());
    }
    use Presence::{Absent, Application};
    assert_eq!(seen, [Application, Absent, Absent, Application]);
    unplugged.unplug(5);
    assert_eq!(unplugged.presence(), Absent);
    unplugged.advance(2 * SECOND + 5);
    assert_eq!(unplugged.presence(), Application);

    assert!(!hear(&mut device(&[Fault::LeftoverScan]), SECOND).is_empty());
    assert_eq!(say(&mut device(&[Fault::NoLicence]), DISCOVER), [0x80, 0, 0, 5, 0, 2, 6, 2, 0x89, 1]);
    assert_eq!(say(&mut device(&[Fault::Silent { from_us: 0 }]), DISCOVER), []);
    let mut busy = device(&[Fault::Busy { answers: 2 }]);
    assert_eq!(say(&mut busy, DISCOVER), [0, 2, 6, 2, 0x8E, 1]);
    assert_eq!(say(&mut busy, DISCOVER), [0, 2, 6, 2, 0x3A, 2]);
    assert_eq!(say(&mut busy, DISCOVER), [0, 2, 6, 2, 0, 0]);
}

#[test]
fn a_slow_dongle_answers_one_after_another() {
    let mut device = device(&[Fault::Slow { delay_us: 300_000 }]);
    assert_eq!(say(&mut device, &[0, 0, 0, 1, 0, 0, 6, 4]), []);
    device.advance(300_000);
    assert_eq!(output(&mut device), [0, 0, 0, 1]);
    device.advance(599_999);
    assert_eq!(output(&mut device), []);
    device.advance(600_000);
    assert_eq!(output(&mut device), [0, 2, 6, 4, 0x81, 1]);
}

#[test]
fn half_a_command_is_given_up_after_a_second() {
    let mut device = device(&[]);
    say(&mut device, &[0, 1]);
    device.advance(SECOND);
    assert_eq!(output(&mut device), [0x80, 2, 0, 6, 0x85, 1]);
    assert_eq!(say(&mut device, &[0, 0, 0, 1]), [0, 0, 0, 1]);
}

#[test]
fn what_nobody_reads_is_bounded_and_counted() {
    let mut device = device(&[Fault::LeftoverScan]);
    device.advance(600 * SECOND);
    assert!(device.lost_unread() > 0 && output(&mut device).len() <= UNREAD_MAX);
}

fn any_fault() -> impl Strategy<Value = Fault> {
    proptest::sample::select(Fault::KINDS.map(|(_, fault)| fault).to_vec())
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_no_impossible_rssi_comes(
        seed: u64,
        faults in proptest::collection::vec(any_fault(), 0..4),
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), 0u8..16], 0..400),
        steps in proptest::collection::vec((0usize..40, 0u64..800_000), 1..30),
        near in 0.0f64..3.0,
    ) {
        let path = Path::from_seconds(&[[0.0, 0.0], [5.0, near]]).unwrap();
        let walk = Signal::Moving { path, rssi_1m_dbm: -59.0, exponent: 2.0, noise_db: 40.0 };
        let walker = Advertiser::new(BAND + 2, AddressType::Public, 20_000, walk).unwrap();
        let scene = Scene::new(seed, vec![advertiser(BAND, 20), walker]);
        let mut device = Bled112::new(scene, seed, &faults);
        let line_is_sound = !faults.iter().any(|f| matches!(f, Fault::Garbage { .. } | Fault::Drop { .. }));
        let (mut decoder, mut rest) = (Decoder::new(), &bytes[..]);
        for (len, wait_us) in steps {
            let (now, later) = rest.split_at(len.min(rest.len()));
            rest = later;
            device.receive(now);
            device.advance(device.now_us() + wait_us);
            let mut unknown = 0;
            decoder.push(&output(&mut device), |message| match message {
                Message::Event(Event::GapScanResponse { packet }) if line_is_sound => {
                    assert!((-103..=-38).contains(&packet.rssi));
                }
                Message::Response(Response::ConnectionGetRssi { rssi, .. }) if line_is_sound => {
                    assert!((-103..=-38).contains(&rssi));
                }
                Message::Unknown { .. } => unknown += 1,
                _ => {}
            });
            if line_is_sound {
                prop_assert_eq!((unknown, decoder.counters().bytes_skipped), (0, 0));
            }
        }
    }

    #[test]
    fn any_split_of_commands_and_of_time_gives_the_same(
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), 0u8..8, Just(6)], 0..200),
        cuts in proptest::collection::vec(0usize..20, 0..20),
        waits in proptest::collection::vec(0u64..300_000, 0..20),
    ) {
        let (mut whole, mut cut) = (device(&[Fault::LeftoverScan]), device(&[Fault::LeftoverScan]));
        whole.receive(&bytes);
        let mut rest = &bytes[..];
        for len in cuts {
            let (now, later) = rest.split_at(len.min(rest.len()));
            cut.receive(now);
            rest = later;
        }
        cut.receive(rest);
        whole.advance(waits.iter().sum());
        for wait_us in waits {
            cut.advance(cut.now_us() + wait_us);
        }
        prop_assert_eq!(output(&mut whole), output(&mut cut));
        prop_assert_eq!(whole.presence(), cut.presence());
    }
}
