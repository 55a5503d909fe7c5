//! Missed and false taps over (`rssi_window_tap`, `rssi_tap_threshold`): the more errors, the darker
//! the cell; what kind they are is hatched; a line runs around all that has neither. A tap that is
//! detected twice is not missed, so it is no error here, and that is said.

use eframe::egui::{
    Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::tuning::{Cell, Pair, TradeOff};

use super::look::{Look, minus};

const LEFT: f32 = 34.0;
const FOOT: f32 = 34.0;

/// The map, as wide as there is room; `best` is marked by a ring, `in_use` by a diamond.
pub fn show(ui: &mut Ui, map: &TradeOff, best: Option<Pair>, in_use: Option<Pair>, height: f32) {
    let look = Look::of(ui);
    let (whole, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let summary = summary(map, best);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::GraphicsObject, true, format!("Missed and false taps: {summary}"))
    });
    let grid = Grid::new(
        map,
        Rect::from_min_max(
            pos2(whole.left() + LEFT, whole.top()),
            pos2(whole.right(), whole.bottom() - FOOT),
        ),
    );
    let painter = ui.painter_at(whole);
    cells(&painter, &grid, map, ui.visuals().dark_mode);
    contour(&painter, &grid, map, &look);
    axes(&painter, &grid, map, &look);
    if let Some(at) = in_use.and_then(|pair| grid.center(pair)) {
        super::symbols::diamond(&painter, at, 15.0, paper(ui));
        super::symbols::diamond(&painter, at, 10.0, look.ink);
    }
    if let Some(at) = best.and_then(|pair| grid.center(pair)) {
        painter.circle_stroke(at, 7.0, Stroke::new(5.0, paper(ui)));
        painter.circle_stroke(at, 7.0, Stroke::new(2.5, look.ink));
    }
    legend(ui, &look, in_use.is_some());
    if let Some(pair) = response.hover_pos().and_then(|at| grid.pair(at))
        && let Some(cell) = map.cell(pair)
    {
        painter.rect_stroke(
            grid.rect(pair),
            0.0,
            Stroke::new(1.5, look.ink),
            eframe::egui::StrokeKind::Outside,
        );
        response.on_hover_text(format!("{}; {TWICE}", words(pair, cell)));
    }
}

/// A pair and its errors, for people.
fn words(pair: Pair, cell: Cell) -> String {
    let threshold = minus(pair.threshold_dbm);
    format!(
        "window {}, threshold {threshold} dBm: {} missed, {} false taps",
        pair.window, cell.missed, cell.false_taps
    )
}

/// What the sweep leaves out of its errors.
const TWICE: &str = "taps detected twice are not counted here";

/// What the map says, in a sentence.
fn summary(map: &TradeOff, best: Option<Pair>) -> String {
    let all = map.rows.iter().map(Vec::len).sum::<usize>();
    let free = map.rows.iter().flatten().filter(|cell| cell.is_free()).count();
    let chosen = best.and_then(|pair| Some((pair, map.cell(pair)?)));
    let chosen = chosen.map_or(String::new(), |(pair, cell)| format!("; best: {}", words(pair, cell)));
    format!("{free} of {all} pairs miss no tap and have no false one{chosen}; {TWICE}")
}

/// Where cells are: thresholds to the right, windows upwards.
struct Grid<'m> {
    map: &'m TradeOff,
    inner: Rect,
    size: eframe::egui::Vec2,
}

impl<'m> Grid<'m> {
    fn new(map: &'m TradeOff, inner: Rect) -> Self {
        let columns = map.thresholds.clone().count().max(1) as f32;
        let rows = map.rows.len().max(1) as f32;
        Self { map, inner, size: vec2(inner.width() / columns, inner.height() / rows) }
    }

    fn rect(&self, pair: Pair) -> Rect {
        let column = (pair.threshold_dbm - self.map.thresholds.start()) as f32;
        let row = pair.window as f32 - *self.map.windows.start() as f32;
        let bottom = self.inner.bottom() - row * self.size.y;
        let left = self.inner.left() + column * self.size.x;
        Rect::from_min_max(pos2(left, bottom - self.size.y), pos2(left + self.size.x, bottom))
    }

    fn center(&self, pair: Pair) -> Option<Pos2> {
        self.map.cell(pair).map(|_| self.rect(pair).center())
    }

    fn pair(&self, at: Pos2) -> Option<Pair> {
        if !self.inner.contains(at) {
            return None;
        }
        let column = ((at.x - self.inner.left()) / self.size.x) as i32;
        let row = ((self.inner.bottom() - at.y) / self.size.y) as usize;
        Some(Pair {
            window: self.map.windows.start() + row,
            threshold_dbm: self.map.thresholds.start() + column,
        })
    }

    fn pairs(&self) -> impl Iterator<Item = Pair> + '_ {
        self.map.windows.clone().flat_map(|window| {
            self.map.thresholds.clone().map(move |threshold_dbm| Pair { window, threshold_dbm })
        })
    }
}

/// Lightness for how many errors; it falls (light) or rises (dark) strictly, so no hue is needed.
fn shade(errors: u64, is_dark: bool) -> Color32 {
    let step = match errors {
        0 => 0,
        1 => 1,
        2..=3 => 2,
        4..=7 => 3,
        _ => 4,
    };
    const LIGHT: [u8; 5] = [255, 205, 165, 125, 85];
    const DARK: [u8; 5] = [8, 52, 80, 108, 138];
    Color32::from_gray(if is_dark { DARK[step] } else { LIGHT[step] })
}

fn cells(painter: &Painter, grid: &Grid<'_>, map: &TradeOff, is_dark: bool) {
    let mut mesh = Mesh::default();
    let mut hatches = Vec::new();
    for pair in grid.pairs() {
        let Some(cell) = map.cell(pair) else { continue };
        let rect = grid.rect(pair);
        mesh.add_colored_rect(rect, shade(cell.missed + cell.false_taps, is_dark));
        let line = if is_dark { Color32::from_gray(0) } else { Color32::from_gray(255) };
        let stroke = Stroke::new(1.2, line.gamma_multiply(0.75));
        // A stroke upwards for missed taps, one downwards for false ones.
        let inset = rect.shrink2(rect.size() * 0.22);
        if cell.missed > 0 {
            hatches.push(Shape::line_segment([inset.left_bottom(), inset.right_top()], stroke));
        }
        if cell.false_taps > 0 {
            hatches.push(Shape::line_segment([inset.left_top(), inset.right_bottom()], stroke));
        }
    }
    painter.add(Shape::mesh(mesh));
    painter.extend(hatches);
}

/// The line around what has neither a missed nor a false tap.
fn contour(painter: &Painter, grid: &Grid<'_>, map: &TradeOff, look: &Look) {
    let is_free = |window: usize, threshold_dbm: i32| {
        map.cell(Pair { window, threshold_dbm }).is_some_and(Cell::is_free)
    };
    let stroke = Stroke::new(2.5, look.good);
    for pair in grid.pairs().filter(|pair| is_free(pair.window, pair.threshold_dbm)) {
        let (rect, Pair { window, threshold_dbm }) = (grid.rect(pair), pair);
        for (neighbour_is_free, edge) in [
            (is_free(window + 1, threshold_dbm), [rect.left_top(), rect.right_top()]),
            (is_free(window - 1, threshold_dbm), [rect.left_bottom(), rect.right_bottom()]),
            (is_free(window, threshold_dbm - 1), [rect.left_top(), rect.left_bottom()]),
            (is_free(window, threshold_dbm + 1), [rect.right_top(), rect.right_bottom()]),
        ] {
            if !neighbour_is_free {
                painter.line_segment(edge, stroke);
            }
        }
    }
}

fn axes(painter: &Painter, grid: &Grid<'_>, map: &TradeOff, look: &Look) {
    let font = FontId::proportional(11.0);
    let inner = grid.inner;
    for window in map.windows.clone().filter(|w| *w == 1 || w.is_multiple_of(5)) {
        let at = grid.rect(Pair { window, threshold_dbm: *map.thresholds.start() });
        painter.text(
            pos2(inner.left() - 4.0, at.center().y),
            Align2::RIGHT_CENTER,
            window,
            font.clone(),
            look.faint,
        );
    }
    for threshold_dbm in map.thresholds.clone().filter(|t| t % 5 == 0) {
        let at = grid.rect(Pair { window: *map.windows.start(), threshold_dbm });
        let galley = painter.layout_no_wrap(minus(threshold_dbm), font.clone(), look.faint);
        // The last one stays within.
        let left = (at.center().x - galley.size().x / 2.0).min(inner.right() - 1.0 - galley.size().x);
        painter.galley(pos2(left, inner.bottom() + 3.0), galley, look.faint);
    }
    painter.text(
        pos2(inner.center().x, inner.bottom() + 17.0),
        Align2::CENTER_TOP,
        "rssi_tap_threshold, dBm",
        font.clone(),
        look.ink,
    );
    let galley = painter.layout_no_wrap("rssi_window_tap, samples".to_owned(), font, look.ink);
    let at = pos2(inner.left() - LEFT, inner.center().y + galley.size().x / 2.0);
    painter.add(Shape::Text(
        eframe::egui::epaint::TextShape::new(at, galley, look.ink).with_angle(-std::f32::consts::FRAC_PI_2),
    ));
}

fn legend(ui: &mut Ui, look: &Look, has_in_use: bool) {
    let is_dark = ui.visuals().dark_mode;
    ui.horizontal_wrapped(|ui| {
        let sample = |ui: &mut Ui, words: &str, paint: &dyn Fn(&Painter, Rect)| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 14.0), Sense::hover());
            paint(ui.painter(), rect);
            ui.small(words);
            ui.add_space(4.0);
        };
        let line = if is_dark { Color32::from_gray(0) } else { Color32::from_gray(255) };
        sample(ui, "none missed, none false", &|painter, rect| {
            painter.rect_stroke(
                rect.shrink(1.0),
                0.0,
                Stroke::new(2.5, look.good),
                eframe::egui::StrokeKind::Inside,
            );
        });
        sample(ui, "missed", &|painter, rect| {
            painter.rect_filled(rect, 0.0, shade(2, is_dark));
            painter.line_segment([rect.left_bottom(), rect.right_top()], Stroke::new(1.5, line));
        });
        sample(ui, "false", &|painter, rect| {
            painter.rect_filled(rect, 0.0, shade(2, is_dark));
            painter.line_segment([rect.left_top(), rect.right_bottom()], Stroke::new(1.5, line));
        });
        sample(ui, "1, 3, 7 and more of both", &|painter, rect| {
            for (at, errors) in [1, 3, 7, 9].into_iter().enumerate() {
                let left = rect.left() + at as f32 * rect.width() / 4.0;
                let part =
                    Rect::from_min_size(pos2(left, rect.top()), vec2(rect.width() / 4.0, rect.height()));
                painter.rect_filled(part, 0.0, shade(errors, is_dark));
            }
        });
        sample(ui, "best", &|painter, rect| {
            painter.circle_stroke(rect.center(), 5.0, Stroke::new(2.5, look.ink));
        });
        if has_in_use {
            sample(ui, "in use", &|painter, rect| {
                super::symbols::diamond(painter, rect.center(), 10.0, look.ink);
            });
        }
    });
    ui.small(format!("Note: {TWICE}."));
}

fn paper(ui: &Ui) -> Color32 {
    ui.visuals().panel_fill
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn more_errors_never_look_like_fewer() {
        for is_dark in [false, true] {
            let shades: Vec<_> = [0, 1, 2, 4, 8].map(|errors| shade(errors, is_dark).r()).to_vec();
            assert!(shades.windows(2).all(|w| if is_dark { w[0] < w[1] } else { w[0] > w[1] }), "{shades:?}");
        }
    }

    #[test]
    fn no_cell_is_called_free_of_errors_that_are_not_counted() {
        let map =
            TradeOff { windows: 3..=8, thresholds: -50..=-40, rows: vec![vec![Cell::default(); 11]; 6] };
        let harness = egui_kittest::Harness::new_ui(|ui| show(ui, &map, None, None, 200.0));
        let shows = |words| harness.query_all_by_label_contains(words).next().is_some();
        assert!(
            shows("66 of 66 pairs miss no tap and have no false one") && shows("none missed, none false")
        );
        assert!(shows("Note: taps detected twice are not counted here.") && !shows("error"));
    }

    #[test]
    fn no_tick_is_cut() {
        let map =
            TradeOff { windows: 3..=8, thresholds: -79..=-40, rows: vec![vec![Cell::default(); 40]; 6] };
        let size = vec2(240.0, 300.0);
        let harness =
            egui_kittest::Harness::builder().with_size(size).build_ui(|ui| show(ui, &map, None, None, 200.0));
        let last = harness.output().shapes.iter().find_map(|drawn| match &drawn.shape {
            Shape::Text(text) if text.galley.text() == minus(-40) => {
                Some((text.visual_bounding_rect(), drawn.clip_rect))
            }
            _ => None,
        });
        assert!(last.is_some_and(|(words, seen)| seen.contains_rect(words)), "{last:?}");
    }

    #[test]
    fn the_cell_under_the_pointer_is_the_one_that_is_drawn_there() {
        let map =
            TradeOff { windows: 3..=8, thresholds: -50..=-40, rows: vec![vec![Cell::default(); 11]; 6] };
        let grid = Grid::new(&map, Rect::from_min_max(pos2(10.0, 20.0), pos2(230.0, 140.0)));
        assert_eq!(grid.pairs().count(), 66);
        for pair in grid.pairs() {
            assert_eq!(grid.pair(grid.rect(pair).center()), Some(pair));
        }
        assert_eq!(grid.pair(pos2(5.0, 5.0)), None);
    }
}
