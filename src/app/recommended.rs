//! What tuning recommends for the open recording, why, and how sure that is.

use eframe::egui::{Align, Button, Grid, RichText, TextStyle, Ui};

use crate::bench::{Deck, Jobs};
use crate::calibration::{Outcome as Advice, in_use};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::whole_milliseconds;

use super::command::Command;
use super::heat_map;
use super::look::{Look, minus, minus_numbers};
use super::state::State;

/// The recommendation.
pub fn show(ui: &mut Ui, state: &mut State, deck: &Deck, jobs: &Jobs, commands: &mut Vec<Command>) {
    let segments = deck.decided.as_ref().map(|d| d.segments.as_slice()).unwrap_or_default();
    let has = |intent| segments.iter().any(|s| s.segment.intent == intent);
    let has_evidence = has(Intent::Tap) || has(Intent::NoTap);
    let head = ui.horizontal(|ui| {
        ui.strong("Recommendation");
        let button = Button::new("Recommend");
        let hint = "Tries every window and threshold on this recording (Ctrl+T)";
        let can = has_evidence && jobs.running().is_none();
        if ui.add_enabled(can, button).on_hover_text(hint).clicked() {
            commands.push(Command::Recommend);
        }
    });
    if std::mem::take(&mut state.reveals_advice) {
        head.response.scroll_to_me(Some(Align::TOP));
    }
    if !has_evidence {
        ui.label(RichText::new("Needs segments marked \"tap\" and \"no tap\".").small().weak());
    }
    if let Some(advice) = &state.recommendation {
        let can_be_used = advice.recommendation.recommended.is_some();
        shown(ui, state, advice, TextStyle::Small);
        if can_be_used && ui.button("Use these values").clicked() {
            commands.push(Command::TakeRecommendation);
        }
        if let Some(map) = &advice.trade_off {
            heat_map::show(ui, map, advice.best, in_use(&state.values.now()), 230.0);
        }
    }
}

/// The values, why, and how sure that is.
pub fn shown(ui: &mut Ui, state: &State, advice: &Advice, text: TextStyle) {
    let look = Look::of(ui);
    let recommendation = &advice.recommendation;
    if let Some(recommended) = &recommendation.recommended {
        Grid::new("recommended").num_columns(3).spacing([12.0, 2.0]).show(ui, |ui| {
            for (parameter, value) in recommended.iter() {
                let now = state.values.now().get(parameter);
                ui.label(RichText::new(parameter.key()).monospace());
                ui.strong(minus(value));
                ui.weak(match now {
                    Some(now) if now == value => "in use".to_owned(),
                    Some(now) => format!("now {}", minus(now)),
                    None => "not set".to_owned(),
                });
                ui.end_row();
            }
        });
        if !recommendation.left_alone.is_empty() {
            let keys: Vec<_> = recommendation.left_alone.iter().map(|p| Parameter::key(*p)).collect();
            ui.label(
                RichText::new(format!("No evidence for {}.", keys.join(", ")))
                    .text_style(text.clone())
                    .weak(),
            );
        }
    } else {
        ui.colored_label(look.bad, "Taps and non-taps cannot be separated here.");
    }
    ui.label(RichText::new(minus_numbers(&recommendation.reason)).text_style(text.clone()));
    for words in margins(advice).into_iter().chain(advice.confidence.iter().cloned()) {
        ui.label(RichText::new(words).text_style(text.clone()));
    }
    for warning in &recommendation.warnings {
        ui.label(
            RichText::new(format!("Mind: {}", minus_numbers(&warning.text)))
                .text_style(text.clone())
                .color(look.bad),
        );
    }
}

/// How far the nearest errors are, and how long a tap takes.
fn margins(advice: &Advice) -> Vec<String> {
    let mut words = Vec::new();
    let dbm = |mean: crate::engine::Mean| minus(format!("{:.1} dBm", mean.as_dbm()));
    let Some(best) = advice.best else { return words };
    let sides: Vec<_> = [
        (advice.margins.weakest_tap, "weakest tap's best mean"),
        (advice.margins.strongest_no_tap, "strongest hover's mean"),
    ]
    .into_iter()
    .filter_map(|(mean, name)| Some(format!("{name} {}", dbm(mean?))))
    .collect();
    if let Some(margin) = advice.margins.margin {
        let threshold = minus(best.threshold_dbm);
        let margin = match margin.sum {
            // Below 0, the means lie on the wrong side, whether an error follows from that or not.
            ..0 => "No margin".to_owned(),
            _ => format!("Margin {:.1} dB", margin.as_dbm()),
        };
        words.push(format!("{margin} at {threshold} dBm: {}.", sides.join(", ")));
    }
    if let Some(us) = advice.latency_us {
        let [p50, p90, p99] = us.map(whole_milliseconds);
        words.push(format!("Tap latency p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, from the cue on."));
    }
    words
}
