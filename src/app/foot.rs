//! The strip below the plot: one view at a time, chosen by its tab, closed by it too.

use eframe::egui::{Panel, Ui};

use crate::bench::Deck;

use super::command::Command;
use super::distribution;
use super::state::State;

/// A view of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foot {
    /// How often each strength was heard, by segment.
    Distribution,
}

impl Foot {
    /// All of them, in the order of their tabs.
    const ALL: [Self; 1] = [Self::Distribution];

    fn title(self) -> &'static str {
        match self {
            Self::Distribution => "Distribution by segment",
        }
    }
}

/// The tabs, and the open view above the rest of the window.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck, commands: &mut Vec<Command>) {
    if let Some(foot) = state.foot {
        Panel::bottom("foot").resizable(true).default_size(170.0).size_range(90.0..=360.0).show(ui, |ui| {
            tabs(ui, state, commands);
            match foot {
                Foot::Distribution => distribution::show(ui, state, deck),
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
