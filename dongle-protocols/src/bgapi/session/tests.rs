use proptest::prelude::*;

use super::super::device::{Bled112, Fault};
use super::super::{Decoder, Packet};
use super::*;
use crate::advertising::AddressType;
use crate::radio::{Advertiser, Scene, Signal};

const SECOND: u64 = 1_000_000;
const BAND: u64 = 0xC655_4433_2211;

fn scene() -> Scene {
    let advertiser = |address, rssi| {
        let signal = Signal::Constant(rssi);
        let plain = Advertiser::new(address, AddressType::Random, 100_000, signal).unwrap();
        plain.saying(Some(&[2, 1, 6]), Some("band")).unwrap()
    };
    Scene::new(1, vec![advertiser(BAND, -57), advertiser(BAND + 1, -30)])
}

/// A session on a simulated dongle, in steps of 5 ms.
struct Bench {
    device: Bled112,
    decoder: Decoder,
    session: Session,
    t_us: u64,
    bytes_us: u64,
    sent: Vec<Command>,
    heard: Vec<(u64, Advertisement)>,
}

impl Bench {
    fn new(faults: &[Fault]) -> Self {
        Self::on(Bled112::new(scene(), 7, faults), 0)
    }

    fn on(mut device: Bled112, t_us: u64) -> Self {
        device.advance(t_us);
        let (decoder, session) = (Decoder::new(), Session::new(t_us));
        Self { device, decoder, session, t_us, bytes_us: t_us, sent: vec![], heard: vec![] }
    }

    fn step(&mut self) {
        self.t_us += 5_000;
        self.device.advance(self.t_us);
        let mut bytes = Vec::new();
        self.device.take_output(&mut bytes);
        let (session, heard, t_us) = (&mut self.session, &mut self.heard, self.t_us);
        let mut take = |message: Message| heard.extend(session.receive(t_us, &message).map(|a| (t_us, a)));
        if !bytes.is_empty() {
            self.bytes_us = t_us;
            self.decoder.push(&bytes, &mut take);
        } else if t_us - self.bytes_us >= Decoder::QUIET_US && self.decoder.holds_bytes() {
            self.decoder.quiet(&mut take);
        }
        while let Some(command) = self.session.poll(t_us) {
            self.device.receive(command.encode().as_slice());
            self.sent.push(command);
        }
    }

    /// Goes on until the session is in another state than starting; gives the time in µs.
    fn start(&mut self, limit_us: u64) -> u64 {
        while matches!(self.session.state(), State::Starting(_)) && self.t_us < limit_us {
            self.step();
        }
        self.t_us
    }

    fn run(&mut self, for_us: u64) {
        let end_us = self.t_us + for_us;
        while self.t_us < end_us {
            self.step();
        }
    }
}

fn is_reset(command: &Command) -> bool {
    matches!(command, Command::SystemReset { .. })
}

#[test]
fn a_fresh_dongle_streams_within_half_a_second_by_the_recommended_sequence() {
    let mut bench = Bench::new(&[]);
    assert!(bench.start(SECOND) < 500_000);
    assert_eq!(bench.session.state(), State::Streaming);
    let bytes: Vec<Packet> = bench.sent.iter().map(Command::encode).collect();
    let expected: [&[u8]; 12] = [
        &[0, 0, 6, 4],
        &[0, 1, 3, 0, 0],
        &[0, 1, 3, 0, 1],
        &[0, 1, 3, 0, 2],
        &[0, 0, 0, 1],
        &[0, 0, 0, 8],
        &[0, 0, 0, 2],
        &[0, 0, 0, 5],
        &[0, 2, 6, 1, 0, 0],
        &[0, 3, 6, 6, 0, 0, 0],
        &[0, 5, 6, 7, 0xC8, 0, 0xC8, 0, 0],
        &[0, 1, 6, 2, 2],
    ];
    assert_eq!(bytes.iter().map(Packet::as_slice).collect::<Vec<_>>(), expected);
    assert_eq!(bench.session.address(), Some(bench.device.own_address()));
    assert_eq!(bench.session.info().unwrap().protocol, 1);
    assert!(!bench.session.found_leftover_scan());

    bench.run(10 * SECOND);
    let constant = |address, dbm| {
        let of: Vec<_> = bench.heard.iter().filter(|(_, a)| a.address == address).collect();
        assert!(of.len() > 85, "{} in 10 s at 100 % duty", of.len());
        assert!(of.iter().all(|(_, a)| a.rssi_dbm == Some(dbm) && a.data.as_slice() == [2, 1, 6]));
    };
    constant(BAND, -57);
    constant(BAND + 1, -38);
    assert_eq!(bench.sent.len(), expected.len(), "a lively room needs no probe");

    bench.session.stop(bench.t_us);
    bench.run(SECOND / 10);
    assert_eq!(bench.session.state(), State::Stopped);
    assert_eq!(bench.sent.last(), Some(&Command::GapEndProcedure {}));
    let heard = bench.heard.len();
    bench.run(SECOND);
    assert_eq!(bench.heard.len(), heard);
}

#[test]
fn every_starting_state_ends_in_a_stream_without_a_reset() {
    let cases: [(&[Fault], u64); 14] = [
        (&[Fault::LeftoverScan], 500_000),
        (&[Fault::LeftoverConnection], 500_000),
        (&[Fault::LeftoverScan, Fault::LeftoverConnection], 500_000),
        (&[Fault::WrongState { answers: 12 }], 3 * SECOND),
        (&[Fault::LeftoverScan, Fault::WrongState { answers: 3 }], 3 * SECOND),
        (&[Fault::LeftoverScan, Fault::WrongState { answers: 7 }], 3 * SECOND),
        (&[Fault::Busy { answers: 5 }, Fault::WrongState { answers: 1 }], 3 * SECOND),
        (&[Fault::Slow { delay_us: 400_000 }], 6 * SECOND),
        (&[Fault::Slow { delay_us: 1_500_000 }, Fault::LeftoverScan], 40 * SECOND),
        (&[Fault::Slow { delay_us: 3_000_000 }], 60 * SECOND),
        (&[Fault::Bootloader { for_us: 12 * SECOND }], 15 * SECOND),
        (&[Fault::Unplug { at_us: 210_000, away_us: 2 * SECOND }], 5 * SECOND),
        (&[Fault::Garbage { one_in: 2 }, Fault::LeftoverScan], 6 * SECOND),
        (&[Fault::Drop { one_in: 6 }], 20 * SECOND),
    ];
    for (faults, limit_us) in cases {
        let mut bench = Bench::new(faults);
        let took_us = bench.start(limit_us);
        assert_eq!(bench.session.state(), State::Streaming, "{faults:?} after {took_us} µs");
        bench.run(SECOND);
        assert!(bench.heard.len() > 10, "{faults:?}: {} heard", bench.heard.len());
        assert!(!bench.sent.iter().any(is_reset));
        let leftover = faults.contains(&Fault::LeftoverScan);
        assert_eq!(bench.session.found_leftover_scan(), leftover, "{faults:?}");
    }
}

#[test]
fn the_scan_of_a_session_that_died_is_taken_over() {
    let mut died = Bench::new(&[]);
    died.start(SECOND);
    let mut next = Bench::on(died.device, died.t_us + SECOND);
    let mut unread = Vec::new();
    next.device.take_output(&mut unread);
    next.decoder.push(&unread[7..], |_| ());
    next.start(10 * SECOND);
    assert_eq!(next.session.state(), State::Streaming);
    assert!(next.session.found_leftover_scan());
}

#[test]
fn what_does_not_answer_is_given_up_by_name() {
    let mut bench = Bench::new(&[Fault::Silent { from_us: 0 }]);
    bench.run(5 * SECOND);
    assert!(bench.session.is_waiting_long(bench.t_us));
    bench.start(60 * SECOND);
    assert_eq!(bench.session.state(), State::Failed(SessionError::NoAnswer(Step::EndProcedure)));
    assert!((30 * SECOND..33 * SECOND).contains(&bench.t_us));
    assert_eq!(bench.session.next_wake_us(), None);
}

#[test]
fn a_dongle_that_hangs_is_told_from_a_quiet_room() {
    let silence = Fault::Silent { from_us: 3 * SECOND };
    let mut hung = Bench::new(&[silence]);
    hung.run(9 * SECOND);
    assert_eq!(hung.session.state(), State::Failed(SessionError::NoAnswer(Step::Hello)));

    let mut quiet = Bench::on(Bled112::new(Scene::new(1, vec![]), 1, &[]), 0);
    quiet.run(60 * SECOND);
    assert_eq!(quiet.session.state(), State::Streaming);
    assert!(quiet.sent.iter().filter(|sent| **sent == Command::SystemHello {}).count() > 20);
}

#[test]
fn refusals_and_a_lost_licence_are_named() {
    let mut refused = Bench::new(&[Fault::WrongState { answers: u32::MAX }]);
    refused.start(60 * SECOND);
    let code = ResultCode::WRONG_STATE;
    let expected = SessionError::Refused { step: Step::SetMode, code };
    assert_eq!(refused.session.state(), State::Failed(expected));
    assert_eq!(expected.to_string(), "the dongle refused \"set mode\": 0x0181 (wrong state)");

    let mut unscannable = Session::new(0);
    let refusal = Response::GapEndProcedure { result: ResultCode::HARDWARE };
    let asked = (1..100u64).map(|i| i * LISTEN_US).filter(|t_us| {
        let asked = unscannable.poll(*t_us).is_some();
        unscannable.receive(*t_us, &Message::Response(refusal));
        asked
    });
    assert_eq!(asked.count(), 3);
    let expected = SessionError::Refused { step: Step::EndProcedure, code: ResultCode::HARDWARE };
    assert_eq!(unscannable.state(), State::Failed(expected));

    let mut unlicensed = Bench::new(&[Fault::NoLicence]);
    unlicensed.start(SECOND);
    assert_eq!(unlicensed.session.state(), State::Failed(SessionError::NoLicence));
}

#[test]
fn old_firmware_without_a_command_streams_all_the_same() {
    let mut session = Session::new(0);
    let (mut t_us, mut sent) = (LISTEN_US, 0);
    while session.state() != State::Streaming && sent < 20 {
        let command = session.poll(t_us).unwrap();
        let answer = match Response::with_result(&command, ResultCode::OK) {
            Some(response) => Message::Response(response),
            None if command == (Command::SystemHello {}) => Message::Response(Response::SystemHello {}),
            None => Message::Event(Event::SystemProtocolError { reason: ResultCode::NOT_RECOGNISED }),
        };
        session.receive(t_us, &answer);
        (t_us, sent) = (t_us + 1_000, sent + 1);
    }
    assert_eq!((sent, session.info(), session.address()), (12, None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Junk before the first byte, a left-over scan, refusals: 3 seconds suffice for a stream.
    #[test]
    fn a_dirty_start_streams_within_three_seconds(
        seed: u64,
        junk in proptest::collection::vec(any::<u8>(), 0..100),
        unread in 0u64..3_000_000,
        leftover: bool,
        wrong_state in 0u32..6,
        to_device in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut faults = vec![Fault::WrongState { answers: wrong_state }];
        faults.extend(leftover.then_some(Fault::LeftoverScan));
        let mut bench = Bench::on(Bled112::new(scene(), seed, &faults), unread);
        bench.decoder.push(&junk, |_| ());
        bench.device.receive(&to_device);
        let began_us = bench.t_us;
        bench.start(began_us + 5 * SECOND);
        let took_us = bench.t_us - began_us;
        let resetting = to_device.windows(5).any(|w| w[..4] == [0, 1, 0, 0]);
        prop_assert_eq!(bench.session.state(), State::Streaming);
        prop_assert!(resetting || took_us < 3 * SECOND, "{} µs", took_us);
        prop_assert!(!bench.sent.iter().any(is_reset));
    }

    /// A line that loses bytes and adds some delays a start; it does not end it.
    #[test]
    fn a_bad_line_delays_a_start_only(seed: u64, drop in 8u64..20, garbage in 2u64..20, leftover: bool) {
        let mut faults = vec![Fault::Drop { one_in: drop }, Fault::Garbage { one_in: garbage }];
        faults.extend(leftover.then_some(Fault::LeftoverScan));
        let mut bench = Bench::on(Bled112::new(scene(), seed, &faults), 0);
        let took_us = bench.start(90 * SECOND);
        prop_assert_eq!(bench.session.state(), State::Streaming, "after {} µs", took_us);
    }

    #[test]
    fn arbitrary_messages_never_panic_and_only_streaming_gives_advertisements(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0x80), 0u8..10], 0..300),
        times in proptest::collection::vec(any::<u64>(), 1..20),
    ) {
        let mut session = Session::new(times[0]);
        for t_us in times {
            let mut decoder = Decoder::new();
            decoder.push(&bytes, |message| {
                let streaming = session.state() == State::Streaming;
                let given = session.receive(t_us, &message);
                assert!(streaming || given.is_none());
                assert!(given.and_then(|a| a.rssi_dbm).is_none_or(|dbm| (-127..=20).contains(&dbm)));
            });
            let _ = (session.poll(t_us), session.next_wake_us(), session.is_waiting_long(t_us));
        }
        session.stop(5);
    }
}
