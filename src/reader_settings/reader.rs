//! One reader that is spoken to.

use std::sync::Arc;
use std::time::Duration;

use dongle_protocols::omnikey::{Answer, Capability, Command, ReplyError, Setting, answer, value};

use super::Settings;
use crate::drivers::nfc::{Code, Guarded, PcSc, Presence, ReaderState, Way};

/// For the connection and for each answer.
const LIMIT: Duration = Duration::from_secs(3);

/// What the firmware answers about a setting that it does not have.
const NOT_SUPPORTED: u8 = 0x03;

/// Why a reader's settings cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// Another product, for which the same bytes may mean something else.
    #[error("it calls itself {0:?}: only the OMNIKEY 5022 is known")]
    NotThisModel(String),
    /// The driver lets no commands through while no card is there.
    #[error("its driver lets no settings through while no card lies on it ({})", .0.spelt())]
    Blocked(Code),
    /// The driver let commands through, and then one no more.
    #[error("the exchange with the reader broke off, after its driver had let others through ({})", .0.spelt())]
    BrokeOff(Code),
    /// The card that commands go through is there no more.
    #[error("the card was lifted, or lost contact, while the reader was spoken to through it")]
    CardLifted,
    /// It cannot be found again for sure.
    #[error("it has no serial number, and another reader is connected with which it could be confused")]
    NoSerialNumber,
    /// The service waits for the card or the reader in vain.
    #[error("{} does not answer", if *.is_direct { "it" } else { "the card that lies on it" })]
    Silent {
        /// Whether the reader itself was spoken to.
        is_direct: bool,
    },
    /// No answer.
    #[error("{0}")]
    PcSc(Code),
    /// A refusal, or an answer that makes no sense.
    #[error("{what}: {error}")]
    Reply {
        /// What was asked or told.
        what: &'static str,
        /// What came back.
        error: ReplyError,
    },
    /// It did not keep what it was told.
    #[error("{name} is {found} after it was set to {wanted}")]
    NotKept {
        /// Of the setting.
        name: &'static str,
        /// In words.
        wanted: String,
        /// In words.
        found: String,
    },
    /// It is not connected any more; nothing was written to it.
    #[error("the reader with the serial number {0} is not connected any more")]
    NotThere(String),
    /// It did not come back after its restart.
    #[error("the reader with the serial number {0} did not come back after its restart")]
    NotBack(String),
}

const CARD_HELPS: &str = "lay any contactless card on the reader, leave it there and try again: with a card every driver lets settings through";

impl ReaderError {
    /// Whether another program has the reader for itself, as the Endpoint may.
    pub fn is_held(&self) -> bool {
        *self == Self::PcSc(Code::SHARING_VIOLATION)
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotThisModel(_) => "use the vendor's own tool for this reader",
            Self::Blocked(_) if cfg!(windows) => {
                "lay any contactless card on the reader, leave it there and try again; or install HID's own driver, \
                 or set EscapeCommandEnable=1 for the reader under HKLM\\SYSTEM\\CurrentControlSet\\Enum\\USB\\\
                 VID_076B&PID_5022 (Device Parameters\\WUDFUsbccidDriver) and plug it in again"
            }
            Self::Blocked(_) if cfg!(target_os = "linux") => {
                "lay any contactless card on the reader, leave it there and try again; or set ifdDriverOptions to \
                 0x0001 in /etc/libccid_Info.plist and restart pcscd"
            }
            Self::Blocked(_) => CARD_HELPS,
            Self::CardLifted => {
                "lay the card on the reader, leave it there until this is done, and try again"
            }
            Self::BrokeOff(_) | Self::Silent { is_direct: true } => {
                "plug the reader in again, and run tapbench nfc check"
            }
            Self::NoSerialNumber => "leave only this reader plugged in, and try again",
            Self::Silent { is_direct: false } => {
                "take the card away, lay another contactless card on the reader (or none) and try again"
            }
            Self::PcSc(Code::SHARING_VIOLATION) => {
                "close the vendor's workbench; with --stop-endpoint, tapbench nfc check and configure stop the Nymi \
                 Bluetooth Endpoint service meanwhile (tapbench doctor tells how to do that by hand); or lay a card on \
                 the reader"
            }
            Self::PcSc(code) => code.remedy(),
            Self::Reply { .. } => {
                "plug the reader in again and retry; if it stays so, its firmware is not of the known kind"
            }
            Self::NotThere(_) => "plug the reader in again and try again",
            Self::NotKept { .. } => "plug the reader in again and run tapbench nfc check",
            Self::NotBack(_) => {
                "plug the reader in again and run tapbench nfc check: the settings may have been kept"
            }
        }
    }
}

/// Who a reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As "OMNIKEY 5022".
    pub product: String,
    /// As "2.0.0".
    pub firmware: String,
    /// Its own.
    pub serial: String,
}

/// Whether the service's name for a reader makes it worth asking who it is.
pub fn is_candidate(name: &str) -> bool {
    let name = name.to_uppercase();
    name.split("OMNIKEY").skip(1).any(|rest| rest.trim_start().starts_with("5022"))
}

/// A reader that said that it is one of those that are known.
pub struct Reader {
    line: Guarded,
    is_direct: bool,
    /// Whether a command came through to it on this line.
    has_answered: bool,
    /// As the service lists it.
    pub name: String,
    /// Who it is.
    pub identity: Identity,
}

impl Reader {
    /// Connects and asks who it is.
    ///
    /// # Errors
    /// [`ReaderError::NotThisModel`] too: nothing but its name is asked of another product.
    pub fn open(pcsc: &Arc<dyn PcSc>, state: &ReaderState) -> Result<Self, ReaderError> {
        let way = if state.presence == Presence::Card { Way::Card } else { Way::Reader };
        let is_direct = way == Way::Reader;
        let line =
            Guarded::connect(pcsc, &state.name, way, LIMIT).map_err(|code| no_answer(code, is_direct))?;
        let identity = Identity { product: String::new(), firmware: String::new(), serial: String::new() };
        let name = state.name.clone();
        let mut reader = Self { line, is_direct, has_answered: false, name, identity };
        let product = text(&reader.ask("product name", &Command::Read(Capability::ProductName))?);
        if !is_candidate(&product) {
            return Err(ReaderError::NotThisModel(product));
        }
        let firmware = reader.ask("firmware version", &Command::Read(Capability::Firmware))?;
        let numbers: Vec<_> = firmware.iter().map(u8::to_string).collect();
        let serial = text(&reader.ask("serial number", &Command::Read(Capability::SerialNumber))?);
        reader.identity = Identity { product, firmware: numbers.join("."), serial };
        Ok(reader)
    }

    /// All settings that it knows.
    ///
    /// # Errors
    /// When one cannot be read; one that it does not have is no error.
    pub fn settings(&mut self) -> Result<Settings, ReaderError> {
        let mut settings = Settings::new();
        for setting in Setting::ALL {
            match self.get(setting) {
                Ok(value) => _ = settings.insert(setting, value),
                Err(ReaderError::Reply { error: ReplyError::Refused(NOT_SUPPORTED), .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(settings)
    }

    /// Changes a setting and reads it back.
    ///
    /// # Errors
    /// A refusal, even one with the status of success, or [`ReaderError::NotKept`].
    pub fn set(&mut self, setting: Setting, wanted: &[u8]) -> Result<(), ReaderError> {
        self.tell(setting.name(), &Command::Set(setting, wanted.to_vec()))?;
        let found = self.get(setting)?;
        kept(setting, wanted, Some(&found))
    }

    /// What a setting is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn get(&mut self, setting: Setting) -> Result<Vec<u8>, ReaderError> {
        self.ask(setting.name(), &Command::Get(setting))
    }

    /// Has it keep what was set.
    ///
    /// # Errors
    /// When it does not.
    pub fn apply(&mut self) -> Result<(), ReaderError> {
        self.tell("apply", &Command::Apply)
    }

    /// Starts the reader anew: its line is gone with that. The answer may be lost, and does not matter.
    pub fn restart(mut self) {
        let _ = self.exchange(&Command::Reboot);
    }

    fn tell(&mut self, what: &'static str, command: &Command) -> Result<(), ReaderError> {
        let reply = self.exchange(command)?;
        match answer(&reply) {
            Ok(Answer::Done) => Ok(()),
            Ok(Answer::Value { .. }) => Err(ReaderError::Reply { what, error: ReplyError::Unknown(reply) }),
            Err(error) => Err(ReaderError::Reply { what, error }),
        }
    }

    fn ask(&mut self, what: &'static str, command: &Command) -> Result<Vec<u8>, ReaderError> {
        let reply = self.exchange(command)?;
        value(command, &reply).map_err(|error| ReaderError::Reply { what, error })
    }

    fn exchange(&mut self, command: &Command) -> Result<Vec<u8>, ReaderError> {
        let (is_direct, has_answered) = (self.is_direct, self.has_answered);
        let reply = self.line.exchange(&command.encode()).map_err(|code| match code {
            code if is_direct && code.may_be_blocked_escape() => {
                if has_answered {
                    ReaderError::BrokeOff(code)
                } else {
                    ReaderError::Blocked(code)
                }
            }
            code => no_answer(code, is_direct),
        })?;
        // Drivers call it a success when a card leaves in mid exchange, without even a status word.
        let has_status = reply.len() >= 2;
        self.has_answered |= has_status;
        if is_direct || has_status { Ok(reply) } else { Err(ReaderError::CardLifted) }
    }
}

/// Why there is none; a card that is gone took the way to the reader with it.
fn no_answer(code: Code, is_direct: bool) -> ReaderError {
    match code {
        Code::TIMEOUT => ReaderError::Silent { is_direct },
        Code::REMOVED_CARD | Code::NO_SMARTCARD | Code::NOT_TRANSACTED if !is_direct => {
            ReaderError::CardLifted
        }
        code => ReaderError::PcSc(code),
    }
}

/// Whether a setting is what it was set to.
pub(super) fn kept(setting: Setting, wanted: &[u8], found: Option<&Vec<u8>>) -> Result<(), ReaderError> {
    if found.is_some_and(|found| found == wanted) {
        return Ok(());
    }
    let words = |value: &Vec<u8>| setting.words(value);
    Err(ReaderError::NotKept {
        name: setting.name(),
        wanted: setting.words(wanted),
        found: found.map_or("not to be read".to_owned(), words),
    })
}

/// Up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use dongle_protocols::omnikey::device::Device;

    use super::*;
    use crate::drivers::nfc::fake::{Fake, reader};

    const NAME: &str = "HID Global OMNIKEY 5022 Smart Card Reader 0";

    /// What comes of reading a reader without a card that answers so often, and then with this code only.
    fn read(answers: usize, code: Code) -> ReaderError {
        let left = Mutex::new((answers, Device::new("S1")));
        let mut fake = Fake::new([]);
        fake.answers = Arc::new(move |command| {
            let mut left = left.lock().unwrap();
            let (left, device) = &mut *left;
            *left = left.checked_sub(1).ok_or(code)?;
            Ok(device.answer(command))
        });
        open(fake).and_then(|mut reader| reader.settings()).unwrap_err()
    }

    fn open(fake: Fake) -> Result<Reader, ReaderError> {
        let pcsc: Arc<dyn PcSc> = Arc::new(fake);
        Reader::open(&pcsc, &reader(NAME, Presence::Empty, 0))
    }

    /// As Windows, the crate `pcsc`, libccid and either system's "unsupported" spell it.
    const BLOCKED: [u32; 5] = [1, 0x8010_0014, 0x8010_0016, 0x8010_001F, 0x8010_0022];

    #[test]
    fn a_driver_that_lets_nothing_through_is_told_from_an_exchange_that_broke_off() {
        for code in BLOCKED.map(Code) {
            let blocked = read(0, code);
            assert_eq!(blocked, ReaderError::Blocked(code));
            assert!(blocked.remedy().starts_with("lay any contactless card on the reader"), "{blocked}");
            for answers in [1, 3, 9] {
                let broke_off = read(answers, code);
                assert_eq!(broke_off, ReaderError::BrokeOff(code), "after {answers}");
                assert!(broke_off.remedy().starts_with("plug the reader in again"), "{broke_off}");
            }
        }
        let words = read(0, Code::NOT_TRANSACTED).to_string();
        assert_eq!(
            words,
            "its driver lets no settings through while no card lies on it (SCARD_E_NOT_TRANSACTED, 2148532246)"
        );
        let words = read(0, Code(0x8010_0014)).to_string();
        assert!(words.ends_with("(0x80100014, 2148532244)"), "{words}");
    }

    #[test]
    fn a_reader_that_another_program_has_names_the_endpoint_and_how_it_is_stopped() {
        let mut fake = Fake::new([]);
        fake.refusal = Some(Code::SHARING_VIOLATION);
        for error in [open(fake).err().unwrap(), read(0, Code(0x8010_000B)), read(5, Code(0x8010_000B))] {
            assert!(error.is_held(), "{error:?}");
            assert!(error.to_string().starts_with("another program has the reader for itself"), "{error}");
            let remedy = error.remedy();
            assert!(remedy.contains("--stop-endpoint") && remedy.contains("workbench"), "{remedy}");
        }
    }
}
