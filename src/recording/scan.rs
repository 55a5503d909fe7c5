//! The canonical sample line, read byte by byte: what a recorder writes, five times faster than
//! through a JSON parser. Anything else goes to `row::parse`, with which this must agree (see the
//! property tests).

use super::names::{BandId, Names, SourceId};
use super::row::Sample;
use crate::reading::Band;

const SLOTS: usize = 256;

/// Remembers the spellings met last, so that a known source or band costs one comparison.
pub(super) struct Scanner {
    /// How many digits the last time had: so has the next one, mostly. Then its end need not be
    /// waited for, and the processor is at the next lines while it still reads this one.
    time_digits: usize,
    /// What stands between time and address.
    middle: Vec<u8>,
    source: Option<SourceId>,
    bands: Box<[([u8; 17], BandId)]>,
}

/// A sample line that was recognised.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    pub(super) t_us: i64,
    pub(super) sample: Sample,
    /// Bytes of the line, its `\n` included.
    pub(super) length: usize,
}

impl Scanner {
    pub(super) fn new() -> Self {
        let bands = vec![([0; 17], BandId(0)); SLOTS].into_boxed_slice();
        Self { time_digits: 0, middle: Vec::new(), source: None, bands }
    }

    /// Reads `{"t_us":…,"source":"…","band":"AA:…","rssi":…}\n` at the beginning of `text`, where
    /// it stands whole and in exactly this spelling.
    // Not inlined, the result goes through memory, and reading it back stalls.
    #[inline(always)]
    pub(super) fn sample(
        &mut self,
        text: &[u8],
        names: &mut Names,
        default_source: Option<SourceId>,
    ) -> Option<Scanned> {
        let rest = text.strip_prefix(b"{\"t_us\":")?;
        let (t_us, rest) = match time_of(self.time_digits, rest) {
            Some(t_us) => (t_us, rest.get(self.time_digits..)?),
            None => self.time(rest)?,
        };
        let (source, rest) = match (self.source, rest.strip_prefix(self.middle.as_slice())) {
            (Some(source), Some(rest)) => (source, rest),
            _ => self.source(rest, names, default_source)?,
        };
        let (address, rest) = rest.split_first_chunk::<17>()?;
        let band = self.band(address, names)?;
        let rest = rest.strip_prefix(b"\",\"rssi\":")?;
        let (rssi_dbm, rest) = match rest {
            [b'-', tens @ b'1'..=b'9', ones @ b'0'..=b'9', b'}', ..] => {
                (-((tens - b'0') * 10 + (ones - b'0')).cast_signed(), &rest[3..])
            }
            _ => rssi(rest)?,
        };
        let rest = rest.strip_prefix(b"}\n")?;
        let sample = Sample { source, band, rssi_dbm };
        Some(Scanned { t_us, sample, length: text.len() - rest.len() })
    }

    #[cold]
    fn time<'t>(&mut self, text: &'t [u8]) -> Option<(i64, &'t [u8])> {
        let (t_us, rest) = time(text)?;
        self.time_digits = text.len() - rest.len();
        Some((t_us, rest))
    }

    /// The source, if it is named, and what follows up to the address.
    #[cold]
    fn source<'t>(
        &mut self,
        text: &'t [u8],
        names: &mut Names,
        default_source: Option<SourceId>,
    ) -> Option<(SourceId, &'t [u8])> {
        let (name, rest) = match text.strip_prefix(b",\"source\":\"") {
            Some(rest) => {
                let plain = |b: &u8| (0x20..0x7f).contains(b) && *b != b'\\';
                let end = rest.iter().position(|b| *b == b'"' || !plain(b))?;
                let (name, rest) = rest.split_at(end);
                (Some(name), rest.strip_prefix(b"\"")?)
            }
            None => (None, text),
        };
        let rest = rest.strip_prefix(b",\"band\":\"")?;
        let source = match name {
            Some(name) => names.source_id(std::str::from_utf8(name).ok()?),
            None => default_source?,
        };
        self.middle.clear();
        self.middle.extend_from_slice(&text[..text.len() - rest.len()]);
        self.source = Some(source);
        Some((source, rest))
    }

    #[inline(always)]
    fn band(&mut self, text: &[u8; 17], names: &mut Names) -> Option<BandId> {
        let slot =
            text[16].wrapping_mul(7) ^ text[15] ^ text[13].wrapping_mul(31) ^ text[12].wrapping_mul(17);
        let entry = &mut self.bands[usize::from(slot) % SLOTS];
        if entry.0 != *text {
            let band = Band::parse(text).ok()?;
            band.as_address()?;
            *entry = (*text, names.band_id(band));
        }
        Some(entry.1)
    }
}

/// A whole number of this many digits at the beginning, if a comma follows it; only for 8 to 16
/// digits.
#[inline]
fn time_of(digits: usize, text: &[u8]) -> Option<i64> {
    if !(8..=16).contains(&digits) || text.get(digits) != Some(&b',') {
        return None;
    }
    let [first, last] = [text.first_chunk()?, text.get(digits - 8..digits)?.first_chunk()?];
    let (first, last) = (u64::from_le_bytes(*first) ^ ZEROS, u64::from_le_bytes(*last) ^ ZEROS);
    let other = ((first.wrapping_add(NINES) | first) | (last.wrapping_add(NINES) | last)) & TOPS;
    if other != 0 || first & 0xff == 0 {
        return None;
    }
    // Those of the last that belong to the first count as zeros.
    let behind = digits - 8;
    let last = last & u64::MAX.checked_shl(u32::try_from(64 - 8 * behind).ok()?).unwrap_or(0);
    Some((joined(first) * POWERS_OF_TEN[behind] + joined(last)).cast_signed())
}

/// A whole number without sign, leading zero, fraction or exponent, short of any overflow.
#[inline]
fn time(text: &[u8]) -> Option<(i64, &[u8])> {
    const MOST: usize = 18;
    let mut value = 0;
    let mut length = 0;
    loop {
        let (digits, count) = up_to_eight_digits(*text[length..].first_chunk()?);
        length += count;
        if length > MOST {
            return None;
        }
        value = value * POWERS_OF_TEN[count] + digits;
        if count < 8 {
            break;
        }
    }
    let leading_zero = length > 1 && text[0] == b'0';
    (length > 0 && !leading_zero).then(|| (value.cast_signed(), &text[length..]))
}

const POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Eight bytes at once.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const ZEROS: u64 = each(b'0');
/// Added to a digit's value, they leave the byte's top bit clear, and only then.
const NINES: u64 = each(0x7f - 9);
const TOPS: u64 = each(0x80);

/// The value and count of the digits at the beginning, all eight bytes in one register.
#[inline]
fn up_to_eight_digits(text: [u8; 8]) -> (u64, usize) {
    let digits = u64::from_le_bytes(text) ^ ZEROS;
    // The top bit of a byte is set where it is no digit; a carry spoils only the bytes after it.
    let others = (digits.wrapping_add(NINES) | digits) & TOPS;
    let count = others.trailing_zeros() / 8;
    // Zeros come before the digits.
    (joined(digits.checked_shl(64 - 8 * count).unwrap_or(0)), count as usize)
}

/// Eight digits, the first in the lowest byte, as a number: neighbours are joined to two digits,
/// four, eight.
#[inline]
fn joined(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32
}

/// −127…20 in canonical spelling; 127 and everything else is left to the parser.
fn rssi(text: &[u8]) -> Option<(i8, &[u8])> {
    let digit = |b: u8| Some(b.wrapping_sub(b'0')).filter(|d| *d <= 9);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let first = digit(*text.first()?)?;
    let (magnitude, length) =
        match (text.get(1).copied().and_then(digit), text.get(2).copied().and_then(digit)) {
            (None, _) => (u16::from(first), 1),
            (Some(b), None) => (u16::from(first) * 10 + u16::from(b), 2),
            (Some(b), Some(c)) => (u16::from(first) * 100 + u16::from(b) * 10 + u16::from(c), 3),
        };
    if first == 0 && (length > 1 || negative) {
        return None;
    }
    let limit = if negative { 127 } else { 20 };
    let value = i8::try_from(magnitude).ok().filter(|m| *m <= limit)?;
    Some((if negative { -value } else { value }, &text[length..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::row::{self, Row, RowKind};
    use super::*;

    const LINE: &str =
        "{\"t_us\":12345,\"source\":\"bluegiga-1\",\"band\":\"C6:05:04:03:02:01\",\"rssi\":-61}\n";

    /// Whatever the scanner accepts, the parser reads as the same row.
    fn agrees(text: &[u8]) -> Option<Scanned> {
        let mut names = Names::default();
        let default = Some(names.source_id(""));
        let scanned = Scanner::new().sample(text, &mut names, default)?;
        let line = &text[..scanned.length - 1];
        let parsed = row::parse(line, &mut names, default);
        assert_eq!(parsed, Ok(Row { t_us: scanned.t_us, kind: RowKind::Sample(scanned.sample) }));
        Some(scanned)
    }

    #[test]
    fn takes_the_canonical_line() {
        let scanned = agrees(LINE.as_bytes()).unwrap();
        assert_eq!((scanned.t_us, scanned.sample.rssi_dbm, scanned.length), (12345, -61, LINE.len()));
    }

    #[test]
    fn leaves_every_other_spelling_to_the_parser() {
        for (from, to) in [
            ("12345", "012345"),
            ("12345", "12345.0"),
            ("12345", "1234567890123456789"),
            ("12345", "9223372036854775808"),
            ("12345", "99999999999999999999"),
            ("-61", "-0"),
            ("-61", "127"),
            ("-61", "-128"),
            ("-61", "21"),
            ("-61", "-061"),
            ("C6", "c6"),
            ("C6:05:04:03:02:01", "~abcdefghijklmnop"),
            ("bluegiga-1", "blue\\u0067iga"),
            ("\":-61", "\": -61"),
            ("}\n", "}"),
            ("}\n", "} \n"),
            ("\"rssi\":-61", "\"rssi\":-61,\"x\":1"),
        ] {
            assert_eq!(agrees(LINE.replace(from, to).as_bytes()), None, "{to}");
        }
    }

    #[test]
    fn eight_digits_are_read_at_once() {
        for (text, expected) in [
            (b"12345678", (12_345_678, 8)),
            (b"99999999", (99_999_999, 8)),
            (b"0000007,", (7, 7)),
            (b"42,\"sour", (42, 2)),
            (b"9\xff\xff12345", (9, 1)),
            (b"1:/23456", (1, 1)),
            (b"/1234567", (0, 0)),
        ] {
            assert_eq!(up_to_eight_digits(*text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_canonical_line_is_taken_and_agrees(
            t_us in 0i64..=999_999_999_999_999_999,
            address: [u8; 6],
            rssi in -127i8..=20,
            source in proptest::option::of("[ !#-\\[\\]-~]{0,12}"),
        ) {
            let [a, b, c, d, e, f] = address;
            let source = source.map_or(String::new(), |s| format!("\"source\":\"{s}\","));
            let line = format!(
                "{{\"t_us\":{t_us},{source}\"band\":\"{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{f:02X}\",\"rssi\":{rssi}}}\n"
            );
            prop_assert_eq!(agrees(line.as_bytes()).map(|s| s.sample.rssi_dbm), Some(rssi));
        }

        #[test]
        fn a_damaged_line_never_disagrees(at in 0usize..LINE.len(), byte: u8, cut in 0usize..=LINE.len()) {
            let mut line = LINE.as_bytes().to_vec();
            line[at] = byte;
            line.truncate(cut);
            agrees(&line);
        }
    }
}
