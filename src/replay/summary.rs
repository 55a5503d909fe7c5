//! The counts that `replay` ends with, for one recording or several.

use serde_json::{Map, Value, json};

use super::segments::{JudgedSegment, Verdict};
use crate::engine::Rules;
use crate::recording::Intent;

/// The counts of the contract; several recordings add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Samples evaluated.
    pub samples: u64,
    /// Distinct (source, band) pairs evaluated.
    pub bands: u64,
    /// The last row's time, in microseconds.
    pub duration_us: i64,
    /// All taps.
    pub taps: u64,
    /// Taps in no `tap` or `no_tap` segment.
    pub unlabelled_taps: u64,
    /// `tap` segments.
    pub tap_count: u64,
    /// … with at least one tap.
    pub hit: u64,
    /// … with none.
    pub missed: u64,
    /// … with more than one.
    pub double: u64,
    /// `no_tap` segments.
    pub no_tap_count: u64,
    /// Taps in them.
    pub false_taps: u64,
    /// `stay`, `leave` and `return` segments, and how many failed.
    pub proximity: [Demand; 3],
    /// From begin to first tap of each segment hit.
    pub latencies: Latencies,
}

/// Segments of one intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// How many.
    pub count: u64,
    /// How many failed.
    pub failed: u64,
    /// How many are not judged under the switches in use, and so cannot fail.
    pub not_judged: u64,
}

const PROXIMITY: [Intent; 3] = [Intent::Stay, Intent::Leave, Intent::Return];

impl Summary {
    pub(super) fn add_segment(&mut self, segment: &JudgedSegment) {
        let verdict = segment.verdict();
        match segment.segment.intent {
            Intent::Tap => {
                self.tap_count += 1;
                self.missed += u64::from(verdict == Verdict::Missed);
                self.hit += u64::from(verdict != Verdict::Missed);
                self.double += u64::from(verdict == Verdict::Double);
                self.latencies.extend(segment.latency_us());
            }
            Intent::NoTap => {
                self.no_tap_count += 1;
                self.false_taps += u64::from(segment.taps);
            }
            Intent::Note => {}
            intent => {
                for (demand, of) in self.proximity.iter_mut().zip(PROXIMITY) {
                    demand.count += u64::from(of == intent);
                    demand.failed += u64::from(of == intent && verdict == Verdict::Failed);
                    demand.not_judged += u64::from(of == intent && !segment.judged);
                }
            }
        }
    }

    /// Adds another recording's counts.
    pub fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.bands += other.bands;
        self.duration_us += other.duration_us;
        self.taps += other.taps;
        self.unlabelled_taps += other.unlabelled_taps;
        self.tap_count += other.tap_count;
        self.hit += other.hit;
        self.missed += other.missed;
        self.double += other.double;
        self.no_tap_count += other.no_tap_count;
        self.false_taps += other.false_taps;
        for (mine, theirs) in self.proximity.iter_mut().zip(other.proximity) {
            mine.count += theirs.count;
            mine.failed += theirs.failed;
            mine.not_judged += theirs.not_judged;
        }
        self.latencies.0.extend_from_slice(&other.latencies.0);
    }

    /// The summary line of `replay --format jsonl`, keys in the contract's order.
    pub fn to_line(&self, rules: &Rules) -> String {
        let mut segments = Map::new();
        segments.insert(
            "tap".into(),
            json!({"count": self.tap_count, "hit": self.hit, "missed": self.missed, "double": self.double}),
        );
        segments.insert("no_tap".into(), json!({"count": self.no_tap_count, "false_taps": self.false_taps}));
        for (demand, intent) in self.proximity.iter().zip(PROXIMITY) {
            segments.insert(intent.name().into(), json!({"count": demand.count, "failed": demand.failed}));
        }
        let parameters: Map<_, _> =
            rules.parameters.iter().map(|(p, value)| (p.key().to_owned(), value.into())).collect();
        // A double of a few microseconds would print as 1e-6.
        format!(
            "{{\"summary\":{{\"samples\":{},\"bands\":{},\"duration_s\":{},\"taps\":{},\"segments\":{},\"tap_latency_ms\":{},\"unlabelled_taps\":{},\"parameters\":{},\"model\":{},\"policy\":{}}}}}",
            self.samples,
            self.bands,
            seconds(self.duration_us),
            self.taps,
            Value::Object(segments),
            self.latencies.to_json(),
            self.unlabelled_taps,
            Value::Object(parameters),
            json!(rules.model),
            json!(rules.policy),
        )
    }
}

/// Microseconds as seconds, exactly, without exponent and trailing zeros.
fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let digits = format!("{sign}{}.{:06}", us.unsigned_abs() / 1_000_000, us.unsigned_abs() % 1_000_000);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Times from a segment's begin to its first tap, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies(Vec<i64>);

impl Latencies {
    /// Takes more.
    pub fn extend(&mut self, latencies_us: impl IntoIterator<Item = i64>) {
        self.0.extend(latencies_us);
    }

    /// Forgets them, keeping the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those taken, in order.
    pub fn as_slice(&self) -> &[i64] {
        &self.0
    }

    /// Nearest-rank percentiles, in microseconds; `None` where there is no latency.
    pub fn percentiles<const N: usize>(&self, percents: [u64; N]) -> Option<[i64; N]> {
        let mut partly_sorted = self.0.clone();
        let count = partly_sorted.len() as u64;
        let rank = |percent: u64| usize::try_from((percent * count).div_ceil(100).max(1) - 1).unwrap_or(0);
        (count > 0).then(|| percents.map(|p| *partly_sorted.select_nth_unstable(rank(p)).1))
    }

    /// `{"p50":…,"p90":…,"p99":…,"max":…}` in milliseconds, or null.
    pub fn to_json(&self) -> Value {
        self.percentiles([50, 90, 99, 100]).map_or(Value::Null, |[p50, p90, p99, max]| {
            json!({
                "p50": milliseconds(p50),
                "p90": milliseconds(p90),
                "p99": milliseconds(p99),
                "max": milliseconds(max),
            })
        })
    }
}

/// Microseconds as whole milliseconds for people, rounded half away from zero.
pub fn whole_milliseconds(us: i64) -> i64 {
    (us.abs() + 500) / 1000 * us.signum()
}

/// Microseconds as milliseconds, exactly and without trailing zeros.
pub fn milliseconds(us: i64) -> Value {
    decimal(us, 3)
}

/// Hundredths of a dBm as dBm, exactly and without trailing zeros.
pub fn centi_dbm(centi: i64) -> Value {
    decimal(centi, 2)
}

/// `scaled / 10^places` as a JSON number. A whole number prints without a point, and every other
/// one of up to 15 digits survives the shortest printing of a double.
pub fn decimal(scaled: i64, places: u32) -> Value {
    let unit = 10i64.pow(places);
    if scaled % unit == 0 { json!(scaled / unit) } else { json!(scaled as f64 / unit as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_trailing_zeros() {
        let printed = |v: Value| v.to_string();
        assert_eq!(printed(centi_dbm(-4070)), "-40.7");
        assert_eq!(printed(centi_dbm(-4100)), "-41");
        assert_eq!(printed(centi_dbm(-7)), "-0.07");
        assert_eq!(printed(milliseconds(981_204)), "981.204");
        assert_eq!([926_800, 926_500, 926_499, -500, 0].map(whole_milliseconds), [927, 927, 926, -1, 0]);
        let seconds = [0, 1, 10, 9_900_000, 30_000_000, 28_799_999_999].map(seconds);
        assert_eq!(seconds, ["0", "0.000001", "0.00001", "9.9", "30", "28799.999999"]);
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentiles([50]), None);
        latencies.extend([40, 10, 30, 20]);
        assert_eq!(latencies.percentiles([50, 90, 99, 100]), Some([20, 40, 40, 40]));
    }
}
