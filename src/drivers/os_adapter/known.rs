//! What the system knows of an advertiser, put back into AD structures as an advertisement has
//! them, so that bands are chosen and listed as from a dongle.

use std::collections::BTreeMap;

use btleplug::api::{AddressType as Kind, PeripheralProperties};
use dongle_protocols::advertising::{AddressType, AdvertisingData, Fact, Uuid};

use crate::drivers::Packet;

/// Facts kept of one advertiser; a stranger must not fill the memory.
const FACTS: usize = 16;

/// What the system said of one advertiser, in all that it ever sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    address_type: Option<AddressType>,
    name: Option<String>,
    services: Vec<Uuid>,
    service_data: BTreeMap<Uuid, Vec<u8>>,
    manufacturers: BTreeMap<u16, Vec<u8>>,
    /// All of that; a packet holds 31 bytes.
    packets: Vec<AdvertisingData>,
    turn: usize,
}

impl Known {
    /// Takes what the system knows by now.
    pub(super) fn learn(&mut self, properties: PeripheralProperties) {
        let PeripheralProperties { address, address_type, advertisement_name, local_name, .. } = properties;
        // BlueZ calls a device without a name by its address.
        let is_address =
            |name: &str| name.replace(['-', ':'], "").eq_ignore_ascii_case(&address.to_string_no_delim());
        let name = advertisement_name.or(local_name).filter(|name| !name.is_empty() && !is_address(name));
        self.name = name.or(self.name.take());
        let kind = address_type.map(|kind| match kind {
            Kind::Public => AddressType::Public,
            Kind::Random => AddressType::Random,
        });
        self.address_type = kind.or(self.address_type);
        self.services = properties.services.iter().map(|uuid| Uuid(uuid.as_u128())).collect();
        self.learn_service_data(properties.service_data.into_iter().map(|(u, data)| (u.as_u128(), data)));
        self.learn_manufacturers(properties.manufacturer_data);
    }

    /// Takes a list of services.
    pub(super) fn learn_services(&mut self, services: impl IntoIterator<Item = u128>) {
        self.services = services.into_iter().map(Uuid).collect();
        self.pack();
    }

    /// Takes data of services.
    pub(super) fn learn_service_data(&mut self, data: impl IntoIterator<Item = (u128, Vec<u8>)>) {
        self.service_data = data.into_iter().map(|(uuid, data)| (Uuid(uuid), data)).collect();
        self.pack();
    }

    /// Takes data of manufacturers.
    pub(super) fn learn_manufacturers(&mut self, data: impl IntoIterator<Item = (u16, Vec<u8>)>) {
        self.manufacturers = data.into_iter().collect();
        self.pack();
    }

    /// Whether it told its name.
    pub(super) fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// What it says; where that is more than a packet holds, a part of it each time.
    pub(super) fn packet(&mut self) -> Packet {
        let data = self.packets.get(self.turn % self.packets.len().max(1)).copied();
        self.turn = self.turn.wrapping_add(1);
        Packet { address_type: self.address_type, data: data.unwrap_or(AdvertisingData::EMPTY) }
    }

    fn pack(&mut self) {
        let Self { name, services, service_data, manufacturers, packets, .. } = self;
        let name = name.iter().map(|name| Fact::Name(name.as_bytes()));
        let manufacturers = manufacturers.iter().map(|(company, data)| Fact::Manufacturer(*company, data));
        let service_data = service_data.iter().map(|(uuid, data)| Fact::ServiceData(*uuid, data));
        let services = services.iter().map(|uuid| Fact::Service(*uuid));
        packets.clear();
        for fact in name.chain(manufacturers).chain(service_data).chain(services).take(FACTS) {
            let structure = fact.structure();
            let fits = packets.last_mut().is_some_and(|last| last.extend(structure.as_slice()).is_ok());
            if !fits {
                packets.push(structure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use dongle_protocols::advertising::{local_name, manufacturer_data, service_uuids};

    use super::*;

    #[test]
    fn all_that_is_known_is_said_in_turn() {
        let mut known = Known::default();
        known.learn(PeripheralProperties {
            address_type: Some(Kind::Random),
            advertisement_name: Some("Nymi Band 0123456789".into()),
            manufacturer_data: [(0x075B, vec![7; 12])].into(),
            ..PeripheralProperties::default()
        });
        known.learn_services([Uuid::short(0x180F).0, 5]);
        let said: Vec<_> = (0..4).map(|_| known.packet()).collect();
        assert!(said.iter().all(|packet| packet.address_type == Some(AddressType::Random)));
        let any = |says: &dyn Fn(&[u8]) -> bool| said.iter().any(|packet| says(packet.data.as_slice()));
        assert!(any(&|data| local_name(data) == Some(b"Nymi Band 0123456789")));
        assert!(any(&|data| manufacturer_data(data).eq([(0x075B, &[7; 12][..])])));
        assert!(any(&|data| service_uuids(data).any(|uuid| uuid == Uuid(5))));
        assert!(any(&|data| service_uuids(data).any(|uuid| uuid == Uuid::short(0x180F))));
    }

    #[test]
    fn an_address_is_no_name_and_a_name_is_not_forgotten() {
        let mut known = Known::default();
        let called = |local_name: &str| PeripheralProperties {
            address: [0xC6, 5, 4, 3, 2, 1].into(),
            local_name: Some(local_name.into()),
            ..PeripheralProperties::default()
        };
        known.learn(called("C6-05-04-03-02-01"));
        assert!(!known.is_named() && known.packet().data.is_empty());
        known.learn(called("Nymi"));
        known.learn(called(""));
        assert_eq!(local_name(known.packet().data.as_slice()), Some(&b"Nymi"[..]));
    }
}
