//! Short texts of the calibration.

use crate::calibration::{Plan, Problem, Step};
use crate::recording::Intent;

use super::super::look::minus;

/// A length of time for people.
pub fn length(us: i64) -> String {
    let seconds = (us + 999_999) / 1_000_000;
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// What is done in a step, for the cue: a word or two, and where.
pub fn cue(step: &Step) -> (&'static str, String) {
    let Some(cm) = step.distance_cm else { return ("READER TAP", "flat on it, for a second".to_owned()) };
    match step.intent {
        Intent::Tap => ("TAP", format!("at {cm} cm, and hold")),
        Intent::NoTap => ("HOVER", format!("at {cm} cm, no tap")),
        Intent::Stay => ("STAY", format!("{cm} cm away")),
        Intent::Leave => ("WALK AWAY", format!("to {cm} cm, and wait")),
        Intent::Return => ("COME BACK", format!("to {cm} cm")),
        Intent::Note => ("WAIT", String::new()),
    }
}

/// What is wrong with a repeat, for the cue.
pub fn problem(problem: &Problem) -> &'static str {
    match problem {
        Problem::NotHeard => "the band was not heard",
        Problem::RotatingAddress(_) => "the address changed",
        Problem::AnotherBandNearer { .. } => "another band was nearer",
        Problem::TooFewSamples { .. } => "too few samples",
        Problem::Gap(_) => "nothing heard for a while",
        Problem::Dropped(_) => "samples were lost",
        Problem::NoRise(_) => "it did not come nearer",
        Problem::Clipped { .. } => "too strong",
        Problem::OnReader(problem) => problem.words(),
    }
}

/// What a plan holds, in a sentence.
pub fn plan(plan: &Plan) -> String {
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|step| {
            let what = match step.intent {
                Intent::Tap => "taps",
                Intent::NoTap => "hovers",
                Intent::Stay => "stays",
                Intent::Leave => "walk away",
                Intent::Return => "return",
                Intent::Note => "taps on the reader",
            };
            (what, step.repeats.len())
        })
        .collect();
    let mut words: Vec<(&str, usize)> = Vec::new();
    for (what, count) in steps {
        match words.iter_mut().find(|(known, _)| *known == what) {
            Some((_, all)) => *all += count,
            None => words.push((what, count)),
        }
    }
    words.into_iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

/// dBm with a true minus sign.
pub fn dbm(value: f64) -> String {
    minus(format!("{value:.1} dBm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_never_said_too_short() {
        assert_eq!(length(1), "1 s");
        assert_eq!(length(60_000_000), "1 min");
        assert_eq!(length(249_200_000), "4 min 10 s");
    }
}
