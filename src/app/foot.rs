//! The strip below the plot: one view at a time, chosen by its tab, closed by it too.

use eframe::egui::{Panel, Ui};

use crate::bench::{Deck, Jobs};

use super::command::{Command, Foot};
use super::distribution;
use super::nfc;
use super::state::State;

/// The tabs, and the open view above the rest of the window.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck, jobs: &Jobs, commands: &mut Vec<Command>) {
    if let Some(foot) = state.foot {
        Panel::bottom("foot").resizable(true).default_size(170.0).size_range(90.0..=360.0).show(ui, |ui| {
            tabs(ui, state, commands);
            match foot {
                Foot::Distribution => distribution::show(ui, state, deck),
                Foot::Nfc => nfc::show(ui, state, deck, jobs, commands),
            }
        });
    } else {
        Panel::bottom("foot tabs").resizable(false).show(ui, |ui| tabs(ui, state, commands));
    }
}

fn tabs(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for foot in Foot::ALL {
            let is_open = state.foot == Some(foot);
            let hint = if is_open { "Close this view" } else { "Show this below the plot" };
            if ui.selectable_label(is_open, foot.title()).on_hover_text(hint).clicked() {
                commands.push(Command::Foot(foot));
            }
        }
    });
}
