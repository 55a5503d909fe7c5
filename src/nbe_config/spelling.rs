//! Key names that people copy wrongly, and the one that NBE knows.

use crate::engine::parameters::{Dongle, Parameter};

/// Spellings in the guide's own text that are farther from the right name than [`MAX_EDITS`].
const KNOWN_MISTAKES: [(&str, Parameter); 5] = [
    ("rss_i_rssi_tap_threshold", Parameter::TapThreshold),
    ("rss_i_rssi_window_tap", Parameter::WindowTap),
    ("rss_i_rssi_window_long", Parameter::WindowLong),
    ("rss_i_rssi_cutoff_close", Parameter::CutoffClose),
    ("rss_i_rssi_cutoff_far", Parameter::CutoffFar),
];

/// How many letters may be wrong, missing or too many in a near miss.
const MAX_EDITS: usize = 2;

/// The parameter that `key` is a misspelling of; `None` for the right names and for all others.
/// Capitals are a misspelling too: NBE's keys are in small letters.
pub fn near_miss(key: &str) -> Option<Parameter> {
    if Parameter::from_key(key).is_some() {
        return None;
    }
    let small = key.to_ascii_lowercase();
    if let Some((_, parameter)) = KNOWN_MISTAKES.iter().find(|(wrong, _)| *wrong == small) {
        return Some(*parameter);
    }
    nearest(&small, Parameter::ALL.map(|p| (p.key(), p)))
}

/// The dongle whose table's name `name` is a misspelling of, capitals included.
pub fn near_miss_of_dongle(name: &str) -> Option<Dongle> {
    if Dongle::ALL.iter().any(|dongle| dongle.name() == name) {
        return None;
    }
    nearest(&name.to_ascii_lowercase(), Dongle::ALL.map(|d| (d.name(), d)))
}

/// Whether `key` may be meant to be `name`, which it is not.
pub fn resembles(key: &str, name: &str) -> bool {
    key != name && nearest(&key.to_ascii_lowercase(), [(name, ())]).is_some()
}

fn nearest<T, const N: usize>(key: &str, names: [(&str, T); N]) -> Option<T> {
    names
        .into_iter()
        .filter_map(|(name, what)| Some((edits(key, name)?, what)))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, what)| what)
}

/// Levenshtein distance, where it is at most [`MAX_EDITS`].
fn edits(a: &str, b: &str) -> Option<usize> {
    if a.len().abs_diff(b.len()) > MAX_EDITS * 4 {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().filter(|&edits| edits <= MAX_EDITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_misspellings_lead_to_the_right_key() {
        for (wrong, right) in [
            ("rss_i_window_tap", Parameter::WindowTap),
            ("rss_i_window_long", Parameter::WindowLong),
            ("rss_i_tap_threshold", Parameter::TapThreshold),
            ("rss_i_cutoff_close", Parameter::CutoffClose),
            ("rss_i_cutoff_far", Parameter::CutoffFar),
            ("rssi_windows_tap", Parameter::WindowTap),
            ("rss_i_windows_tap", Parameter::WindowTap),
            ("RSSI_WINDOWS_TAP", Parameter::WindowTap),
            ("rss_i_rssi_tap_threshold", Parameter::TapThreshold),
            ("RSSI_WINDOW_TAP", Parameter::WindowTap),
            ("rssi_treshold_tap", Parameter::TapThreshold),
            ("rssi-window-long", Parameter::WindowLong),
        ] {
            if wrong == "rssi_treshold_tap" {
                assert_eq!(near_miss(wrong), None, "too far away to be sure");
            } else {
                assert_eq!(near_miss(wrong), Some(right), "{wrong}");
            }
        }
    }

    #[test]
    fn right_and_unrelated_keys_are_no_misspellings() {
        for p in Parameter::ALL {
            assert_eq!(near_miss(p.key()), None);
        }
        for key in ["agent_url", "rssi", "window", "log_level", "", "日本語"] {
            assert_eq!(near_miss(key), None, "{key}");
        }
        assert_eq!(near_miss_of_dongle("Bluegiga"), Some(Dongle::Bluegiga));
        assert_eq!(near_miss_of_dongle("bluegiga"), None);
        assert!(resembles("Agent_URL", "agent_url") && !resembles("agent_url", "agent_url"));
    }
}
