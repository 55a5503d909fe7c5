//! The top bar: what is open or listened to, marks while listening, and the rest of the commands.

use eframe::egui::{self, Button, Color32, Ui, vec2};

use crate::bench::{Listening, LiveState, Offer};
use crate::recording::Intent;
use crate::session::Said;

use super::calibrate::Do;
use super::command::Command;
use super::look::{Look, intent_words};
use super::symbols;

/// What the bar knows of the session.
pub struct Session<'a> {
    /// The session, where there is one.
    pub listening: Option<&'a Listening>,
    /// How far it is.
    pub live: LiveState,
    /// What came of the last mark.
    pub said: Option<Said>,
    /// Whether segments are marked by hand now.
    pub is_marked: bool,
    /// What can be listened to.
    pub offers: &'a [Offer],
}

/// The bar.
pub fn show(ui: &mut Ui, session: &Session<'_>, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        sources(ui, session, commands);
        if ui
            .button("Open\u{2026}")
            .on_hover_text("Open a recording, or drop one on the window (Ctrl+O)")
            .clicked()
        {
            commands.push(Command::AskOpen);
        }
        if session.listening.is_some() {
            ui.separator();
            streaming(ui, session, commands);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Help").on_hover_text("Keys and what they do (F1)").clicked() {
                commands.push(Command::Help);
            }
            let theme = if ui.visuals().dark_mode { "Light" } else { "Dark" };
            if ui.button(theme).on_hover_text("Light or dark").clicked() {
                commands.push(Command::Theme);
            }
            if ui
                .button("Calibrate")
                .on_hover_text("Guided: taps, hovers and walks at cues, then the values that fit (Ctrl+K)")
                .clicked()
            {
                commands.push(Command::Calibration(Do::Open));
            }
            if ui
                .button("Symptoms")
                .on_hover_text("The guide's symptoms, answered from what is open (Ctrl+G)")
                .clicked()
            {
                commands.push(Command::Symptoms);
            }
            if ui.button("Commands").on_hover_text("Everything that can be done (Ctrl+P)").clicked() {
                commands.push(Command::Palette);
            }
        });
    });
}

fn sources(ui: &mut Ui, session: &Session<'_>, commands: &mut Vec<Command>) {
    let title = match session.listening {
        Some(listening) => listening.place.title(),
        None => "Listen to\u{2026}".to_owned(),
    };
    let button = Button::new(short(&title));
    egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        ui.set_min_width(300.0);
        for offer in session.offers {
            let enabled = offer.obstacle.is_none();
            let response = ui.add_enabled(enabled, Button::new(offer.place.title()).frame(false));
            if response.clicked() {
                commands.push(Command::Listen(offer.place.clone()));
                ui.close();
            }
            if let Some(obstacle) = &offer.obstacle {
                let remedy = obstacle.remedy.as_deref().unwrap_or_default();
                ui.indent("obstacle", |ui| ui.weak(format!("{}: {remedy}", obstacle.what)));
            }
        }
    });
}

fn streaming(ui: &mut Ui, session: &Session<'_>, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    match &session.live {
        LiveState::Opening => {
            ui.spinner();
            ui.label("opening");
        }
        LiveState::Streaming => {
            let is_recorded = session.listening.is_some_and(|l| l.file.is_some());
            let color = if is_recorded { look.bad } else { look.good };
            symbols::dot(ui, color);
            ui.label(if is_recorded { "REC" } else { "live" });
        }
        LiveState::Off | LiveState::Ended(_) => {}
    }
    if session.listening.is_some_and(|l| l.file.is_none())
        && ui.button("Record").on_hover_text("Start again, written to a recording (Ctrl+R)").clicked()
    {
        commands.push(Command::Record);
    }
    if ui
        .button("Stop")
        .on_hover_text("Stop listening; a recording is closed and stays open here (Ctrl+E)")
        .clicked()
    {
        commands.push(Command::Stop);
    }
    if !session.is_marked {
        return;
    }
    ui.separator();
    let open = match session.said {
        Some(Said::Began(_, intent)) => Some(intent),
        _ => None,
    };
    for (intent, key) in [
        (Intent::Tap, "T"),
        (Intent::NoTap, "N"),
        (Intent::Stay, "S"),
        (Intent::Leave, "L"),
        (Intent::Return, "R"),
    ] {
        let button =
            Button::new(intent_words(intent)).min_size(vec2(20.0, 0.0)).selected(open == Some(intent));
        let hint = format!("Mark: a segment \"{}\" begins now ({key})", intent_words(intent));
        if ui.add(button).on_hover_text(hint).clicked() {
            commands.push(Command::Begin(intent));
        }
    }
    if let Some(intent) = open {
        let button =
            Button::new(egui::RichText::new("end").color(Color32::WHITE)).fill(look.bad.gamma_multiply(0.9));
        if ui.add(button).on_hover_text(format!("End \"{}\" (E)", intent_words(intent))).clicked() {
            commands.push(Command::EndSegment);
        }
    }
}

/// No longer than there is room for beside the marks.
fn short(title: &str) -> String {
    const ROOM: usize = 24;
    if title.chars().count() <= ROOM {
        return title.to_owned();
    }
    let head: String = title.chars().take(ROOM - 1).collect();
    format!("{}\u{2026}", head.trim_end())
}
