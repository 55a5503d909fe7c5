//! From labelled recordings to a recommendation: what to set, why, how sure, and what to leave.

use super::labelled::Labelled;
use super::proximity::{ProximityTuning, has_proximity_evidence, tune_proximity};
use super::statistics::still_allowed_95;
use super::tap::{TapDemands, TapTuning, count_pair, tune_tap};
use super::totals::Counts;
use super::warnings::{self, Warning};
use super::{Cost, Pair};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::recording::Intent;

/// What to ask of a recommendation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demands {
    /// The dongle that the parameters are for.
    pub dongle: Option<Dongle>,
    /// What errors weigh.
    pub cost: Cost,
    /// No tap may take longer, in ms.
    pub max_latency_ms: Option<i64>,
    /// Whether the recordings are parts of one session, as of a calibration that was gone on with.
    pub one_session: bool,
}

/// The outcome of `tune`.
#[derive(Clone, Debug)]
pub struct Recommendation {
    /// The parameters for which there is evidence; `None` where taps and non-taps cannot be
    /// separated without an error.
    pub recommended: Option<ParameterSet>,
    /// The parameters without evidence.
    pub left_alone: Vec<Parameter>,
    /// Why, in words.
    pub reason: String,
    /// The tap pair, where there is evidence for it.
    pub tap: Option<TapTuning>,
    /// The counts of the tap pair in use now, where it is known.
    pub now: Option<(Pair, Counts)>,
    /// Proximity, where there is evidence for it.
    pub proximity: Option<ProximityTuning>,
    /// Advertisements a second in the labelled segments, as this bench heard them.
    pub rate_hz: Option<f64>,
    /// What to know before trusting it.
    pub warnings: Vec<Warning>,
}

/// Recommends parameters. `rules` are those in use now; the model and policy in them decide.
pub fn recommend(recordings: &[&Labelled], rules: &Rules, demands: &Demands) -> Recommendation {
    let count = |intent| recordings.iter().map(|r| r.count(intent)).sum::<usize>();
    let has_tap_evidence = count(Intent::Tap) > 0 && count(Intent::NoTap) > 0;
    let tap = has_tap_evidence.then(|| {
        let demands = TapDemands {
            cost: demands.cost,
            ceiling_dbm: demands.dongle.and_then(Dongle::ceiling_dbm),
            max_latency_us: demands.max_latency_ms.map(|ms| ms.saturating_mul(1000)),
            one_session: demands.one_session,
        };
        tune_tap(recordings, &rules.model, &demands)
    });
    let separated = tap.as_ref().is_none_or(|t| t.separated);
    let mut recommended = ParameterSet::default();
    if let Some(best) = tap.as_ref().filter(|t| t.separated).and_then(|t| t.best.as_ref()) {
        set(&mut recommended, Parameter::WindowTap, best.pair.window);
        set(&mut recommended, Parameter::TapThreshold, best.pair.threshold_dbm);
    }
    let proximity = has_proximity_evidence(recordings)
        .then(|| {
            let tap = rules.parameters.overlaid(&recommended);
            tune_proximity(recordings, &rules.model, &rules.policy, &rules.parameters, &tap)
        })
        .flatten();
    if let Some(found) = proximity.as_ref().filter(|p| p.failures.total() == 0) {
        set(&mut recommended, Parameter::WindowLong, found.window);
        if count(Intent::Return) > 0 {
            set(&mut recommended, Parameter::CutoffClose, found.close_dbm);
        }
        set(&mut recommended, Parameter::CutoffFar, found.far_dbm);
    }
    let mut warnings = warnings::about_recordings(recordings, demands.dongle);
    warnings.extend(tap.iter().flat_map(warnings::about_tap));
    warnings.extend(warnings::about_bands(recordings));
    warnings.extend(proximity.as_ref().and_then(about_proximity));
    let left_alone = Parameter::ALL.into_iter().filter(|p| recommended.get(*p).is_none()).collect();
    let now = pair_in_use(&rules.parameters).map(|pair| (pair, count_pair(recordings, &rules.model, pair)));
    let reason = reason(tap.as_ref(), proximity.as_ref(), demands, count(Intent::Tap), count(Intent::NoTap));
    Recommendation {
        recommended: separated.then_some(recommended),
        left_alone,
        reason,
        tap,
        now,
        proximity,
        rate_hz: rate_hz(recordings),
        warnings,
    }
}

fn set(parameters: &mut ParameterSet, parameter: Parameter, value: impl TryInto<i64>) {
    // The search stays within the domains.
    let _ = value.try_into().map(|value| parameters.set(parameter, value));
}

fn pair_in_use(parameters: &ParameterSet) -> Option<Pair> {
    let window = usize::try_from(parameters.get(Parameter::WindowTap)?).ok()?;
    Some(Pair { window, threshold_dbm: parameters.get(Parameter::TapThreshold)? })
}

fn rate_hz(recordings: &[&Labelled]) -> Option<f64> {
    let rates: Vec<_> = recordings.iter().filter_map(|r| r.rate_hz()).collect();
    (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64)
}

fn about_proximity(found: &ProximityTuning) -> Option<Warning> {
    let failed = found.failures.total();
    (failed > 0).then(|| Warning {
        code: "proximity-not-separable",
        text: format!(
            "no cutoffs satisfy every stay, leave and return segment: with the best ({}, {}, {}) {failed} still fail; the proximity parameters are left alone",
            found.window, found.close_dbm, found.far_dbm
        ),
    })
}

fn reason(
    tap: Option<&TapTuning>,
    proximity: Option<&ProximityTuning>,
    demands: &Demands,
    taps: usize,
    no_taps: usize,
) -> String {
    let mut sentences = Vec::new();
    match tap {
        None => sentences.push(format!(
            "Nothing can be said of the tap pair: it needs tap and no_tap segments, and there are {taps} and {no_taps}."
        )),
        Some(tap) if tap.separated => sentences.push(separated(tap)),
        Some(tap) => sentences.push(not_separated(tap, demands)),
    }
    if let Some(found) = proximity.filter(|p| p.failures.total() == 0) {
        let gap = format!(", and either cutoff could move by {} dB before a verdict changes", found.gap_db);
        let lock = found.time_to_lock_us.map_or(String::new(), |us| {
            format!("; the terminal locks {:.1} s after walking off on average", us as f64 / 1e6)
        });
        sentences.push(format!(
            "With checks of {} samples and cutoffs {} and {} every stay, leave and return holds{gap}{lock}.",
            found.window, found.close_dbm, found.far_dbm
        ));
    }
    sentences.join(" ")
}

fn separated(tap: &TapTuning) -> String {
    let Some(best) = &tap.best else { return String::new() };
    let Counts { hit, double, .. } = best.counts;
    let margin = best.margin.map_or(String::new(), |m| match warnings::unended(m) {
        Some(why) => format!(" How far the nearest error is cannot be said: {why}."),
        None => format!(" The nearest error is {:.2} dB away.", m.as_dbm()),
    });
    let doubles = if double > 0 { format!(", {double} of them twice") } else { String::new() };
    format!(
        "A window of {} and a threshold of {} dBm register all {hit} taps{doubles} and none that was not meant; of the pairs that do, it survives a sparser radio and other readings of the rules best.{margin} 0 misses in {hit} still allow a miss rate of {:.0} % at 95 % confidence.",
        if best.pair.window == 1 { "1 sample".to_owned() } else { format!("{} samples", best.pair.window) },
        best.pair.threshold_dbm,
        still_allowed_95(hit) * 100.0
    )
}

fn not_separated(tap: &TapTuning, demands: &Demands) -> String {
    let Some(best) = &tap.best else {
        let cap = demands.max_latency_ms.map_or(String::new(), |ms| format!(" within {ms} ms"));
        return format!("Taps and non-taps cannot be separated here{cap}: no pair is left to choose from.");
    };
    let within = demands.max_latency_ms.map_or(String::new(), |ms| format!(" within {ms} ms"));
    let overlap = tap.nearest.map_or(String::new(), |(window, weakest, strongest)| {
        let gap_db = strongest.as_dbm() - weakest.as_dbm();
        let (weakest, strongest) = (weakest.as_dbm(), strongest.as_dbm());
        if gap_db > 0.0 {
            format!(
                " At window {window}, where they come nearest, the weakest tap's best mean of {weakest:.2} dBm lies {gap_db:.2} dB below the strongest non-tap's {strongest:.2} dBm."
            )
        } else {
            format!(
                " At window {window} the means would part ({weakest:.2} against {strongest:.2} dBm), but no whole threshold within the limits does it without an error."
            )
        }
    });
    format!(
        "Taps and non-taps cannot be separated here{within}: the best pair ({}, {} dBm) still misses {} of {} taps and lets {} false taps through.{overlap}",
        best.pair.window,
        best.pair.threshold_dbm,
        best.counts.missed,
        best.counts.missed + best.counts.hit,
        best.counts.false_taps
    )
}
