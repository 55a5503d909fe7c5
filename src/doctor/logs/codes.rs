//! Return codes of PC/SC in lines of logs: Windows writes their numbers, the endpoint their names. What they
//! mean stands in `drivers::nfc`; the vendor's guide names two of them only.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::causes::{Because, CAUSES, Cause, NFC_READ};
use crate::drivers::nfc::{Code, System};

/// What all return codes of PC/SC have in common, as they are written: unsigned, signed, in hex.
const NUMBERS: [&str; 3] = ["2148532", "-214643", "0x801000"];
/// Before any return code in the guide's event 1000.
const SENTENCE: &str = "Return code is ";
/// Before a name in the endpoint's log.
const NAMED: &str = "CardReadError(";

/// Those that the guide explains: the card was removed, or did not respond.
const OF_THE_GUIDE: [Code; 2] = [Code::REMOVED_CARD, Code::UNRESPONSIVE_CARD];

/// A card could not be read, and why is not known here.
pub(super) static OTHER_CODE: Cause = Cause {
    code: "nfc-other-code",
    texts: &[],
    because: &[Because {
        cause: "the card could not be read, for a reason that neither the guide nor this program knows: see the return code in the line",
        remedy: "hold the band on the reader for at least 1 second; if it stays so, plug the reader in again (tapbench doctor looks at it)",
    }],
    source: NOT_IN_THE_GUIDE,
};

const NOT_IN_THE_GUIDE: &str = "does not name this return code; its meaning is that of PC/SC";

/// A return code in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// One whose meaning is known.
    Known(Code, Origin),
    /// A number or name that means nothing here.
    Unknown,
}

/// Whose log says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// An event of Windows, which writes codes as decimal numbers.
    Windows,
    /// The endpoint's, which runs on thin clients too, or another.
    Any,
}

/// Looks for return codes.
pub(super) struct Codes {
    numbers: [Finder<'static>; 3],
    sentence: Finder<'static>,
    named: Finder<'static>,
}

impl Codes {
    pub(super) fn new() -> Self {
        Self { numbers: NUMBERS.map(Finder::new), sentence: Finder::new(SENTENCE), named: Finder::new(NAMED) }
    }

    /// Where the first return code stands, of those that begin before `own`: one that is known, if there is one.
    pub(super) fn find(&self, line: &[u8], own: usize) -> Option<(usize, Said)> {
        let find = |finder: &Finder<'_>, before: usize, read: fn(&[u8]) -> Option<Said>| {
            let begins = finder.find_iter(line).map(|at| at + before).take_while(|at| *at < own);
            let found = begins.filter(|at| !is_torn(line, *at));
            found.filter_map(|at| Some((at, read(line.get(at..)?)?))).collect::<Vec<_>>()
        };
        let numbers = self.numbers.iter().flat_map(|finder| find(finder, 0, of_pcsc));
        let others = [find(&self.named, 0, named), find(&self.sentence, SENTENCE.len(), any)];
        let found: Vec<_> = numbers.chain(others.into_iter().flatten()).collect();
        let known = found.iter().find(|(_, said)| matches!(said, Said::Known(..)));
        known.or(found.first()).copied()
    }
}

/// What a code means: the guide's words where it has some. What to do is that of the log's system,
/// or of both where it is not known.
pub(super) fn cause(code: Code, origin: Origin) -> &'static Cause {
    type Meant = (Code, Origin, &'static str, [Because; 1]);
    static ON_EITHER: LazyLock<Vec<(Code, String)>> = LazyLock::new(|| {
        let known = Code::known_on(System::Windows);
        known.map(|(code, ..)| (code, on_either(code))).collect()
    });
    static BECAUSE: LazyLock<Vec<Meant>> = LazyLock::new(|| {
        let meant = |(code, name, cause): (Code, &'static str, &'static str)| {
            let windows = code.remedy_on(System::Windows);
            let either = ON_EITHER.iter().find(|(of, _)| *of == code).map_or(windows, |(_, words)| words);
            [(Origin::Windows, windows), (Origin::Any, either)]
                .map(|(origin, remedy)| (code, origin, name, [Because { cause, remedy }]))
        };
        Code::known_on(System::Windows).flat_map(meant).collect()
    });
    static MEANT: LazyLock<Vec<(Code, Origin, Cause)>> = LazyLock::new(|| {
        let cause = |(code, origin, name, because): &'static Meant| {
            (*code, *origin, Cause { code: name, texts: &[], because, source: NOT_IN_THE_GUIDE })
        };
        BECAUSE.iter().map(cause).collect()
    });
    let of_the_guide = || CAUSES.iter().find(|cause| OF_THE_GUIDE.contains(&code) && cause.code == NFC_READ);
    let of_pcsc = || MEANT.iter().find(|(of, by, _)| (*of, *by) == (code, origin)).map(|(.., cause)| cause);
    of_the_guide().or_else(of_pcsc).unwrap_or(&OTHER_CODE)
}

fn on_either(code: Code) -> String {
    let [windows, linux] = [System::Windows, System::Linux].map(|system| code.remedy_on(system));
    if windows == linux { windows.to_owned() } else { format!("on Windows: {windows}. On Linux: {linux}") }
}

/// Whether what begins there is the end of a longer word or number.
fn is_torn(line: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| line.get(before)).is_some_and(u8::is_ascii_alphanumeric)
}

/// The number that a line begins with, as its 32 bits, and who writes it so.
fn number(line: &[u8]) -> Option<(u32, Origin)> {
    let (is_signed, digits) = match line.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, line),
    };
    let len = digits.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let digits = std::str::from_utf8(digits.get(..len)?).ok()?;
    match digits.strip_prefix("0x") {
        Some(hex) => Some((u32::from_str_radix(hex, 16).ok()?, Origin::Any)),
        None if is_signed => Some((digits.parse::<u32>().ok()?.wrapping_neg(), Origin::Windows)),
        None => Some((digits.parse().ok()?, Origin::Windows)),
    }
}

fn said((number, origin): (u32, Origin)) -> Said {
    let is_known = Code::known_on(System::Windows).any(|(code, ..)| code == Code(number));
    if is_known { Said::Known(Code(number), origin) } else { Said::Unknown }
}

/// A number of PC/SC.
fn of_pcsc(line: &[u8]) -> Option<Said> {
    number(line).filter(|(number, _)| number & 0xFFFF_FF00 == 0x8010_0000).map(said)
}

/// Any number.
fn any(line: &[u8]) -> Option<Said> {
    number(line).map(said)
}

/// A name as the endpoint spells it: `ReaderUnavailable` of `SCARD_E_READER_UNAVAILABLE`.
fn named(line: &[u8]) -> Option<Said> {
    let name = line.strip_prefix(NAMED.as_bytes())?.split(|byte| *byte == b')').next()?;
    let fits = |(_, full, _): &(Code, &str, &str)| {
        let letters = full.splitn(3, '_').nth(2).unwrap_or_default().bytes().filter(|byte| *byte != b'_');
        letters.map(|byte| byte.to_ascii_lowercase()).eq(name.iter().map(u8::to_ascii_lowercase))
    };
    let known = Code::known_on(System::Windows).find(fits);
    Some(known.map_or(Said::Unknown, |(code, ..)| Said::Known(code, Origin::Any)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_read_as_they_are_written() {
        let codes = Codes::new();
        let find = |line: &str| codes.find(line.as_bytes(), line.len()).map(|(_, said)| said);
        let gone = |origin| Some(Said::Known(Code::READER_UNAVAILABLE, origin));
        for line in ["2148532247", "(2148532247).", "-2146435049", "code=-2146435049;"] {
            assert_eq!(find(line), gone(Origin::Windows), "{line}");
        }
        for line in ["0x80100017", "=0x80100017,", "CardReadError(ReaderUnavailable)"] {
            assert_eq!(find(line), gone(Origin::Any), "{line}");
        }
        let no_card = Said::Known(Code::NO_SMARTCARD, Origin::Any);
        assert_eq!(find("CardReadError(NoSmartcard)"), Some(no_card));
        assert_eq!(find("Return code is 31."), Some(Said::Unknown));
        assert_eq!(find("0x801000FF and 2148532329"), Some(Said::Known(Code::REMOVED_CARD, Origin::Windows)));
        for line in ["12148532247", "x2148532247", "21485322470", "2148532", "a-2146435049", "0x8010001"] {
            assert_eq!(find(line), None, "{line}");
        }
        assert_eq!(codes.find(b"xx 2148532247", 3), None, "it is the next piece's");
    }

    #[test]
    fn every_known_code_has_a_cause_of_its_own() {
        for (code, name, _) in Code::known_on(System::Windows) {
            let expected = if OF_THE_GUIDE.contains(&code) { NFC_READ } else { name };
            assert_eq!(cause(code, Origin::Windows).code, expected);
            assert_eq!(cause(code, Origin::Any).code, expected);
        }
        assert_eq!(cause(Code(31), Origin::Any), &OTHER_CODE);
    }

    #[test]
    fn the_remedy_is_of_the_system_that_wrote_the_log() {
        let remedy = |origin| cause(Code::NO_SERVICE, origin).because[0].remedy;
        assert!(remedy(Origin::Windows).contains("services.msc"), "{}", remedy(Origin::Windows));
        assert!(!remedy(Origin::Windows).contains("pcscd"), "{}", remedy(Origin::Windows));
        assert!(remedy(Origin::Any).contains("on Windows: plug") && remedy(Origin::Any).contains("pcscd"));
        assert_eq!(cause(Code(0x8010_001F), Origin::Windows).code, "SCARD_E_UNEXPECTED");
    }
}
