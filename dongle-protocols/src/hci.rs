//! Advertising reports in HCI events, as a host adapter gives them to its driver and as btsnoop
//! files keep them (Bluetooth Core Vol 4 Part E sections 7.7.65.2, 7.7.65.11 and 7.7.65.13).

use crate::advertising::address_from_le;

/// The H4 packet indicator of an event (Vol 4 Part A section 2).
pub const H4_EVENT: u8 = 0x04;

/// The event code of all LE events.
const LE_META_EVENT: u8 = 0x3E;

/// The address type of an extended advertiser that hides its address.
const ANONYMOUS: u8 = 0xFF;

/// Which LE event a report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// LE Advertising Report, subevent 0x02.
    Legacy,
    /// LE Directed Advertising Report, subevent 0x0B.
    Directed,
    /// LE Extended Advertising Report, subevent 0x0D.
    Extended,
}

impl ReportKind {
    fn from_subevent(code: u8) -> Option<Self> {
        match code {
            0x02 => Some(Self::Legacy),
            0x0B => Some(Self::Directed),
            0x0D => Some(Self::Extended),
            _ => None,
        }
    }
}

/// One advertisement or scan response that the adapter heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// Which event it came in.
    pub kind: ReportKind,
    /// Event_Type: one byte in legacy and directed reports, two in extended ones.
    pub event_type: u16,
    /// Address_Type: 0 public, 1 random, 2 and 3 resolved identities, 0xFF anonymous.
    pub address_type: u8,
    /// The advertiser's address; `None` when it is anonymous.
    pub address: Option<u64>,
    /// dBm; 127 means not available.
    pub rssi_dbm: i8,
    /// AD structures; none in directed reports.
    pub data: &'a [u8],
}

/// The event ends before its reports do, or holds more than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event's length does not fit its reports")]
pub struct Malformed;

/// The reports of one event. After the first malformed one nothing more comes.
#[derive(Clone, Debug)]
pub struct Reports<'a> {
    kind: ReportKind,
    left: u8,
    rest: &'a [u8],
}

/// The reports of an HCI event (event code first, without H4 indicator); `None` when it is some
/// other event, and `Some(Err)` when it is an advertising report event that is cut.
pub fn reports(event: &[u8]) -> Option<Result<Reports<'_>, Malformed>> {
    let [LE_META_EVENT, length, parameters @ ..] = event else { return None };
    let kind = ReportKind::from_subevent(*parameters.first()?)?;
    let whole = || {
        let parameters = parameters.get(..usize::from(*length))?;
        let (&[_, left], rest) = parameters.split_first_chunk::<2>()?;
        Some(Reports { kind, left, rest })
    };
    Some(whole().ok_or(Malformed))
}

impl<'a> Iterator for Reports<'a> {
    type Item = Result<Report<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let report = match self.kind {
            ReportKind::Legacy => legacy(&mut self.rest),
            ReportKind::Directed => directed(&mut self.rest),
            ReportKind::Extended => extended(&mut self.rest),
        };
        if report.is_none() {
            self.left = 0;
        }
        Some(report.ok_or(Malformed))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    rest.split_off(..N)?.try_into().ok()
}

fn take_data<'a>(rest: &mut &'a [u8], len: u8) -> Option<&'a [u8]> {
    rest.split_off(..usize::from(len))
}

fn legacy<'a>(rest: &mut &'a [u8]) -> Option<Report<'a>> {
    let [event_type, address_type] = take(rest)?;
    let address = address_from_le(take(rest)?);
    let [len] = take(rest)?;
    let data = take_data(rest, len)?;
    Some(Report {
        kind: ReportKind::Legacy,
        event_type: u16::from(event_type),
        address_type,
        address: Some(address),
        rssi_dbm: i8::from_le_bytes(take(rest)?),
        data,
    })
}

fn directed<'a>(rest: &mut &'a [u8]) -> Option<Report<'a>> {
    let [event_type, address_type] = take(rest)?;
    let address = address_from_le(take(rest)?);
    let _addressed_to: [u8; 7] = take(rest)?;
    Some(Report {
        kind: ReportKind::Directed,
        event_type: u16::from(event_type),
        address_type,
        address: Some(address),
        rssi_dbm: i8::from_le_bytes(take(rest)?),
        data: &[],
    })
}

fn extended<'a>(rest: &mut &'a [u8]) -> Option<Report<'a>> {
    let event_type = u16::from_le_bytes(take(rest)?);
    let [address_type] = take(rest)?;
    let address = address_from_le(take(rest)?);
    let [_primary_phy, _secondary_phy, _set_id, _tx_power] = take(rest)?;
    let rssi_dbm = i8::from_le_bytes(take(rest)?);
    let _periodic_interval: [u8; 2] = take(rest)?;
    let _addressed_to: [u8; 7] = take(rest)?;
    let [len] = take(rest)?;
    let data = take_data(rest, len)?;
    Some(Report {
        kind: ReportKind::Extended,
        event_type,
        address_type,
        address: (address_type != ANONYMOUS).then_some(address),
        rssi_dbm,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADDRESS: [u8; 6] = [1, 2, 3, 4, 5, 0xC6];

    fn event(subevent: u8, reports: &[Vec<u8>]) -> Vec<u8> {
        let body = reports.concat();
        let mut event = vec![0x3E, u8::try_from(body.len() + 2).unwrap(), subevent];
        event.push(u8::try_from(reports.len()).unwrap());
        event.extend(body);
        event
    }

    fn legacy_report(rssi: i8) -> Vec<u8> {
        [&[0, 1][..], &ADDRESS, &[3, 2, 1, 6], &rssi.to_le_bytes()].concat()
    }

    fn directed_report(rssi: i8) -> Vec<u8> {
        [&[1, 1][..], &ADDRESS, &[1, 9, 9, 9, 9, 9, 9], &rssi.to_le_bytes()].concat()
    }

    fn extended_report(address_type: u8, rssi: i8) -> Vec<u8> {
        let head =
            [&[0x13, 0, address_type][..], &ADDRESS, &[1, 0, 0xFF, 0x7F], &rssi.to_le_bytes()].concat();
        [&head[..], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1, 6]].concat()
    }

    fn rssis(event: &[u8]) -> Vec<Result<i8, Malformed>> {
        reports(event).unwrap().unwrap().map(|r| r.map(|r| r.rssi_dbm)).collect()
    }

    #[test]
    fn all_reports_of_an_event_are_given() {
        assert_eq!(rssis(&event(2, &[legacy_report(-40), legacy_report(127)])), [Ok(-40), Ok(127)]);
        assert_eq!(rssis(&event(11, &[directed_report(-41), directed_report(-42)])), [Ok(-41), Ok(-42)]);
        assert_eq!(rssis(&event(13, &[extended_report(1, -43), extended_report(1, 20)])), [Ok(-43), Ok(20)]);
        let bytes = event(13, &[extended_report(1, -43)]);
        let report = reports(&bytes).unwrap().unwrap().next().unwrap().unwrap();
        assert_eq!(report.address, Some(0xC605_0403_0201));
        assert_eq!((report.event_type, report.address_type, report.data), (0x13, 1, &[2, 1, 6][..]));
    }

    #[test]
    fn an_anonymous_advertiser_has_no_address() {
        let bytes = event(13, &[extended_report(0xFF, -43)]);
        assert_eq!(reports(&bytes).unwrap().unwrap().next().unwrap().unwrap().address, None);
    }

    #[test]
    fn other_events_are_none_of_ours() {
        for bytes in [&b""[..], &[0x3E], &[0x3E, 0], &[0x0E, 4, 1, 2, 3, 4], &[0x3E, 2, 3, 1]] {
            assert!(reports(bytes).is_none(), "{bytes:02x?}");
        }
    }

    #[test]
    fn every_truncation_gives_whole_reports_and_one_malformed() {
        for (subevent, one) in
            [(2, legacy_report(-40)), (11, directed_report(-40)), (13, extended_report(1, -40))]
        {
            let whole = event(subevent, &[one.clone(), one]);
            for cut in 3..whole.len() {
                assert_eq!(
                    reports(&whole[..cut]).unwrap().unwrap_err(),
                    Malformed,
                    "{subevent} cut at {cut}"
                );
                let mut shortened = whole[..cut].to_vec();
                shortened[1] = u8::try_from(cut - 2).unwrap();
                let given: Vec<_> = match reports(&shortened).unwrap() {
                    Ok(reports) => reports.collect(),
                    Err(Malformed) => vec![Err(Malformed)],
                };
                assert_eq!(given.last(), Some(&Err(Malformed)), "{subevent} cut at {cut}");
                assert_eq!(given.iter().filter(|r| r.is_err()).count(), 1);
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(
            subevent in proptest::sample::select(vec![2u8, 11, 13]),
            body in proptest::collection::vec(any::<u8>(), 0..260),
        ) {
            let bytes = [&[0x3E, 255, subevent][..], &body].concat();
            if let Some(Ok(reports)) = reports(&bytes) {
                prop_assert!(reports.count() <= 255);
            }
            let _ = reports(&body);
        }
    }
}
