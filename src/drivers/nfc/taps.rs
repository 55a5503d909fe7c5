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
        /// How long the reader had been empty; unknown where it was never seen so.
        idle: Option<Idle>,
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
        /// How long it lay there.
        dwell_us: i64,
        /// How the tap went.
        outcome: Outcome,
    },
    /// A card came and went between two looks: only the service's count tells of it.
    Missed {
        /// How long the reader had been empty, up to the look that tells of it.
        idle: Option<Idle>,
    },
    /// The reader appeared.
    ReaderCame,
    /// The reader is gone.
    ReaderWent,
}

/// How long a reader had been empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// In microseconds.
    pub us: i64,
    /// Whether it may have been longer: no card was seen to go, and this is since the first look at it.
    pub is_at_least: bool,
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

/// Since when a reader is empty, or was until the card came that lies on it.
#[derive(Clone, Copy, Debug)]
struct Empty {
    since_us: i64,
    /// Whether it was so at the first look at it, and who knows since when.
    is_from_start: bool,
}

#[derive(Debug, Default)]
struct Reader {
    lying: Option<Lying>,
    empty: Option<Empty>,
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
            self.empty = None;
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
            say(What::Missed { idle: self.idle(t_us) });
            self.empty = Some(Empty { since_us: t_us, is_from_start: false });
        }
        if is_there {
            self.lies(t_us, state, is_new || is_restarted, say);
        } else {
            self.empty.get_or_insert(Empty { since_us: t_us, is_from_start: true });
        }
    }

    fn idle(&self, t_us: i64) -> Option<Idle> {
        self.empty.map(|empty| Idle { us: t_us - empty.since_us, is_at_least: empty.is_from_start })
    }

    /// The card goes that lies there, if one does; how its tap went is known, or what was seen of it tells.
    fn goes(&mut self, t_us: i64, outcome: Option<Outcome>, reads_uids: bool, say: &mut impl FnMut(What)) {
        let Some(lying) = self.lying.take() else { return };
        let outcome = outcome.unwrap_or_else(|| lying.outcome(reads_uids));
        if outcome == Outcome::Mute && !lying.answered && !lying.is_called_mute {
            say(What::Mute);
        }
        say(What::Removed { dwell_us: t_us - lying.since_us, outcome });
        self.empty = Some(Empty { since_us: t_us, is_from_start: false });
    }

    fn lies(&mut self, t_us: i64, state: &ReaderState, was_there: bool, say: &mut impl FnMut(What)) {
        let answers = state.presence == Presence::Card;
        let idle = self.idle(t_us);
        let Some(lying) = &mut self.lying else {
            self.lying = Some(Lying { since_us: t_us, answered: answers, is_called_mute: false, read: None });
            say(What::Inserted { atr: state.atr.clone(), idle, was_there });
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
mod tests;
