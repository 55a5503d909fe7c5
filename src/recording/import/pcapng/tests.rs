//! Files built block by block, in both endiannesses.

use dongle_protocols::link_layer::encode;
use proptest::prelude::*;

use super::*;

struct Builder {
    big: bool,
    bytes: Vec<u8>,
}

impl Builder {
    fn new(big: bool) -> Self {
        let mut builder = Self { big, bytes: Vec::new() };
        builder.section();
        builder
    }

    fn section(&mut self) {
        let magic = self.u32(0x1A2B_3C4D);
        let body = [&magic[..], &self.u16(1), &self.u16(0), &[0xFF; 8]].concat();
        self.block(block::SECTION_HEADER, &body);
    }

    fn u32(&self, n: u32) -> [u8; 4] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn u16(&self, n: u16) -> [u8; 2] {
        if self.big { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let total = self.u32(u32::try_from(body.len() + 12).unwrap());
        self.bytes.extend([&self.u32(kind)[..], &total, &body, &total].concat());
    }

    fn interface(&mut self, link: u16, options: &[u8]) {
        let body = [&self.u16(link)[..], &[0; 2], &self.u32(0), options].concat();
        self.block(block::INTERFACE, &body);
    }

    fn resolution(&self, exponent: u8) -> Vec<u8> {
        [&self.u16(9)[..], &self.u16(1), &[exponent, 0, 0, 0]].concat()
    }

    fn enhanced(&mut self, interface: u32, ticks: u64, packet: &[u8]) {
        let (high, low) = (u32::try_from(ticks >> 32).unwrap(), (ticks & 0xFFFF_FFFF) as u32);
        let len = self.u32(u32::try_from(packet.len()).unwrap());
        let head = [self.u32(interface), self.u32(high), self.u32(low), len, len].concat();
        self.block(block::ENHANCED_PACKET, &[&head[..], packet].concat());
    }
}

fn packet() -> Vec<u8> {
    [&[0, 0xC3, 0, 0, 0, 0, 0, 0, 3, 0][..], &encode(0, &[1, 2, 3, 4, 5, 0xC6])].concat()
}

const T_US: i64 = 1_600_000_000_250_000;

fn times(bytes: &[u8]) -> Vec<i64> {
    let imported = read(bytes).unwrap();
    assert_eq!(imported.loss, None);
    imported.samples.iter().map(|h| h.time_us).collect()
}

#[test]
fn either_endianness_and_any_resolution_give_the_same_time() {
    for big in [false, true] {
        let t = u64::try_from(T_US).unwrap();
        let binary = (u128::from(t) << 20) / 1_000_000;
        for (exponent, ticks) in
            [(6, t), (9, t * 1000 + 999), (3, t / 1000), (0x80 | 20, u64::try_from(binary).unwrap())]
        {
            let mut file = Builder::new(big);
            let options = file.resolution(exponent);
            file.interface(256, &options);
            file.enhanced(0, ticks, &packet());
            let given = times(&file.bytes);
            assert!((T_US - 1..=T_US).contains(&given[0]), "{exponent}: {given:?}");
        }
    }
}

#[test]
fn a_time_offset_is_added_and_garbage_behind_the_options_is_ignored() {
    let mut file = Builder::new(false);
    let offset = [&[14, 0, 8, 0][..], &100i64.to_le_bytes(), &[0xFF, 0xFF, 0xCC, 0x1F]].concat();
    file.interface(256, &offset);
    file.enhanced(0, 7, &packet());
    assert_eq!(times(&file.bytes), [100_000_007]);
}

#[test]
fn old_and_simple_packets_unknown_blocks_and_new_sections_are_read() {
    let mut file = Builder::new(false);
    file.interface(1, &[]);
    file.interface(256, &[]);
    file.block(0x0BAD, b"unknown");
    file.enhanced(1, 1, &packet());
    file.enhanced(0, 2, b"ethernet");
    file.enhanced(9, 3, &packet());
    let len = u32::try_from(packet().len()).unwrap().to_le_bytes();
    let old = [&[1, 0, 0, 0][..], &[0; 4], &[4, 0, 0, 0], &len, &len, &packet()].concat();
    file.block(block::OLD_PACKET, &old);
    file.big = true;
    file.section();
    file.interface(256, &[]);
    file.enhanced(0, 5, &packet());
    let simple = [&u32::try_from(packet().len()).unwrap().to_be_bytes()[..], &packet()].concat();
    file.block(block::SIMPLE_PACKET, &simple);
    let imported = read(&file.bytes[..]).unwrap();
    assert_eq!(imported.samples.iter().map(|h| h.time_us).collect::<Vec<_>>(), [1, 4, 5]);
    assert_eq!(imported.skipped.of(Skip::OtherTraffic), 2);
    assert_eq!(imported.skipped.of(Skip::NoTime), 1);
    assert_eq!(imported.what, "pcapng, BLE link layer");
}

#[test]
fn clocks_beyond_reason_give_no_time() {
    for exponent in [0, 40, 0x7F] {
        let mut file = Builder::new(false);
        let options = file.resolution(exponent);
        file.interface(256, &options);
        file.enhanced(0, u64::MAX, &packet());
        let imported = read(&file.bytes[..]).unwrap();
        assert_eq!(imported.skipped.of(Skip::NoTime), 1, "{exponent}");
    }
}

#[test]
fn captures_of_other_things_are_refused() {
    let mut file = Builder::new(false);
    file.interface(251, &[]);
    file.enhanced(0, 1, &packet());
    assert!(matches!(read(&file.bytes[..]), Err(ImportError::Unusable(_))));
}

#[test]
fn every_truncation_keeps_the_whole_packets_and_is_a_loss() {
    let mut file = Builder::new(false);
    let section = file.bytes.len();
    file.interface(256, &[]);
    let interface = file.bytes.len();
    file.enhanced(0, 1, &packet());
    let one = file.bytes.len();
    file.enhanced(0, 2, &packet());
    for cut in 0..file.bytes.len() {
        match read(&file.bytes[..cut]) {
            Err(ImportError::Unusable(_)) => assert!(cut < section, "cut at {cut}"),
            other => {
                let imported = other.unwrap();
                assert_eq!(imported.samples.len(), usize::from(cut >= one), "cut at {cut}");
                let whole = [0, section, interface, one].contains(&cut);
                assert_eq!(imported.loss.is_some(), !whole, "cut at {cut}");
            }
        }
    }
}

#[test]
fn a_block_whose_lengths_disagree_ends_the_import() {
    let mut file = Builder::new(false);
    file.interface(256, &[]);
    file.enhanced(0, 1, &packet());
    file.enhanced(0, 2, &packet());
    let last = file.bytes.len() - 4;
    file.bytes[last] ^= 1;
    let imported = read(&file.bytes[..]).unwrap();
    assert_eq!(imported.samples.len(), 1);
    assert!(matches!(imported.loss, Some(Loss::Damaged(_))));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        tail in proptest::collection::vec(any::<u8>(), 0..400),
        big: bool,
        kind in 0u32..8,
    ) {
        let mut file = Builder::new(big);
        let options = file.resolution(9);
        file.interface(272, &options);
        file.block(kind, &tail);
        file.bytes.extend(&tail);
        let _ = read(&file.bytes[..]);
        let _ = read(&tail[..]);
    }
}
