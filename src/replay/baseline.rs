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
    /// Paths as they are given now whose recordings the file knows by another: see [`Self::align`].
    #[serde(skip)]
    otherwise: BTreeMap<String, String>,
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
        Self { tapbench_baseline: 1, recordings: BTreeMap::new(), otherwise: BTreeMap::new() }
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

    /// Finds the recordings of a replay that was started in another folder than the one in which the
    /// file was written: one path is then the tail of the other. Where several could be meant, none is.
    pub fn align<'p>(&mut self, recordings: impl IntoIterator<Item = &'p str>) {
        let (known, unknown): (Vec<_>, Vec<_>) =
            recordings.into_iter().map(key).partition(|path| self.recordings.contains_key(path));
        let free: Vec<_> = self.recordings.keys().filter(|path| !known.contains(path)).collect();
        let only = |mut candidates: Vec<String>| candidates.pop().filter(|_| candidates.is_empty());
        let meant = |path: &String| {
            let of = |path: &str, others: &mut dyn Iterator<Item = &String>| {
                only(others.filter(|other| is_tail(path, other)).cloned().collect())
            };
            let found = of(path, &mut free.iter().copied())?;
            (of(&found, &mut unknown.iter())? == *path).then_some((path.clone(), found))
        };
        self.otherwise = unknown.iter().filter_map(meant).collect();
    }

    /// Whether it has this recording.
    pub fn knows(&self, recording: &str) -> bool {
        self.recordings.contains_key(&self.key(recording))
    }

    /// The paths by which it knows recordings.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.recordings.keys().map(String::as_str)
    }

    /// Paths as they are given now, and those by which it knows them.
    pub fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.otherwise.iter().map(|(now, then)| (now.as_str(), then.as_str()))
    }

    fn key(&self, recording: &str) -> String {
        let path = key(recording);
        self.otherwise.get(&path).cloned().unwrap_or(path)
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
        let known = self.recordings.get(&self.key(recording));
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

/// One name for `a/b`, `a\b`, `./a/b` and `c/../a/b`.
fn key(recording: &str) -> String {
    let path = recording.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for (place, part) in path.split('/').enumerate() {
        match part {
            "." => {}
            "" if place > 0 => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, "" | "..")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether one path is the other's tail, whole names of folders and files compared.
fn is_tail(a: &str, b: &str) -> bool {
    let from_here = |path: &str| path.trim_start_matches("../").to_owned();
    let (a, b) = (from_here(a), from_here(b));
    let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
    long.strip_suffix(&short).is_some_and(|head| head.is_empty() || head.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(known: &[&str], now: &[&str]) -> Vec<Option<String>> {
        let recordings = known.iter().map(|path| (key(path), BTreeMap::new())).collect();
        let mut baseline = Baseline { recordings, ..Baseline::default() };
        baseline.align(now.iter().copied());
        now.iter().map(|path| baseline.knows(path).then(|| baseline.key(path))).collect()
    }

    #[test]
    fn a_recording_is_found_from_another_folder_where_no_other_can_be_meant() {
        let traces = ["traces/a.jsonl", "traces/b.jsonl"];
        let found: Vec<_> = traces.iter().map(|path| Some((*path).to_owned())).collect();
        for now in [
            ["rev/qa/traces/a.jsonl", "rev/qa/traces/b.jsonl"],
            ["a.jsonl", "b.jsonl"],
            ["../traces/a.jsonl", "..\\traces\\b.jsonl"],
            ["/qa/x/../traces/a.jsonl", "C:\\qa\\traces\\b.jsonl"],
        ] {
            assert_eq!(aligned(&traces, &now), found, "{now:?}");
        }
        assert_eq!(aligned(&["ward-1/a.jsonl"], &["ward-2/a.jsonl"]), [None], "another folder's");
        assert_eq!(aligned(&["ward-1/a.jsonl"], &["rd-1/a.jsonl"]), [None], "half a name");
        assert_eq!(aligned(&["ward-1/a.jsonl", "ward-2/a.jsonl"], &["a.jsonl"]), [None], "either of two");
        assert_eq!(aligned(&["a.jsonl"], &["ward-1/a.jsonl", "ward-2/a.jsonl"]), [None, None], "for either");
        // One that is there by its own name is no other's.
        assert_eq!(aligned(&["a.jsonl"], &["a.jsonl", "ward-2/a.jsonl"]), [Some("a.jsonl".to_owned()), None]);
    }
}
