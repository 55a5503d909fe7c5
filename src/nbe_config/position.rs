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
        Lines::of(text).position(text, offset)
    }
}

/// Where the lines of a text begin, so that many places can be found in it.
#[derive(Clone, Debug)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// Of this text.
    pub fn of(text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        Self([0].into_iter().chain(breaks.map(|newline| newline + 1)).collect())
    }

    /// The place of byte `offset` of the same text; an offset past the end is the end.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.0.partition_point(|&start| start <= offset).max(1);
        let start = self.0.get(line - 1).copied().unwrap_or_default();
        // A place inside a character is that character's.
        let column =
            text[start..].char_indices().take_while(|(at, c)| start + at + c.len_utf8() <= offset).count();
        Position { line, column: column + 1 }
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
