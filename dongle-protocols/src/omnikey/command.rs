//! Commands: an APDU of class FF whose parameters are HID's USB vendor id, around a DER tree.

use super::setting::Setting;

/// Something to be read of the reader itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// As "OMNIKEY 5022".
    ProductName,
    /// Major, minor, revision.
    Firmware,
    /// Its own, printed on it.
    SerialNumber,
}

impl Capability {
    /// All.
    pub const ALL: [Self; 3] = [Self::ProductName, Self::Firmware, Self::SerialNumber];

    /// Its tag.
    pub fn tag(self) -> u8 {
        match self {
            Self::ProductName => 0x82,
            Self::Firmware => 0x85,
            Self::SerialNumber => 0x92,
        }
    }
}

/// What a reader is told or asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Who it is.
    Read(Capability),
    /// A setting.
    Get(Setting),
    /// Changes a setting.
    Set(Setting, Vec<u8>),
    /// Keeps what was set.
    Apply,
    /// Puts all settings back to the factory's.
    RestoreDefaults,
    /// Starts the reader anew; it leaves USB meanwhile, and the answer may be lost.
    Reboot,
}

/// Not a command of this family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a command of an OMNIKEY 5022")]
pub struct Malformed;

const HEAD: [u8; 4] = [0xFF, 0x70, 0x07, 0x6B];
const INFORMATION: u8 = 0xA2;
const GET: u8 = 0xA0;
const SET: u8 = 0xA1;
const CAPABILITIES: u8 = 0xA0;
const CONTACTLESS: u8 = 0xA4;
const CONTROL: u8 = 0xA9;

impl Command {
    /// The bytes to be sent.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, branch) = match self {
            Self::Read(capability) => (GET, node(CAPABILITIES, &[capability.tag(), 0])),
            Self::Get(setting) => {
                let (branch, leaf) = setting.path();
                (GET, node(CONTACTLESS, &node(branch, &[leaf, 0])))
            }
            Self::Set(setting, value) => {
                let (branch, leaf) = setting.path();
                (SET, node(CONTACTLESS, &node(branch, &node(leaf, value))))
            }
            Self::Apply => (SET, node(CONTROL, &[0x80, 0])),
            Self::RestoreDefaults => (SET, node(CONTROL, &[0x81, 0])),
            Self::Reboot => (SET, node(CONTROL, &[0x83, 0])),
        };
        let tree = node(INFORMATION, &node(kind, &branch));
        let mut bytes = HEAD.to_vec();
        bytes.push(length(&tree));
        bytes.extend(tree);
        bytes.push(0);
        bytes
    }

    /// From bytes as they are sent.
    ///
    /// # Errors
    /// If they are none of these commands.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let [len, rest @ ..] = bytes.strip_prefix(&HEAD).ok_or(Malformed)? else { return Err(Malformed) };
        let [tree @ .., 0] = rest else { return Err(Malformed) };
        if tree.len() != usize::from(*len) {
            return Err(Malformed);
        }
        let (kind, inner) = only(only_of(tree, INFORMATION)?)?;
        let (branch, inner) = only(inner)?;
        let (tag, inner) = only(inner)?;
        match (kind, branch, tag, inner) {
            (GET, CAPABILITIES, tag, []) => {
                Capability::ALL.into_iter().find(|c| c.tag() == tag).map(Self::Read).ok_or(Malformed)
            }
            (SET, CONTROL, 0x80, []) => Ok(Self::Apply),
            (SET, CONTROL, 0x81, []) => Ok(Self::RestoreDefaults),
            (SET, CONTROL, 0x83, []) => Ok(Self::Reboot),
            (GET | SET, CONTACTLESS, tag, leaf) => {
                let (leaf, value) = only(leaf)?;
                let setting = Setting::at(tag, leaf).ok_or(Malformed)?;
                match (kind, value) {
                    (GET, []) => Ok(Self::Get(setting)),
                    (SET, value) => Ok(Self::Set(setting, value.to_vec())),
                    _ => Err(Malformed),
                }
            }
            _ => Err(Malformed),
        }
    }
}

fn node(tag: u8, inner: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag, length(inner)];
    bytes.extend_from_slice(inner);
    bytes
}

/// No tree of this family comes near 127 bytes; a value that does would be sent too short and
/// be refused by the reader.
fn length(inner: &[u8]) -> u8 {
    u8::try_from(inner.len()).unwrap_or(u8::MAX)
}

/// The one node that fills `bytes`: its tag and what is in it.
pub(super) fn only(bytes: &[u8]) -> Result<(u8, &[u8]), Malformed> {
    match bytes {
        [tag, len, inner @ ..] if inner.len() == usize::from(*len) => Ok((*tag, inner)),
        _ => Err(Malformed),
    }
}

fn only_of(bytes: &[u8], tag: u8) -> Result<&[u8], Malformed> {
    only(bytes).ok().filter(|(found, _)| *found == tag).map(|(_, inner)| inner).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// As published by users of readers.
    #[test]
    fn published_examples() {
        use super::super::{ISO14443A_ONLY, SLEEP_POLLING_41_HZ};
        let set = |setting, value: &[u8]| Command::Set(setting, value.to_vec());
        for (command, bytes) in [
            (Command::Read(Capability::ProductName), "FF70076B08A206A004A002820000"),
            (Command::Read(Capability::Firmware), "FF70076B08A206A004A002850000"),
            (Command::Read(Capability::SerialNumber), "FF70076B08A206A004A002920000"),
            (Command::Get(Setting::SleepPolling), "FF70076B0AA208A006A404A0028D0000"),
            (set(Setting::SleepPolling, &SLEEP_POLLING_41_HZ), "FF70076B0BA209A107A405A0038D010000"),
            (Command::Get(Setting::SearchOrder), "FF70076B0AA208A006A404A002890000"),
            (set(Setting::SearchOrder, &ISO14443A_ONLY), "FF70076B0FA20DA10BA409A0078905020000000000"),
            (Command::Get(Setting::Iso14443b), "FF70076B0AA208A006A404A302800000"),
            (set(Setting::Iclass, &[0]), "FF70076B0BA209A107A405A60383010000"),
            (Command::Apply, "FF70076B08A206A104A902800000"),
            (Command::RestoreDefaults, "FF70076B08A206A104A902810000"),
            (Command::Reboot, "FF70076B08A206A104A902830000"),
        ] {
            assert_eq!(hex(&command.encode()), bytes);
            assert_eq!(Command::decode(&command.encode()), Ok(command));
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(index in 0..Setting::ALL.len(), value in prop::collection::vec(any::<u8>(), 1..40)) {
            let command = Command::Set(Setting::ALL[index], value);
            prop_assert_eq!(Command::decode(&command.encode()), Ok(command));
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut whole = HEAD.to_vec();
            whole.extend(&bytes);
            let _ = (Command::decode(&bytes), Command::decode(&whole));
        }
    }
}
