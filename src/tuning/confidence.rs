//! What so many repeats prove and what not, in sentences.

use super::statistics::{binomial_interval_95, still_allowed_95};
use super::totals::Counts;

/// Of the counts of a pair over `no_taps` `no_tap` segments. Empty where nothing was tried.
pub fn what_repeats_prove(counts: &Counts, no_taps: u64) -> Vec<String> {
    let taps = counts.hit + counts.missed;
    let mut texts = Vec::new();
    if taps > 0 {
        texts.push(rate(counts.missed, taps, "misses", "tap repeats", "miss rate"));
    }
    if no_taps > 0 {
        texts.push(rate(
            counts.false_taps.min(no_taps),
            no_taps,
            "false taps",
            "repeats without a tap",
            "false-tap rate",
        ));
    }
    if !texts.is_empty() {
        texts.push(
            "Repeats prove only what was repeated: this band, these grips and places, this room on that day. Other people, other furniture and other adapters are not in these numbers.".to_owned(),
        );
    }
    texts
}

fn rate(errors: u64, count: u64, what: &str, of: &str, rate: &str) -> String {
    if errors == 0 {
        let allowed = still_allowed_95(count) * 100.0;
        return format!(
            "0 {what} in {count} {of} still allow a {rate} of {allowed:.0} % at 95 % confidence; they prove no lower one."
        );
    }
    let [low, high] = binomial_interval_95(errors, count).map(|end| end * 100.0);
    format!(
        "{errors} {what} in {count} {of}: the {rate} lies between {low:.0} and {high:.0} % at 95 % confidence."
    )
}
