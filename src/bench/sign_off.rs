//! The sign-off report of a calibration: its recordings, and where NBE was seen at work, what it
//! did.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::calibration::tries_in;
use crate::engine::Rules;
use crate::engine::parameters::ParameterSet;
use crate::recording::{self, Options, Reader};
use crate::replay::Filter;
use crate::report::{Evaluable, Proposed, Recorded, Replayed, Report};
use crate::symptoms::NfcTap;
use crate::tuning::{Demands, Labelled, recommend};
use crate::whole_file;

use super::kept_calibration::KeptCalibration;
use super::problem::{Problem, plain};

/// What a report is to be of.
#[derive(Clone, Debug)]
pub struct ReportOf {
    /// Where the calibration is kept.
    pub kept: PathBuf,
    /// What NBE was seen to do, recorded there.
    pub confirmed: Vec<PathBuf>,
    /// The values that are signed off.
    pub values: ParameterSet,
}

impl ReportOf {
    /// Writes it beside the calibration, in the place of an earlier one, unless that is cancelled meanwhile;
    /// gives its path.
    pub(super) fn write(&self, is_cancelled: &AtomicBool) -> Result<PathBuf, Problem> {
        let kept = KeptCalibration::read(&self.kept)?;
        let setup = kept.setup()?;
        let before = setup.rules.clone();
        let after =
            Evaluable::of(&Rules { parameters: before.parameters.overlaid(&self.values), ..before.clone() });
        let paths = kept.recordings(&self.kept).into_iter().chain(self.confirmed.iter().cloned());
        let recorded =
            paths.map(|path| recorded(&path, &before, &after.rules)).collect::<Result<Vec<_>, _>>()?;
        let heard: Vec<_> = recorded.iter().map(|r| &r.labelled).filter(|r| !r.is_unheard).collect();
        let demands = Demands { dongle: setup.dongle, one_session: true, ..Demands::default() };
        let recommendation = recommend(&heard, &before, &demands);
        let is_recommended =
            recommendation.recommended.is_some_and(|set| before.parameters.overlaid(&set) == after.known);
        let proposed = if after.known == before.parameters {
            Proposed::Unchanged
        } else if is_recommended {
            Proposed::Recommended
        } else {
            Proposed::Given
        };
        let report = Report {
            recorded,
            dongle: setup.dongle,
            transferred: None,
            before: before.parameters,
            before_from:
                "in use in tapbench when the calibration began; compare them with the terminal's nbe.toml"
                    .to_owned(),
            after,
            proposed,
            recommendation,
            unread: false,
        };
        let name = self.kept.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".calibration.json").unwrap_or(&name);
        let path = self.kept.with_file_name(format!("{stem}.report.html"));
        if is_cancelled.load(Ordering::Relaxed) {
            return Err(Problem::new("no report was written"));
        }
        whole_file::replace(&path, report.to_html().as_bytes()).map_err(|error| {
            Problem::new(format!("{}: cannot be written: {}", path.display(), plain(&error)))
                .remedy("make room, or look at the rights of the folder")
        })?;
        Ok(path.canonicalize().unwrap_or(path))
    }
}

fn recorded(path: &Path, before: &Rules, after: &Rules) -> Result<Recorded, Problem> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| Problem::new(format!("{name}: cannot be read: {}", plain(&error)));
    let bytes: Arc<[u8]> = fs::read(path).map_err(failed)?.into();
    let unreadable = |error| Problem::unreadable(&name, &error);
    let reader = || {
        let stream = recording::of_bytes(Arc::clone(&bytes)).map_err(failed)?;
        Reader::new(stream, Options::default()).map_err(unreadable)
    };
    let replayed = |rules: &Rules| {
        Replayed::of(&mut reader()?, rules, &Filter::default())
            .map_err(|error| Problem::not_replayed(&name, &error))
    };
    let labelled = Labelled::read(&name, &mut reader()?, &Filter::default()).map_err(unreadable)?;
    let mut raw = reader()?;
    let mut nfc = Vec::new();
    while let Some(row) = raw.next_row().map_err(unreadable)? {
        nfc.extend(NfcTap::of(&row));
    }
    Ok(Recorded {
        sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        header: raw.header().clone(),
        labelled,
        nfc,
        tries: tries_in(reader()?).map_err(unreadable)?,
        before: before.check_complete().is_ok().then(|| replayed(before)).transpose()?,
        after: replayed(after)?,
        incomplete: raw.torn(),
    })
}
