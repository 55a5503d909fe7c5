//! Taps that do not come, and taps that come from too far away.

use std::collections::{BTreeMap, HashSet};

use super::{Answer, Evidence, Finding, Heard, at, cite, segments};
use crate::engine::parameters::Parameter;
use crate::engine::{Mean, NotRearmed, TapRule};
use crate::recording::Intent;
use crate::replay::{JudgedSegment, NOT_EVERY_SAMPLE, Verdict, not_rearmed};
use crate::tuning::{Labelled, Margins, Pair, Series, Sweeper};

/// "Nymi Band Tap Is Not Detected": of each missed tap the cause that its samples show.
pub(super) fn not_detected(heard: &[Heard<'_>]) -> Answer {
    let taps: Vec<_> = segments(heard, Intent::Tap).collect();
    if taps.is_empty() {
        return Answer::unanswerable("no segment says that a tap was meant");
    }
    if taps.iter().any(|(h, _)| h.rules.parameters.get(Parameter::TapThreshold) == Some(0)) {
        return Answer::of(
            Finding::Shown,
            "No tap can be detected: rssi_tap_threshold is 0, which turns BLE tap off.",
        )
        .citing(
            taps.first()
                .map(|(h, s)| cite(h, s, "a tap was meant here, with a threshold of 0"))
                .into_iter()
                .collect(),
        )
        .remedy("Set rssi_tap_threshold to a negative number; the guide recommends -42 for most uses.");
    }
    let missed: Vec<_> = taps.iter().filter(|(_, s)| s.verdict() == Verdict::Missed).collect();
    if missed.is_empty() {
        let weakest = taps.iter().filter_map(|(h, s)| Some((h, s, s.best_tap_mean?)));
        let weakest = weakest.min_by(|a, b| a.2.cmp_mean(b.2));
        let evidence = weakest.map(|(h, s, mean)| cite(h, s, format!("the weakest: {}", beside(h, mean))));
        return Answer::of(
            Finding::NotShown,
            match taps.len() {
                1 => "The one tap that was meant is detected.".to_owned(),
                count => format!("All {count} taps that were meant are detected."),
            },
        )
        .citing(evidence.into_iter().collect());
    }
    let mut windows: Vec<_> = heard.iter().map(|_| Windows::default()).collect();
    let causes: Vec<_> = missed
        .iter()
        .map(|(h, s)| {
            let place = heard.iter().position(|one| std::ptr::eq(one, *h)).unwrap_or(0);
            (*h, *s, cause(h, s, &mut windows[place]))
        })
        .collect();
    let evidence = causes.iter().map(|(h, s, cause)| cite(h, s, cause.says(h, s))).collect();
    let mut remedies: Vec<&str> = Vec::new();
    for (_, _, cause) in &causes {
        if !remedies.contains(&cause.remedy()) {
            remedies.push(cause.remedy());
        }
    }
    Answer::of(
        Finding::Shown,
        format!("{} of {} taps that were meant are not detected.", missed.len(), taps.len()),
    )
    .citing(evidence)
    .remedy(remedies.join(" "))
}

/// Why a tap is missed.
enum Cause {
    /// The approach that tapped before has not ended.
    NotRearmed(NotRearmed),
    /// It ended in the segment, and what came then is too weak.
    RearmedLate(NotRearmed),
    /// Not as many samples as the window has.
    TooFew,
    /// A shorter window, the longest of them, would have tapped.
    WindowTooLong(usize),
    /// No sample exceeds the threshold.
    TooWeak(i8),
    /// Samples exceed it, the mean does not.
    ThresholdTooHigh,
    /// The mean exceeds it, and the rule asks that of every sample.
    NotEverySample,
}

fn window(heard: &Heard<'_>) -> usize {
    heard.rules.parameters.get(Parameter::WindowTap).and_then(|w| usize::try_from(w).ok()).unwrap_or(1)
}

fn threshold(heard: &Heard<'_>) -> i32 {
    heard.rules.parameters.get(Parameter::TapThreshold).unwrap_or(0)
}

/// What a recording's other windows would detect: each is swept once, for all segments.
#[derive(Default)]
struct Windows<'a> {
    sweeper: Option<Sweeper<'a>>,
    tapped: BTreeMap<usize, HashSet<u64>>,
}

impl<'a> Windows<'a> {
    /// Whether the segment has a tap with a window of `n`.
    fn taps(&mut self, heard: &Heard<'a>, n: usize, id: u64) -> bool {
        let tapped = self.tapped.entry(n).or_insert_with(|| {
            let sweeper =
                self.sweeper.get_or_insert_with(|| Sweeper::new(heard.labelled, &heard.rules.model));
            let segments = sweeper.window(n).segments;
            let tapped = segments.iter().filter(|s| s.taps(threshold(heard)) > 0);
            tapped.map(|s| heard.labelled.spans[s.span].id).collect()
        });
        tapped.contains(&id)
    }
}

fn cause<'a>(heard: &Heard<'a>, segment: &JudgedSegment, windows: &mut Windows<'a>) -> Cause {
    if let Some(window) = segment.not_rearmed {
        let is_late = segment.best_once_rearmed.is_some();
        return if is_late { Cause::RearmedLate(window) } else { Cause::NotRearmed(window) };
    }
    let threshold_dbm = threshold(heard);
    let Some(strongest) = heard.samples_in(segment).max() else { return Cause::TooFew };
    if i32::from(strongest) <= threshold_dbm {
        return Cause::TooWeak(strongest);
    }
    let alone = only(heard, segment.segment.id);
    // A shorter window down to a third still smooths; below that it would only catch outliers.
    let shorter = (window(heard).div_ceil(3)..window(heard)).rev();
    let model = &heard.rules.model;
    let exceeds = |n: &usize| {
        let pair = Pair { window: *n, threshold_dbm };
        let best = Margins::of(&[&alone], model, pair).weakest_tap;
        best.map_or(model.tap_rule == TapRule::EverySampleAbove, |mean| mean.exceeds(threshold_dbm))
    };
    // Whether it then taps depends on whether the approach before has ended by then, too.
    let taps = |n: &usize| windows.taps(heard, *n, segment.segment.id);
    match shorter.filter(exceeds).find(taps) {
        Some(n) => Cause::WindowTooLong(n),
        None if segment.samples < window(heard) as u64 => Cause::TooFew,
        None if segment.best_tap_mean.is_some_and(|mean| mean.exceeds(threshold_dbm)) => {
            Cause::NotEverySample
        }
        None => Cause::ThresholdTooHigh,
    }
}

/// The recording with one segment alone, and no more samples before it than a window holds.
fn only(heard: &Heard<'_>, id: u64) -> Labelled {
    let labelled = heard.labelled;
    let spans: Vec<_> = labelled.spans.iter().filter(|s| s.id == id).cloned().collect();
    let near = |series: &Series| {
        let span = spans.iter().find(|s| s.covers(series))?;
        let within = series.within(span);
        let from = within.start.saturating_sub(window(heard));
        Some(Series {
            source: series.source,
            band: series.band,
            t_us: series.t_us[from..within.end].to_vec(),
            rssi_dbm: series.rssi_dbm[from..within.end].to_vec(),
        })
    };
    let series = labelled.series.iter().filter_map(near).collect();
    Labelled { series, spans, ..Labelled::default() }
}

impl Cause {
    fn says(&self, heard: &Heard<'_>, segment: &JudgedSegment) -> String {
        let mean =
            segment.best_tap_mean.map_or_else(|| "no window was full".to_owned(), |m| beside(heard, m));
        match self {
            Self::NotRearmed(window) | Self::RearmedLate(window) => format!(
                "{}, but {}{}{}",
                beside(heard, window.mean),
                not_rearmed(window, heard.rules),
                segment.once_rearmed(threshold(heard)),
                segment.of_several()
            ),
            Self::NotEverySample => format!("{mean}, but {NOT_EVERY_SAMPLE}"),
            Self::TooFew => format!(
                "only {} samples{} for a window of {}: the band was moved away too quickly, or hardly heard; {mean}",
                segment.samples,
                at(segment),
                window(heard)
            ),
            Self::WindowTooLong(n) => format!(
                "the window of {} still holds older, weaker samples: {mean}; a window of {n} would have detected it",
                window(heard)
            ),
            Self::TooWeak(strongest) => format!(
                "the strongest sample{} is {strongest} dBm and none exceeds {}: too far away, something in between, or the threshold is too close to 0",
                at(segment),
                threshold(heard)
            ),
            Self::ThresholdTooHigh => {
                format!(
                    "single samples exceed the threshold of {} dBm, no window mean does: {mean}",
                    threshold(heard)
                )
            }
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::NotRearmed(_) => {
                "Lift the band away from the adapter between taps, or increase rssi_tap_threshold (closer to 0), so that the mean falls back to it."
            }
            Self::RearmedLate(_) => {
                "Lift the band away from the adapter before the next tap is meant; then tap as near as before."
            }
            Self::TooFew => "Hold the band at the adapter longer, or decrease rssi_window_tap.",
            Self::WindowTooLong(_) => "Decrease rssi_window_tap, so that recent samples weigh more.",
            Self::TooWeak(_) => {
                "Tap nearer to the adapter with nothing in between, try another USB port, or decrease rssi_tap_threshold (farther from 0)."
            }
            Self::ThresholdTooHigh | Self::NotEverySample => "Decrease rssi_tap_threshold (farther from 0).",
        }
    }
}

fn beside(heard: &Heard<'_>, mean: Mean) -> String {
    let gap = mean.as_dbm() - f64::from(threshold(heard));
    let side = if gap > 0.0 { "above" } else { "short of exceeding" };
    format!("best window mean {:.2} dBm, {:.2} dB {side} {}", mean.as_dbm(), gap.abs(), threshold(heard))
}

/// "Nymi Band Taps Detected from Too Far Away".
pub(super) fn too_far_away(heard: &[Heard<'_>]) -> Answer {
    let hovers: Vec<_> = segments(heard, Intent::NoTap).collect();
    if hovers.is_empty() {
        return Answer::unanswerable("no segment says where no tap may come");
    }
    if hovers.iter().any(|(h, _)| threshold(h) == 0) {
        return Answer::unanswerable(
            "rssi_tap_threshold is 0 and BLE tap is off: no tap comes from anywhere",
        );
    }
    let tapped: Vec<_> = hovers.iter().filter(|(_, s)| s.taps > 0).collect();
    let strongest = hovers.iter().filter_map(|(h, s)| Some((h, s, s.best_tap_mean?)));
    let Some((nearest_in, nearest, mean)) = strongest.max_by(|a, b| a.2.cmp_mean(b.2)) else {
        return Answer::unanswerable("no window was ever full where no tap may come");
    };
    if tapped.is_empty() {
        let why = nearest
            .not_rearmed
            .map_or(String::new(), |window| format!(", but {}", not_rearmed(&window, nearest_in.rules)));
        return Answer::of(
            Finding::NotShown,
            match hovers.len() {
                1 => "No tap comes in the one segment where none may.".to_owned(),
                count => format!("No tap comes in the {count} segments where none may."),
            },
        )
        .citing(vec![cite(
            nearest_in,
            nearest,
            format!("the nearest{}: {}{why}", at(nearest), beside(nearest_in, mean)),
        )]);
    }
    let evidence: Vec<Evidence> = tapped
        .iter()
        .map(|(h, s)| {
            let mean = s.best_tap_mean.map_or(String::new(), |m| format!(": {}", beside(h, m)));
            let taps = if s.taps == 1 { "1 tap".to_owned() } else { format!("{} taps", s.taps) };
            cite(h, s, format!("{taps}{}{mean}", at(s)))
        })
        .collect();
    // A mean does not exceed the next whole number at or above it.
    let enough = -((-mean.sum).div_euclid(mean.n));
    Answer::of(
        Finding::Shown,
        match hovers.len() {
            1 => "Taps come in the one segment where none may.".to_owned(),
            count => format!("Taps come in {} of the {count} segments where none may.", tapped.len()),
        },
    )
    .citing(evidence)
    .remedy(format!(
        "Increase rssi_tap_threshold (closer to 0): at this window none of these taps comes from {enough} dBm on. tapbench tune says whether the taps that are meant still come."
    ))
}
