//! What tuning recommends for the open recording, why, and how sure that is.

use eframe::egui::{Button, Grid, RichText, Ui};

use crate::bench::{Deck, Jobs};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::tuning::Recommendation;

use super::command::Command;
use super::look::{Look, minus};
use super::state::State;

/// The recommendation.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    let segments = deck.decided.as_ref().map(|d| d.segments.as_slice()).unwrap_or_default();
    let has = |intent| segments.iter().any(|s| s.segment.intent == intent);
    let has_evidence = has(Intent::Tap) || has(Intent::NoTap);
    ui.horizontal(|ui| {
        ui.strong("Recommendation");
        if let Some(name) = jobs.running() {
            ui.spinner();
            ui.weak(name);
            if ui.small_button("Cancel").clicked() {
                jobs.cancel();
            }
        } else {
            let button = Button::new("Recommend");
            let hint = "Tries every window and threshold on this recording (Ctrl+T)";
            if ui.add_enabled(has_evidence, button).on_hover_text(hint).clicked() {
                commands.push(Command::Recommend);
            }
        }
    });
    if !has_evidence {
        ui.label(RichText::new("Needs segments marked \"tap\" and \"no tap\".").small().weak());
    }
    if let Some(recommendation) = &state.recommendation {
        shown(ui, state, recommendation, commands);
    }
}

fn shown(ui: &mut Ui, state: &State, recommendation: &Recommendation, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    if let Some(recommended) = &recommendation.recommended {
        Grid::new("recommended").num_columns(3).spacing([12.0, 2.0]).show(ui, |ui| {
            for (parameter, value) in recommended.iter() {
                let now = state.values.now().get(parameter);
                ui.label(RichText::new(parameter.key()).monospace());
                ui.strong(minus(value));
                ui.weak(match now {
                    Some(now) if now == value => "as it is".to_owned(),
                    Some(now) => format!("now {}", minus(now)),
                    None => "not set".to_owned(),
                });
                ui.end_row();
            }
        });
        if !recommendation.left_alone.is_empty() {
            let keys: Vec<_> = recommendation.left_alone.iter().map(|p| Parameter::key(*p)).collect();
            ui.label(RichText::new(format!("No evidence for {}.", keys.join(", "))).small().weak());
        }
        if ui.button("Use these values").clicked() {
            commands.push(Command::TakeRecommendation);
        }
    } else {
        ui.colored_label(look.bad, "Taps and non-taps cannot be separated here.");
    }
    ui.label(RichText::new(&recommendation.reason).small());
    for warning in &recommendation.warnings {
        ui.label(RichText::new(format!("Mind: {}", warning.text)).small().color(look.bad));
    }
}
