//! A desktop that locks too near, too far, or not at all.

use super::{Answer, Finding, Heard, at, cite, segments};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::{JudgedSegment, Verdict};

/// "Desktop Locks Occurs at an Undesirable Distance".
pub(super) fn wrong_distance(heard: &[Heard<'_>]) -> Answer {
    let stays: Vec<_> = segments(heard, Intent::Stay).collect();
    let leaves: Vec<_> = segments(heard, Intent::Leave).collect();
    if stays.is_empty() && leaves.is_empty() {
        return Answer::unanswerable("no segment says where the terminal must stay unlocked or must lock");
    }
    if heard.iter().any(|h| h.rules.parameters.get(Parameter::CutoffClose) == Some(0)) {
        return Answer::unanswerable(
            "proximity is bypassed: rssi_cutoff_close is 0, or not all cutoffs are known",
        );
    }
    let failed = |(_, s): &&(&Heard<'_>, &JudgedSegment)| s.verdict() == Verdict::Failed;
    let too_near: Vec<_> = stays.iter().filter(failed).collect();
    let unlocked: Vec<_> = leaves.iter().filter(failed).collect();
    let locks = heard.iter().all(|h| h.rules.policy.lock_when_away);
    let (too_far, untold): (Vec<_>, Vec<_>) =
        unlocked.into_iter().partition(|(h, s)| locks && never_far(h, s));
    let half = match (stays.is_empty(), leaves.is_empty()) {
        (true, _) => " Whether it locks too near cannot be answered: there is no stay segment.",
        (_, true) => " Whether it locks too far cannot be answered: there is no leave segment.",
        _ => "",
    };
    if too_near.is_empty() && too_far.is_empty() && !untold.is_empty() {
        return Answer::unanswerable(if locks {
            "the terminal was away or locked before the leave segments began, or they ended before the lock delay did"
        } else {
            "the policy in use never locks (lock_when_away = false)"
        });
    }
    if too_near.is_empty() && too_far.is_empty() {
        let all = |of: &str, count: usize| match count {
            1 => format!("the one {of} segment"),
            count => format!("all {count} {of} segments"),
        };
        let (stay, leave) = (all("stay", stays.len()), all("leave", leaves.len()));
        let text = format!("The terminal stays unlocked in {stay} and locks in {leave}.{half}");
        let evidence = stays.iter().chain(&leaves).map(|(h, s)| cite(h, s, weakest(h, s)));
        return Answer::of(Finding::NotShown, text).citing(evidence.collect());
    }
    let text = format!(
        "It reports the band away in {} of {} stay segments (too near), and does not lock in {} of {} leave segments (too far).{half}",
        too_near.len(),
        stays.len(),
        too_far.len(),
        leaves.len()
    );
    let evidence = too_near.iter().chain(&too_far).map(|(h, s)| {
        let why = s.explain(h.rules).unwrap_or_default();
        cite(h, s, format!("{}{}: {why}", s.segment.intent.name(), at(s)))
    });
    let remedy = match (too_near.is_empty(), too_far.is_empty()) {
        (false, true) => "Decrease rssi_cutoff_far (farther from 0): it locks at a greater distance.",
        (true, false) => "Increase rssi_cutoff_far (closer to 0): it locks at a shorter distance.",
        _ => {
            "Both fail with this rssi_cutoff_far: a longer rssi_window_long may part them; tapbench tune says whether any cutoffs do."
        }
    };
    Answer::of(Finding::Shown, text).citing(evidence.collect()).remedy(remedy)
}

/// Whether no check of the segment, where there was one, reached the far zone.
fn never_far(heard: &Heard<'_>, segment: &JudgedSegment) -> bool {
    let far_dbm = heard.rules.parameters.get(Parameter::CutoffFar).unwrap_or(0);
    segment.worst_check.is_none_or(|mean| mean.exceeds(far_dbm))
}

fn weakest(heard: &Heard<'_>, segment: &JudgedSegment) -> String {
    let far_dbm = heard.rules.parameters.get(Parameter::CutoffFar).unwrap_or(0);
    let intent = segment.segment.intent.name();
    match segment.worst_check {
        Some(mean) => format!(
            "{intent}{}: weakest check {:.2} dBm, {:.2} dB from rssi_cutoff_far {far_dbm}",
            at(segment),
            mean.as_dbm(),
            (mean.as_dbm() - f64::from(far_dbm)).abs()
        ),
        None => format!("{intent}{}: {} samples, no check completed", at(segment), segment.samples),
    }
}
