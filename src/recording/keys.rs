//! The keys of a line: each once, known ones of the type that they must have.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::reason::Reason;

/// The keys of a line that is a JSON object; `None` where it is other JSON.
///
/// # Errors
/// When it is no JSON, or a key stands in it twice.
pub(super) fn parse(line: &[u8]) -> Result<Option<Map<String, Value>>, Reason> {
    match serde_json::from_slice(line) {
        Ok(Once(Ok(keys))) => Ok(Some(keys)),
        Ok(Once(Err(twice))) => Err(Reason::Twice(twice)),
        Err(_) => match serde_json::from_slice(line) {
            Ok(Value::Object(keys)) => Ok(Some(keys)),
            Ok(_) => Ok(None),
            Err(error) => Err(Reason::not_json(&error)),
        },
    }
}

/// An object, or the key that stands twice in it.
struct Once(Result<Map<String, Value>, String>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Once, A::Error> {
        let mut keys = Map::new();
        let mut twice = None;
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if keys.contains_key(&key) {
                twice.get_or_insert(key);
            } else {
                keys.insert(key, value);
            }
        }
        Ok(Once(twice.map_or(Ok(keys), Err)))
    }
}

/// A text, where there is one.
pub(super) fn text<'k>(keys: &'k Map<String, Value>, key: &'static str) -> Result<Option<&'k str>, Reason> {
    of_type(keys, key, "a text", Value::as_str)
}

/// A number, where there is one.
pub(super) fn number(keys: &Map<String, Value>, key: &'static str) -> Result<Option<f64>, Reason> {
    of_type(keys, key, "a number", Value::as_f64)
}

/// A count, where there is one.
pub(super) fn count(keys: &Map<String, Value>, key: &'static str) -> Result<Option<u64>, Reason> {
    of_type(keys, key, "a whole number, 0 or more", Value::as_u64)
}

/// Whether it is so, where it is said.
pub(super) fn truth(keys: &Map<String, Value>, key: &'static str) -> Result<Option<bool>, Reason> {
    of_type(keys, key, "true or false, without quotes", Value::as_bool)
}

/// An object whose values of `parameters` are whole numbers, where there is one.
pub(super) fn whole_numbers(
    keys: &Map<String, Value>,
    key: &'static str,
    parameters: &[&str],
) -> Result<(), Reason> {
    let is_whole = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.is_i64());
    let whole = |value: &Value| {
        let object = value.as_object()?;
        parameters.iter().all(|parameter| is_whole(object.get(*parameter))).then_some(())
    };
    of_type(keys, key, "an object of whole numbers", whole).map(|_| ())
}

/// What a key says. `null` says nothing: tools that write tables put it where a row lacks a column.
pub(super) fn said<'k>(keys: &'k Map<String, Value>, key: &str) -> Option<&'k Value> {
    keys.get(key).filter(|value| !value.is_null())
}

fn of_type<'k, T>(
    keys: &'k Map<String, Value>,
    key: &'static str,
    must: &'static str,
    read: impl FnOnce(&'k Value) -> Option<T>,
) -> Result<Option<T>, Reason> {
    said(keys, key).map(|value| read(value).ok_or(Reason::Type { key, must })).transpose()
}

/// The column, from 1, of a key's last value in a line that is a JSON object.
pub(super) fn column_of_value(line: &[u8], key: &str) -> Option<usize> {
    let (mut depth, mut at, mut found) = (0, 0, None);
    while let Some(byte) = line.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let length = text_length(line.get(at..)?)?;
                let after = at + length;
                let is_key = |text| serde_json::from_slice::<String>(text).is_ok_and(|text| text == key);
                let colon = after + blanks(line.get(after..)?);
                if depth == 1 && line.get(colon) == Some(&b':') && is_key(&line[at..after]) {
                    found = Some(colon + 1 + blanks(line.get(colon + 1..)?) + 1);
                }
                at = after;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// How long the JSON text is that begins here, its quotes included.
fn text_length(line: &[u8]) -> Option<usize> {
    let mut escaped = true;
    let end = line.iter().position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    })?;
    Some(end + 1)
}

fn blanks(line: &[u8]) -> usize {
    line.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let twice = parse(br#"{"t_us":1,"x":{"t_us":2,"t_us":3},"t_us":4}"#);
        assert_eq!(twice, Err(Reason::Twice("t_us".into())));
        assert!(parse(br#"{"t_us":1,"x":{"t_us":2}}"#).is_ok_and(|keys| keys.is_some()));
        assert_eq!(parse(b"[1]"), Ok(None));
        assert!(matches!(parse(b"[1"), Err(Reason::NotJson { .. })));
    }

    #[test]
    fn the_column_is_that_of_the_value_at_the_top() {
        for (line, key, column) in [
            (r#"{"a":"count","b":{"count":1},"count" : -3}"#, "count", Some(40)),
            (r#"{"count":1,"count":2}"#, "count", Some(20)),
            (r#"{"a\"":"\\","count":2}"#, "count", Some(21)),
            (r#"{"c\u006funt":2}"#, "count", Some(15)),
            (r#"{"a":["count",1]}"#, "count", None),
        ] {
            assert_eq!(column_of_value(line.as_bytes(), key), column, "{line}");
        }
    }
}
