use proptest::prelude::*;

use super::*;

const ATR: [u8; 2] = [0x3B, 0x00];

fn state(presence: Presence, events: u32) -> ReaderState {
    let atr = if presence == Presence::Card { ATR.to_vec() } else { Vec::new() };
    ReaderState { name: "r".into(), presence, events: Some(events), atr }
}

fn watched(looks: &[(i64, Option<ReaderState>)]) -> Vec<What> {
    let (mut taps, mut events) = (Taps::default(), Vec::new());
    for (t_us, state) in looks {
        taps.look(*t_us, state.as_slice(), &mut events);
    }
    events.into_iter().map(|event| event.what).collect()
}

fn since_a_card(us: i64) -> Option<Idle> {
    Some(Idle { us, is_at_least: false })
}

fn since_the_start(us: i64) -> Option<Idle> {
    Some(Idle { us, is_at_least: true })
}

fn inserted(idle: Option<Idle>) -> What {
    What::Inserted { atr: ATR.to_vec(), idle, was_there: false }
}

fn missed(idle: Option<Idle>) -> What {
    What::Missed { idle }
}

fn removed(dwell_us: i64, outcome: Outcome) -> What {
    What::Removed { dwell_us, outcome }
}

#[test]
fn a_tap_has_a_dwell_and_an_idle_time_since_the_one_before() {
    let empty = |events| Some(state(Presence::Empty, events));
    let card = |events| Some(state(Presence::Card, events));
    let seen = watched(&[(0, empty(0)), (7, card(1)), (8, card(1)), (30, empty(2)), (40, card(3))]);
    let idle = [since_the_start(7), since_a_card(10)];
    assert_eq!(seen, [inserted(idle[0]), removed(23, Outcome::Ok), inserted(idle[1])]);
    // It came later than the watch began.
    let came = watched(&[(0, None), (20, empty(0)), (90, card(1))]);
    assert_eq!(came, [What::ReaderCame, inserted(since_the_start(70))]);
}

#[test]
fn whole_taps_between_two_looks_are_counted() {
    let empty = |events| Some(state(Presence::Empty, events));
    let card = |events| Some(state(Presence::Card, events));
    let twice = [missed(since_the_start(5)), missed(since_a_card(0))];
    assert_eq!(watched(&[(0, empty(0)), (5, empty(4))]), twice);
    assert_eq!(watched(&[(0, empty(65535)), (5, empty(1))]), twice[..1]);
    let exchanged = watched(&[(0, empty(0)), (5, card(1)), (9, card(3))]);
    let came = inserted(since_the_start(5));
    assert_eq!(exchanged, [came, removed(4, Outcome::Ok), inserted(since_a_card(0))]);
    let missed_one = [missed(since_the_start(5)), inserted(since_a_card(0))];
    assert_eq!(watched(&[(0, empty(0)), (5, card(3))]), missed_one);
    // A rest before it is known as before any other.
    let rested = watched(&[(0, card(1)), (4, empty(2)), (50, empty(4)), (51, card(5))]);
    let after = [missed(since_a_card(46)), inserted(since_a_card(1))];
    assert_eq!(rested[2..], after);
}

#[test]
fn a_card_that_never_answers_is_mute_and_one_that_answers_late_is_not() {
    let empty = |events| Some(state(Presence::Empty, events));
    let mute = || Some(state(Presence::Mute, 1));
    let card = || Some(state(Presence::Card, 1));
    let came = What::Inserted { atr: Vec::new(), idle: since_the_start(1), was_there: false };
    let late = |after_us| What::Answered { atr: ATR.to_vec(), after_us };
    let seen = watched(&[(0, empty(0)), (1, mute()), (5, empty(2))]);
    assert_eq!(seen, [came.clone(), What::Mute, removed(4, Outcome::Mute)]);
    let seen = watched(&[(0, empty(0)), (1, mute()), (2, card()), (5, empty(2))]);
    assert_eq!(seen, [came.clone(), late(1), removed(4, Outcome::Ok)], "not called mute too soon");
    let told = 1 + MUTE_AFTER_US;
    let looks = [(0, empty(0)), (1, mute()), (told, mute()), (told + 1, mute()), (told + 2, card())];
    assert_eq!(watched(&looks), [came, What::Mute, late(MUTE_AFTER_US + 2)]);
}

#[test]
fn a_count_that_goes_backwards_is_no_tap_but_a_reader_that_was_started_anew() {
    let empty = |events| Some(state(Presence::Empty, events));
    let card = |events| Some(state(Presence::Card, events));
    assert_eq!(watched(&[(0, empty(6)), (5, empty(0))]), []);
    let seen = watched(&[(0, empty(6)), (5, card(7)), (9, empty(0)), (12, card(1))]);
    let came = inserted(since_the_start(5));
    assert_eq!(seen, [came.clone(), removed(4, Outcome::Host), inserted(since_the_start(3))]);
    let there = What::Inserted { atr: ATR.to_vec(), idle: None, was_there: true };
    let seen = watched(&[(0, empty(6)), (5, card(7)), (9, card(1)), (12, empty(2))]);
    let ends = [removed(4, Outcome::Host), removed(3, Outcome::Ok)];
    assert_eq!(seen, [came, ends[0].clone(), there, ends[1].clone()]);
}

#[test]
fn what_went_before_a_service_was_started_anew_is_no_pause() {
    let (mut taps, mut events) = (Taps::default(), Vec::new());
    let card = [state(Presence::Card, 1)];
    taps.look(0, &[state(Presence::Empty, 0)], &mut events);
    taps.look(1, &card, &mut events);
    taps.look(2, &[state(Presence::Empty, 2)], &mut events);
    taps.service_lost(3, &mut events);
    taps.look(4, &[state(Presence::Empty, 0)], &mut events);
    taps.look(5, &card, &mut events);
    assert_eq!(events.pop().map(|event| event.what), Some(inserted(since_the_start(1))));
}

#[test]
fn where_uids_are_read_that_decides() {
    let tap = |result: Option<Result<(), Trouble>>| {
        let (mut taps, mut events) = (Taps::with_uids(), Vec::new());
        taps.look(0, &[state(Presence::Empty, 0)], &mut events);
        taps.look(5, &[state(Presence::Card, 1)], &mut events);
        assert!(!taps.read("r", 4, Ok(())), "an earlier card");
        result.into_iter().for_each(|result| assert!(taps.read("r", 5, result)));
        taps.look(9, &[state(Presence::Empty, 2)], &mut events);
        assert!(!taps.read("r", 5, Ok(())));
        events.pop().map(|event| event.what)
    };
    for (result, outcome) in [
        (None, Outcome::LeftEarly),
        (Some(Ok(())), Outcome::Ok),
        (Some(Err(Trouble::Contention)), Outcome::Contention),
        (Some(Err(Trouble::Mute)), Outcome::Mute),
    ] {
        assert_eq!(tap(result), Some(removed(4, outcome)));
    }
}

#[test]
fn a_reader_that_goes_takes_its_card_with_it_and_starts_afresh() {
    let card = |events| Some(state(Presence::Card, events));
    let seen = watched(&[(0, card(1)), (3, None), (4, card(900))]);
    let there = || What::Inserted { atr: ATR.to_vec(), idle: None, was_there: true };
    let expected = [there(), removed(3, Outcome::Host), What::ReaderWent, What::ReaderCame, there()];
    assert_eq!(seen, expected);
}

proptest! {
    /// However rarely it looks: where the service counts, every tap is told of, once.
    #[test]
    fn no_tap_is_lost_or_doubled(steps in prop::collection::vec(0..6u32, 1..60)) {
        let (mut count, mut t_us, mut taps, mut events) = (0, 0, Taps::default(), Vec::new());
        let at = |count: u32| state(if count % 2 == 1 { Presence::Card } else { Presence::Empty }, count);
        taps.look(0, &[at(0)], &mut events);
        for step in steps {
            (count, t_us) = (count + step, t_us + 10);
            taps.look(t_us, &[at(count)], &mut events);
        }
        taps.look(t_us + 10, &[at(count + count % 2)], &mut events);
        let told = |of: fn(&What) -> bool| events.iter().filter(|e| of(&e.what)).count();
        let ends = told(|what| matches!(what, What::Removed { .. }));
        let missed = told(|what| matches!(what, What::Missed { .. }));
        prop_assert_eq!(u32::try_from(ends + missed).unwrap(), count.div_ceil(2));
        prop_assert_eq!(told(|what| matches!(what, What::Inserted { .. })), ends);
        prop_assert_eq!(told(|what| *what == What::Missed { idle: None }), 0);
    }
}
