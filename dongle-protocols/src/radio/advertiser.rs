use super::{BadSignal, Signal};
use crate::TooLong;
use crate::advertising::{AddressType, AdvertisingData};
use crate::link_layer::PduType;

/// The AD type of a complete local name, and the structure that says "no BR/EDR, found always".
const COMPLETE_NAME: u8 = 0x09;
const FLAGS: [u8; 3] = [0x02, 0x01, 0x06];

/// One device that advertises, as a scenario describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Advertiser {
    pub(super) address: u64,
    pub(super) address_type: AddressType,
    pub(super) pdu_type: PduType,
    pub(super) data: AdvertisingData,
    pub(super) scan_response: AdvertisingData,
    pub(super) interval_us: u64,
    pub(super) signal: Signal,
    pub(super) loss: f64,
}

/// Why an advertiser cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadAdvertiser {
    /// An address has 48 bits.
    #[error("an address has six bytes")]
    Address,
    /// It would be heard without pause.
    #[error("interval_ms must be more than 0")]
    Interval,
    /// A probability is from 0 to 1.
    #[error("loss must be from 0.0 to 1.0")]
    Loss,
    /// An advertisement has no room for it.
    #[error("data has {} bytes; an advertisement holds 31", .0.0)]
    Data(#[from] TooLong),
    /// A name needs two bytes more, and without `data` three for the flags.
    #[error(
        "name has {0} bytes; it must fit into 31 with its two-byte header, and flags where there is no data"
    )]
    Name(usize),
    /// The signal cannot be played.
    #[error(transparent)]
    Signal(#[from] BadSignal),
}

impl Advertiser {
    /// A connectable advertiser without data, name and loss.
    ///
    /// # Errors
    /// When the address has more than 48 bits, the interval is 0 or the signal cannot be played.
    pub fn new(
        address: u64,
        address_type: AddressType,
        interval_us: u64,
        signal: Signal,
    ) -> Result<Self, BadAdvertiser> {
        if address >> 48 != 0 {
            return Err(BadAdvertiser::Address);
        }
        if interval_us == 0 {
            return Err(BadAdvertiser::Interval);
        }
        signal.check()?;
        Ok(Self {
            address,
            address_type,
            pdu_type: PduType::AdvInd,
            data: AdvertisingData::EMPTY,
            scan_response: AdvertisingData::EMPTY,
            interval_us,
            signal,
            loss: 0.0,
        })
    }

    /// What it says. With `data`, the advertisement is exactly that and the name stands in the
    /// scan response, where many devices keep it; a name alone stands in the advertisement,
    /// after the flags, so that a passive scan learns it.
    ///
    /// # Errors
    /// When one of them does not fit into 31 bytes.
    pub fn saying(mut self, data: Option<&[u8]>, name: Option<&str>) -> Result<Self, BadAdvertiser> {
        let named = |before: &[u8]| -> Result<AdvertisingData, BadAdvertiser> {
            let name = name.unwrap_or_default().as_bytes();
            let too_long = BadAdvertiser::Name(name.len());
            let length = u8::try_from(name.len() + 1).map_err(|_| too_long)?;
            AdvertisingData::new(&[before, &[length, COMPLETE_NAME], name].concat()).map_err(|_| too_long)
        };
        match (data, name) {
            (Some(data), _) => {
                self.data = AdvertisingData::new(data)?;
                self.scan_response = if name.is_some() { named(&[])? } else { AdvertisingData::EMPTY };
            }
            (None, Some(_)) => self.data = named(&FLAGS)?,
            (None, None) => {}
        }
        Ok(self)
    }

    /// Loses a part of its packets, from 0 to 1, each by chance.
    ///
    /// # Errors
    /// When `loss` is no probability.
    pub fn losing(mut self, loss: f64) -> Result<Self, BadAdvertiser> {
        if !(0.0..=1.0).contains(&loss) {
            return Err(BadAdvertiser::Loss);
        }
        self.loss = loss;
        Ok(self)
    }

    /// Sends ADV_NONCONN_IND: it answers no scan requests.
    #[must_use]
    pub fn non_connectable(mut self) -> Self {
        self.pdu_type = PduType::AdvNonconnInd;
        self
    }

    /// The 48-bit address.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Whether the address is registered or drawn.
    pub fn address_type(&self) -> AddressType {
        self.address_type
    }

    /// What its advertisements are.
    pub fn pdu_type(&self) -> PduType {
        self.pdu_type
    }

    /// The AD structures of its advertisements.
    pub fn data(&self) -> &AdvertisingData {
        &self.data
    }

    /// The AD structures of its answer to a scan request; `None` when it does not answer. An
    /// advertiser that answers and has nothing to say sends an empty response.
    pub fn scan_response(&self) -> Option<&AdvertisingData> {
        matches!(self.pdu_type, PduType::AdvInd | PduType::AdvScanInd).then_some(&self.scan_response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Advertiser {
        Advertiser::new(0xC655_4433_2211, AddressType::Random, 100_000, Signal::Constant(-57)).unwrap()
    }

    #[test]
    fn a_name_goes_where_the_data_leaves_it() {
        let alone = plain().saying(None, Some("BleuIO")).unwrap();
        assert_eq!(alone.data().as_slice(), b"\x02\x01\x06\x07\x09BleuIO");
        assert_eq!(alone.scan_response().unwrap().as_slice(), b"");
        let both = plain().saying(Some(b"\x02\x01\x06"), Some("BleuIO")).unwrap();
        assert_eq!(both.data().as_slice(), b"\x02\x01\x06");
        assert_eq!(both.scan_response().unwrap().as_slice(), b"\x07\x09BleuIO");
        assert_eq!(plain().non_connectable().scan_response(), None);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(plain().saying(Some(&[0; 31]), Some(&"n".repeat(29))).is_ok());
        assert_eq!(plain().saying(Some(&[0; 32]), None), Err(BadAdvertiser::Data(TooLong(32))));
        assert_eq!(plain().saying(Some(&[]), Some(&"n".repeat(30))), Err(BadAdvertiser::Name(30)));
        assert_eq!(plain().saying(None, Some(&"n".repeat(300))), Err(BadAdvertiser::Name(300)));
        assert_eq!(plain().losing(1.5), Err(BadAdvertiser::Loss));
        assert_eq!(plain().losing(f64::NAN), Err(BadAdvertiser::Loss));
        let new = |address, interval| {
            Advertiser::new(address, AddressType::Public, interval, Signal::Constant(-57)).map(|_| ())
        };
        assert_eq!(new(1 << 48, 1), Err(BadAdvertiser::Address));
        assert_eq!(new(1, 0), Err(BadAdvertiser::Interval));
    }
}
