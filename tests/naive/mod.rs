//! A second, deliberately naive NBE model, written from the documents alone: it keeps every
//! sample, adds every window up from scratch and looks at every pair at every step. Slow, and easy
//! to hold against `docs/nbe-model.md` sentence by sentence.

pub mod generate;
pub mod model;
pub mod recording;
pub mod verdict;

use recording::Recording;
use tapbench::engine::Rules;

/// What the naive model says `replay --format jsonl` must print, line by line, without `\n`.
pub fn replay(recording: &Recording, rules: &Rules, filter: &Filter) -> Vec<String> {
    let events = model::decide(recording, rules, filter);
    let mut lines: Vec<String> = events.iter().map(|event| verdict::event_line(event, recording)).collect();
    lines.push(verdict::summary_line(&events, recording, rules, filter));
    lines
}

/// What `--band` and `--source` name; empty: all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Bands.
    pub bands: Vec<String>,
    /// Sources.
    pub sources: Vec<String>,
}

impl Filter {
    /// "All bands are evaluated unless `--band`/`--source` name some."
    pub fn evaluates(&self, source: &str, band: &str) -> bool {
        (self.sources.is_empty() || self.sources.iter().any(|s| s == source))
            && (self.bands.is_empty() || self.bands.iter().any(|b| b == band))
    }
}
