use std::path::Path;
use std::time::{Duration, Instant};

use crate::bench::{LiveState, Place, Rehearsal, Whom, Workbench, beside, broken_off};
use crate::calibration::{Done, Outcome, Wishes, rate_hz};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::reading::Band;
use crate::recording::Intent;

use super::*;

const LIMIT: Duration = Duration::from_secs(60);
const PACE: u32 = 2_000;
const NONE: Rehearsal = Rehearsal { mishap: Mishap::None, pace: PACE, with_reader: false };

fn of(mishap: Mishap) -> Rehearsal {
    Rehearsal { mishap, ..NONE }
}

fn setup(rehearsal: Rehearsal) -> Setup {
    let parameters = ParameterSet::published(Dongle::Bluegiga);
    Setup {
        wishes: Wishes {
            repeats: 4,
            band_authenticated: Some(true),
            reader_taps: if rehearsal.has_reader() { 4 } else { 0 },
            ..Wishes::default()
        },
        band: Band::Address(0xC605_0403_0201),
        dongle: Some(Dongle::Bluegiga),
        rules: Rules { parameters, ..Rules::default() },
        rate_hz: 1e6 / 105_000.0,
    }
}

/// Listens to a rehearsal until `each` is content; what is kept is at the path.
fn play(
    rehearsal: Rehearsal,
    recording: &Path,
    mut kept: KeptCalibration,
    done: Vec<Done>,
    mut each: impl FnMut(&Guidance, &Seen) -> bool,
) -> Seen {
    let workbench = Workbench::start(Arc::new(|| {})).unwrap();
    kept.recordings.push(recording.file_name().unwrap().to_string_lossy().into_owned());
    let path = kept.recordings(&beside(recording)).first().map(|first| beside(first)).unwrap();
    let guided = Guided { setup: setup(rehearsal), done, kept, path, header: Map::new() };
    let place = Place::Rehearsal(rehearsal);
    let listening =
        workbench.listen(vec![place], Some(recording.to_owned()), Whom::default(), Some(guided)).unwrap();
    let guidance = listening.guidance.as_ref().unwrap();
    let begin = Instant::now();
    let seen = loop {
        let seen = guidance.seen().clone();
        if each(guidance, &seen) {
            break seen;
        }
        assert!(begin.elapsed() < LIMIT, "{seen:?}");
        std::thread::yield_now();
    };
    drop(listening);
    while !matches!(workbench.live(), LiveState::Ended(_)) {
        assert!(begin.elapsed() < LIMIT);
        std::thread::yield_now();
    }
    assert_eq!(workbench.take_problem(), None);
    seen
}

fn skips_what_is_refused(
    guidance: &Guidance,
    seen: &Seen,
    refused: &mut Vec<(Position, &'static str)>,
) -> bool {
    if let Phase::Refused(problems) = &seen.phase
        && refused.last().is_none_or(|(at, _)| *at != seen.position)
    {
        refused.push((seen.position, problems[0].code()));
        guidance.answer(seen.position, Answer::Skip);
    }
    seen.phase == Phase::Finished
}

fn whole(rehearsal: Rehearsal) -> (Seen, Vec<&'static str>, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("a.rssi.jsonl");
    let mut refused = Vec::new();
    let new = KeptCalibration::new(&setup(rehearsal));
    let seen = play(rehearsal, &recording, new, Vec::new(), |guidance, seen| {
        skips_what_is_refused(guidance, seen, &mut refused)
    });
    let path = beside(&recording);
    assert_eq!(broken_off(folder.path()), None, "it came to its end");
    let kept = KeptCalibration::read(&path).unwrap();
    assert_eq!(kept.skipped.len(), refused.len());
    let mut codes: Vec<_> = refused.into_iter().map(|(_, code)| code).collect();
    codes.dedup();
    (seen, codes, kept.outcome(&path).unwrap())
}

#[test]
fn a_rehearsal_comes_to_a_recommendation() {
    let (seen, refused, outcome) = whole(of(Mishap::None));
    assert_eq!(refused, [""; 0]);
    assert_eq!((seen.done.len(), seen.warnings.len()), (12, 0));
    assert!(outcome.separable() && outcome.best.is_some(), "{:?}", outcome.recommendation.reason);
    assert_eq!(outcome.recommendation.recommended.unwrap().iter().count(), 5);
}

#[test]
fn each_mishap_ends_in_its_refusal_or_warning() {
    let (seen, refused, _) = whole(of(Mishap::Clips));
    assert_eq!((refused, seen.warnings[0].1.code()), (vec![], "clipped"));
    let (_, refused, outcome) = whole(of(Mishap::HoversTooNear));
    assert_eq!(refused, [""; 0]);
    assert!(outcome.recommendation.reason.contains("cannot be separated here"));
    assert_eq!(whole(of(Mishap::SecondBand)).1, ["another-band-nearer"]);
    assert_eq!(whole(of(Mishap::AddressChanges)).1[0], "rotating-address");
    assert!(whole(of(Mishap::LosesHalf)).1.contains(&"too-few-samples"));
}

#[test]
fn taps_on_a_rehearsed_reader_go_well_or_end_in_their_refusal() {
    let (seen, refused, outcome) = whole(Rehearsal { with_reader: true, ..NONE });
    assert_eq!((refused, seen.done.len(), seen.warnings.len()), (vec![], 16, 0));
    let reader = outcome.reader.clone().unwrap();
    assert!(reader.is_ok() && outcome.separable());
    assert_eq!((reader.all.taps, reader.after_rest.taps, reader.back_to_back.taps), (4, 2, 2));
    let (seen, refused, outcome) = whole(of(Mishap::LeavesReaderEarly));
    assert_eq!((refused, seen.done.len()), (vec!["left_early"], 16));
    let reader = outcome.reader.clone().unwrap();
    assert_eq!((reader.all.taps, reader.all.ok), (4, 0), "what was refused stays in the figures");
    assert_eq!(reader.failures(), ["Not ok, left too early: 4 of 4"]);
    assert!(outcome.separable(), "the reader says nothing of the dongle");
}

#[test]
fn what_broke_off_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.rssi.jsonl"), folder.path().join("b.rssi.jsonl"));
    let seen = play(NONE, &first, KeptCalibration::new(&setup(NONE)), Vec::new(), |_, seen| {
        seen.done.len() >= 3 && matches!(seen.phase, Phase::Running(_))
    });
    let path = broken_off(folder.path()).unwrap();
    let kept = KeptCalibration::read(&path).unwrap();
    let done = kept.done(&path).unwrap();
    assert!(done.len() >= seen.done.len() && kept.setup().unwrap() == setup(NONE));
    let before = done.len();
    play(NONE, &second, kept, done, |_, seen| seen.phase == Phase::Finished);
    assert_eq!(broken_off(folder.path()), None);
    let kept = KeptCalibration::read(&path).unwrap();
    let counts = kept.recordings(&path).into_iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.matches("calibration step").count()
    });
    let counts: Vec<_> = counts.collect();
    assert_eq!(counts, [before, 12 - before]);
    assert_eq!(kept.outcome(&path).unwrap().confidence.len(), 3);
}

#[test]
fn a_repeat_is_taken_back_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("a.rssi.jsonl");
    let (mut again, mut was_refused) = (0, false);
    play(NONE, &recording, KeptCalibration::new(&setup(NONE)), Vec::new(), |guidance, seen| {
        // Whoever is simulated does not foresee that, and may stand at the adapter at the next cue.
        let is_refused = matches!(seen.phase, Phase::Refused(_));
        if (again == 0 && matches!(seen.phase, Phase::Running(_))) || (is_refused && !was_refused) {
            again += 1;
            guidance.answer(seen.position, Answer::Redo);
        }
        was_refused = is_refused;
        seen.phase == Phase::Finished
    });
    let text = std::fs::read_to_string(&recording).unwrap();
    assert!(!text.contains("cancelled"), "it was taken out when the recording was closed");
    assert_eq!(text.matches(Intent::NoTap.name()).count(), 4);
    assert_eq!(text.matches("calibration step").count(), 12);
}

#[test]
fn the_rate_is_measured_before_it_begins() {
    let workbench = Workbench::start(Arc::new(|| {})).unwrap();
    let place = Place::Rehearsal(Rehearsal { mishap: Mishap::None, pace: 100, with_reader: false });
    let _listening = workbench.listen(vec![place], None, Whom::default(), None).unwrap();
    let begin = Instant::now();
    let rate = loop {
        assert!(begin.elapsed() < LIMIT);
        let deck = workbench.deck();
        let times =
            deck.as_ref().and_then(|deck| deck.trace.series.first().map(|s| s.t_us.iter(0..s.t_us.len())));
        if let Some(rate) = times.and_then(|times| rate_hz(&times.collect::<Vec<_>>())) {
            break rate;
        }
        drop(deck);
        std::thread::yield_now();
    };
    assert!((9.0..10.0).contains(&rate), "{rate}");
}

#[test]
fn what_is_to_be_kept_waits_for_room_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (setup, path) = (setup(NONE), folder.path().join("a.calibration.json"));
    let kept = KeptCalibration::new(&setup);
    let guided = Guided { setup, done: Vec::new(), kept, path: path.clone(), header: Map::new() };
    let stream = crate::session::Stream::start(Vec::new()).unwrap();
    let (asks, taken) = sync_channel(1);
    asks.send(Ask::Judge).unwrap();
    let (mut guide, _guidance) = Guide::new(guided, stream.waker(), Arc::default(), Mishap::None, asks);
    guide.act(0);
    let ending = std::thread::spawn(move || guide.finish());
    assert!(matches!(taken.recv(), Ok(Ask::Judge)), "there was no room");
    assert!(matches!(taken.recv(), Ok(Ask::Keep(of, _)) if of == path));
    ending.join().unwrap();
}

#[test]
fn an_answer_is_about_the_repeat_that_was_shown() {
    let setup = setup(NONE);
    let kept = KeptCalibration::new(&setup);
    let guided =
        Guided { setup, done: Vec::new(), kept, path: "a.calibration.json".into(), header: Map::new() };
    let stream = crate::session::Stream::start(Vec::new()).unwrap();
    let (asks, _taken) = sync_channel(1);
    let (mut guide, guidance) = Guide::new(guided, stream.waker(), Arc::default(), Mishap::None, asks);
    guide.act(0);
    let at = guidance.seen().position;
    guidance.answer(Position { repeat: at.repeat + 1, ..at }, Answer::Skip);
    guide.act(1);
    assert!(guidance.seen().done.is_empty(), "another one was meant");
    guidance.answer(at, Answer::Skip);
    guide.act(2);
    assert_eq!(guidance.seen().done.len(), 1);
}
