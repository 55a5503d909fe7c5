//! What a calibration recommends, with the data that a person needs to weigh it.

use super::plan::Setup;
use super::reader_taps::ReaderTaps;
use super::tries::Try;
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::recording::Intent;
use crate::tuning::{
    Demands, Labelled, Margins, Pair, Recommendation, TradeOff, Warning, recommend, what_repeats_prove,
};

/// The end of a calibration.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What to set and why; its `recommended` is `None` where taps and non-taps cannot be separated
    /// here, and its `reason` then says so.
    pub recommendation: Recommendation,
    /// The pair to mark in the map: the best there is.
    pub best: Option<Pair>,
    /// Misses and false taps around the best pair and the one in use.
    pub trade_off: Option<TradeOff>,
    /// The means nearest to an error with the best pair.
    pub margins: Margins,
    /// Tap latency with the best pair: p50, p90 and p99, in µs.
    pub latency_us: Option<[i64; 3]>,
    /// What so many repeats prove and what not, in sentences.
    pub confidence: Vec<String>,
    /// What the taps on an NFC reader say, where some were asked for.
    pub reader: Option<ReaderTaps>,
}

impl Outcome {
    /// Of the recordings of a calibration: one, or several where it was resumed.
    pub fn of(recordings: &[&Labelled], setup: &Setup) -> Self {
        let demands = Demands { dongle: setup.dongle, one_session: true, ..Demands::default() };
        let mut outcome = Self::with(recordings, &setup.rules, &demands);
        outcome.recommendation.warnings.extend(not_authenticated(setup.wishes.band_authenticated));
        outcome
    }

    /// Of recordings that need not be a calibration's; `rules` are those in use.
    pub fn of_any(recordings: &[&Labelled], rules: &Rules, dongle: Option<Dongle>) -> Self {
        Self::with(recordings, rules, &Demands { dongle, ..Demands::default() })
    }

    fn with(recordings: &[&Labelled], rules: &Rules, demands: &Demands) -> Self {
        let recommendation = recommend(recordings, rules, demands);
        let model = &rules.model;
        let candidate = recommendation.tap.as_ref().and_then(|t| t.best.as_ref());
        let best = candidate.map(|c| c.pair);
        let in_use = in_use(&rules.parameters);
        let no_taps = recordings.iter().map(|r| r.count(Intent::NoTap) as u64).sum();
        let shown: Vec<_> = best.into_iter().chain(in_use).collect();
        Self {
            best,
            trade_off: best.map(|_| TradeOff::around(recordings, model, &shown)),
            margins: best.map_or_else(Margins::default, |pair| Margins::of(recordings, model, pair)),
            latency_us: candidate.and_then(|c| c.counts.latencies.percentiles([50, 90, 99])),
            confidence: candidate.map_or_else(Vec::new, |c| what_repeats_prove(&c.counts, no_taps)),
            reader: None,
            recommendation,
        }
    }

    /// The same with what the taps on an NFC reader say.
    pub fn with_reader(self, tries: &[Try]) -> Self {
        Self { reader: ReaderTaps::of(tries), ..self }
    }

    /// Whether taps and non-taps can be told apart here without an error.
    pub fn separable(&self) -> bool {
        self.recommendation.tap.as_ref().is_some_and(|t| t.separated)
    }
}

/// The tap pair of these values, where they have one and taps are not off.
pub fn in_use(parameters: &ParameterSet) -> Option<Pair> {
    let window = usize::try_from(parameters.get(Parameter::WindowTap)?).ok()?;
    let threshold_dbm = parameters.get(Parameter::TapThreshold).filter(|t| *t != 0)?;
    Some(Pair { window, threshold_dbm })
}

fn not_authenticated(band_authenticated: Option<bool>) -> Option<Warning> {
    let said = match band_authenticated {
        Some(true) => return None,
        Some(false) => "the band was not worn and authenticated",
        None => "nobody said whether the band was worn and authenticated",
    };
    let text = format!("{said}: one that is not may advertise otherwise, and may count for nothing in NBE");
    Some(Warning { code: "not-authenticated", text })
}
