//! A scanner for one line of verbose mode: members of an object in order, without allocating.
//! Stricter than needed for values nobody reads, and laxer than JSON in one point: events have
//! bare numbers as keys (`{777:"0000",…}`, verbose mode page of the vendor's documentation).

/// The line is not an object of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Between the quotes, escapes as they stand.
    Text(&'a [u8]),
    Integer(i64),
    /// The members of a nested object, braces taken off.
    Object(&'a [u8]),
    /// `true`, `false`, `null`, a fraction or an array.
    Other(&'a [u8]),
}

/// Walks through the members between the braces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    /// Of a whole line.
    pub(super) fn of_line(line: &'a [u8]) -> Result<Self, Malformed> {
        let inside = line.trim_ascii().strip_prefix(b"{").and_then(|l| l.strip_suffix(b"}"));
        inside.map(Self::of_object).ok_or(Malformed)
    }

    /// Of what a [`Value::Object`] holds.
    pub(super) fn of_object(inside: &'a [u8]) -> Self {
        Self { rest: inside.trim_ascii() }
    }

    /// The next member: its key without quotes, and its value.
    pub(super) fn next(&mut self) -> Result<Option<(&'a [u8], Value<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = if self.rest.starts_with(b"\"") { self.string()? } else { self.bare_number()? };
        self.rest = self.rest.trim_ascii_start().strip_prefix(b":").ok_or(Malformed)?.trim_ascii_start();
        let value = self.value()?;
        self.rest = self.rest.trim_ascii_start();
        if let Some(rest) = self.rest.strip_prefix(b",") {
            self.rest = rest.trim_ascii_start();
            if self.rest.is_empty() {
                return Err(Malformed);
            }
        } else if !self.rest.is_empty() {
            return Err(Malformed);
        }
        Ok(Some((key, value)))
    }

    fn value(&mut self) -> Result<Value<'a>, Malformed> {
        match self.rest.first() {
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'{') => {
                let whole = self.nested()?;
                Ok(Value::Object(&whole[1..whole.len() - 1]))
            }
            Some(b'[') => Ok(Value::Other(self.nested()?)),
            _ => {
                let end = self.rest.iter().position(|b| matches!(b, b',' | b' ')).unwrap_or(self.rest.len());
                let bare = self.split(end)?;
                let integer = str::from_utf8(bare).ok().and_then(|text| text.parse().ok());
                let is_word = bare.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
                match integer {
                    Some(integer) => Ok(Value::Integer(integer)),
                    None if is_word => Ok(Value::Other(bare)),
                    None => Err(Malformed),
                }
            }
        }
    }

    fn bare_number(&mut self) -> Result<&'a [u8], Malformed> {
        let end = self.rest.iter().position(|b| !b.is_ascii_digit()).ok_or(Malformed)?;
        self.split(end)
    }

    fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let mut escaped = false;
        for (at, byte) in self.rest.iter().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let (text, rest) = (&self.rest[1..at], &self.rest[at + 1..]);
                    self.rest = rest;
                    return Ok(text);
                }
                _ => {}
            }
        }
        Err(Malformed)
    }

    /// An object or array with its brackets; brackets inside strings do not count.
    fn nested(&mut self) -> Result<&'a [u8], Malformed> {
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        for (at, byte) in self.rest.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => {
                    depth -= 1;
                    if depth == 0 {
                        return self.split(at + 1);
                    }
                }
                _ => {}
            }
        }
        Err(Malformed)
    }

    fn split(&mut self, at: usize) -> Result<&'a [u8], Malformed> {
        if at == 0 {
            return Err(Malformed);
        }
        let (taken, rest) = self.rest.split_at_checked(at).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &[u8]) -> Result<Vec<(&[u8], Value<'_>)>, Malformed> {
        let mut members = Members::of_line(line)?;
        let mut found = Vec::new();
        while let Some(member) = members.next()? {
            found.push(member);
        }
        Ok(found)
    }

    #[test]
    fn members_come_in_order_with_their_values() {
        let found =
            all(br#"{"R":2,"evt":{"action":"scan}ning"},"x":-57, "y" : [1,{}] ,"z":true,"w":1.5}"#).unwrap();
        assert_eq!(found[0], (&b"R"[..], Value::Integer(2)));
        assert_eq!(found[1], (&b"evt"[..], Value::Object(br#""action":"scan}ning""#)));
        assert_eq!(found[2], (&b"x"[..], Value::Integer(-57)));
        assert_eq!(found[3], (&b"y"[..], Value::Other(b"[1,{}]")));
        assert_eq!(found[4], (&b"z"[..], Value::Other(b"true")));
        assert_eq!(found[5], (&b"w"[..], Value::Other(b"1.5")));
    }

    #[test]
    fn bare_numbers_may_be_keys_and_quotes_may_be_escaped() {
        let found = all(br#"{777:"00\"00"}"#).unwrap();
        assert_eq!(found, [(&b"777"[..], Value::Text(br#"00\"00"#))]);
        assert_eq!(all(b"{}"), Ok(vec![]));
    }

    #[test]
    fn what_is_cut_or_torn_is_malformed() {
        for line in [
            &b"{"[..],
            br#"{"SF":6,"#,
            br#"{"SF":6,}"#,
            br#"{"SF":}"#,
            br#"{"SF"}"#,
            br#"{"SF":6 "rssi":-5}"#,
            br#"{"SF":6,"addr":"00}"#,
            br#"{SF:6}"#,
            br#"{"evt":{"a":1}"#,
            br#"{"a":]}"#,
            b"{\"a\":\xFF}",
        ] {
            assert_eq!(all(line), Err(Malformed), "{}", line.escape_ascii());
        }
    }
}
