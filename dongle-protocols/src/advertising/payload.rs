use std::fmt;

/// The most that a legacy advertisement or scan response carries, in bytes.
const CAPACITY: usize = 31;

/// The AD structures of one legacy advertisement or scan response, held in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdvertisingData {
    len: u8,
    bytes: [u8; CAPACITY],
}

/// More than 31 bytes; says how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes of advertising data; at most 31 fit")]
pub struct TooLong(pub usize);

impl AdvertisingData {
    /// No data.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; CAPACITY] };

    /// A copy of these bytes.
    ///
    /// # Errors
    /// When there are more than 31.
    pub fn new(data: &[u8]) -> Result<Self, TooLong> {
        let too_long = TooLong(data.len());
        let mut bytes = [0; CAPACITY];
        bytes.get_mut(..data.len()).ok_or(too_long)?.copy_from_slice(data);
        Ok(Self { len: u8::try_from(data.len()).map_err(|_| too_long)?, bytes })
    }

    /// How many bytes there are.
    pub fn len(&self) -> u8 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for AdvertisingData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}", self.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_31_bytes_fit() {
        let bytes: Vec<u8> = (0..32).collect();
        for len in 0..=31 {
            let data = AdvertisingData::new(&bytes[..len]).unwrap();
            assert_eq!((data.as_slice(), data.is_empty()), (&bytes[..len], len == 0));
        }
        assert_eq!(AdvertisingData::new(&bytes), Err(TooLong(32)));
        assert_eq!(format!("{:?}", AdvertisingData::new(&[2, 1]).unwrap()), "[02, 01]");
    }
}
