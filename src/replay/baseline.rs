//! What was true before: each segment's verdict, kept in a file, so that CI fails only on what
//! has become worse.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::segments::JudgedSegment;

/// The verdicts of an earlier replay, by recording and segment id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of this file's format; 1.
    tapbench_baseline: u32,
    recordings: BTreeMap<String, BTreeMap<u64, Entry>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    intent: String,
    verdict: String,
    severity: u32,
}

/// Why a baseline file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not one of ours.
    #[error("not a baseline file: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Of a later tool.
    #[error("version {0} of the baseline format: this tool reads version 1")]
    Version(u32),
}

/// A segment that does worse than before, or that is new and does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worse {
    /// The segment.
    pub id: u64,
    /// What the baseline says; `None` where it does not know the segment.
    pub before: Option<String>,
    /// What it is now.
    pub now: &'static str,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { tapbench_baseline: 1, recordings: BTreeMap::new() }
    }
}

impl Baseline {
    /// From the file's text.
    pub fn parse(text: &[u8]) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_slice(text)?;
        if baseline.tapbench_baseline == 1 {
            Ok(baseline)
        } else {
            Err(BaselineError::Version(baseline.tapbench_baseline))
        }
    }

    /// As the file's text.
    pub fn to_text(&self) -> Result<String, BaselineError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Takes a recording's verdicts. Paths are kept with `/`, so that one file serves every system.
    pub fn insert(&mut self, recording: &str, segments: &[JudgedSegment]) {
        let entries = segments.iter().filter(|s| s.judged).map(|s| {
            let verdict = s.verdict();
            let entry = Entry {
                intent: s.segment.intent.name().to_owned(),
                verdict: verdict.word().to_owned(),
                severity: verdict.severity(),
            };
            (s.segment.id, entry)
        });
        self.recordings.insert(key(recording), entries.collect());
    }

    /// The segments that do worse than this baseline says.
    pub fn worse(&self, recording: &str, segments: &[JudgedSegment]) -> Vec<Worse> {
        let known = self.recordings.get(&key(recording));
        let judged = segments.iter().filter(|s| s.judged);
        judged
            .filter_map(|s| {
                let before = known.and_then(|entries| entries.get(&s.segment.id));
                let verdict = s.verdict();
                (verdict.severity() > before.map_or(0, |b| b.severity)).then(|| Worse {
                    id: s.segment.id,
                    before: before.map(|b| b.verdict.clone()),
                    now: verdict.word(),
                })
            })
            .collect()
    }
}
/// One name for `a/b`, `a\b` and `./a/b`.
fn key(recording: &str) -> String {
    let path = recording.replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}
