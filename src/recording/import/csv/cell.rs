//! The cells of a CSV row as values: exact times, whole dBm, bands. No floating point: what a
//! file says to the microsecond stays so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::reading::Band;

/// 2001-01-01 in seconds since 1970, from which Apple's clocks count.
const APPLE_EPOCH_S: i64 = 978_307_200;

/// How a file writes its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::recording::import) enum TimeUnit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    SecondsSince2001,
    /// `2021-03-13 10:05:01`, with or without fraction and zone.
    WallClock,
}

impl TimeUnit {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
            Self::SecondsSince2001 => "seconds since 2001",
            Self::WallClock => "wall clock",
        }
    }

    fn in_ns(self) -> i128 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds | Self::SecondsSince2001 | Self::WallClock => 1_000_000_000,
        }
    }
}

/// A time as the file counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Whole microseconds, further digits cut.
    pub(super) us: i64,
    /// Whether it is a wall clock without a zone.
    pub(super) unzoned: bool,
}

/// A time in `unit`; `None` when the cell holds none.
pub(super) fn time(cell: &str, unit: TimeUnit) -> Option<Time> {
    if unit == TimeUnit::WallClock {
        return wall_clock(cell);
    }
    let us = microseconds(cell, unit.in_ns())?;
    let epoch_us = if unit == TimeUnit::SecondsSince2001 { APPLE_EPOCH_S * 1_000_000 } else { 0 };
    Some(Time { us: us.checked_add(epoch_us)?, unzoned: false })
}

fn wall_clock(cell: &str) -> Option<Time> {
    // A plain number is a date to a lenient parser; here it is none.
    if !cell.contains('-') && !cell.contains('/') {
        return None;
    }
    let slashed = cell.contains('/').then(|| cell.replace('/', "-"));
    let cell = slashed.as_deref().unwrap_or(cell);
    if let Ok(timestamp) = cell.parse::<Timestamp>() {
        return Some(Time { us: timestamp.as_microsecond(), unzoned: false });
    }
    let civil: DateTime = cell.parse().ok()?;
    let timestamp = TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(Time { us: timestamp.as_microsecond(), unzoned: true })
}

/// A decimal number of units of `unit_ns`, as whole microseconds rounded down.
fn microseconds(cell: &str, unit_ns: i128) -> Option<i64> {
    let decimal = Decimal::parse(cell)?;
    let mut scale = 1;
    let mut value: i128 = decimal.whole.parse().ok()?;
    for digit in decimal.fraction.bytes().take(9) {
        value = value * 10 + i128::from(digit - b'0');
        scale *= 10;
    }
    let signed = if decimal.negative { -value } else { value };
    i64::try_from((signed * unit_ns).div_euclid(scale * 1000)).ok()
}

/// The whole part of a decimal number without its sign; `None` when the cell is no number.
pub(super) fn magnitude(cell: &str) -> Option<u64> {
    Decimal::parse(cell)?.whole.parse().ok()
}

/// The digits of a decimal number with a point or, as some countries write it, a comma.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn parse(cell: &'a str) -> Option<Self> {
        let (negative, digits) = match cell.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, cell.strip_prefix('+').unwrap_or(cell)),
        };
        let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        // 19 digits before the point: the nanoseconds since 1970 have as many.
        let sound = (1..=19).contains(&whole.len()) && is_number(whole) && is_number(fraction);
        sound.then_some(Self { negative, whole, fraction })
    }
}

/// A signal strength in dBm, rounded half away from zero where it has a fraction; `dBm` may
/// follow. Any whole number is given; whether it is possible is for others to say.
pub(super) fn rssi(cell: &str) -> Option<i64> {
    let bare = cell.strip_suffix("dBm").map_or(cell, str::trim_end);
    let decimal = Decimal::parse(bare)?;
    let whole: i64 = decimal.whole.parse().ok()?;
    let rounded = whole + i64::from(decimal.fraction.bytes().next().is_some_and(|digit| digit >= b'5'));
    Some(if decimal.negative { -rounded } else { rounded })
}

/// Whether a number is no whole one, so that what it becomes is rounded.
pub(super) fn has_fraction(cell: &str) -> bool {
    let bare = cell.strip_suffix("dBm").map_or(cell, str::trim_end);
    Decimal::parse(bare).is_some_and(|decimal| decimal.fraction.bytes().any(|digit| digit != b'0'))
}

/// A distance in cm, to the tenth of a millimetre.
pub(super) fn distance_cm(cell: &str, unit_cm: f64) -> Option<f64> {
    Decimal::parse(cell)?;
    let value: f64 = cell.replace(',', ".").parse().ok()?;
    Some((value * unit_cm * 100.0).round() / 100.0)
}

/// An address in any usual spelling (colons, dashes or none, small letters too).
pub(in crate::recording) fn address(cell: &str) -> Option<Band> {
    let digits: Vec<u8> = match cell.len() {
        12 => cell.bytes().collect(),
        17 if [b':', b'-'].iter().any(|s| cell.bytes().skip(2).step_by(3).all(|b| b == *s)) => {
            cell.bytes().enumerate().filter(|(at, _)| at % 3 != 2).map(|(_, b)| b).collect()
        }
        _ => return None,
    };
    if digits.len() != 12 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok().map(Band::Address)
}

/// The characters of a pseudonym that a name becomes, without `~`: what is not allowed becomes
/// `_`; dashes go first where the name is too long (a UUID fits then), then its end.
pub(super) fn pseudonym(name: &str) -> String {
    let name = name.strip_prefix('~').unwrap_or(name);
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let mut spelt: String = name.chars().map(allowed).collect();
    if spelt.len() > 32 {
        spelt.retain(|c| c != '-');
        spelt.truncate(32);
    }
    spelt
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn us(cell: &str, unit: TimeUnit) -> Option<i64> {
        time(cell, unit).map(|t| t.us)
    }

    #[test]
    fn times_are_exact_and_further_digits_are_cut() {
        use TimeUnit::*;
        assert_eq!(us("1581249601.4086823", Seconds), Some(1_581_249_601_408_682));
        assert_eq!(us("1568794460.620863914", Seconds), Some(1_568_794_460_620_863));
        assert_eq!(us("4435,17", Seconds), Some(4_435_170_000));
        assert_eq!(us("12.0005", Milliseconds), Some(12_000));
        assert_eq!(us("-0.5", Seconds), Some(-500_000));
        assert_eq!(us("1234567", Nanoseconds), Some(1234));
        assert_eq!(us("610053216.010054", SecondsSince2001), Some(1_588_360_416_010_054));
        for cell in [
            "",
            "-",
            ".5",
            "1e9",
            "12:30",
            "1.2.3",
            "NaN",
            "0x10",
            "12345678901234567890",
            "99999999999999999",
        ] {
            assert_eq!(us(cell, Seconds), None, "{cell}");
        }
    }

    #[test]
    fn wall_clocks_may_have_fractions_and_zones() {
        let parse = |cell| time(cell, TimeUnit::WallClock);
        let at = |us, unzoned| Some(Time { us, unzoned });
        assert_eq!(parse("2021-03-13 10:05:01"), at(1_615_629_901_000_000, true));
        assert_eq!(parse("2021/03/13 10:05:01.25"), at(1_615_629_901_250_000, true));
        assert_eq!(parse("2021-03-13T10:05:01.000001Z"), at(1_615_629_901_000_001, false));
        assert_eq!(parse("2021-03-13T11:05:01+01:00"), at(1_615_629_901_000_000, false));
        for cell in ["", "10:05:01", "20210313", "2021-02-30 10:00:00", "time", "-61"] {
            assert_eq!(parse(cell), None, "{cell}");
        }
    }

    #[test]
    fn strengths_are_whole_dbm() {
        assert_eq!(rssi("-59.0"), Some(-59));
        assert_eq!(rssi("-59.5"), Some(-60));
        assert_eq!(rssi("-59.49"), Some(-59));
        assert_eq!(rssi("127"), Some(127));
        assert_eq!(rssi("-61 dBm"), Some(-61));
        assert_eq!(rssi("\u{2212}61"), Some(-61));
        for cell in ["", "nan", "-", "strong", "-6 1", "-61x"] {
            assert_eq!(rssi(cell), None, "{cell}");
        }
    }

    #[test]
    fn addresses_in_any_usual_spelling() {
        let c6 = Some(Band::Address(0xC605_0403_0201));
        for cell in ["C6:05:04:03:02:01", "c6:05:04:03:02:01", "c6-05-04-03-02-01", "c60504030201"] {
            assert_eq!(address(cell), c6, "{cell}");
        }
        for cell in ["", "gryphonelab", "c6:05-04:03:02:01", "c6:05:04:03:02:0g", "c6:05:04:03:02", "äöüäöü"]
        {
            assert_eq!(address(cell), None, "{cell}");
        }
    }

    #[test]
    fn names_become_pseudonyms() {
        assert_eq!(pseudonym("HTC One M9"), "HTC_One_M9");
        assert_eq!(pseudonym("~phone"), "phone");
        assert_eq!(pseudonym("65082A4C-EFE1-8776-2BE5-E3AAFF41F1F9"), "65082A4CEFE187762BE5E3AAFF41F1F9");
        assert_eq!(pseudonym(&"ä".repeat(40)), "_".repeat(32));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_panic(cell in ".*") {
            for unit in [TimeUnit::Seconds, TimeUnit::Nanoseconds, TimeUnit::WallClock, TimeUnit::SecondsSince2001] {
                let _ = time(&cell, unit);
            }
            let _ = (rssi(&cell), address(&cell), distance_cm(&cell, 30.48));
            prop_assert!(pseudonym(&cell).len() <= 32);
        }

        #[test]
        fn seconds_with_six_digits_read_back(us_in in 0i64..4_000_000_000_000_000) {
            let cell = format!("{}.{:06}", us_in / 1_000_000, us_in % 1_000_000);
            prop_assert_eq!(us(&cell, TimeUnit::Seconds), Some(us_in));
        }
    }
}
