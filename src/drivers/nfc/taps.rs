//! From how readers are to what taps were: a state machine without clock or I/O.

use std::collections::BTreeMap;

use super::code::Trouble;
use super::outcome::Outcome;
use super::service::{Presence, ReaderState};

/// A card is called mute only after this: it is sensed before it has answered.
const MUTE_AFTER_US: i64 = 500_000;

/// Counts wrap at 16 bits on Windows. No one taps half as often between two looks, so a count
/// that is that much further went backwards: the reader was started anew.
const BACKWARDS: u32 = 0x8000;

/// What happened on a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub reader: String,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A card came.
    Inserted {
        /// Its answer to reset; none from a mute card.
        atr: Vec<u8>,
        /// How long the reader had been empty, where a card was seen to go.
        idle_us: Option<i64>,
        /// Whether it lay there when the watch began.
        was_there: bool,
    },
    /// The card that lies there does not answer.
    Mute,
    /// The card that lies there did not answer at once, and now it has.
    Answered {
        /// Its answer to reset.
        atr: Vec<u8>,
        /// So long after it came.
        after_us: i64,
    },
    /// The card went.
    Removed {
        /// How long it lay there; unknown for one that was missed.
        dwell_us: Option<i64>,
        /// How the tap went.
        outcome: Outcome,
    },
    /// The reader appeared.
    ReaderCame,
    /// The reader is gone.
    ReaderWent,
}

/// A card that lies on a reader.
#[derive(Clone, Copy, Debug)]
struct Lying {
    since_us: i64,
    answered: bool,
    /// Whether it was said that it does not.
    is_called_mute: bool,
    /// Of its UID; `None` before it is known how that went.
    read: Option<Result<(), Trouble>>,
}

impl Lying {
    /// When it goes.
    fn outcome(self, reads_uids: bool) -> Outcome {
        match self.read {
            _ if !self.answered => Outcome::Mute,
            _ if !reads_uids => Outcome::Ok,
            Some(Ok(())) => Outcome::Ok,
            None | Some(Err(Trouble::LeftEarly)) => Outcome::LeftEarly,
            Some(Err(Trouble::Mute)) => Outcome::Mute,
            Some(Err(Trouble::Contention)) => Outcome::Contention,
            Some(Err(Trouble::Host)) => Outcome::Host,
        }
    }
}

#[derive(Debug, Default)]
struct Reader {
    lying: Option<Lying>,
    empty_since_us: Option<i64>,
    events: Option<u32>,
}

/// The taps on all readers.
#[derive(Debug, Default)]
pub struct Taps {
    readers: BTreeMap<String, Reader>,
    has_looked: bool,
    /// Whether a tap is only good when the card's UID was read.
    reads_uids: bool,
}

impl Taps {
    /// Where the UID of each card is read too: how that goes counts for the tap.
    pub fn with_uids() -> Self {
        Self { reads_uids: true, ..Self::default() }
    }

    /// How reading a card's UID went; `false` if the card that came at `since_us` is gone.
    pub fn read(&mut self, reader: &str, since_us: i64, result: Result<(), Trouble>) -> bool {
        let lying = self.readers.get_mut(reader).and_then(|reader| reader.lying.as_mut());
        let Some(lying) = lying.filter(|lying| lying.since_us == since_us) else { return false };
        lying.read = Some(result);
        true
    }

    /// Takes how the readers are at `t_us`; appends what happened since the last look.
    pub fn look(&mut self, t_us: i64, states: &[ReaderState], events: &mut Vec<Event>) {
        let is_first = !self.has_looked;
        self.has_looked = true;
        let gone: Vec<_> =
            self.readers.keys().filter(|name| states.iter().all(|s| s.name != **name)).cloned().collect();
        for name in gone {
            self.went(&name, t_us, events);
        }
        for state in states {
            let is_new = !self.readers.contains_key(&state.name);
            let reader = self.readers.entry(state.name.clone()).or_default();
            let mut say = |what| events.push(Event { reader: state.name.clone(), what });
            if is_new && !is_first {
                say(What::ReaderCame);
            }
            reader.look(t_us, state, is_new, self.reads_uids, &mut say);
        }
    }

    /// The service is gone: so are all readers, as far as can be told.
    pub fn service_lost(&mut self, t_us: i64, events: &mut Vec<Event>) {
        for name in self.readers.keys().cloned().collect::<Vec<_>>() {
            self.went(&name, t_us, events);
        }
    }

    fn went(&mut self, name: &str, t_us: i64, events: &mut Vec<Event>) {
        let Some(mut reader) = self.readers.remove(name) else { return };
        let mut say = |what| events.push(Event { reader: name.to_owned(), what });
        reader.goes(t_us, Some(Outcome::Host), false, &mut say);
        say(What::ReaderWent);
    }
}

impl Reader {
    fn look(
        &mut self,
        t_us: i64,
        state: &ReaderState,
        is_new: bool,
        reads_uids: bool,
        say: &mut impl FnMut(What),
    ) {
        let counted = match (self.events, state.events) {
            (Some(before), Some(now)) => now.wrapping_sub(before) & 0xFFFF,
            _ => 0,
        };
        self.events = state.events;
        let is_restarted = counted >= BACKWARDS;
        if is_restarted {
            self.goes(t_us, Some(Outcome::Host), reads_uids, say);
            self.empty_since_us = None;
        }
        let passed = if is_restarted { 0 } else { counted };
        let is_there = state.presence != Presence::Empty;
        // What the two looks show of it takes one change, or two where a card was exchanged.
        let shown = match (self.lying.is_some(), is_there) {
            (false, false) => 0,
            (true, true) if passed < 2 => 0,
            (true, true) => 2,
            _ => 1,
        };
        let missed = passed.saturating_sub(shown) / 2;
        if !is_there || shown == 2 {
            self.goes(t_us, None, reads_uids, say);
        }
        for _ in 0..missed {
            say(What::Removed { dwell_us: None, outcome: Outcome::Missed });
            self.empty_since_us = Some(t_us);
        }
        if is_there {
            self.lies(t_us, state, is_new || is_restarted, say);
        }
    }

    /// The card goes that lies there, if one does; how its tap went is known, or what was seen of it tells.
    fn goes(&mut self, t_us: i64, outcome: Option<Outcome>, reads_uids: bool, say: &mut impl FnMut(What)) {
        let Some(lying) = self.lying.take() else { return };
        let outcome = outcome.unwrap_or_else(|| lying.outcome(reads_uids));
        if outcome == Outcome::Mute && !lying.answered && !lying.is_called_mute {
            say(What::Mute);
        }
        say(What::Removed { dwell_us: Some(t_us - lying.since_us), outcome });
        self.empty_since_us = Some(t_us);
    }

    fn lies(&mut self, t_us: i64, state: &ReaderState, was_there: bool, say: &mut impl FnMut(What)) {
        let answers = state.presence == Presence::Card;
        let Some(lying) = &mut self.lying else {
            self.lying = Some(Lying { since_us: t_us, answered: answers, is_called_mute: false, read: None });
            let idle_us = self.empty_since_us.map(|since_us| t_us - since_us);
            say(What::Inserted { atr: state.atr.clone(), idle_us, was_there });
            return;
        };
        let after_us = t_us - lying.since_us;
        if answers && !lying.answered {
            lying.answered = true;
            say(What::Answered { atr: state.atr.clone(), after_us });
        }
        if !lying.answered && !lying.is_called_mute && after_us >= MUTE_AFTER_US {
            lying.is_called_mute = true;
            say(What::Mute);
        }
    }
}

#[cfg(test)]
mod tests {
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

    fn inserted(idle_us: impl Into<Option<i64>>) -> What {
        What::Inserted { atr: ATR.to_vec(), idle_us: idle_us.into(), was_there: false }
    }

    fn removed(dwell_us: i64, outcome: Outcome) -> What {
        What::Removed { dwell_us: Some(dwell_us), outcome }
    }

    const MISSED: What = What::Removed { dwell_us: None, outcome: Outcome::Missed };

    #[test]
    fn a_tap_has_a_dwell_and_an_idle_time_since_the_one_before() {
        let empty = |events| Some(state(Presence::Empty, events));
        let card = |events| Some(state(Presence::Card, events));
        let seen = watched(&[(0, empty(0)), (7, card(1)), (8, card(1)), (30, empty(2)), (40, card(3))]);
        assert_eq!(seen, [inserted(None), removed(23, Outcome::Ok), inserted(10)]);
    }

    #[test]
    fn whole_taps_between_two_looks_are_counted() {
        let empty = |events| Some(state(Presence::Empty, events));
        let card = |events| Some(state(Presence::Card, events));
        assert_eq!(watched(&[(0, empty(0)), (5, empty(4))]), [MISSED, MISSED]);
        assert_eq!(watched(&[(0, empty(65535)), (5, empty(1))]), [MISSED]);
        let exchanged = watched(&[(0, empty(0)), (5, card(1)), (9, card(3))]);
        assert_eq!(exchanged, [inserted(None), removed(4, Outcome::Ok), inserted(0)]);
        assert_eq!(watched(&[(0, empty(0)), (5, card(3))]), [MISSED, inserted(0)]);
    }

    #[test]
    fn a_card_that_never_answers_is_mute_and_one_that_answers_late_is_not() {
        let empty = |events| Some(state(Presence::Empty, events));
        let mute = || Some(state(Presence::Mute, 1));
        let card = || Some(state(Presence::Card, 1));
        let came = What::Inserted { atr: Vec::new(), idle_us: None, was_there: false };
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
        assert_eq!(seen, [inserted(None), removed(4, Outcome::Host), inserted(None)]);
        let there = What::Inserted { atr: ATR.to_vec(), idle_us: None, was_there: true };
        let seen = watched(&[(0, empty(6)), (5, card(7)), (9, card(1)), (12, empty(2))]);
        let ends = [removed(4, Outcome::Host), removed(3, Outcome::Ok)];
        assert_eq!(seen, [inserted(None), ends[0].clone(), there, ends[1].clone()]);
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
        assert_eq!(events.pop().map(|event| event.what), Some(inserted(None)));
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
        let there = || What::Inserted { atr: ATR.to_vec(), idle_us: None, was_there: true };
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
            let ends = events.iter().filter(|e| matches!(e.what, What::Removed { .. })).count();
            prop_assert_eq!(u32::try_from(ends).unwrap(), count.div_ceil(2));
            let begins = events.iter().filter(|e| matches!(e.what, What::Inserted { .. })).count();
            let missed = events.iter().filter(|e| e.what == MISSED).count();
            prop_assert_eq!(begins + missed, ends);
        }
    }
}
