//! What a calibration's taps on an NFC reader say of it: how many went well, after a rest and sooner,
//! how long bands were held, and what to do where some failed. In words, for window and report.

use std::collections::BTreeMap;

use super::reader_gate::ReaderProblem;
use super::severity::Severity;
use super::tries::Try;
use crate::tap_quality::{HOLD_MS, Rate, Unread};

/// What the guide wants changed at a reader that misses taps: where one was [`ReaderProblem::is_slow`].
const SETTINGS: &str = "let the reader be as the guide wants it: 41 Hz, ISO 14443 A only (tapbench nfc configure, or \"Set as the guide wants\" under \"NFC taps\")";
/// What to do about one that sleeps.
const SLEEPS: &str =
    "turn off the reader's power saving (tapbench doctor), since only taps after a rest failed";

/// Figures over tries.
#[derive(Clone, Debug, Default)]
pub struct ReaderTaps {
    /// All tries, those that were refused and done again too.
    pub all: Rate,
    /// Those after the reader was left alone for 30 s or more.
    pub after_rest: Rate,
    /// Those that followed sooner.
    pub back_to_back: Rate,
    /// Those that went well without being known to have been read.
    pub unread: Unread,
    /// How long bands were held, in ms, in order.
    held_ms: Vec<u64>,
    /// Why tries did not count, and how many.
    refusals: BTreeMap<&'static str, (ReaderProblem, u64)>,
}

impl ReaderTaps {
    /// Of tries; `None` where none was asked for.
    pub fn of<'t>(tries: impl IntoIterator<Item = &'t Try>) -> Option<Self> {
        let mut taps = Self::default();
        tries.into_iter().for_each(|each| taps.add(each));
        taps.held_ms.sort_unstable();
        (taps.all.taps > 0).then_some(taps)
    }

    fn add(&mut self, each: &Try) {
        let is_ok = each.is_ok();
        self.all.add(is_ok);
        if each.seen.is_rested { &mut self.after_rest } else { &mut self.back_to_back }.add(is_ok);
        if is_ok {
            each.seen.taps.iter().for_each(|tap| self.unread.add(tap));
        }
        self.held_ms.extend(each.seen.taps.iter().filter_map(|tap| tap.dwell_ms));
        for problem in each.problems.iter().filter(|problem| problem.severity() == Severity::Refusal) {
            self.refusals.entry(problem.code()).or_insert((*problem, 0)).1 += 1;
        }
    }

    /// Whether all went well.
    pub fn is_ok(&self) -> bool {
        self.all.ok == self.all.taps
    }

    /// How many went well, in a sentence.
    pub fn headline(&self) -> String {
        format!("{} of {} taps on the reader went well.", self.all.ok, self.all.taps)
    }

    /// The figures, a sentence each.
    pub fn figures(&self) -> Vec<String> {
        let all = format!("Taps on the reader: {}", self.all.words());
        let apart = Rate::apart(self.after_rest, self.back_to_back);
        let mut words: Vec<_> = [all].into_iter().chain(self.unread.words()).chain(apart).collect();
        if let (Some(shortest), Some(middle)) =
            (self.held_ms.first(), self.held_ms.get(self.held_ms.len() / 2))
        {
            let short = self.held_ms.iter().filter(|ms| **ms < HOLD_MS).count();
            words.push(format!(
                "Held: {middle} ms as a rule, {shortest} ms at least; {short} for less than 1 s"
            ));
        }
        words
    }

    /// Why some failed, and how many; empty where all went well.
    pub fn failures(&self) -> Vec<String> {
        let of = self.all.taps;
        let each = self.refusals.values();
        each.map(|(problem, count)| format!("Not ok, {}: {count} of {of}", problem.words())).collect()
    }

    /// What to do about it; empty where all went well.
    pub fn remedies(&self) -> Vec<&'static str> {
        let mut remedies: Vec<_> = self.refusals.values().map(|(problem, _)| problem.remedy()).collect();
        let [rested, sooner] = [self.after_rest, self.back_to_back];
        let sleeps = rested.ok < rested.taps && sooner.taps > 0 && sooner.ok == sooner.taps;
        remedies.extend(sleeps.then_some(SLEEPS));
        let is_slow = self.refusals.values().any(|(problem, _)| problem.is_slow());
        remedies.extend(is_slow.then_some(SETTINGS));
        remedies.dedup();
        remedies
    }
}
