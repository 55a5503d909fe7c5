//! Settings of NFC readers against the guide, read and written as jobs: what differs is shown first,
//! and a backup is written before anything is changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::drivers::nfc::{self, PcSc};
use crate::reader_settings::{
    Backup, Comparison, Identity, Missing, NotSettled, RECOMMENDED, Reader, ReaderError, Settings, found,
    is_candidate, settle,
};

use super::problem::Problem;

/// A reader whose settings were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenReader {
    /// As the service lists it.
    pub name: String,
    /// Product, firmware and serial number.
    pub about: Option<String>,
    /// Its settings that the guide has a word on, and whether they are as it wants them.
    pub settings: Vec<(String, bool)>,
    /// What would make them so, where they are not.
    pub fix: Option<Fix>,
    /// Why they cannot be read, or cannot be as the guide wants them.
    pub problem: Option<Problem>,
    /// Whether that is because another program has the reader, as the Endpoint may.
    pub is_held: bool,
}

/// A change of a reader's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The reader's name.
    pub reader: String,
    /// The changes, in words: setting, from, to.
    pub changes: Vec<(String, String, String)>,
    /// Where its settings are kept as they are.
    pub backup: PathBuf,
    serial: String,
}

/// Reads the settings of all readers.
///
/// # Errors
/// When the service cannot be used, or no reader is there.
pub(super) fn look(pcsc: &Arc<dyn PcSc>, folder: &Path) -> Result<Vec<SeenReader>, Problem> {
    let states =
        nfc::readers(pcsc.as_ref()).map_err(|code| Problem::new(code.to_string()).remedy(code.remedy()))?;
    if states.is_empty() {
        let none = nfc::NfcError::NoReader;
        return Err(Problem::new(none.to_string()).remedy(none.remedy()));
    }
    let look = |state: &nfc::ReaderState| {
        let mut seen = SeenReader {
            name: state.name.clone(),
            about: None,
            settings: Vec::new(),
            fix: None,
            problem: None,
            is_held: false,
        };
        if !is_candidate(&state.name) {
            seen.problem = Some(
                Problem::new("settings are known of the OMNIKEY 5022 only")
                    .remedy("use the vendor's own tool for this reader"),
            );
            return seen;
        }
        let read = Reader::open(pcsc, state).and_then(|mut reader| {
            let settings = reader.settings()?;
            Ok((reader.identity, settings))
        });
        match read {
            Ok((identity, settings)) => seen.of(&identity, &settings, folder),
            Err(error) => {
                (seen.problem, seen.is_held) = (Some(problem(&error)), error.is_held());
            }
        }
        seen
    };
    Ok(states.iter().map(look).collect())
}

impl SeenReader {
    fn of(&mut self, identity: &Identity, settings: &Settings, folder: &Path) {
        let Identity { product, firmware, serial } = identity;
        self.about = Some(format!("{product}, firmware {firmware}, serial number {serial}"));
        for (setting, wanted) in RECOMMENDED {
            let (words, is_so) = match settings.get(&setting) {
                Some(value) => (setting.words(value), value == wanted),
                None => ("the reader does not have it".to_owned(), false),
            };
            self.settings.push((format!("{}: {words}", spoken(setting.name())), is_so));
        }
        let Comparison { changes, missing } = Comparison::with_guide(settings);
        self.problem = missing.map(|missing| cannot_be(&missing));
        if changes.is_empty() {
            return;
        }
        let changes = changes.iter().map(|change| {
            let words = |value| change.setting.words(value);
            (spoken(change.setting.name()), words(&change.from), words(&change.to))
        });
        self.fix = Some(Fix {
            reader: self.name.clone(),
            changes: changes.collect(),
            backup: folder.join(Backup::file_name(identity)),
            serial: serial.clone(),
        });
    }
}

/// Keeps the settings as they are in a file, writes what differs, and proves it by reading it back;
/// what was done, in words.
///
/// # Errors
/// What went wrong, and what is so now.
pub(super) fn mend(pcsc: &Arc<dyn PcSc>, fix: &Fix) -> Result<Vec<String>, Problem> {
    let nothing = |error: &ReaderError| {
        let problem = problem(error);
        Problem { what: format!("{}; nothing was changed", problem.what), ..problem }
    };
    let mut reader = found(pcsc, &fix.serial).map_err(|error| nothing(&error))?;
    let settings = reader.settings().map_err(|error| nothing(&error))?;
    let Comparison { changes, missing } = Comparison::with_guide(&settings);
    if changes.is_empty() {
        let done = vec!["The settings are as the guide wants them already; nothing was written.".into()];
        return missing.map_or(Ok(done), |missing| Err(cannot_be(&missing)));
    }
    Backup::write(&fix.backup, &reader.identity, &settings).map_err(|error| {
        let what = format!("{}: the backup cannot be written: {error}", fix.backup.display());
        Problem::new(format!("{what}; nothing was changed"))
            .remedy("start tapbench in a folder that you may write to")
    })?;
    let settled = settle(pcsc, reader, &changes).map_err(|NotSettled { error, left }| {
        let problem = problem(&error);
        let what = format!("{}; {}; as it was: {}", problem.what, left.words(), fix.backup.display());
        Problem { what, ..problem }
    })?;
    let mut done = vec![
        format!("The settings were {}.", settled.words()),
        format!("As it was: {}", fix.backup.display()),
    ];
    done.extend(missing.map(|missing| format!("But {}.", spoken(&missing.words()))));
    Ok(done)
}

fn cannot_be(missing: &Missing) -> Problem {
    Problem::new(spoken(&missing.words())).remedy(missing.remedy())
}

fn problem(error: &ReaderError) -> Problem {
    Problem::new(error.to_string()).remedy(error.remedy())
}

fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use dongle_protocols::omnikey::Setting;
    use dongle_protocols::omnikey::device::Device;

    use super::*;
    use crate::drivers::nfc::Presence;
    use crate::drivers::nfc::fake::{Fake, reader};

    /// A service with this reader, which looks at it twice.
    fn service(device: Device) -> Arc<dyn PcSc> {
        let there = || Ok(vec![reader("OMNIKEY 5022 0", Presence::Empty, 0)]);
        let mut fake = Fake::new([there(), there()]);
        let device = Mutex::new(device);
        fake.answers = Arc::new(move |command| Ok(device.lock().unwrap().answer(command)));
        Arc::new(fake)
    }

    #[test]
    fn a_reader_that_lacks_a_setting_is_not_as_the_guide_wants_it() {
        let mut device = Device::new("S1");
        device.refuses.insert(Setting::SleepPolling, 0x03);
        device.refuses.insert(Setting::SearchOrder, 0x03);
        let pcsc = service(device);
        let seen = look(&pcsc, Path::new("")).unwrap().remove(0);
        let of_guide: Vec<_> = seen.settings.iter().map(|(words, is_so)| (words.as_str(), *is_so)).collect();
        assert_eq!(
            of_guide,
            [
                ("sleep mode polling frequency: the reader does not have it", false),
                ("polling search order: the reader does not have it", false),
                ("iso14443a enable: on", true),
            ]
        );
        let problem = seen.problem.unwrap();
        let what = "the reader does not have sleep mode polling frequency, polling search order, so it cannot be as \
                    the guide wants it";
        assert_eq!((problem.what.as_str(), seen.fix), (what, None));
        let fix = Fix { reader: seen.name, changes: Vec::new(), backup: PathBuf::new(), serial: "S1".into() };
        assert_eq!(mend(&pcsc, &fix).unwrap_err(), problem);
    }
}
