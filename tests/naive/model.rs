//! Rules 1–13 of `docs/nbe-model.md` with their switches, one sentence at a time. The quoted
//! sentences are the document's.

use tapbench::engine::parameters::Parameter;
use tapbench::engine::{AbsentRule, PartialWindow, ProximityCheck, Rules, TapRule, UnlockRule};

use super::Filter;
use super::recording::{Kind, Recording};

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub t_us: i64,
    /// Whose dongle.
    pub source: String,
    /// Whose band.
    pub band: String,
    /// `tap`, `present`, …
    pub name: &'static str,
    /// Sum and number of the samples whose mean decided.
    pub mean: Option<(i64, i64)>,
}

/// "State is kept per (source, band), taps, proximity, locked state and countdown alike."
struct Pair {
    source: String,
    band: String,
    /// Every sample ever heard.
    samples: Vec<(i64, i64)>,
    /// The last tap, until the next one can fire.
    tapped_at: Option<i64>,
    /// How many of `samples` no longer count for proximity: those before the last absence.
    forgotten: usize,
    report: Option<&'static str>,
    close_check_at: Option<i64>,
    locks_at: Option<i64>,
    locked: bool,
}

struct Nbe<'a> {
    rules: &'a Rules,
    /// In the order in which they were first heard.
    pairs: Vec<Pair>,
    events: Vec<Event>,
}

/// Every event of the recording, in the order of rule 13.
pub fn decide(recording: &Recording, rules: &Rules, filter: &Filter) -> Vec<Event> {
    let mut nbe = Nbe { rules, pairs: Vec::new(), events: Vec::new() };
    for row in &recording.rows {
        // "Every row that parses moves time forward, such rows and rssi 127 too."
        nbe.time_alone(row.t_us);
        if let Kind::Rssi { source, band, rssi } = &row.kind {
            let source = recording.source_of(source.as_ref());
            // "127 … is not a sample and changes no window or timer."
            if *rssi != 127 && filter.evaluates(&source, band) {
                nbe.sample(row.t_us, &source, band, *rssi);
            }
        }
    }
    // "… at the latest that of the last row (of any kind)."
    nbe.time_alone(recording.last_t_us());
    nbe.events
}

fn sum(samples: &[(i64, i64)]) -> (i64, i64) {
    (samples.iter().map(|(_, rssi)| rssi).sum(), samples.len() as i64)
}

impl Nbe<'_> {
    fn parameter(&self, parameter: Parameter) -> i64 {
        self.rules.parameters.get(parameter).expect("all five are given").into()
    }

    fn emit(&mut self, t_us: i64, pair: usize, name: &'static str, mean: Option<(i64, i64)>) {
        let Pair { source, band, .. } = &self.pairs[pair];
        self.events.push(Event { t_us, source: source.clone(), band: band.clone(), name, mean });
    }

    fn sample(&mut self, t_us: i64, source: &str, band: &str, rssi: i64) {
        // "A pair is first heard at its first sample."
        let known = self.pairs.iter().position(|p| p.source == source && p.band == band);
        let pair = known.unwrap_or_else(|| {
            self.pairs.push(Pair {
                source: source.into(),
                band: band.into(),
                samples: Vec::new(),
                tapped_at: None,
                forgotten: 0,
                report: None,
                close_check_at: None,
                locks_at: None,
                // "A recording starts unlocked, with nothing reported."
                locked: false,
            });
            self.pairs.len() - 1
        });
        self.pairs[pair].samples.push((t_us, rssi));
        // "A sample's tap comes before its report, and the report before what it causes."
        self.tap(t_us, pair);
        self.proximity(t_us, pair);
    }

    fn tap(&mut self, t_us: i64, pair: usize) {
        let threshold = self.parameter(Parameter::TapThreshold);
        let window = self.parameter(Parameter::WindowTap) as usize;
        let samples = &self.pairs[pair].samples;
        // "Threshold 0: never."
        if threshold == 0 {
            return;
        }
        // "Fewer samples than that: no decision"; "use decides on the n < window samples there are".
        if samples.len() < window && self.rules.model.partial_window == PartialWindow::Wait {
            return;
        }
        // "Keep the last `rssi_window_tap` RSSI samples."
        let last = &samples[samples.len().saturating_sub(window)..];
        let (sum, n) = sum(last);
        match self.pairs[pair].tapped_at {
            None => {
                let exceeds = match self.rules.model.tap_rule {
                    // "Tap when the mean *exceeds* `rssi_tap_threshold`: strictly greater."
                    TapRule::Mean => sum > threshold * n,
                    // "… when every sample of the window is > threshold."
                    TapRule::EverySampleAbove => last.iter().all(|(_, rssi)| *rssi > threshold),
                };
                if exceeds {
                    self.pairs[pair].tapped_at = Some(t_us);
                    self.emit(t_us, pair, "tap", Some((sum, n)));
                }
            }
            Some(tapped_at) => {
                // "Re-arms at sum ≤ (threshold − h)·n … and not before that long after the tap."
                let h = i64::from(self.rules.model.rearm_hysteresis_db);
                let cooldown_us = i64::from(self.rules.model.rearm_cooldown_ms) * 1000;
                if sum <= (threshold - h) * n && t_us >= tapped_at + cooldown_us {
                    self.pairs[pair].tapped_at = None;
                }
            }
        }
    }

    fn proximity(&mut self, t_us: i64, pair: usize) {
        let (close, far) = (self.parameter(Parameter::CutoffClose), self.parameter(Parameter::CutoffFar));
        let window = self.parameter(Parameter::WindowLong) as usize;
        // "`rssi_cutoff_close` = 0: no proximity and no Lock Control events at all."
        if close == 0 {
            return;
        }
        let counted = &self.pairs[pair].samples[self.pairs[pair].forgotten..];
        let due = match self.rules.model.proximity_check {
            // "Each time `rssi_window_long` new ones have arrived … checks do not overlap."
            ProximityCheck::EveryWindow => counted.len().is_multiple_of(window),
            // "A sliding mean, checked at each sample once full."
            ProximityCheck::EverySample => counted.len() >= window,
        };
        if !due {
            return;
        }
        let (sum, n) = sum(&counted[counted.len() - window..]);
        // "close when mean ≥ `rssi_cutoff_close`; away when mean ≤ `rssi_cutoff_far`; between
        // otherwise", in that order.
        if sum >= close * n {
            self.pairs[pair].close_check_at = Some(t_us);
            // "`present` at a check that is close, unless the last report was `present`."
            self.report(t_us, pair, "present", Some((sum, n)));
        } else if sum <= far * n {
            // "`away` at a check that is away, unless the last report was `away`."
            self.report(t_us, pair, "away", Some((sum, n)));
        }
    }

    fn report(&mut self, t_us: i64, pair: usize, report: &'static str, mean: Option<(i64, i64)>) {
        if self.pairs[pair].report == Some(report) {
            return;
        }
        self.pairs[pair].report = Some(report);
        self.emit(t_us, pair, report, mean);
        let (model, policy) = (&self.rules.model, &self.rules.policy);
        let Pair { locked, locks_at, .. } = self.pairs[pair];
        if report == "away" {
            // "`away` while unlocked, with no countdown running, starts a countdown of 10 s";
            // "`lock_when_away` off: no countdown, no lock".
            if policy.lock_when_away && !locked && locks_at.is_none() {
                self.pairs[pair].locks_at = Some(t_us + i64::from(model.lock_countdown_s) * 1_000_000);
                self.emit(t_us, pair, "countdown_started", None);
            }
            return;
        }
        // "`present` before its end cancels it"; "`keep_unlocked_when_present` off: `present` does
        // not cancel a countdown".
        if policy.keep_unlocked_when_present && locks_at.is_some() {
            self.pairs[pair].locks_at = None;
            self.emit(t_us, pair, "countdown_cancelled", None);
        }
        // "`present` while locked unlocks"; "with gate `unlocked` is never reported";
        // "`unlock_when_present` off: no `unlocked`".
        if locked && policy.unlock_when_present && model.unlock_rule == UnlockRule::OnPresent {
            self.pairs[pair].locked = false;
            self.emit(t_us, pair, "unlocked", None);
        }
    }

    /// When `pair` falls absent, if it can.
    fn absent_at(&self, pair: &Pair) -> Option<i64> {
        // "A (source, band) whose last report is `present` and of which no sample has come for
        // 30 s: `away`, due at its last sample's time + 30 s"; "not-close is due that long after
        // the last check that was close".
        if pair.report != Some("present") {
            return None;
        }
        let since = match self.rules.model.absent_rule {
            AbsentRule::NoSample => pair.samples.last().map(|(t_us, _)| *t_us),
            AbsentRule::NotClose => pair.close_check_at,
        };
        since.map(|t_us| t_us + i64::from(self.rules.model.absent_after_s) * 1_000_000)
    }

    /// "What time alone makes due (absence, the end of a countdown) at or before a row's `t_us`
    /// happens before that row, in order of due time; at equal times in the order in which the
    /// (source, band) pairs were first heard." Of one pair the lock comes first: "at the instant
    /// of its end the lock happens first, whatever arrives at that instant".
    fn time_alone(&mut self, now_us: i64) {
        const LOCK: u8 = 0;
        const ABSENT: u8 = 1;
        loop {
            let mut due: Vec<(i64, usize, u8)> = Vec::new();
            for (index, pair) in self.pairs.iter().enumerate() {
                due.extend(pair.locks_at.map(|t_us| (t_us, index, LOCK)));
                due.extend(self.absent_at(pair).map(|t_us| (t_us, index, ABSENT)));
            }
            due.retain(|(t_us, ..)| *t_us <= now_us);
            due.sort_unstable();
            match due.first() {
                None => return,
                Some(&(t_us, pair, LOCK)) => {
                    self.pairs[pair].locks_at = None;
                    self.pairs[pair].locked = true;
                    self.emit(t_us, pair, "locked", None);
                }
                Some(&(t_us, pair, _)) => {
                    // "The count of rule 5 starts afresh"; "absence empties the window".
                    self.pairs[pair].forgotten = self.pairs[pair].samples.len();
                    self.report(t_us, pair, "away", None);
                }
            }
        }
    }
}
