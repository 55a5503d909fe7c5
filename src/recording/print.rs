//! The one printer of recording rows: every row the tool writes, live, imported, simulated or
//! rewritten, comes from here, so that the same readings are the same bytes. No spaces, keys in
//! the order of the format's description, numbers without trailing zeros, each row with its `\n`.

use std::io::Write;

use serde_json::{Map, Value};

use crate::reading::Band;

/// What a `begin` mark says. `band` and `source` limit the segment; the rest describes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Begin<'a> {
    /// Positive and unique in the file.
    pub id: u64,
    /// `tap`, `no_tap`, `stay`, `leave`, `return` or `note`.
    pub intent: &'a str,
    /// The one dongle the segment is about.
    pub source: Option<&'a str>,
    /// The one band the segment is about.
    pub band: Option<Band>,
    /// How far the band was held from the dongle, in centimetres.
    pub distance_cm: Option<f64>,
    /// Free words.
    pub note: Option<&'a str>,
}

/// The header line. `rssi_recording` is printed first whatever its place in the map, and as
/// version 1 where the map lacks it.
pub fn header(out: &mut Vec<u8>, header: &Map<String, Value>) {
    out.extend_from_slice(b"{\"rssi_recording\":");
    match header.get("rssi_recording") {
        Some(version) => value(out, version),
        None => out.push(b'1'),
    }
    for (key, entry) in header.iter().filter(|(key, _)| *key != "rssi_recording") {
        text_key(out, key);
        value(out, entry);
    }
    close(out);
}

/// A sample; this is the row that recordings are made of, so nothing is allocated for it but
/// what `out` may need to grow.
pub fn sample(out: &mut Vec<u8>, t_us: i64, source: Option<&str>, band: Band, rssi_dbm: i8) {
    start(out, t_us, source);
    out.extend_from_slice(b",\"band\":\"");
    push_band(out, band);
    out.extend_from_slice(b"\",\"rssi\":");
    push_integer(out, i64::from(rssi_dbm));
    close(out);
}

/// A `begin` mark.
pub fn begin(out: &mut Vec<u8>, t_us: i64, mark: &Begin<'_>) {
    start(out, t_us, mark.source);
    out.extend_from_slice(b",\"mark\":\"begin\",\"id\":");
    push_unsigned(out, mark.id);
    out.extend_from_slice(b",\"intent\":");
    text(out, mark.intent);
    if let Some(band) = mark.band {
        out.extend_from_slice(b",\"band\":\"");
        push_band(out, band);
        out.push(b'"');
    }
    if let Some(distance_cm) = mark.distance_cm.filter(|d| d.is_finite()) {
        out.extend_from_slice(b",\"distance_cm\":");
        push_float(out, distance_cm);
    }
    if let Some(note) = mark.note {
        out.extend_from_slice(b",\"note\":");
        text(out, note);
    }
    close(out);
}

/// The `end` mark of segment `id`.
pub fn end_mark(out: &mut Vec<u8>, t_us: i64, id: u64) {
    start(out, t_us, None);
    out.extend_from_slice(b",\"mark\":\"end\",\"id\":");
    push_unsigned(out, id);
    close(out);
}

/// The operator took segment `id` back: a row that decides nothing, for [`super::without_cancelled`].
pub fn cancelled(out: &mut Vec<u8>, t_us: i64, id: u64) {
    start(out, t_us, None);
    out.extend_from_slice(b",\"cancelled\":");
    push_unsigned(out, id);
    close(out);
}

/// What the real NBE or application was seen to do (`tap`, `locked`, `unlocked`), and who says so
/// (`operator`, `application`, `nbe_log`).
pub fn observed(out: &mut Vec<u8>, t_us: i64, what: &str, by: &str) {
    start(out, t_us, None);
    out.extend_from_slice(b",\"observed\":");
    text(out, what);
    out.extend_from_slice(b",\"by\":");
    text(out, by);
    close(out);
}

/// An NFC event (`inserted`, `read`, `removed`, `problem`) with its details in the order given.
pub fn nfc(out: &mut Vec<u8>, t_us: i64, source: Option<&str>, event: &str, details: &[(&str, Value)]) {
    start(out, t_us, source);
    out.extend_from_slice(b",\"nfc\":");
    text(out, event);
    for (key, entry) in details {
        text_key(out, key);
        value(out, entry);
    }
    close(out);
}

/// A source event (`connected`, `lost`, `recovered`, `dropped`); `count` says how many samples a
/// gap took, where that is known.
pub fn source_event(out: &mut Vec<u8>, t_us: i64, source: Option<&str>, event: &str, count: Option<u64>) {
    start(out, t_us, source);
    out.extend_from_slice(b",\"source_event\":");
    text(out, event);
    if let Some(count) = count {
        out.extend_from_slice(b",\"count\":");
        push_unsigned(out, count);
    }
    close(out);
}

/// The last row of a recording that was closed cleanly.
pub fn end(out: &mut Vec<u8>, t_us: i64, samples: u64) {
    end_row(out, t_us, samples, false);
}

/// The last row of a recording that was closed by a repair.
pub fn recovered_end(out: &mut Vec<u8>, t_us: i64, samples: u64) {
    end_row(out, t_us, samples, true);
}

fn end_row(out: &mut Vec<u8>, t_us: i64, samples: u64, recovered: bool) {
    start(out, t_us, None);
    out.extend_from_slice(b",\"end\":true,\"samples\":");
    push_unsigned(out, samples);
    if recovered {
        out.extend_from_slice(b",\"recovered\":true");
    }
    close(out);
}

/// Any other row, its keys in the map's order: for rows kept as they came.
pub fn object(out: &mut Vec<u8>, row: &Map<String, Value>) {
    push_object(out, row);
    out.push(b'\n');
}

/// `{"t_us":…` and, where there is one, `,"source":…`.
fn start(out: &mut Vec<u8>, t_us: i64, source: Option<&str>) {
    out.extend_from_slice(b"{\"t_us\":");
    push_integer(out, t_us);
    if let Some(source) = source {
        out.extend_from_slice(b",\"source\":");
        text(out, source);
    }
}

fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(b"}\n");
}

fn text_key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    text(out, key);
    out.push(b':');
}

/// A JSON string with its quotes.
fn text(out: &mut Vec<u8>, text: &str) {
    let plain = |b: u8| b >= b' ' && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing a string to a Vec cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

fn value(out: &mut Vec<u8>, entry: &Value) {
    match entry {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => push_float(out, float),
            _ => {
                let _ = write!(out, "{number}");
            }
        },
        Value::String(string) => text(out, string),
        Value::Array(entries) => {
            out.push(b'[');
            for (place, entry) in entries.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                value(out, entry);
            }
            out.push(b']');
        }
        Value::Object(map) => push_object(out, map),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
    }
}

fn push_object(out: &mut Vec<u8>, map: &Map<String, Value>) {
    out.push(b'{');
    for (place, (key, entry)) in map.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        text(out, key);
        out.push(b':');
        value(out, entry);
    }
    out.push(b'}');
}

/// Display prints the shortest digits that read back as the same number, and 3 for 3.0.
/// Numbers too long to be written out plainly keep serde's exponent.
fn push_float(out: &mut Vec<u8>, float: f64) {
    let plain = float == 0.0 || (1e-5..1e16).contains(&float.abs());
    let _ = if plain { write!(out, "{float}") } else { write!(out, "{}", Value::from(float)) };
}

/// Appends a decimal integer.
pub fn push_integer(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    push_unsigned(out, number.unsigned_abs());
}

fn push_unsigned(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Appends a band as recordings spell it.
pub fn push_band(out: &mut Vec<u8>, band: Band) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    match band {
        Band::Address(address) => {
            let mut spelt = *b"00:00:00:00:00:00";
            for (place, byte) in address.to_be_bytes()[2..].iter().enumerate() {
                spelt[place * 3] = HEX[usize::from(byte >> 4)];
                spelt[place * 3 + 1] = HEX[usize::from(byte & 15)];
            }
            out.extend_from_slice(&spelt);
        }
        Band::Pseudonym { len, chars } => {
            out.push(b'~');
            out.extend_from_slice(&chars[..usize::from(len).min(chars.len())]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn band(text: &str) -> Band {
        text.parse().unwrap()
    }

    fn printed(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_spelt_as_the_format_shows_them() {
        let source = Some("bluegiga-1");
        let c6 = band("C6:05:04:03:02:01");
        let begin_mark = Begin {
            id: 1,
            intent: "tap",
            band: Some(c6),
            distance_cm: Some(3.0),
            note: Some("right wrist"),
            ..Begin::default()
        };
        let all = printed(|out| {
            sample(out, 12345, source, c6, -61);
            begin(out, 2_000_000, &begin_mark);
            observed(out, 3_010_000, "tap", "operator");
            end_mark(out, 4_000_000, 1);
            nfc(out, 9_100_000, Some("omnikey-1"), "inserted", &[("uid", json!("hmac:5d0c"))]);
            source_event(out, 9_800_000, source, "dropped", Some(12));
            end(out, 9_900_000, 2);
        });
        assert_eq!(
            all,
            r#"{"t_us":12345,"source":"bluegiga-1","band":"C6:05:04:03:02:01","rssi":-61}
{"t_us":2000000,"mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01","distance_cm":3,"note":"right wrist"}
{"t_us":3010000,"observed":"tap","by":"operator"}
{"t_us":4000000,"mark":"end","id":1}
{"t_us":9100000,"source":"omnikey-1","nfc":"inserted","uid":"hmac:5d0c"}
{"t_us":9800000,"source":"bluegiga-1","source_event":"dropped","count":12}
{"t_us":9900000,"end":true,"samples":2}
"#
        );
    }

    #[test]
    fn the_version_comes_first_and_numbers_lose_trailing_zeros() {
        let map =
            json!({"site":"Ward \"3\"\n","x":[1.0,-40.7,1e300,null,true,{"y":-0.5}],"rssi_recording":1});
        let line = printed(|out| header(out, map.as_object().unwrap()));
        assert_eq!(
            line,
            "{\"rssi_recording\":1,\"site\":\"Ward \\\"3\\\"\\n\",\"x\":[1,-40.7,1e+300,null,true,{\"y\":-0.5}]}\n"
        );
        assert_eq!(printed(|out| header(out, &Map::new())), "{\"rssi_recording\":1}\n");
        assert_eq!(printed(|out| object(out, &Map::new())), "{}\n");
    }

    #[test]
    fn a_repaired_end_says_so() {
        assert_eq!(
            printed(|out| recovered_end(out, 5, 0)),
            "{\"t_us\":5,\"end\":true,\"samples\":0,\"recovered\":true}\n"
        );
    }

    proptest! {
        #[test]
        fn samples_read_back(t in any::<i64>(), a in 0u64..1 << 48, rssi in any::<i8>(), source in ".*") {
            let line = printed(|out| sample(out, t, Some(&source), Band::Address(a), rssi));
            let row: Value = serde_json::from_str(&line).unwrap();
            let spelt = Band::Address(a).to_string();
            prop_assert_eq!(row, json!({"t_us":t,"source":source,"band":spelt,"rssi":rssi}));
        }

        #[test]
        fn floats_read_back(float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let text = printed(|out| push_float(out, float));
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), float.to_bits());
        }
    }
}
