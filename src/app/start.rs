//! Before anything is open: what can be done at once, without any hardware.

use eframe::egui::{RichText, ScrollArea, Ui, vec2};

use crate::bench::{Offer, Place};

use super::command::{Command, Do};
use super::dialogs;
use super::state::State;

/// Recordings opened lately that are offered.
const SHOWN: usize = 5;

/// The first view.
pub fn show(ui: &mut Ui, state: &State, offers: &[Offer], is_busy: bool, commands: &mut Vec<Command>) {
    let room = ui.available_height();
    let area = ScrollArea::vertical().auto_shrink([false, false]);
    let content = |ui: &mut Ui| content(ui, room, state, offers, is_busy, commands);
    area.show(ui, |ui| ui.vertical_centered(content));
}

fn content(
    ui: &mut Ui,
    room: f32,
    state: &State,
    offers: &[Offer],
    is_busy: bool,
    commands: &mut Vec<Command>,
) {
    ui.add_space((room * 0.16).max(20.0));
    if is_busy {
        ui.spinner();
        ui.label("One moment");
        return;
    }
    ui.label(RichText::new("See what the Endpoint would do").size(24.0));
    ui.add_space(4.0);
    ui.weak("Open a recording, drop one here, or start the simulated bench: it needs no hardware.");
    ui.add_space(16.0);
    let button =
        |words: &str| eframe::egui::Button::new(RichText::new(words).size(15.0)).min_size(vec2(280.0, 36.0));
    if ui.add(button("Start the simulated bench")).clicked() {
        commands.push(Command::Listen(Place::Simulated("tap-session")));
    }
    ui.add_space(6.0);
    let words = if state.calibrate.broken_off.is_some() {
        "Go on with the interrupted calibration"
    } else {
        "Calibrate a terminal"
    };
    if ui.add(button(words)).clicked() {
        commands.push(Command::Calibration(Do::Open));
    }
    ui.add_space(6.0);
    if ui.add(button("Open a recording\u{2026}")).clicked() {
        commands.push(Command::AskOpen);
    }
    again(ui, state, offers, commands);
    if !state.samples.is_empty() {
        ui.add_space(20.0);
        ui.strong("Sample recordings");
        dialogs::recordings(ui, &state.samples, commands);
    }
    ui.add_space(12.0);
}

/// What was open or listened to before the window was closed.
fn again(ui: &mut Ui, state: &State, offers: &[Offer], commands: &mut Vec<Command>) {
    let place = offers.iter().find(|offer| {
        let is_it = state.last_place.as_ref() == Some(&offer.place.title());
        is_it && offer.obstacle.is_none() && !matches!(offer.place, Place::Simulated(_))
    });
    if state.was_open.is_empty() && place.is_none() && state.recent.is_empty() {
        return;
    }
    ui.add_space(20.0);
    ui.strong("As before");
    if let Some(offer) = place
        && ui.link(format!("Listen to {}", offer.place.title())).clicked()
    {
        commands.push(Command::Listen(offer.place.clone()));
    }
    if state.was_open.len() > 1
        && ui.link(format!("Open the {} recordings that were open", state.was_open.len())).clicked()
    {
        commands.push(Command::OpenAll { paths: state.was_open.clone(), beside: false });
    }
    dialogs::recordings(ui, state.recent.get(..state.recent.len().min(SHOWN)).unwrap_or_default(), commands);
}
