use super::{Bled112, Presence};
use crate::advertising::{self, AddressType, AdvertisingData};
use crate::bgapi::{ConnectionFlags, DiscoverMode, Event, ScanResponse, rssi};
use crate::link_layer::PduType;
use crate::radio::Heard;

/// Bits of the Flags structure: limited, and limited or general discoverable.
const LIMITED: u8 = 0b01;
const LIMITED_OR_GENERAL: u8 = 0b11;

/// The address type's number in packets.
fn code(address_type: AddressType) -> u8 {
    match address_type {
        AddressType::Public => 0,
        AddressType::Random => 1,
    }
}

/// The packet type's number; that of the link layer. Scenes have no others.
fn packet_type(pdu_type: PduType) -> u8 {
    match pdu_type {
        PduType::AdvNonconnInd => 2,
        PduType::ScanRsp => 4,
        PduType::AdvScanInd => 6,
        _ => 0,
    }
}

impl Bled112 {
    /// An advertisement at the antenna. It is reported if a scan wants it, and connected to if
    /// that was asked for.
    pub(super) fn hear(&mut self, heard: Heard) {
        let Some(advertiser) = self.scene.advertisers().get(heard.advertiser) else { return };
        if self.presence != Presence::Application || self.faults.no_licence {
            return;
        }
        let (data, more) = (*advertiser.data(), advertiser.scan_response().copied());
        let (sender, address_type) = (advertiser.address(), code(advertiser.address_type()));
        let pdu_type = advertiser.pdu_type();
        if pdu_type == PduType::AdvInd {
            self.connect_if_wanted((sender, address_type));
        }
        let Some(scan) = self.radio.scan else { return };
        let wanted = !self.radio.whitelist_only || self.radio.whitelist.contains(&(sender, address_type));
        if !wanted || !self.radio.listens(scan, heard.t_us) {
            return;
        }
        self.radio.counters.received = self.radio.counters.received.saturating_add(1);
        let flags = advertising::flags(data.as_slice()).unwrap_or_default();
        let discoverable = match scan.mode {
            DiscoverMode::Limited => flags & LIMITED != 0,
            DiscoverMode::Generic => flags & LIMITED_OR_GENERAL != 0,
            DiscoverMode::Observation => true,
        };
        if !discoverable {
            return;
        }
        let report = |device: &mut Self, pdu_type, data: AdvertisingData| {
            let packet_type = packet_type(pdu_type);
            if device.radio.is_news(sender, packet_type) {
                let rssi = heard.rssi_dbm.clamp(*rssi::RANGE_DBM.start(), *rssi::RANGE_DBM.end());
                let packet = ScanResponse { rssi, packet_type, sender, address_type, bond: 0xFF, data };
                device.send(&Event::GapScanResponse { packet }.encode());
            }
        };
        report(self, pdu_type, data);
        if let Some(more) = more.filter(|_| self.radio.active) {
            self.radio.counters.sent = self.radio.counters.sent.saturating_add(1);
            report(self, PduType::ScanRsp, more);
        }
    }

    fn connect_if_wanted(&mut self, device: (u64, u8)) {
        let wanted = self.radio.connecting.filter(|status| (status.address, status.address_type) == device);
        let Some(mut status) = wanted else { return };
        self.radio.connecting = None;
        status.flags = ConnectionFlags::CONNECTED;
        if let Some(slot) = self.radio.connections.get_mut(usize::from(status.connection)) {
            *slot = Some(status);
        }
        status.flags |= ConnectionFlags::COMPLETED;
        self.send(&Event::ConnectionStatus { status }.encode());
    }
}
