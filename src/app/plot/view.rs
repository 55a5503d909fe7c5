//! Which stretch of time and strength is shown, and where on the screen that is.

use eframe::egui::Rect;

use crate::bench::Deck;

/// What is shown of a session that goes on.
const LIVE_US: f64 = 30e6;
/// The shortest stretch.
const LEAST_US: f64 = 50e3;

/// The stretch that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    begin_us: f64,
    end_us: f64,
    low_dbm: f32,
    high_dbm: f32,
    is_following: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { begin_us: 0.0, end_us: LIVE_US, low_dbm: -100.0, high_dbm: -20.0, is_following: true }
    }
}

impl View {
    /// The end of the stretch, in microseconds.
    pub fn end_us(&self) -> i64 {
        self.end_us as i64
    }

    /// Whether it moves with what is heard.
    pub fn is_following(&self) -> bool {
        self.is_following
    }

    /// Moves with what is heard from now on.
    pub fn follow(&mut self) {
        self.is_following = true;
    }

    /// Moves on with a session, or with the play head.
    pub fn keep_up(&mut self, now_us: i64) {
        if self.is_following {
            let last_us = now_us as f64;
            let span = (self.end_us - self.begin_us).clamp(LEAST_US, 10.0 * LIVE_US);
            (self.begin_us, self.end_us) = ((last_us - span).max(0.0), last_us.max(span));
        }
    }

    /// Moves on with the play head from now on, at a scale at which that can be seen.
    pub fn play(&mut self) {
        self.is_following = true;
        if self.end_us - self.begin_us > 2.0 * LIVE_US {
            self.begin_us = self.end_us - LIVE_US;
        }
    }

    /// Moves so that an instant can be seen.
    pub fn reveal(&mut self, t_us: i64) {
        let (t, span) = (t_us as f64, self.end_us - self.begin_us);
        if !(self.begin_us..=self.end_us).contains(&t) {
            (self.begin_us, self.end_us) = (t - span / 2.0, t + span / 2.0);
        }
    }

    /// What is shown, in microseconds.
    pub fn stretch_us(&self) -> (i64, i64) {
        (self.begin_us as i64, self.end_us as i64)
    }

    /// Shows a stretch, with some room beside it.
    pub fn show(&mut self, begin_us: i64, end_us: i64) {
        let (begin, end) = (begin_us as f64, (end_us.max(begin_us)) as f64);
        let room = ((end - begin) * 0.5).max(1e6);
        (self.begin_us, self.end_us, self.is_following) = (begin - room, end + room, false);
    }

    /// Shows all of a recording.
    pub fn fit(&mut self, deck: &Deck) {
        let last_us = (deck.trace.last_t_us as f64).max(1e6);
        (self.begin_us, self.end_us) = (-0.01 * last_us, 1.01 * last_us);
        self.is_following = false;
        let all = deck.trace.series.iter().filter_map(|s| s.rssi_dbm.extremes(0..s.rssi_dbm.len()));
        let (low, high) = all.fold((-60, -60), |(l, h), (a, b)| (a.min(l), b.max(h)));
        self.low_dbm = (f32::from(low) - 6.0).clamp(-127.0, -95.0);
        self.high_dbm = (f32::from(high) + 6.0).clamp(-32.0, 20.0);
    }

    /// As a session begins.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Moves by this much, and stays there.
    pub fn pan(&mut self, by_us: f64) {
        self.begin_us += by_us;
        self.end_us += by_us;
        self.is_following = false;
    }

    /// Makes the stretch `factor` times as long, around an instant.
    pub fn zoom(&mut self, around_us: i64, factor: f64, last_us: i64) {
        let span = self.end_us - self.begin_us;
        let most = (last_us as f64).mul_add(1.5, LIVE_US);
        let factor = factor.clamp(LEAST_US / span, (most / span).max(LEAST_US / span));
        let around = around_us as f64;
        self.begin_us = around - (around - self.begin_us) * factor;
        self.end_us = around + (self.end_us - around) * factor;
        self.is_following = false;
    }
}

/// Time and strength as places on the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    view: View,
    pub(super) rect: Rect,
    /// What comes later has not been played yet.
    until_us: i64,
}

impl Scale {
    pub(super) fn new(view: &View, rect: Rect) -> Self {
        Self { view: *view, rect, until_us: i64::MAX }
    }

    /// Without what lies behind the play head.
    pub(super) fn until(self, head_us: Option<i64>) -> Self {
        Self { until_us: head_us.unwrap_or(i64::MAX), ..self }
    }

    /// The last instant that is drawn, in microseconds.
    pub(super) fn until_us(&self) -> i64 {
        self.until_us.min(self.view.end_us as i64)
    }

    /// Whether the play head has passed an instant.
    pub(super) fn is_played(&self, t_us: i64) -> bool {
        t_us <= self.until_us
    }

    pub(super) fn us_per_point(&self) -> f64 {
        (self.view.end_us - self.view.begin_us) / f64::from(self.rect.width().max(1.0))
    }

    pub(super) fn x(&self, t_us: i64) -> f32 {
        self.rect.left() + ((t_us as f64 - self.view.begin_us) / self.us_per_point()) as f32
    }

    pub(super) fn time_us(&self, x: f32) -> i64 {
        (f64::from(x - self.rect.left()).mul_add(self.us_per_point(), self.view.begin_us)) as i64
    }

    pub(super) fn y(&self, dbm: f32) -> f32 {
        let share = (self.view.high_dbm - dbm) / (self.view.high_dbm - self.view.low_dbm);
        self.rect.top() + share * self.rect.height()
    }

    pub(super) fn dbm(&self, y: f32) -> f32 {
        let share = (y - self.rect.top()) / self.rect.height().max(1.0);
        self.view.high_dbm - share * (self.view.high_dbm - self.view.low_dbm)
    }

    pub(super) fn range_us(&self) -> (i64, i64) {
        (self.view.begin_us as i64, self.view.end_us as i64)
    }

    pub(super) fn range_dbm(&self) -> (f32, f32) {
        (self.view.low_dbm, self.view.high_dbm)
    }

    /// Columns of one point: each with the instant at which it ends.
    pub(super) fn columns(&self) -> impl Iterator<Item = (f32, i64)> + use<> {
        let scale = *self;
        (0..=self.rect.width() as usize).map(move |i| {
            let x = scale.rect.left() + i as f32;
            (x, scale.time_us(x + 1.0))
        })
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut view = View::default();
        let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(600.0, 300.0));
        let at = Scale::new(&view, rect).time_us(210.0);
        view.zoom(at, 0.25, 60_000_000);
        let scale = Scale::new(&view, rect);
        assert!((scale.x(at) - 210.0).abs() < 0.1 && !view.is_following());
        assert!((scale.us_per_point() - 12_500.0).abs() < 1.0);
        assert!((scale.dbm(scale.y(-42.0)) + 42.0).abs() < 1e-3);
    }
}
