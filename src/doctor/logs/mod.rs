//! Lines in logs for which the vendor gives causes, found by what they say and not by the file's name:
//! logs of the endpoint, the agent, the API and the Nymi Band Application, and exported Windows events,
//! of any size.

mod causes;
mod codes;
mod lines;
mod pieces;
mod times;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use memchr::memmem::Finder;

use causes::{ADDRESS_CHANGED, NFC_READ};
pub use causes::{Because, CAUSES, Cause};
use codes::{Codes, OTHER_CODE, Said};
use pieces::{Piece, Pieces};

/// Characters of a line that are shown.
const SHOWN: usize = 160;
/// Of these, at most so many before what was found.
const BEFORE: usize = 60;

/// Where the endpoint says which address it subscribes with.
const JOINING: &str = "Joining new topic: #bluebox:";

/// What a file of events of Windows begins with, before it is exported.
const BINARY_EVENTS: &[u8] = b"ElfFile\0";

/// What was found of one cause in one file: a line each, or an event where several stand on a line.
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
    /// When the first was written, as the log spells it; where it bears no time, the one before it.
    pub first_time: Option<String>,
    /// When the last was written.
    pub last_time: Option<String>,
    /// The text of the first, unreadable bytes replaced, cut to one screen line around what was found.
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
    let (mut pieces, mut time) = (Pieces::new(log), String::new());
    while let Some(piece) = pieces.next()? {
        found.lines = piece.line;
        if let Some(seen) = piece.time {
            time.clear();
            time.push_str(seen);
        }
        let Some((at, cause)) = table.cause_of(&piece).or_else(|| table.changed(&piece, &mut address)) else {
            continue;
        };
        let when = (!time.is_empty()).then(|| time.clone());
        match place.get(cause.code).and_then(|at| found.hits.get_mut(*at)) {
            Some(hit) => (hit.last_line, hit.count, hit.last_time) = (piece.line, hit.count + 1, when),
            None => {
                place.insert(cause.code, found.hits.len());
                found.hits.push(Hit {
                    cause,
                    first_line: piece.line,
                    last_line: piece.line,
                    count: 1,
                    first_time: when.clone(),
                    last_time: when,
                    text: shown(piece.bytes, at),
                });
            }
        }
    }
    Ok(found)
}

/// One screen line of what stands around a place.
fn shown(bytes: &[u8], at: usize) -> String {
    let is_near = at < SHOWN / 2 || bytes.len() <= SHOWN;
    // Not within a character of UTF-8.
    let is_start = |at: &usize| bytes.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
    let begin = if is_near { 0 } else { (at - BEFORE..at).find(is_start).unwrap_or(at) };
    let text = String::from_utf8_lossy(bytes.get(begin..).unwrap_or_default());
    let text = text.trim().chars().take(SHOWN);
    if is_near { text.collect() } else { "\u{2026}".chars().chain(text).collect() }
}

/// The table's texts, made ready to be looked for in lines by the million.
struct Table {
    texts: Vec<(Finder<'static>, &'static Cause)>,
    joining: Finder<'static>,
    codes: Codes,
}

impl Table {
    fn new() -> Self {
        let texts =
            CAUSES.iter().flat_map(|cause| cause.texts.iter().map(move |text| (Finder::new(text), cause)));
        Self { texts: texts.collect(), joining: Finder::new(JOINING), codes: Codes::new() }
    }

    /// Where a piece says something that has a cause, and the cause. A return code tells more than the
    /// words around it.
    fn cause_of(&self, piece: &Piece<'_>) -> Option<(usize, &'static Cause)> {
        let own = |finder: &Finder<'_>| finder.find(piece.bytes).filter(|at| *at < piece.own);
        let by_words = self.texts.iter().find_map(|(text, cause)| Some((own(text)?, *cause)));
        let is_nfc = by_words.is_some_and(|(_, cause)| cause.code == NFC_READ);
        // The code that belongs to the words may stand behind the border.
        let within = if is_nfc { piece.bytes.len() } else { piece.own };
        match self.codes.find(piece.bytes, within) {
            Some((at, Said::Known(code, origin))) => {
                Some((by_words.map_or(at, |(at, _)| at), codes::cause(code, origin)))
            }
            Some((_, Said::Unknown)) if is_nfc => by_words.map(|(at, _)| (at, &OTHER_CODE)),
            _ => by_words,
        }
    }

    /// Whether the endpoint now subscribes with another address than before, and where it says so.
    fn changed(&self, piece: &Piece<'_>, address: &mut Option<Vec<u8>>) -> Option<(usize, &'static Cause)> {
        let at = self.joining.find(piece.bytes).filter(|at| *at < piece.own)?;
        let now = piece.bytes.get(at + JOINING.len()..)?.split(u8::is_ascii_whitespace).next()?.to_vec();
        let before = address.replace(now.clone())?;
        (before != now).then_some((at, &ADDRESS_CHANGED))
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
            ("agent-reconnect", 23, 25, 3),
        ];
        assert_eq!(codes(log), expected);
    }

    #[test]
    fn every_text_leads_to_its_own_cause() {
        for cause in &CAUSES {
            for text in cause.texts {
                let line = format!("2026-01-01 ERROR - {text} …");
                assert_eq!(search(line.as_bytes()).unwrap().hits[0].cause, cause, "{text}");
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

    /// Cause, count, first and last time.
    fn timed(log: &[u8]) -> Vec<(&'static str, u64, String, String)> {
        let hits = search(log).unwrap().hits.into_iter();
        let time = |time: Option<String>| time.unwrap_or_default();
        hits.map(|h| (h.cause.code, h.count, time(h.first_time), time(h.last_time))).collect()
    }

    #[test]
    fn events_on_one_line_are_counted_each_with_its_time() {
        let event = |minute: u32, text: &str| {
            format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1000</EventID>\
                 <TimeCreated SystemTime='2026-11-20T08:{minute:02}:02.1Z'/></System><EventData><Data>{text}</Data>\
                 <Data>2020-01-01 00:00:00</Data></EventData></Event>"
            )
        };
        let read = "Couldn&apos;t get device ID of smart card of the reader &quot;X&quot;. Return code is 2148532329.";
        for others in [0, 3, 60, 400] {
            let other: String = (0..others).map(|_| event(1, &"another ".repeat(30))).collect();
            let log = format!(
                "<?xml version='1.0'?>\n<Events>{other}{}{}{other}{}</Events>\n",
                event(3, read),
                event(4, "\"status\":8000"),
                event(5, read)
            );
            let expected = [
                ("nfc-read", 2, "2026-11-20T08:03:02.1Z".to_owned(), "2026-11-20T08:05:02.1Z".to_owned()),
                ("certificates", 1, "2026-11-20T08:04:02.1Z".to_owned(), "2026-11-20T08:04:02.1Z".to_owned()),
            ];
            assert_eq!(timed(log.as_bytes()), expected, "{others}");
            let found = search(log.as_bytes()).unwrap();
            assert_eq!((found.lines, found.hits[0].first_line), (2, 2));
            assert!(found.hits[0].text.contains("get device ID"), "{}", found.hits[0].text);
            let utf16: Vec<u8> =
                "\u{feff}".encode_utf16().chain(log.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            assert_eq!(timed(&utf16), expected, "UTF-16, {others}");
        }
    }

    #[test]
    fn long_lines_are_searched_to_their_end() {
        // As JSON on one line: each entry has its time.
        let entry = |second: usize, text: &str| {
            format!(
                "{{\"time\":\"2026-11-20T08:{:02}:{:02}Z\",\"text\":\"{text}\"}},",
                second / 60,
                second % 60
            )
        };
        let entries: String = (0..600)
            .map(|second| {
                entry(second, if second % 200 == 199 { "MissingCerts" } else { "something else entirely" })
            })
            .collect();
        let at = |time: &str| format!("2026-11-20T08:{time}Z");
        let expected = [("certificates", 3, at("03:19"), at("09:59"))];
        assert_eq!(timed(format!("[{entries}]\n").as_bytes()), expected);
        // Without any time, and wherever the pieces meet.
        for before in [
            0, 500, 16_000, 16_127, 16_128, 16_256, 16_370, 16_380, 16_384, 32_256, 32_490, 32_500, 32_511,
            32_512, 32_600, 40_000,
        ] {
            for text in [
                "CardReadError(UnresponsiveCard)",
                "Return code is 2148532329",
                "Joining new topic: #bluebox:10.0.0.1 - {}",
            ] {
                let long = format!("{} {text} {}", "x".repeat(before), "y".repeat(20_000));
                let log = format!("{long}\n{long}");
                let expected: &[_] = if text.starts_with('J') { &[] } else { &[("nfc-read", 1, 2, 2)] };
                assert_eq!(codes(log.as_bytes()), expected, "{text} after {before}");
            }
        }
    }

    #[test]
    fn return_codes_are_looked_up_and_not_taken_for_the_guides() {
        let one = |line: &str| codes(format!("2026-11-20 08:00:00 {line}\n").as_bytes());
        let guide = "Couldn't get device ID of smart card of the reader \"X 0\". Return code is";
        let german = "Die Geräte-ID der Smartcard konnte nicht abgerufen werden. Rückgabecode";
        for (line, code) in [
            (format!("{guide} 2148532329."), "nfc-read"),
            (format!("{german} 2148532326"), "nfc-read"),
            (format!("{guide} 2148532247."), "SCARD_E_READER_UNAVAILABLE"),
            (format!("{german} 2148532247"), "SCARD_E_READER_UNAVAILABLE"),
            (format!("{german} 0x80100017"), "SCARD_E_READER_UNAVAILABLE"),
            (format!("{german} -2146435049"), "SCARD_E_READER_UNAVAILABLE"),
            (format!("{german} 0x8010000c"), "SCARD_E_NO_SMARTCARD"),
            ("ERROR - NFC: x: CardReadError(RemovedCard)".into(), "nfc-read"),
            (
                "An error occurred while reading the smart card on reader \"X=0\": CardReadError(ReaderUnavailable)".into(),
                "SCARD_E_READER_UNAVAILABLE",
            ),
            (format!("{guide} 31."), "nfc-other-code"),
            (format!("{guide} 2148532399."), "nfc-other-code"),
            ("An error occurred while reading the smart card on reader \"X=0\": CardReadError(Odd)".into(), "nfc-other-code"),
            ("Couldn't get device ID of smart card of the reader".into(), "nfc-read"),
        ] {
            assert_eq!(one(&line), [(code, 1, 1, 1)], "{line}");
        }
        for line in
            ["id 12148532247", "id 21485322471", "0x801000170", "21485322", "x-21464350490", "0x80100099"]
        {
            assert_eq!(one(line), [], "{line}");
        }
        // Of either code that the guide explains, not only of the one that was not met.
        let hits = search(format!("{guide} 2148532326.").as_bytes()).unwrap().hits;
        let cause = hits[0].cause.because[0].cause;
        assert!(cause.contains("did not answer (2148532326)"), "{cause}");
        let hits = search(format!("{guide} 2148532247.").as_bytes()).unwrap().hits;
        let because = &hits[0].cause.because[0];
        assert_eq!(because.cause, "the reader is gone or asleep");
        assert!(because.remedy.contains("USB power saving"), "{because:?}");
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
        let mut log = vec![b'x'; 3 * lines::PART_BYTES];
        log.extend(b"MissingCerts\n\xC3\x28 MissingCerts");
        assert_eq!(codes(&log), [("certificates", 1, 2, 2)]);
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
