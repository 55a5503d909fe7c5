//! What the codes of PC/SC mean, by the number that Windows logs too.

use std::fmt;

/// A return code of PC/SC, as it is on the wire: `0x80100069` is 2148532329 in Windows' event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u32);

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

struct Meaning {
    code: Code,
    name: &'static str,
    trouble: Trouble,
    cause: &'static str,
    remedy: &'static str,
}

const fn meaning(
    code: Code,
    name: &'static str,
    trouble: Trouble,
    cause: &'static str,
    remedy: &'static str,
) -> Meaning {
    Meaning { code, name, trouble, cause, remedy }
}

const HOLD: &str =
    "hold the band on the reader for at least 1 second; tapbench nfc check looks at the reader's settings";
const FLAT: &str =
    "hold the band flat on the middle of the reader; if it happens always, move the reader away from metal";
const OTHERS: &str =
    "close other programs that use the reader, such as the vendor's workbench, and tap again";
const AGAIN: &str = "plug the reader in again; if it happens often, turn off USB power saving for it";
const SERVICE: &str = if cfg!(windows) {
    "plug a reader in and start the service Smart Card (services.msc); over Remote Desktop local readers are not seen"
} else if cfg!(target_os = "linux") {
    "install and start it: apt-get install pcscd libccid, then systemctl start pcscd.socket; in a container, pcscd --foreground"
} else {
    "plug a reader in; the system starts the service by itself"
};
const RIGHTS: &str = if cfg!(target_os = "linux") {
    "let this user use smart cards (polkit: org.debian.pcsc-lite.access_pcsc and access_card), or run it at the terminal itself, not over SSH"
} else {
    "run it in the session of the user who is logged in"
};

const MEANINGS: [Meaning; 20] = [
    meaning(
        Code::REMOVED_CARD,
        "SCARD_W_REMOVED_CARD",
        Trouble::LeftEarly,
        "the card was taken away before it was read",
        HOLD,
    ),
    meaning(
        Code::NO_SMARTCARD,
        "SCARD_E_NO_SMARTCARD",
        Trouble::LeftEarly,
        "the card was gone when it was to be read",
        HOLD,
    ),
    meaning(
        Code::UNRESPONSIVE_CARD,
        "SCARD_W_UNRESPONSIVE_CARD",
        Trouble::Mute,
        "the card was sensed but did not answer",
        FLAT,
    ),
    meaning(
        Code::UNPOWERED_CARD,
        "SCARD_W_UNPOWERED_CARD",
        Trouble::Mute,
        "the card was sensed but did not answer",
        FLAT,
    ),
    meaning(
        Code(0x8010_000F),
        "SCARD_E_PROTO_MISMATCH",
        Trouble::Mute,
        "the card answered with something unreadable",
        FLAT,
    ),
    meaning(Code::TIMEOUT, "SCARD_E_TIMEOUT", Trouble::Mute, "there was no answer in time", FLAT),
    meaning(Code(0x8010_002F), "SCARD_E_COMM_DATA_LOST", Trouble::Mute, "data was lost on the way", AGAIN),
    meaning(
        Code::NOT_TRANSACTED,
        "SCARD_E_NOT_TRANSACTED",
        Trouble::Mute,
        "the exchange with the card broke off",
        FLAT,
    ),
    meaning(
        Code(0x8010_000B),
        "SCARD_E_SHARING_VIOLATION",
        Trouble::Contention,
        "another program has the reader for itself",
        OTHERS,
    ),
    meaning(
        Code(0x8010_0068),
        "SCARD_W_RESET_CARD",
        Trouble::Contention,
        "another program reset the card",
        OTHERS,
    ),
    meaning(
        Code::READER_UNAVAILABLE,
        "SCARD_E_READER_UNAVAILABLE",
        Trouble::Host,
        "the reader is gone or asleep",
        AGAIN,
    ),
    meaning(
        Code::UNKNOWN_READER,
        "SCARD_E_UNKNOWN_READER",
        Trouble::Host,
        "there is no reader of this name",
        AGAIN,
    ),
    meaning(
        Code::NO_SERVICE,
        "SCARD_E_NO_SERVICE",
        Trouble::Host,
        "the smart-card service is not running",
        SERVICE,
    ),
    meaning(
        Code(0x8010_001E),
        "SCARD_E_SERVICE_STOPPED",
        Trouble::Host,
        "the smart-card service was stopped",
        SERVICE,
    ),
    meaning(
        Code::COMM_ERROR,
        "SCARD_F_COMM_ERROR",
        Trouble::Host,
        "the line to the smart-card service broke",
        SERVICE,
    ),
    meaning(
        Code(0x8010_0003),
        "SCARD_E_INVALID_HANDLE",
        Trouble::Host,
        "the smart-card service was started anew",
        SERVICE,
    ),
    meaning(Code(0x8010_0011), "SCARD_E_INVALID_VALUE", Trouble::Host, "the reader went away", AGAIN),
    meaning(
        Code::SECURITY_VIOLATION,
        "SCARD_W_SECURITY_VIOLATION",
        Trouble::Host,
        "this user may not use smart cards",
        RIGHTS,
    ),
    meaning(
        Code::ANOTHER_PROTOCOL,
        "another protocol",
        Trouble::Host,
        "the smart-card service speaks a protocol that this program does not",
        "tell the makers of tapbench which version: pcscd --version",
    ),
    meaning(
        Code(0x8010_002E),
        "SCARD_E_NO_READERS_AVAILABLE",
        Trouble::Host,
        "no reader is connected",
        AGAIN,
    ),
];

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
    /// Nobody serves.
    pub const NO_SERVICE: Self = Self(0x8010_001D);
    /// The line to the service broke.
    pub const COMM_ERROR: Self = Self(0x8010_0013);
    /// Refused to this user.
    pub const SECURITY_VIOLATION: Self = Self(0x8010_006A);
    /// Not a code of PC/SC: the Linux service is of a version whose messages are not known.
    pub const ANOTHER_PROTOCOL: Self = Self(1 << 29);

    fn meaning(self) -> Option<&'static Meaning> {
        MEANINGS.iter().find(|meaning| meaning.code == self)
    }

    /// Its name in PC/SC, where it is known here.
    pub fn name(self) -> Option<&'static str> {
        self.meaning().map(|meaning| meaning.name)
    }

    /// What kind of trouble it is.
    pub fn trouble(self) -> Trouble {
        self.meaning().map_or(Trouble::Host, |meaning| meaning.trouble)
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        self.meaning().map_or(AGAIN, |meaning| meaning.remedy)
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
            Some(Meaning { code, cause, .. }) if *code == Self::ANOTHER_PROTOCOL => f.write_str(cause),
            Some(Meaning { name, cause, .. }) => write!(f, "{cause} ({name}, {})", self.0),
            None => write!(f, "the smart-card service gave the code 0x{:08X} ({})", self.0, self.0),
        }
    }
}

impl std::error::Error for Code {}

impl Code {
    /// The codes of PC/SC that are known here, each with its name there and what it means for people.
    pub fn known() -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        let of_pcsc = MEANINGS.iter().filter(|meaning| meaning.code != Self::ANOTHER_PROTOCOL);
        of_pcsc.map(|meaning| (meaning.code, meaning.name, meaning.cause))
    }
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
        let code = Code(1);
        assert_eq!(code.to_string(), "the smart-card service gave the code 0x00000001 (1)");
        assert_eq!(code.trouble(), Trouble::Host);
        assert!(code.may_be_blocked_escape() && !Code::NO_SERVICE.may_be_blocked_escape());
        assert!(Code(0x8010_0014).may_be_blocked_escape(), "what the crate pcsc makes of it");
    }

    #[test]
    fn no_code_has_two_meanings() {
        for (i, meaning) in MEANINGS.iter().enumerate() {
            assert!(MEANINGS[..i].iter().all(|other| other.code != meaning.code), "{}", meaning.name);
        }
    }
}
