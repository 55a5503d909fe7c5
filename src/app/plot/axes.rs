//! The grid, and the numbers beside it.

use eframe::egui::{Align2, FontId, Rect, Stroke, Ui, pos2};

use crate::bench::time_like;

use super::super::look::{Look, minus};
use super::view::Scale;

/// Room for the unit above the numbers, in points.
const UNIT: f32 = 18.0;

/// Draws both axes and the frame.
pub(super) fn draw(ui: &Ui, scale: &Scale, look: &Look, whole: Rect) {
    let painter = ui.painter();
    let font = FontId::proportional(11.0);
    let line = Stroke::new(1.0, look.grid);
    painter.rect_filled(scale.rect, 2.0, ui.visuals().extreme_bg_color);
    let (low, high) = scale.range_dbm();
    let mut dbm = (low / 10.0).ceil() as i32 * 10;
    while (dbm as f32) < high {
        let y = scale.y(dbm as f32);
        painter.hline(scale.rect.x_range(), y, line);
        let at = pos2(scale.rect.left() - 5.0, y);
        // The unit stands at the top.
        if y > whole.top() + UNIT {
            painter.text(at, Align2::RIGHT_CENTER, minus(dbm), font.clone(), look.faint);
        }
        dbm += 10;
    }
    painter.text(whole.left_top(), Align2::LEFT_TOP, "dBm", font.clone(), look.faint);
    let (begin_us, end_us) = scale.range_us();
    let step_us = step((scale.us_per_point() * 90.0) as i64);
    let mut t_us = begin_us.div_euclid(step_us) * step_us;
    while t_us <= end_us {
        let x = scale.x(t_us);
        if scale.rect.x_range().contains(x) && t_us >= 0 {
            painter.vline(x, scale.rect.y_range(), line);
            let words = time_like(t_us, end_us, places(step_us));
            let galley = painter.layout_no_wrap(words, font.clone(), look.faint);
            // The first and the last one stay within.
            let left = x - galley.size().x / 2.0;
            let left = left.clamp(whole.left(), (whole.right() - galley.size().x).max(whole.left()));
            painter.galley(pos2(left, whole.bottom() - 4.0 - galley.size().y), galley, look.faint);
        }
        t_us += step_us;
    }
}

/// A round time of at least this length.
fn step(least_us: i64) -> i64 {
    const ROUND: [i64; 22] = [
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        20_000_000,
        30_000_000,
        60_000_000,
        120_000_000,
        300_000_000,
        600_000_000,
        1_200_000_000,
        1_800_000_000,
        3_600_000_000,
        7_200_000_000,
        14_400_000_000,
        43_200_000_000,
    ];
    ROUND.into_iter().find(|step| *step >= least_us).unwrap_or(least_us.max(1))
}

/// As many places as the step needs.
fn places(step_us: i64) -> usize {
    match step_us {
        ..100_000 => 2,
        100_000..1_000_000 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_words_short() {
        assert_eq!((step(3), step(600_000), step(70_000_000)), (10_000, 1_000_000, 120_000_000));
        assert_eq!((places(50_000), places(500_000), places(1_000_000)), (2, 1, 0));
    }
}
