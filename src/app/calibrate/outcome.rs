//! What a calibration recommends, drawn with what it trades off, and what to do next.

use eframe::egui::{Button, Id, RichText, TextStyle, Ui, vec2};

use crate::bench::{Deck, Jobs};
use crate::calibration::{Outcome as Advice, in_use};

use super::super::command::{Command, Do};
use super::super::look::Look;
use super::super::state::State;
use super::super::{heat_map, recommended, symbols};
use super::{Around, heading, reader};

/// The page.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    around: &Around<'_>,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    heading(ui, "What this calibration recommends", 22.0, Some(("Calibrate again", Do::Anew)), commands);
    ui.add_space(6.0);
    let Some(advice) = &state.calibrate.advice else {
        ui.horizontal(|ui| {
            if let Some(name) = jobs.running() {
                ui.spinner();
                ui.label(name);
            } else {
                ui.label("It could not be computed; the status line below says why.");
            }
        });
        return;
    };
    let width = ui.available_width();
    ui.horizontal_top(|ui| {
        let left = (width * 0.46).min(520.0);
        ui.vertical(|ui| {
            ui.set_width(left);
            said(ui, state, advice);
        });
        ui.add_space(14.0);
        ui.vertical(|ui| {
            ui.set_width((width - left - 30.0).max(200.0));
            ui.strong("What other numbers would do");
            if let Some(map) = &advice.trade_off {
                heat_map::show(ui, map, advice.best, in_use(&state.values.now()), 330.0);
            } else {
                ui.weak("There is nothing to compare: it takes taps and hovers.");
            }
            if let Some(taps) = &advice.reader {
                ui.add_space(10.0);
                reader::outcome(ui, taps, commands);
            }
        });
    });
    ui.add_space(14.0);
    next(ui, state, around, jobs, commands);
}

fn said(ui: &mut Ui, state: &State, advice: &Advice) {
    let look = Look::of(ui);
    ui.horizontal_wrapped(|ui| {
        let holds = advice.separable();
        symbols::verdict(ui, holds, if holds { look.good } else { look.bad });
        let words = match (holds, &advice.recommendation.tap) {
            (true, _) => "Taps and hovers can be told apart here without an error.",
            (false, Some(_)) => "Taps and hovers cannot be separated here.",
            (false, None) => "Nothing can be said of taps: there are no taps or no hovers.",
        };
        ui.label(RichText::new(words).size(15.0).strong());
    });
    recommended::shown(ui, state, advice, TextStyle::Body);
}

fn next(ui: &mut Ui, state: &State, around: &Around<'_>, jobs: &Jobs, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    ui.separator();
    ui.strong("What to do next");
    let is_foreign = around.deck.is_some_and(Deck::is_foreign);
    let recommended = state.calibrate.advice.as_ref().and_then(|advice| advice.recommendation.recommended);
    let now = state.values.now();
    let take = ("Use the recommended values", "Use these values", Command::TakeRecommendation);
    let write = ("Write nbe.toml, or copy the IGEL table", "nbe.toml and IGEL\u{2026}", Command::ShowConfig);
    let confirm = (
        "Restart the Endpoint, then confirm: ten taps and three hovers with NBE running",
        "Confirm with NBE\u{2026}",
        Command::Calibration(Do::Confirm),
    );
    let report = ("The sign-off report, one HTML file", "Write the report", Command::Calibration(Do::Report));
    let again = "Move the adapter, or the place where taps are wanted, and calibrate again";
    let again = (again, "Calibrate again", Command::Calibration(Do::Anew));
    let steps = match &recommended {
        Some(_) => vec![take, write, confirm, report],
        None => vec![again, report],
    };
    let is_taken = recommended.is_none_or(|set| now.overlaid(&set) == now);
    eframe::egui::Grid::new("next").num_columns(2).spacing([16.0, 6.0]).show(ui, |ui| {
        for (at, (words, button, command)) in steps.into_iter().enumerate() {
            ui.label(format!("{}  {words}", at + 1));
            let is_done = command == Command::TakeRecommendation && is_taken;
            let can = jobs.running().is_none() && !is_done;
            let button = Button::new(if is_done { "In use" } else { button }).min_size(vec2(150.0, 26.0));
            if ui.add_enabled(can, button).clicked() {
                commands.push(command);
            }
            ui.end_row();
        }
    });
    if !is_taken {
        ui.colored_label(
            look.bad,
            "The values in use are not the recommended ones. What is written, confirmed and reported are those in use.",
        );
    }
    if is_foreign {
        ui.colored_label(look.bad, "This was not done with a Nymi Band, so no nbe.toml is written from it.");
    }
    self::report(ui, state, jobs, commands);
}

/// Where the report is, or that it is being written.
pub fn report(ui: &mut Ui, state: &State, jobs: &Jobs, commands: &mut Vec<Command>) {
    if let Some(name) = jobs.running() {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.weak(name);
        });
    }
    let id = Id::unique("report in sight");
    let seen = ui
        .data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(id), state.calibrate.report.clone()));
    if let Some(path) = &state.calibrate.report {
        let line = ui.horizontal_wrapped(|ui| {
            ui.label(format!("The report is written: {}", path.display()));
            if ui.small_button("Copy its path").clicked() {
                commands.push(Command::CopyReport);
            }
        });
        // It may stand below what is shown: it comes into sight once, and can be scrolled away.
        if seen.as_ref() != Some(path) {
            line.response.scroll_to_me(None);
        }
    }
}
