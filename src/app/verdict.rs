//! What the values mean for the open recording: hits, misses, false taps and latency, beside B.

use eframe::egui::{Grid, RichText, Ui};

use crate::bench::{Deck, time_like};
use crate::engine::Rules;
use crate::recording::Intent;
use crate::replay::{JudgedSegment, Summary, Verdict, whole_milliseconds};

use super::command::Command;
use super::look::{Look, intent_words, minus_numbers};
use super::state::State;
use super::symbols;

/// Segments that did not hold and are listed.
const LISTED: usize = 6;

/// The verdict.
pub fn show(ui: &mut Ui, state: &State, deck: &Deck, is_stale: bool, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    ui.horizontal(|ui| {
        ui.strong("Verdict");
        if state.transport.head_us().is_some() {
            ui.weak("of the whole recording");
        }
        if is_stale {
            ui.spinner();
            ui.weak("deciding anew");
        }
    });
    let Some(decided) = &deck.decided else {
        let words = deck.missing.as_deref().unwrap_or("not decided yet");
        ui.colored_label(look.bad, words);
        return;
    };
    if is_stale {
        ui.multiply_opacity(0.5);
    }
    let a = &decided.summary;
    let b = state.values.b().and(deck.compared.as_ref()).map(|compared| &compared.summary);
    Grid::new("verdict").num_columns(3).spacing([14.0, 2.0]).min_row_height(16.0).show(ui, |ui| {
        if b.is_some() {
            ui.label("");
            ui.strong("A, now");
            ui.strong("B");
            ui.end_row();
        }
        for (name, words) in ROWS {
            if !applies(name, a) {
                continue;
            }
            ui.label(name);
            cell(ui, words(a), &look);
            if let Some(b) = b {
                cell(ui, words(b), &look);
            }
            ui.end_row();
        }
    });
    failures(ui, deck, &look, commands);
}

/// Words, and whether they are good where that can be said.
type Cell = (String, Option<bool>);

/// A count: its name, and what it says.
type Count = (&'static str, fn(&Summary) -> Cell);

const ROWS: [Count; 10] = [
    ("taps hit", |s| (format!("{} of {}", s.hit, s.tap_count), Some(s.hit == s.tap_count))),
    ("missed", |s| (s.missed.to_string(), Some(s.missed == 0))),
    ("double", |s| (s.double.to_string(), Some(s.double == 0))),
    ("false taps", |s| (format!("{} in {}", s.false_taps, s.no_tap_count), Some(s.false_taps == 0))),
    ("latency p50", |s| (latency(s, 50), None)),
    ("latency p90", |s| (latency(s, 90), None)),
    ("stay held", |s| demand(s, 0)),
    ("leave held", |s| demand(s, 1)),
    ("return held", |s| demand(s, 2)),
    ("taps elsewhere", |s| (s.unlabelled_taps.to_string(), None)),
];

fn applies(name: &str, summary: &Summary) -> bool {
    let has_demand = |at: usize| summary.proximity.get(at).is_some_and(|demand| demand.count > 0);
    match name {
        "taps hit" | "missed" | "double" | "latency p50" | "latency p90" => summary.tap_count > 0,
        "false taps" => summary.no_tap_count > 0,
        "stay held" => has_demand(0),
        "leave held" => has_demand(1),
        "return held" => has_demand(2),
        _ => true,
    }
}

fn latency(summary: &Summary, percent: u64) -> String {
    let at = summary.latencies.percentiles([percent]);
    at.map_or("none".to_owned(), |[us]| format!("{} ms", whole_milliseconds(us)))
}

fn demand(summary: &Summary, at: usize) -> Cell {
    let demand = summary.proximity.get(at).copied().unwrap_or_default();
    if demand.not_judged > 0 {
        return ("not judged".to_owned(), None);
    }
    (format!("{} of {}", demand.count - demand.failed, demand.count), Some(demand.failed == 0))
}

fn cell(ui: &mut Ui, (words, holds): Cell, look: &Look) {
    ui.horizontal(|ui| {
        if let Some(holds) = holds {
            symbols::verdict(ui, holds, if holds { look.good } else { look.bad });
        }
        ui.label(words);
    });
}

fn failures(ui: &mut Ui, deck: &Deck, look: &Look, commands: &mut Vec<Command>) {
    let Some(decided) = &deck.decided else { return };
    let failed: Vec<_> =
        decided.segments.iter().filter(|s| s.judged && s.verdict() != Verdict::Held).collect();
    let has_labels = decided.segments.iter().any(|s| s.segment.intent != Intent::Note);
    if !has_labels && !deck.is_live {
        ui.label(RichText::new("No segment says what was meant: mark taps and hovers while recording, or drag on the strip below the plot.").small().weak());
    }
    for segment in failed.iter().take(LISTED) {
        let words = failure(deck, &decided.rules, segment);
        let link = ui.link(RichText::new(words).small().color(look.bad)).on_hover_text("Show it in the plot");
        if link.clicked() {
            let end_us = segment.end_us.unwrap_or(deck.trace.last_t_us);
            commands.push(Command::Show(segment.segment.begin_us, end_us));
        }
    }
    if failed.len() > LISTED {
        ui.label(RichText::new(format!("and {} more", failed.len() - LISTED)).small());
    }
}

/// What was meant, when, and why it did not hold. The time finds it on the strip: segments of all
/// intents are numbered through, so a number would say neither which of the taps it is nor where.
fn failure(deck: &Deck, rules: &Rules, segment: &JudgedSegment) -> String {
    let why = segment.explain(rules).unwrap_or_default();
    // "No tap" is what another intent is called here.
    let why = why.strip_prefix("no tap: ").map_or(why.clone(), |why| format!("did not tap: {why}"));
    let begin = time_like(segment.segment.begin_us, deck.trace.last_t_us, 0);
    format!("{} at {begin}: {}", intent_words(segment.segment.intent), minus_numbers(&why))
}
