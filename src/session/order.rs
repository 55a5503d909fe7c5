//! Rows of several sources in order of time. Threads hand rows over a little out of order; with
//! more than one source a row is held until all others are past it, or for [`HOLD`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::drivers::Row;

/// Longer than a thread waits for its turn, shorter than a person notices.
const HOLD: Duration = Duration::from_millis(100);

/// Rows held at most for one source.
const HELD: usize = 4096;

struct Lane {
    rows: VecDeque<(Instant, Row)>,
    running: bool,
}

/// The sources' rows that are still held.
pub(super) struct Order {
    lanes: Vec<Lane>,
}

impl Order {
    /// For so many sources, all running, and as one more an operator, whom nothing waits for.
    pub(super) fn new(sources: usize) -> Self {
        let lane = |running| Lane { rows: VecDeque::new(), running };
        Self { lanes: (0..=sources).map(|source| lane(source < sources)).collect() }
    }

    /// A row of `source` arrived at `now`.
    pub(super) fn push(&mut self, source: usize, row: Row, now: Instant) {
        if let Some(lane) = self.lanes.get_mut(source) {
            lane.rows.push_back((now, row));
        }
    }

    /// Nothing more comes from `source`.
    pub(super) fn ended(&mut self, source: usize) {
        if let Some(lane) = self.lanes.get_mut(source) {
            lane.running = false;
        }
    }

    /// Whether a source may still send.
    pub(super) fn running(&self) -> bool {
        self.lanes.iter().any(|lane| lane.running)
    }

    /// Whether no row is held.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.rows.is_empty())
    }

    /// The next row whose turn it is, with its source.
    pub(super) fn next(&mut self, now: Instant) -> Option<(usize, Row)> {
        let (source, _) = self.earliest()?;
        let is_due = self.lanes.iter().all(|lane| !lane.running || !lane.rows.is_empty())
            || self.oldest().is_some_and(|at| now.saturating_duration_since(at) >= HOLD)
            || self.lanes.iter().any(|lane| lane.rows.len() > HELD);
        if is_due { self.pop(source) } else { None }
    }

    /// The next row, whether or not an earlier one may still come.
    pub(super) fn next_held(&mut self) -> Option<(usize, Row)> {
        let (source, _) = self.earliest()?;
        self.pop(source)
    }

    /// How long at most until `next` has another row, if any is held.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.oldest().map(|at| (at + HOLD).saturating_duration_since(now))
    }

    fn earliest(&self) -> Option<(usize, i64)> {
        let heads = self.lanes.iter().enumerate().filter_map(|(i, l)| Some((i, l.rows.front()?.1.t_us)));
        heads.min_by_key(|(source, t_us)| (*t_us, *source))
    }

    fn oldest(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(|lane| Some(lane.rows.front()?.0)).min()
    }

    fn pop(&mut self, source: usize) -> Option<(usize, Row)> {
        let (_, row) = self.lanes.get_mut(source)?.rows.pop_front()?;
        Some((source, row))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::other_row as row;
    use super::*;

    fn times(order: &mut Order, now: Instant) -> Vec<(usize, i64)> {
        std::iter::from_fn(|| order.next(now)).map(|(source, row)| (source, row.t_us)).collect()
    }

    #[test]
    fn a_single_source_is_never_held() {
        let (mut order, now) = (Order::new(1), Instant::now());
        order.push(0, row(5), now);
        assert_eq!(times(&mut order, now), [(0, 5)]);
        assert_eq!(order.wait(now), None);
    }

    #[test]
    fn several_sources_wait_for_each_other_but_not_for_long() {
        let (mut order, now) = (Order::new(2), Instant::now());
        order.push(0, row(5), now);
        order.push(0, row(9), now);
        assert_eq!(times(&mut order, now), []);
        order.push(1, row(7), now);
        assert_eq!(times(&mut order, now), [(0, 5), (1, 7)]);
        assert_eq!(order.wait(now), Some(HOLD));
        assert_eq!(times(&mut order, now + HOLD), [(0, 9)]);
        order.push(0, row(11), now);
        order.ended(1);
        assert_eq!(times(&mut order, now), [(0, 11)]);
        assert!(order.running());
    }

    #[test]
    fn an_operator_waits_for_the_sources_and_they_do_not_wait_for_him() {
        let (mut order, now) = (Order::new(1), Instant::now());
        order.push(1, row(7), now);
        assert_eq!(times(&mut order, now), []);
        order.push(0, row(5), now);
        assert_eq!(times(&mut order, now), [(0, 5)]);
        order.push(0, row(9), now);
        assert_eq!(times(&mut order, now), [(1, 7), (0, 9)]);
        order.push(1, row(10), now);
        assert_eq!(times(&mut order, now + HOLD), [(1, 10)]);
        order.ended(0);
        assert!(!order.running());
    }

    #[test]
    fn a_flood_is_not_held() {
        let (mut order, now) = (Order::new(2), Instant::now());
        (0..=4096).for_each(|t_us| order.push(0, row(t_us), now));
        assert_eq!(times(&mut order, now), [(0, 0)]);
        assert_eq!(order.next_held().map(|(_, row)| row.t_us), Some(1));
    }
}
