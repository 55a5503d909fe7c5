//! The promise: each rule and each switch of `docs/nbe-model.md`, in an example small enough to
//! check by hand: what was heard, and what the model makes of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

use tapbench::engine::parameters::{Parameter, ParameterSet};
use tapbench::engine::{
    AbsentRule, Decision, Engine, PairId, PartialWindow, ProximityCheck, Rules, TapRule, Trend, UnlockRule,
};

/// Windows of 3 (tap) and 1 (proximity), the guide's thresholds.
fn guide() -> Rules {
    let mut parameters = ParameterSet::default();
    for (parameter, value) in Parameter::ALL.into_iter().zip([3, 1, -42, -70, -83]) {
        parameters.set(parameter, value).unwrap();
    }
    Rules { parameters, ..Rules::default() }
}

fn with(mut rules: Rules, parameter: Parameter, value: i64) -> Rules {
    rules.parameters.set(parameter, value).unwrap();
    rules
}

/// Only taps: proximity is bypassed.
fn tap(window: i64) -> Rules {
    with(with(guide(), Parameter::CutoffClose, 0), Parameter::WindowTap, window)
}

/// Proximity and Lock Control: BLE tap is off.
fn lock(window: i64) -> Rules {
    with(with(guide(), Parameter::TapThreshold, 0), Parameter::WindowLong, window)
}

/// Only `present` and `away`: a policy that neither locks nor unlocks.
fn reports(window: i64) -> Rules {
    let mut rules = lock(window);
    rules.policy.lock_when_away = false;
    rules
}

fn switched(mut rules: Rules, switch: impl FnOnce(&mut Rules)) -> Rules {
    switch(&mut rules);
    rules
}

/// What is heard: `0.5:-60` a sample of −60 dBm at 0.5 s, `B@1:-60` one of a second band, `30:` only
/// time.
fn decide(rules: &Rules, heard: &str) -> Vec<Decision> {
    let mut engine = Engine::new(rules).unwrap();
    let (mut out, mut bands) = (Vec::new(), Vec::new());
    for token in heard.split_whitespace() {
        let (band, token) = token.split_once('@').unwrap_or(("A", token));
        let (seconds, rssi) = token.split_once(':').unwrap();
        let t_us = (seconds.parse::<f64>().unwrap() * 1e6).round() as i64;
        if rssi.is_empty() {
            engine.advance(t_us, &mut out);
            continue;
        }
        if !bands.contains(&band) {
            bands.push(band);
        }
        let pair = bands.iter().position(|b| *b == band).unwrap();
        engine.sample(t_us, PairId::new(pair), rssi.parse().unwrap(), &mut out);
    }
    out
}

/// What happened: `0.5 tap`, and `#2 0.5 tap` of the band heard second.
fn play(rules: &Rules, heard: &str) -> Vec<String> {
    let line = |decision: &Decision| {
        let band = match decision.pair.index() {
            0 => String::new(),
            second => format!("#{} ", second + 1),
        };
        format!("{band}{} {}", decision.t_us as f64 / 1e6, decision.event.name())
    };
    decide(rules, heard).iter().map(line).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn rule_01_the_tap_window_rolls_and_decides_nothing_before_it_is_full() {
    assert_eq!(play(&tap(3), "0:-30 1:-30"), NOTHING);
    assert_eq!(play(&tap(3), "0:-30 1:-30 2:-30"), ["2 tap"]);
    // (−60 −60 −30) / 3 = −50, then (−60 −30 −30) / 3 = −40.
    assert_eq!(play(&tap(3), "0:-60 1:-60 2:-60 3:-30 4:-30"), ["4 tap"]);
}

#[test]
fn rule_02_a_tap_needs_a_mean_above_the_threshold_not_on_it() {
    assert_eq!(play(&tap(3), "0:-42 1:-42 2:-42"), NOTHING);
    assert_eq!(play(&tap(3), "0:-42 1:-42 2:-41"), ["2 tap"]);
    // An outlier is smoothed away: (−30 −50 −46) / 3 = −42.
    assert_eq!(play(&tap(3), "0:-30 1:-50 2:-46"), NOTHING);
}

#[test]
fn rule_02_a_threshold_of_0_turns_tap_off() {
    let off = with(tap(1), Parameter::TapThreshold, 0);
    assert_eq!(play(&off, "0:-1 1:0 2:20 3:20"), NOTHING);
}

#[test]
fn rule_03_one_tap_per_approach_until_the_mean_is_back_on_the_threshold() {
    assert_eq!(play(&tap(1), "0:-40 1:-41 2:-30 3:-41 4:-40"), ["0 tap"]);
    assert_eq!(play(&tap(1), "0:-40 1:-42 2:-40"), ["0 tap", "2 tap"]);
}

#[test]
fn rule_04_old_samples_stay_until_newer_ones_push_them_out() {
    // Ten minutes later the −90 still counts: (−90 −30 −30) / 3 = −50.
    assert_eq!(play(&tap(3), "0:-90 600:-30 601:-30"), NOTHING);
    assert_eq!(play(&tap(3), "0:-90 600:-30 601:-30 602:-30"), ["602 tap"]);
    // Absence does not empty the tap window either: (−30 −36 −57) / 3 = −41, 100 s apart.
    let both = with(guide(), Parameter::CutoffFar, -127);
    assert_eq!(
        play(&both, "0:-30 1:-36 101:-57"),
        [
            "0 present",
            "31 away",
            "31 countdown_started",
            "41 locked",
            "101 tap",
            "101 present",
            "101 unlocked"
        ]
    );
}

#[test]
fn rule_05_checks_do_not_overlap_and_remember_the_trend() {
    // (−60 −84) / 2 is between the cutoffs, (−84 −84) / 2 is away; a sliding mean was away at 2 s.
    assert_eq!(play(&reports(2), "0:-60 1:-84 2:-84 3:-84"), ["3 away"]);
    assert_eq!(play(&reports(2), "0:-60"), NOTHING);
    let trends = |heard| decide(&reports(1), heard).iter().map(|d| d.trend).collect::<Vec<_>>();
    assert_eq!(trends("0:-60 1:-84 2:-69"), [None, Some(Trend::Falling), Some(Trend::Rising)]);
    assert_eq!(trends("0:-75 1:-69"), [Some(Trend::Rising)]);
}

#[test]
fn rule_06_a_mean_on_a_cutoff_belongs_to_the_zone_that_it_names() {
    assert_eq!(play(&reports(1), "0:-70"), ["0 present"]);
    assert_eq!(play(&reports(1), "0:-71 1:-82"), NOTHING);
    assert_eq!(play(&reports(1), "0:-83"), ["0 away"]);
    // (−70 −71) / 2 is not close.
    assert_eq!(play(&reports(2), "0:-70 1:-71"), NOTHING);
}

#[test]
fn rule_06_the_tap_zone_counts_as_close() {
    assert_eq!(play(&with(guide(), Parameter::WindowTap, 1), "0:-30"), ["0 tap", "0 present"]);
}

#[test]
fn rule_07_a_report_comes_once_and_stands_between_the_cutoffs() {
    assert_eq!(play(&reports(1), "0:-60 1:-50 2:-75 3:-60"), ["0 present"]);
    assert_eq!(
        play(&reports(1), "0:-60 1:-75 2:-83 3:-75 4:-90 5:-71 6:-69"),
        ["0 present", "2 away", "6 present"]
    );
}

#[test]
fn rule_08_a_close_cutoff_of_0_bypasses_proximity_and_lock_control() {
    let bypassed = with(guide(), Parameter::CutoffClose, 0);
    assert_eq!(play(&bypassed, "0:-60 1:-90 2:-90 60:-60 120:"), NOTHING);
}

#[test]
fn rule_09_silence_of_30_s_is_absence_when_present_was_the_last_report() {
    assert_eq!(play(&reports(1), "0:-60 29.999999:"), ["0 present"]);
    assert_eq!(play(&reports(1), "0:-60 30:"), ["0 present", "30 away"]);
    // It bears its due time however late it is noticed; any sample defers it.
    assert_eq!(play(&reports(1), "0:-60 10:-75 99:"), ["0 present", "40 away"]);
    assert_eq!(play(&reports(1), "0:-75 99:"), NOTHING);
    assert_eq!(play(&reports(1), "0:-90 99:"), ["0 away"]);
    // At the instant itself, absence comes before the sample.
    assert_eq!(play(&reports(1), "0:-60 30:-60"), ["0 present", "30 away", "30 present"]);
}

#[test]
fn rule_09_absence_starts_the_count_afresh() {
    // The −90 of 2 s is forgotten: the next check is (−60 −60), not (−90 −60).
    assert_eq!(play(&reports(2), "0:-60 1:-60 2:-90 40:-60 41:-60"), ["1 present", "32 away", "41 present"]);
    // Without absence it is not.
    assert_eq!(play(&reports(2), "0:-90 99:-60 100:-60"), NOTHING);
}

#[test]
fn rule_10_away_counts_down_10_s_and_locks() {
    assert_eq!(play(&lock(1), "0:-90 9.999999:"), ["0 away", "0 countdown_started"]);
    assert_eq!(play(&lock(1), "0:-90 10:"), ["0 away", "0 countdown_started", "10 locked"]);
    assert_eq!(
        play(&lock(1), "0:-90 9.999999:-60 60:-61"),
        [
            "0 away",
            "0 countdown_started",
            "9.999999 present",
            "9.999999 countdown_cancelled",
            "39.999999 away",
            "39.999999 countdown_started",
            "49.999999 locked",
            "60 present",
            "60 unlocked"
        ]
    );
}

#[test]
fn rule_10_at_the_end_of_the_countdown_the_lock_comes_first() {
    assert_eq!(
        play(&lock(1), "0:-90 10:-60"),
        ["0 away", "0 countdown_started", "10 locked", "10 present", "10 unlocked"]
    );
}

#[test]
fn rule_10_the_lock_comes_before_absence_at_the_same_instant() {
    // `present` leaves the countdown running, and 8 s of silence end with it.
    let rules = switched(lock(1), |r| {
        r.policy.keep_unlocked_when_present = false;
        r.model.absent_after_s = 8;
    });
    assert_eq!(
        play(&rules, "0:-90 2:-60 99:"),
        ["0 away", "0 countdown_started", "2 present", "10 locked", "10 away"]
    );
}

#[test]
fn rule_11_present_while_locked_unlocks() {
    assert_eq!(
        play(&lock(1), "0:-90 20:-75 21:-70"),
        ["0 away", "0 countdown_started", "10 locked", "21 present", "21 unlocked"]
    );
}

#[test]
fn rule_12_a_recording_starts_unlocked_with_nothing_reported() {
    assert_eq!(play(&lock(1), "0:-60"), ["0 present"]);
    assert_eq!(play(&lock(1), "0:-90"), ["0 away", "0 countdown_started"]);
    assert_eq!(play(&lock(1), "0:-75 99:"), NOTHING);
}

#[test]
fn rule_13_what_time_makes_due_comes_in_order_of_due_time_then_of_first_hearing() {
    assert_eq!(
        play(&reports(1), "B@0:-60 A@0:-60 30:"),
        ["0 present", "#2 0 present", "30 away", "#2 30 away"]
    );
    assert_eq!(
        play(&reports(1), "A@0:-60 B@0:-60 A@1:-60 99:"),
        ["0 present", "#2 0 present", "#2 30 away", "31 away"]
    );
}

#[test]
fn rule_13_a_tap_comes_before_the_report_and_the_report_before_what_it_causes() {
    let both = with(guide(), Parameter::WindowTap, 1);
    assert_eq!(
        play(&both, "0:-90 1:-40"),
        ["0 away", "0 countdown_started", "1 tap", "1 present", "1 countdown_cancelled"]
    );
}

#[test]
fn every_source_and_band_is_judged_for_itself() {
    // Neither band alone fills a window of 3, and each has its own lock.
    assert_eq!(play(&tap(3), "A@0:-30 B@1:-30 A@2:-30 B@3:-30"), NOTHING);
    assert_eq!(
        play(&lock(1), "A@0:-90 B@1:-60 10:"),
        ["0 away", "0 countdown_started", "#2 1 present", "10 locked"]
    );
}

#[test]
fn switch_a1_partial_window_use_decides_on_the_samples_there_are() {
    let rules = switched(tap(3), |r| r.model.partial_window = PartialWindow::Use);
    assert_eq!(play(&rules, "0:-41"), ["0 tap"]);
    assert_eq!(play(&rules, "0:-43 1:-41"), NOTHING);
    // "Proximity is unaffected."
    let rules = switched(reports(3), |r| r.model.partial_window = PartialWindow::Use);
    assert_eq!(play(&rules, "0:-60 1:-60 2:-60"), ["2 present"]);
}

#[test]
fn switch_tap_rule_every_sample_above_looks_at_each_sample_and_rearms_by_the_mean() {
    let rules = switched(tap(3), |r| r.model.tap_rule = TapRule::EverySampleAbove);
    let heard = "0:-30 1:-30 2:-42 3:-30 4:-30 5:-30";
    assert_eq!(play(&tap(3), heard), ["2 tap"]);
    assert_eq!(play(&rules, heard), ["5 tap"]);
    // A single −43 after the tap leaves the mean above: no second tap.
    assert_eq!(play(&rules, "0:-30 1:-30 2:-30 3:-43 4:-30 5:-30 6:-30"), ["2 tap"]);
    assert_eq!(play(&rules, "0:-30 1:-30 2:-30 3:-66 4:-30 5:-30 6:-30"), ["2 tap", "6 tap"]);
}

#[test]
fn switch_a2_rearm_hysteresis_db_rearms_farther_from_0() {
    let rules = switched(tap(1), |r| r.model.rearm_hysteresis_db = 3);
    assert_eq!(play(&rules, "0:-40 1:-44 2:-40 3:-45 4:-40"), ["0 tap", "4 tap"]);
}

#[test]
fn switch_a2_rearm_cooldown_ms_does_not_rearm_before() {
    let rules = switched(tap(1), |r| r.model.rearm_cooldown_ms = 1000);
    assert_eq!(play(&rules, "0:-40 0.5:-60 0.6:-40 0.999999:-60 1:-40"), ["0 tap"]);
    assert_eq!(play(&rules, "0:-40 0.5:-60 0.6:-40 1:-60 1.1:-40"), ["0 tap", "1.1 tap"]);
}

#[test]
fn switch_a3_proximity_check_every_sample_slides() {
    let rules = switched(reports(2), |r| r.model.proximity_check = ProximityCheck::EverySample);
    assert_eq!(play(&rules, "0:-60"), NOTHING);
    assert_eq!(play(&rules, "0:-60 1:-84 2:-84"), ["2 away"]);
    // "Absence empties the window": the sample at 40 s is alone in it.
    assert_eq!(play(&rules, "0:-60 1:-60 40:-60 41:-60"), ["1 present", "31 away", "41 present"]);
}

#[test]
fn switch_a5_absent_rule_not_close_counts_from_the_last_close_check() {
    let rules = switched(reports(1), |r| r.model.absent_rule = AbsentRule::NotClose);
    let heard = "0:-60 5:-70 15:-75 30:-75 40:-75";
    assert_eq!(play(&reports(1), heard), ["0 present"]);
    assert_eq!(play(&rules, heard), ["0 present", "35 away"]);
}

#[test]
fn switch_a5_absent_after_s_is_the_length_of_absence() {
    let rules = switched(reports(1), |r| r.model.absent_after_s = 5);
    assert_eq!(play(&rules, "0:-60 5:"), ["0 present", "5 away"]);
}

#[test]
fn switch_lock_countdown_s_is_the_length_of_the_countdown() {
    let rules = switched(lock(1), |r| r.model.lock_countdown_s = 3);
    assert_eq!(play(&rules, "0:-90 99:"), ["0 away", "0 countdown_started", "3 locked"]);
}

#[test]
fn switch_a7_unlock_rule_gate_never_reports_unlocked() {
    let rules = switched(lock(1), |r| r.model.unlock_rule = UnlockRule::Gate);
    // It stays locked, so nothing counts down again.
    assert_eq!(
        play(&rules, "0:-90 20:-60 21:-90 99:"),
        ["0 away", "0 countdown_started", "10 locked", "20 present", "21 away"]
    );
}

#[test]
fn policy_lock_when_away_off_counts_down_and_locks_never() {
    let rules = switched(lock(1), |r| r.policy.lock_when_away = false);
    assert_eq!(play(&rules, "0:-90 20:-60 99:"), ["0 away", "20 present", "50 away"]);
}

#[test]
fn policy_unlock_when_present_off_never_unlocks() {
    let rules = switched(lock(1), |r| r.policy.unlock_when_present = false);
    assert_eq!(play(&rules, "0:-90 20:-60"), ["0 away", "0 countdown_started", "10 locked", "20 present"]);
}

#[test]
fn policy_keep_unlocked_when_present_off_lets_the_countdown_run_on() {
    let rules = switched(lock(1), |r| r.policy.keep_unlocked_when_present = false);
    // A second `away` finds a countdown running; the lock falls while the band is present, and only
    // the next report of `present` unlocks.
    assert_eq!(
        play(&rules, "0:-90 2:-60 4:-90 6:-60 11:-60 12:-90 13:-60"),
        [
            "0 away",
            "0 countdown_started",
            "2 present",
            "4 away",
            "6 present",
            "10 locked",
            "12 away",
            "13 present",
            "13 unlocked"
        ]
    );
}
