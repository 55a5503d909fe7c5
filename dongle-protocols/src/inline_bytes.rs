use std::fmt;

/// Up to `N` bytes (at most 255) held in place, so that nothing is allocated per packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InlineBytes<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

/// More bytes than there is room for; says how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are too many")]
pub struct TooLong(pub usize);

impl<const N: usize> InlineBytes<N> {
    /// No bytes.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; N] };

    /// A copy of these bytes.
    ///
    /// # Errors
    /// When there are more than `N`.
    pub fn new(data: &[u8]) -> Result<Self, TooLong> {
        let mut copy = Self::EMPTY;
        copy.extend(data)?;
        Ok(copy)
    }

    /// Adds a copy of these bytes at the end.
    ///
    /// # Errors
    /// When they do not fit; nothing is added then.
    pub fn extend(&mut self, data: &[u8]) -> Result<(), TooLong> {
        let start = usize::from(self.len);
        let end = start + data.len();
        let len = u8::try_from(end).map_err(|_| TooLong(end))?;
        self.bytes.get_mut(start..end).ok_or(TooLong(end))?.copy_from_slice(data);
        self.len = len;
        Ok(())
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

impl<const N: usize> fmt::Debug for InlineBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}", self.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bytes_fit_as_there_is_room_for() {
        let bytes: Vec<u8> = (0..32).collect();
        for len in 0..=31 {
            let data = InlineBytes::<31>::new(&bytes[..len]).unwrap();
            assert_eq!((data.as_slice(), data.is_empty()), (&bytes[..len], len == 0));
        }
        assert_eq!(InlineBytes::<31>::new(&bytes), Err(TooLong(32)));
        assert_eq!(InlineBytes::<400>::new(&[0; 300]), Err(TooLong(300)));
        assert_eq!(format!("{:?}", InlineBytes::<31>::new(&[2, 1]).unwrap()), "[02, 01]");
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut bytes = InlineBytes::<4>::new(&[1, 2, 3]).unwrap();
        assert_eq!(bytes.extend(&[4, 5]), Err(TooLong(5)));
        assert_eq!(bytes.extend(&[4]), Ok(()));
        assert_eq!(bytes.as_slice(), [1, 2, 3, 4]);
    }
}
