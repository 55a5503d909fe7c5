//! The foot: what is open, how much was heard and lost, where it is written, and the last problem
//! with what to do about it.

use eframe::egui::{self, RichText, Ui};

use crate::bench::{Deck, Listening};

use super::look::Look;
use super::state::State;

/// The status line.
pub fn show(ui: &mut Ui, state: &mut State, deck: Option<&Deck>, listening: Option<&Listening>) {
    let look = Look::of(ui);
    if let Some(problem) = &state.problem {
        let mut is_read = false;
        ui.horizontal_wrapped(|ui| {
            is_read = ui.small_button("Dismiss").clicked();
            ui.colored_label(look.bad, format!("{}.", problem.what));
            if let Some(remedy) = &problem.remedy {
                ui.label(format!("What to do: {remedy}."));
            }
        });
        if is_read {
            state.problem = None;
        }
    }
    ui.horizontal(|ui| {
        let Some(deck) = deck else {
            ui.weak("Nothing is open.");
            return;
        };
        let file = deck.trace.title.rsplit(['/', '\\']).next().unwrap_or_default();
        ui.label(RichText::new(file).strong()).on_hover_text(&deck.trace.title);
        ui.separator();
        let seconds = deck.trace.last_t_us as f64 / 1e6;
        ui.label(format!("{} samples in {seconds:.0} s", deck.trace.samples()));
        if deck.trace.dropped > 0 {
            ui.separator();
            ui.colored_label(look.bad, format!("{} dropped", deck.trace.dropped));
        }
        if deck.trace.not_shown > 0 {
            ui.separator();
            ui.colored_label(look.bad, format!("{} rows not shown", deck.trace.not_shown)).on_hover_text(
                "They came while the window stood still, or there was no room for them. A recording has them: open it to see all.",
            );
        }
        if let Some(firmware) = firmware(deck) {
            ui.separator();
            ui.label(firmware);
        }
        if let Some(path) = listening.and_then(|l| l.file.as_ref()) {
            ui.separator();
            ui.label(format!("written to {}", path.display()));
        }
        if deck.trace.header.not_a_nymi_band {
            ui.separator();
            ui.weak("not of a Nymi Band")
                .on_hover_text("Other transmitters or a simulation: no config is written from it");
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(said) = &state.said {
                ui.weak(said);
            } else if let Some(note) = deck.trace.notes.first() {
                ui.add(egui::Label::new(RichText::new(note).weak()).truncate());
            }
        });
    });
}

/// What the header says of the dongle.
fn firmware(deck: &Deck) -> Option<String> {
    let source = deck.trace.header.keys.get("sources")?.as_array()?.first()?;
    let firmware = source.get("firmware")?.as_str()?;
    Some(format!("{} firmware {firmware}", source.get("kind")?.as_str()?))
}
