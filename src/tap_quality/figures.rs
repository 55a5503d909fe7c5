//! How good taps on an NFC reader were: figures over all of them.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::tap::{Gather, Tap};
use crate::drivers::nfc::Outcome;
use crate::recording::NfcRow;
use crate::tuning::binomial_interval_95;

/// As long as the vendor wants a band to be held, in ms.
pub const HOLD_MS: u64 = 1000;
/// An hour: whatever lies longer was forgotten there.
const DWELL_MAX_MS: u64 = 3_600_000;

/// Bounds of the bars that dwells are shown in, in ms: the guide wants 1000.
const DWELL_BARS_MS: [u64; 6] = [0, 100, 250, 500, 1000, 2000];
/// The same for the time to the UID.
const READ_BARS_MS: [u64; 6] = [0, 20, 50, 100, 200, 500];

/// A bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// From here on, in ms.
    pub from_ms: u64,
    /// Below this, in ms; the last bar has no end.
    pub to_ms: Option<u64>,
    /// So many.
    pub count: u64,
}

impl Bar {
    /// What is in it, for people.
    pub fn words(self) -> String {
        match self {
            Self { from_ms: 0, to_ms: Some(to_ms), .. } => format!("under {to_ms} ms"),
            Self { from_ms, to_ms: Some(to_ms), .. } => format!("{from_ms} to {to_ms} ms"),
            Self { from_ms, to_ms: None, .. } => format!("{from_ms} ms or more"),
        }
    }
}

/// Taps tried, and those that went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// All.
    pub taps: u64,
    /// Those with the outcome `ok`.
    pub ok: u64,
}

impl Rate {
    /// Counts one more.
    pub fn add(&mut self, is_ok: bool) {
        self.taps += 1;
        self.ok += u64::from(is_ok);
    }

    /// For people: taps after a rest and those that followed sooner, where there are any.
    pub fn apart(after_idle: Self, back_to_back: Self) -> impl Iterator<Item = String> {
        let both = [("After 30 s or more of rest", after_idle), ("Sooner", back_to_back)];
        let any = both.into_iter().filter(|(_, rate)| rate.taps > 0);
        any.map(|(when, rate)| format!("{when}: {}", rate.words()))
    }

    /// For people: how many, how many of them well, and how sure that is.
    pub fn words(self) -> String {
        let [low, high] = self.interval();
        match self.taps {
            0 => "0".to_owned(),
            taps => {
                format!("{} of {taps} ok (95 % sure: {:.0} to {:.0} %)", self.ok, 100.0 * low, 100.0 * high)
            }
        }
    }

    /// The exact 95 % interval of the share that went well.
    pub fn interval(self) -> [f64; 2] {
        binomial_interval_95(self.ok, self.taps)
    }
}

/// Taps that are `ok` and of which no more is known than that the card answered the reader: nobody
/// asked for its UID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// All.
    pub taps: u64,
    /// Those of less than a second.
    pub short: u64,
}

impl Unread {
    /// Counts a tap that is `ok`, if it is one of these.
    pub fn add(&mut self, tap: &Tap) {
        if !tap.is_read {
            self.taps += 1;
            self.short += u64::from(tap.dwell_ms.is_some_and(|ms| ms < HOLD_MS));
        }
    }

    /// For people; `None` where there is none.
    pub fn words(self) -> Option<String> {
        let Self { taps, short } = self;
        (taps > 0).then(|| {
            format!("\"ok\" means answered the reader; whether it was read is not known (taps: {taps}; held for less than 1 s: {short})")
        })
    }
}

/// Figures over taps.
#[derive(Clone, Debug, Default)]
pub struct TapQuality {
    /// All taps that ended.
    pub all: Rate,
    /// Those after the reader was left alone for 30 s or more: power saving shows here.
    pub after_idle: Rate,
    /// Those that followed sooner.
    pub back_to_back: Rate,
    /// Those that are `ok` without being known to have been read.
    pub unread: Unread,
    /// Taps of less than a second.
    pub short: u64,
    /// Taps by their outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Those that ended because the reader or its service went away: no fault of a tap, and counted
    /// in none of the others.
    pub cut_off: u64,
    /// Cards that lay there when the watch began, or their reader came: nobody was seen to tap.
    pub lay_there: u64,
    /// How long cards lay, in milliseconds; none before the first.
    pub dwell_ms: Option<Histogram<u64>>,
    /// How long reading a UID took, in milliseconds; none before the first.
    pub read_ms: Option<Histogram<u64>>,
    gather: Gather,
}

impl TapQuality {
    /// Takes a row; the tap that ended with it counts.
    pub fn row(&mut self, t_us: i64, row: &NfcRow) {
        if let Some(tap) = self.gather.row(t_us, row) {
            self.tap(&tap);
        }
    }

    /// Counts a tap that ended.
    pub fn tap(&mut self, tap: &Tap) {
        if tap.was_there {
            self.lay_there += 1;
            return;
        }
        if tap.known_outcome() == Some(Outcome::Host) {
            self.cut_off += 1;
            return;
        }
        let outcome = tap.outcome.as_deref().unwrap_or("unknown");
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        let is_ok = tap.known_outcome() == Some(Outcome::Ok);
        self.all.add(is_ok);
        if is_ok {
            self.unread.add(tap);
        }
        if let Some(dwell_ms) = tap.dwell_ms {
            record(&mut self.dwell_ms, dwell_ms);
            self.short += u64::from(dwell_ms < HOLD_MS);
        }
        tap.read_ms.into_iter().for_each(|ms| record(&mut self.read_ms, ms));
        match tap.is_rested() {
            Some(true) => self.after_idle.add(is_ok),
            Some(false) => self.back_to_back.add(is_ok),
            None => {}
        }
    }

    /// For people: what is counted apart from the taps; empty where there is nothing.
    pub fn apart(&self) -> String {
        let said = [
            (self.cut_off, "cut off by the reader or its service"),
            (self.lay_there, "that lay there from the start"),
        ];
        said.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("; and {n} {what}")).collect()
    }

    /// How long cards lay.
    pub fn dwell_bars(&self) -> Vec<Bar> {
        bars(self.dwell_ms.as_ref(), &DWELL_BARS_MS)
    }

    /// How long it took to their UIDs.
    pub fn read_bars(&self) -> Vec<Bar> {
        bars(self.read_ms.as_ref(), &READ_BARS_MS)
    }

    /// One JSON object.
    pub fn json(&self) -> Value {
        let rate = |rate: Rate| json!({"taps": rate.taps, "ok": rate.ok, "ok_interval": rate.interval()});
        let spread = |histogram: &Histogram<u64>| {
            let at = |quantile| histogram.value_at_quantile(quantile);
            json!({"p10": at(0.1), "p50": at(0.5), "p90": at(0.9), "max": histogram.max()})
        };
        let bar = |bar: Bar| json!({"from_ms": bar.from_ms, "to_ms": bar.to_ms, "count": bar.count});
        json!({"summary": {
            "taps": self.all.taps,
            "ok": self.all.ok,
            "ok_interval": self.all.interval(),
            "ok_unread": self.unread.taps,
            "ok_unread_under_1s": self.unread.short,
            "outcomes": self.outcomes,
            "cut_off": self.cut_off,
            "lay_there": self.lay_there,
            "dwell_ms": self.dwell_ms.as_ref().map(spread),
            "dwell_bars": self.dwell_bars().into_iter().map(bar).collect::<Vec<_>>(),
            "read_ms": self.read_ms.as_ref().map(spread),
            "read_bars": self.read_bars().into_iter().map(bar).collect::<Vec<_>>(),
            "under_1s": self.short,
            "after_30s_idle": rate(self.after_idle),
            "back_to_back": rate(self.back_to_back),
        }})
    }
}

/// None where there is nothing to show.
fn bars(histogram: Option<&Histogram<u64>>, bounds_ms: &[u64]) -> Vec<Bar> {
    let Some(histogram) = histogram else { return Vec::new() };
    let ends = bounds_ms.iter().skip(1).map(|ms| Some(*ms)).chain([None]);
    let count = |from_ms, to_ms: Option<u64>| {
        histogram.count_between(from_ms, to_ms.map_or(histogram.high(), |ms| ms - 1))
    };
    let bar = |(from_ms, to_ms): (&u64, Option<u64>)| Bar {
        from_ms: *from_ms,
        to_ms,
        count: count(*from_ms, to_ms),
    };
    bounds_ms.iter().zip(ends).map(bar).collect()
}

fn record(histogram: &mut Option<Histogram<u64>>, ms: u64) {
    // Only limits that make no sense give none.
    *histogram = histogram.take().or_else(|| Histogram::new_with_max(DWELL_MAX_MS, 3).ok());
    histogram.iter_mut().for_each(|histogram| histogram.saturating_record(ms));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&str]) -> TapQuality {
        let mut quality = TapQuality::default();
        for (t_us, row) in (0..).step_by(1_000_000).zip(rows) {
            quality.row(t_us, &NfcRow::of(&serde_json::from_str(row).unwrap(), None));
        }
        quality
    }

    #[test]
    fn taps_after_a_pause_are_counted_apart() {
        let quality = of(&[
            r#"{"nfc":"inserted","reader":"a","idle_ms":30000}"#,
            r#"{"nfc":"inserted","reader":"b","idle_ms":500}"#,
            r#"{"nfc":"read","reader":"b","read_ms":20}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":999,"outcome":"mute"}"#,
            r#"{"nfc":"removed","reader":"b","dwell_ms":1000,"outcome":"ok"}"#,
            r#"{"nfc":"removed","reader":"b","outcome":"missed"}"#,
            r#"{"nfc":"inserted","reader":"a","was_there":true}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":5,"outcome":"ok"}"#,
            r#"{"nfc":"polled"}"#,
        ]);
        assert_eq!(quality.all, Rate { taps: 3, ok: 1 });
        assert_eq!(quality.after_idle, Rate { taps: 1, ok: 0 });
        assert_eq!(quality.back_to_back, Rate { taps: 1, ok: 1 });
        assert_eq!((quality.short, quality.dwell_ms.as_ref().map(Histogram::len)), (1, Some(2)));
        let counts = |bars: Vec<Bar>| bars.into_iter().map(|bar| bar.count).collect::<Vec<_>>();
        assert_eq!(counts(quality.dwell_bars()), [0, 0, 0, 1, 1, 0]);
        assert_eq!(counts(quality.read_bars()), [0, 1, 0, 0, 0, 0]);
        let json = &quality.json()["summary"];
        assert_eq!(json["outcomes"]["missed"], 1);
        assert_eq!(json["dwell_bars"][5], serde_json::json!({"from_ms": 2000, "to_ms": null, "count": 0}));
    }

    #[test]
    fn a_tap_that_was_missed_counts_after_its_rest_or_sooner_as_far_as_that_is_known() {
        let missed = |idle: &str| format!(r#"{{"nfc":"removed","outcome":"missed"{idle}}}"#);
        let rates = |idle: &str| {
            let quality = of(&[&missed(idle)]);
            assert_eq!(quality.all, Rate { taps: 1, ok: 0 });
            (quality.after_idle.taps, quality.back_to_back.taps)
        };
        assert_eq!(rates(r#","idle_ms":30000"#), (1, 0));
        assert_eq!(rates(r#","idle_ms":29999"#), (0, 1));
        assert_eq!(rates(r#","idle_ms":30000,"idle_at_least":true"#), (1, 0));
        assert_eq!(rates(r#","idle_ms":29999,"idle_at_least":true"#), (0, 0), "it may have been longer");
        assert_eq!(rates(""), (0, 0));
    }

    #[test]
    fn what_lay_there_and_what_the_reader_cut_off_are_no_taps() {
        let quality = of(&[
            r#"{"nfc":"inserted","reader":"a","was_there":true}"#,
            r#"{"nfc":"read","reader":"a","read_ms":20}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":5,"outcome":"left_early"}"#,
            r#"{"nfc":"inserted","reader":"a","idle_ms":40000}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":70,"outcome":"host"}"#,
            r#"{"nfc":"inserted","reader":"a","was_there":true}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":70,"outcome":"host"}"#,
            r#"{"nfc":"inserted","reader":"a","idle_ms":40}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":1200,"outcome":"ok"}"#,
        ]);
        assert_eq!(quality.all, Rate { taps: 1, ok: 1 });
        assert_eq!((quality.after_idle.taps, quality.back_to_back.taps, quality.short), (0, 1, 0));
        assert_eq!(quality.dwell_ms.as_ref().map(Histogram::len), Some(1));
        assert_eq!(quality.read_ms.as_ref().map(Histogram::len), None);
        let summary = &quality.json()["summary"];
        assert_eq!(summary["outcomes"], serde_json::json!({"ok": 1}));
        assert_eq!((&summary["cut_off"], &summary["lay_there"]), (&1.into(), &2.into()));
    }

    #[test]
    fn where_uids_are_not_read_an_ok_says_only_that_the_card_answered() {
        let tap = |more: &str, dwell_ms: u32, outcome: &str| {
            let end = format!(r#"{{"nfc":"removed","dwell_ms":{dwell_ms},"outcome":"{outcome}"}}"#);
            [r#"{"nfc":"inserted"}"#.to_owned(), more.to_owned(), end]
        };
        let quality =
            |taps: &[[String; 3]]| of(&taps.as_flattened().iter().map(String::as_str).collect::<Vec<_>>());
        let nothing = r#"{"nfc":"polled"}"#;
        let passive = quality(&[tap(nothing, 20, "ok"), tap(nothing, 1200, "ok"), tap(nothing, 20, "mute")]);
        assert_eq!((passive.all, passive.unread), (Rate { taps: 3, ok: 2 }, Unread { taps: 2, short: 1 }));
        assert_eq!(
            passive.unread.words().unwrap(),
            "\"ok\" means answered the reader; whether it was read is not known (taps: 2; held for less than 1 s: 1)"
        );
        let summary = &passive.json()["summary"];
        assert_eq!((&summary["ok_unread"], &summary["ok_unread_under_1s"]), (&2.into(), &1.into()));
        let read = r#"{"nfc":"read","uid":"0A","read_ms":9}"#;
        let none = r#"{"nfc":"problem","code":"no_uid","text":"the card answered that it has no UID"}"#;
        let active = quality(&[tap(read, 20, "ok"), tap(none, 20, "ok"), tap(nothing, 20, "left_early")]);
        assert_eq!((active.unread, active.unread.words()), (Unread::default(), None));
    }

    #[test]
    fn without_taps_there_is_nothing_to_show() {
        let quality = of(&[]);
        assert_eq!((quality.dwell_bars(), quality.all.interval()), (Vec::new(), [0.0, 1.0]));
        let words: Vec<_> = of(&[r#"{"nfc":"removed","dwell_ms":9999999,"outcome":"ok"}"#])
            .dwell_bars()
            .into_iter()
            .filter(|bar| bar.count > 0)
            .map(Bar::words)
            .collect();
        assert_eq!(words, ["2000 ms or more"]);
    }
}
