//! What `nfc configure` did to a reader, for people and for scripts.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::Exit;
use crate::hex;
use crate::reader_settings::{Change, Identity, Left, Missing, NotSettled, ReaderError, Settled};

/// What was done to a reader.
pub(super) struct Done {
    pub reader: String,
    pub identity: Option<Identity>,
    pub changes: Vec<Change>,
    /// What is wanted and cannot be, whatever was changed.
    pub missing: Option<Missing>,
    pub backup: Option<PathBuf>,
    pub state: State,
}

pub(super) enum State {
    /// So is all that the reader has.
    AsWanted,
    WouldChange,
    Declined,
    Changed(Settled),
    /// Before anything was written.
    Failed(ReaderError),
    /// While it was written.
    NotSettled(NotSettled),
}

impl Done {
    /// Nothing, yet or at all.
    pub(super) fn nothing(reader: String, state: State) -> Self {
        Self { reader, identity: None, changes: Vec::new(), missing: None, backup: None, state }
    }

    pub(super) fn exit(&self) -> Exit {
        let lacks = if self.missing.is_some() { Exit::NoDevice } else { Exit::Done };
        lacks.and(match &self.state {
            State::AsWanted | State::WouldChange | State::Changed(_) => Exit::Done,
            State::Declined => Exit::DidNotHold,
            State::NotSettled(NotSettled { error: ReaderError::NotKept { .. }, .. }) => Exit::DidNotHold,
            State::Failed(_) | State::NotSettled(_) => Exit::NoDevice,
        })
    }

    /// A line for each change, and for each setting that is not there.
    pub(super) fn changes(&self) -> String {
        let line = |change: &Change| {
            let Change { setting, from, to } = change;
            format!("  {:<30} {} -> {}\n", setting.name(), setting.words(from), setting.words(to))
        };
        let missing = self.missing.iter().flat_map(Missing::names);
        let missing = missing.map(|name| format!("  {name:<30} the reader does not have it\n"));
        self.changes.iter().map(line).chain(missing).collect()
    }

    /// What sets the reader back to its backup, where something may be left of the changes.
    fn way_back(&self) -> Option<String> {
        let State::NotSettled(NotSettled { left, .. }) = &self.state else { return None };
        let backup = self.backup.as_ref().filter(|_| *left != Left::Nothing)?;
        Some(format!("tapbench nfc configure --restore {}", backup.display()))
    }

    pub(super) fn words(&self) -> String {
        let mut text = format!("{}\n", self.reader);
        if let Some(Identity { product, firmware, serial }) = &self.identity {
            text += &format!("  {product}, firmware {firmware}, serial number {serial}\n");
        }
        text += &self.changes();
        if let Some(backup) = &self.backup {
            text += &format!("  as it was: {}\n", backup.display());
        }
        let try_this = |what: &str, remedy: &str| format!("  failed: {what}\n  try: {remedy}\n");
        let failed = |error: &ReaderError| try_this(&error.to_string(), error.remedy());
        text += &match &self.state {
            State::AsWanted if self.missing.is_some() => "  nothing was written\n".to_owned(),
            State::AsWanted => "  as wanted already; nothing was written\n".to_owned(),
            State::WouldChange => "  a dry run; nothing was written\n".to_owned(),
            State::Declined => "  left as it is\n".to_owned(),
            State::Changed(settled) => format!("  {}\n", settled.words()),
            State::Failed(error) => failed(error),
            State::NotSettled(NotSettled { error, left }) => {
                let back = self.way_back().map_or(String::new(), |back| format!("  back: {back}\n"));
                format!("{}  {}\n{back}", failed(error), left.words())
            }
        };
        if let Some(missing) = &self.missing {
            text += &try_this(&missing.words(), missing.remedy());
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let change = |c: &Change| {
            let [from, to] = [&c.from, &c.to].map(|value| hex::text(value));
            json!({"name": c.setting.name(), "from": from, "to": to})
        };
        let state = match &self.state {
            State::AsWanted if self.missing.is_some() => "failed",
            State::AsWanted => "as_wanted",
            State::WouldChange => "would_change",
            State::Declined => "declined",
            State::Changed(_) if self.missing.is_some() => "changed_in_part",
            State::Changed(_) => "changed",
            State::Failed(_) | State::NotSettled(_) => "failed",
        };
        let mut value = json!({"reader": self.reader, "state": state});
        if let Some(Identity { product, firmware, serial }) = &self.identity {
            value["product"] = product.as_str().into();
            value["firmware"] = firmware.as_str().into();
            value["serial"] = serial.as_str().into();
            value["changes"] = self.changes.iter().map(change).collect();
        }
        if let Some(backup) = &self.backup {
            value["backup"] = backup.display().to_string().into();
        }
        if let Some(missing) = &self.missing {
            value["missing"] = missing.names().into();
            value["error"] = missing.words().into();
            value["remedy"] = missing.remedy().into();
        }
        match &self.state {
            State::Changed(settled) => value["restart_seen"] = settled.restart_seen.into(),
            State::Failed(error) | State::NotSettled(NotSettled { error, .. }) => {
                value["error"] = error.to_string().into();
                value["remedy"] = error.remedy().into();
            }
            State::AsWanted | State::WouldChange | State::Declined => {}
        }
        if let State::NotSettled(NotSettled { left, .. }) = &self.state {
            let (key, settings) = match left {
                Left::Nothing => ("left_changed", &Vec::new()),
                Left::Changed(settings) => ("left_changed", settings),
                Left::Maybe(settings) => ("may_be_left_changed", settings),
            };
            value[key] = settings.iter().map(|setting| setting.name()).collect();
        }
        if let Some(back) = self.way_back() {
            value["restore"] = back.into();
        }
        value
    }
}
