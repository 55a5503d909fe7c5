//! What would change in an `nbe.toml`, to be looked at; written only as it was shown.

use std::path::{Path, PathBuf};

use crate::engine::parameters::{Dongle, ParameterSet};
use crate::helper::{self, NotWritten, Rights};
use crate::nbe_config::{self, Obstacle, Place, Plan, Request};

use super::problem::Problem;

/// A change of a config that can be looked at, and written.
#[derive(Debug)]
pub struct ConfigPlan {
    /// The lines of the difference: `+`, `-` or a space, and the text.
    pub lines: Vec<(char, String)>,
    /// What the checker says of the file as it will be.
    pub findings: Vec<String>,
    /// With which rights it will be written: greater ones where ours have turned out too small.
    pub rights: Rights,
    path: PathBuf,
    values: ParameterSet,
    dongle: Dongle,
    plan: Plan,
}

/// What a write came to.
#[derive(Debug)]
pub(super) enum Written {
    /// It was written: what was done, and what to do next.
    Done(Vec<String>),
    /// This user may not; with these rights, which Windows can be asked for, it can be tried again.
    TakesRights(Box<ConfigPlan>),
    /// It was not.
    Not(Problem),
}

impl ConfigPlan {
    /// What these values would change in the config at `path`.
    ///
    /// # Errors
    /// Why they cannot be put there.
    pub(super) fn of(path: &Path, dongle: Dongle, values: ParameterSet) -> Result<Self, Problem> {
        let asked: Vec<_> = values.iter().map(|(p, value)| (p, i64::from(value))).collect();
        let request = Request { path, dongle, layout: None, values: &asked, agent_url: None };
        let plan = Plan::set(&request).map_err(|error| Problem::not_changed(&error))?;
        Ok(Self::new(path, dongle, values, plan))
    }

    /// Backs the config up, writes the change and reads it back.
    pub(super) fn write(self) -> Written {
        let replacement = self.plan.replacement();
        let written = match self.rights {
            Rights::Own => replacement.write().map_err(NotWritten::from),
            rights => std::env::current_exe()
                .map_err(|error| NotWritten::NoHelper(error.into()))
                .and_then(|program| helper::write_with(&program, rights, &replacement)),
        };
        written_or_asked(self, written, Rights::at_the_window())
    }

    fn new(path: &Path, dongle: Dongle, values: ParameterSet, plan: Plan) -> Self {
        let difference = similar::TextDiff::from_lines(plan.old_text(), plan.after().text());
        let mut lines = Vec::new();
        for hunk in difference.unified_diff().context_radius(3).iter_hunks() {
            for change in hunk.iter_changes() {
                let sign = match change.tag() {
                    similar::ChangeTag::Delete => '-',
                    similar::ChangeTag::Insert => '+',
                    similar::ChangeTag::Equal => ' ',
                };
                lines.push((sign, change.value().trim_end_matches(['\r', '\n']).to_owned()));
            }
        }
        let findings = plan.findings().iter().map(|finding| finding.message.clone()).collect();
        Self { lines, findings, rights: Rights::Own, path: path.to_owned(), values, dongle, plan }
    }

    /// Whether it is what would be written now: of this file, for this dongle, with these values.
    pub fn is_of(&self, path: &Path, dongle: Dongle, values: ParameterSet) -> bool {
        self.path == path && self.dongle == dongle && self.values == values
    }

    /// Whether there is nothing to write.
    pub fn is_unchanged(&self) -> bool {
        self.plan.is_unchanged()
    }
}

/// What a write came to; `greater` are the rights that can be asked for.
fn written_or_asked(
    plan: ConfigPlan,
    written: Result<nbe_config::Outcome, NotWritten>,
    greater: Option<Rights>,
) -> Written {
    match (written, greater) {
        (Ok(nbe_config::Outcome::Unchanged), _) => Written::Done(vec!["The file was already so.".into()]),
        (Ok(nbe_config::Outcome::Written { backup }), _) => {
            let mut words = vec![format!("Written and read back: {}", plan.path.display())];
            words.extend(backup.map(|old| format!("The old file is kept as {}", old.display())));
            words.extend(Place::of(&plan.path).next_steps().iter().map(|step| format!("Next: {step}.")));
            Written::Done(words)
        }
        (Err(NotWritten::File(error)), Some(rights))
            if error.obstacle == Obstacle::NoRights && plan.rights == Rights::Own =>
        {
            Written::TakesRights(Box::new(ConfigPlan { rights, ..plan }))
        }
        (Err(error), _) => Written::Not(Problem::not_written(&plan.path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::engine::parameters::Parameter;
    use crate::helper::NoHelper;
    use crate::nbe_config::FileError;

    fn plan(folder: &tempfile::TempDir) -> ConfigPlan {
        let path = folder.path().join("nbe.toml");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(b"agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n").unwrap();
        let values = [(Parameter::TapThreshold, -47)];
        let request =
            Request { path: &path, dongle: Dongle::Bluegiga, layout: None, values: &values, agent_url: None };
        let mut set = ParameterSet::default();
        set.set(Parameter::TapThreshold, -47).unwrap();
        ConfigPlan::new(&path, Dongle::Bluegiga, set, Plan::set(&request).unwrap())
    }

    fn no_rights(plan: &ConfigPlan) -> Result<nbe_config::Outcome, NotWritten> {
        Err(FileError::stated("cannot write", &plan.path, Obstacle::NoRights, "denied").into())
    }

    #[test]
    fn windows_is_asked_for_rights_once_and_only_after_the_person() {
        let folder = tempfile::tempdir().unwrap();
        let first = plan(&folder);
        let denied = no_rights(&first);
        let Written::TakesRights(again) = written_or_asked(first, denied, Some(Rights::Administrator)) else {
            panic!("the person is not asked");
        };
        assert_eq!(again.rights, Rights::Administrator);
        let denied = no_rights(&again);
        assert!(matches!(written_or_asked(*again, denied, Some(Rights::Administrator)), Written::Not(_)));
        let there_is_nobody = plan(&folder);
        let denied = no_rights(&there_is_nobody);
        assert!(matches!(written_or_asked(there_is_nobody, denied, None), Written::Not(_)));
    }

    #[test]
    fn a_no_to_windows_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Err(NoHelper::Refused(Rights::Administrator).into());
        let Written::Not(problem) = written_or_asked(plan(&folder), refused, Some(Rights::Administrator))
        else {
            panic!("it is written");
        };
        assert!(problem.what.contains("Windows did not let it run as an administrator"), "{}", problem.what);
        assert!(problem.what.ends_with("the file is as it was"), "{}", problem.what);
    }
}
