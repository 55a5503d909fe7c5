//! How often each strength was heard, a row for each intent, above one axis in dBm with the
//! threshold and the cutoffs on it.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, FontId, Galley, Painter, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2,
};

use crate::bench::{Counts, Deck};
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::recording::Intent;

use super::look::{Look, intent_words, line_name, minus};
use super::state::State;

/// Room for the words of a row, for a row of the lines' names and for the axis.
const LEFT: f32 = 150.0;
const NAMES: f32 = 13.0;
const AXIS: f32 = 16.0;

/// So many points are between the numbers of the axis at least.
const TICK: f32 = 58.0;

/// The view, of the chosen series.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck) {
    let look = Look::of(ui);
    let rows: Vec<_> = deck.distribution().of_series(state.series(deck)).collect();
    let ranges = rows.iter().filter_map(|(_, counts)| counts.range_dbm());
    let Some((low, high)) = ranges.reduce(|(l, h), (a, b)| (l.min(a), h.max(b))) else {
        ui.weak("No sample was heard yet.");
        return;
    };
    let (whole, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::GraphicsObject, true, sentence(&rows)));
    let values = state.values.now();
    let lines = lines(&values, &look);
    let (low, high) = lines.iter().fold((low, high), |(l, h), (_, dbm, _)| (l.min(*dbm), h.max(*dbm)));
    let inner = Rect::from_min_max(
        pos2(whole.left() + LEFT, whole.top()),
        pos2(whole.right() - 6.0, whole.bottom() - AXIS),
    );
    let mut axis = Axis { inner, low: f32::from(low) - 1.5, high: f32::from(high) + 1.5 };
    let painter = ui.painter();
    let names = names(painter, &axis, whole.x_range(), &lines);
    let rows_of_names = names.iter().map(|name| name.row + 1).max().unwrap_or(0);
    axis.inner.min.y += NAMES.mul_add(rows_of_names as f32, 2.0);
    let inner = axis.inner;
    axis.draw(painter, &look);
    let height = inner.height() / rows.len() as f32;
    for (at, (intent, counts)) in rows.iter().enumerate() {
        let top = height.mul_add(at as f32, inner.top());
        let area = Rect::from_x_y_ranges(inner.x_range(), top..=top + height);
        row(painter, &axis, area, *intent, counts, &look);
    }
    for name in names {
        let top = NAMES.mul_add(name.row as f32, whole.top());
        painter.vline(name.x, top + 2.0..=inner.bottom(), Stroke::new(1.5, name.color));
        painter.galley(pos2(name.left, top), name.galley, name.color);
    }
}

/// The name of a line, beside it.
struct Name {
    galley: Arc<Galley>,
    color: Color32,
    /// Where its line is.
    x: f32,
    left: f32,
    row: usize,
}

impl Name {
    fn range(&self) -> Rangef {
        Rangef::new(self.left, self.left + self.galley.size().x)
    }

    /// Whether both cannot be read: one over the other, or a line, which goes down from its name, through
    /// the other's name.
    fn disturbs(&self, other: &Self) -> bool {
        let crosses =
            |line: &Self, name: &Self| line.row <= name.row && name.range().expand(3.0).contains(line.x);
        let overlap = self.row == other.row && self.range().expand(4.0).intersects(other.range());
        overlap || crosses(self, other) || crosses(other, self)
    }
}

/// Each name where it can be read: on either side of its line, in as high a row as can be.
fn names(painter: &Painter, axis: &Axis, within: Rangef, lines: &[(&str, i8, Color32)]) -> Vec<Name> {
    let mut placed: Vec<Name> = Vec::new();
    for (name, dbm, color) in lines {
        let words = minus(format!("{name} {dbm}"));
        let galley = painter.layout_no_wrap(words, FontId::proportional(10.5), *color);
        let (x, width) = (axis.x(f32::from(*dbm) + 0.5), galley.size().x);
        let (before, behind) = (x - 4.0 - width, x + 4.0);
        let sides = if x > axis.inner.center().x { [before, behind] } else { [behind, before] };
        let at = |row, left| Name { galley: Arc::clone(&galley), color: *color, x, left, row };
        let all = (0..=lines.len()).flat_map(|row| sides.map(|left| at(row, left)));
        let fits = |name: &Name| {
            let range = name.range();
            within.contains(range.min)
                && within.contains(range.max)
                && !placed.iter().any(|other| name.disturbs(other))
        };
        let free = { all }.find(fits).unwrap_or_else(|| at(0, sides[0]));
        placed.push(free);
    }
    placed
}

/// A row: its name and count, and a bar for each strength, the most frequent as high as the row.
fn row(painter: &Painter, axis: &Axis, area: Rect, intent: Option<Intent>, counts: &Counts, look: &Look) {
    let left = area.left() - LEFT + 6.0;
    let bottom = area.bottom() - 1.0;
    painter.hline(left..=area.right(), bottom, Stroke::new(1.0, look.grid));
    let words = format!("{}: {}", words(intent), samples(counts));
    painter.text(pos2(left, bottom - 2.0), Align2::LEFT_BOTTOM, words, FontId::proportional(11.5), look.ink);
    let Some((low, high)) = counts.range_dbm() else { return };
    let most = (low..=high).map(|dbm| counts.of(dbm)).max().unwrap_or(1).max(1);
    for dbm in low..=high {
        let share = counts.of(dbm) as f32 / most as f32;
        if share > 0.0 {
            let x = axis.x(f32::from(dbm) - 0.5) + 0.5..=axis.x(f32::from(dbm) + 0.5) - 0.5;
            let top = (area.height() - 4.0).mul_add(-share, bottom).min(bottom - 1.0);
            painter.rect_filled(Rect::from_x_y_ranges(x, top..=bottom), 0.0, look.ink.gamma_multiply(0.55));
        }
    }
}

fn words(intent: Option<Intent>) -> &'static str {
    intent.map_or("outside segments", intent_words)
}

fn samples(counts: &Counts) -> String {
    if counts.samples == 1 { "1 sample".to_owned() } else { format!("{} samples", counts.samples) }
}

/// What the view says, for those who do not see it.
fn sentence(rows: &[(Option<Intent>, &Counts)]) -> String {
    let rows = rows.iter().filter_map(|(intent, counts)| {
        let (low, high) = counts.range_dbm()?;
        Some(format!("{}: {}, {low} to {high} dBm", words(*intent), samples(counts)))
    });
    minus(format!("Distribution by segment. {}", rows.collect::<Vec<_>>().join(". ")))
}

/// The values that strengths are compared with, in dBm.
fn lines(values: &ParameterSet, look: &Look) -> Vec<(&'static str, i8, eframe::egui::Color32)> {
    [
        (Parameter::TapThreshold, look.tap),
        (Parameter::CutoffClose, look.close),
        (Parameter::CutoffFar, look.far),
    ]
    .into_iter()
    .filter_map(|(parameter, color)| {
        let dbm = i8::try_from(values.get(parameter)?).ok()?;
        Some((line_name(parameter), dbm, color))
    })
    .collect()
}

struct Axis {
    inner: Rect,
    low: f32,
    high: f32,
}

impl Axis {
    fn x(&self, dbm: f32) -> f32 {
        self.inner.left() + (dbm - self.low) / (self.high - self.low) * self.inner.width()
    }

    fn draw(&self, painter: &Painter, look: &Look) {
        let of = |every: f32| self.inner.width() / (self.high - self.low) * every >= TICK;
        let every = [5.0, 10.0, 20.0, 50.0].into_iter().find(|every| of(*every)).unwrap_or(100.0);
        let mut dbm = (self.low / every).ceil() * every;
        while dbm <= self.high {
            let x = self.x(dbm);
            painter.vline(x, self.inner.y_range(), Stroke::new(1.0, look.grid));
            let at = pos2(x, self.inner.bottom() + 1.0);
            let words = minus(format!("{dbm} dBm"));
            painter.text(at, Align2::CENTER_TOP, words, FontId::proportional(10.5), look.faint);
            dbm += every;
        }
    }
}
