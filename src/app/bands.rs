//! The bands, strongest first: how strong now, how often, how long ago, and whose address changes.

use eframe::egui::{
    self, Align2, Button, ComboBox, FontId, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use crate::bench::{By, Deck, Filter, Series, time};
use crate::session::{Listed, Listing};

use super::command::Command;
use super::elide::elided;
use super::finding;
use super::look::{Look, minus};
use super::state::State;
use super::symbols;

/// What mean and rate of a session are taken over.
const WINDOW_US: i64 = 2_000_000;

/// Bands that are listed.
const SHOWN: usize = 100;

struct Row {
    at: usize,
    mean_dbm: Option<f64>,
    rate_hz: f64,
    age_us: i64,
}

/// The pane.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    deck: &Deck,
    listed: Option<&Listed>,
    commands: &mut Vec<Command>,
) {
    let look = Look::of(ui);
    ui.horizontal(|ui| {
        ui.strong("Bands");
        if deck.is_live {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let hint = "Hold your band at arm's length, press this, then hold it to the dongle: the one that rises most is yours (F)";
                if ui.small_button("Find my band").on_hover_text(hint).clicked() {
                    commands.push(Command::FindBand);
                }
            });
        }
    });
    filter(ui, &mut state.filter, deck.is_live, &look);
    if deck.is_live {
        finding::show(ui, state, deck, deck.trace.last_t_us, commands);
    }
    let shown = state.shown(deck, listed);
    let mut rows: Vec<_> = deck
        .trace
        .series
        .iter()
        .enumerate()
        .filter(|(at, _)| shown.get(*at).copied().unwrap_or(true))
        .map(|(at, series)| row(at, series, state, deck))
        .collect();
    let strength = |row: &Row| row.mean_dbm.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.at.cmp(&b.at)));
    if rows.is_empty() && !deck.trace.series.is_empty() {
        ui.weak(format!("None of {} bands is that.", deck.trace.series.len()));
    } else if rows.is_empty() {
        ui.weak("No band was heard yet. Is it switched on, and near the dongle?");
    }
    let others = rows.len().saturating_sub(SHOWN);
    ScrollArea::vertical().show(ui, |ui| {
        for row in rows.iter().take(SHOWN) {
            one(ui, state, deck, row, listed, &look);
        }
        if others > 0 {
            ui.weak(format!("and {others} more, weaker"));
        }
    });
}

/// Which bands are listed, and recorded.
fn filter(ui: &mut Ui, filter: &mut Filter, is_live: bool, look: &Look) {
    ui.horizontal(|ui| {
        let by = ComboBox::from_id_salt("filter").selected_text(filter.by.words()).width(92.0);
        let by = by.show_ui(ui, |ui| {
            for by in By::ALL {
                ui.selectable_value(&mut filter.by, by, by.words());
            }
        });
        let words = format!("Filter by {}", filter.by.words());
        by.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, words.clone()));
        let side = ui.spacing().interact_size.y;
        let clear = if filter.text.is_empty() { 0.0 } else { side + ui.spacing().item_spacing.x };
        let width = ui.available_width() - clear;
        let edit = TextEdit::singleline(&mut filter.text).desired_width(width).hint_text(filter.by.example());
        let hint = "Only these bands are listed; Record keeps only these, too";
        ui.add(edit).labelled_by(by.response.id).on_hover_text(hint);
        if !filter.text.is_empty() {
            let response = ui.add_sized([side, side], Button::new("")).on_hover_text("List all bands");
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "List all bands"));
            symbols::cross(ui.painter(), response.rect.center(), 9.0, look.ink);
            if response.clicked() {
                filter.text.clear();
            }
        }
    });
    if let Some(why) = filter.problem() {
        ui.colored_label(look.bad, why);
    } else if !is_live && filter.by != By::Address && !filter.text.trim().is_empty() {
        ui.weak("A recording holds no names, services or manufacturers: filter by address.");
    }
}

fn row(at: usize, series: &Series, state: &State, deck: &Deck) -> Row {
    let (now_us, is_moving) = (state.now_us(deck), is_moving(state, deck));
    let count = series.t_us.place_behind(now_us);
    let first = if is_moving { series.t_us.place_behind(now_us - WINDOW_US) } else { 0 };
    let samples = count - first;
    let is_whole = samples == series.t_us.len();
    let sum = if is_whole { series.sum_dbm } else { series.rssi_dbm.iter(first..count).map(i64::from).sum() };
    let begin_us = series.t_us.first().unwrap_or(0);
    let span_us = if is_moving { WINDOW_US.min(now_us.max(1)) } else { (now_us - begin_us).max(1) };
    Row {
        at,
        mean_dbm: (samples > 0).then(|| sum as f64 / samples as f64),
        rate_hz: samples as f64 * 1e6 / span_us as f64,
        age_us: now_us - count.checked_sub(1).and_then(|last| series.t_us.get(last)).unwrap_or(0),
    }
}

/// Whether the list is about now: in a session, and at a play head.
fn is_moving(state: &State, deck: &Deck) -> bool {
    deck.is_live || state.transport.head_us().is_some()
}

fn one(ui: &mut Ui, state: &mut State, deck: &Deck, row: &Row, listed: Option<&Listed>, look: &Look) {
    let Some(series) = deck.trace.series.get(row.at) else { return };
    let name = deck.trace.name(series);
    let band = deck.trace.band(series).map_or_else(String::new, |band| band.to_string());
    let known = listed.and_then(|l| l.rows.iter().find(|r| Some(r.band) == deck.trace.band(series)));
    let mean = row.mean_dbm.map_or("silent".to_owned(), |dbm| minus(format!("{dbm:.1} dBm")));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::click());
    // A calibration asks for a choice; elsewhere the nearest band is shown until there is one.
    let is_chosen = match state.calibrate.is_open {
        true => state.chosen == Some(row.at),
        false => state.series(deck) == row.at,
    };
    response
        .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, format!("{name}, {mean}")));
    if response.clicked() {
        // Whoever chooses by hand needs no proposal.
        (state.chosen, state.finding) = (Some(row.at), None);
    }
    let painter = ui.painter();
    if is_chosen {
        painter.rect_filled(rect, 4.0, ui.visuals().selection.bg_fill.gamma_multiply(0.35));
    } else if response.hovered() {
        painter.rect_filled(rect, 4.0, look.ink.gamma_multiply(0.06));
    }
    painter.circle_filled(pos2(rect.left() + 10.0, rect.top() + 12.0), 4.0, look.series(ui, row.at));
    let body = FontId::proportional(13.0);
    let small = FontId::proportional(11.0);
    let line = |top: f32, left: &str, right: String, font: FontId, color| {
        let at = pos2(rect.right() - 6.0, rect.top() + top);
        let taken = painter.text(at, Align2::RIGHT_TOP, right, font.clone(), color);
        let begin = pos2(rect.left() + 21.0, rect.top() + top);
        elided(painter, begin, taken.left() - 8.0 - begin.x, left, font, color);
    };
    line(4.0, &band, mean, body, look.ink);
    let detail = detail(deck, row, known, is_moving(state, deck));
    line(21.0, &detail, format!("{:.1}/s", row.rate_hz), small, look.faint);
    let hint = known.map_or_else(|| name.clone(), |known| hint(known, &name));
    response.on_hover_text(hint);
}

fn detail(deck: &Deck, row: &Row, known: Option<&Listing>, is_moving: bool) -> String {
    let heard_by = deck.trace.series.get(row.at).and_then(|series| deck.trace.heard_by(series));
    let mut words: Vec<_> = heard_by.map(|source| format!("at {source}")).into_iter().collect();
    if let Some(known) = known {
        words.extend(known.name.clone());
        words.extend(known.kind.filter(|_| known.name.is_none()).map(|kind| kind.name().to_owned()));
        if !known.is_lasting() {
            words.push("address changes".to_owned());
        }
    }
    if is_moving && row.age_us > 1_000_000 {
        words.push(format!("{} ago", time(row.age_us, 0)));
    }
    if !is_moving {
        let samples = deck.trace.series.get(row.at).map_or(0, |s| s.t_us.len());
        words.push(format!("{samples} samples"));
    }
    words.join(", ")
}

fn hint(known: &Listing, name: &str) -> String {
    let kind = known.kind.map_or("kind not known", |kind| kind.name());
    let lasting = if known.is_lasting() { "" } else { "; it changes: record by name or company" };
    format!("{name}\naddress: {kind}{lasting}\nrose by {:.0} dB", known.rise_db)
}
