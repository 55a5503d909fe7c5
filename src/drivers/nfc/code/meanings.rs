//! Each code in plain words: its cause, and what to do.

use super::{Code, System, Trouble};

/// What one code means.
pub(super) struct Meaning {
    pub code: Code,
    pub name: &'static str,
    pub trouble: Trouble,
    pub cause: &'static str,
    pub remedy: Remedy,
}

/// What to do, by the system on which it happened.
#[derive(Clone, Copy)]
pub(super) struct Remedy {
    windows: &'static str,
    linux: &'static str,
    other: &'static str,
}

impl Remedy {
    /// In words.
    pub(super) const fn on(self, system: System) -> &'static str {
        match system {
            System::Windows => self.windows,
            System::Linux => self.linux,
            System::Other => self.other,
        }
    }
}

const fn everywhere(remedy: &'static str) -> Remedy {
    Remedy { windows: remedy, linux: remedy, other: remedy }
}

const fn meaning(
    code: Code,
    name: &'static str,
    trouble: Trouble,
    cause: &'static str,
    remedy: Remedy,
) -> Meaning {
    Meaning { code, name, trouble, cause, remedy }
}

const HOLD: Remedy = everywhere(
    "hold the band on the reader for at least 1 second; tapbench nfc check looks at the reader's settings",
);
const FLAT: Remedy = everywhere(
    "hold the band flat on the middle of the reader; if it happens always, move the reader away from metal",
);
const OTHERS: Remedy =
    everywhere("close other programs that use the reader, such as the vendor's workbench, and tap again");
pub(super) const AGAIN: Remedy =
    everywhere("plug the reader in again; if it happens often, turn off USB power saving for it");
const SERVICE: Remedy = Remedy {
    windows: "plug a reader in and start the service Smart Card (services.msc); over Remote Desktop local readers are not seen",
    linux: "install and start it: apt-get install pcscd libccid, then systemctl start pcscd.socket; in a container, pcscd --foreground",
    other: "plug a reader in; the system starts the service by itself",
};
const RESTART: Remedy = Remedy {
    windows: "restart the service Smart Card (services.msc), or the computer",
    linux: "restart it: systemctl restart pcscd; if it hangs again, unplug the readers first",
    other: "unplug the readers, and restart the computer",
};
const RIGHTS: Remedy = Remedy {
    windows: HERE,
    linux: "run it in a session at this computer itself, not over SSH, or let this user in with a polkit rule for org.debian.pcsc-lite.access_pcsc \
     and org.debian.pcsc-lite.access_card; if that is so, close programs that use smart cards: the service takes 200 at most",
    other: HERE,
};
const HERE: &str = "run it in the session of the user who is logged in";
const ESCAPE: Remedy = Remedy {
    windows: "install HID's own driver, or set EscapeCommandEnable=1 for the reader and plug it in again; or lay a card on the reader",
    linux: CARD,
    other: CARD,
};
const CARD: &str = "lay any contactless card on the reader and try again; else let its driver pass commands on (libccid: ifdDriverOptions)";
const SOON: Remedy =
    everywhere("wait some seconds and try again; if it happens often, plug the reader in again");
const MAKERS: Remedy = everywhere(
    "tell the makers of tapbench, with what was done and with the version of the service (Linux: pcscd --version)",
);

/// What Windows alone means by a code.
pub(super) const OF_WINDOWS: &[Meaning] = &[meaning(
    Code(0x8010_001F),
    "SCARD_E_UNEXPECTED",
    Trouble::Host,
    "the smart-card service met something unexpected",
    RESTART,
)];

pub(super) const MEANINGS: &[Meaning] = &[
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
    meaning(Code::COMM_DATA_LOST, "SCARD_E_COMM_DATA_LOST", Trouble::Mute, "data was lost on the way", AGAIN),
    meaning(
        Code::NOT_TRANSACTED,
        "SCARD_E_NOT_TRANSACTED",
        Trouble::Mute,
        "the exchange with the card broke off",
        FLAT,
    ),
    meaning(
        Code::SHARING_VIOLATION,
        "SCARD_E_SHARING_VIOLATION",
        Trouble::Contention,
        "another program has the reader for itself",
        OTHERS,
    ),
    meaning(
        Code::RESET_CARD,
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
        "the smart-card service turned this program away: this user may not use it, or too many programs do",
        RIGHTS,
    ),
    meaning(
        Code(0x8010_001F),
        "SCARD_E_UNSUPPORTED_FEATURE",
        Trouble::Host,
        "the reader or its driver does not know this command, or does not let it through",
        ESCAPE,
    ),
    meaning(
        Code(0x8010_0022),
        "SCARD_E_UNSUPPORTED_FEATURE",
        Trouble::Host,
        "the reader or its driver does not know this command, or does not let it through",
        ESCAPE,
    ),
    meaning(
        Code(0x0000_0001),
        "ERROR_INVALID_FUNCTION",
        Trouble::Host,
        "the driver lets no commands through to the reader itself",
        ESCAPE,
    ),
    meaning(Code::NOT_READY, "SCARD_E_NOT_READY", Trouble::Host, "the reader was not ready yet", SOON),
    meaning(
        Code::SERVER_TOO_BUSY,
        "SCARD_E_SERVER_TOO_BUSY",
        Trouble::Host,
        "the smart-card service has more to do than it can",
        everywhere("close other programs that use smart cards, and try again in some seconds"),
    ),
    meaning(
        Code(0x8010_0002),
        "SCARD_E_CANCELLED",
        Trouble::Host,
        "the wait was called off, by this program or by the system",
        everywhere("nothing, if you ended it; else try again"),
    ),
    meaning(
        Code(0x8010_0008),
        "SCARD_E_INSUFFICIENT_BUFFER",
        Trouble::Host,
        "the answer was longer than this program expects",
        MAKERS,
    ),
    meaning(
        Code::ANOTHER_PROTOCOL,
        "another_protocol",
        Trouble::Host,
        "the smart-card service speaks a protocol that this program does not",
        MAKERS,
    ),
    meaning(
        Code::OLD_PROTOCOL,
        "old_protocol",
        Trouble::Host,
        "the smart-card service is too old for this program",
        everywhere("update pcscd: it must be at least 1.8.24 (pcscd --version)"),
    ),
    meaning(
        Code::SERVICE_HANGS,
        "service_hangs",
        Trouble::Host,
        "the smart-card service runs, but does not answer",
        RESTART,
    ),
    meaning(
        Code::NOT_IN_THIS_BUILD,
        "not_in_this_build",
        Trouble::Host,
        "this program was built without NFC readers",
        everywhere("use a build with the Cargo feature nfc, which released ones have"),
    ),
    meaning(
        Code(0x8010_002E),
        "SCARD_E_NO_READERS_AVAILABLE",
        Trouble::Host,
        "no reader is connected",
        AGAIN,
    ),
];
