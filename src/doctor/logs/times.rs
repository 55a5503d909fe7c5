//! Dates with a time in lines of logs.

use std::ops::Range;

/// Bytes of a line within which its time begins.
pub(super) const TIME_WITHIN: usize = 1024;

/// Places in a line where a time is looked for.
const TRIED: usize = 64;

/// The first date with a time in a line, as it stands there: logs and exports write it in many ways.
pub(super) fn time_in(line: &[u8]) -> Option<&str> {
    let begins = digits_from(line, 0).take_while(|at| *at < TIME_WITHIN).take(TRIED);
    spelt(line, first(line, begins)?)
}

/// Where the first time from there on stands, however far away.
pub(super) fn time_from(line: &[u8], from: usize) -> Option<Range<usize>> {
    first(line, digits_from(line, from))
}

/// A time that was found there.
pub(super) fn spelt(line: &[u8], at: Range<usize>) -> Option<&str> {
    std::str::from_utf8(line.get(at)?).ok()
}

/// Where numbers begin.
fn digits_from(line: &[u8], from: usize) -> impl Iterator<Item = usize> {
    let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    (from..line.len()).filter(move |at| is_digit(*at) && !(*at > 0 && is_digit(at - 1)))
}

fn first(line: &[u8], mut begins: impl Iterator<Item = usize>) -> Option<Range<usize>> {
    begins.find_map(|begin| Some(begin..end_of(line, begin)?))
}

/// Where the time that begins there ends: 2026-11-24T14:03:07.123Z, 11/24/2026 2:03:07 PM, 24.11.2026, 14:03:07.
fn end_of(line: &[u8], begin: usize) -> Option<usize> {
    let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |at: usize, most: usize| (at..at + most).take_while(|at| is_digit(*at)).count();
    let one_of = |at: usize, set: &[u8]| line.get(at).is_some_and(|byte| set.contains(byte));
    let mut at = begin;
    let part = |at: &mut usize, most: usize| {
        let count = digits(*at, most);
        *at += count;
        (count > 0).then_some(count)
    };
    let first = part(&mut at, 4)?;
    let separator = *line.get(at).filter(|byte| b"-/.".contains(byte))?;
    at += 1;
    part(&mut at, 2)?;
    (line.get(at) == Some(&separator)).then_some(())?;
    at += 1;
    let third = part(&mut at, 4)?;
    (first == 4 || third == 4).then_some(())?;
    let blanks = (at..).take_while(|at| one_of(*at, b" T,")).take(3).count();
    at += blanks;
    (blanks > 0).then_some(())?;
    for is_last in [false, true] {
        let count = part(&mut at, 2)?;
        if !is_last {
            (count > 0 && line.get(at) == Some(&b':')).then_some(())?;
            at += 1;
        }
    }
    if line.get(at) == Some(&b':') && is_digit(at + 1) {
        at += 1;
        part(&mut at, 2)?;
    }
    if one_of(at, b".,") && is_digit(at + 1) {
        at += 1;
        part(&mut at, 9)?;
    }
    let rest = line.get(at..).unwrap_or_default();
    let tail = [&b" AM"[..], b" PM", b"Z"].into_iter().find(|tail| rest.starts_with(tail));
    Some(at + tail.map_or(0, <[u8]>::len))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_found_as_they_are_written() {
        for (line, time) in [
            ("2024-02-16 08:54:42.147 E -- GenServer", Some("2024-02-16 08:54:42.147")),
            (
                "Polling thread joined 2023-04-10 12:58:55.271998700 INFO",
                Some("2023-04-10 12:58:55.271998700"),
            ),
            (
                "<TimeCreated SystemTime='2026-11-24T14:03:07.1234567Z'/>",
                Some("2026-11-24T14:03:07.1234567Z"),
            ),
            ("Error,11/24/2026 2:03:07 PM,Service,1000", Some("11/24/2026 2:03:07 PM")),
            ("Fehler;24.11.2026 14:03:07;Dienst", Some("24.11.2026 14:03:07")),
            ("on 10.0.0.1 12:30", None),
            ("version 1.2.2026", None),
            ("2026-11-24", None),
            ("", None),
        ] {
            assert_eq!(time_in(line.as_bytes()), time, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd_for_a_time(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = time_in(&line);
            let _ = time_from(&line, line.len() / 2);
        }
    }
}
