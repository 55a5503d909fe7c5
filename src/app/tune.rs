//! The five parameters: a slider and a number each, with default, unit and what it does; and what
//! the recording says of them.

use eframe::egui::{self, Button, ComboBox, DragValue, RichText, ScrollArea, Slider, Ui};

use crate::bench::{Deck, Jobs};
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::nbe_config::violations;

use super::command::Command;
use super::look::{Look, minus};
use super::state::State;
use super::{recommended, verdict};

/// The pane.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    deck: Option<&Deck>,
    is_stale: bool,
    jobs: &Jobs,
    commands: &mut Vec<Command>,
) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        heading(ui, state, commands);
        let rate_hz = deck.and_then(|deck| rate_hz(deck, state.series(deck)));
        for parameter in Parameter::ALL {
            one(ui, state, parameter, rate_hz);
        }
        let look = Look::of(ui);
        for violation in violations(&state.values.now()) {
            ui.colored_label(look.bad, minus(violation));
        }
        compare(ui, state, commands);
        if let Some(deck) = deck {
            ui.separator();
            verdict::show(ui, state, deck, is_stale, commands);
            ui.separator();
            recommended::show(ui, state, deck, jobs, commands);
        }
    });
}

fn heading(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.strong("Tune");
        let before = state.dongle;
        let chosen = ComboBox::from_label("dongle").selected_text(state.dongle.name()).width(86.0);
        chosen.show_ui(ui, |ui| {
            for dongle in Dongle::ALL {
                ui.selectable_value(&mut state.dongle, dongle, dongle.name());
            }
        });
        if state.dongle != before {
            commands.push(Command::Defaults);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui
                .button("nbe.toml")
                .on_hover_text("Compare with nbe.toml, write it, copy the IGEL table (Ctrl+S)")
                .clicked()
            {
                commands.push(Command::ShowConfig);
            }
        });
    });
    ui.add_space(2.0);
}

fn one(ui: &mut Ui, state: &mut State, parameter: Parameter, rate_hz: Option<f64>) {
    let spec = parameter.spec();
    let published = parameter.published_default(state.dongle);
    ui.add_space(3.0);
    let label = ui
        .horizontal(|ui| {
            let label = ui.label(RichText::new(spec.key).monospace().strong()).on_hover_text(spec.meaning);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let words =
                    published.map_or("not published".to_owned(), |value| format!("default {}", minus(value)));
                let differs = published.is_some() && state.values.now().get(parameter) != published;
                if ui.add_enabled(differs, Button::new(RichText::new(words).small()).frame(differs)).clicked()
                    && let Some(value) = published
                {
                    state.values.set(parameter, value.into(), false);
                }
            });
            label.id
        })
        .inner;
    let Some(value) = state.values.now().get(parameter) else {
        let start = Parameter::published_default(parameter, Dongle::Bluegiga).unwrap_or(spec.min);
        let words = format!("Set it, starting from {} (the Bluegiga default)", minus(start));
        if ui.button(words).clicked() {
            state.values.set(parameter, start.into(), false);
        }
        return;
    };
    ui.horizontal(|ui| {
        let mut new = value;
        ui.spacing_mut().slider_width = (ui.available_width() - 92.0).max(80.0);
        let is_length = spec.min > 0;
        let slider = Slider::new(&mut new, spec.min..=spec.max).show_value(false).logarithmic(is_length);
        let slider = ui.add(slider).labelled_by(label);
        let unit = if is_length { "" } else { " dBm" };
        let number = DragValue::new(&mut new)
            .range(spec.min..=spec.max)
            .suffix(unit)
            .custom_formatter(|value, _| minus(value))
            .custom_parser(|text| text.replace('\u{2212}', "-").trim().parse().ok());
        let number = ui.add_sized([72.0, 20.0], number).labelled_by(label);
        if new != value {
            let is_dragging = slider.dragged() || number.dragged();
            state.values.set(parameter, new.into(), is_dragging);
        }
    });
    let time = rate_hz
        .filter(|_| spec.min > 0)
        .map_or(String::new(), |hz| format!("{:.0} ms at {hz:.1}/s; ", f64::from(value) * 1000.0 / hz));
    let words = format!("{time}{}", minus(spec.meaning));
    let text = RichText::new(words).small().weak();
    ui.add(egui::Label::new(text).wrap());
}

fn compare(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let undo = Button::new("Undo");
        if ui.add_enabled(state.values.can_undo(), undo).on_hover_text("Ctrl+Z").clicked() {
            commands.push(Command::Undo);
        }
        let redo = Button::new("Redo");
        if ui.add_enabled(state.values.can_redo(), redo).on_hover_text("Ctrl+Y").clicked() {
            commands.push(Command::Redo);
        }
        if ui.button("Defaults").on_hover_text("The dongle's published values").clicked() {
            commands.push(Command::Defaults);
        }
        let hint = "Compare what you change from here on with these values (Ctrl+B)";
        if ui.button("Keep as B").on_hover_text(hint).clicked() {
            commands.push(Command::KeepB);
        }
    });
    if state.values.b().is_some() {
        ui.horizontal(|ui| {
            if ui.button("Swap A and B").on_hover_text("B").clicked() {
                commands.push(Command::SwapB);
            }
            if ui.button("Forget B").clicked() {
                commands.push(Command::DropB);
            }
        });
    }
    if let Some(b) = state.values.b() {
        let changed = differences(&state.values.now(), &b);
        let words = if changed.is_empty() { "A and B are the same.".to_owned() } else { changed };
        ui.label(RichText::new(words).small());
    }
}

/// Where A and B differ.
fn differences(a: &ParameterSet, b: &ParameterSet) -> String {
    let value = |set: &ParameterSet, p| set.get(p).map_or("none".to_owned(), minus);
    let differing = Parameter::ALL.into_iter().filter(|p| a.get(*p) != b.get(*p));
    let words: Vec<_> =
        differing.map(|p| format!("{}: A {}, B {}", p.key(), value(a, p), value(b, p))).collect();
    words.join("\n")
}

/// Samples a second of the chosen series.
fn rate_hz(deck: &Deck, series: usize) -> Option<f64> {
    let times = &deck.trace.series.get(series)?.t_us;
    let span_us = times.last()?.checked_sub(times.first()?).filter(|span| *span > 0)?;
    Some((times.len() - 1) as f64 * 1e6 / span_us as f64)
}
