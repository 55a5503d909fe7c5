//! The host against the simulated dongle, in every state it may be found in.

use proptest::prelude::*;

use super::*;
use crate::bleuio::device::{Device, Faults, ScanState, Settings, WhileScanning};
use crate::bleuio::{Decoder, Packet};
use crate::radio::{Advertiser, Scene, Signal};

const BAND: u64 = 0xC655_4433_2211;

fn scene() -> Scene {
    let band = Advertiser::new(BAND, AddressType::Random, 100_000, Signal::Constant(-42)).unwrap();
    let other =
        Advertiser::new(0x0007_8081_4494, AddressType::Public, 30_000, Signal::Constant(-70)).unwrap();
    let band = band.saying(Some(&[2, 1, 6, 3, 0xFF, 0xB2, 1]), Some("band")).unwrap();
    Scene::new(7, vec![band, other.saying(None, Some("other")).unwrap()])
}

/// What was seen of a row, owned.
type Seen = (u64, Option<AddressType>, Option<i8>, Option<Packet>, Vec<u8>);

struct Bench {
    host: Host,
    device: Device,
    decoder: Decoder,
    now_us: u64,
    rows: Vec<Seen>,
}

impl Bench {
    fn new(settings: Settings, request: Request) -> Self {
        let device = Device::new(settings, scene());
        // The port is opened a little after the dongle was left alone.
        let now_us = 1_234_567;
        Self { host: Host::new(request, now_us), device, decoder: Decoder::default(), now_us, rows: vec![] }
    }

    /// Plays until a state is reached, or time is up.
    fn until(&mut self, limit_us: u64, reached: impl Fn(&Host) -> bool) -> bool {
        let end_us = self.now_us + limit_us;
        while self.now_us < end_us && !reached(&self.host) {
            let out = self.host.take_output();
            self.device.receive(&out, self.now_us);
            let mut bytes = Vec::new();
            self.device.poll(self.now_us, &mut bytes);
            let (host, rows, now_us) = (&mut self.host, &mut self.rows, self.now_us);
            self.decoder.push(&bytes, |line| {
                host.on_line(line, now_us);
                if let (Line::Row(row), State::Streaming) = (line, host.state()) {
                    let data = row.data.unwrap_or_default().to_vec();
                    rows.push((row.address, row.address_type, row.rssi_dbm, row.packet, data));
                }
            });
            host.on_time(now_us);
            if host.out.is_empty() {
                let next = [host.wake_at_us(), self.device.wake_at_us()].into_iter().flatten().min();
                self.now_us = next.unwrap_or(end_us).clamp(now_us + 1, end_us);
            }
        }
        reached(&self.host)
    }

    fn streams_within(&mut self, limit_us: u64) -> bool {
        self.until(limit_us, |host| host.state() == State::Streaming)
    }
}

fn earlier(commands: &[&str]) -> Vec<String> {
    commands.iter().map(|&command| command.to_owned()).collect()
}

fn standard(version: [u16; 4]) -> Settings {
    Settings { firmware: Version(version), ..Settings::default() }
}

#[test]
fn a_fresh_dongle_streams_and_stops() {
    let mut bench = Bench::new(Settings::default(), Request::default());
    assert!(bench.streams_within(1_000_000), "{:?}", bench.host);
    assert!(bench.host.is_verbose());
    assert_eq!((bench.host.firmware(), bench.host.is_standard()), (Some(Version([2, 7, 9, 51])), Some(true)));
    bench.until(10_000_000, |_| false);
    let band: Vec<_> = bench.rows.iter().filter(|row| row.0 == BAND).collect();
    assert!((90..=100).contains(&band.len()), "{}", band.len());
    let data = vec![2, 1, 6, 3, 0xFF, 0xB2, 1];
    let expected = (BAND, Some(AddressType::Random), Some(-42), Some(Packet::Advertisement), data);
    assert!(band.iter().all(|row| **row == expected), "{:?}", band[0]);
    bench.host.stop(bench.now_us);
    assert!(bench.until(1_000_000, |host| host.state() == State::Stopped { clean: true }));
    let before = bench.decoder.counters();
    bench.until(2_000_000, |_| false);
    assert_eq!(bench.decoder.counters(), before, "something came after the end");
    bench.device.receive(b"AT\r", bench.now_us);
    let mut bytes = Vec::new();
    bench.device.poll(bench.now_us + 10_000, &mut bytes);
    assert_eq!(bytes, b"AT\r\r\nOK\r\n", "text mode and echo are back");
}

#[test]
fn every_state_an_earlier_process_leaves_is_overcome() {
    let scanning = ["AT+DUAL", "AT+SHOWRSSI=1", "AT+FINDSCANDATA="];
    let target = format!("AT+SCANTARGET=[1]{}", "C6:55:44:33:22:11");
    let states = [
        earlier(&[]),
        earlier(&["ATE0"]),
        earlier(&["ATV1"]),
        earlier(&["ATV1", "ATE0", "AT+CENTRAL"]),
        earlier(&scanning),
        earlier(&[&["ATV1"], &scanning[..]].concat()),
        earlier(&[&["ATV1", "ATE0"], &scanning[..]].concat()),
        earlier(&["AT+CENTRAL", "AT+GAPSCAN"]),
        earlier(&["AT+DUAL", &target]),
        earlier(&["ATV1", "AT+DUAL", "AT+GAPSCAN=2"]),
    ];
    for earlier in states {
        for firmware in [[2, 7, 9, 51], [2, 2, 1, 0], [2, 2, 0, 0], [2, 1, 3, 0], [1, 0, 5, 6]] {
            for while_scanning in [WhileScanning::Ignored, WhileScanning::Refused] {
                for (scan_state, first_index) in [(ScanState::Flat, 0), (ScanState::Nested, 1)] {
                    let before = earlier.clone();
                    let settings = Settings {
                        earlier: before,
                        while_scanning,
                        scan_state,
                        first_index,
                        ..standard(firmware)
                    };
                    let text = format!("{settings:?}");
                    let mut bench = Bench::new(settings, Request::default());
                    assert!(bench.streams_within(3_000_000), "{text}\n{:?}", bench.host);
                    bench.until(1_000_000, |_| false);
                    assert_eq!(bench.host.state(), State::Streaming, "{text}");
                    assert!(bench.rows.iter().any(|row| row.0 == BAND && row.2 == Some(-42)), "{text}");
                    bench.host.stop(bench.now_us);
                    assert!(
                        bench.until(3_000_000, |h| h.state() == State::Stopped { clean: true }),
                        "{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn slow_busy_and_lossy_dongles_stream_in_the_end() {
    let slow = |answer_delay_us| Faults { answer_delay_us, ..Faults::default() };
    let cases = [
        (slow(90_000), 3_000_000),
        (slow(500_000), 12_000_000),
        (slow(2_500_000), 90_000_000),
        (Faults { busy_commands: 5, ..Faults::default() }, 5_000_000),
        (Faults { split: Some(7), ..Faults::default() }, 10_000_000),
        (Faults { loss: 0.1, ..Faults::default() }, 120_000_000),
        (Faults { garbage: 0.1, ..Faults::default() }, 120_000_000),
    ];
    for (faults, limit_us) in cases {
        for firmware in [[2, 7, 9, 51], [2, 1, 3, 0]] {
            for earlier in [earlier(&[]), earlier(&["ATV1", "AT+DUAL", "AT+FINDSCANDATA="])] {
                let settings = Settings { faults: faults.clone(), earlier, ..standard(firmware) };
                let text = format!("{settings:?}");
                let mut bench = Bench::new(settings, Request::default());
                assert!(bench.streams_within(limit_us), "{text}\n{:?}", bench.host);
            }
        }
    }
}

#[test]
fn one_advertiser_or_a_pattern_can_be_asked_for() {
    let one = Target::One { address: BAND, address_type: AddressType::Random };
    for target in [one, Target::Containing(vec![0xB2, 0x01])] {
        for firmware in [[2, 7, 9, 51], [2, 1, 3, 0]] {
            let mut bench =
                Bench::new(standard(firmware), Request { target: target.clone(), ..Request::default() });
            assert!(bench.streams_within(2_000_000), "{:?}", bench.host);
            bench.until(2_000_000, |_| false);
            assert!(bench.rows.len() >= 15 && bench.rows.iter().all(|row| row.0 == BAND), "{:?}", bench.rows);
        }
    }
}

#[test]
fn silence_is_told_from_death() {
    let nobody = Target::Containing(vec![1, 2, 3, 4]);
    let mut bench = Bench::new(Settings::default(), Request { target: nobody, ..Request::default() });
    assert!(bench.streams_within(2_000_000));
    bench.until(60_000_000, |host| matches!(host.state(), State::Failed(_)));
    assert!((8..=12).contains(&bench.host.probes()), "{}", bench.host.probes());
    assert_eq!(bench.host.restarts(), bench.host.probes());

    let mute = Faults { is_mute: true, ..Faults::default() };
    let mut bench = Bench::new(Settings { faults: mute, ..Settings::default() }, Request::default());
    bench.until(60_000_000, |host| matches!(host.state(), State::Failed(_)));
    assert_eq!(bench.host.state(), State::Failed(Failure::NoAnswer(Step::Verbose)));

    let mut host = Bench::new(Settings::default(), Request::default());
    assert!(host.streams_within(2_000_000));
    let mut host = host.host;
    while let Some(at_us) = host.wake_at_us() {
        host.on_time(at_us);
    }
    assert_eq!(host.state(), State::Failed(Failure::Silent));
}

/// How a conversation ends with something that says one line again and again, whatever it is told.
fn chattered_at(line: &[u8], every_us: u64) -> State {
    let (mut host, mut decoder) = (Host::new(Request::default(), 0), Decoder::default());
    for now_us in (0..60_000_000).step_by(10_000) {
        if now_us % every_us == 0 {
            decoder.push(line, |line| host.on_line(line, now_us));
        }
        host.on_time(now_us);
    }
    host.state()
}

#[test]
fn what_talks_without_end_and_is_no_bleuio_is_given_up() {
    let no_answer = State::Failed(Failure::NoAnswer(Step::Verbose));
    assert_eq!(chattered_at(b"$GPGGA,123519,4807.038,N\r\n", 100_000), no_answer);
}

#[test]
fn a_scan_that_does_not_end_is_given_up_however_slow_its_rows() {
    let row = b"\r\n[30:63:C5:D0:B1:DE] Device Data [ADV]: 020106\r\n";
    for every_us in [10_000, 100_000, 160_000, 400_000, 900_000] {
        assert_eq!(chattered_at(row, every_us), State::Failed(Failure::WouldNotStop), "{every_us} µs");
    }
}

#[test]
fn firmware_without_rssi_and_a_bootloader_are_named() {
    let mut bench = Bench::new(standard([2, 1, 0, 0]), Request::default());
    bench.until(20_000_000, |host| matches!(host.state(), State::Failed(_)));
    assert_eq!(bench.host.state(), State::Failed(Failure::NoRssi));
    bench.host.stop(bench.now_us);
    assert_eq!(bench.host.take_output(), [STOP]);

    let settings = Settings { starts_in_bootloader: true, ..Settings::default() };
    let mut bench = Bench::new(settings, Request::default());
    assert!(bench.streams_within(10_000_000), "QUIT leaves the bootloader: {:?}", bench.host);
}

#[test]
fn stopping_in_the_middle_of_the_start_ends_it() {
    for after_us in (0..600_000).step_by(10_000) {
        let earlier = earlier(&["AT+DUAL", "AT+FINDSCANDATA="]);
        let mut bench = Bench::new(Settings { earlier, ..Settings::default() }, Request::default());
        bench.until(after_us, |_| false);
        bench.host.stop(bench.now_us);
        assert!(bench.until(5_000_000, |host| host.state() == State::Stopped { clean: true }), "{after_us}");
        let rows = bench.decoder.counters().rows;
        bench.until(1_000_000, |_| false);
        assert_eq!(bench.decoder.counters().rows, rows, "{after_us}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_mixture_of_small_faults_streams(
        seed: u64,
        verbose: bool,
        echo: bool,
        left_over: bool,
        delay_us in 0u64..300_000,
        loss in 0.0..0.05,
        garbage in 0.0..0.05,
        split in proptest::option::of(5usize..100),
    ) {
        let mut before = vec!["AT+DUAL"];
        before.extend(verbose.then_some("ATV1"));
        before.extend((!echo).then_some("ATE0"));
        before.extend(left_over.then_some("AT+FINDSCANDATA="));
        let faults = Faults { answer_delay_us: delay_us, loss, garbage, split, ..Faults::default() };
        let settings = Settings { seed, faults, earlier: earlier(&before), ..Settings::default() };
        let mut bench = Bench::new(settings, Request::default());
        prop_assert!(bench.streams_within(120_000_000), "{:?}", bench.host);
    }

    #[test]
    fn any_lines_at_any_time_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), step_us in 0u64..3_000_000) {
        let mut host = Host::new(Request::default(), 0);
        let (mut decoder, mut now_us) = (Decoder::default(), 0);
        for piece in bytes.chunks(9) {
            now_us += step_us;
            decoder.push(piece, |line| host.on_line(line, now_us));
            decoder.push(b"\r\n", |line| host.on_line(line, now_us));
            host.on_time(now_us);
        }
        let _ = (host.state(), host.take_output());
    }
}
