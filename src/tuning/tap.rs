//! The tap pair: `rssi_window_tap` and `rssi_tap_threshold` for labelled recordings.

use super::grid::{Choice, Cost, Errors, Extremes, Grid, Grouping, Pair, Ranked, WINDOWS, thresholds};
use super::labelled::{Labelled, Span};
use super::sweep::Sweeper;
use super::totals::Counts;
use super::variants::variants;
use crate::engine::{Mean, Model};
use crate::recording::Intent;

/// What to ask of the tap pair.
#[derive(Clone, Copy, Debug, Default)]
pub struct TapDemands {
    /// What errors weigh.
    pub cost: Cost,
    /// The strongest RSSI the dongle reports: a threshold must stay below it.
    pub ceiling_dbm: Option<i32>,
    /// No tap may take longer, in microseconds.
    pub max_latency_us: Option<i64>,
    /// Whether the recordings are parts of one session, which are not held against each other.
    pub one_session: bool,
}

/// A pair that was considered.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which.
    pub pair: Pair,
    /// Its counts on all recordings.
    pub counts: Counts,
    /// Distance to the nearest error, in dB, as (sum, n).
    pub margin: Option<Mean>,
    /// Errors over all variants, weighted.
    pub robust_cost: u64,
}

/// How a pair does under one variant.
#[derive(Clone, Debug)]
pub struct Robustness {
    /// The variant.
    pub variant: &'static str,
    /// What it counts.
    pub counts: Counts,
}

/// Results on what a choice had not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// `recording`, `band` or `segment`: what was left out, one at a time.
    pub by: &'static str,
    /// How many times.
    pub folds: usize,
    /// `tap` segments judged.
    pub taps: u64,
    /// … of them missed.
    pub missed: u64,
    /// `no_tap` segments judged.
    pub no_taps: u64,
    /// Taps in them.
    pub false_taps: u64,
}

/// The error-free thresholds of one recording at each window.
#[derive(Clone, Debug)]
pub struct RecordingIntervals {
    /// The recording's path.
    pub path: String,
    /// `tap` segments in it.
    pub taps: u64,
    /// `no_tap` segments in it.
    pub no_taps: u64,
    /// Window by window from 1: the runs of error-free thresholds, farthest from 0 first.
    pub at_window: Vec<Vec<(i32, i32)>>,
    /// Its own best pair.
    pub own: Option<Pair>,
}

/// The outcome for the tap pair.
#[derive(Clone, Debug)]
pub struct TapTuning {
    /// The best pair there is; `None` where the limits leave none.
    pub best: Option<Candidate>,
    /// Whether the best is free of missed and false taps: only then it is recommended.
    pub separated: bool,
    /// Where it is not: the window that comes nearest to separating, with its weakest tap and
    /// strongest non-tap.
    pub nearest: Option<(usize, Mean, Mean)>,
    /// The best pairs of other windows.
    pub alternatives: Vec<Candidate>,
    /// The best pair under each variant.
    pub robustness: Vec<Robustness>,
    /// Results on what was left out.
    pub held_out: Vec<HeldOut>,
    /// Where there are several recordings: each one's error-free thresholds.
    pub recordings: Vec<RecordingIntervals>,
}

impl TapTuning {
    /// The pair to hold the recordings against: the best where it serves all, otherwise the one
    /// that is free of errors at the most recordings.
    pub fn common_pair(&self) -> Option<Pair> {
        let best = self.best.as_ref().map(|b| b.pair);
        if self.separated {
            return best;
        }
        let serves = |pair: &Pair| self.recordings.iter().filter(|r| r.around(*pair).is_some()).count();
        let all =
            WINDOWS.flat_map(|window| thresholds().map(move |threshold_dbm| Pair { window, threshold_dbm }));
        all.map(|pair| (serves(&pair), pair))
            .filter(|(n, _)| *n > 0)
            .max_by_key(|(n, _)| *n)
            .map(|(_, p)| p)
            .or(best)
    }
}

impl RecordingIntervals {
    /// Whether it says anything of the tap pair: without `tap` and `no_tap` segments it cannot.
    pub fn has_say(&self) -> bool {
        self.taps + self.no_taps > 0
    }

    /// The runs of error-free thresholds at a window, farthest from 0 first.
    pub fn at(&self, window: usize) -> &[(i32, i32)] {
        window.checked_sub(1).and_then(|place| self.at_window.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The run of error-free thresholds around a pair; `None` where the pair errs.
    pub fn around(&self, pair: Pair) -> Option<(i32, i32)> {
        let holds = |(low, high): &&(i32, i32)| (*low..=*high).contains(&pair.threshold_dbm);
        self.at(pair.window).iter().find(holds).copied()
    }
}

const ALTERNATIVES: usize = 5;

/// More segments than this are left out several at a time.
const MAX_FOLDS: usize = 200;

/// Finds the best pair among windows 1…100 and thresholds −127…−1 below the dongle's top value.
pub fn tune_tap(recordings: &[&Labelled], model: &Model, demands: &TapDemands) -> TapTuning {
    let units = Units::of(recordings, demands.one_session);
    let mut grid = Grid::new(recordings, model, &units.grouping, units.list.len());
    for variant in variants(model) {
        let heard: Vec<_> = recordings.iter().map(|r| variant.hear(r)).collect();
        let heard: Vec<_> = heard.iter().collect();
        grid.add_variant(&heard, &variant.model, &units.grouping, demands.cost);
    }
    let rule = Choice {
        cost: demands.cost,
        ceiling_dbm: demands.ceiling_dbm,
        max_latency_us: demands.max_latency_us,
    };
    let ranked = grid.ranked(&rule, &[]);
    let sweepers: Vec<_> = recordings.iter().map(|r| Sweeper::new(r, model)).collect();
    let candidate = |ranked: &Ranked| Candidate {
        pair: ranked.pair,
        counts: counts(&sweepers, ranked.pair),
        margin: ranked.margin,
        robust_cost: ranked.robust,
    };
    let best = ranked.first();
    let separated = best.is_some_and(|b| b.errors.is_free());
    TapTuning {
        best: best.map(candidate),
        separated,
        nearest: nearest(&grid).filter(|_| !separated),
        alternatives: ranked
            .iter()
            .skip(1)
            .filter(|r| !separated || r.errors.is_free())
            .take(ALTERNATIVES)
            .map(candidate)
            .collect(),
        robustness: best.map_or_else(Vec::new, |b| robustness(recordings, model, b.pair)),
        held_out: units
            .folds()
            .into_iter()
            .filter_map(|(by, f)| held_out(&grid, &units, &rule, by, &f))
            .collect(),
        recordings: if units.sessions > 1 {
            (0..recordings.len()).map(|r| intervals(&grid, &units, recordings, &rule, r)).collect()
        } else {
            Vec::new()
        },
    }
}

/// The counts of one pair over all recordings.
pub fn count_pair(recordings: &[&Labelled], model: &Model, pair: Pair) -> Counts {
    let sweepers: Vec<_> = recordings.iter().map(|r| Sweeper::new(r, model)).collect();
    counts(&sweepers, pair)
}

fn counts(sweepers: &[Sweeper<'_>], pair: Pair) -> Counts {
    let mut counts = Counts::default();
    for sweeper in sweepers {
        counts.add(&sweeper.window(pair.window), pair.threshold_dbm);
    }
    counts
}

fn robustness(recordings: &[&Labelled], model: &Model, pair: Pair) -> Vec<Robustness> {
    variants(model)
        .into_iter()
        .map(|variant| {
            let heard: Vec<_> = recordings.iter().map(|r| variant.hear(r)).collect();
            let heard: Vec<_> = heard.iter().collect();
            Robustness { variant: variant.name, counts: count_pair(&heard, &variant.model, pair) }
        })
        .collect()
}

/// The window at which the weakest tap comes nearest to the strongest non-tap from below.
fn nearest(grid: &Grid) -> Option<(usize, Mean, Mean)> {
    let gap = |e: &Extremes| {
        let (tap, no_tap) = (e.weakest_tap?, e.strongest_no_tap?);
        (tap.n == no_tap.n).then_some((Mean { sum: tap.sum - no_tap.sum, n: tap.n }, tap, no_tap))
    };
    WINDOWS
        .filter_map(|w| gap(&grid.extremes(w, &[])).map(|g| (w, g)))
        .max_by(|(_, a), (_, b)| a.0.cmp_mean(b.0))
        .map(|(w, (_, tap, no_tap))| (w, tap, no_tap))
}

/// What may be left out as a whole: a band in a recording where there are several of either,
/// otherwise a single segment.
struct Units {
    list: Vec<Unit>,
    grouping: Grouping,
    bands: Vec<Option<crate::reading::Band>>,
    /// Recordings that are of sessions of their own.
    sessions: usize,
}

struct Unit {
    recording: usize,
    /// Place in `Units::bands`.
    band: usize,
    taps: u64,
    no_taps: u64,
}

impl Units {
    fn of(recordings: &[&Labelled], one_session: bool) -> Self {
        let band_of = |r: &Labelled, s: &Span| s.band.and_then(|b| r.bands.get(b as usize).copied());
        let counted = |s: &&Span| matches!(s.intent, Intent::Tap | Intent::NoTap);
        let mut bands = Vec::new();
        for recording in recordings {
            for span in recording.spans.iter().filter(counted) {
                let band = band_of(recording, span);
                if !bands.contains(&band) {
                    bands.push(band);
                }
            }
        }
        let sessions = if one_session { 1 } else { recordings.len() };
        let whole = sessions > 1 || bands.len() > 1;
        let segments = recordings.iter().flat_map(|r| &r.spans).filter(counted).count();
        let run = (segments.div_ceil(MAX_FOLDS).max(1)) as u64;
        let mut units = Self { list: Vec::new(), grouping: Vec::new(), bands, sessions };
        for (index, recording) in recordings.iter().enumerate() {
            let mut groups = Vec::new();
            for span in &recording.spans {
                if !counted(&span) {
                    groups.push(0);
                    continue;
                }
                let band = units.bands.iter().position(|b| *b == band_of(recording, span)).unwrap_or(0);
                let known = if whole {
                    units.list.iter().position(|u| u.recording == index && u.band == band)
                } else {
                    // So many segments are left out in runs, which keeps memory and time bounded.
                    let has_room = units.list.last().is_some_and(|u| u.taps + u.no_taps < run);
                    has_room.then(|| units.list.len() - 1)
                };
                let unit = known.unwrap_or_else(|| {
                    units.list.push(Unit { recording: index, band, taps: 0, no_taps: 0 });
                    units.list.len() - 1
                });
                let unit_counts = &mut units.list[unit];
                unit_counts.taps += u64::from(span.intent == Intent::Tap);
                unit_counts.no_taps += u64::from(span.intent == Intent::NoTap);
                groups.push(unit);
            }
            units.grouping.push(groups);
        }
        units
    }

    fn matching(&self, wanted: impl Fn(&Unit) -> bool) -> Vec<usize> {
        (0..self.list.len()).filter(|&u| wanted(&self.list[u])).collect()
    }

    /// What to leave out, one after the other, by recording, by band or by segment.
    fn folds(&self) -> Vec<(&'static str, Vec<Vec<usize>>)> {
        let mut folds = Vec::new();
        if self.sessions > 1 {
            folds.push((
                "recording",
                (0..self.sessions).map(|r| self.matching(|u| u.recording == r)).collect(),
            ));
        }
        if self.bands.len() > 1 {
            folds.push(("band", (0..self.bands.len()).map(|b| self.matching(|u| u.band == b)).collect()));
        }
        if folds.is_empty() {
            folds.push(("segment", (0..self.list.len()).map(|u| vec![u]).collect()));
        }
        folds
    }

    fn totals(&self, units: impl Iterator<Item = usize>) -> (u64, u64) {
        units.fold((0, 0), |(t, n), u| (t + self.list[u].taps, n + self.list[u].no_taps))
    }
}

fn held_out(
    grid: &Grid,
    units: &Units,
    rule: &Choice,
    by: &'static str,
    folds: &[Vec<usize>],
) -> Option<HeldOut> {
    let mut held = HeldOut { by, folds: 0, taps: 0, missed: 0, no_taps: 0, false_taps: 0 };
    for fold in folds.iter().filter(|f| !f.is_empty()) {
        let rest = (0..units.list.len()).filter(|u| !fold.contains(u));
        let (taps, no_taps) = units.totals(rest);
        let choice = grid.ranked(rule, fold).first().map(|r| r.pair);
        let (Some(pair), true) = (choice, taps > 0 && no_taps > 0) else { continue };
        let (taps, no_taps) = units.totals(fold.iter().copied());
        held.folds += 1;
        held.taps += taps;
        held.no_taps += no_taps;
        for &unit in fold {
            let errors = grid.errors_in(unit, pair);
            held.missed += u64::from(errors.missed);
            held.false_taps += u64::from(errors.false_taps);
        }
    }
    (held.folds > 0).then_some(held)
}

fn intervals(
    grid: &Grid,
    units: &Units,
    recordings: &[&Labelled],
    rule: &Choice,
    recording: usize,
) -> RecordingIntervals {
    let mine = units.matching(|u| u.recording == recording);
    let others = units.matching(|u| u.recording != recording);
    let free = |window, threshold_dbm| {
        let below_top = rule.ceiling_dbm.is_none_or(|top| threshold_dbm < top);
        let errors = mine.iter().map(|&u| grid.errors_in(u, Pair { window, threshold_dbm }));
        below_top && !mine.is_empty() && errors.into_iter().all(Errors::is_free)
    };
    let best = grid.ranked(rule, &others).first().filter(|r| r.errors.is_free()).map(|r| r.pair);
    let (taps, no_taps) = units.totals(mine.iter().copied());
    RecordingIntervals {
        path: recordings[recording].path.clone(),
        taps,
        no_taps,
        at_window: WINDOWS.map(|w| runs(|t| free(w, t))).collect(),
        own: best.filter(|_| !mine.is_empty()),
    }
}

/// The runs of thresholds for which `free` holds, farthest from 0 first.
fn runs(free: impl Fn(i32) -> bool) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for t in thresholds().filter(|t| free(*t)) {
        match runs.last_mut().filter(|(_, high)| *high + 1 == t) {
            Some((_, high)) => *high = t,
            None => runs.push((t, t)),
        }
    }
    runs
}
