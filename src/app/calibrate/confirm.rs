//! Confirming with NBE running: what to do, and one key for each tap that the application really
//! registered.

use eframe::egui::{Button, RichText, Ui, vec2};

use crate::bench::{ATTEMPTS, Confirming, Jobs};
use crate::engine::parameters::Parameter;
use crate::recording::{Intent, Observed};

use super::super::command::{Command, Do};
use super::super::endpoint;
use super::super::look::{Look, minus};
use super::super::state::State;
use super::super::symbols;
use super::outcome;

/// The page.
pub fn show(ui: &mut Ui, state: &mut State, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Confirm with NBE running").size(24.0));
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            if ui.button("Back to the recommendation").clicked() {
                commands.push(Command::Calibration(Do::Outcome));
            }
        });
    });
    ui.label("First write the values and restart the Nymi Bluetooth Endpoint, which reads them at its start; then open the application that taps are for. It must run with these:");
    endpoint::restart(ui, commands);
    let values: Vec<_> = state
        .values
        .now()
        .iter()
        .map(|(parameter, value)| format!("{} {}", Parameter::key(parameter), minus(value)))
        .collect();
    ui.label(RichText::new(values.join("   ")).monospace().small());
    ui.add_space(16.0);
    let Some(confirming) = &state.calibrate.confirming else { return };
    match confirming.attempt() {
        Some((intent, number, of)) => attempt(ui, state, confirming, intent, number, of, commands),
        None => over(ui, state, confirming, jobs, commands),
    }
}

fn attempt(
    ui: &mut Ui,
    state: &State,
    confirming: &Confirming,
    intent: Intent,
    number: usize,
    of: usize,
    commands: &mut Vec<Command>,
) {
    let look = Look::of(ui);
    let wishes = &state.calibrate.wishes;
    let (what, how) = match intent {
        Intent::Tap => ("Tap", format!("at {} cm, as people do", wishes.tap_cm)),
        _ => ("Hover", format!("at {} cm, without tapping", wishes.hover_cm)),
    };
    ui.label(RichText::new(format!("{what} {number} of {of}")).size(40.0).strong().color(look.ink));
    ui.label(RichText::new(how).size(20.0).color(look.faint));
    ui.add_space(12.0);
    let times = confirming.registered();
    let registered = match times {
        0 => "The application registered nothing yet.".to_owned(),
        1 => "The application registered a tap.".to_owned(),
        times => format!("The application registered {times} taps."),
    };
    ui.label(RichText::new(registered).size(18.0));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let button = |words: &str| Button::new(RichText::new(words).size(15.0)).min_size(vec2(190.0, 38.0));
        if ui.add(button("It registered a tap (1)")).clicked() {
            commands.push(Command::Saw(Observed::Tap));
        }
        if ui.add(button("Next (Enter)")).clicked() {
            commands.push(Command::Calibration(Do::GoOn));
        }
        let back = ui.add_enabled(confirming.can_take_back(), button("Take back (Backspace)"));
        let hint = "What was said last: a tap that was registered, or that the attempt before was over";
        if back.on_hover_text(hint).clicked() {
            commands.push(Command::Calibration(Do::Again));
        }
    });
    ui.add_space(10.0);
    shares(ui, confirming);
}

fn shares(ui: &mut Ui, confirming: &Confirming) {
    let look = Look::of(ui);
    for (intent, _) in ATTEMPTS {
        let (n, of) = confirming.share(intent);
        if of == 0 {
            continue;
        }
        let words = match intent {
            Intent::Tap => format!("{n} of {of} taps were registered once"),
            _ => format!("{n} of {of} hovers registered nothing"),
        };
        ui.horizontal(|ui| {
            symbols::verdict(ui, n == of, if n == of { look.good } else { look.bad });
            ui.label(words);
        });
    }
}

fn over(ui: &mut Ui, state: &State, confirming: &Confirming, jobs: &Jobs, commands: &mut Vec<Command>) {
    ui.label(RichText::new("All attempts are through").size(28.0).strong());
    shares(ui, confirming);
    let is_closed = state.calibrate.confirmed.contains(&confirming.path);
    if is_closed {
        ui.weak(format!("Recorded to {}", confirming.path.display()));
    }
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        let button = |words: &str| Button::new(RichText::new(words).size(15.0)).min_size(vec2(170.0, 34.0));
        if ui.add_enabled(is_closed && jobs.running().is_none(), button("Write the report")).clicked() {
            commands.push(Command::Calibration(Do::Report));
        }
        if ui.add(button("Confirm once more")).clicked() {
            commands.push(Command::Calibration(Do::Confirm));
        }
    });
    outcome::report(ui, state, jobs, commands);
}
