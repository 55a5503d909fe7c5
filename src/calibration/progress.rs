//! How far a calibration is: where in the plan, and what need not be done again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::session::StepMark;

/// Where in the plan; both count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The step.
    pub step: usize,
    /// The repeat within it.
    pub repeat: usize,
}

/// A repeat that need not be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// From 1, as in the marks.
    pub step: u16,
    /// From 1, as in the marks.
    pub repeat: u16,
    /// Left out by the operator; marks do not tell, so it is asked for again after a crash.
    pub skipped: bool,
}

impl Done {
    /// The repeat whose mark this line of a recording is, where it is a calibration's.
    pub(super) fn marked(line: &[u8]) -> Option<Self> {
        let keys: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let (step, repeat) = StepMark::numbers_in(keys.get("note")?.as_str()?)?;
        Some(Self { step, repeat, skipped: false })
    }

    pub(super) fn accepted(at: Position) -> Self {
        let number = |n: usize| u16::try_from(n + 1).unwrap_or(u16::MAX);
        Self { step: number(at.step), repeat: number(at.repeat), skipped: false }
    }

    pub(super) fn skipped(at: Position) -> Self {
        Self { skipped: true, ..Self::accepted(at) }
    }

    pub(super) fn is_at(&self, step: usize, repeat: usize) -> bool {
        usize::from(self.step) == step + 1 && usize::from(self.repeat) == repeat + 1
    }
}
