//! Bytes as people write them in files: two digits each, nothing between them.

/// Capital digits.
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The bytes of digits, capital or not; `None` unless there is nothing else.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16)?).ok();
    let byte = |[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    rest.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        assert_eq!(bytes(&text(&[0, 0x9A, 0xFF])), Some(vec![0, 0x9A, 0xFF]));
        assert_eq!((bytes("0a"), bytes("")), (Some(vec![0x0A]), Some(Vec::new())));
        for odd in ["0", "+6", "0g", "0 1", "\u{e9}"] {
            assert_eq!(bytes(odd), None, "{odd}");
        }
    }
}
