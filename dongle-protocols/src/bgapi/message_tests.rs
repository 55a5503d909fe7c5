//! Each message against its bytes, mostly those of the API documentation and of the test suites of
//! public clients; one scan response was captured from hardware.

use proptest::collection::vec;
use proptest::prelude::*;

use super::fields::HEADER_LEN;
use super::*;
use crate::advertising::{AddressType, AdvertisingData};
use crate::link_layer::PduType;

const PEER: u64 = 0xD81C_5D28_BD6C;

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn decoded(packet: &[u8]) -> Message {
    let mut messages = Vec::new();
    Decoder::new().push(packet, |message| messages.push(message));
    assert_eq!(messages.len(), 1, "{packet:02x?}");
    messages[0]
}

fn command(packet: &[u8]) -> Option<Command> {
    let (&[_, _, class, number], payload) = packet.split_first_chunk::<HEADER_LEN>()?;
    Command::decode(MessageId { class, number }, payload)
}

#[test]
fn commands_have_their_bytes() {
    use Command::*;
    let table = [
        ("00 01 00 00 00", SystemReset { boot_in_dfu: 0 }),
        ("00 00 00 01", SystemHello {}),
        ("00 00 00 02", SystemAddressGet {}),
        ("00 00 00 05", SystemGetCounters {}),
        ("00 00 00 06", SystemGetConnections {}),
        ("00 00 00 08", SystemGetInfo {}),
        ("00 04 00 09 03 02 01 02", SystemEndpointTx { endpoint: 3, data: Bytes::new(&[1, 2]).unwrap() }),
        ("00 07 00 0a 6c bd 28 5d 1c d8 01", SystemWhitelistAppend { address: PEER, address_type: 1 }),
        ("00 07 00 0b 6c bd 28 5d 1c d8 01", SystemWhitelistRemove { address: PEER, address_type: 1 }),
        ("00 00 00 0c", SystemWhitelistClear {}),
        ("00 02 00 0d 03 05", SystemEndpointRx { endpoint: 3, size: 5 }),
        ("00 03 00 0e 03 01 ff", SystemEndpointSetWatermarks { endpoint: 3, rx: 1, tx: 0xFF }),
        ("00 01 03 00 00", ConnectionDisconnect { connection: 0 }),
        ("00 01 03 01 00", ConnectionGetRssi { connection: 0 }),
        ("00 01 03 07 00", ConnectionGetStatus { connection: 0 }),
        ("00 01 05 01 00", SmSetBondableMode { bondable: 0 }),
        ("00 02 06 01 00 00", GapSetMode { discover: 0, connect: 0 }),
        ("00 01 06 02 02", GapDiscover { mode: DiscoverMode::Observation as u8 }),
        (
            "00 0f 06 03 6c bd 28 5d 1c d8 01 3c 00 4c 00 64 00 00 00",
            GapConnectDirect {
                address: PEER,
                address_type: 1,
                interval_min: 60,
                interval_max: 76,
                timeout: 100,
                latency: 0,
            },
        ),
        ("00 00 06 04", GapEndProcedure {}),
        ("00 03 06 06 00 00 00", GapSetFiltering { scan_policy: 0, adv_policy: 0, duplicates: 0 }),
        ("00 05 06 07 4b 00 32 00 00", GapSetScanParameters { interval: 75, window: 50, active: 0 }),
        ("00 05 06 07 c8 00 c8 00 01", GapSetScanParameters { interval: 200, window: 200, active: 1 }),
        ("00 01 07 0c 0f", HardwareSetTxpower { power: 15 }),
    ];
    for (hex, value) in table {
        assert_eq!(value.encode().as_slice(), bytes(hex), "{value:?}");
        assert_eq!(command(&bytes(hex)), Some(value));
    }
}

#[test]
fn responses_have_their_bytes() {
    use Response::*;
    let result = ResultCode::OK;
    let info = Info { major: 1, minor: 1, patch: 0, build: 71, link_layer: 3, protocol: 1, hardware: 3 };
    let table = [
        ("00 00 00 01", SystemHello {}),
        ("00 06 00 02 ee ff c0 80 07 00", SystemAddressGet { address: 0x0007_80C0_FFEE }),
        (
            "00 05 00 05 00 00 12 03 08",
            SystemGetCounters { tx_ok: 0, tx_retry: 0, rx_ok: 18, rx_fail: 3, buffers_free: 8 },
        ),
        ("00 01 00 06 03", SystemGetConnections { max: 3 }),
        ("00 0c 00 08 01 00 01 00 00 00 47 00 03 00 01 03", SystemGetInfo { info }),
        ("00 02 00 09 00 00", SystemEndpointTx { result }),
        ("00 02 00 0a 00 00", SystemWhitelistAppend { result }),
        ("00 02 00 0b 00 00", SystemWhitelistRemove { result }),
        ("00 00 00 0c", SystemWhitelistClear {}),
        ("00 05 00 0d 00 00 02 01 02", SystemEndpointRx { result, data: Bytes::new(&[1, 2]).unwrap() }),
        ("00 02 00 0e 00 00", SystemEndpointSetWatermarks { result }),
        ("00 03 03 00 00 86 01", ConnectionDisconnect { connection: 0, result: ResultCode::NOT_CONNECTED }),
        ("00 02 03 01 00 b0", ConnectionGetRssi { connection: 0, rssi: -80 }),
        ("00 01 03 07 00", ConnectionGetStatus { connection: 0 }),
        ("00 00 05 01", SmSetBondableMode {}),
        ("00 02 06 01 00 00", GapSetMode { result }),
        ("00 02 06 02 81 01", GapDiscover { result: ResultCode::WRONG_STATE }),
        ("00 03 06 03 00 00 00", GapConnectDirect { result, connection: 0 }),
        ("00 02 06 04 81 01", GapEndProcedure { result: ResultCode::WRONG_STATE }),
        ("00 02 06 06 00 00", GapSetFiltering { result }),
        ("00 02 06 07 80 01", GapSetScanParameters { result: ResultCode::INVALID_PARAMETER }),
        ("00 00 07 0c", HardwareSetTxpower {}),
    ];
    for (hex, value) in table {
        assert_eq!(value.encode().as_slice(), bytes(hex), "{value:?}");
        assert_eq!(decoded(&bytes(hex)), Message::Response(value));
    }
}

#[test]
fn events_have_their_bytes() {
    use Event::*;
    let info = Info { major: 1, minor: 2, patch: 3, build: 4, link_layer: 5, protocol: 6, hardware: 7 };
    let status = super::ConnectionStatus {
        connection: 0,
        flags: ConnectionFlags::CONNECTED | ConnectionFlags::COMPLETED,
        address: PEER,
        address_type: 1,
        interval: 60,
        timeout: 100,
        latency: 0,
        bonding: 0xFF,
    };
    let table = [
        ("80 0c 00 00 01 00 02 00 03 00 04 00 05 00 06 07", SystemBoot { info }),
        ("80 03 00 01 02 41 42", SystemDebug { data: Bytes::new(b"AB").unwrap() }),
        ("80 02 00 02 03 05", SystemEndpointWatermarkRx { endpoint: 3, bytes: 5 }),
        ("80 02 00 03 03 20", SystemEndpointWatermarkTx { endpoint: 3, bytes: 32 }),
        (
            "80 04 00 04 34 12 80 01",
            SystemScriptFailure { address: 0x1234, reason: ResultCode::INVALID_PARAMETER },
        ),
        ("80 00 00 05", SystemNoLicenceKey {}),
        ("80 02 00 06 84 01", SystemProtocolError { reason: ResultCode::NOT_RECOGNISED }),
        ("80 10 03 00 00 05 6c bd 28 5d 1c d8 01 3c 00 64 00 00 00 ff", ConnectionStatus { status }),
        (
            "80 03 03 04 00 13 02",
            ConnectionDisconnected { connection: 0, reason: ResultCode::REMOTE_TERMINATED },
        ),
        ("80 02 06 01 00 00", GapModeChanged { discover: 0, connect: 0 }),
    ];
    for (hex, value) in table {
        assert_eq!(value.encode().as_slice(), bytes(hex), "{value:?}");
        assert_eq!(decoded(&bytes(hex)), Message::Event(value));
    }
}

fn advertisement(hex: &str) -> Advertisement {
    match decoded(&bytes(hex)) {
        Message::Event(event @ Event::GapScanResponse { packet }) => {
            assert_eq!(event.encode().as_slice(), bytes(hex));
            assert_eq!(packet.bond, 0xFF);
            packet.into()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_captured_scan_response_is_read_whole() {
    let heard = advertisement(
        "80 26 06 00 b9 00 6c bd 28 5d 1c d8 01 ff 1b 02 01 06 11 06 ba 56 89 a6 fa bf a2 bd 01 46 7d 6e \
         38 58 ab ad 05 16 0a 18 07 04",
    );
    assert_eq!((heard.address, heard.address_type), (PEER, AddressType::Random));
    assert_eq!((heard.rssi_dbm, heard.packet_type), (Some(-71), PduType::AdvInd));
    assert_eq!(heard.data.len(), 27);
    assert_eq!(heard.data.as_slice()[..4], [2, 1, 6, 0x11]);
}

#[test]
fn the_ends_of_the_range_are_read() {
    let weakest = advertisement("80 0b 06 00 99 02 11 22 33 44 55 c6 01 ff 00");
    assert_eq!((weakest.rssi_dbm, weakest.packet_type), (Some(-103), PduType::AdvNonconnInd));
    assert_eq!((weakest.address, weakest.data), (0xC655_4433_2211, AdvertisingData::EMPTY));
    let saturated = advertisement("80 13 06 00 da 04 11 22 33 44 55 c6 01 ff 08 07 09 42 6c 65 75 49 4f");
    assert_eq!((saturated.rssi_dbm, saturated.packet_type), (Some(-38), PduType::ScanRsp));
    assert_eq!(crate::advertising::local_name(saturated.data.as_slice()), Some(&b"BleuIO"[..]));
}

#[test]
fn what_is_no_signal_strength_is_none() {
    let with = |rssi, packet_type| {
        let (data, bond) = (AdvertisingData::EMPTY, 0xFF);
        Advertisement::from(ScanResponse { rssi, packet_type, sender: 1, address_type: 0, bond, data })
    };
    assert_eq!((with(127, 5).rssi_dbm, with(127, 5).packet_type), (None, PduType::ConnectInd));
    assert_eq!((with(-128, 0x16).rssi_dbm, with(0, 0x16).packet_type), (None, PduType::Reserved(0x16)));
    assert_eq!(with(0, 1).address_type, AddressType::Public);
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(class in 0u8..10, number in 0u8..32, payload in vec(any::<u8>(), 0..=60)) {
        let id = MessageId { class, number };
        let packet = |first| [&[first, u8::try_from(payload.len()).unwrap(), class, number][..], &payload].concat();
        if let Some(command) = Command::decode(id, &payload) {
            prop_assert_eq!(command.id(), id);
            prop_assert_eq!(command.encode().as_slice().to_vec(), packet(0x00));
        }
        if let Some(response) = Response::decode(id, &payload) {
            prop_assert_eq!(response.encode().as_slice().to_vec(), packet(0x00));
        }
        if let Some(event) = Event::decode(id, &payload) {
            prop_assert_eq!(event.encode().as_slice().to_vec(), packet(0x80));
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_value(
        rssi: i8, packet_type: u8, sender in 0u64..1 << 48, address_type: u8, bond: u8, data in vec(any::<u8>(), 0..=31),
    ) {
        let data = AdvertisingData::new(&data).unwrap();
        let packet = ScanResponse { rssi, packet_type, sender, address_type, bond, data };
        let event = Event::GapScanResponse { packet };
        prop_assert_eq!(decoded(event.encode().as_slice()), Message::Event(event));
        let command_sent = Command::GapSetAdvData { scan_response: packet_type, data };
        prop_assert_eq!(command(command_sent.encode().as_slice()), Some(command_sent));
        if let Some(dbm) = Advertisement::from(packet).rssi_dbm {
            prop_assert!((-127..=20).contains(&dbm));
        }
    }
}
