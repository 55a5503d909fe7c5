//! Packets of captures, whatever the container, into samples: the rules of what a sample is.

use dongle_protocols::hci::{self, H4_EVENT};
use dongle_protocols::link_layer::{AdvertisingPacket, NotAdvertising, PduType};
use dongle_protocols::sniffer::{self, CrcVerdict, NoPacket};

use super::{Clock, Heard, Imported, Skip};
use crate::reading::{Band, RSSI_RANGE_DBM, RSSI_UNAVAILABLE};
use crate::recording::names::SourceId;
use crate::recording::row::Sample;

/// The name of the one source of an imported capture.
pub(super) const SOURCE: &str = "import-1";

/// A kind of packet that may hold signal strengths, by the registry of link types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkType {
    /// 272, the nRF Sniffer.
    Nordic,
    /// 256, Ubertooth, Sniffle and others.
    LinkLayerWithPhdr,
    /// 187, HCI without direction.
    H4,
    /// 201, HCI with direction.
    H4WithPhdr,
}

impl LinkType {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        match number {
            272 => Some(Self::Nordic),
            256 => Some(Self::LinkLayerWithPhdr),
            187 => Some(Self::H4),
            201 => Some(Self::H4WithPhdr),
            _ => None,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Nordic => "nRF Sniffer",
            Self::LinkLayerWithPhdr => "BLE link layer",
            Self::H4 | Self::H4WithPhdr => "Bluetooth HCI",
        }
    }
}

/// Gathers what a capture holds.
pub(super) struct Collector {
    pub(super) imported: Imported,
    source: SourceId,
}

impl Collector {
    pub(super) fn new(what: impl Into<String>) -> Self {
        let mut imported = Imported::new(what);
        imported.clock = Clock::Unix;
        imported.sources.push(SOURCE.to_owned());
        let source = imported.names.source_id(SOURCE);
        Self { imported, source }
    }

    pub(super) fn skip(&mut self, skip: Skip) {
        self.imported.skipped.count(skip);
    }

    /// Takes one captured packet; `time_us` since 1970, where the container gives a time.
    pub(super) fn packet(&mut self, link: Option<LinkType>, time_us: Option<i64>, bytes: &[u8]) {
        let Some(link) = link else { return self.skip(Skip::OtherTraffic) };
        let Some(time_us) = time_us else { return self.skip(Skip::NoTime) };
        match link {
            LinkType::Nordic => self.sniffed(time_us, sniffer::nordic(bytes)),
            LinkType::LinkLayerWithPhdr => self.sniffed(time_us, sniffer::with_phdr(bytes)),
            LinkType::H4 => self.h4(time_us, bytes),
            LinkType::H4WithPhdr => match bytes.split_first_chunk::<4>() {
                Some((&[0, 0, 0, 1], packet)) => self.h4(time_us, packet),
                Some(_) => self.skip(Skip::OtherTraffic),
                None => self.skip(Skip::Malformed),
            },
        }
    }

    /// Takes an HCI packet with its H4 indicator that came from the controller.
    pub(super) fn h4(&mut self, time_us: i64, packet: &[u8]) {
        let [H4_EVENT, event @ ..] = packet else { return self.skip(Skip::OtherTraffic) };
        let reports = match hci::reports(event) {
            None => return self.skip(Skip::OtherTraffic),
            Some(Err(hci::Malformed)) => return self.skip(Skip::Malformed),
            Some(Ok(reports)) => reports,
        };
        for report in reports {
            match report {
                Err(hci::Malformed) => self.skip(Skip::Malformed),
                Ok(report) => match report.address {
                    Some(address) => self.sample(time_us, address, i64::from(report.rssi_dbm)),
                    None => self.skip(Skip::Anonymous),
                },
            }
        }
    }

    fn sniffed(&mut self, time_us: i64, sniffed: Result<sniffer::Sniffed<'_>, NoPacket>) {
        let sniffed = match sniffed {
            Ok(sniffed) => sniffed,
            Err(NoPacket::NoSignal) => return self.skip(Skip::NoSignal),
            Err(NoPacket::OtherMessage) => return self.skip(Skip::OtherTraffic),
            Err(NoPacket::Malformed) => return self.skip(Skip::Malformed),
        };
        let packet = match AdvertisingPacket::parse(sniffed.packet) {
            Ok(packet) => packet,
            Err(NotAdvertising::OtherAccessAddress) => return self.skip(Skip::OtherTraffic),
            Err(NotAdvertising::TooShort) => return self.skip(Skip::Malformed),
        };
        match (sniffed.crc, packet.crc_holds) {
            (CrcVerdict::Good, _) | (CrcVerdict::Unknown, Some(true)) => {}
            (CrcVerdict::Bad, _) | (CrcVerdict::Unknown, Some(false)) => return self.skip(Skip::BadCrc),
            (CrcVerdict::Unknown, None) => return self.skip(Skip::Malformed),
        }
        if packet.pdu_type == PduType::Extended || !sniffed.is_1m {
            return self.skip(Skip::Extended);
        }
        if matches!(packet.pdu_type, PduType::ScanReq | PduType::ConnectInd) {
            return self.skip(Skip::NotAdvertiser);
        }
        match packet.advertiser() {
            Some(address) => self.sample(time_us, address, i64::from(sniffed.rssi_dbm)),
            None => self.skip(Skip::Malformed),
        }
    }

    fn sample(&mut self, time_us: i64, address: u64, rssi: i64) {
        match checked_rssi(rssi) {
            Err(skip) => self.skip(skip),
            Ok(rssi_dbm) => {
                let band = self.imported.names.band_id(Band::Address(address));
                let sample = Sample { source: self.source, band, rssi_dbm };
                self.imported.samples.push(Heard { time_us, sample });
            }
        }
    }
}

/// The signal strength, where it is one.
pub(super) fn checked_rssi(rssi: i64) -> Result<i8, Skip> {
    if rssi == RSSI_UNAVAILABLE {
        return Err(Skip::NotAvailable);
    }
    let in_range = RSSI_RANGE_DBM.contains(&rssi);
    i8::try_from(rssi).ok().filter(|_| in_range).ok_or(Skip::OutOfRange)
}

#[cfg(test)]
mod tests {
    use dongle_protocols::link_layer::encode;

    use super::*;

    const ADVERTISER: [u8; 6] = [1, 2, 3, 4, 5, 0xC6];

    fn nordic(rssi: u8, flags: u8, packet: &[u8]) -> Vec<u8> {
        let len = u16::try_from(10 + packet.len()).unwrap().to_le_bytes();
        [&[9, len[0], len[1], 2, 0, 0, 6, 10, flags, 37, rssi, 0, 0, 0, 0, 0, 0], packet].concat()
    }

    fn phdr(signal: i8, flags: u16, packet: &[u8]) -> Vec<u8> {
        let head = [0, signal.to_le_bytes()[0], 0, 0, 0, 0, 0, 0];
        [&head[..], &flags.to_le_bytes(), packet].concat()
    }

    /// The sample's RSSI, or the one reason for which there is none.
    fn outcome(link: LinkType, bytes: &[u8]) -> Result<i8, Skip> {
        let mut collector = Collector::new("test");
        collector.packet(Some(link), Some(0), bytes);
        let counted: Vec<_> = collector.imported.skipped.iter().collect();
        match (collector.imported.samples.as_slice(), counted.as_slice()) {
            ([heard], []) => Ok(heard.sample.rssi_dbm),
            ([], [(skip, 1)]) => Err(*skip),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_pdus_of_advertisers_are_samples() {
        for header in 0..16 {
            let expected = match header {
                0 | 1 | 2 | 4 | 6 => Ok(-61),
                3 | 5 => Err(Skip::NotAdvertiser),
                7 => Err(Skip::Extended),
                _ => Err(Skip::Malformed),
            };
            let packet = encode(header, &[&ADVERTISER[..], &[0; 6]].concat());
            assert_eq!(outcome(LinkType::Nordic, &nordic(61, 1, &packet)), expected, "type {header}");
            assert_eq!(outcome(LinkType::LinkLayerWithPhdr, &phdr(-61, 3, &packet)), expected);
        }
    }

    #[test]
    fn the_files_word_on_the_crc_wins_else_it_is_computed() {
        let good = encode(0, &ADVERTISER);
        let mut bad = good.clone();
        bad[14] ^= 1;
        let link = LinkType::LinkLayerWithPhdr;
        assert_eq!(outcome(link, &phdr(-61, 0x0003, &good)), Ok(-61));
        assert_eq!(outcome(link, &phdr(-61, 0x0003, &bad)), Err(Skip::BadCrc));
        assert_eq!(outcome(link, &phdr(-61, 0x0803, &bad)), Err(Skip::BadCrc));
        assert_eq!(outcome(link, &phdr(-61, 0x0403, &good)), Err(Skip::BadCrc));
        assert_eq!(outcome(link, &phdr(-61, 0x0C03, &bad)), Ok(-61));
        assert_eq!(outcome(LinkType::Nordic, &nordic(61, 0, &good)), Err(Skip::BadCrc));
        assert_eq!(outcome(LinkType::Nordic, &nordic(61, 1, &bad)), Ok(-61));
    }

    #[test]
    fn strengths_that_are_none_are_skipped() {
        let packet = encode(0, &ADVERTISER);
        let link = LinkType::LinkLayerWithPhdr;
        assert_eq!(outcome(link, &phdr(20, 3, &packet)), Ok(20));
        assert_eq!(outcome(link, &phdr(21, 3, &packet)), Err(Skip::OutOfRange));
        assert_eq!(outcome(link, &phdr(127, 3, &packet)), Err(Skip::NotAvailable));
        assert_eq!(outcome(link, &phdr(-127, 3, &packet)), Ok(-127));
        assert_eq!(outcome(link, &phdr(-128, 3, &packet)), Err(Skip::OutOfRange));
        assert_eq!(outcome(link, &phdr(-61, 1, &packet)), Err(Skip::NoSignal));
        assert_eq!(outcome(LinkType::Nordic, &nordic(128, 1, &packet)), Err(Skip::OutOfRange));
    }

    #[test]
    fn cut_packets_are_malformed_wherever_they_are_cut() {
        let packet = encode(0, &ADVERTISER);
        for cut in 0..packet.len() {
            let record = phdr(-61, 3, &packet[..cut]);
            assert_eq!(outcome(LinkType::LinkLayerWithPhdr, &record), Err(Skip::Malformed), "cut at {cut}");
        }
    }

    #[test]
    fn directed_reports_are_samples_and_sent_packets_are_not() {
        let event = [&[4, 0x3E, 18, 0x0B, 1, 1, 1][..], &ADVERTISER, &[1, 9, 9, 9, 9, 9, 9, 0xC3]].concat();
        assert_eq!(outcome(LinkType::H4, &event), Ok(-61));
        assert_eq!(outcome(LinkType::H4WithPhdr, &[&[0, 0, 0, 1][..], &event].concat()), Ok(-61));
        let sent = [&[0, 0, 0, 0][..], &event].concat();
        assert_eq!(outcome(LinkType::H4WithPhdr, &sent), Err(Skip::OtherTraffic));
    }
}
