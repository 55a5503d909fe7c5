//! Lines in logs for which the vendor gives causes, found by what they say and not by the file's name:
//! logs of the endpoint, the agent, the API and the Nymi Band Application, and exported Windows events,
//! of any size.

mod causes;
mod lines;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use memchr::memmem::Finder;

use causes::ADDRESS_CHANGED;
pub use causes::{Because, CAUSES, Cause};
use lines::{Lines, time_in};

/// Characters of a line that are shown.
const SHOWN: usize = 160;

/// Where the endpoint says which address it subscribes with.
const JOINING: &str = "Joining new topic: #bluebox:";

/// What a file of events of Windows begins with, before it is exported.
const BINARY_EVENTS: &[u8] = b"ElfFile\0";

/// Lines of one cause in one file.
#[derive(Debug, PartialEq, Eq)]
pub struct Hit {
    /// What they mean.
    pub cause: &'static Cause,
    /// The first of them, from 1 on.
    pub first_line: u64,
    /// The last of them.
    pub last_line: u64,
    /// How many.
    pub count: u64,
    /// When the first was written, as the log spells it; of a line without a time the one before it.
    pub first_time: Option<String>,
    /// When the last was written.
    pub last_time: Option<String>,
    /// The text of the first, unreadable bytes replaced, cut to one screen line.
    pub text: String,
}

/// What was found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of their first lines.
    pub hits: Vec<Hit>,
    /// Lines read.
    pub lines: u64,
}

/// Reads a log to its end and gathers the lines that the vendor explains. Bytes that are no text do
/// no harm; UTF-16, as some tools of Windows write it, is read too.
///
/// # Errors
/// When it cannot be read on, or is a file of events that was not exported.
pub fn search(mut log: impl BufRead) -> io::Result<Found> {
    if log.fill_buf()?.starts_with(BINARY_EVENTS) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "these are events of Windows as they are stored; export them as text, CSV or XML: in Event Viewer \
             \"Save All Events As\", or wevtutil qe FILE /lf:true /f:text > events.txt",
        ));
    }
    let mut found = Found::default();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    let mut address: Option<Vec<u8>> = None;
    let table = Table::new();
    let (mut lines, mut line, mut time) = (Lines::new(log), Vec::new(), String::new());
    while lines.next(&mut line)? {
        found.lines += 1;
        if let Some(seen) = time_in(&line) {
            time.clear();
            time.push_str(seen);
        }
        let Some(cause) = table.cause_of(&line).or_else(|| table.changed(&line, &mut address)) else {
            continue;
        };
        let number = found.lines;
        let when = (!time.is_empty()).then(|| time.clone());
        match place.get(cause.code).and_then(|at| found.hits.get_mut(*at)) {
            Some(hit) => (hit.last_line, hit.count, hit.last_time) = (number, hit.count + 1, when),
            None => {
                place.insert(cause.code, found.hits.len());
                let text = String::from_utf8_lossy(&line).trim().chars().take(SHOWN).collect();
                found.hits.push(Hit {
                    cause,
                    first_line: number,
                    last_line: number,
                    count: 1,
                    first_time: when.clone(),
                    last_time: when,
                    text,
                });
            }
        }
    }
    Ok(found)
}

/// The table's texts, made ready to be looked for in lines by the million.
struct Table {
    texts: Vec<(Finder<'static>, &'static Cause)>,
    joining: Finder<'static>,
}

impl Table {
    fn new() -> Self {
        let texts =
            CAUSES.iter().flat_map(|cause| cause.texts.iter().map(move |text| (Finder::new(text), cause)));
        Self { texts: texts.collect(), joining: Finder::new(JOINING) }
    }

    /// The vendor's cause of a line.
    fn cause_of(&self, line: &[u8]) -> Option<&'static Cause> {
        self.texts.iter().find(|(text, _)| text.find(line).is_some()).map(|(_, cause)| *cause)
    }

    /// Whether the endpoint now subscribes with another address than before.
    fn changed(&self, line: &[u8], address: &mut Option<Vec<u8>>) -> Option<&'static Cause> {
        let at = self.joining.find(line)? + JOINING.len();
        let now = line.get(at..)?.split(u8::is_ascii_whitespace).next()?.to_vec();
        let before = address.replace(now.clone())?;
        (before != now).then_some(&ADDRESS_CHANGED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(log: &[u8]) -> Vec<(&'static str, u64, u64, u64)> {
        let found = search(log).unwrap();
        found.hits.iter().map(|hit| (hit.cause.code, hit.first_line, hit.last_line, hit.count)).collect()
    }

    /// The guide's own examples, line by line.
    #[test]
    fn the_guides_examples_have_the_guides_causes() {
        let log = include_bytes!("../fixtures/guide-examples.log");
        let expected = [
            ("nfc-read", 2, 4, 3),
            ("certificates", 6, 8, 3),
            ("endpoint-missing", 10, 12, 3),
            ("two-agents", 14, 17, 4),
            ("duplicate-endpoint", 20, 28, 5),
            ("agent-unreachable", 23, 25, 3),
        ];
        assert_eq!(codes(log), expected);
    }

    #[test]
    fn every_text_leads_to_its_own_cause() {
        for cause in &CAUSES {
            for text in cause.texts {
                let line = format!("2026-01-01 ERROR - {text} …");
                assert_eq!(Table::new().cause_of(line.as_bytes()), Some(cause), "{text}");
            }
            assert!(cause.source.contains(": \"") && cause.source.ends_with('"'), "{}", cause.code);
            assert!(!cause.because.is_empty(), "{}", cause.code);
        }
    }

    #[test]
    fn a_change_of_address_is_seen_across_lines() {
        let join = |a: &str| format!("INFO - Joining new topic: #bluebox:{a} - {{}}\n");
        let same = join("10.0.0.1").repeat(3);
        assert_eq!(codes(same.as_bytes()), []);
        let log = format!("{same}other\n{}{}", join("10.0.0.9"), join("10.0.0.9"));
        assert_eq!(codes(log.as_bytes()), [("address-changed", 5, 5, 1)]);
    }

    /// Of each kind of log, one that shows what the guide shows of it.
    #[test]
    fn every_kind_of_log_is_known_by_what_it_says() {
        // Cause, first and last line, and the times of these.
        type Seen<T> = (&'static str, [u64; 2], [Option<T>; 2]);
        let check = |log: &[u8], expected: &[Seen<&str>]| {
            let hits = search(log).unwrap().hits.into_iter();
            let seen: Vec<Seen<String>> = hits
                .map(|h| (h.cause.code, [h.first_line, h.last_line], [h.first_time, h.last_time]))
                .collect();
            let owned =
                |(code, lines, times): &Seen<&str>| (*code, *lines, times.map(|t| t.map(str::to_owned)));
            assert_eq!(seen, expected.iter().map(owned).collect::<Vec<_>>());
        };
        let endpoint = include_bytes!("../fixtures/log-endpoint.log");
        let (first, last) = (Some("2026-11-20 07:58:01.120"), Some("2026-11-20 08:14:44.002"));
        check(
            endpoint,
            &[
                ("nfc-read", [2, 5], [first, last]),
                (
                    "duplicate-endpoint",
                    [7, 7],
                    [Some("2026-11-20 09:00:00.000"), Some("2026-11-20 09:00:00.000")],
                ),
            ],
        );
        let agent = Some("2024-02-16 08:54:42.147");
        check(include_bytes!("../fixtures/log-agent.log"), &[("duplicate-endpoint", [2, 8], [None, agent])]);
        let (first, last) = (Some("2023-04-10 12:58:55.100"), Some("2023-04-10 12:58:55.271998700"));
        check(include_bytes!("../fixtures/log-api.log"), &[("two-agents", [1, 4], [first, last])]);
        let nem = Some("2026-11-20 10:00:01");
        check(include_bytes!("../fixtures/log-nem.log"), &[("endpoint-missing", [1, 3], [nem, nem])]);
        let (first, last) = (Some("2026-11-20T08:01:02.1234567Z"), Some("2026-11-20T08:05:06.7654321Z"));
        check(include_bytes!("../fixtures/events.xml"), &[("nfc-read", [8, 15], [first, last])]);
        let (first, last) = (Some("11/20/2026 8:01:02 AM"), Some("11/20/2026 8:05:06 AM"));
        check(include_bytes!("../fixtures/events.csv"), &[("nfc-read", [2, 4], [first, last])]);
        let german = Some("20.11.2026 08:01:02");
        check(include_bytes!("../fixtures/events-utf16-de.txt"), &[("nfc-read", [5, 5], [german, german])]);
    }

    #[test]
    fn events_that_were_not_exported_are_told_apart() {
        let error = search(&b"ElfFile\0\0\0\0\0"[..]).unwrap_err().to_string();
        assert!(error.contains("wevtutil qe"), "{error}");
    }

    #[test]
    fn odd_bytes_long_lines_and_utf_16_are_read() {
        let mut log = vec![0xFF, 0xFE];
        for unit in "first\r\nERROR CardReadError(UnresponsiveCard)\r\n".encode_utf16() {
            log.extend(unit.to_le_bytes());
        }
        assert_eq!(codes(&log), [("nfc-read", 2, 2, 1)]);
        let mut log = vec![b'x'; 3 * lines::LINE_BYTES];
        log.extend(b"MissingCerts\n\xC3\x28 MissingCerts");
        assert_eq!(codes(&log), [("certificates", 2, 2, 1)]);
    }

    proptest! {
        #[test]
        fn nothing_in_a_log_is_too_odd(log in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let lines = log.split(|byte| *byte == b'\n').count() as u64;
            let found = search(log.as_slice()).unwrap();
            prop_assert!(found.lines == lines || found.lines + 1 == lines);
        }
    }
}
