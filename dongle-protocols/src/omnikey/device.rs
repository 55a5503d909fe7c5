//! A simulated reader: bytes in, bytes out. What is set is read back at once but survives a
//! reboot only when it was applied; how a real one does that is not published.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Capability, Command};
use super::setting::Setting;

/// A reader of the family.
#[derive(Clone, Debug)]
pub struct Device {
    /// What it calls itself.
    pub product_name: String,
    /// Major, minor, revision.
    pub firmware: [u8; 3],
    /// Its serial number.
    pub serial_number: String,
    /// Settings that it does not let change.
    pub read_only: BTreeSet<Setting>,
    /// Settings that it does not know, each with the code of its refusal.
    pub refuses: BTreeMap<Setting, u8>,
    /// Whether it says that it did as told and did not.
    pub is_deaf: bool,
    set: BTreeMap<Setting, Vec<u8>>,
    applied: BTreeMap<Setting, Vec<u8>>,
    /// Commands that changed something, in order.
    pub changes: Vec<Command>,
    reboots: u32,
}

/// As read from one reader in the field, maybe not the factory's.
const SEEN: [(Setting, &[u8]); 14] = [
    (Setting::SleepPolling, &[6]),
    (Setting::SearchOrder, &[2, 3, 4, 6, 1]),
    (Setting::SleepCardDetection, &[1]),
    (Setting::EmdSuppression, &[1]),
    (Setting::Iso14443a, &[1]),
    (Setting::Iso14443aRates, &[0x77]),
    (Setting::MifareKeyCache, &[1]),
    (Setting::MifarePreferred, &[0]),
    (Setting::Iso14443b, &[1]),
    (Setting::Iso14443bRates, &[0x77]),
    (Setting::Iso15693, &[1]),
    (Setting::Felica, &[1]),
    (Setting::FelicaRates, &[0x33]),
    (Setting::Iclass, &[1]),
];

impl Device {
    /// An OMNIKEY 5022 with this serial number.
    pub fn new(serial_number: &str) -> Self {
        let seen: BTreeMap<_, _> =
            SEEN.into_iter().map(|(setting, value)| (setting, value.to_vec())).collect();
        Self {
            product_name: "OMNIKEY 5022".into(),
            firmware: [2, 0, 0],
            serial_number: serial_number.into(),
            read_only: BTreeSet::new(),
            refuses: BTreeMap::new(),
            is_deaf: false,
            set: seen.clone(),
            applied: seen,
            changes: Vec::new(),
            reboots: 0,
        }
    }

    /// How often it was started anew.
    pub fn reboots(&self) -> u32 {
        self.reboots
    }

    /// What a setting is after the next reboot.
    pub fn applied(&self, setting: Setting) -> Option<&[u8]> {
        self.applied.get(&setting).map(Vec::as_slice)
    }

    /// Its answer to a command, the status word included.
    pub fn answer(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Ok(command) = Command::decode(bytes) else { return vec![0x67, 0x00] };
        match &command {
            Command::Read(capability) => {
                let value = match capability {
                    Capability::ProductName => [self.product_name.as_bytes(), &[0]].concat(),
                    Capability::Firmware => self.firmware.to_vec(),
                    Capability::SerialNumber => self.serial_number.as_bytes().to_vec(),
                };
                constructed(capability.tag(), &value)
            }
            Command::Get(setting) => match (self.refuses.get(setting), self.set.get(setting)) {
                (None, Some(value)) => constructed(setting.path().1, value),
                (code, _) => refusal(code.copied().unwrap_or(NOT_SUPPORTED)),
            },
            Command::Set(setting, value) => {
                if let Some(code) = self.refuses.get(setting) {
                    return refusal(*code);
                }
                if self.read_only.contains(setting) {
                    return refusal(READ_ONLY);
                }
                if setting.check(value).is_err() {
                    return refusal(INVALID_VALUE);
                }
                if !self.is_deaf {
                    self.set.insert(*setting, value.clone());
                }
                self.done(command)
            }
            Command::Apply => {
                self.applied.clone_from(&self.set);
                self.done(command)
            }
            Command::RestoreDefaults => {
                self.set = SEEN.into_iter().map(|(setting, value)| (setting, value.to_vec())).collect();
                self.done(command)
            }
            Command::Reboot => {
                self.set.clone_from(&self.applied);
                self.reboots += 1;
                self.done(command)
            }
        }
    }

    fn done(&mut self, command: Command) -> Vec<u8> {
        self.changes.push(command);
        vec![0x9D, 0, 0x90, 0]
    }
}

const NOT_SUPPORTED: u8 = 0x03;
const READ_ONLY: u8 = 0x15;
const INVALID_VALUE: u8 = 0x31;

fn refusal(code: u8) -> Vec<u8> {
    vec![0x9E, 2, 0, code, 0x90, 0]
}

fn constructed(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = |bytes: usize| u8::try_from(bytes).unwrap_or(u8::MAX);
    let head = [0xBD, len(value.len() + 2), tag, len(value.len())];
    [&head[..], value, &[0x90, 0]].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::reply::{Answer, ReplyError, answer, value};
    use super::super::{ISO14443A_ONLY, SLEEP_POLLING_41_HZ};
    use super::*;

    #[test]
    fn settings_survive_a_reboot_only_when_applied() {
        let mut device = Device::new("KJ0J0G00X01110202");
        let get = Command::Get(Setting::SleepPolling);
        let set = Command::Set(Setting::SleepPolling, SLEEP_POLLING_41_HZ.to_vec());
        let mut tell = |command: &Command| device.answer(&command.encode());
        assert_eq!(answer(&tell(&set)), Ok(Answer::Done));
        assert_eq!(value(&get, &tell(&get)), Ok(vec![0]));
        tell(&Command::Reboot);
        assert_eq!(value(&get, &tell(&get)), Ok(vec![6]));
        tell(&set);
        tell(&Command::Apply);
        tell(&Command::Reboot);
        assert_eq!(value(&get, &tell(&get)), Ok(vec![0]));
        assert_eq!(device.reboots(), 2);
    }

    #[test]
    fn what_it_does_not_know_is_refused_as_readers_do() {
        let mut device = Device::new("1");
        device.refuses.insert(Setting::Iso15693, 0x03);
        let reply = device.answer(&Command::Get(Setting::Iso15693).encode());
        assert_eq!(reply, [0x9E, 2, 0, 3, 0x90, 0]);
        let reply = device.answer(&Command::Set(Setting::SleepPolling, vec![0x0A]).encode());
        assert_eq!(answer(&reply), Err(ReplyError::Refused(0x31)));
        assert_eq!(device.answer(b"\xFF\xCA\0\0\0"), [0x67, 0]);
        let order = Command::Set(Setting::SearchOrder, ISO14443A_ONLY.to_vec());
        assert_eq!(answer(&device.answer(&order.encode())), Ok(Answer::Done));
    }

    proptest! {
        #[test]
        fn every_answer_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..40), index in 0..14usize) {
            let mut device = Device::new("1");
            let _ = answer(&device.answer(&bytes));
            let get = Command::Get(Setting::ALL[index]);
            prop_assert!(value(&get, &device.answer(&get.encode())).is_ok());
        }
    }
}
