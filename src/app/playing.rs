//! What playing does to the state: steps from sample to sample, and what is repeated.

use crate::bench::{Deck, after, before};
use crate::replay::Placed;

use super::state::State;

/// Moves the play head to the next sample or event of the chosen series, or to the one before.
pub fn step(state: &mut State, deck: &Deck, is_on: bool, is_event: bool) {
    let chosen = deck.trace.series.get(state.series(deck));
    let Some(series) = chosen else { return };
    // Without a head all is shown: back from its end, or on from its beginning.
    let now_us = state.transport.head_us().unwrap_or(if is_on { i64::MIN } else { i64::MAX });
    let next = if is_event {
        let of_series = |placed: &&Placed| (placed.source, placed.band) == (series.source, series.band);
        let events: Vec<_> = deck.decided.iter().flat_map(|d| &d.events).filter(of_series).collect();
        let time_us = |placed: &&Placed| placed.decision.t_us;
        if is_on { after(&events, time_us, now_us) } else { before(&events, time_us, now_us) }
    } else if is_on {
        series.t_us.get(series.t_us.place_behind(now_us))
    } else {
        series.t_us.place_of(now_us).checked_sub(1).and_then(|at| series.t_us.get(at))
    };
    if let Some(t_us) = next {
        state.transport.step_to(t_us, deck.trace.last_t_us);
        state.view.reveal(t_us);
    }
}

/// Repeats the shortest segment at the play head, else the stretch that is shown; or repeats no
/// longer.
pub fn repeat(state: &mut State, deck: &Deck) {
    if state.transport.repeat().is_some() {
        state.transport.set_repeat(None);
        return;
    }
    let last_us = deck.trace.last_t_us;
    let segments = deck.decided.iter().flat_map(|decided| &decided.segments);
    let stretches = segments.map(|s| (s.segment.begin_us, s.end_us.unwrap_or(last_us)));
    let at_head = stretches.filter(|(begin_us, end_us)| {
        state.transport.head_us().is_some_and(|head_us| (*begin_us..*end_us).contains(&head_us))
    });
    let shown = || {
        let (begin_us, end_us) = state.view.stretch_us();
        (begin_us.clamp(0, last_us), end_us.clamp(0, last_us))
    };
    let stretch = at_head.min_by_key(|(begin_us, end_us)| end_us - begin_us).unwrap_or_else(shown);
    state.transport.set_repeat(Some(stretch));
}
