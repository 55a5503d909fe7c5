//! What would change in an `nbe.toml`, to be looked at; written only as it was shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::helper::{self, NotWritten, Rights};
use crate::nbe_config::{self, Obstacle, Place, Plan, Request, default_document_beside, effective};

use super::problem::Problem;

/// What is to be in a config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The values in use.
    pub values: ParameterSet,
    /// Those of them that were recommended, to whatever values.
    pub recommended: ParameterSet,
    /// Whether a parameter is written, where somebody chose.
    pub choices: BTreeMap<Parameter, bool>,
}

impl Wish {
    /// Whether a parameter is written that NBE has another value of. Where it is known which, one that
    /// stands here at its published default and that nothing was recommended for may never have been
    /// looked at.
    fn is_written(&self, difference: &Difference, dongle: Dongle) -> bool {
        let Difference { parameter, in_force, here, .. } = *difference;
        self.choices.get(&parameter).copied().unwrap_or_else(|| {
            in_force.is_none()
                || self.recommended.get(parameter) == Some(here)
                || parameter.published_default(dongle) != Some(here)
        })
    }
}

/// A parameter of which NBE has another value than the one in use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub parameter: Parameter,
    /// What NBE would use with the file as it is, where that is known.
    pub in_force: Option<i32>,
    /// What is in use here.
    pub here: i32,
    /// Whether that is written.
    pub is_written: bool,
}

/// A change of a config that can be looked at, and written.
#[derive(Debug)]
pub struct ConfigPlan {
    /// Where NBE has other values than those in use, whether they are written or not.
    pub differences: Vec<Difference>,
    /// The lines of the difference: `+`, `-` or a space, and the text.
    pub lines: Vec<(char, String)>,
    /// What the checker says of the file as it will be.
    pub findings: Vec<String>,
    /// With which rights it will be written: greater ones where ours have turned out too small.
    pub rights: Rights,
    path: PathBuf,
    wish: Wish,
    dongle: Dongle,
    plan: Plan,
    /// Why what is chosen cannot be written together.
    refused: Option<Problem>,
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
    /// What these values would change in the config at `path`. Keys whose value NBE uses anyway are
    /// not touched.
    ///
    /// # Errors
    /// Why they cannot be put there.
    pub(super) fn of(path: &Path, dongle: Dongle, wish: Wish) -> Result<Self, Problem> {
        let setting = |values: &[(Parameter, i64)]| {
            let request = Request { path, dongle, layout: None, values, agent_url: None };
            Plan::set(&request).map_err(|error| Problem::not_changed(&error))
        };
        let unchanged = setting(&[])?;
        let in_force = effective(unchanged.before(), default_document_beside(path).as_ref(), dongle);
        let differences = in_force.into_iter().filter_map(|now| {
            let here = wish.values.get(now.parameter).filter(|here| now.in_force() != Some(*here))?;
            let mut difference =
                Difference { parameter: now.parameter, in_force: now.in_force(), here, is_written: true };
            difference.is_written = wish.is_written(&difference, dongle);
            Some(difference)
        });
        let differences: Vec<_> = differences.collect();
        let written = differences.iter().filter(|d| d.is_written).map(|d| (d.parameter, d.here.into()));
        let (plan, refused) = match setting(&written.collect::<Vec<_>>()) {
            Ok(plan) => (plan, None),
            Err(problem) => (unchanged, Some(problem)),
        };
        Ok(Self { differences, refused, ..Self::new(path, dongle, wish, plan) })
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

    fn new(path: &Path, dongle: Dongle, wish: Wish, plan: Plan) -> Self {
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
        let (differences, path) = (Vec::new(), path.to_owned());
        Self { differences, lines, findings, rights: Rights::Own, path, wish, dongle, plan, refused: None }
    }

    /// Whether it is of this file, for this dongle, with these values.
    pub fn is_of(&self, path: &Path, dongle: Dongle, values: ParameterSet) -> bool {
        self.path == path && self.dongle == dongle && self.wish.values == values
    }

    /// Whether it is what would be written now, and not what was chosen before.
    pub fn is_wished(&self, wish: &Wish) -> bool {
        self.wish == *wish
    }

    /// Why what is chosen cannot be written together, where that is so.
    pub fn refused(&self) -> Option<&Problem> {
        self.refused.as_ref()
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
    use crate::helper::NoHelper;
    use crate::nbe_config::FileError;

    fn plan(folder: &tempfile::TempDir) -> ConfigPlan {
        let path = folder.path().join("nbe.toml");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(b"agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n").unwrap();
        let values = [(Parameter::TapThreshold, -47)];
        let request =
            Request { path: &path, dongle: Dongle::Bluegiga, layout: None, values: &values, agent_url: None };
        ConfigPlan::new(&path, Dongle::Bluegiga, Wish::default(), Plan::set(&request).unwrap())
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
    fn only_what_was_tuned_or_chosen_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        let text = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n[dongle.bluegiga]\nrssi_tap_threshold = -50\nrssi_cutoff_close = -64\n";
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let mut wish = Wish { values: ParameterSet::published(Dongle::Bluegiga), ..Wish::default() };
        wish.values.set(Parameter::WindowTap, 8).unwrap();
        let planned = |wish: &Wish| ConfigPlan::of(&path, Dongle::Bluegiga, wish.clone()).unwrap();
        let written = |plan: &ConfigPlan| {
            let written = plan.differences.iter().filter(|d| d.is_written);
            written.map(|d| (d.parameter, d.in_force, d.here)).collect::<Vec<_>>()
        };
        let by_hand = planned(&wish);
        assert_eq!(written(&by_hand), [(Parameter::WindowTap, Some(10), 8)]);
        assert_eq!(by_hand.differences.len(), 3, "the file's own threshold and cutoff are named");
        assert_eq!(by_hand.plan.after().text(), format!("{text}rssi_window_tap = 8\n"));
        wish.recommended.set(Parameter::TapThreshold, -42).unwrap();
        wish.choices.insert(Parameter::WindowTap, false);
        let recommended = planned(&wish);
        assert_eq!(written(&recommended), [(Parameter::TapThreshold, Some(-50), -42)]);
        assert!(!by_hand.is_wished(&wish) && recommended.is_wished(&wish));
        // Alone the threshold would lie beyond the file's cutoff; with it both can be chosen.
        wish.values.set(Parameter::TapThreshold, -66).unwrap();
        wish.recommended.set(Parameter::TapThreshold, -66).unwrap();
        let refused = planned(&wish);
        assert!(refused.refused().is_some() && refused.is_unchanged() && refused.differences.len() == 3);
        wish.choices.insert(Parameter::CutoffClose, true);
        assert!(planned(&wish).refused().is_none());
    }

    #[test]
    fn a_threshold_that_is_not_set_is_written_for_the_guide_disagrees_on_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        let text =
            "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n[dongle.bluegiga]\nrssi_window_tap = 10\n";
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let wish = Wish { values: ParameterSet::published(Dongle::Bluegiga), ..Wish::default() };
        let plan = ConfigPlan::of(&path, Dongle::Bluegiga, wish).unwrap();
        let threshold =
            Difference { parameter: Parameter::TapThreshold, in_force: None, here: -42, is_written: true };
        assert_eq!(plan.differences, [threshold]);
        assert_eq!(plan.plan.after().text(), format!("{text}rssi_tap_threshold = -42\n"));
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
