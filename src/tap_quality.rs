//! How good taps on an NFC reader were: figures over the NFC rows of a session or a recording.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::tuning::binomial_interval_95;

/// A reader that was left alone so long may be asleep.
const IDLE_MS: u64 = 30_000;
/// As long as the vendor wants a band to be held.
const HOLD_MS: u64 = 1000;
/// An hour: whatever lies longer was forgotten there.
const DWELL_MAX_MS: u64 = 3_600_000;

/// Taps tried, and those that went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// All.
    pub taps: u64,
    /// Those with the outcome `ok`.
    pub ok: u64,
}

impl Rate {
    fn add(&mut self, is_ok: bool) {
        self.taps += 1;
        self.ok += u64::from(is_ok);
    }

    /// The exact 95 % interval of the share that went well.
    pub fn interval(self) -> [f64; 2] {
        binomial_interval_95(self.ok, self.taps)
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
    /// Taps of less than a second.
    pub short: u64,
    /// Taps by their outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// How long cards lay, in milliseconds; none before the first.
    pub dwell_ms: Option<Histogram<u64>>,
    /// Of the card that lies on each reader: how long the reader was left alone before.
    idle_ms: BTreeMap<String, Option<u64>>,
}

impl TapQuality {
    /// Takes a row; any other than of an NFC event counts nothing.
    pub fn row(&mut self, row: &Map<String, Value>) {
        let text = |key: &str| row.get(key).and_then(Value::as_str);
        let reader = text("reader").unwrap_or_default();
        match text("nfc") {
            Some("inserted") => {
                let idle_ms = row.get("idle_ms").and_then(Value::as_u64);
                self.idle_ms.insert(reader.to_owned(), idle_ms);
            }
            Some("removed") => {
                let outcome = text("outcome").unwrap_or("unknown");
                self.removed(reader, outcome, row.get("dwell_ms").and_then(Value::as_u64));
            }
            _ => {}
        }
    }

    fn removed(&mut self, reader: &str, outcome: &str, dwell_ms: Option<u64>) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        let is_ok = outcome == "ok";
        self.all.add(is_ok);
        if let Some(dwell_ms) = dwell_ms {
            // Only limits that make no sense give none.
            let fresh = || Histogram::new_with_max(DWELL_MAX_MS, 3).ok();
            self.dwell_ms = self.dwell_ms.take().or_else(fresh);
            self.dwell_ms.iter_mut().for_each(|dwell| dwell.saturating_record(dwell_ms));
            self.short += u64::from(dwell_ms < HOLD_MS);
            match self.idle_ms.remove(reader).flatten() {
                Some(idle_ms) if idle_ms >= IDLE_MS => self.after_idle.add(is_ok),
                Some(_) => self.back_to_back.add(is_ok),
                None => {}
            }
        }
    }

    /// One JSON object.
    pub fn json(&self) -> Value {
        let rate = |rate: Rate| json!({"taps": rate.taps, "ok": rate.ok, "ok_interval": rate.interval()});
        let dwell = self.dwell_ms.as_ref().map(|dwell| {
            let at = |quantile| dwell.value_at_quantile(quantile);
            json!({"p10": at(0.1), "p50": at(0.5), "p90": at(0.9), "max": dwell.max()})
        });
        json!({"summary": {
            "taps": self.all.taps,
            "ok": self.all.ok,
            "ok_interval": self.all.interval(),
            "outcomes": self.outcomes,
            "dwell_ms": dwell,
            "under_1s": self.short,
            "after_30s_idle": rate(self.after_idle),
            "back_to_back": rate(self.back_to_back),
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&str]) -> TapQuality {
        let mut quality = TapQuality::default();
        rows.iter().for_each(|row| quality.row(&serde_json::from_str(row).unwrap()));
        quality
    }

    #[test]
    fn taps_after_a_pause_are_counted_apart() {
        let quality = of(&[
            r#"{"nfc":"inserted","reader":"a","idle_ms":30000}"#,
            r#"{"nfc":"inserted","reader":"b","idle_ms":500}"#,
            r#"{"nfc":"removed","reader":"a","dwell_ms":999,"outcome":"mute"}"#,
            r#"{"nfc":"removed","reader":"b","dwell_ms":1000,"outcome":"ok"}"#,
            r#"{"nfc":"removed","reader":"b","outcome":"missed"}"#,
            r#"{"rssi":-60}"#,
        ]);
        assert_eq!(quality.all, Rate { taps: 3, ok: 1 });
        assert_eq!(quality.after_idle, Rate { taps: 1, ok: 0 });
        assert_eq!(quality.back_to_back, Rate { taps: 1, ok: 1 });
        assert_eq!((quality.short, quality.dwell_ms.as_ref().map(Histogram::len)), (1, Some(2)));
        assert_eq!(quality.json()["summary"]["outcomes"]["missed"], 1);
    }
}
