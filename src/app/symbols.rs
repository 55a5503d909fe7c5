//! Symbols drawn with the painter: the fonts have neither arrows nor check marks.

use eframe::egui::{Color32, Painter, Pos2, Sense, Shape, Stroke, Ui, Vec2, pos2};

/// A check mark around `at`.
pub fn check(painter: &Painter, at: Pos2, size: f32, color: Color32) {
    let p = |x: f32, y: f32| at + Vec2::new(x, y) * size;
    let points = vec![p(-0.5, 0.0), p(-0.1, 0.4), p(0.5, -0.4)];
    painter.add(Shape::line(points, Stroke::new(2.0, color)));
}

/// A cross around `at`.
pub fn cross(painter: &Painter, at: Pos2, size: f32, color: Color32) {
    let p = |x: f32, y: f32| at + Vec2::new(x, y) * size;
    let stroke = Stroke::new(2.0, color);
    painter.line_segment([p(-0.4, -0.4), p(0.4, 0.4)], stroke);
    painter.line_segment([p(-0.4, 0.4), p(0.4, -0.4)], stroke);
}

/// A triangle that points up, its tip at `at`.
pub fn triangle(painter: &Painter, at: Pos2, size: f32, color: Color32, edge: Color32) {
    let points = vec![at, pos2(at.x + size * 0.6, at.y + size), pos2(at.x - size * 0.6, at.y + size)];
    painter.add(Shape::convex_polygon(points, color, Stroke::new(1.0, edge)));
}

/// A diamond around `at`.
pub fn diamond(painter: &Painter, at: Pos2, size: f32, color: Color32) {
    let d = |x: f32, y: f32| at + Vec2::new(x, y) * size;
    let points = vec![d(0.0, -0.6), d(0.5, 0.0), d(0.0, 0.6), d(-0.5, 0.0)];
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// An arrow to the left or right around `at`; with a bar where it goes to the next event.
pub fn step(painter: &Painter, at: Pos2, is_back: bool, has_bar: bool, color: Color32) {
    let side = if is_back { -1.0 } else { 1.0 };
    let p = |x: f32, y: f32| at + Vec2::new(x * side, y);
    let points = if is_back {
        vec![p(-3.0, -4.5), p(-3.0, 4.5), p(3.5, 0.0)]
    } else {
        vec![p(-3.0, -4.5), p(3.5, 0.0), p(-3.0, 4.5)]
    };
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    if has_bar {
        painter.line_segment([p(5.0, -4.5), p(5.0, 4.5)], Stroke::new(1.5, color));
    }
}

/// A dot in a line of text.
pub fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, color);
}

/// A check mark or a cross in a line of text.
pub fn verdict(ui: &mut Ui, holds: bool, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    if holds {
        check(ui.painter(), rect.center(), 9.0, color);
    } else {
        cross(ui.painter(), rect.center(), 9.0, color);
    }
}
