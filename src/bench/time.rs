//! How instants and lengths of time are written and read, everywhere in the window.

/// From here on a clock is read more easily than seconds.
const CLOCK_US: i64 = 120_000_000;

/// `62.50 s`, or `1:02:03.50` from two minutes on; with so many places behind the point.
pub fn time(t_us: i64, places: usize) -> String {
    time_like(t_us, t_us, places)
}

/// The same in the form in which `longest_us` is written: what stands side by side looks alike.
pub fn time_like(t_us: i64, longest_us: i64, places: usize) -> String {
    let unit_us = 10_i64.pow(6_u32.saturating_sub(u32::try_from(places).unwrap_or(6)));
    let (seconds, rest) = (t_us.abs() / 1_000_000, t_us.abs() % 1_000_000 / unit_us);
    let rest = if places == 0 { String::new() } else { format!(".{rest:0places$}") };
    let sign = if t_us < 0 { "\u{2212}" } else { "" };
    if longest_us.abs() < CLOCK_US {
        return format!("{sign}{seconds}{rest} s");
    }
    format!("{sign}{}:{:02}:{:02}{rest}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What somebody typed, in seconds: seconds, or a clock.
pub fn typed_seconds(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('s').trim_end();
    let parts: Option<Vec<f64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() <= 3)?;
    Some(parts.iter().fold(0.0, |whole, part| whole * 60.0 + part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_below_two_minutes_and_a_clock_above() {
        assert_eq!((time(0, 2), time(62_509_000, 2)), ("0.00 s".into(), "62.50 s".into()));
        assert_eq!((time(119_999_999, 0), time(120_000_000, 0)), ("119 s".into(), "0:02:00".into()));
        assert_eq!(time(14_496_630_000, 2), "4:01:36.63");
        assert_eq!(time_like(1_500_000, 200_000_000, 1), "0:00:01.5");
        assert_eq!(time(-1_500_000, 1), "\u{2212}1.5 s");
    }

    #[test]
    fn what_is_written_can_be_typed() {
        for t_us in [0, 62_500_000, 172_880_000, 14_496_630_000] {
            let read = typed_seconds(&time(t_us, 2)).unwrap();
            assert!((read * 1e6 - t_us as f64).abs() < 1.0, "{t_us}: {read}");
        }
        assert_eq!(
            (typed_seconds("2:30"), typed_seconds("soon"), typed_seconds("")),
            (Some(150.0), None, None)
        );
    }
}
