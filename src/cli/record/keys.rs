//! What each key means while recording.

use crate::recording::{Intent, Observed};
use crate::session::{Action, Said};

/// What the meter says of them; each fits a narrow terminal.
pub(super) const HELP: [&str; 2] = [
    "begin a segment: t tap  n no tap  s stay  l leave  r return  o note",
    "space ends it, x takes it back; seen on the terminal: 1 tap  2 locked  3 unlocked",
];

/// What a key asks for.
pub(super) fn action(key: char) -> Option<Action> {
    Some(match key.to_ascii_lowercase() {
        't' => Action::Begin(Intent::Tap),
        'n' => Action::Begin(Intent::NoTap),
        's' => Action::Begin(Intent::Stay),
        'l' => Action::Begin(Intent::Leave),
        'r' => Action::Begin(Intent::Return),
        'o' => Action::Begin(Intent::Note),
        ' ' | '\r' | '\n' => Action::End,
        'x' | '\x08' | '\x7f' => Action::Cancel,
        '1' => Action::Observed(Observed::Tap),
        '2' => Action::Observed(Observed::Locked),
        '3' => Action::Observed(Observed::Unlocked),
        _ => return None,
    })
}

/// What came of it, in words.
pub(super) fn words(said: Said) -> String {
    match said {
        Said::Began(id, intent) => format!("segment {id}: {} begins", intent.name()),
        Said::Ended(id, intent) => format!("segment {id}: {} ended", intent.name()),
        Said::Cancelled(id, intent) => format!("segment {id}: {} taken back", intent.name()),
        Said::Observed(observed) => format!("seen: {}", observed.name()),
        Said::Nothing => "no segment to end or to take back".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_intent_and_observation_has_a_key_of_its_own_that_the_help_names() {
        let actions: Vec<_> =
            ('\0'..'\u{7f}').filter(|c| !c.is_ascii_uppercase()).filter_map(action).collect();
        for intent in Intent::ALL {
            assert_eq!(actions.iter().filter(|a| **a == Action::Begin(intent)).count(), 1);
            assert!(HELP[0].contains(&intent.name().replace('_', " ")));
        }
        for observed in Observed::ALL {
            assert_eq!(actions.iter().filter(|a| **a == Action::Observed(observed)).count(), 1);
            assert!(HELP[1].contains(observed.name()));
        }
        assert_eq!((action('T'), action('q')), (action('t'), None));
    }
}
