//! `--check` and `--baseline`: whether the replay passes.

use std::path::{Path, PathBuf};

use super::Replayed;
use crate::cli::{Exit, Failure, Terminal};
use crate::engine::Rules;
use crate::replay::{Baseline, Summary, Verdict};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Verdict")]
pub(super) struct CheckArgs {
    /// Exit 1 unless every segment's demand holds
    #[arg(long)]
    check: bool,
    /// Tolerate this many missed taps (implies --check)
    #[arg(long, value_name = "N")]
    max_missed: Option<u64>,
    /// Tolerate this many false taps (implies --check)
    #[arg(long, value_name = "N")]
    max_false: Option<u64>,
    /// Let --check pass where no segment makes a demand
    #[arg(long)]
    allow_unlabelled: bool,
    /// Exit 1 only for segments that do worse than this file says
    #[arg(long, value_name = "FILE", conflicts_with_all = ["max_missed", "max_false"])]
    baseline: Option<PathBuf>,
    /// Write the present verdicts into the baseline file
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
}

impl CheckArgs {
    pub(super) fn verdict(
        &self,
        replayed: &[Replayed],
        summary: &Summary,
        rules: &Rules,
        terminal: &Terminal,
    ) -> Result<Exit, Failure> {
        let demands = replayed.iter().flat_map(|r| &r.outcome.segments).filter(|s| s.judged).count();
        let checks = self.check || self.max_missed.is_some() || self.max_false.is_some();
        let judges = checks || (self.baseline.is_some() && !self.update_baseline);
        if judges && demands == 0 && !self.allow_unlabelled && !replayed.is_empty() {
            return Err(Failure::bad_input("nothing to check: no segment makes a demand")
                .remedy("label segments with tapbench mark, or pass --allow-unlabelled"));
        }
        let by_baseline = match &self.baseline {
            Some(path) => self.baseline(path, replayed, terminal)?,
            None => Exit::Done,
        };
        // With a baseline, only what became worse counts.
        if !checks || self.baseline.is_some() {
            return Ok(by_baseline);
        }
        let missed_ok = summary.missed <= self.max_missed.unwrap_or(0);
        let false_ok = summary.false_taps <= self.max_false.unwrap_or(0);
        let mut exit = Exit::Done;
        for r in replayed {
            for judged in &r.outcome.segments {
                let tolerated = match judged.verdict() {
                    Verdict::Held => true,
                    Verdict::Missed => missed_ok,
                    Verdict::FalseTaps(_) => false_ok,
                    Verdict::Double | Verdict::Failed => false,
                };
                if let (false, Some(why)) = (tolerated, judged.explain(rules)) {
                    let segment = &judged.segment;
                    terminal.did_not_hold(format!(
                        "{}: segment {} ({}): {why}",
                        r.path,
                        segment.id,
                        segment.intent.name()
                    ));
                    exit = Exit::DidNotHold;
                }
            }
        }
        Ok(exit)
    }

    /// The baseline to hold the verdicts against, where one is named and there.
    pub(super) fn known(&self, replayed: &[Replayed]) -> Result<Option<Baseline>, Failure> {
        let Some(path) = &self.baseline else { return Ok(None) };
        let Some(text) = super::read_option_file(path)? else { return Ok(None) };
        let bad = |e| Failure::bad_input(format!("{}: {e}", path.display()));
        let mut baseline = Baseline::parse(&text).map_err(bad)?;
        // What is taken in anew is that of the paths that were given.
        if !self.update_baseline {
            baseline.align(replayed.iter().map(|r| r.path.as_str()));
        }
        Ok(Some(baseline))
    }

    fn baseline(&self, path: &Path, replayed: &[Replayed], terminal: &Terminal) -> Result<Exit, Failure> {
        let bad = |what: String| Failure::bad_input(format!("{}: {what}", path.display()));
        let known = self.known(replayed)?;
        if self.update_baseline {
            let mut baseline = known.unwrap_or_default();
            for r in replayed {
                baseline.insert(&r.path, &r.outcome.segments);
            }
            let text = baseline.to_text().map_err(|e| bad(e.to_string()))?;
            crate::cli::output::replace(path, text.as_bytes())?;
            terminal.note(format!("{}: baseline written", path.display()));
            return Ok(Exit::Done);
        }
        let Some(known) = known else {
            return Err(bad("there is no such baseline".into()).remedy("--update-baseline writes it"));
        };
        if let Some((now, then)) = known.renamed().next() {
            let also = match known.renamed().count() - 1 {
                0 => String::new(),
                others => format!(", and {others} more likewise"),
            };
            terminal.note(format!("{}: {now} is held against its {then}{also}", path.display()));
        }
        let mut exit = Exit::Done;
        let mut strangers = Vec::new();
        for r in replayed {
            let all_worse = known.worse(&r.path, &r.outcome.segments);
            if !all_worse.is_empty() && !known.knows(&r.path) {
                strangers.push(r.path.as_str());
            }
            for worse in all_worse {
                let before = worse.before.as_deref().unwrap_or("not in the baseline");
                terminal.did_not_hold(format!(
                    "{}: segment {}: {} (before: {before})",
                    r.path, worse.id, worse.now
                ));
                exit = Exit::DidNotHold;
            }
        }
        if let (Some(stranger), Some(other)) = (strangers.first(), known.paths().next()) {
            terminal.warn(format!(
                "{}: it does not know {stranger}, but knows {other}, for example: name recordings by the paths that they had then, or take in new ones with --update-baseline",
                path.display()
            ));
        }
        Ok(exit)
    }
}
