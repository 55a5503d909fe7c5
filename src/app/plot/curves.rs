//! Samples as dots and means as lines, or bars from the least to the greatest where many lie in
//! one column.

use eframe::egui::{Color32, Painter, Stroke, Ui, pos2};

use crate::bench::{Decided, Deck, FAN, Pyramid, Series};

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
        drawn(
            scale,
            series,
            0,
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
    let gaps: Vec<_> = deck.trace.gaps.iter().filter(|gap| gap.series == chosen).collect();
    let mut last: Option<(i64, f32)> = None;
    let stroke = Stroke::new(1.8, look.tap);
    drawn(
        scale,
        series,
        means.waiting,
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

/// Each visible value by itself, or the extremes of each column. The first value is that of sample number
/// `skip`.
fn drawn<T: Copy + PartialOrd>(
    scale: &Scale,
    series: &Series,
    skip: usize,
    values: &Pyramid<T>,
    mut each: impl FnMut(i64, T),
    mut column: impl FnMut(f32, T, T),
) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let times = series.t_us.get(..series.t_us.len().min(skip + values.len())).unwrap_or_default();
    let first = times.partition_point(|t| *t < begin_us).saturating_sub(1).max(skip);
    // The next one too, for the line that leads to it, unless it is still to be played.
    let beyond = usize::from(scale.is_played(end_us + 1));
    let last = (times.partition_point(|t| *t <= end_us) + beyond).min(times.len());
    let visible = last.saturating_sub(first);
    let columns = (scale.rect.width() as usize).max(1);
    if visible <= columns * EACH {
        let range = first..last.max(first);
        let values = values.values().get(range.start - skip..range.end - skip).unwrap_or_default();
        for (t_us, value) in times.get(range).unwrap_or_default().iter().zip(values) {
            each(*t_us, *value);
        }
        return;
    }
    // Where a column has many samples, a few of them may as well be in the one beside it.
    let is_coarse = visible / columns >= 4 * FAN;
    // The sample before the first column is not in it.
    let (mut at, mut width) = (first + usize::from(times.get(first).is_some_and(|t| *t < begin_us)), 0);
    for (x, until_us) in scale.columns() {
        let next = if is_coarse {
            place(&series.coarse_us, at.div_ceil(FAN), width / FAN, until_us) * FAN
        } else {
            place(times, at, width, until_us)
        };
        let next = next.clamp(at, last.max(at));
        width = next - at;
        if let Some((low, high)) = values.extremes(at - skip..next - skip) {
            column(x, low, high);
        }
        at = next;
    }
}

/// The first place from `from` on whose time is not before `until_us`. Columns are about equally full, so it
/// is looked for around `from + guess` first: a search through all would miss the cache at each step.
fn place(times: &[i64], from: usize, guess: usize, until_us: i64) -> usize {
    let is_before = |at: usize| times.get(at).is_some_and(|t| *t < until_us);
    let (mut low, mut high, mut step) = (from, (from + guess).min(times.len()), 8);
    while is_before(high) {
        low = high + 1;
        high = (high + step).min(times.len());
        step *= 2;
    }
    while low == from && high > from {
        let before = high.saturating_sub(step).max(from);
        if before == from || is_before(before) {
            low = before;
            break;
        }
        high = before;
        step *= 2;
    }
    low + times[low..high].partition_point(|t| *t < until_us)
}

fn bar(painter: &Painter, scale: &Scale, x: f32, low: f32, high: f32, color: Color32) {
    let (top, bottom) = (scale.y(high) - 0.8, scale.y(low) + 0.8);
    painter.vline(x + 0.5, top..=bottom, Stroke::new(1.0, color));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::place;

    proptest! {
        #[test]
        fn a_place_is_found_whatever_the_guess(
            mut times in proptest::collection::vec(0i64..500, 0..300),
            from in 0usize..300,
            guess in 0usize..400,
            until_us in -10i64..510,
        ) {
            times.sort_unstable();
            let from = from.min(times.len());
            let expected = from + times[from..].partition_point(|t| *t < until_us);
            prop_assert_eq!(place(&times, from, guess, until_us), expected);
        }
    }
}
