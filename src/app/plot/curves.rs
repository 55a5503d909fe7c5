//! Samples as dots and means as lines, or bars from the least to the greatest where many lie in
//! one column.

use eframe::egui::{Color32, Painter, Stroke, Ui, pos2};

use crate::bench::{Decided, Deck, Pyramid};

use super::super::look::Look;
use super::view::Scale;

/// So many samples for each point of width are still drawn one by one.
const EACH: usize = 2;

/// The samples of all series, the chosen one on top.
pub(super) fn samples(ui: &Ui, painter: &Painter, scale: &Scale, deck: &Deck, chosen: usize, look: &Look) {
    let others = (0..deck.trace.series.len()).filter(|at| *at != chosen);
    for at in others.chain([chosen]) {
        let Some(series) = deck.trace.series.get(at) else { continue };
        let is_chosen = at == chosen;
        let strength = if is_chosen { 0.95 } else { 0.45 };
        let color = look.series(ui, at).gamma_multiply(strength);
        let radius = if is_chosen { 2.0 } else { 1.5 };
        drawn(
            scale,
            &series.t_us,
            &series.rssi_dbm,
            |t_us, dbm| {
                painter.circle_filled(pos2(scale.x(t_us), scale.y(f32::from(dbm))), radius, color);
            },
            |x, low, high| bar(painter, scale, x, f32::from(low), f32::from(high), color),
        );
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
    checks(painter, scale, &means.checks, look.close);
    let Some(times) = series.t_us.get(means.waiting..) else { return };
    let times = &times[..times.len().min(means.tap_dbm.len())];
    let gaps: Vec<_> = deck.trace.gaps.iter().filter(|gap| gap.series == chosen).collect();
    let mut last: Option<(i64, f32)> = None;
    let stroke = Stroke::new(1.8, look.tap);
    drawn(
        scale,
        times,
        &means.tap_dbm,
        |t_us, dbm| {
            let before = last.replace((t_us, dbm));
            let Some((t0, d0)) = before.filter(|(t0, _)| !gaps.iter().any(|gap| gap.begin_us == *t0)) else {
                return;
            };
            painter.line_segment([pos2(scale.x(t0), scale.y(d0)), pos2(scale.x(t_us), scale.y(dbm))], stroke);
        },
        |x, low, high| bar(painter, scale, x, low, high, look.tap),
    );
}

/// Each check as a step over the time since the one before.
fn checks(painter: &Painter, scale: &Scale, checks: &[(i64, f32, crate::engine::Zone)], color: Color32) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let first = checks.partition_point(|check| check.0 < begin_us).saturating_sub(1);
    let beyond = usize::from(scale.is_played(end_us + 1));
    let last = (checks.partition_point(|check| check.0 <= end_us) + beyond).min(checks.len());
    let Some(shown) = checks.get(first..last) else { return };
    let stride = (shown.len() / (scale.rect.width() as usize * EACH).max(1)).max(1);
    let stroke = Stroke::new(2.0, color.gamma_multiply(0.8));
    for pair in shown.windows(2).step_by(stride) {
        let (from, to) = (scale.x(pair[0].0), scale.x(pair[1].0));
        let (before, after) = (scale.y(pair[0].1), scale.y(pair[1].1));
        painter.hline(from..=to, after, stroke);
        painter.vline(
            from,
            before.min(after)..=before.max(after),
            Stroke::new(1.0, color.gamma_multiply(0.5)),
        );
    }
}

/// Each visible value by itself, or the extremes of each column.
fn drawn<T: Copy + PartialOrd>(
    scale: &Scale,
    times: &[i64],
    values: &Pyramid<T>,
    mut each: impl FnMut(i64, T),
    mut column: impl FnMut(f32, T, T),
) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let first = times.partition_point(|t| *t < begin_us).saturating_sub(1);
    // The next one too, for the line that leads to it, unless it is still to be played.
    let beyond = usize::from(scale.is_played(end_us + 1));
    let last = (times.partition_point(|t| *t <= end_us) + beyond).min(times.len());
    if last.saturating_sub(first) <= scale.rect.width() as usize * EACH {
        let range = first..last.max(first);
        for (t_us, value) in times[range.clone()].iter().zip(values.values().get(range).unwrap_or_default()) {
            each(*t_us, *value);
        }
        return;
    }
    let mut at = first;
    for (x, until_us) in scale.columns() {
        let next = at + times.get(at..last).map_or(0, |rest| rest.partition_point(|t| *t < until_us));
        if let Some((low, high)) = values.extremes(at..next) {
            column(x, low, high);
        }
        at = next;
    }
}

fn bar(painter: &Painter, scale: &Scale, x: f32, low: f32, high: f32, color: Color32) {
    let (top, bottom) = (scale.y(high) - 0.8, scale.y(low) + 0.8);
    painter.vline(x + 0.5, top..=bottom, Stroke::new(1.0, color));
}
