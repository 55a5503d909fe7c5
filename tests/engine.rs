//! The promise: the engine and replay decide exactly what the documents say, on every recording,
//! with every parameter and switch, whole or in pieces. Held against the naive model.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod naive;

use std::io::Read;

use proptest::prelude::*;
use tapbench::engine::{Decision, Engine, MissingParameters, PairId, Rules};
use tapbench::recording::{Options, ReadError, Reader};
use tapbench::replay::{Filter, JsonLines, run};

#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
enum Failure {
    Read(ReadError),
    Missing(MissingParameters),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<MissingParameters> for Failure {
    fn from(error: MissingParameters) -> Self {
        Self::Missing(error)
    }
}

/// The lines that `replay --format jsonl` prints for `input`.
fn replay(input: impl Read, rules: &Rules, filter: &Filter) -> Result<Vec<String>, Failure> {
    replay_with(Options::default(), input, rules, filter)
}

fn replay_with(
    options: Options,
    input: impl Read,
    rules: &Rules,
    filter: &Filter,
) -> Result<Vec<String>, Failure> {
    let mut reader = Reader::new(input, options)?;
    let print = JsonLines::new(reader.header(), None);
    let mut out = Vec::new();
    let outcome = run(&mut reader, rules, filter, |names, placed| {
        print.event(&mut out, names, placed);
        Ok::<(), Failure>(())
    })?;
    let mut lines: Vec<String> = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
    lines.push(outcome.summary.to_line(rules));
    Ok(lines)
}

fn library_filter(filter: &naive::Filter) -> Filter {
    Filter {
        bands: filter.bands.iter().map(|b| b.parse().unwrap()).collect(),
        sources: filter.sources.clone(),
    }
}

/// Bad wherever they stand, and each with something that must not take effect.
const BAD_LINES: [&str; 6] = [
    "",
    "{\"t_us\":4000000000000,",
    "{\"t_us\":4000000000000,\"band\":\"~new\",\"rssi\":-300}",
    "{\"t_us\":4000000000000,\"rssi\":-40}",
    "{\"t_us\":4000000000000,\"mark\":\"begin\",\"id\":77,\"intent\":\"nap\"}",
    "{\"band\":\"C6:05:04:03:02:01\",\"rssi\":-40}",
];

/// A stream that hands out pieces of the given sizes, over and over.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: std::iter::Cycle<std::vec::IntoIter<usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes.next().unwrap_or(1).min(into.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(size);
        into[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

/// 256 cases, or as many as `PROPTEST_CASES` says.
fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn replay_says_what_the_naive_model_says(
        recording in naive::generate::recording(),
        rules in naive::generate::rules(),
        filter in naive::generate::filter(),
    ) {
        let expected = naive::replay(&recording, &rules, &filter);
        let text = recording.text();
        let got = replay(text.as_bytes(), &rules, &library_filter(&filter)).unwrap();
        prop_assert_eq!(got, expected, "the recording:\n{}", text);
    }

    #[test]
    fn the_log_is_the_same_however_the_stream_is_split(
        recording in naive::generate::recording(),
        rules in naive::generate::rules(),
        sizes in prop_oneof![Just(vec![1]), prop::collection::vec(1..200_usize, 1..8)],
    ) {
        let text = recording.text();
        let whole = replay(text.as_bytes(), &rules, &Filter::default()).unwrap();
        let pieces = Pieces { bytes: text.as_bytes(), sizes: sizes.into_iter().cycle() };
        prop_assert_eq!(replay(pieces, &rules, &Filter::default()).unwrap(), whole);
    }

    #[test]
    fn lines_that_lenient_skips_leave_no_trace(
        recording in naive::generate::recording(),
        rules in naive::generate::rules(),
        bad in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(BAD_LINES.to_vec())), 1..6),
    ) {
        let text = recording.text();
        let mut lines: Vec<&str> = text.lines().collect();
        for (at, line) in &bad {
            lines.insert(1 + at.index(lines.len()), line);
        }
        let damaged = lines.join("\n") + "\n";
        let lenient = Options { lenient: true, ..Options::default() };
        let got = replay_with(lenient, damaged.as_bytes(), &rules, &Filter::default()).unwrap();
        prop_assert_eq!(got, replay(text.as_bytes(), &rules, &Filter::default()).unwrap());
    }

    #[test]
    fn advancing_the_clock_in_between_changes_nothing(
        samples in prop::collection::vec(
            (prop::sample::select(vec![0, 1, 500_000, 1_000_000, 10_000_000, 30_000_000, 41_000_000_i64]), 0..3_usize, -65..=-40_i8),
            1..120,
        ),
        rules in naive::generate::rules(),
        stops in prop::collection::vec(0.0..=1.0_f64, 0..4),
    ) {
        let decide = |stops: &[f64]| -> Vec<Decision> {
            let mut engine = Engine::new(&rules).unwrap();
            let (mut t_us, mut out) = (0, Vec::new());
            for (step, pair, rssi) in &samples {
                for stop in stops {
                    engine.advance(t_us + (*step as f64 * stop) as i64, &mut out);
                }
                t_us += step;
                engine.sample(t_us, PairId::new(*pair), *rssi, &mut out);
            }
            engine.advance(t_us + 60_000_000, &mut out);
            out
        };
        let mut stops = stops;
        stops.sort_by(f64::total_cmp);
        prop_assert_eq!(decide(&stops), decide(&[]));
    }
}

/// A generator that makes nothing happen would prove nothing.
#[test]
fn the_random_recordings_make_every_kind_of_event() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut text = String::new();
    for _ in 0..200 {
        let recording = naive::generate::recording().new_tree(&mut runner).unwrap().current();
        let rules = naive::generate::rules().new_tree(&mut runner).unwrap().current();
        text += &naive::replay(&recording, &rules, &naive::Filter::default()).join("\n");
    }
    for (made, at_least) in [
        ("\"event\":\"tap\"", 300),
        ("\"event\":\"present\",\"mean\"", 200),
        ("\"event\":\"away\",\"mean\"", 100),
        ("\"event\":\"countdown_started\"", 100),
        ("\"event\":\"countdown_cancelled\"", 20),
        ("\"event\":\"locked\"", 100),
        ("\"event\":\"unlocked\"", 20),
        ("\"segment\":", 200),
        ("\"p50\":", 20),
        ("\"false_taps\":2", 10),
        ("\"double\":1", 10),
    ] {
        let times = text.matches(made).count();
        assert!(times >= at_least, "{made}: {times} times");
    }
    // Absence: an `away` that no sample caused.
    assert!(
        text.matches("\"event\":\"away\"").count()
            > text.matches("\"event\":\"away\",\"mean\"").count() + 100
    );
}
