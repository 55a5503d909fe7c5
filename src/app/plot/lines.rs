//! The threshold and the cutoffs: the zones between them, and lines that are dragged or moved
//! with the arrow keys.

use eframe::egui::{
    Align2, Color32, CursorIcon, EventFilter, FontId, Key, Painter, Rect, Sense, Stroke, Ui, WidgetInfo, pos2,
};

use crate::engine::parameters::{Parameter, ParameterSet};

use super::super::look::{Look, line_name, minus};
use super::super::state::State;
use super::view::Scale;

/// How near to a line the pointer must be, in points.
const REACH: f32 = 5.0;

const LINES: [Parameter; 3] = [Parameter::TapThreshold, Parameter::CutoffClose, Parameter::CutoffFar];

fn color(parameter: Parameter, look: &Look) -> Color32 {
    match parameter {
        Parameter::TapThreshold => look.tap,
        Parameter::CutoffClose => look.close,
        _ => look.far,
    }
}

/// A value that is a level; 0 turns its rule off.
fn level(values: &ParameterSet, parameter: Parameter) -> Option<f32> {
    values.get(parameter).filter(|v| *v != 0).map(|v| v as f32)
}

/// Shades where a mean taps, is close, and is away.
pub(super) fn zones(painter: &Painter, scale: &Scale, values: &ParameterSet, look: &Look) {
    let rect = scale.rect;
    let font = FontId::proportional(11.0);
    let zone = |top: f32, bottom: f32, color: Color32, strength: f32, name: &str| {
        let (top, bottom) = (top.max(rect.top()), bottom.min(rect.bottom()));
        if bottom <= top {
            return;
        }
        let area = Rect::from_x_y_ranges(rect.x_range(), top..=bottom);
        painter.rect_filled(area, 0.0, color.gamma_multiply(strength));
        if bottom - top > 16.0 {
            let at = pos2(rect.left() + 6.0, (top + bottom) / 2.0);
            painter.text(at, Align2::LEFT_CENTER, name, font.clone(), look.faint);
        }
    };
    let threshold = level(values, Parameter::TapThreshold).map_or(rect.top(), |t| scale.y(t));
    let Some(close) = level(values, Parameter::CutoffClose).map(|c| scale.y(c)) else {
        return zone(rect.top(), threshold, look.tap, 0.10, "tap zone");
    };
    let far = level(values, Parameter::CutoffFar).map_or(rect.bottom(), |f| scale.y(f));
    zone(rect.top(), threshold, look.tap, 0.10, "tap zone");
    zone(threshold, close, look.close, 0.06, "close");
    zone(close, far, look.ink, 0.0, "between");
    zone(far, rect.bottom(), look.far, 0.08, "away");
}

/// The lines themselves.
pub(super) fn handles(ui: &mut Ui, scale: &Scale, state: &mut State, look: &Look) {
    for parameter in LINES {
        let Some(dbm) = level(&state.values.now(), parameter) else { continue };
        let y = scale.y(dbm).clamp(scale.rect.top(), scale.rect.bottom());
        let grip = Rect::from_x_y_ranges(scale.rect.x_range(), y - REACH..=y + REACH);
        let response = ui
            .interact(grip, ui.scope_id().with(parameter.key()), Sense::click_and_drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
        response
            .widget_info(|| WidgetInfo::slider(true, f64::from(dbm), format!("Line: {}", parameter.key())));
        if response.dragged()
            && let Some(at) = response.interact_pointer_pos()
        {
            let value = scale.dbm(at.y).round() as i64;
            let spec = parameter.spec();
            // 0 would turn the rule off; the tune pane can do that.
            let value = value.clamp(i64::from(spec.min), i64::from(spec.max.min(-1)));
            state.values.set(parameter, value, true);
        }
        if response.has_focus() {
            // The arrows move the line, not the focus.
            let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
            let by = ui
                .input(|i| i64::from(i.key_pressed(Key::ArrowUp)) - i64::from(i.key_pressed(Key::ArrowDown)));
            if by != 0 {
                state.values.set(parameter, dbm as i64 + by, false);
            }
        }
        let color = color(parameter, look);
        let is_held = response.hovered() || response.dragged() || response.has_focus();
        let width = if is_held { 2.5 } else { 1.4 };
        dashed(ui.painter(), scale, y, Stroke::new(width, color), parameter);
        label(ui, scale, y, &format!("{} {}", line_name(parameter), minus(dbm)), color);
    }
}

/// Each line has a pattern of its own.
fn dashed(painter: &Painter, scale: &Scale, y: f32, stroke: Stroke, parameter: Parameter) {
    let (dash, gap) = match parameter {
        Parameter::TapThreshold => (scale.rect.width(), 0.0),
        Parameter::CutoffClose => (9.0, 5.0),
        _ => (3.0, 4.0),
    };
    let mut x = scale.rect.left();
    while x < scale.rect.right() {
        painter.hline(x..=(x + dash).min(scale.rect.right()), y, stroke);
        x += dash + gap;
    }
}

fn label(ui: &Ui, scale: &Scale, y: f32, words: &str, color: Color32) {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), FontId::proportional(11.5), color);
    let at = pos2(scale.rect.right() - galley.size().x - 8.0, y - galley.size().y - 2.0);
    let back = Rect::from_min_size(at, galley.size()).expand2(eframe::egui::vec2(4.0, 1.0));
    ui.painter().rect_filled(back, 3.0, ui.visuals().extreme_bg_color.gamma_multiply(0.85));
    ui.painter().galley(at, galley, color);
}
