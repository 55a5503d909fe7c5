//! Segments on the strip below the plot: dragging on empty ground adds one, dragging an edge or the
//! body moves it, a click chooses it.

use eframe::egui::{
    CursorIcon, PointerButton, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use crate::bench::{Deck, Marked, changed, time, time_like};

use super::super::look::{Look, intent_words};
use super::super::segment;
use super::super::state::Drag;
use super::super::state::State;
use super::view::Scale;

/// How near to an edge the pointer must be to take it, in points.
const EDGE: f32 = 5.0;

/// A drag that is shorter than this adds nothing, in points.
const LEAST: f32 = 4.0;

/// What the pointer does on the strip; what is chosen is outlined.
pub(super) fn show(ui: &mut Ui, scale: &Scale, strip: Rect, state: &mut State, deck: &Deck, look: &Look) {
    ground(ui, scale, strip, state, deck, look);
    let marks = state.marks(deck);
    let mut shown: Vec<_> = marks.iter().filter(|marked| scale.is_played(marked.segment.begin_us)).collect();
    // The shorter ones lie on top.
    shown.sort_by_key(|m| std::cmp::Reverse(m.end_us.unwrap_or(i64::MAX).saturating_sub(m.segment.begin_us)));
    for marked in shown {
        let end_us = marked.end_us.unwrap_or(deck.trace.last_t_us);
        let (from, to) = (scale.x(marked.segment.begin_us), scale.x(end_us));
        let to = to.max(from + 6.0);
        if to < strip.left() || from > strip.right() {
            continue;
        }
        let body = Rect::from_x_y_ranges(from.max(strip.left())..=to.min(strip.right()), strip.y_range());
        one(ui, scale, body, (from, to), marked, state, deck, look);
    }
}

#[expect(clippy::too_many_arguments, reason = "what is drawn, where, and what it is of")]
fn one(
    ui: &mut Ui,
    scale: &Scale,
    body: Rect,
    (from, to): (f32, f32),
    marked: &Marked,
    state: &mut State,
    deck: &Deck,
    look: &Look,
) {
    let id = marked.segment.id;
    let response = ui.interact(body, ui.scope_id().with(("segment", id)), Sense::click_and_drag());
    let is_chosen = state.editing.chosen == Some(id);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, name(marked, deck)));
    let at_edge = |at: Pos2| match (at.x - from < EDGE, to - at.x < EDGE) {
        _ if to - from < 3.0 * EDGE => None,
        (true, _) => Some(Drag::Begin),
        (_, true) => Some(Drag::End),
        _ => None,
    };
    if let Some(at) = response.hover_pos() {
        let cursor = if at_edge(at).is_some() { CursorIcon::ResizeHorizontal } else { CursorIcon::Grab };
        ui.set_cursor_icon(cursor);
    }
    if response.clicked() {
        state.editing.choose((!is_chosen).then_some(id));
    }
    if response.drag_started_by(PointerButton::Primary)
        && let Some(at) = ui.input(|i| i.pointer.press_origin())
    {
        let grabbed_us = scale.time_us(at.x) - marked.segment.begin_us;
        state.editing.drag = Some(at_edge(at).unwrap_or(Drag::Body { grabbed_us }));
        state.editing.choose(Some(id));
    }
    if response.dragged_by(PointerButton::Primary)
        && let (Some(at), Some(drag)) = (response.interact_pointer_pos(), state.editing.drag)
    {
        move_to(state, deck, marked, drag, scale.time_us(at.x));
    }
    if response.drag_stopped() {
        state.editing.drag = None;
    }
    if is_chosen || response.has_focus() || response.hovered() {
        let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.0 }, look.ink);
        ui.painter().rect_stroke(body.shrink2(vec2(0.0, 1.0)), 2.0, stroke, StrokeKind::Inside);
    }
    if is_chosen && state.editing.drag.is_none() {
        segment::chosen(ui, body.left_top(), state, deck, marked);
    }
}

fn name(marked: &Marked, deck: &Deck) -> String {
    let end_us = marked.end_us.unwrap_or(deck.trace.last_t_us);
    let (id, intent) = (marked.segment.id, intent_words(marked.segment.intent));
    let begin = time_like(marked.segment.begin_us, end_us, 2);
    format!("Segment {id}: {intent}, {begin} to {}", time(end_us, 2))
}

fn move_to(state: &mut State, deck: &Deck, marked: &Marked, drag: Drag, t_us: i64) {
    let (last_us, begin_us) = (deck.trace.last_t_us, marked.segment.begin_us);
    let length_us = marked.end_us.unwrap_or(last_us) - begin_us;
    let id = marked.segment.id;
    let marks = changed(&state.marks(deck), id, |marked| match drag {
        Drag::Begin => marked.set_us(t_us.min(begin_us + length_us - 10_000), marked.end_us, last_us),
        Drag::End => marked.set_us(begin_us, Some(t_us), last_us),
        Drag::Body { grabbed_us } => {
            let begin_us = (t_us - grabbed_us).clamp(0, (last_us - length_us).max(0));
            let end_us = marked.end_us.map(|_| begin_us + length_us);
            marked.set_us(begin_us, end_us, last_us);
        }
        Drag::New { .. } => {}
    });
    state.set_marks(marks, Some(id));
}

/// The strip itself: a drag on it adds a segment.
fn ground(ui: &mut Ui, scale: &Scale, strip: Rect, state: &mut State, deck: &Deck, look: &Look) {
    let response = ui.interact(strip, ui.scope_id().with("segments"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, "Segments: drag to add one"));
    let response = response.on_hover_cursor(CursorIcon::Crosshair);
    if response.clicked() {
        state.editing.choose(None);
    }
    if response.drag_started_by(PointerButton::Primary)
        && let Some(at) = ui.input(|i| i.pointer.press_origin())
    {
        state.editing.drag = Some(Drag::New { from_us: scale.time_us(at.x) });
        state.editing.choose(None);
    }
    if let (Some(Drag::New { from_us }), Some(at)) = (state.editing.drag, response.interact_pointer_pos()) {
        // What lies beyond the recording is not part of it.
        let (from_us, to_us) = (segment::within(deck, from_us), segment::within(deck, scale.time_us(at.x)));
        let is_long = (scale.x(to_us) - scale.x(from_us)).abs() >= LEAST;
        state.editing.new_us = is_long.then_some((from_us, to_us));
    }
    if response.drag_stopped() {
        state.editing.drag = None;
    }
    let Some((from_us, to_us)) = state.editing.new_us else { return };
    let (from, to) = (scale.x(from_us.min(to_us)), scale.x(from_us.max(to_us)));
    let area = Rect::from_x_y_ranges(from..=to, strip.y_range()).intersect(strip);
    ui.painter().rect(
        area,
        2.0,
        look.tap.gamma_multiply(0.3),
        Stroke::new(1.0, look.tap),
        StrokeKind::Inside,
    );
    if state.editing.drag.is_none() {
        segment::new(ui, area.left_top(), state, deck);
    }
}
