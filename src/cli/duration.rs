//! Durations as people write them: `60s`, `1.5m`, `250ms`; whole microseconds, never rounded.

/// Units with their length in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
];

const NO_NUMBER: &str = "is no duration: write 60s, 1.5m or 250ms";

/// More than any recording lasts, and far from any overflow.
const MAX_US: u64 = 1 << 60;

/// A duration with its unit, in microseconds.
pub fn parse(text: &str) -> Result<i64, String> {
    with_unit(text, "")
}

/// A duration with its unit, or a bare number of seconds, in microseconds.
pub fn parse_seconds(text: &str) -> Result<i64, String> {
    with_unit(text, "s")
}

fn with_unit(text: &str, otherwise: &str) -> Result<i64, String> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let unit = if unit.is_empty() { otherwise } else { unit };
    let unit_us = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, us)| *us);
    let unit_us = unit_us.ok_or_else(|| format!("\"{text}\" {NO_NUMBER}"))?;
    exact(number, unit_us).map_err(|why| format!("\"{text}\" {why}"))
}

fn exact(number: &str, unit_us: u64) -> Result<i64, &'static str> {
    const TOO_LONG: &str = "is too long";
    const TOO_FINE: &str = "is finer than a microsecond";
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return Err(NO_NUMBER),
        Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
        None => (number, ""),
    };
    if whole.is_empty() || fraction.contains('.') {
        return Err(NO_NUMBER);
    }
    let whole: u64 = whole.parse().map_err(|_| TOO_LONG)?;
    let whole_us = whole.checked_mul(unit_us).filter(|us| *us <= MAX_US).ok_or(TOO_LONG)?;
    let mut parts = 0u128;
    let mut of = 1u128;
    // No unit has an exact part beyond its 12th decimal.
    for digit in fraction.bytes().map(|b| u128::from(b - b'0')) {
        (parts, of) = (parts * 10 + digit, of * 10);
        if of > 1_000_000_000_000 {
            return Err(TOO_FINE);
        }
    }
    let parts = parts * u128::from(unit_us);
    if !parts.is_multiple_of(of) {
        return Err(TOO_FINE);
    }
    let fraction_us = u64::try_from(parts / of).map_err(|_| TOO_LONG)?;
    i64::try_from(whole_us + fraction_us).map_err(|_| TOO_LONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact() {
        for (text, micros) in [
            ("60s", 60_000_000),
            ("1.5m", 90_000_000),
            ("250ms", 250_000),
            ("12.3s", 12_300_000),
            ("0.000001s", 1),
            ("0.00000005m", 3),
            ("1.50000000000000000000s", 1_500_000),
            ("7us", 7),
            ("2h", 7_200_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
        }
        assert_eq!(parse_seconds("12.3"), Ok(12_300_000));
        assert_eq!(parse_seconds("250ms"), Ok(250_000));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "s", "60", "-1s", "1 s", ".5s", "5.s", "1.2.3s", "1e3s", "0.0000001s", "0.5us", "1d"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("99999999999999999999s").is_err());
        assert!(parse("9999999999999999s").is_err());
        assert!(parse_seconds("").is_err());
        assert!(parse_seconds("1.5.5").is_err());
    }
}
