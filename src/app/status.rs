//! The foot: what is open, how much was heard and lost, where it is written, and the last problem
//! with what to do about it.

use eframe::egui::{self, RichText, Ui};

use crate::bench::{Deck, Listening, file_name, time};

use super::look::{self, Look};
use super::state::State;

/// What the rate of a session is taken over.
const LATELY_US: i64 = 2_000_000;

/// The status line.
pub fn show(ui: &mut Ui, state: &mut State, deck: Option<&Deck>, listening: Option<&Listening>, size: u64) {
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
        let file = file_name(&deck.trace.title);
        ui.label(RichText::new(file).strong()).on_hover_text(&deck.trace.title);
        ui.separator();
        ui.label(format!("{} samples in {}", deck.trace.samples(), time(deck.trace.last_t_us, 0)));
        ui.separator();
        ui.label(format!("{:.1}/s", rate_hz(deck))).on_hover_text(if deck.is_live {
            "Samples of all bands a second, over the last two seconds"
        } else {
            "Samples of all bands a second, over the whole recording"
        });
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
        if let Some((listening, path)) = listening.and_then(|l| Some((l, l.file.as_ref()?))) {
            ui.separator();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            ui.label(format!("{} written to {file}", look::size(listening.written())))
                .on_hover_text(path.to_string_lossy());
        } else if deck.path.is_some() {
            ui.separator();
            ui.label(look::size(size)).on_hover_text("The size of the file");
        }
        if deck.is_foreign() {
            ui.separator();
            ui.weak("not of a Nymi Band")
                .on_hover_text("Other transmitters or a simulation: no config is written from it");
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(said) = &state.said {
                ui.add(egui::Label::new(RichText::new(said).weak()).truncate()).on_hover_text(said);
            } else if let Some(note) = deck.trace.notes.first() {
                ui.add(egui::Label::new(RichText::new(note).weak()).truncate());
            }
        });
    });
}

/// Samples of all bands a second: of a session, lately.
fn rate_hz(deck: &Deck) -> f64 {
    let last_us = deck.trace.last_t_us;
    if !deck.is_live {
        return deck.trace.samples() as f64 * 1e6 / last_us.max(1) as f64;
    }
    let lately = deck.trace.series.iter().map(|s| s.t_us.len() - s.t_us.place_of(last_us - LATELY_US));
    lately.sum::<usize>() as f64 * 1e6 / LATELY_US.min(last_us.max(1)) as f64
}

/// What the header says of the dongle.
fn firmware(deck: &Deck) -> Option<String> {
    let source = deck.trace.header.keys.get("sources")?.as_array()?.first()?;
    let firmware = source.get("firmware")?.as_str()?;
    Some(format!("{} firmware {firmware}", source.get("kind")?.as_str()?))
}
