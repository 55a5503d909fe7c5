use super::super::{ResultCode, ScanResponse};
use super::*;
use crate::advertising::AdvertisingData;
use proptest::prelude::*;

const HELLO: &[u8] = &[0, 0, 0, 1];

fn decode(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    decoder.push(bytes, |message| messages.push(message));
    messages
}

fn heard(rssi: i8, data: &[u8]) -> Event {
    Event::GapScanResponse {
        packet: ScanResponse {
            rssi,
            packet_type: 0,
            sender: 0xC655_4433_2211,
            address_type: 1,
            bond: 0xFF,
            data: AdvertisingData::new(data).unwrap(),
        },
    }
}

fn scan_response() -> impl Strategy<Value = Event> {
    (any::<i8>(), proptest::collection::vec(any::<u8>(), 0..=31)).prop_map(|(rssi, data)| heard(rssi, &data))
}

#[test]
fn messages_come_one_after_another() {
    let stream = [HELLO, heard(-40, &[2, 1, 6]).encode().as_slice(), HELLO].concat();
    let mut decoder = Decoder::new();
    let hello = Message::Response(Response::SystemHello {});
    let event = Message::Event(heard(-40, &[2, 1, 6]));
    assert_eq!(decode(&mut decoder, &stream), [hello, event, hello]);
    assert_eq!(decoder.counters(), Counters { messages: 3, ..Counters::default() });
    assert!(!decoder.holds_bytes());
}

#[test]
fn junk_is_passed_over_and_counted() {
    let mut decoder = Decoder::new();
    let stream = [&[0x13, 0x37, 0xFF, 0x42, 0x11][..], HELLO, HELLO].concat();
    assert_eq!(decode(&mut decoder, &stream).len(), 2);
    assert_eq!(
        decoder.counters(),
        Counters { messages: 2, resyncs: 1, bytes_skipped: 5, unknown_messages: 0 }
    );
}

#[test]
fn after_junk_a_lone_message_is_given_when_the_line_is_quiet() {
    let mut decoder = Decoder::new();
    assert_eq!(decode(&mut decoder, &[&[0x13][..], HELLO].concat()), []);
    assert!(decoder.holds_bytes());
    let mut given = Vec::new();
    decoder.quiet(|message| given.push(message));
    assert_eq!(given, [Message::Response(Response::SystemHello {})]);
    assert!(!decoder.holds_bytes());
    assert_eq!(decode(&mut decoder, HELLO).len(), 1, "in step again");
}

#[test]
fn a_cut_packet_is_passed_over_when_the_line_is_quiet() {
    let mut decoder = Decoder::new();
    let event = heard(-40, &[2, 1, 6]).encode();
    assert_eq!(decode(&mut decoder, &event.as_slice()[..9]), []);
    decoder.quiet(|message| panic!("{message:?}"));
    assert_eq!(decoder.counters(), Counters { resyncs: 1, bytes_skipped: 9, ..Counters::default() });
    decoder.quiet(|message| panic!("{message:?}"));
    assert_eq!(decoder.counters().resyncs, 1, "nothing was held");
    assert_eq!(decode(&mut decoder, event.as_slice()).len(), 1);
}

#[test]
fn unknown_messages_are_given_as_such_and_do_no_harm() {
    let mut decoder = Decoder::new();
    let given = decode(&mut decoder, &[&[0x80, 2, 4, 1, 9, 9][..], HELLO].concat());
    let unknown = Message::Unknown { event: true, id: MessageId { class: 4, number: 1 } };
    assert_eq!(given, [unknown, Message::Response(Response::SystemHello {})]);
    assert_eq!(decoder.counters().unknown_messages, 1);
}

#[test]
fn what_a_bled112_never_sends_starts_no_packet() {
    for junk in [[0x08, 0, 0, 1], [0x88, 0, 0, 1], [0, 61, 0, 1], [0, 0, 10, 1], [0, 0, 4, 32], [0, 1, 0, 1]]
    {
        let mut decoder = Decoder::new();
        let given = decode(&mut decoder, &[&junk[..], HELLO, HELLO].concat());
        assert!(decoder.counters().bytes_skipped > 0 && given.len() >= 2, "{junk:02x?}: {given:?}");
    }
    let mut array_too_long = heard(-40, &[2, 1, 6]).encode().as_slice().to_vec();
    array_too_long[14] = 4;
    let mut decoder = Decoder::new();
    assert_eq!(decode(&mut decoder, &[&array_too_long[..], HELLO, HELLO].concat()).len(), 2);
}

#[test]
fn wrong_state_is_an_answer() {
    let given = decode(&mut Decoder::new(), &[0, 2, 6, 2, 0x81, 1]);
    assert_eq!(given, [Message::Response(Response::GapDiscover { result: ResultCode::WRONG_STATE })]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same(
        pieces in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            proptest::collection::vec(prop_oneof![Just(0u8), Just(0x80), 0u8..10], 0..80),
            scan_response().prop_map(|event| event.encode().as_slice().to_vec()),
            Just(vec![0, 2, 6, 2, 0x81, 1]),
        ], 0..12),
        cuts in proptest::collection::vec(0usize..90, 0..40),
    ) {
        let stream = pieces.concat();
        let (mut whole, mut cut) = (Decoder::new(), Decoder::new());
        let (expected, mut given, mut rest) = (decode(&mut whole, &stream), Vec::new(), &stream[..]);
        for len in cuts {
            let (now, later) = rest.split_at(len.min(rest.len()));
            given.extend(decode(&mut cut, now));
            rest = later;
        }
        given.extend(decode(&mut cut, rest));
        prop_assert_eq!(given, expected);
        prop_assert_eq!(cut.counters(), whole.counters());
        whole.quiet(|_| ());
        cut.quiet(|_| ());
        prop_assert_eq!(cut.counters(), whole.counters());
    }

    /// After damage at most the packets that start within one maximum packet are lost, and the one
    /// they end in.
    #[test]
    fn garbage_resyncs_within_one_packet(
        garbage in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            (scan_response(), 1usize..46).prop_map(|(event, cut)| {
                let packet = event.encode();
                packet.as_slice()[..cut.min(packet.as_slice().len() - 1)].to_vec()
            }),
            (scan_response(), 1usize..46).prop_map(|(event, cut)| {
                let packet = event.encode();
                packet.as_slice()[cut.min(packet.as_slice().len() - 1)..].to_vec()
            }),
        ],
        events in proptest::collection::vec(scan_response(), 8..20),
    ) {
        let mut stream = garbage.clone();
        let mut must_come = Vec::new();
        for event in &events {
            if stream.len() >= garbage.len() + MAX_PACKET {
                must_come.push(Message::Event(*event));
            }
            stream.extend(event.encode().as_slice());
        }
        let mut decoder = Decoder::new();
        let mut given = decode(&mut decoder, &stream);
        decoder.quiet(|message| given.push(message));
        prop_assert!(given.ends_with(&must_come), "{given:?}");
        prop_assert!(decoder.counters().resyncs <= 2 + garbage.len() as u64 / 4);
    }

    #[test]
    fn every_byte_is_a_message_or_counted(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let mut decoder = Decoder::new();
        let mut known = 0;
        let mut add = |message: Message| known += match message {
            Message::Response(response) => response.encode().as_slice().len(),
            Message::Event(event) => event.encode().as_slice().len(),
            Message::Unknown { .. } => 0,
        };
        decoder.push(&bytes, &mut add);
        decoder.quiet(&mut add);
        let total = known + usize::try_from(decoder.counters().bytes_skipped).unwrap();
        if decoder.counters().unknown_messages == 0 {
            prop_assert_eq!(total, bytes.len());
        } else {
            prop_assert!(total <= bytes.len());
        }
    }
}
