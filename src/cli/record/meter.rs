//! The live meter: of each band that a source hears, mean, rate, age and what the engine makes of
//! it. It looks on: what it cannot show in time is left out.

use std::collections::{BTreeMap, VecDeque};

use super::display::Display;
use super::keys;
use crate::engine::{Event, Rules};
use crate::reading::Band;
use crate::recording::{BandId, Header, Intent, LineReader, Names, RowKind, Sample, SourceId};
use crate::replay::{JsonLines, Live, Placed, centi_dbm};
use crate::session::{Said, Watch};

/// What mean and rate are taken over.
const WINDOW_US: i64 = 2_000_000;

/// Pairs of source and band that are shown.
const SHOWN: usize = 6;

/// How often it is drawn at most.
const DRAWN_EVERY_US: i64 = 200_000;

/// How long a tap is shown.
const TAP_SHOWN_US: i64 = 1_500_000;

/// Pairs kept, and samples of each; a crowd must not fill the memory.
const KEPT: usize = 512;

/// What there is to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Views {
    /// The meter.
    pub(super) meter: bool,
    /// A line for people of each decision.
    pub(super) words: bool,
    /// A line of JSON on stdout of each decision.
    pub(super) json: bool,
    /// What came of keys, and warnings.
    pub(super) notes: bool,
    /// Which keys there are.
    pub(super) keys: bool,
}

/// What the engine last said of a pair.
#[derive(Clone, Copy, Default)]
struct State {
    tapped_us: Option<i64>,
    is_present: Option<bool>,
    locks_us: Option<i64>,
    is_locked: bool,
}

#[derive(Default)]
struct Heard {
    recent: VecDeque<(i64, i8)>,
    last_us: i64,
    state: State,
}

/// Keeps what is to be seen of a recording.
pub(super) struct Meter {
    views: Views,
    display: Display,
    lines: LineReader,
    json: JsonLines,
    live: Option<Live>,
    countdown_us: i64,
    pairs: BTreeMap<(SourceId, BandId), Heard>,
    with_source: bool,
    segment: Option<(u64, Intent, i64)>,
    samples: u64,
    drawn_us: i64,
}

impl Meter {
    /// Of the recording with this header; decisions are made by `live`, if there are any.
    pub(super) fn new(header: &Header, rules: &Rules, live: Option<Live>, views: Views) -> Self {
        Self {
            views,
            display: Display::start(),
            lines: LineReader::new(header),
            json: JsonLines::new(header, None),
            live,
            countdown_us: i64::from(rules.model.lock_countdown_s) * 1_000_000,
            pairs: BTreeMap::new(),
            with_source: header.sources.len() > 1,
            segment: None,
            samples: 0,
            drawn_us: i64::MIN,
        }
    }

    /// Takes the meter away from a recording that was closed at `end_us`, if it was; how many
    /// texts were not shown.
    pub(super) fn close(mut self, end_us: Option<i64>, rules: &Rules) -> u64 {
        let outcome = self.decide(|live, names, event| match end_us {
            Some(end_us) => (None, Some(live.finish(names, end_us, event))),
            None => (Some(live), None),
        });
        if let (true, Some(outcome)) = (self.views.json, outcome.flatten()) {
            self.display.data(format!("{}\n", outcome.summary.to_line(rules)).into_bytes());
        }
        self.display.close()
    }

    fn note(&mut self, text: String) {
        if self.views.notes {
            self.display.note(text);
        }
    }

    fn is_blind(&self) -> bool {
        !self.views.meter && self.live.is_none()
    }

    /// Lets the engine decide, and takes note of the events.
    fn decide<T>(
        &mut self,
        decide: impl FnOnce(Live, &Names, &mut dyn FnMut(&Names, &Placed)) -> (Option<Live>, T),
    ) -> Option<T> {
        let live = self.live.take()?;
        let Self { lines, views, json, display, pairs, countdown_us, with_source, .. } = self;
        let (live, result) = decide(live, lines.names(), &mut |names, placed| {
            if views.json {
                let mut line = Vec::with_capacity(128);
                json.event(&mut line, names, placed);
                display.data(line);
            }
            if views.words {
                display.note(words(names, placed, *with_source));
            }
            if let Some(heard) = pairs.get_mut(&(placed.source, placed.band)) {
                heard.state.take(placed, *countdown_us);
            }
        });
        self.live = live;
        Some(result)
    }

    fn heard(&mut self, now_us: i64, sample: Sample) {
        self.samples += 1;
        let pair = (sample.source, sample.band);
        if self.pairs.len() >= KEPT && !self.pairs.contains_key(&pair) {
            return;
        }
        let heard = self.pairs.entry(pair).or_default();
        heard.last_us = now_us;
        if heard.recent.len() >= KEPT {
            heard.recent.pop_front();
        }
        heard.recent.push_back((now_us, sample.rssi_dbm));
    }

    /// The loudest bands first: those in the hand.
    fn rows(&self, now_us: i64) -> Vec<String> {
        let mut pairs: Vec<_> =
            self.pairs.iter().map(|(pair, heard)| (heard.mean_dbm(), pair, heard)).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let names = self.lines.names();
        let mut rows: Vec<_> = pairs
            .iter()
            .take(SHOWN)
            .map(|(mean, (source, band), heard)| {
                let band = names.band(*band).map_or(String::new(), |band| band.to_string());
                let source =
                    if self.with_source { format!("{:<11} ", names.source(*source)) } else { String::new() };
                let age = now_us.saturating_sub(heard.last_us) as f64 / 1e6;
                let signal = match heard.recent.len() {
                    0 => format!("silent for {age:.0} s"),
                    count => {
                        let rate = count as f64 * 1e6 / WINDOW_US as f64;
                        format!("{mean:>6.1} dBm {rate:>3.0}/s {age:>4.1} s ago")
                    }
                };
                let state = self.live.as_ref().map_or(String::new(), |_| heard.state.words(now_us));
                format!("{source}{band:<17} {signal:<27} {state}").trim_end().to_owned()
            })
            .collect();
        rows.push(self.foot(now_us, pairs.len().saturating_sub(SHOWN)));
        if self.views.keys {
            rows.extend(keys::HELP.map(str::to_owned));
        }
        rows
    }

    fn foot(&self, now_us: i64, others: usize) -> String {
        let seconds = |us: i64| us.max(0) as f64 / 1e6;
        let mut foot = format!("{} samples in {:.0} s", self.samples, seconds(now_us));
        if others > 0 {
            foot += &format!(", {others} more bands");
        }
        if let Some((id, intent, begin_us)) = self.segment {
            foot += &format!("  [segment {id}: {}, {:.1} s]", intent.name(), seconds(now_us - begin_us));
        }
        foot
    }
}

impl Heard {
    fn mean_dbm(&self) -> f64 {
        if self.recent.is_empty() {
            return f64::NEG_INFINITY;
        }
        self.recent.iter().map(|(_, rssi)| f64::from(*rssi)).sum::<f64>() / self.recent.len() as f64
    }
}

impl State {
    fn take(&mut self, placed: &Placed, countdown_us: i64) {
        let t_us = placed.decision.t_us;
        match placed.decision.event {
            Event::Tap => self.tapped_us = Some(t_us),
            Event::Present => self.is_present = Some(true),
            Event::Away => self.is_present = Some(false),
            Event::CountdownStarted => self.locks_us = Some(t_us.saturating_add(countdown_us)),
            Event::CountdownCancelled => self.locks_us = None,
            Event::Locked => (self.locks_us, self.is_locked) = (None, true),
            Event::Unlocked => self.is_locked = false,
        }
    }

    fn words(&self, now_us: i64) -> String {
        let presence = match self.is_present {
            Some(true) => "present",
            Some(false) => "away",
            None => "-",
        };
        let lock = match self.locks_us {
            _ if self.is_locked => "locked".to_owned(),
            Some(at_us) => format!("locks in {} s", at_us.saturating_sub(now_us).max(0) / 1_000_000),
            None => "unlocked".to_owned(),
        };
        let is_tapped = self.tapped_us.is_some_and(|at_us| now_us.saturating_sub(at_us) < TAP_SHOWN_US);
        format!("{presence:<7} {lock:<12} {}", if is_tapped { "TAP" } else { "" })
    }
}

/// A decision for people.
fn words(names: &Names, placed: &Placed, with_source: bool) -> String {
    let decision = &placed.decision;
    let seconds = decision.t_us as f64 / 1e6;
    let source = if with_source { format!(" {}", names.source(placed.source)) } else { String::new() };
    let band = names.band(placed.band).map_or(String::new(), |band| band.to_string());
    let mean = decision.mean.map_or(String::new(), |mean: crate::engine::Mean| {
        format!(", mean {} dBm", centi_dbm(mean.centi_dbm()))
    });
    let segment = placed.segment.map_or(String::new(), |id| format!(", segment {id}"));
    format!("{seconds:.3} s{source} {band}: {}{mean}{segment}", decision.event.name())
}

impl Watch for Meter {
    fn row(&mut self, now_us: i64, line: &[u8]) {
        if self.is_blind() {
            return;
        }
        // A line that the format refuses is refused again when the file is read.
        let Ok(row) = self.lines.row(line) else { return };
        if let RowKind::Sample(sample) = row.kind
            && self.views.meter
        {
            self.heard(now_us, sample);
        }
        self.decide(|mut live, names, event| {
            live.row(names, &row, event);
            (Some(live), ())
        });
    }

    fn quiet(&mut self, until_us: i64) {
        self.decide(|mut live, names, event| {
            live.quiet(names, until_us, event);
            (Some(live), ())
        });
    }

    fn said(&mut self, now_us: i64, said: Said) {
        self.segment = match said {
            Said::Began(id, intent) => Some((id, intent, now_us)),
            Said::Observed(_) | Said::Nothing => self.segment,
            Said::Ended(..) | Said::Cancelled(..) => None,
        };
        self.note(keys::words(said));
    }

    fn two_at_once(&mut self, (a, b): (Band, Band)) {
        self.display
            .note(format!("warning: {a} and {b} are heard at the same time: two bands under one name"));
    }

    fn tick(&mut self, now_us: i64) {
        if !self.views.meter || now_us.saturating_sub(self.drawn_us) < DRAWN_EVERY_US {
            return;
        }
        self.drawn_us = now_us;
        for heard in self.pairs.values_mut() {
            while heard.recent.front().is_some_and(|(at, _)| now_us.saturating_sub(*at) > WINDOW_US) {
                heard.recent.pop_front();
            }
        }
        self.display.meter(self.rows(now_us));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::parameters::{Dongle, ParameterSet};

    fn meter(views: Views) -> Meter {
        let header = serde_json::from_str(r#"{"rssi_recording":1}"#).unwrap();
        let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
        let live = Live::new(&rules, true).unwrap();
        Meter::new(&Header::of(header).unwrap(), &rules, Some(live), views)
    }

    fn sample(meter: &mut Meter, t_us: i64, band: &str, rssi: i8) {
        meter.row(t_us, format!("{{\"t_us\":{t_us},\"band\":\"{band}\",\"rssi\":{rssi}}}\n").as_bytes());
    }

    #[test]
    fn shows_mean_rate_and_age_loudest_first() {
        let mut meter = meter(Views { meter: true, ..Views::default() });
        sample(&mut meter, 1_000_000, "C6:05:04:03:02:01", -70);
        sample(&mut meter, 1_000_000, "C6:05:04:03:02:02", -40);
        sample(&mut meter, 1_500_000, "C6:05:04:03:02:02", -41);
        meter.said(1_500_000, Said::Began(3, Intent::Tap));
        assert_eq!(
            meter.rows(2_000_000),
            [
                "C6:05:04:03:02:02  -40.5 dBm   1/s  0.5 s ago -       unlocked",
                "C6:05:04:03:02:01  -70.0 dBm   0/s  1.0 s ago -       unlocked",
                "3 samples in 2 s  [segment 3: tap, 0.5 s]",
            ]
        );
        meter.said(3_000_000, Said::Ended(3, Intent::Tap));
        meter.pairs.values_mut().for_each(|heard| heard.recent.clear());
        let rows = meter.rows(4_000_000);
        assert_eq!(rows[0], "C6:05:04:03:02:01 silent for 3 s              -       unlocked");
        assert_eq!(rows[2], "3 samples in 4 s");
    }

    #[test]
    fn shows_what_the_engine_decides() {
        let mut meter = meter(Views { meter: true, ..Views::default() });
        for i in 0..51 {
            sample(&mut meter, i * 100_000, "~left", -40);
        }
        assert!(meter.rows(5_000_000)[0].ends_with("present unlocked"), "{:?}", meter.rows(5_000_000));
        assert!(meter.rows(1_000_000)[0].ends_with("unlocked     TAP"));
        meter.quiet(5_000_000 + 33_000_000);
        assert!(meter.rows(38_000_000)[0].ends_with("away    locks in 7 s"), "{:?}", meter.rows(38_000_000));
        assert_eq!(meter.close(Some(50_000_000), &Rules::default()), 0);
    }
}
