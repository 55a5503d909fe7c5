//! Taps on an NFC reader as a step: what counts, what is refused and why, how long a rest lasts, and
//! that the dongle's side knows nothing of it.

use tapbench::calibration::{
    Calibration, Done, Phase, Plan, ReaderTaps, Setup, Step, Turn, Wishes, done_in, tries_in,
};
use tapbench::recording::{Intent, NfcRow, Options, Reader, RowKind};
use tapbench::session::Action;
use tapbench::tap_quality::TapQuality;

use super::{Bench, codes, labelled, setup};

/// Keys of a row.
pub fn row(keys: &str) -> NfcRow {
    NfcRow::of(&serde_json::from_str(&format!("{{{keys}}}")).unwrap(), None)
}

fn inserted(ms: i64) -> (i64, String) {
    (ms, r#""nfc":"inserted","reader":"r""#.to_owned())
}

fn removed(ms: i64, dwell_ms: i64, outcome: &str) -> (i64, String) {
    (ms, format!(r#""nfc":"removed","reader":"r","dwell_ms":{dwell_ms},"outcome":"{outcome}""#))
}

/// A tap of so many ms, half a second after the cue.
pub fn held(ms: i64) -> Vec<(i64, String)> {
    went(ms, "ok")
}

fn went(ms: i64, outcome: &str) -> Vec<(i64, String)> {
    vec![inserted(500), removed(500 + ms, ms, outcome)]
}

fn with_reader(taps: u16) -> Setup {
    let setup = setup();
    Setup { wishes: Wishes { reader_taps: taps, ..setup.wishes }, ..setup }
}

/// The last step of the plan, before its first tap.
fn at_reader(taps: u16) -> Calibration {
    let setup = Setup {
        wishes: Wishes { repeats: 1, locks: false, ..with_reader(taps).wishes },
        ..with_reader(taps)
    };
    let done = |step| Done { step, repeat: 1, skipped: false };
    let mut calibration = Calibration::resumed(setup, vec![done(1), done(2)]);
    calibration.start(0);
    calibration
}

fn due_us(calibration: &Calibration) -> i64 {
    let (Phase::Ready(at) | Phase::Running(at)) = *calibration.phase() else { panic!("{calibration:?}") };
    at
}

/// One repeat: waits for the cue, lets the reader say this, and waits for the end.
fn repeat(calibration: &mut Calibration, rows: &[(i64, String)]) {
    let cue_us = due_us(calibration);
    let Some(Action::BeginStep(intent, mark)) = calibration.advance(cue_us) else {
        panic!("{calibration:?}")
    };
    assert_eq!((intent, mark.distance_cm), (Intent::Note, None));
    for (ms, keys) in rows {
        calibration.nfc(cue_us + ms * 1000, &row(keys));
    }
    assert_eq!(calibration.advance(due_us(calibration)), Some(Action::End));
}

fn refused_as(rows: &[(i64, String)]) -> Vec<&'static str> {
    let mut calibration = at_reader(2);
    repeat(&mut calibration, rows);
    match calibration.phase() {
        Phase::Refused(problems) => problems.iter().map(|problem| problem.code()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn without_a_reader_there_is_no_such_step() {
    let (without, with) = (Plan::of(&setup()), Plan::of(&with_reader(6)));
    assert!(!without.steps.iter().any(Step::is_on_reader));
    assert_eq!(with.steps[..6], without.steps[..]);
    let on_reader = &with.steps[6];
    let rested: Vec<_> = on_reader.repeats.iter().map(|turn: &Turn| turn.is_rested).collect();
    assert_eq!(rested, [true, false, false, false, false, true]);
    // The steps before are the first rest; the last one is waited for, and said in the total.
    let takes_us = with.total_us() - without.total_us();
    assert!((60_000_000..90_000_000).contains(&takes_us), "{takes_us}");
}

#[test]
fn a_calibration_with_a_reader_counts_its_taps_and_tunes_as_without() {
    let bench = Bench { setup: with_reader(4), ..Bench::new() };
    let played = bench.whole();
    assert_eq!(played.refused, []);
    assert_eq!(played.calibration.warnings(), []);
    let spans = labelled(&played.text).spans;
    let (total_us, end_us) = (Plan::of(&bench.setup).total_us(), spans.last().unwrap().end_us);
    assert!((total_us - 5_000_000..=total_us).contains(&end_us), "{end_us} of {total_us}");
    assert_eq!(spans.iter().filter(|span| span.intent == Intent::Note).count(), 4);
    let without = Bench::new();
    let (with, without) = (bench.outcome(&played), without.outcome(&without.whole()));
    assert_eq!(with.recommendation.recommended, without.recommendation.recommended);
    assert_eq!((with.best, with.margins.margin), (without.best, without.margins.margin));
    let tries = tries_in(Reader::new(played.text.as_bytes(), Options::default()).unwrap()).unwrap();
    let taps = ReaderTaps::of(&tries).unwrap();
    assert_eq!((taps.all.ok, taps.after_rest.taps, taps.back_to_back.taps), (4, 2, 2));
    assert_eq!(taps.headline(), "4 of 4 taps on the reader went well.");
    assert_eq!(
        taps.figures(),
        [
            "Taps on the reader: 4 of 4 ok (95 % sure: 40 to 100 %)",
            "\"ok\" means answered the reader; whether it was read is not known (taps: 4; held for less than 1 s: 0)",
            "After 30 s or more of rest: 2 of 2 ok (95 % sure: 16 to 100 %)",
            "Sooner: 2 of 2 ok (95 % sure: 16 to 100 %)",
            "Held: 1200 ms as a rule, 1200 ms at least; 0 for less than 1 s",
        ]
    );
    assert!(taps.failures().is_empty() && taps.remedies().is_empty());
}

/// What the tries come to in which the reader says this each time, and the rows of their recording.
fn tries(on_reader: Vec<(i64, String)>, taps: u16) -> (ReaderTaps, String) {
    let bench = Bench { setup: with_reader(taps), on_reader, ..Bench::new() };
    let text = bench.whole().text;
    let tries = tries_in(Reader::new(text.as_bytes(), Options::default()).unwrap()).unwrap();
    (ReaderTaps::of(&tries).unwrap(), text)
}

/// Whether it is said what the guide wants changed at the reader, which is never said twice.
fn blames_settings(on_reader: Vec<(i64, String)>) -> bool {
    let remedies = tries(on_reader, 1).0.remedies();
    let said = remedies.iter().filter(|remedy| remedy.contains("41 Hz")).count();
    assert!(said <= 1, "{remedies:?}");
    said == 1
}

#[test]
fn a_tap_that_was_missed_after_a_rest_counts_there_in_all_figures() {
    let missed = r#""nfc":"removed","reader":"r","outcome":"missed","idle_ms":40000"#.to_owned();
    let (taps, text) = tries(vec![(700, missed)], 1);
    assert_eq!((taps.after_rest.taps, taps.back_to_back.taps), (1, 0));
    let mut quality = TapQuality::default();
    let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
    while let Some(row) = reader.next_row().unwrap() {
        if let RowKind::Nfc(nfc) = &row.kind {
            quality.row(row.t_us, nfc);
        }
    }
    assert_eq!((quality.after_idle, quality.back_to_back), (taps.after_rest, taps.back_to_back));
}

#[test]
fn what_goes_wrong_on_the_reader_is_refused_by_its_name() {
    assert_eq!(refused_as(&held(1_000)), [""; 0], "although the dongle heard nothing");
    assert_eq!(refused_as(&[]), ["reader-saw-nothing"]);
    for outcome in ["left_early", "mute", "contention", "host"] {
        assert_eq!(refused_as(&went(300, outcome)), [outcome]);
    }
    let missed = r#""nfc":"removed","reader":"r","outcome":"missed""#.to_owned();
    assert_eq!(refused_as(&[(700, missed)]), ["missed"]);
    let again = [inserted(2_500), removed(3_600, 1_100, "ok")];
    assert_eq!(refused_as(&[held(1_200), again.to_vec()].concat()), ["several-taps"]);
    assert_eq!(refused_as(&[inserted(500)]), ["still-there"]);
    let event = |code: &str| format!(r#""nfc":"problem","reader":"r","code":"{code}","text":"""#);
    assert_eq!(refused_as(&[(100, event("reader_went"))]), ["reader-lost"]);
    let back = [(100, event("reader_went")), (400, event("reader_came"))];
    assert_eq!(refused_as(&[back.to_vec(), held(1_200)].concat()), [""; 0]);
    let was_there = r#""nfc":"inserted","reader":"r","was_there":true"#.to_owned();
    assert_eq!(refused_as(&[(0, was_there), removed(900, 900, "ok")]), ["reader-saw-nothing"]);
}

#[test]
fn a_short_hold_is_a_warning() {
    let mut calibration = at_reader(2);
    repeat(&mut calibration, &held(700));
    assert!(matches!(calibration.phase(), Phase::Ready(_)));
    assert_eq!(codes(calibration.warnings().iter()), ["short-hold"]);
}

#[test]
fn what_comes_near_the_reader_begins_its_rest_anew() {
    let mut calibration = at_reader(3);
    assert_eq!(due_us(&calibration), 30_000_000, "nobody knows what was before the session");
    calibration.nfc(20_000_000, &row(&inserted(0).1));
    calibration.nfc(21_000_000, &row(&removed(0, 1_000, "ok").1));
    assert_eq!(due_us(&calibration), 51_000_000);
    repeat(&mut calibration, &held(1_200));
    assert_eq!(due_us(&calibration), 51_000_000 + 5_000_000 + 3_000_000, "the second follows soon");
    repeat(&mut calibration, &held(1_200));
    assert_eq!(
        due_us(&calibration),
        59_000_000 + 1_700_000 + 30_000_000,
        "from when the band was taken away"
    );
}

#[test]
fn a_tap_that_was_refused_stays_marked_and_is_asked_for_again_after_a_crash() {
    let mut calibration = at_reader(2);
    repeat(&mut calibration, &[]);
    assert_eq!(calibration.redo(40_000_000), None, "it is evidence");
    assert_eq!(calibration.position().repeat, 0);
    calibration.advance(due_us(&calibration));
    assert_eq!(calibration.redo(80_000_000), Some(Action::Cancel), "nobody let it end");

    let bench = Bench { setup: with_reader(4), on_reader: went(20, "left_early"), ..Bench::new() };
    let played = bench.whole();
    assert_eq!(codes(played.refused.iter()), ["left_early"]);
    assert!(!played.text.contains("cancelled"));
    let reader = || Reader::new(played.text.as_bytes(), Options::default()).unwrap();
    let (done, taken_out) = done_in(reader()).unwrap();
    assert_eq!((done.len(), taken_out), (12, vec![]), "all but those on the reader");
    let taps = ReaderTaps::of(&tries_in(reader()).unwrap()).unwrap();
    assert_eq!(taps.headline(), "0 of 4 taps on the reader went well.");
    assert_eq!(taps.failures(), ["Not ok, left too early: 4 of 4"]);
    assert_eq!(taps.remedies()[0], "hold the band on the reader for at least 1 second");
    assert!(taps.remedies()[1].contains("41 Hz, ISO 14443 A only"));
    assert_eq!(taps.remedies().len(), 2, "each once: {:?}", taps.remedies());

    // The reader's settings are to blame for what they may have to do with, and for nothing else.
    for (outcome, is_slow) in
        [("left_early", true), ("mute", true), ("missed", true), ("contention", false), ("host", false)]
    {
        assert_eq!(blames_settings(went(300, outcome)), is_slow, "{outcome}");
    }
    assert!(blames_settings(Vec::new()), "the reader saw nothing");
    assert!(!blames_settings(vec![inserted(500)]), "still there");
    assert!(!blames_settings([held(1_000), vec![inserted(2_500), removed(3_600, 1_100, "ok")]].concat()));

    // A reader that sleeps sees nothing after a rest.
    let mut sleepy = tries_in(reader()).unwrap();
    for each in sleepy.iter_mut().filter(|each| !each.seen.is_rested) {
        each.problems.clear();
    }
    let taps = ReaderTaps::of(&sleepy).unwrap();
    assert_eq!((taps.back_to_back.ok, taps.after_rest.ok), (2, 0));
    assert!(taps.remedies().iter().any(|remedy| remedy.contains("only taps after a rest failed")));

    let good = Bench { setup: with_reader(4), ..Bench::new() }.whole().text;
    let torn = good.rfind("\"mark\":\"end\"").unwrap();
    let (done, taken_out) =
        done_in(Reader::new(&good.as_bytes()[..torn], Options::default()).unwrap()).unwrap();
    assert_eq!((done.len(), taken_out.len()), (15, 1));
    let resumed = Calibration::resumed(with_reader(4), done);
    assert_eq!((resumed.position().step, resumed.position().repeat), (6, 3));
}
