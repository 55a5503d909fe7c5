//! RSSI over time: samples, the means that the engine formed, lines that can be dragged, events
//! and segments. A column of pixels is one bar however many samples lie in it.

mod axes;
mod curves;
mod editing;
mod lines;
mod marks;
pub mod view;

use eframe::egui::{self, PointerButton, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::bench::{Decided, Deck, Series, explain, explain_decision, time};
use crate::replay::Placed;
use crate::session::Listed;

use super::command::Command;
use super::look::Look;
use super::state::State;
use super::transport;
use view::Scale;

/// Room for the numbers of the axes and for the segments.
const LEFT: f32 = 40.0;
const FOOT: f32 = 22.0;
const SEGMENTS: f32 = 20.0;
/// Two lines of text below.
const EXPLANATION: f32 = 40.0;

/// The plot; `is_stale` dims what was decided by older values.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    deck: &Deck,
    listed: Option<&Listed>,
    is_stale: bool,
    commands: &mut Vec<Command>,
) {
    let look = Look::of(ui);
    heading(ui, state, deck, &look, commands);
    let transport = if deck.is_live { 0.0 } else { transport::HEIGHT };
    let size = ui.available_size() - vec2(0.0, EXPLANATION + transport);
    let (whole, response) = ui.allocate_exact_size(size.max(vec2(120.0, 120.0)), Sense::click_and_drag());
    let samples = deck.trace.samples();
    response.widget_info(|| {
        let taps = match deck.trace.nfc.taps.len() {
            0 => String::new(),
            taps => format!(", {taps} NFC taps"),
        };
        WidgetInfo::labeled(Role::GraphicsObject, true, format!("RSSI over time, {samples} samples{taps}"))
    });
    let inner = Rect::from_min_max(
        pos2(whole.left() + LEFT, whole.top() + 2.0),
        pos2(whole.right() - 2.0, whole.bottom() - FOOT - SEGMENTS),
    );
    let chosen = state.series(deck);
    if deck.is_live || state.transport.is_playing() {
        state.view.keep_up(state.now_us(deck));
    }
    let scale = Scale::new(&state.view, inner);
    move_view(ui, state, deck, &response, &scale, commands);
    let head_us = state.transport.head_us();
    let scale = Scale::new(&state.view, inner).until(head_us);

    axes::draw(ui, &scale, &look, whole);
    let painter = ui.painter().with_clip_rect(inner);
    lines::zones(&painter, &scale, &state.values.now(), &look);
    marks::gaps(&painter, &scale, deck, chosen, &look);
    let shown = state.shown(deck, listed);
    let is_shown = |at: usize| shown.get(at).copied().unwrap_or(true);
    curves::samples(ui, &painter, &scale, deck, chosen, &look, &is_shown);
    if let Some(decided) = &deck.decided {
        let mut painter = painter.clone();
        if is_stale {
            painter.multiply_opacity(0.35);
        }
        if is_shown(chosen) {
            curves::means(&painter, &scale, deck, decided, chosen, &look);
        }
        let is_heard = |event: &Placed| {
            let of = |s: &Series| (s.source, s.band) == (event.source, event.band);
            deck.trace.series.iter().position(of).is_none_or(is_shown)
        };
        marks::events(ui, &painter, &scale, deck, decided, chosen, &look, &is_heard);
        let strip = Rect::from_min_max(
            pos2(inner.left(), inner.bottom() + 1.0),
            pos2(inner.right(), inner.bottom() + SEGMENTS - 1.0),
        );
        marks::segments(ui, &scale, strip, deck, decided, &look, is_stale);
        if !deck.is_live && deck.path.is_some() {
            editing::show(ui, &scale, strip, state, deck, &look);
        }
    }
    marks::nfc_taps(&painter, &scale, deck, &look);
    lines::handles(ui, &scale, state, &look);
    if let Some(x) = head_us.map(|t_us| scale.x(t_us)).filter(|x| inner.x_range().contains(*x)) {
        painter.vline(x, inner.y_range(), egui::Stroke::new(1.5, look.ink));
    }
    let is_over = ui.rect_contains_pointer(inner);
    let pointer = ui.input(|i| i.pointer.hover_pos()).filter(|_| is_over);
    if let Some(at) = pointer {
        painter.vline(at.x, inner.y_range(), egui::Stroke::new(1.0, look.ink.gamma_multiply(0.4)));
    }
    if !deck.is_live {
        transport::show(ui, state, deck, commands);
    }
    explanation(ui, state, deck, pointer.map(|at| scale.time_us(at.x)), &look);
}

fn heading(ui: &mut Ui, state: &State, deck: &Deck, look: &Look, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.strong("RSSI over time");
        for (color, words) in [(look.tap, "tap mean"), (look.close, "distance checks")] {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 10.0), Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(2.0, color));
            ui.weak(words);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.small_button("Whole").on_hover_text("Show the whole recording (Home)").clicked() {
                commands.push(Command::FitAll);
            }
            if state.is_edited(deck)
                && ui
                    .small_button("Save segments as\u{2026}")
                    .on_hover_text("Segments were changed: save them as a new recording (Ctrl+Shift+S)")
                    .clicked()
            {
                commands.push(Command::AskSave);
            }
            if deck.is_live || state.transport.is_playing() {
                let words = if state.view.is_following() { "Following" } else { "Follow (Space)" };
                if ui.selectable_label(state.view.is_following(), words).clicked() {
                    commands.push(Command::Follow);
                }
            }
        });
    });
}

/// Dragging pans, the wheel zooms around the pointer, a double click shows all.
fn move_view(
    ui: &Ui,
    state: &mut State,
    deck: &Deck,
    response: &egui::Response,
    scale: &Scale,
    commands: &mut Vec<Command>,
) {
    if response.double_clicked() {
        commands.push(Command::FitAll);
    }
    if response.dragged_by(PointerButton::Primary) && response.drag_delta().x != 0.0 {
        state.view.pan(-f64::from(response.drag_delta().x) * scale.us_per_point());
    }
    // Lines and segments lie above the plot; the wheel is for the plot there, too.
    let is_over = ui.rect_contains_pointer(response.rect);
    let Some(at) = ui.input(|i| i.pointer.hover_pos()).filter(|_| is_over) else { return };
    let (scroll, zoom) = ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta()));
    if scroll.x != 0.0 {
        state.view.pan(-f64::from(scroll.x) * scale.us_per_point());
    }
    let factor = f64::from(zoom) * (f64::from(scroll.y) / 240.0).exp();
    if (factor - 1.0).abs() > 1e-6 {
        state.view.zoom(scale.time_us(at.x), 1.0 / factor, deck.trace.last_t_us);
    }
}

/// The last event that is shown: of the chosen band, else of any.
fn last_event(state: &State, deck: &Deck, decided: &Decided) -> Option<String> {
    let until_us = state.now_us(deck).min(state.view.end_us());
    let chosen = deck.trace.series.get(state.series(deck));
    let is_chosen =
        |event: &&Placed| chosen.is_some_and(|s| (s.source, s.band) == (event.source, event.band));
    let shown = || decided.events.iter().rev().filter(|event| event.decision.t_us <= until_us);
    let last = shown().find(is_chosen).or_else(|| shown().next())?;
    Some(format!("Last event: {}", explain_decision(&deck.trace, decided, last)))
}

/// The sentence below: for the pointer, else for the last event.
fn explanation(ui: &mut Ui, state: &State, deck: &Deck, pointer_us: Option<i64>, look: &Look) {
    // Behind the newest sample there is nothing to explain yet.
    let pointer_us = pointer_us.filter(|t_us| *t_us <= state.now_us(deck));
    let words = deck.decided.as_ref().and_then(|decided| match pointer_us {
        Some(t_us) => explain(&deck.trace, decided, state.series(deck), t_us)
            .map(|words| format!("{}:  {words}", time(t_us, 2))),
        None => last_event(state, deck, decided),
    });
    let words = match (words, &deck.missing) {
        (_, Some(missing)) => format!("Nothing is decided: {missing}. Set it in the tune pane."),
        (Some(words), None) => words,
        (None, None) => {
            "No event yet. Point at the plot, and this line says what the engine thinks there.".into()
        }
    };
    let text = egui::RichText::new(words).color(look.ink);
    ui.add(egui::Label::new(text).wrap()).on_hover_text("Why the engine did or did not tap");
}
