//! NFC taps: the readers and what lies on them, each tap with what went wrong and what to do, how long
//! bands were held and how long it took to their UIDs, and the readers' settings.

use eframe::egui::{self, Grid, RichText, ScrollArea, Sense, Ui, vec2};

use crate::bench::{Deck, Jobs, OnReader};
use crate::drivers::nfc::Outcome;
use crate::tap_quality::{Bar, Rate, Tap, TapQuality};

use super::command::Command;
use super::look::Look;
use super::state::State;
use super::symbols;

/// Taps that are listed, the latest first.
const LISTED: usize = 500;
/// Below this the parts stand below each other.
const SIDE_BY_SIDE: f32 = 620.0;
/// Width of the list's columns of numbers.
const COLUMN: f32 = 54.0;
/// Around a tap that is shown in the plot.
const AROUND_US: i64 = 4_000_000;

/// The view.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck, jobs: &Jobs, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    if ui.available_width() < SIDE_BY_SIDE {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            taps(ui, deck, &look, commands);
            figures(ui, &deck.trace.nfc.quality, &look);
            readers(ui, state, deck, jobs, &look, commands);
        });
        return;
    }
    let whole = ui.available_size();
    let below = egui::Layout::top_down(egui::Align::Min);
    ui.horizontal_top(|ui| {
        for (id, width) in [("nfc taps", 0.43), ("nfc figures", 0.29), ("nfc readers", 0.28)] {
            let size = vec2(whole.x * width - 8.0, whole.y);
            ui.allocate_ui_with_layout(size, below, |ui| {
                ui.set_max_width(size.x);
                ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| match id {
                    "nfc taps" => taps(ui, deck, &look, commands),
                    "nfc figures" => figures(ui, &deck.trace.nfc.quality, &look),
                    _ => readers(ui, state, deck, jobs, &look, commands),
                });
            });
        }
    });
}

fn taps(ui: &mut Ui, deck: &Deck, look: &Look, commands: &mut Vec<Command>) {
    let nfc = &deck.trace.nfc;
    if nfc.is_empty() {
        ui.weak(
            "No tap on an NFC reader is in here. Listen to a dongle with NFC readers, or to a reader alone.",
        );
        return;
    }
    ui.horizontal(|ui| {
        ui.strong("Taps");
        let hint = "Copy this recording, with a \"tap\" segment around each tap on the reader: from 1 s before the card was detected until 1 s after it was gone";
        let button = egui::Button::new("Mark as taps").small();
        if ui.add_enabled(!deck.is_live, button).on_hover_text(hint).clicked() {
            commands.push(Command::MarkNfcTaps);
        }
    });
    ui.horizontal(|ui| {
        for head in ["detected", "held", "to UID"] {
            cell(ui, |ui| _ = ui.weak(head));
        }
        ui.weak("outcome");
    });
    for tap in nfc.lying().chain(nfc.taps.iter().rev()).take(LISTED) {
        row(ui, tap, look, commands);
    }
    if nfc.taps.len() > LISTED {
        ui.weak(format!("and {} earlier", nfc.taps.len() - LISTED));
    }
}

/// A column of the list.
fn cell(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(COLUMN, ui.spacing().interact_size.y), layout, |ui| {
        ui.set_min_width(COLUMN);
        content(ui);
    });
}

fn row(ui: &mut Ui, tap: &Tap, look: &Look, commands: &mut Vec<Command>) {
    let at_us = tap.at_us();
    let outcome = tap.known_outcome();
    ui.horizontal(|ui| {
        cell(ui, |ui| {
            let card = tap.card().map_or(String::new(), |card| format!("\nThe card's answer: {card}"));
            let hint = format!("{}: show it in the plot{card}", tap.reader);
            if ui.link(format!("{:.2} s", at_us as f64 / 1e6)).on_hover_text(hint).clicked() {
                commands.push(Command::Show((at_us - AROUND_US).max(0), at_us + AROUND_US));
            }
        });
        for ms in [tap.dwell_ms, tap.read_ms] {
            cell(ui, |ui| _ = ui.label(ms.map_or("-".to_owned(), |ms| format!("{ms} ms"))));
        }
        if let Some(name) = &tap.outcome {
            let is_ok = outcome == Some(Outcome::Ok);
            symbols::verdict(ui, is_ok, if is_ok { look.good } else { look.bad });
            let words = outcome.map_or(name.as_str(), |outcome| outcome.words());
            ui.add(egui::Label::new(words).truncate());
        } else {
            ui.label("lies there");
        }
    });
    if let Some((outcome, remedy)) = outcome.and_then(|outcome| Some((outcome, outcome.remedy()?))) {
        let cause = tap.problem.as_deref().unwrap_or(outcome.cause());
        let advice = RichText::new(format!("{cause}. What to do: {remedy}.")).small();
        ui.add(egui::Label::new(advice).wrap());
    }
}

fn figures(ui: &mut Ui, quality: &TapQuality, look: &Look) {
    if quality.all.taps == 0 && quality.apart().is_empty() {
        return;
    }
    ui.label(format!("Taps: {}{}", quality.all.words(), quality.apart()));
    let apart = Rate::apart(quality.after_idle, quality.back_to_back);
    for words in quality.unread.words().into_iter().chain(apart) {
        ui.label(RichText::new(words).small());
    }
    if quality.short > 0 {
        ui.label(RichText::new(format!("Held for less than 1 s: {}", quality.short)).small().color(look.bad));
    }
    bars(ui, "Held", &quality.dwell_bars(), look);
    bars(ui, "Time to UID", &quality.read_bars(), look);
}

fn bars(ui: &mut Ui, title: &str, bars: &[Bar], look: &Look) {
    let Some(most) = bars.iter().map(|bar| bar.count).max().filter(|most| *most > 0) else { return };
    ui.add_space(4.0);
    ui.strong(title);
    Grid::new(title).num_columns(3).min_row_height(13.0).spacing([8.0, 1.0]).show(ui, |ui| {
        for bar in bars {
            ui.label(RichText::new(bar.words()).small());
            ui.label(RichText::new(bar.count.to_string()).small());
            let room = (ui.available_width() - 4.0).clamp(20.0, 70.0);
            let (area, _) = ui.allocate_exact_size(vec2(room, 10.0), Sense::hover());
            let share = bar.count as f32 / most as f32;
            let filled = egui::Rect::from_min_size(area.min, vec2(area.width() * share, area.height()));
            ui.painter().rect_filled(filled, 1.0, look.ink.gamma_multiply(0.55));
            ui.end_row();
        }
    });
}

fn readers(ui: &mut Ui, state: &State, deck: &Deck, jobs: &Jobs, look: &Look, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.strong("Readers");
        if let Some(name) = jobs.running() {
            ui.spinner();
            ui.weak(name);
        } else {
            let hint =
                "Ask the readers that are plugged in for their settings, and compare them with the guide";
            if ui.small_button("Read settings").on_hover_text(hint).clicked() {
                commands.push(Command::ReadReaders);
            }
        }
    });
    for name in deck.trace.nfc.readers(&deck.trace.header) {
        let on_reader = deck.trace.nfc.on_reader(&name);
        let (words, color) = match on_reader {
            OnReader::Card(Some(since_us)) => {
                let lies_s = (deck.trace.last_t_us - since_us) as f64 / 1e6;
                (format!("{name}: a card for {lies_s:.1} s"), look.good)
            }
            OnReader::Card(None) => (format!("{name}: a card"), look.good),
            // What a recording ends with is past.
            _ if !deck.is_live => (name, look.faint),
            OnReader::Gone => (format!("{name}: gone; unplugged, or its service stopped"), look.bad),
            OnReader::Nothing => (format!("{name}: empty"), look.faint),
        };
        ui.horizontal_wrapped(|ui| {
            symbols::dot(ui, color);
            ui.label(RichText::new(words).small());
        });
    }
    for (at, reader) in state.nfc.readers.iter().enumerate() {
        ui.add_space(4.0);
        ui.label(RichText::new(reader.about.as_ref().unwrap_or(&reader.name)).strong().small());
        for (words, is_so) in &reader.settings {
            ui.horizontal_wrapped(|ui| {
                symbols::verdict(ui, *is_so, if *is_so { look.good } else { look.bad });
                ui.label(RichText::new(words).small());
            });
        }
        if reader.fix.is_some() {
            let hint = "Shows what would change, and asks before it writes";
            if ui.button("Set as the guide wants\u{2026}").on_hover_text(hint).clicked() {
                commands.push(Command::AskReaderFix(at));
            }
        } else if reader.problem.is_none() {
            ui.label(RichText::new("As the guide wants it.").small());
        }
        if let Some(problem) = &reader.problem {
            let remedy = problem.remedy.as_ref().map_or(String::new(), |r| format!(" What to do: {r}."));
            ui.label(RichText::new(format!("{}.{remedy}", problem.what)).small().color(look.bad));
        }
        if reader.is_held {
            let stop = ui.button("Stop the Endpoint meanwhile, and read");
            if stop.on_hover_text("It is started again whatever happens").clicked() {
                commands.push(Command::StopEndpointFor(Box::new(Command::ReadReaders)));
            }
        }
    }
    for words in &state.nfc.said {
        ui.label(RichText::new(words).small());
    }
}

/// The question before a reader's settings are written.
pub fn ask(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ui.set_width(520.0);
    let Some(fix) = &state.nfc.fix else { return };
    ui.label(&fix.reader);
    Grid::new("reader fix").num_columns(3).spacing([14.0, 4.0]).striped(true).show(ui, |ui| {
        for head in ["setting", "now", "as the guide wants it"] {
            ui.weak(head);
        }
        ui.end_row();
        for (setting, from, to) in &fix.changes {
            ui.label(setting);
            ui.label(from);
            ui.strong(to);
            ui.end_row();
        }
    });
    ui.add_space(6.0);
    ui.label(format!("As it is now is kept in {}", fix.backup.display()));
    ui.label("The reader starts anew after that; a tap meanwhile is not seen. Where the Endpoint has the reader, it must be stopped meanwhile.");
    ui.horizontal(|ui| {
        if ui.button("Write to the reader").clicked() {
            commands.push(Command::FixReader);
        }
        let stop = ui.button("Stop the Endpoint meanwhile, and write");
        if stop.on_hover_text("It is started again whatever happens").clicked() {
            commands.push(Command::StopEndpointFor(Box::new(Command::FixReader)));
        }
        if ui.button("Leave it as it is").clicked() {
            commands.push(Command::Close);
        }
    });
}
