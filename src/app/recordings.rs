//! The recordings that are open together: each with its verdict under the values in use, and all
//! of them in one line.

use std::sync::Arc;

use eframe::egui::{FontId, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::bench::{Collection, Deck, Item, Judged, file_name, total};
use crate::replay::Summary;

use super::command::Command;
use super::elide::elided;
use super::look::Look;
use super::state::State;
use super::symbols;

/// How high one recording is, in points.
const ROW: f32 = 34.0;

/// The pane, where more than one recording is open.
pub fn show(
    ui: &mut Ui,
    state: &State,
    collection: &Collection,
    deck: Option<&Deck>,
    commands: &mut Vec<Command>,
) {
    let items = collection.items();
    if items.len() < 2 {
        return;
    }
    let look = Look::of(ui);
    let shown = deck.map(|deck| deck.trace.title.as_str());
    let summary = deck.and_then(|deck| deck.decided.as_ref()).map(|decided| &decided.summary);
    ui.horizontal(|ui| {
        ui.strong("Recordings");
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let hint = "Take the one that is shown off the list";
            if let Some(path) = shown
                && ui.small_button("Close").on_hover_text(hint).clicked()
            {
                commands.push(Command::CloseRecording(path.to_owned()));
            }
            if let Some((done, all)) = collection.progress() {
                if ui.small_button("Cancel").on_hover_text("Judge no further").clicked() {
                    commands.push(Command::CancelJudging);
                }
                ui.weak(format!("{done} of {all}"));
            }
        });
    });
    let all = total(&items, shown.zip(summary));
    let unread = items.iter().filter(|item| matches!(item.judged, Judged::Failed(_))).count();
    ui.label(format!("All {}: {}", items.len() - unread, counts(&all)));
    if unread > 0 {
        let words = if unread == 1 { "is not counted" } else { "are not counted" };
        ui.colored_label(look.bad, format!("{unread} cannot be read, and {words}."));
    }
    let cursor = state.cursor.as_ref().map(|cursor| cursor.path.as_str());
    let height = (ui.available_height() * 0.45).max(3.0 * ROW);
    ScrollArea::vertical().id_salt("recordings").max_height(height).show_rows(
        ui,
        ROW,
        items.len(),
        |ui, range| {
            for item in items.get(range).unwrap_or_default() {
                let is_shown = shown == Some(item.path.as_str());
                let own = summary.filter(|_| is_shown);
                let row = Row { item, own, is_shown, is_marked: cursor == Some(item.path.as_str()) };
                one(ui, &row, collection.is_old(item), &look, commands);
            }
        },
    );
    ui.separator();
}

struct Row<'a> {
    item: &'a Arc<Item>,
    /// The bench's own counts, where it is the one that is shown.
    own: Option<&'a Summary>,
    is_shown: bool,
    /// Whether it was asked for last, though it may not be readable.
    is_marked: bool,
}

fn one(ui: &mut Ui, row: &Row<'_>, is_old: bool, look: &Look, commands: &mut Vec<Command>) {
    let Row { item, own, is_shown, is_marked } = *row;
    let file = file_name(&item.path);
    let name = file.split(".rssi.jsonl").next().unwrap_or(file);
    let summary = own.or(match &item.judged {
        Judged::Done(judgement) => Some(&judgement.summary),
        _ => None,
    });
    let (words, holds) = match (&item.judged, summary) {
        (Judged::Failed(_), None) => ("cannot be read".to_owned(), Some(false)),
        (_, None) => ("not judged yet".to_owned(), None),
        (_, Some(summary)) => (words(summary, true), holds(summary)),
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW - ui.spacing().item_spacing.y), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_shown, format!("{name}: {words}")));
    if response.clicked() && !is_shown {
        commands.push(Command::ShowRecording(item.path.clone()));
    }
    let painter = ui.painter();
    if is_marked && !is_shown {
        let line = Stroke::new(1.0, look.faint);
        painter.rect_stroke(rect, 4.0, line, StrokeKind::Inside);
    }
    if is_shown {
        painter.rect_filled(rect, 4.0, ui.visuals().selection.bg_fill.gamma_multiply(0.35));
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 4.0, look.ink.gamma_multiply(0.08));
    }
    let strength = if is_old && own.is_none() { 0.5 } else { 1.0 };
    let at = pos2(rect.left() + 10.0, rect.top() + 9.0);
    match holds {
        Some(true) => symbols::check(painter, at, 9.0, look.good.gamma_multiply(strength)),
        Some(false) => symbols::cross(painter, at, 9.0, look.bad.gamma_multiply(strength)),
        None => {}
    }
    let left = rect.left() + 21.0;
    let width = rect.right() - 4.0 - left;
    elided(painter, pos2(left, rect.top() + 1.0), width, name, FontId::proportional(13.0), look.ink);
    let faint = look.faint.gamma_multiply(strength);
    elided(painter, pos2(left, rect.top() + 16.0), width, &words, FontId::proportional(11.0), faint);
    response.on_hover_ui(|ui| {
        ui.label(&item.path);
        match &item.judged {
            Judged::Waiting => {}
            Judged::Failed(problem) => {
                ui.label(format!("{}.", problem.what));
                if let Some(remedy) = &problem.remedy {
                    ui.label(format!("What to do: {remedy}."));
                }
            }
            Judged::Done(judgement) if own.is_none() => {
                judgement.reasons.iter().for_each(|reason| _ = ui.small(reason));
                let others = judgement.failed.saturating_sub(judgement.reasons.len());
                if others > 0 {
                    ui.small(format!("and {others} more"));
                }
            }
            Judged::Done(_) => {}
        }
    });
}

/// Whether every demand held; `None` where there was none.
fn holds(summary: &Summary) -> Option<bool> {
    let demands = summary.proximity.iter().map(|demand| demand.count).sum::<u64>();
    let failed = summary.proximity.iter().map(|demand| demand.failed).sum::<u64>();
    let is_labelled = summary.tap_count + summary.no_tap_count + demands > 0;
    is_labelled.then_some(summary.missed + summary.double + summary.false_taps + failed == 0)
}

/// Hits, false taps and what failed, in a few words.
pub fn counts(summary: &Summary) -> String {
    words(summary, false)
}

/// The same; a short one says beside the hits only what did not hold.
fn words(summary: &Summary, is_short: bool) -> String {
    let mut words = Vec::new();
    if summary.tap_count > 0 {
        words.push(format!("{} of {} hit", summary.hit, summary.tap_count));
    }
    let is_short = is_short && !words.is_empty();
    if summary.double > 0 {
        words.push(format!("{} double", summary.double));
    }
    if summary.no_tap_count > 0 && (summary.false_taps > 0 || !is_short) {
        words.push(format!("{} false", summary.false_taps));
    }
    let (count, failed) = summary.proximity.iter().fold((0, 0), |(c, f), d| (c + d.count, f + d.failed));
    if count > 0 && (failed > 0 || !is_short) {
        let names = ["stay", "leave", "return"].into_iter().zip(&summary.proximity);
        let names: Vec<_> = names.filter(|(_, demand)| demand.count > 0).map(|(name, _)| name).collect();
        words.push(format!("{failed} of {count} {} failed", names.join("/")));
    }
    if words.is_empty() { "no labels".to_owned() } else { words.join(", ") }
}
