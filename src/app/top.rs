//! The top bar: what is open or listened to, marks while listening, and the rest of the commands.

use std::path::Path;

use eframe::egui::{self, Button, Color32, Ui, vec2};

use crate::bench::{Listening, LiveState, Offer, Place};
use crate::recording::Intent;
use crate::session::Said;

use super::command::{Command, Do};
use super::endpoint;
use super::look::{Look, intent_key, intent_words};
use super::profile;
use super::symbols;

/// The menu of what has no room in the bar.
const MORE: &str = "More";

/// A source's name is cut off behind so many points.
const SOURCE_WIDTH: f32 = 190.0;

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
    /// Where a recording would go.
    pub folder: &'a Path,
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
        } else {
            profile::menu(ui, commands);
        }
        others(ui, commands);
    });
}

/// The rest, at the right end; what has no room there is in a menu.
fn others(ui: &mut Ui, commands: &mut Vec<Command>) {
    let theme = if ui.visuals().dark_mode { "Light" } else { "Dark" };
    let buttons = [
        (
            "Calibrate",
            "Guided: taps, hovers and walks at cues, then the values that fit (Ctrl+K)",
            Command::Calibration(Do::Open),
        ),
        ("Symptoms", "The guide's symptoms, answered from what is open (Ctrl+G)", Command::Symptoms),
        ("Commands", "Everything that can be done (Ctrl+P)", Command::Palette),
        (theme, "Light or dark", Command::Theme),
        ("Help", "Keys and what they do (F1)", Command::Help),
    ];
    let room = ui.available_width();
    let width = |ui: &Ui, words: &str| {
        let font = egui::TextStyle::Button.resolve(ui.style());
        let text = ui.painter().layout_no_wrap(words.to_owned(), font, Color32::WHITE).size().x;
        text + 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x
    };
    let widths = buttons.each_ref().map(|(words, ..)| width(ui, words));
    let is_all = widths.iter().sum::<f32>() <= room;
    let mut left = room - width(ui, MORE);
    let fits = |wide: &&f32| {
        left -= **wide;
        left >= 0.0
    };
    let count = if is_all { buttons.len() } else { widths.iter().take_while(fits).count() };
    let (shown, folded) = buttons.split_at(count);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if !folded.is_empty() {
            ui.menu_button(MORE, |ui| {
                for (words, hint, command) in folded {
                    if ui.button(*words).on_hover_text(*hint).clicked() {
                        commands.push(command.clone());
                        ui.close();
                    }
                }
            });
        }
        for (words, hint, command) in shown.iter().rev() {
            if ui.button(*words).on_hover_text(*hint).clicked() {
                commands.push(command.clone());
            }
        }
    });
}

fn sources(ui: &mut Ui, session: &Session<'_>, commands: &mut Vec<Command>) {
    let title = match session.listening {
        Some(listening) => listening.title(),
        None => "Listen to\u{2026}".to_owned(),
    };
    ui.scope(|ui| {
        ui.set_max_width(SOURCE_WIDTH);
        let button = Button::new(title).truncate();
        egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
            ui.set_min_width(300.0);
            session.offers.iter().for_each(|offer| one(ui, session, offer, commands));
        });
    });
}

/// A source that can be listened to, or what is in the way.
fn one(ui: &mut Ui, session: &Session<'_>, offer: &Offer, commands: &mut Vec<Command>) {
    let enabled = offer.obstacle.is_none();
    ui.horizontal(|ui| {
        let response = ui.add_enabled(enabled, Button::new(offer.place.title()).frame(false));
        if response.clicked() {
            commands.push(Command::Listen(offer.place.clone()));
            ui.close();
        }
        if enabled && can_add(session, &offer.place) {
            let add = ui.small_button("hear it too");
            add.widget_info(|| {
                let words = format!("Hear {} too", offer.place.title());
                egui::WidgetInfo::labeled(egui::Role::Button, true, words)
            });
            if add.on_hover_text("Start again, with both on one clock").clicked() {
                commands.push(Command::ListenToo(offer.place.clone()));
                ui.close();
            }
        }
    });
    if let Some(obstacle) = &offer.obstacle {
        let remedy = obstacle.remedy.as_deref().unwrap_or_default();
        ui.indent("obstacle", |ui| {
            ui.weak(format!("{}: {remedy}", obstacle.what));
            if offer.is_held && endpoint::stop_and_listen(ui, &offer.place, commands) {
                ui.close();
            }
        });
    }
}

/// Whether a place can be listened to beside what is listened to; a recording is not cut for it.
fn can_add(session: &Session<'_>, place: &Place) -> bool {
    let is_free = |listening: &&Listening| listening.file.is_none() && !listening.places.contains(place);
    session.listening.filter(is_free).is_some()
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
        && ui
            .button("Record")
            .on_hover_text(format!(
                "Start again, written to a recording in {} (Ctrl+R)",
                session.folder.display()
            ))
            .clicked()
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
    for intent in [Intent::Tap, Intent::NoTap, Intent::Stay, Intent::Leave, Intent::Return] {
        let button =
            Button::new(intent_words(intent)).min_size(vec2(20.0, 0.0)).selected(open == Some(intent));
        let hint =
            format!("Mark: a segment \"{}\" begins now ({})", intent_words(intent), intent_key(intent));
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
