//! Whether a tap on an NFC reader went as the vendor's guide wants it.

use std::fmt;

use super::reader_watch::OnReader;
use super::severity::Severity;
use crate::drivers::nfc::Outcome;
use crate::tap_quality::HOLD_MS;

/// What a person can do at once about a band that was taken away too early.
const HOLD: &str = "hold the band on the reader for at least 1 second";

/// What is wrong with a tap on a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderProblem {
    /// It ended so.
    Went(Outcome),
    /// No reader saw anything.
    SawNothing,
    /// A reader was gone, and none saw anything.
    Lost,
    /// It was seen so often.
    Several(usize),
    /// The band lay there still when the repeat ended.
    StillThere,
    /// It went well, but was held for so many ms only.
    Short(u64),
}

impl ReaderProblem {
    /// For scripts and logs: an outcome's is that of recordings.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Went(outcome) => outcome.name(),
            Self::SawNothing => "reader-saw-nothing",
            Self::Lost => "reader-lost",
            Self::Several(_) => "several-taps",
            Self::StillThere => "still-there",
            Self::Short(_) => "short-hold",
        }
    }

    /// Whether the repeat counts nonetheless.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Short(_) => Severity::Warning,
            _ => Severity::Refusal,
        }
    }

    /// Whether a reader that saves power or polls slowly may be why.
    pub(super) fn is_slow(&self) -> bool {
        match self {
            Self::Went(outcome) => matches!(outcome, Outcome::LeftEarly | Outcome::Mute | Outcome::Missed),
            Self::SawNothing => true,
            Self::Lost | Self::Several(_) | Self::StillThere | Self::Short(_) => false,
        }
    }

    /// In a few words.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Went(outcome) => outcome.words(),
            Self::SawNothing => "the reader saw nothing",
            Self::Lost => Outcome::Host.words(),
            Self::Several(_) => "more than one tap",
            Self::StillThere => "not taken away",
            Self::Short(_) => "held too short",
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::Went(outcome) => outcome.cause().to_owned(),
            Self::SawNothing => {
                "the band did not come into its field, or the reader saves power or polls slowly".to_owned()
            }
            Self::Lost => Outcome::Host.cause().to_owned(),
            Self::Several(taps) => {
                format!(
                    "the reader saw {taps} taps; the band left its field in between, or was laid on it again"
                )
            }
            Self::StillThere => "the band lay on the reader when the repeat ended".to_owned(),
            Self::Short(ms) => format!("{ms} ms of the {HOLD_MS} that the guide asks for"),
        }
    }

    /// What to do. What the guide wants changed at the reader is said once for all taps, by
    /// [`ReaderTaps`](super::ReaderTaps).
    pub fn remedy(&self) -> &'static str {
        let of = |outcome: Outcome| outcome.remedy().unwrap_or_default();
        match self {
            Self::Went(Outcome::LeftEarly) | Self::Short(_) => HOLD,
            Self::Went(outcome) => of(*outcome),
            Self::SawNothing => {
                "lay the band flat on the middle of the reader; where that happens after a rest, turn off the reader's power saving (tapbench doctor, tapbench nfc check)"
            }
            Self::Lost => of(Outcome::Host),
            Self::Several(_) => "hold the band still on the reader, once for each cue",
            Self::StillThere => "take the band away after a second, and tap again",
        }
    }
}

impl fmt::Display for ReaderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. What to do: {}", self.words(), self.cause(), self.remedy())
    }
}

/// What is wrong with a repeat, worst first; empty where it counts without reserve. An outcome that
/// no recorder of ours writes counts as one that is not known to have gone well.
pub fn reader_problems(seen: &OnReader) -> Vec<ReaderProblem> {
    let mut problems: Vec<_> = seen
        .taps
        .iter()
        .map(|tap| tap.known_outcome().unwrap_or(Outcome::Mute))
        .filter(|outcome| *outcome != Outcome::Ok)
        .map(ReaderProblem::Went)
        .collect();
    problems.sort_by_key(|problem| problem.code());
    problems.dedup();
    match seen.taps.as_slice() {
        [] if seen.lies => problems.push(ReaderProblem::StillThere),
        [] if seen.is_lost => problems.push(ReaderProblem::Lost),
        [] => problems.push(ReaderProblem::SawNothing),
        [tap] if !seen.lies => {
            let short_ms = tap.dwell_ms.filter(|ms| *ms < HOLD_MS && problems.is_empty());
            problems.extend(short_ms.map(ReaderProblem::Short));
        }
        taps => problems.push(ReaderProblem::Several(taps.len() + usize::from(seen.lies))),
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tap_quality::Tap;

    fn tap(outcome: &str, dwell_ms: Option<u64>) -> Tap {
        Tap { outcome: Some(outcome.to_owned()), dwell_ms, ..Tap::default() }
    }

    fn codes(taps: &[Tap], lies: bool, is_lost: bool) -> Vec<&'static str> {
        let seen = OnReader { taps: taps.to_vec(), lies, is_lost, is_rested: false };
        reader_problems(&seen).iter().map(ReaderProblem::code).collect()
    }

    #[test]
    fn one_good_tap_of_a_second_counts_and_all_else_has_its_code() {
        let ok = || tap("ok", Some(1000));
        assert_eq!(codes(&[ok()], false, false), [""; 0]);
        assert_eq!(codes(&[ok()], false, true), [""; 0], "another reader may be gone");
        assert_eq!(codes(&[tap("ok", Some(999))], false, false), ["short-hold"]);
        for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ok) {
            assert_eq!(codes(&[tap(outcome.name(), Some(20))], false, false), [outcome.name()]);
        }
        assert_eq!(codes(&[tap("odd", Some(2000))], false, false), ["mute"]);
        assert_eq!(codes(&[], false, false), ["reader-saw-nothing"]);
        assert_eq!(codes(&[], false, true), ["reader-lost"]);
        assert_eq!(codes(&[], true, false), ["still-there"]);
        assert_eq!(codes(&[ok(), ok()], false, false), ["several-taps"]);
        assert_eq!(codes(&[ok()], true, false), ["several-taps"]);
        assert_eq!(codes(&[tap("mute", Some(5)), ok()], false, false), ["mute", "several-taps"]);
    }

    #[test]
    fn each_problem_says_what_why_and_what_to_do() {
        let went = Outcome::ALL.into_iter().filter(|o| *o != Outcome::Ok).map(ReaderProblem::Went);
        let others = [
            ReaderProblem::SawNothing,
            ReaderProblem::Lost,
            ReaderProblem::Several(2),
            ReaderProblem::StillThere,
            ReaderProblem::Short(300),
        ];
        for problem in went.chain(others) {
            let text = problem.to_string();
            assert!(text.starts_with(problem.words()) && !problem.remedy().is_empty(), "{text}");
            let is_warning = problem.severity() == Severity::Warning;
            assert_eq!(is_warning, matches!(problem, ReaderProblem::Short(_)));
        }
    }
}
