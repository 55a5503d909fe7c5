//! The symptoms of the vendor's guide as questions, answered from what is open.

use eframe::egui::{RichText, ScrollArea, Ui};

use crate::bench::Jobs;
use crate::symptoms::Finding;

use super::look::{Look, minus_numbers};
use super::state::State;
use super::working;

/// Pieces of evidence that are shown of one answer.
const SHOWN: usize = 4;

/// The dialog.
pub fn show(ui: &mut Ui, state: &State, jobs: &mut Jobs) {
    ui.set_width(600.0);
    if !working::job(ui, jobs) && state.answers.is_empty() {
        ui.label("Open a recording first, or listen to a source and mark what you do.");
    }
    let are_several = state.answered_from > 1;
    if are_several {
        ui.weak(format!("From the {} recordings that are open.", state.answered_from));
    }
    let look = Look::of(ui);
    let height = (ui.ctx().content_rect().height() - 230.0).clamp(120.0, 480.0);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        for (symptom, answer) in &state.answers {
            let (word, color) = match answer.finding {
                Finding::Shown => ("Yes", look.bad),
                Finding::NotShown => ("No", look.good),
                Finding::Unanswerable => ("Cannot be told", look.faint),
            };
            ui.strong(symptom.question()).on_hover_text(symptom.chapter());
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(format!("{word}.")).strong().color(color));
                ui.label(minus_numbers(&answer.text));
            });
            for evidence in answer.evidence.iter().take(SHOWN) {
                let file = if are_several { format!("{}, ", evidence.recording) } else { String::new() };
                let segment = evidence.segment.map_or(String::new(), |id| format!("segment {id}: "));
                let text = minus_numbers(&evidence.text);
                ui.label(RichText::new(format!("{file}{segment}{text}")).small());
            }
            if answer.evidence.len() > SHOWN {
                ui.label(RichText::new(format!("and {} more", answer.evidence.len() - SHOWN)).small());
            }
            if let Some(remedy) = &answer.remedy {
                ui.label(format!("What to do: {}", minus_numbers(remedy)));
            }
            ui.add_space(8.0);
        }
    });
}
