//! What a person must know before trusting a recommendation.

use super::grid::Pair;
use super::labelled::{Labelled, Series, Span};
use super::tap::TapTuning;
use crate::engine::Mean;
use crate::engine::parameters::Dongle;
use crate::recording::Intent;

/// A warning with a stable code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// For scripts.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// Fewer repeats of either kind prove little: 10 clean ones still allow a rate of 26 %.
const FEW_SEGMENTS: usize = 10;
/// A margin thinner than this is within what a step to the side changes.
const THIN_MARGIN_DB: f64 = 2.0;
/// Reports of one advertisement on several channels come within this time of each other.
const SAME_EVENT_US: i64 = 5_000;
/// A silence of so many usual intervals, and of at least this time, is a gap.
pub const GAP_INTERVALS: i64 = 8;
/// See [`GAP_INTERVALS`].
pub const GAP_US: i64 = 1_000_000;

/// Warnings about the recordings themselves.
pub(super) fn about_recordings(recordings: &[&Labelled], dongle: Option<Dongle>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, text| warnings.push(Warning { code, text });
    for recording in recordings {
        let path = &recording.path;
        if recording.not_a_nymi_band {
            warn(
                "not-a-nymi-band",
                format!("{path}: made of other transmitters; its numbers must not go into an nbe.toml"),
            );
        }
        if let Some(caveat) = recording.caveat {
            warn("best-effort", format!("{path}: {caveat}"));
        }
        if let Some(Clipped { at_top, samples, top_dbm, strongest_dbm }) = clipped(recording, dongle) {
            let text = if strongest_dbm > top_dbm {
                format!(
                    "{path}: {at_top} of {samples} samples in tap segments stand at or above {top_dbm} dBm, the dongle's top value, and reach {strongest_dbm} dBm: another receiver heard them, on another scale, and what the dongle would report of them is not known"
                )
            } else {
                format!(
                    "{path}: {at_top} of {samples} samples in tap segments stand at the dongle's top value of {top_dbm} dBm: how strong they really were is not known, and margins above look smaller than they are"
                )
            };
            warn("clipped", text);
        }
        let gaps = gaps(recording);
        if gaps > 0 {
            warn(
                "gap",
                format!(
                    "{path}: {gaps} silences inside labelled segments: what was missed there is not known"
                ),
            );
        }
        if recording.dropped > 0 {
            warn("dropped", format!("{path}: the recorder lost {} samples", recording.dropped));
        }
        let (duplicates, samples) = duplicates(recording);
        if duplicates * 10 > samples {
            warn(
                "duplicates",
                format!(
                    "{path}: {duplicates} of {samples} samples came within {} ms of the one before: one advertisement heard several times fills the windows faster than NBE may hear it",
                    SAME_EVENT_US / 1000
                ),
            );
        }
    }
    let count = |intent| recordings.iter().map(|r| r.count(intent)).sum::<usize>();
    let (taps, no_taps) = (count(Intent::Tap), count(Intent::NoTap));
    if taps > 0 && no_taps > 0 && taps.min(no_taps) < FEW_SEGMENTS {
        warn(
            "few-segments",
            format!(
                "only {taps} tap and {no_taps} no_tap segments: even without an error they prove little; record {FEW_SEGMENTS} or more of each"
            ),
        );
    }
    warnings
}

/// Warnings about the chosen tap pair.
pub(super) fn about_tap(tuning: &TapTuning) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Some(best) = tuning.best.as_ref().filter(|_| tuning.separated) else { return warnings };
    if let Some(margin) = best.margin.filter(|m| m.as_dbm() < THIN_MARGIN_DB) {
        let text = match unended(margin) {
            Some(why) => format!(
                "the margin is not known: {why}; lift the band away before each no_tap segment, so that the tap ends before it"
            ),
            None => format!(
                "the margin is only {:.2} dB: another grip or a step to the side may change the verdict",
                margin.as_dbm()
            ),
        };
        warnings.push(Warning { code: "thin-margin", text });
    }
    for held in tuning.held_out.iter().filter(|h| h.missed + h.false_taps > 0) {
        let text = format!(
            "tuned without it, {} of {} left-out taps are missed and {} false taps come (left out by {})",
            held.missed, held.taps, held.false_taps, held.by
        );
        warnings.push(Warning { code: "held-out-errors", text });
    }
    let spread = own_thresholds(tuning, best.pair);
    if let Some((low, high)) = spread.filter(|(low, high)| high - low > 4) {
        let text = format!(
            "the recordings disagree: the middle of each one's error-free thresholds lies between {low} and {high} dBm at this window"
        );
        warnings.push(Warning { code: "recordings-disagree", text });
    }
    warnings
}

/// Of a pair without errors: why its margin is below 0 all the same.
pub(super) fn unended(margin: Mean) -> Option<String> {
    (margin.sum < 0).then(|| {
        format!(
            "in a no_tap segment a window mean lies {:.2} dB above the threshold, and is no tap only because the tap before had not ended",
            -margin.as_dbm()
        )
    })
}

/// The middles of the recordings' error-free thresholds around a pair: the one farthest from 0 and
/// the closest. Taps alone, or hovers alone, are an end without a middle.
fn own_thresholds(tuning: &TapTuning, pair: Pair) -> Option<(i32, i32)> {
    let bounded = tuning.recordings.iter().filter(|r| r.taps > 0 && r.no_taps > 0);
    let middles = bounded.filter_map(|r| r.around(pair).map(|(l, h)| i32::midpoint(l, h)));
    let middles: Vec<_> = middles.collect();
    Some((*middles.iter().min()?, *middles.iter().max()?))
}

/// Warns where the bands' taps lie far apart: one threshold must serve both.
pub(super) fn about_bands(recordings: &[&Labelled]) -> Option<Warning> {
    const DISAGREE_DB: f64 = 4.0;
    let mut by_band: Vec<(crate::reading::Band, Vec<i8>)> = Vec::new();
    for recording in recordings {
        for (series, span) in labelled_series(recording).filter(|(_, s)| s.intent == Intent::Tap) {
            let Some(&band) = recording.bands.get(series.band as usize) else { continue };
            let strongest = series.rssi_dbm[series.within(span)].iter().max().copied();
            match by_band.iter_mut().find(|(b, _)| *b == band) {
                Some((_, seen)) => seen.extend(strongest),
                None => by_band.push((band, strongest.into_iter().collect())),
            }
        }
    }
    let medians: Vec<_> = by_band
        .into_iter()
        .filter_map(|(band, mut seen)| {
            seen.sort_unstable();
            Some((band, f64::from(*seen.get(seen.len() / 2)?)))
        })
        .collect();
    let weakest = medians.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let strongest = medians.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (strongest.1 - weakest.1 > DISAGREE_DB).then(|| Warning {
        code: "bands-disagree",
        text: format!(
            "the bands disagree: taps of {} peak at {:.0} dBm, taps of {} at {:.0} dBm",
            weakest.0, weakest.1, strongest.0, strongest.1
        ),
    })
}

fn labelled_series(recording: &Labelled) -> impl Iterator<Item = (&Series, &Span)> {
    recording.spans.iter().filter(|s| s.intent != Intent::Note).flat_map(|span| {
        // A segment that names no band is about whichever band is near; a stranger's rate says nothing.
        let known = span.band.is_some() || recording.series.len() == 1;
        recording.series.iter().filter(move |s| known && span.covers(s)).map(move |series| (series, span))
    })
}

/// Samples of tap segments that reach the strongest RSSI that the dongle reports.
struct Clipped {
    at_top: usize,
    samples: usize,
    top_dbm: i32,
    strongest_dbm: i32,
}

fn clipped(recording: &Labelled, dongle: Option<Dongle>) -> Option<Clipped> {
    let top_dbm = dongle?.ceiling_dbm()?;
    let (mut at_top, mut samples, mut strongest_dbm) = (0, 0, top_dbm);
    for (series, span) in labelled_series(recording).filter(|(_, s)| s.intent == Intent::Tap) {
        let heard = &series.rssi_dbm[series.within(span)];
        samples += heard.len();
        at_top += heard.iter().filter(|&&r| i32::from(r) >= top_dbm).count();
        strongest_dbm = heard.iter().map(|&r| i32::from(r)).fold(strongest_dbm, i32::max);
    }
    (at_top > 0).then_some(Clipped { at_top, samples, top_dbm, strongest_dbm })
}

fn gaps(recording: &Labelled) -> usize {
    labelled_series(recording)
        .map(|(series, span)| {
            let intervals: Vec<_> =
                series.t_us[series.within(span)].windows(2).map(|w| w[1] - w[0]).collect();
            let mut sorted = intervals.clone();
            sorted.sort_unstable();
            let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
            intervals.iter().filter(|&&i| i >= GAP_US.max(median * GAP_INTERVALS)).count()
        })
        .sum()
}

fn duplicates(recording: &Labelled) -> (usize, usize) {
    let close = |s: &Series| s.t_us.windows(2).filter(|w| w[1] - w[0] < SAME_EVENT_US).count();
    let count = recording.series.iter().map(close).sum();
    (count, recording.series.iter().map(|s| s.t_us.len()).sum())
}
