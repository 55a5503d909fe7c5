//! Samples as dots and means as lines, or bars from the least to the greatest where many lie in
//! one column.

use std::ops::Range;

use eframe::egui::{Color32, Mesh, Painter, Rect, Stroke, Ui, pos2};

use crate::bench::{BLOCK, Decided, Deck, Means, Packed, Series};

use super::super::look::Look;
use super::view::Scale;

/// So many samples for each point of width are still drawn one by one.
const EACH: usize = 2;

/// The samples of all series, the chosen one on top.
pub(super) fn samples(
    ui: &Ui,
    painter: &Painter,
    scale: &Scale,
    deck: &Deck,
    chosen: usize,
    look: &Look,
    is_shown: &dyn Fn(usize) -> bool,
) {
    let others = (0..deck.trace.series.len()).filter(|at| *at != chosen);
    for at in others.chain([chosen]).filter(|at| is_shown(*at)) {
        let Some(series) = deck.trace.series.get(at) else { continue };
        let is_chosen = at == chosen;
        let strength = if is_chosen { 0.95 } else { 0.45 };
        let color = look.series(ui, at).gamma_multiply(strength);
        let radius = if is_chosen { 2.0 } else { 1.5 };
        let (t_us, rssi_dbm) = (&series.t_us, &series.rssi_dbm);
        let mut bars = Bars::new(scale, color);
        drawn(
            scale,
            t_us,
            |few| {
                for (t_us, dbm) in t_us.iter(few.clone()).zip(rssi_dbm.iter(few)) {
                    painter.circle_filled(pos2(scale.x(t_us), scale.y(f32::from(dbm))), radius, color);
                }
            },
            |x, many| {
                if let Some((low, high)) = rssi_dbm.extremes(many) {
                    bars.add(x, f32::from(low), f32::from(high));
                }
            },
        );
        bars.paint(painter);
    }
}

/// The tap mean and the distance checks of the chosen series.
pub(super) fn means(
    painter: &Painter,
    scale: &Scale,
    deck: &Deck,
    decided: &Decided,
    chosen: usize,
    look: &Look,
) {
    let (Some(series), Some(means)) = (deck.trace.series.get(chosen), decided.means.get(chosen)) else {
        return;
    };
    checks(painter, scale, series, means, look.close);
    let gaps: Vec<_> = deck.trace.gaps.iter().filter(|gap| gap.series == chosen).collect();
    let mut last: Option<(i64, f32)> = None;
    let stroke = Stroke::new(1.8, look.tap);
    let mut line_to = |t_us, dbm| {
        let before = last.replace((t_us, dbm));
        if let Some((t0, d0)) = before.filter(|(t0, _)| !gaps.iter().any(|gap| gap.begin_us == *t0)) {
            painter.line_segment([pos2(scale.x(t0), scale.y(d0)), pos2(scale.x(t_us), scale.y(dbm))], stroke);
        }
    };
    let mut bars = Bars::new(scale, look.tap);
    drawn(
        scale,
        &series.t_us,
        |few| {
            for (at, dbm) in means.tap_dbm(&series.rssi_dbm, few) {
                series.t_us.get(at).into_iter().for_each(|t_us| line_to(t_us, dbm));
            }
        },
        |x, many| {
            if let Some((low, high)) = means.tap_extremes_dbm(&series.rssi_dbm, many) {
                bars.add(x, low, high);
            }
        },
    );
    bars.paint(painter);
}

/// Each check as a step over the samples that it was made of: since the one before, or since the first.
fn checks(painter: &Painter, scale: &Scale, series: &Series, means: &Means, color: Color32) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let checks = means.checks();
    // How many checks were made among the first samples.
    let among = |samples: usize| i64::try_from(samples).map_or(0, |samples| checks.place_of(samples));
    let first = among(series.t_us.place_of(begin_us));
    // The one under way at the end too, unless it is still to be played.
    let last = (among(series.t_us.place_behind(end_us)) + 1).min(checks.len());
    let stride = (last.saturating_sub(first) / (scale.rect.width() as usize * EACH).max(1)).max(1);
    let stroke = Stroke::new(2.0, color.gamma_multiply(0.8));
    let place = |check: usize| {
        let t_us = series.t_us.get(usize::try_from(checks.get(check)?).ok()?)?;
        Some((t_us, scale.y(means.check(check)?.as_dbm() as f32)))
    };
    for check in (first..last).step_by(stride) {
        let Some((t_us, level)) = place(check).filter(|(t_us, _)| scale.is_played(*t_us)) else { return };
        let before = check.checked_sub(1).and_then(place);
        let Some(begun_us) = before.map(|(t_us, _)| t_us).or_else(|| series.t_us.get(0)) else { return };
        let from = scale.x(begun_us);
        painter.hline(from..=scale.x(t_us), level, stroke);
        if let Some((_, before)) = before {
            let edge = Stroke::new(1.0, color.gamma_multiply(0.5));
            painter.vline(from, before.min(level)..=before.max(level), edge);
        }
    }
}

/// Gives the visible samples all at once, to be drawn one by one, or those of each column.
fn drawn(
    scale: &Scale,
    times: &Packed,
    few: impl FnOnce(Range<usize>),
    mut column: impl FnMut(f32, Range<usize>),
) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let first = times.place_of(begin_us).saturating_sub(1);
    // The next one too, for the line that leads to it, unless it is still to be played.
    let beyond = usize::from(scale.is_played(end_us + 1));
    let last = (times.place_behind(end_us) + beyond).min(times.len()).max(first);
    let columns = (scale.rect.width() as usize).max(1);
    if last - first <= columns * EACH {
        return few(first..last);
    }
    // Where a column has many samples, a few of them may as well be in the one beside it.
    let is_coarse = (last - first) / columns >= 4 * BLOCK;
    // The sample before the first column is not in it.
    let (mut at, mut width) = (first + usize::from(times.get(first).is_some_and(|t_us| t_us < begin_us)), 0);
    for (x, until_us) in scale.columns() {
        let next = if is_coarse {
            times.block_from(at.div_ceil(BLOCK), width / BLOCK, until_us) * BLOCK
        } else {
            times.place_from(at, width, until_us)
        };
        let next = next.clamp(at, last);
        width = next - at;
        column(x, at..next);
        at = next;
    }
}

/// A bar in each column, from the least to the greatest, painted all at once: as lines by themselves they
/// would cost more than all else in the plot.
struct Bars<'a> {
    scale: &'a Scale,
    color: Color32,
    mesh: Mesh,
}

impl<'a> Bars<'a> {
    fn new(scale: &'a Scale, color: Color32) -> Self {
        Self { scale, color, mesh: Mesh::default() }
    }

    /// In the column of points that begins at `x`.
    fn add(&mut self, x: f32, low_dbm: f32, high_dbm: f32) {
        let (top, bottom) = (self.scale.y(high_dbm) - 0.8, self.scale.y(low_dbm) + 0.8);
        self.mesh.add_colored_rect(Rect::from_min_max(pos2(x, top), pos2(x + 1.0, bottom)), self.color);
    }

    fn paint(self, painter: &Painter) {
        painter.add(self.mesh);
    }
}
