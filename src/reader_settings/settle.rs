//! Writing changes: kept by the reader, proven after its restart, and taken back where one fails.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dongle_protocols::omnikey::Setting;

use super::change::Change;
use super::reader::{Reader, ReaderError, is_candidate, kept};
use crate::drivers::nfc::{self, Code, PcSc, Watch};

/// How long a reader may take until it leaves for its restart. Those in the field are gone within a second.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);
/// How long a reader may take until it is back.
const RESTART_LIMIT: Duration = Duration::from_secs(15);
/// Between two looks for one that leaves.
const BREATH: Duration = Duration::from_millis(20);
/// Between two looks for one that comes back.
const PAUSE: Duration = Duration::from_millis(300);

/// How changes were settled: all of them are in the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whether the reader was seen to leave and to come back: what was read back then was kept through that.
    pub restart_seen: bool,
}

impl Settled {
    /// For people.
    pub fn words(self) -> &'static str {
        if self.restart_seen {
            "written, kept through a restart and read back"
        } else {
            "written and read back; the restart was not seen: plug the reader in again and run tapbench nfc check"
        }
    }
}

/// Why changes were not settled, and what is left of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSettled {
    /// What went wrong.
    pub error: ReaderError,
    /// What is in the reader now.
    pub left: Left,
}

/// What is left of changes that were not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing: what was written was taken back.
    Nothing,
    /// These settings are other than before.
    Changed(Vec<Setting>),
    /// These settings may be other than before: the reader does not tell.
    Maybe(Vec<Setting>),
}

impl Left {
    /// For people.
    pub fn words(&self) -> String {
        let names = |settings: &[Setting]| settings.iter().map(|s| s.name()).collect::<Vec<_>>().join(", ");
        match self {
            Self::Nothing => "what was written was taken back: nothing is changed".to_owned(),
            Self::Changed(settings) => format!("left changed: {}", names(settings)),
            Self::Maybe(settings) => format!("may be left changed: {}", names(settings)),
        }
    }
}

/// Writes the changes, has the reader keep them, starts it anew, finds the same one again by its
/// serial number and reads back what was changed.
///
/// # Errors
/// What went wrong. What was written before is taken back, as far as the reader can be reached.
pub fn settle(pcsc: &Arc<dyn PcSc>, mut reader: Reader, changes: &[Change]) -> Result<Settled, NotSettled> {
    let mut tried = Vec::new();
    let each = changes.iter().try_for_each(|change| {
        tried.push(change);
        reader.set(change.setting, &change.to)
    });
    if let Err(error) = each.and_then(|()| reader.apply()) {
        return Err(NotSettled { error, left: take_back(&mut reader, &tried) });
    }
    let (serial, name) = (reader.identity.serial.clone(), reader.name.clone());
    let watch = pcsc.watch();
    reader.restart();
    let restart_seen = leaves(watch, &name);
    let all = || changes.iter().map(|change| change.setting).collect();
    let found = read_back(pcsc, &serial).map_err(|error| NotSettled { error, left: Left::Maybe(all()) })?;
    let is_kept = |change: &Change| kept(change.setting, &change.to, found.get(&change.setting));
    changes.iter().try_for_each(is_kept).map_err(|error| {
        let is_other = |change: &&Change| found.get(&change.setting) != Some(&change.from);
        let left: Vec<_> = changes.iter().filter(is_other).map(|change| change.setting).collect();
        NotSettled { error, left: if left.is_empty() { Left::Nothing } else { Left::Changed(left) } }
    })?;
    Ok(Settled { restart_seen })
}

/// Sets back what is other than before, the last first.
fn take_back(reader: &mut Reader, tried: &[&Change]) -> Left {
    let mut left = Vec::new();
    for (at, change) in tried.iter().enumerate().rev() {
        let is_as_before = match reader.get(change.setting) {
            Ok(found) if found == change.from => true,
            Ok(_) => reader.set(change.setting, &change.from).is_ok(),
            Err(_) => {
                // Who does not answer once is not asked again.
                let unknown = tried.iter().take(at + 1).map(|change| change.setting);
                return Left::Maybe(unknown.chain(left).collect());
            }
        };
        if !is_as_before {
            left.insert(0, change.setting);
        }
    }
    if left.is_empty() { Left::Nothing } else { Left::Changed(left) }
}

/// Whether the reader was seen to leave; the service may stop with its last one.
fn leaves(watch: Result<Box<dyn Watch>, Code>, name: &str) -> bool {
    let Ok(mut watch) = watch else { return false };
    let begun = Instant::now();
    while let Some(left) = LEAVE_LIMIT.checked_sub(begun.elapsed()) {
        match watch.look(left.min(PAUSE)) {
            // A watch may look without waiting; no reader is gone for so short a time.
            Ok(states) if states.iter().any(|state| state.name == name) => thread::park_timeout(BREATH),
            Ok(_) | Err(_) => return true,
        }
    }
    false
}

fn read_back(pcsc: &Arc<dyn PcSc>, serial: &str) -> Result<super::Settings, ReaderError> {
    let begun = Instant::now();
    let not_back = || ReaderError::NotBack(serial.to_owned());
    loop {
        let back = look_for(pcsc, serial, RESTART_LIMIT).map_err(|error| error.unwrap_or_else(not_back));
        match back.and_then(|mut reader| reader.settings()) {
            // It may answer half of this, and then leave.
            Err(
                ReaderError::PcSc(_)
                | ReaderError::BrokeOff(_)
                | ReaderError::CardLifted
                | ReaderError::Silent { .. },
            ) if begun.elapsed() < RESTART_LIMIT => {}
            read => return read,
        }
        thread::park_timeout(PAUSE);
    }
}

/// The reader with this serial number, before anything is written to it; it may just be starting. Names and
/// numbers of readers change with a restart.
///
/// # Errors
/// After a while, why it cannot be opened, or [`ReaderError::NotThere`]; [`ReaderError::NoSerialNumber`] where
/// the number is empty and there are several readers.
pub fn found(pcsc: &Arc<dyn PcSc>, serial: &str) -> Result<Reader, ReaderError> {
    look_for(pcsc, serial, RESTART_LIMIT)
        .map_err(|error| error.unwrap_or_else(|| ReaderError::NotThere(serial.to_owned())))
}

/// Looks for the reader with this serial number for as long as `limit`.
///
/// # Errors
/// Why a reader that may be it could not be opened; `None` where there is none.
fn look_for(pcsc: &Arc<dyn PcSc>, serial: &str, limit: Duration) -> Result<Reader, Option<ReaderError>> {
    let begun = Instant::now();
    loop {
        let mut candidates = nfc::readers(pcsc.as_ref()).unwrap_or_default();
        candidates.retain(|state| is_candidate(&state.name));
        if serial.is_empty() && candidates.len() > 1 {
            return Err(Some(ReaderError::NoSerialNumber));
        }
        let mut unopened = None;
        for state in &candidates {
            match Reader::open(pcsc, state) {
                Ok(reader) if reader.identity.serial == serial => return Ok(reader),
                Ok(_) => {}
                Err(error) => unopened = Some(error),
            }
        }
        if begun.elapsed() >= limit {
            return Err(unopened);
        }
        thread::park_timeout(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use dongle_protocols::omnikey::device::Device;
    use std::sync::Mutex;

    use super::*;
    use crate::drivers::nfc::fake::{Fake, reader};
    use crate::drivers::nfc::{Presence, ReaderState};

    /// What comes of looking for the reader S1 once, where these are there.
    fn looked_for(states: Vec<ReaderState>, refusal: Option<Code>) -> Option<ReaderError> {
        let mut fake = Fake::new([Ok(states)]);
        let device = Mutex::new(Device::new("S2"));
        fake.answers = Arc::new(move |command| Ok(device.lock().unwrap().answer(command)));
        fake.refusal = refusal;
        let pcsc: Arc<dyn PcSc> = Arc::new(fake);
        look_for(&pcsc, "S1", Duration::ZERO).map(|reader| reader.identity).unwrap_err()
    }

    #[test]
    fn a_reader_that_cannot_be_opened_is_not_said_to_be_gone() {
        let is_there = || vec![reader("OMNIKEY 5022 0", Presence::Empty, 0)];
        for code in [1, 0x8010_0014, 0x8010_000B, 0x8010_0022].map(Code) {
            assert_eq!(looked_for(is_there(), Some(code)), Some(ReaderError::PcSc(code)));
        }
        assert_eq!(looked_for(is_there(), None), None, "another one");
        assert_eq!(looked_for(Vec::new(), None), None);
    }
}
