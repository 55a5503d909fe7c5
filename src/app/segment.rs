//! A segment that was chosen or is about to be added: what it demands, of which band, from when to
//! when.

use eframe::egui::{self, Align2, Area, ComboBox, DragValue, Frame, Order, Pos2, Ui, vec2};

use crate::bench::{Deck, Marked, added, changed, time_like, typed_seconds, without};
use crate::recording::{BandId, Intent};

use super::look::{intent_key, intent_words};
use super::state::State;

/// How long a segment is that is added with a key, in microseconds.
const USUAL_US: i64 = 2_000_000;

/// Asks above `at` what the new segment demands.
pub fn new(ui: &Ui, at: Pos2, state: &mut State, deck: &Deck) {
    over(ui, "new segment", at, |ui| {
        ui.horizontal(|ui| {
            ui.label("New segment, meant as");
            for intent in Intent::ALL {
                let hint = format!("{} ({})", demand(intent), intent_key(intent));
                if ui.button(intent_words(intent)).on_hover_text(hint).clicked() {
                    retype(state, deck, intent);
                }
            }
            if ui.button("Cancel").on_hover_text("Add nothing (Escape)").clicked() {
                state.editing.new_us = None;
            }
        });
    });
}

/// A small frame whose lower left corner is above `at`.
fn over(ui: &Ui, name: &str, at: Pos2, content: impl FnOnce(&mut Ui)) {
    let area = Area::new(ui.scope_id().with(name))
        .order(Order::Middle)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(at - vec2(0.0, 6.0))
        .constrain(true);
    area.show(ui.ctx(), |ui| Frame::popup(ui.style()).show(ui, content));
}

/// What a segment of this intent demands.
fn demand(intent: Intent) -> &'static str {
    match intent {
        Intent::Tap => "exactly one tap",
        Intent::NoTap => "no tap: hovering, passing by, typing",
        Intent::Stay => "at the desk: never away",
        Intent::Leave => "walks away: must lock before the end",
        Intent::Return => "comes back: must unlock before the end",
        Intent::Note => "nothing",
    }
}

fn add(state: &mut State, deck: &Deck, intent: Intent, from_us: i64, to_us: i64) {
    if within(deck, from_us) == within(deck, to_us) {
        state.said = Some("Nothing was recorded there, so there is nothing to mark: go to a place between begin and end of the recording first.".into());
        return;
    }
    if let Some((marks, id)) = added(&state.marks(deck), intent, from_us, to_us, deck.trace.last_t_us) {
        state.set_marks(marks, None);
        state.editing.choose(Some(id));
    }
}

/// The nearest instant that was recorded, in microseconds.
pub fn within(deck: &Deck, t_us: i64) -> i64 {
    t_us.clamp(0, deck.trace.last_t_us.max(0))
}

/// Adds a segment at the play head, else in the middle of what is shown of the recording.
pub fn add_here(state: &mut State, deck: &Deck) {
    let (begin_us, end_us) = state.view.stretch_us();
    let at_us = state.transport.head_us().unwrap_or((within(deck, begin_us) + within(deck, end_us)) / 2);
    add(state, deck, Intent::Tap, at_us, at_us.saturating_add(USUAL_US));
}

/// Takes the chosen segment out.
pub fn delete(state: &mut State, deck: &Deck) {
    if let Some(id) = state.editing.chosen.take() {
        state.set_marks(without(&state.marks(deck), id), None);
    }
}

/// What is about to be added means this, else the chosen segment does from now on.
pub fn retype(state: &mut State, deck: &Deck, intent: Intent) {
    if state.editing.drag.is_some() {
        return;
    }
    if let Some((from_us, to_us)) = state.editing.new_us.take() {
        add(state, deck, intent, from_us, to_us);
    } else if let Some(id) = state.editing.chosen {
        let marks = changed(&state.marks(deck), id, |marked| marked.segment.intent = intent);
        state.set_marks(marks, None);
    }
}

/// All about the chosen segment, above `at`.
pub fn chosen(ui: &Ui, at: Pos2, state: &mut State, deck: &Deck, marked: &Marked) {
    over(ui, "segment editor", at, |ui| {
        ui.horizontal(|ui| {
            ui.strong(format!("Segment {}", marked.segment.id));
            intents(ui, state, deck, marked);
            bands(ui, state, deck, marked);
        });
        ui.horizontal(|ui| {
            edges(ui, state, deck, marked);
            if ui.button("Delete").on_hover_text("Take this segment out (Delete)").clicked() {
                delete(state, deck);
            }
            if ui.button("Done").on_hover_text("Close this (Escape)").clicked() {
                state.editing.chosen = None;
            }
        });
    });
}

fn intents(ui: &mut Ui, state: &mut State, deck: &Deck, marked: &Marked) {
    let now = marked.segment.intent;
    let name = intent_words(now);
    let response = ComboBox::from_id_salt("intent").selected_text(name).width(70.0).show_ui(ui, |ui| {
        for intent in Intent::ALL {
            let label = ui.selectable_label(now == intent, intent_words(intent));
            if label.on_hover_text(demand(intent)).clicked() {
                retype(state, deck, intent);
            }
        }
    });
    let role = egui::Role::ComboBox;
    response.response.widget_info(|| egui::WidgetInfo::labeled(role, true, format!("Meant as: {name}")));
}

fn bands(ui: &mut Ui, state: &mut State, deck: &Deck, marked: &Marked) {
    let name = |band: Option<BandId>| {
        band.and_then(|band| deck.trace.names.band(band))
            .map_or("all bands".to_owned(), |band| band.to_string())
    };
    let now = marked.segment.band;
    let mut chosen = now;
    let response = ComboBox::from_id_salt("band").selected_text(name(now)).width(140.0).show_ui(ui, |ui| {
        ui.selectable_value(&mut chosen, None, name(None));
        let mut heard: Vec<_> = deck.trace.series.iter().map(|series| series.band).collect();
        heard.dedup();
        for band in heard {
            ui.selectable_value(&mut chosen, Some(band), name(Some(band)));
        }
    });
    let words = format!("Of: {}", name(now));
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, words.clone()));
    if chosen != now {
        let id = marked.segment.id;
        state.set_marks(changed(&state.marks(deck), id, |m| m.segment.band = chosen), None);
    }
}

fn edges(ui: &mut Ui, state: &mut State, deck: &Deck, marked: &Marked) {
    let last_us = deck.trace.last_t_us;
    let seconds = |us: i64| us as f64 / 1e6;
    let (mut from_s, mut to_s) =
        (seconds(marked.segment.begin_us), seconds(marked.end_us.unwrap_or(last_us)));
    let before = (from_s, to_s);
    let number = |value| {
        let number = DragValue::new(value).speed(0.02).fixed_decimals(2);
        number
            .custom_formatter(move |seconds, _| time_like((seconds * 1e6).round() as i64, last_us, 2))
            .custom_parser(typed_seconds)
    };
    let from_label = ui.label("from");
    let from = ui.add(number(&mut from_s)).labelled_by(from_label.id);
    let to_label = ui.label("to");
    let to = ui.add(number(&mut to_s)).labelled_by(to_label.id);
    if before != (from_s, to_s) {
        let us = |seconds: f64| (seconds * 1e6).round() as i64;
        let marks = changed(&state.marks(deck), marked.segment.id, |marked| {
            let begin_us = if from.changed() { us(from_s) } else { marked.segment.begin_us };
            let end_us = if to.changed() { Some(us(to_s)) } else { marked.end_us };
            marked.set_us(begin_us, end_us, last_us);
        });
        let is_dragging = from.dragged() || to.dragged();
        state.set_marks(marks, is_dragging.then_some(marked.segment.id));
    }
}
