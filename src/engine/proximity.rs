//! Is the band present? `rssi_window_long` "defines how often the Nymi Bluetooth Endpoint service
//! checks the distance … and tracks trends in these changes" (guide, Table 5). Rules 5–9 and 12 of
//! `docs/nbe-model.md`.

use super::Event;
use super::mean::Mean;
use super::model::{AbsentRule, Model, ProximityCheck};
use super::parameters::{Parameter, ParameterSet};

/// The proximity parameters and switches of one engine.
#[derive(Clone, Debug)]
pub struct ProximityRule {
    window: usize,
    cutoff_close_dbm: i32,
    cutoff_far_dbm: i32,
    sliding: bool,
    absent_rule: AbsentRule,
    absent_after_us: i64,
}

impl ProximityRule {
    /// `None` where proximity is bypassed: `rssi_cutoff_close` 0 (guide, Table 5).
    pub fn new(parameters: &ParameterSet, model: &Model) -> Option<Self> {
        let cutoff_close_dbm = parameters.get(Parameter::CutoffClose).filter(|&c| c != 0)?;
        Some(Self {
            window: usize::try_from(parameters.get(Parameter::WindowLong)?).ok()?,
            cutoff_close_dbm,
            cutoff_far_dbm: parameters.get(Parameter::CutoffFar)?,
            sliding: model.proximity_check == ProximityCheck::EverySample,
            absent_rule: model.absent_rule,
            absent_after_us: i64::from(model.absent_after_s) * 1_000_000,
        })
    }

    /// The zone of a mean; on a cutoff it belongs to the zone that the cutoff names (A4).
    pub fn zone(&self, mean: Mean) -> Zone {
        if mean.sum >= self.cutoff_close_dbm * mean.n {
            Zone::Close
        } else if mean.sum <= self.cutoff_far_dbm * mean.n {
            Zone::Away
        } else {
            Zone::Between
        }
    }
}

/// Where a check places the band (rule 6). The tap zone counts as close (A9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Mean ≥ `rssi_cutoff_close`.
    Close,
    /// Between the cutoffs; the guide's word is *far*.
    Between,
    /// Mean ≤ `rssi_cutoff_far`.
    Away,
}

/// How a check compares with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trend {
    /// Nearer to 0.
    Rising,
    /// The same.
    Steady,
    /// Farther from 0.
    Falling,
}

/// One distance check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// Mean of the checked samples.
    pub mean: Mean,
    /// Its zone.
    pub zone: Zone,
    /// Against the check before; `None` at the first.
    pub trend: Option<Trend>,
    /// What it makes NBE report, where that is not what was reported last (rule 7).
    pub report: Option<Report>,
}

/// What is reported to Lock Control (rule 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Report {
    /// At a close check, unless it was the last report.
    Present,
    /// At an away check or on absence, unless it was the last report.
    Away,
}

impl Report {
    pub(super) fn event(self) -> Event {
        match self {
            Self::Present => Event::Present,
            Self::Away => Event::Away,
        }
    }
}

/// The proximity of one (source, band).
#[derive(Debug)]
pub(crate) struct Proximity {
    /// The last samples, where checks slide; empty where they do not overlap.
    ring: Box<[i8]>,
    next: usize,
    count: usize,
    sum: i32,
    last_check: Option<Mean>,
    last_report: Option<Report>,
    /// Last sample or last close check, whichever the absence rule counts from.
    heard_at_us: i64,
    absent_after_us: i64,
}

impl Proximity {
    pub(crate) fn new(rule: &ProximityRule) -> Self {
        let ring = vec![0; if rule.sliding { rule.window } else { 0 }].into_boxed_slice();
        Self {
            ring,
            next: 0,
            count: 0,
            sum: 0,
            last_check: None,
            last_report: None,
            heard_at_us: 0,
            absent_after_us: rule.absent_after_us,
        }
    }

    /// Takes a sample; the mean to check where it completes one.
    #[inline]
    pub(super) fn sample(&mut self, rule: &ProximityRule, t_us: i64, rssi_dbm: i8) -> Option<Mean> {
        self.heard(rule, t_us);
        if rule.sliding { self.slide(rule, rssi_dbm) } else { self.collect(rule, rssi_dbm) }
    }

    /// A sample came; absence counts from it, unless it counts from close checks.
    pub(crate) fn heard(&mut self, rule: &ProximityRule, t_us: i64) {
        if rule.absent_rule == AbsentRule::NoSample {
            self.heard_at_us = t_us;
        }
    }

    /// Non-overlapping checks: the mean of exactly the samples since the last one (rule 5).
    fn collect(&mut self, rule: &ProximityRule, rssi_dbm: i8) -> Option<Mean> {
        self.sum += i32::from(rssi_dbm);
        self.count += 1;
        if self.count < rule.window {
            return None;
        }
        let mean = self.mean();
        self.count = 0;
        self.sum = 0;
        Some(mean)
    }

    /// A sliding mean, checked at each sample once the window is full (A3, `every-sample`).
    fn slide(&mut self, rule: &ProximityRule, rssi_dbm: i8) -> Option<Mean> {
        let oldest = std::mem::replace(&mut self.ring[self.next], rssi_dbm);
        self.next = if self.next + 1 == rule.window { 0 } else { self.next + 1 };
        self.sum += i32::from(rssi_dbm);
        if self.count == rule.window {
            self.sum -= i32::from(oldest);
        } else {
            self.count += 1;
        }
        (self.count == rule.window).then(|| self.mean())
    }

    fn mean(&self) -> Mean {
        Mean { sum: self.sum, n: i32::try_from(self.count).unwrap_or(i32::MAX) }
    }

    /// Judges the mean of a completed check.
    pub(crate) fn check(&mut self, rule: &ProximityRule, t_us: i64, mean: Mean) -> Check {
        let trend = self.last_check.map(|last| match mean.cmp_mean(last) {
            std::cmp::Ordering::Greater => Trend::Rising,
            std::cmp::Ordering::Equal => Trend::Steady,
            std::cmp::Ordering::Less => Trend::Falling,
        });
        self.last_check = Some(mean);
        let zone = rule.zone(mean);
        if zone == Zone::Close && rule.absent_rule == AbsentRule::NotClose {
            self.heard_at_us = t_us;
        }
        let due = match zone {
            Zone::Close => Some(Report::Present),
            Zone::Away => Some(Report::Away),
            Zone::Between => None,
        };
        let report = due.filter(|_| self.last_report != due);
        self.last_report = due.or(self.last_report);
        Check { mean, zone, trend, report }
    }

    /// When absence falls due, while the last report is `present` (rule 9).
    pub(crate) fn absent_at_us(&self) -> Option<i64> {
        (self.last_report == Some(Report::Present))
            .then(|| self.heard_at_us.saturating_add(self.absent_after_us))
    }

    /// Absence: reported as away, and the count starts afresh (rule 9).
    pub(crate) fn absent(&mut self) {
        self.last_report = Some(Report::Away);
        self.count = 0;
        self.sum = 0;
        self.next = 0;
    }
}
