//! What the codes of PC/SC mean, by the number that Windows logs too.

mod meanings;

use std::fmt;

use self::meanings::{AGAIN, MEANINGS, Meaning, OF_WINDOWS};

/// A return code of PC/SC, as it is on the wire: `0x80100069` is 2148532329 in Windows' event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u32);

/// The system that gave a code: what to do about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Windows.
    Windows,
    /// Linux, with pcsc-lite.
    Linux,
    /// Another, such as macOS.
    Other,
}

impl System {
    /// This one.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "linux") {
        Self::Linux
    } else {
        Self::Other
    };
}

/// What kind of trouble a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The card left before it was read.
    LeftEarly,
    /// The card was sensed and did not answer.
    Mute,
    /// Another program got in the way.
    Contention,
    /// The reader, its driver or the service: no fault of a tap.
    Host,
}

impl Code {
    /// The card left the field.
    pub const REMOVED_CARD: Self = Self(0x8010_0069);
    /// There is no card.
    pub const NO_SMARTCARD: Self = Self(0x8010_000C);
    /// Sensed, but it did not answer.
    pub const UNRESPONSIVE_CARD: Self = Self(0x8010_0066);
    /// pcsc-lite's word for a card that does not answer.
    pub const UNPOWERED_CARD: Self = Self(0x8010_0067);
    /// No answer in time.
    pub const TIMEOUT: Self = Self(0x8010_000A);
    /// The driver could not complete an exchange; a blocked escape with libccid.
    pub const NOT_TRANSACTED: Self = Self(0x8010_0016);
    /// Unplugged, asleep or starting.
    pub const READER_UNAVAILABLE: Self = Self(0x8010_0017);
    /// No reader of this name.
    pub const UNKNOWN_READER: Self = Self(0x8010_0009);
    /// Another program has the reader for itself.
    pub const SHARING_VIOLATION: Self = Self(0x8010_000B);
    /// Nobody serves.
    pub const NO_SERVICE: Self = Self(0x8010_001D);
    /// The line to the service broke.
    pub const COMM_ERROR: Self = Self(0x8010_0013);
    /// Refused to this user.
    pub const SECURITY_VIOLATION: Self = Self(0x8010_006A);
    /// Another program reset the card.
    pub const RESET_CARD: Self = Self(0x8010_0068);
    /// Data was lost between card, reader and system.
    pub const COMM_DATA_LOST: Self = Self(0x8010_002F);
    /// The reader is just being started or reset.
    pub const NOT_READY: Self = Self(0x8010_0010);
    /// The service has more to do than it can.
    pub const SERVER_TOO_BUSY: Self = Self(0x8010_0031);

    /// Of the codes of our own, none of which is of PC/SC.
    const OWN: u32 = 1 << 29;
    /// The Linux service is of a version whose messages are not known.
    pub const ANOTHER_PROTOCOL: Self = Self(Self::OWN);
    /// The same, and it is known to be too old.
    pub const OLD_PROTOCOL: Self = Self(Self::OWN | 1);
    /// The service takes a line and says nothing.
    pub const SERVICE_HANGS: Self = Self(Self::OWN | 2);
    /// The program was built without the feature `nfc`.
    pub const NOT_IN_THIS_BUILD: Self = Self(Self::OWN | 3);

    fn is_own(self) -> bool {
        self.0 & !0xFFFF == Self::OWN
    }

    fn meaning(self) -> Option<&'static Meaning> {
        meanings_on(System::HERE).find(|meaning| meaning.code == self)
    }

    /// Its name in PC/SC, where it is known here.
    pub fn name(self) -> Option<&'static str> {
        self.meaning().map(|meaning| meaning.name)
    }

    /// Its name and its number, without a word on what it means.
    pub fn spelt(self) -> String {
        let name = self.name().map_or_else(|| format!("0x{:08X}", self.0), str::to_owned);
        format!("{name}, {}", self.0)
    }

    /// What kind of trouble it is.
    pub fn trouble(self) -> Trouble {
        self.meaning().map_or(Trouble::Host, |meaning| meaning.trouble)
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        self.remedy_on(System::HERE)
    }

    /// What to do about it on the system that gave it.
    pub fn remedy_on(self, system: System) -> &'static str {
        let meaning = meanings_on(system).find(|meaning| meaning.code == self);
        meaning.map_or(AGAIN, |meaning| meaning.remedy).on(system)
    }

    /// Whether it may only mean that the driver lets no commands through to the reader itself:
    /// 1 is Windows' `ERROR_INVALID_FUNCTION`, of which the crate `pcsc` makes 80100014; 1F and 22
    /// are "unsupported" of either system.
    pub fn may_be_blocked_escape(self) -> bool {
        matches!(self.0, 0x0000_0001 | 0x8010_0014 | 0x8010_0016 | 0x8010_001F | 0x8010_0022)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(Meaning { cause, .. }) if self.is_own() => f.write_str(cause),
            Some(Meaning { cause, .. }) => write!(f, "{cause} ({})", self.spelt()),
            None => write!(f, "the smart-card service gave the code 0x{:08X} ({})", self.0, self.0),
        }
    }
}

impl std::error::Error for Code {}

impl Code {
    /// The codes of PC/SC that are known of a system, each with its name there and what it means for people.
    pub fn known_on(system: System) -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        let of_pcsc = meanings_on(system).filter(|meaning| meaning.code != Self::ANOTHER_PROTOCOL);
        of_pcsc.map(|meaning| (meaning.code, meaning.name, meaning.cause))
    }
}

/// The system's own meanings come first.
fn meanings_on(system: System) -> impl Iterator<Item = &'static Meaning> {
    let own = if system == System::Windows { OF_WINDOWS } else { &[] };
    let is_own = |code| own.iter().any(|meaning| meaning.code == code);
    own.iter().chain(MEANINGS.iter().filter(move |meaning| !is_own(meaning.code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_in_windows_event_log_is_recognised() {
        let code = Code(2_148_532_329);
        assert_eq!((code, code.trouble()), (Code::REMOVED_CARD, Trouble::LeftEarly));
        assert!(code.remedy().contains("at least 1 second"));
        assert!(code.to_string().ends_with("(SCARD_W_REMOVED_CARD, 2148532329)"), "{code}");
    }

    #[test]
    fn foreign_codes_are_shown_and_blamed_on_nobodys_tap() {
        let code = Code(0x79);
        assert_eq!(code.to_string(), "the smart-card service gave the code 0x00000079 (121)");
        assert_eq!((code.name(), code.trouble()), (None, Trouble::Host));
    }

    #[test]
    fn what_may_be_a_blocked_escape_is_no_other_code() {
        assert!(Code(1).may_be_blocked_escape() && !Code::NO_SERVICE.may_be_blocked_escape());
        assert!(Code(0x8010_0014).may_be_blocked_escape(), "what the crate pcsc makes of it");
    }

    #[test]
    fn each_code_of_the_facts_has_plain_words() {
        for code in [
            0x01, 0x02, 0x03, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0F, 0x10, 0x11, 0x13, 0x16, 0x17, 0x1D, 0x1E,
            0x1F, 0x22, 0x2E, 0x2F, 0x31, 0x66, 0x67, 0x68, 0x69, 0x6A,
        ] {
            // 1 is Windows' own.
            let code = Code(if code == 1 { 1 } else { 0x8010_0000 | code });
            assert!(code.name().is_some(), "{code}");
            assert!(!code.remedy().is_empty());
        }
    }

    #[test]
    fn codes_of_our_own_are_said_without_a_number() {
        for code in [Code::ANOTHER_PROTOCOL, Code::OLD_PROTOCOL, Code::SERVICE_HANGS, Code::NOT_IN_THIS_BUILD]
        {
            assert!(code.name().is_some());
            assert!(!code.to_string().contains(|c: char| c.is_ascii_digit()), "{code}");
            assert_eq!(code.trouble(), Trouble::Host);
        }
    }

    #[test]
    fn no_code_has_two_meanings() {
        for (i, meaning) in MEANINGS.iter().enumerate() {
            assert!(MEANINGS[..i].iter().all(|other| other.code != meaning.code), "{}", meaning.name);
        }
    }
}
