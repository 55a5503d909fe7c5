//! The verdict on one recording under the values in use.

use crate::engine::{MissingParameters, Rules};
use crate::recording::ReadError;
use crate::replay::{self, Filter, JudgedSegment, Summary, Verdict};

use super::problem::Problem;
use super::read;

/// Reasons that are kept of one recording.
const REASONS: usize = 8;

/// The verdict on one recording.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The counts.
    pub summary: Summary,
    /// Why segments did not hold, the first few.
    pub reasons: Vec<String>,
    /// Segments that did not hold.
    pub failed: usize,
}

impl Judgement {
    /// Of a replay by these rules.
    pub fn of(summary: Summary, segments: &[JudgedSegment], rules: &Rules) -> Self {
        let failed: Vec<_> = segments.iter().filter(|s| s.judged && s.verdict() != Verdict::Held).collect();
        let reason = |segment: &&JudgedSegment| {
            let why = segment.explain(rules).unwrap_or_default();
            format!(
                "segment {}, {}: {why}",
                segment.segment.id,
                segment.segment.intent.name().replace('_', " ")
            )
        };
        Self { summary, reasons: failed.iter().take(REASONS).map(reason).collect(), failed: failed.len() }
    }

    /// Of the recording at `path`, as long as that is asked for.
    ///
    /// # Errors
    /// When it cannot be read or decided, or when it was judged for nothing.
    pub(super) fn read(path: &str, rules: &Rules, is_current: impl Fn() -> bool) -> Result<Self, Stopped> {
        let mut reader = read::reader(path).map_err(Stopped::Problem)?;
        let outcome = replay::run::<_, Ended>(&mut reader, rules, &Filter::default(), |_, _| {
            if is_current() { Ok(()) } else { Err(Ended::Outdated) }
        });
        match outcome {
            Ok(outcome) if is_current() => Ok(Self::of(outcome.summary, &outcome.segments, rules)),
            Ok(_) | Err(Ended::Outdated) => Err(Stopped::Outdated),
            Err(Ended::Read(error)) => Err(Stopped::Problem(Problem::unreadable(path, &error))),
            Err(Ended::Missing(missing)) => Err(Stopped::Problem(
                Problem::new(format!("nothing is decided: {missing}")).remedy("set it in the tune pane"),
            )),
        }
    }
}

/// Why there is no verdict.
pub(super) enum Stopped {
    /// It is asked for no longer, or by other rules.
    Outdated,
    /// The recording cannot be read or decided.
    Problem(Problem),
}

/// Why a replay ended before its time.
enum Ended {
    Read(ReadError),
    Missing(MissingParameters),
    Outdated,
}

impl From<ReadError> for Ended {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<MissingParameters> for Ended {
    fn from(missing: MissingParameters) -> Self {
        Self::Missing(missing)
    }
}
