//! The promise: a guided calibration on a generated scene ends in a recommendation that holds, and
//! each scene that spoils it ends in its named refusal or warning. No clock, no device.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a failed set-up fails the test"
)]

mod reader;

use std::collections::VecDeque;

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, Path, Scene, Signal};
use tapbench::calibration::{
    Calibration, Outcome, Phase, Plan, Position, Problem, Repeat, Setup, Severity, Wishes, done_in,
    repeat_problems,
};
use tapbench::engine::Rules;
use tapbench::engine::parameters::{Dongle, ParameterSet};
use tapbench::reading::Band;
use tapbench::recording::{Intent, Options, Reader, print};
use tapbench::replay::Filter;
use tapbench::session::Action;
use tapbench::tuning::Labelled;

const OURS: u64 = 0xC605_0403_0201;
const STRANGER: u64 = 0x4A05_0403_0202;
/// Advertising every 100 ms with a delay of up to 10 ms.
const RATE_HZ: f64 = 1e6 / 105_000.0;

fn setup() -> Setup {
    let parameters = ParameterSet::published(Dongle::Bluegiga);
    Setup {
        wishes: Wishes { band_authenticated: Some(true), repeats: 4, ..Wishes::default() },
        band: Band::Address(OURS),
        dongle: Some(Dongle::Bluegiga),
        rules: Rules { parameters, ..Rules::default() },
        rate_hz: RATE_HZ,
    }
}

/// Where the band is when, if the operator follows each cue at once.
fn path(plan: &Plan) -> Path {
    let at_rest = 0.6;
    let (mut t_us, mut points) = (0, vec![(0, at_rest)]);
    let mut stands_m = at_rest;
    let at = |t_us: i64| u64::try_from(t_us).unwrap();
    for step in &plan.steps {
        let there_m = step.distance_cm.map_or(at_rest, |cm| f64::from(cm) / 100.0);
        for turn in &step.repeats {
            t_us += turn.lead_us;
            let moves_us = match step.intent {
                Intent::Leave | Intent::Return => 4_000_000,
                // Who stands or sits is there before the cue ends.
                Intent::Tap | Intent::NoTap => 300_000,
                _ => -200_000,
            };
            points.push((at(t_us + moves_us.min(0) - 300_000), stands_m));
            if moves_us > 0 {
                points.push((at(t_us), stands_m));
            }
            points.push((at(t_us + moves_us), there_m));
            t_us += step.length_us;
            points.push((at(t_us), there_m));
            stands_m = there_m;
            if matches!(step.intent, Intent::Tap | Intent::NoTap) {
                stands_m = at_rest;
                points.push((at(t_us + 400_000), stands_m));
            }
        }
    }
    Path::new(points).unwrap()
}

/// What is heard in a scene, and how the calibration ends.
struct Bench {
    setup: Setup,
    rssi_1m_dbm: f64,
    noise_db: f64,
    loss: f64,
    /// From here on our band advertises under the stranger's address.
    rotates_at_us: i64,
    /// A stranger at this strength.
    stranger_dbm: Option<i8>,
    /// What a reader says at a repeat on it: ms after the cue, and the row's keys.
    on_reader: Vec<(i64, String)>,
}

struct Played {
    text: String,
    calibration: Calibration,
    refused: Vec<(Position, Problem)>,
}

impl Bench {
    fn new() -> Self {
        Self {
            setup: setup(),
            rssi_1m_dbm: -72.0,
            noise_db: 1.0,
            loss: 0.0,
            rotates_at_us: i64::MAX,
            stranger_dbm: None,
            on_reader: reader::held(1_200),
        }
    }

    fn scene(&self) -> Scene {
        let signal = Signal::Moving {
            path: path(&Plan::of(&self.setup)),
            rssi_1m_dbm: self.rssi_1m_dbm,
            exponent: 2.0,
            noise_db: self.noise_db,
        };
        let advertiser =
            |address, signal| Advertiser::new(address, AddressType::Random, 100_000, signal).unwrap();
        let mut all = vec![advertiser(OURS, signal).losing(self.loss).unwrap()];
        all.extend(self.stranger_dbm.map(|dbm| advertiser(STRANGER, Signal::Constant(dbm))));
        Scene::new(7, all)
    }

    /// Plays until the end or `until_us`; a refused repeat is skipped, as a person in a hurry does.
    fn play(&self, mut calibration: Calibration, until_us: i64) -> Played {
        let mut scene = self.scene();
        let mut out = b"{\"rssi_recording\":1,\"sources\":[{\"id\":\"b\",\"kind\":\"bluegiga\"}]}\n".to_vec();
        let (mut id, mut refused) = (0, Vec::new());
        calibration.start(0);
        let mut now_us = 0;
        let mut reader: VecDeque<(i64, &str)> = VecDeque::new();
        while now_us < until_us {
            let cue_us = match calibration.phase() {
                Phase::Ready(at) | Phase::Running(at) => *at,
                Phase::Refused(problems) => {
                    refused.extend(problems.iter().map(|p| (calibration.position(), *p)));
                    if calibration.skip(now_us) == Some(Action::Cancel) {
                        print::cancelled(&mut out, now_us, id);
                    }
                    continue;
                }
                Phase::Waiting | Phase::Finished => break,
            };
            let due_us = reader.front().map_or(cue_us, |(t_us, _)| cue_us.min(*t_us)).min(until_us);
            match scene.next_until(u64::try_from(due_us).unwrap()) {
                Some(heard) => {
                    now_us = i64::try_from(heard.t_us).unwrap();
                    let rotated = heard.advertiser == 0 && now_us >= self.rotates_at_us;
                    let band =
                        if rotated { STRANGER } else { scene.advertisers()[heard.advertiser].address() };
                    // The BLED112 reports no more than -38 dBm.
                    let rssi_dbm = heard.rssi_dbm.min(-38);
                    calibration.sample(now_us, Band::Address(band), rssi_dbm);
                    print::sample(&mut out, now_us, None, Band::Address(band), rssi_dbm);
                }
                None if reader.front().is_some_and(|(t_us, _)| *t_us == due_us) => {
                    now_us = due_us;
                    let (_, keys) = reader.pop_front().unwrap();
                    calibration.nfc(now_us, &reader::row(keys));
                    out.extend(format!("{{\"t_us\":{now_us},{keys}}}\n").bytes());
                }
                None => {
                    now_us = due_us;
                    match calibration.advance(now_us) {
                        Some(Action::BeginStep(intent, mark)) => {
                            id += 1;
                            let note = mark.note();
                            let begin = print::Begin {
                                id,
                                intent: intent.name(),
                                band: Some(self.setup.band),
                                distance_cm: mark.distance_cm.map(f64::from),
                                note: Some(&note),
                                source: None,
                            };
                            print::begin(&mut out, now_us, &begin);
                            if intent == Intent::Note {
                                let rows = self.on_reader.iter();
                                reader.extend(rows.map(|(ms, keys)| (now_us + ms * 1000, keys.as_str())));
                            }
                        }
                        Some(Action::End) => print::end_mark(&mut out, now_us, id),
                        other => assert!(other.is_none() && now_us == until_us, "{other:?}"),
                    }
                }
            }
        }
        Played { text: String::from_utf8(out).unwrap(), calibration, refused }
    }

    fn whole(&self) -> Played {
        let played = self.play(Calibration::new(self.setup.clone()), i64::MAX);
        assert_eq!(played.calibration.phase(), &Phase::Finished);
        played
    }

    fn outcome(&self, played: &Played) -> Outcome {
        Outcome::of(&[&labelled(&played.text)], &self.setup)
    }
}

fn labelled(text: &str) -> Labelled {
    let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
    Labelled::read("scene", &mut reader, &Filter::default()).unwrap()
}

fn codes<'p>(problems: impl Iterator<Item = &'p (Position, Problem)>) -> Vec<&'static str> {
    let mut codes: Vec<_> = problems.map(|(_, p)| p.code()).collect();
    codes.dedup();
    codes
}

#[test]
fn a_calibration_from_start_to_end_recommends_all_five() {
    let bench = Bench::new();
    let plan = Plan::of(&bench.setup);
    let played = bench.whole();
    assert_eq!(played.refused, []);
    let intents: Vec<_> = labelled(&played.text).spans.iter().map(|s| s.intent).collect();
    assert_eq!(intents[..8], [[Intent::Tap; 4], [Intent::NoTap; 4]].concat());
    assert_eq!(intents[8..], [Intent::Stay, Intent::Stay, Intent::Leave, Intent::Return]);
    assert!(played.text.contains(r#""distance_cm":3,"note":"calibration step 1, repeat 2: left wrist"#));
    // Nobody waited longer than the total that was shown.
    assert_eq!(labelled(&played.text).spans.last().unwrap().end_us, plan.total_us());
    let outcome = bench.outcome(&played);
    assert!(outcome.separable(), "{:?}", outcome.recommendation);
    assert_eq!(
        outcome.recommendation.recommended.unwrap().iter().count(),
        5,
        "{:?}",
        outcome.recommendation.reason
    );
    let (best, map) = (outcome.best.unwrap(), outcome.trade_off.as_ref().unwrap());
    assert!(map.cell(best).unwrap().is_free());
    assert!(outcome.margins.margin.unwrap().as_dbm() > 0.0 && outcome.latency_us.unwrap()[0] > 0);
    assert!(outcome.confidence[0].starts_with("0 misses in 4 tap repeats still allow a miss rate of 53 %"));
}

#[test]
fn a_band_that_is_not_authenticated_is_a_warning() {
    let warns = |said| {
        let mut bench = Bench::new();
        bench.setup.wishes = Wishes { band_authenticated: said, repeats: 1, ..bench.setup.wishes };
        let outcome = bench.outcome(&bench.whole());
        outcome.recommendation.warnings.iter().any(|w| w.code == "not-authenticated")
    };
    assert_eq!([Some(false), None, Some(true)].map(warns), [true, true, false]);
}

#[test]
fn a_step_lasts_two_windows_and_the_delay_at_the_measured_rate() {
    let mut setup = setup();
    setup.rate_hz = 10.0;
    let at_ten = Plan::of(&setup);
    assert_eq!(at_ten.steps[2].length_us, 2 * 5_000_000 + 10_000_000);
    assert_eq!(at_ten.steps[0].length_us, 2 * 1_000_000 + 1_000_000);
    setup.rate_hz = 5.0;
    assert_eq!(Plan::of(&setup).steps[2].length_us, 2 * 10_000_000 + 10_000_000);
    assert_eq!(Plan::of(&setup).steps[0].repeats.len(), 4);
}

#[test]
fn what_cannot_be_separated_is_said_so() {
    let mut bench = Bench::new();
    bench.setup.wishes.hover_cm = bench.setup.wishes.tap_cm;
    bench.noise_db = 3.0;
    let played = bench.whole();
    let outcome = bench.outcome(&played);
    assert!(!outcome.separable() && outcome.recommendation.recommended.is_none());
    assert!(
        outcome.recommendation.reason.contains("cannot be separated here"),
        "{}",
        outcome.recommendation.reason
    );
}

#[test]
fn clipping_is_a_warning_of_the_repeat_and_of_the_recommendation() {
    let bench = Bench { rssi_1m_dbm: -60.0, ..Bench::new() };
    let played = bench.whole();
    assert_eq!(played.refused, []);
    assert_eq!(codes(played.calibration.warnings().iter()), ["clipped"]);
    let outcome = bench.outcome(&played);
    assert!(outcome.recommendation.warnings.iter().any(|w| w.code == "clipped"));
    assert!(outcome.recommendation.recommended.is_some(), "clipping alone is no reason to recommend nothing");
}

#[test]
fn a_band_that_lies_at_the_adapter_does_not_tap() {
    let lies: Vec<_> = (0..40i64).map(|at| (at * 100_000, if at % 3 == 0 { -39 } else { -38 })).collect();
    let away: Vec<_> = (-10..0i64).map(|at| (at * 100_000, -60)).collect();
    let repeat = |intent, before| Repeat {
        intent,
        before,
        length_us: 4_000_000,
        begin_us: 0,
        samples: &lies,
        others: &[],
        dropped: 0,
    };
    let problems = repeat_problems(&repeat(Intent::Tap, &lies), 10.0, None);
    assert_eq!(problems, [Problem::NoRise(0)]);
    assert_eq!(problems[0].severity(), Severity::Refusal);
    assert_eq!(repeat_problems(&repeat(Intent::NoTap, &lies), 10.0, None), []);
    assert_eq!(repeat_problems(&repeat(Intent::Tap, &away), 10.0, None), []);
}

#[test]
fn an_address_that_changes_is_named() {
    let bench = Bench { rotates_at_us: 20_000_000, ..Bench::new() };
    let played = bench.whole();
    let (_, first) = played.refused[0];
    assert!(matches!(first, Problem::RotatingAddress(Band::Address(STRANGER))), "{first:?}");
    assert!(first.to_string().contains("its address changes"));
}

#[test]
fn half_of_the_samples_are_too_few() {
    let bench = Bench { loss: 0.5, ..Bench::new() };
    let played = bench.whole();
    assert!(codes(played.refused.iter()).contains(&"too-few-samples"), "{:?}", played.refused);
    assert_eq!(codes(Bench::new().whole().refused.iter()), Vec::<&str>::new());
}

#[test]
fn a_second_band_that_is_nearer_is_refused_and_a_farther_one_is_not() {
    let nearer = Bench { stranger_dbm: Some(-38), ..Bench::new() }.whole();
    let taps = nearer.refused.iter().filter(|(at, _)| at.step == 0);
    assert_eq!(codes(taps), ["another-band-nearer"]);
    assert!(nearer.refused.iter().all(|(at, _)| at.step == 0), "only a tap is confused by it");
    assert_eq!(Bench { stranger_dbm: Some(-70), ..Bench::new() }.whole().refused, []);
}

#[test]
fn a_crash_is_resumed_from_the_marks() {
    let bench = Bench::new();
    let step = &Plan::of(&bench.setup).steps[0];
    // In the middle of the third tap.
    let crash_us = 3 * step.repeats[0].lead_us + 2 * step.length_us + step.length_us / 2;
    let first = bench.play(Calibration::new(bench.setup.clone()), crash_us);
    // A tap that was taken back is asked for again; the last line is torn.
    let text = first.text + "{\"t_us\":99000000,\"cancelled\":1}\n{\"t_us\":99000001,\"ba";
    let (done, interrupted) = done_in(Reader::new(text.as_bytes(), Options::default()).unwrap()).unwrap();
    assert_eq!(interrupted, [1, 3]);
    assert_eq!(done.iter().map(|d| (d.step, d.repeat)).collect::<Vec<_>>(), [(1, 2)]);
    let resumed = Calibration::resumed(bench.setup.clone(), done);
    assert_eq!((resumed.position(), resumed.phase()), (Position { step: 0, repeat: 0 }, &Phase::Waiting));
    let second = bench.play(resumed, i64::MAX);
    assert_eq!(second.calibration.phase(), &Phase::Finished);
    assert_eq!(labelled(&second.text).count(Intent::Tap), 3, "the one that is done is not asked for again");
}

#[test]
fn a_refused_repeat_is_redone_accepted_or_skipped() {
    let refused = || {
        let mut calibration = Calibration::new(setup());
        calibration.start(0);
        while !matches!(calibration.phase(), Phase::Refused(_)) {
            let (Phase::Ready(at) | Phase::Running(at)) = *calibration.phase() else { panic!() };
            calibration.advance(at);
        }
        assert_eq!(calibration.phase(), &Phase::Refused(vec![Problem::NotHeard]));
        assert_eq!(calibration.position(), Position { step: 0, repeat: 0 });
        calibration
    };
    let mut again = refused();
    assert_eq!(again.redo(10), Some(Action::Cancel));
    assert_eq!(again.position(), Position { step: 0, repeat: 0 });
    let mut accepted = refused();
    accepted.accept(10);
    assert_eq!(accepted.position(), Position { step: 0, repeat: 1 });
    assert_eq!(codes(accepted.warnings().iter()), ["not-heard"]);
    let mut skipped = refused();
    assert_eq!(skipped.skip(10), Some(Action::Cancel));
    assert!(skipped.done()[0].skipped && skipped.position().repeat == 1);
    // The same, ready and not yet marked: there is nothing to take back.
    assert_eq!(skipped.skip(20), None);
}
