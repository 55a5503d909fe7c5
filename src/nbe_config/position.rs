//! Where in a text: line and column as an editor shows them.

/// A place in a file, both from 1; columns count characters, and a byte order mark is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of byte `offset` of `text`; an offset past the end is the end.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut at = offset.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |newline| newline + 1);
        Self {
            line: memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// The line that holds byte `offset`, without its line break.
pub fn line_around(text: &str, offset: usize) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |newline| newline + 1);
    let mut end = memchr::memchr(b'\n', &bytes[offset..]).map_or(text.len(), |newline| offset + newline);
    if end > start && bytes[end - 1] == b'\r' && end < text.len() {
        end -= 1;
    }
    start..end.max(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a = 1\n# é\nü = \"ö\" x\n";
        let x = text.find('x').unwrap();
        assert_eq!(Position::of(text, x), Position { line: 3, column: 9 });
        assert_eq!(Position::of(text, 9999), Position { line: 4, column: 1 });
    }

    #[test]
    fn a_line_ends_before_its_line_break() {
        let text = "one\r\ntwo\nthree";
        assert_eq!(&text[line_around(text, 1)], "one");
        assert_eq!(&text[line_around(text, 5)], "two");
        assert_eq!(&text[line_around(text, text.len())], "three");
    }
}
