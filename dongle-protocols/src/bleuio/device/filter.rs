//! `AT+SCANFILTER`: which packets a scan lets through. Whether terms add up or replace each other,
//! and whether a name must match whole, is not documented; here they add up, and a part will do.

use super::super::codes::ErrorCode;
use crate::advertising::{self, Uuid};

/// The terms that were set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    name: Option<String>,
    uuid: Option<Uuid>,
    /// Company id.
    company: Option<u16>,
}

impl Filter {
    /// Takes what stands behind the command's first equals sign.
    pub(super) fn set(&mut self, argument: &str) -> Result<(), ErrorCode> {
        let invalid = ErrorCode::INVALID_PARAMETER;
        match argument.split_once('=') {
            Some(("NAME", name)) => self.name = Some(name.to_owned()),
            Some(("UUID", uuid)) => self.uuid = Some(uuid.parse().map_err(|_| invalid)?),
            Some(("MFSID", company)) => {
                // In the order of the packet, as rows show it.
                let swapped = u16::from_str_radix(company, 16).map_err(|_| invalid)?;
                self.company = Some(swapped.swap_bytes());
            }
            None if argument == "CLEAR" => *self = Self::default(),
            _ => return Err(invalid),
        }
        Ok(())
    }

    pub(super) fn passes(&self, data: &[u8]) -> bool {
        let name = advertising::local_name(data).map(String::from_utf8_lossy).unwrap_or_default();
        self.name.as_ref().is_none_or(|part| name.contains(part))
            && self.uuid.is_none_or(|uuid| advertising::service_uuids(data).any(|u| u == uuid))
            && self.company.is_none_or(|id| advertising::manufacturer_data(data).any(|m| m.0 == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_add_up_until_they_are_cleared() {
        let data = b"\x05\x09band\x03\xFF\xB2\x01\x03\x03\x0F\x18";
        let mut filter = Filter::default();
        let mut passes = |argument, expected: Result<bool, ErrorCode>| {
            assert_eq!(filter.set(argument).map(|()| filter.passes(data)), expected, "{argument}");
        };
        passes("NAME=ban", Ok(true));
        passes("MFSID=B201", Ok(true));
        passes("UUID=180F", Ok(true));
        passes("MFSID=01B2", Ok(false));
        passes("CLEAR", Ok(true));
        passes("NAME=other", Ok(false));
        for nonsense in ["", "NAME", "MFSID=x", "UUID=1", "COLOUR=1"] {
            passes(nonsense, Err(ErrorCode::INVALID_PARAMETER));
        }
    }
}
