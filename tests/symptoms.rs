//! The promise: each symptom of the guide is answered from the data, by a recording that shows it
//! and one that does not, with segment and number; what cannot be answered says why.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails the test")]

use std::fmt::Write;

use tapbench::engine::parameters::{Dongle, Parameter, ParameterSet};
use tapbench::engine::{Model, Policy, Rules, TapRule};
use tapbench::recording::{Options, Reader};
use tapbench::replay::Filter;
use tapbench::report::Replayed;
use tapbench::symptoms::{Answer, Finding, Heard, NfcTap, Symptom};
use tapbench::tuning::Labelled;

const BAND: &str = "C6:05:04:03:02:01";

/// Ten samples a second.
struct Scene {
    text: String,
    t_us: i64,
    segments: u32,
}

impl Scene {
    fn new() -> Self {
        let text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b\",\"kind\":\"bluegiga\"}]}\n".to_owned();
        Self { text, t_us: 0, segments: 0 }
    }

    fn hear(mut self, rssi_dbm: &[i32]) -> Self {
        for rssi in rssi_dbm {
            self.t_us += 100_000;
            writeln!(self.text, "{{\"t_us\":{},\"band\":\"{BAND}\",\"rssi\":{rssi}}}", self.t_us).unwrap();
        }
        self
    }

    fn segment(mut self, intent: &str, cm: u32, rssi_dbm: &[i32]) -> Self {
        self.segments += 1;
        // Between two samples.
        self.t_us += 50_000;
        let (t_us, id) = (self.t_us, self.segments);
        writeln!(self.text, "{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\",\"band\":\"{BAND}\",\"distance_cm\":{cm}}}").unwrap();
        self = self.hear(rssi_dbm);
        self.t_us += 50_000;
        writeln!(self.text, "{{\"t_us\":{},\"mark\":\"end\",\"id\":{id}}}", self.t_us).unwrap();
        self
    }

    /// A segment after two seconds far away.
    fn after_rest(self, intent: &str, cm: u32, rssi_dbm: &[i32]) -> Self {
        self.hear(&[-70; 20]).segment(intent, cm, rssi_dbm)
    }

    fn nfc(mut self, keys: &str) -> Self {
        self.t_us += 1_000_000;
        let line = format!("{{\"t_us\":{},{keys}}}", self.t_us);
        writeln!(self.text, "{line}").unwrap();
        self
    }

    /// The answer with the Bluegiga defaults (10, 50, -42, -70, -83) and some of them changed.
    fn answer(&self, symptom: Symptom, set: &[(Parameter, i64)]) -> Answer {
        self.answer_under(Rules::default(), symptom, set)
    }

    fn answer_under(&self, mut rules: Rules, symptom: Symptom, set: &[(Parameter, i64)]) -> Answer {
        let mut parameters = ParameterSet::published(Dongle::Bluegiga);
        for (parameter, value) in set {
            parameters.set(*parameter, *value).unwrap();
        }
        rules.parameters = parameters;
        let reader = || Reader::new(self.text.as_bytes(), Options::default()).unwrap();
        let labelled = Labelled::read("scene", &mut reader(), &Filter::default()).unwrap();
        let replayed = Replayed::of(&mut reader(), &rules, &Filter::default()).unwrap();
        let segments = &replayed.outcome.segments;
        let mut rows = reader();
        let nfc: Vec<_> =
            std::iter::from_fn(|| rows.next_row().unwrap()).filter_map(|row| NfcTap::of(&row)).collect();
        symptom.answer(&[Heard { labelled: &labelled, segments, rules: &rules, nfc: &nfc }])
    }
}

/// That the finding is this, and that the citation of `segment` holds `text`.
fn assert_cites(answer: &Answer, finding: Finding, segment: u64, text: &str) {
    assert_eq!(answer.finding, finding, "{answer:?}");
    let cited = answer.evidence.iter().find(|e| e.segment == Some(segment));
    assert!(cited.is_some_and(|e| e.text.contains(text) && e.recording == "scene"), "{text}: {answer:?}");
    assert_eq!(answer.remedy.is_some(), finding == Finding::Shown, "{answer:?}");
}

fn assert_unanswerable(answer: &Answer, why: &str) {
    assert_eq!(answer.finding, Finding::Unanswerable, "{answer:?}");
    assert!(answer.text.contains("cannot be answered") && answer.text.contains(why), "{answer:?}");
}

#[test]
fn a_tap_that_is_not_detected_has_its_cause() {
    let symptom = Symptom::TapNotDetected;
    let good = Scene::new().after_rest("tap", 3, &[-40; 20]);
    assert_cites(
        &good.answer(symptom, &[]),
        Finding::NotShown,
        1,
        "best window mean -40.00 dBm, 2.00 dB above -42",
    );

    let weak = good.after_rest("tap", 10, &[-45; 20]);
    let answer = weak.answer(symptom, &[]);
    assert_cites(&answer, Finding::Shown, 2, "the strongest sample at 10 cm is -45 dBm and none exceeds -42");
    assert!(answer.text.starts_with("1 of 2 taps"), "{answer:?}");
    assert!(answer.remedy.unwrap().contains("decrease rssi_tap_threshold"));

    // Five samples at -40 after others at -70: ten hold too much of the past, five do not.
    let quick = Scene::new().after_rest("tap", 3, &[-40; 5]);
    let answer = quick.answer(symptom, &[]);
    assert_cites(&answer, Finding::Shown, 1, "a window of 5 would have detected it");
    assert!(answer.remedy.unwrap().contains("Decrease rssi_window_tap"));
    assert_eq!(quick.answer(symptom, &[(Parameter::WindowTap, 5)]).finding, Finding::NotShown);

    let fleeting = Scene::new().after_rest("tap", 3, &[-40; 2]).answer(symptom, &[]);
    assert_cites(&fleeting, Finding::Shown, 1, "only 2 samples at 3 cm for a window of 10");

    let flickering = Scene::new().after_rest("tap", 3, &[-41, -50].repeat(10)).answer(symptom, &[]);
    assert_cites(
        &flickering,
        Finding::Shown,
        1,
        "best window mean -45.50 dBm, 3.50 dB short of exceeding -42",
    );

    let off = quick.answer(symptom, &[(Parameter::TapThreshold, 0)]);
    assert_cites(&off, Finding::Shown, 1, "a threshold of 0");
    assert_unanswerable(
        &Scene::new().hear(&[-40; 30]).answer(symptom, &[]),
        "no segment says that a tap was meant",
    );
}

#[test]
fn a_policy_that_never_locks_has_no_distance_at_which_it_does() {
    let policy = Policy { lock_when_away: false, ..Policy::default() };
    let scene = Scene::new().hear(&[-60; 50]).segment("leave", 400, &[-90; 150]);
    let answer = scene.answer_under(Rules { policy, ..Rules::default() }, Symptom::LocksAtWrongDistance, &[]);
    assert_unanswerable(&answer, "the policy in use never locks");
}

#[test]
fn a_tap_behind_one_that_has_not_ended_is_not_put_down_to_the_window() {
    let symptom = Symptom::TapNotDetected;
    let scene = Scene::new().after_rest("tap", 3, &[-40; 20]).hear(&[-44; 5]).segment("tap", 3, &[-39; 20]);
    let answer = scene.answer(symptom, &[(Parameter::TapThreshold, -60)]);
    assert_cites(
        &answer,
        Finding::Shown,
        2,
        "best window mean -39.00 dBm, 21.00 dB above -60, but the tap at 2.450 s had not ended: since then the mean did not fall back to or below -60",
    );
    let remedy = answer.remedy.unwrap();
    assert!(
        remedy.contains("Lift the band away") && remedy.contains("increase rssi_tap_threshold"),
        "{remedy}"
    );
    assert!(!remedy.contains("rssi_window_tap"), "{remedy}");

    // The same where none may come: it comes near, and no tap is counted.
    let hover = Scene::new().after_rest("tap", 3, &[-40; 20]).segment("no_tap", 10, &[-47; 20]);
    let answer = hover.answer(Symptom::TooFarAway, &[(Parameter::TapThreshold, -60)]);
    assert_cites(&answer, Finding::NotShown, 2, "above -60, but the tap at 2.450 s had not ended");
}

#[test]
fn a_mean_above_the_threshold_is_no_tap_where_every_sample_must_be() {
    let model = Model { tap_rule: TapRule::EverySampleAbove, ..Model::default() };
    let scene = Scene::new().after_rest("tap", 3, &[-38, -38, -43].repeat(8));
    let answer = scene.answer_under(Rules { model, ..Rules::default() }, Symptom::TapNotDetected, &[]);
    assert_cites(
        &answer,
        Finding::Shown,
        1,
        "dB above -42, but under tap_rule every-sample-above each sample of the window must",
    );
}

#[test]
fn inconsistent_distances_are_attempts_at_one_place_that_end_differently() {
    let symptom = Symptom::InconsistentDistances;
    // At 15 cm single samples reach -41 now and then: a window of 1 taps there at times.
    let scene = Scene::new()
        .after_rest("no_tap", 15, &[-47; 20])
        .after_rest("no_tap", 15, &[-47, -47, -47, -41].repeat(5))
        .after_rest("no_tap", 15, &[-47; 20]);
    let shown = scene.answer(symptom, &[(Parameter::WindowTap, 1)]);
    assert_cites(&shown, Finding::Shown, 2, "no_tap at 15 cm: a tap, best window mean -41.00 dBm");
    assert_eq!(shown.evidence[0].segment, Some(2), "the odd one out comes first");
    assert!(
        shown.text.contains("1 of 3 tapped")
            && shown.text.contains("means of 1 samples scatter over up to 6.0 dB, those of 2 over 3.0 dB"),
        "{shown:?}"
    );
    assert!(shown.remedy.unwrap().contains("Increase rssi_window_tap"));
    assert_cites(
        &scene.answer(symptom, &[]),
        Finding::NotShown,
        1,
        "no_tap at 15 cm: 0 of 3 attempts tapped",
    );
    let once = Scene::new().after_rest("tap", 3, &[-40; 20]).after_rest("tap", 5, &[-40; 20]);
    assert_unanswerable(&once.answer(symptom, &[]), "nothing was tried twice at one place");
}

#[test]
fn a_tap_from_too_far_away_says_from_which_threshold_on_it_does_not_come() {
    let symptom = Symptom::TooFarAway;
    let scene = Scene::new().after_rest("no_tap", 30, &[-40, -41].repeat(10));
    let shown = scene.answer(symptom, &[]);
    assert_cites(&shown, Finding::Shown, 1, "1 tap at 30 cm: best window mean -40.50 dBm, 1.50 dB above -42");
    assert!(shown.remedy.unwrap().contains("none of these taps comes from -40 dBm on"));
    let there = scene.answer(symptom, &[(Parameter::TapThreshold, -40)]);
    assert_cites(
        &there,
        Finding::NotShown,
        1,
        "the nearest at 30 cm: best window mean -40.50 dBm, 0.50 dB short",
    );
    assert_eq!(scene.answer(symptom, &[(Parameter::TapThreshold, -41)]).finding, Finding::Shown);
    assert_unanswerable(
        &Scene::new().after_rest("tap", 3, &[-40; 20]).answer(symptom, &[]),
        "no segment says where no tap may come",
    );
    assert_unanswerable(&scene.answer(symptom, &[(Parameter::TapThreshold, 0)]), "BLE tap is off");
}

#[test]
fn a_lock_at_the_wrong_distance_is_too_near_or_too_far() {
    let symptom = Symptom::LocksAtWrongDistance;
    let scene = |stay_dbm, leave_dbm| {
        Scene::new().segment("stay", 100, &[stay_dbm; 300]).segment("leave", 400, &[leave_dbm; 300])
    };
    let right = scene(-65, -90).answer(symptom, &[]);
    assert_cites(&right, Finding::NotShown, 1, "weakest check -65.00 dBm, 18.00 dB from rssi_cutoff_far -83");
    assert_cites(&right, Finding::NotShown, 2, "weakest check -90.00 dBm");
    let near = scene(-85, -90).answer(symptom, &[]);
    assert_cites(&near, Finding::Shown, 1, "stay at 100 cm: away");
    assert!(near.remedy.unwrap().starts_with("Decrease rssi_cutoff_far"));
    let far = scene(-65, -80).answer(symptom, &[]);
    assert_cites(
        &far,
        Finding::Shown,
        2,
        "leave at 400 cm: not locked, away was never reported: the weakest check -80.00 dBm is 3.00 dB",
    );
    assert!(far.remedy.unwrap().starts_with("Increase rssi_cutoff_far"));
    // Locked before it began, a leave segment says nothing of the distance.
    let locked = Scene::new().hear(&[-65; 50]).hear(&[-90; 200]).segment("leave", 400, &[-90; 200]);
    assert_unanswerable(&locked.answer(symptom, &[]), "was away or locked before");
    let half = Scene::new().segment("stay", 100, &[-65; 300]).answer(symptom, &[]);
    assert!(half.text.contains("too far cannot be answered: there is no leave segment"), "{half:?}");
    assert_unanswerable(&Scene::new().after_rest("tap", 3, &[-40; 20]).answer(symptom, &[]), "must lock");
    assert_unanswerable(&scene(-65, -90).answer(symptom, &[(Parameter::CutoffClose, 0)]), "bypassed");
}

impl Scene {
    /// A tap as the recorder writes it.
    fn tapped(self, dwell_ms: u32, outcome: &str) -> Self {
        self.nfc("\"nfc\":\"inserted\",\"reader\":\"R\",\"atr\":\"3B80800101\"").gone(dwell_ms, outcome)
    }

    fn gone(self, dwell_ms: u32, outcome: &str) -> Self {
        self.nfc(&format!(
            "\"nfc\":\"removed\",\"reader\":\"R\",\"dwell_ms\":{dwell_ms},\"outcome\":\"{outcome}\""
        ))
    }

    fn problem(self, code: &str) -> Self {
        self.nfc(&format!("\"nfc\":\"problem\",\"reader\":\"R\",\"code\":\"{code}\",\"text\":\"no answer\""))
    }

    fn nfc_answer(&self) -> Answer {
        self.answer(Symptom::NfcInconsistent, &[])
    }
}

/// One tap that went well, in a segment.
fn held() -> Scene {
    Scene::new().segment("note", 0, &[-60]).tapped(1200, "ok")
}

fn five(dwell_ms: u32, outcome: &str) -> Scene {
    (0..5).fold(Scene::new().hear(&[-60]), |scene, _| scene.tapped(dwell_ms, outcome))
}

#[test]
fn nfc_taps_fail_or_are_too_short() {
    let answer = held().nfc_answer();
    assert_eq!((answer.finding, answer.evidence.len()), (Finding::NotShown, 1));
    assert!(answer.text.starts_with("The one tap went well"), "{answer:?}");
    assert!(answer.text.contains("whether it was read is not known"), "no UID was asked for: {answer:?}");
    assert!(answer.evidence[0].text.ends_with("the shortest: 1200 ms"), "{answer:?}");

    let short = held().tapped(310, "ok").nfc_answer();
    assert_eq!(short.finding, Finding::Shown);
    assert!(short.text.starts_with("1 of 2 taps was held for less than a second"), "{short:?}");
    assert!(
        short.evidence[0].text.ends_with("ok, held 310 ms of the 1000 that the guide asks for"),
        "{short:?}"
    );
    assert_eq!(short.remedy.unwrap(), "Hold the band on the reader for at least 1 second.");

    // Held for long enough, and not read all the same: it is not the person's hand.
    let early = five(1500, "left_early").nfc_answer();
    assert_eq!((early.finding, early.evidence.len()), (Finding::Shown, 5));
    assert!(early.text.starts_with("5 of 5 taps failed, and the reader reported no problem."), "{early:?}");
    assert_eq!(early.evidence[0].text, "at 1.1 s: left too early (left_early), held 1500 ms");
    let remedy = early.remedy.unwrap();
    assert!(remedy.contains("power saving") && !remedy.contains("at least 1 second"), "{remedy}");

    let both = held().tapped(310, "ok").tapped(1100, "contention").nfc_answer();
    assert!(both.text.starts_with("1 of 3 taps failed, and 1 more was held for less than"), "{both:?}");
    let remedy = both.remedy.unwrap();
    assert!(remedy.contains("at least 1 second; close the vendor's workbench"), "{remedy}");
    assert!(!remedy.contains("power saving"), "{remedy}");

    let missed = held().nfc("\"nfc\":\"removed\",\"reader\":\"R\",\"outcome\":\"missed\"").nfc_answer();
    assert_eq!(
        (missed.finding, &missed.evidence[0].text[..]),
        (Finding::Shown, "at 3.2 s: too short to be seen (missed)")
    );
    let remedy = missed.remedy.unwrap();
    assert!(remedy.contains("at least 1 second") && remedy.contains("power saving"), "{remedy}");
}

#[test]
fn what_is_no_tap_of_a_person_and_what_only_informs_decides_nothing() {
    for scene in [
        held().tapped(80, "host"),
        held().nfc("\"nfc\":\"inserted\",\"reader\":\"R\",\"was_there\":true").gone(300, "mute"),
        held().problem("reader_came"),
        // One that answered late, or that has no UID, and whose tap went well.
        held()
            .nfc("\"nfc\":\"inserted\",\"reader\":\"R\"")
            .problem("SCARD_W_UNRESPONSIVE_CARD")
            .problem("answered_late")
            .gone(1500, "ok"),
        held().nfc("\"nfc\":\"inserted\",\"reader\":\"R\"").problem("no_uid").gone(1500, "ok"),
    ] {
        let answer = scene.nfc_answer();
        assert_eq!(answer.finding, Finding::NotShown, "{answer:?}");
        assert!(answer.evidence[0].text.contains("the shortest: 1200 ms"), "{answer:?}");
    }
    let read = Scene::new().hear(&[-60]).nfc("\"nfc\":\"inserted\",\"reader\":\"R\"");
    let read = read.nfc("\"nfc\":\"read\",\"reader\":\"R\",\"uid\":\"0A\",\"read_ms\":30").gone(1500, "ok");
    let answer = read.nfc_answer();
    assert_eq!(
        answer.text,
        "The one tap went well, held for a second or more, and the reader reported no problem."
    );

    let went = five(1200, "ok").problem("reader_went").nfc_answer();
    assert_eq!((went.finding, went.evidence.len()), (Finding::Shown, 1));
    assert!(went.text.contains("All 5 taps went well") && went.text.contains("1 problem"), "{went:?}");
    assert!(went.remedy.unwrap().contains("power saving"));

    assert_unanswerable(&Scene::new().hear(&[-40; 9]).nfc_answer(), "no row of an NFC reader");
    let there = Scene::new().hear(&[-60]).nfc("\"nfc\":\"inserted\",\"reader\":\"R\",\"was_there\":true");
    assert_unanswerable(&there.gone(5000, "ok").nfc_answer(), "no tap on the reader says how it went");
}
