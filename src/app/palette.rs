//! Choosing a command by its name: the arrow keys choose, Enter does it, and what cannot be done now says
//! why.

use eframe::egui::{Button, Key, Modifiers, ScrollArea, TextEdit, Ui};

use crate::bench::Deck;

use super::calibrate::{self, Around};
use super::command::{Command, Do, entries, key_words};
use super::config;
use super::state::{Dialog, Page, State};

/// Something to choose.
struct Row {
    name: String,
    command: Command,
    key: Option<String>,
    /// Why it cannot be done now.
    obstacle: Option<&'static str>,
}

/// All commands, and all that can be listened to, to choose from; `has_list` where several recordings are open.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    around: &Around<'_>,
    has_list: bool,
    commands: &mut Vec<Command>,
) {
    let Dialog::Palette(palette) = &state.dialog else { return };
    let mut palette = palette.clone();
    ui.set_width(460.0);
    // Before the text field takes them.
    let (up, down) = ui.input_mut(|i| {
        let mut count = |key| i.count_and_consume_key(Modifiers::NONE, key);
        (count(Key::ArrowUp), count(Key::ArrowDown))
    });
    let edit = TextEdit::singleline(&mut palette.typed).desired_width(f32::INFINITY).hint_text("what to do");
    let edit = ui.add(edit);
    if edit.changed() {
        palette.at = 0;
    }
    let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if palette.typed.is_empty() || is_entered {
        edit.request_focus();
    }
    let rows = rows(state, around, has_list, &palette.typed.to_lowercase());
    let can: Vec<_> = rows.iter().filter(|row| row.obstacle.is_none()).collect();
    palette.at = (palette.at + down).saturating_sub(up).min(can.len().saturating_sub(1));
    let selected = can.get(palette.at).map(|row| &row.command);
    let mut chosen = selected.filter(|_| is_entered);
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for row in &rows {
            let is_selected = row.obstacle.is_none() && selected == Some(&row.command);
            ui.horizontal(|ui| {
                let button = Button::new(&row.name).selected(is_selected);
                let response = ui.add_enabled(row.obstacle.is_none(), button);
                if is_selected && up + down > 0 {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    chosen = Some(&row.command);
                }
                if let Some(words) = row.obstacle.or(row.key.as_deref()) {
                    ui.weak(words);
                }
            });
        }
        if rows.is_empty() {
            ui.weak("Nothing is called that.");
        }
    });
    if let Some(command) = chosen {
        commands.push(command.clone());
        state.dialog = Dialog::None;
    } else {
        state.dialog = Dialog::Palette(palette);
    }
}

/// Those whose name contains what was typed.
fn rows(state: &State, around: &Around<'_>, has_list: bool, wanted: &str) -> Vec<Row> {
    let always = entries().into_iter().map(|entry| Row {
        name: entry.name.to_owned(),
        key: entry.key.as_ref().map(key_words),
        obstacle: obstacle(&entry.command, state, around, has_list),
        command: entry.command,
    });
    let sources = around.offers.iter().filter(|offer| offer.obstacle.is_none()).map(|offer| Row {
        name: format!("Listen to {}", offer.place.title()),
        command: Command::Listen(offer.place.clone()),
        key: None,
        obstacle: None,
    });
    always.chain(sources).filter(|row| row.name.to_lowercase().contains(wanted)).collect()
}

/// Why a command would do nothing now.
fn obstacle(command: &Command, state: &State, around: &Around<'_>, has_list: bool) -> Option<&'static str> {
    const SILENT: &str = "nothing is listened to";
    const NOTHING: &str = "nothing is open";
    const NOT_PLAYED: &str = "no recording is shown";
    if calibrate::disturbs(command, around.listening) {
        return Some("the calibration does this itself");
    }
    let played = around.deck.filter(|deck| !deck.is_live);
    let edited = played.is_some_and(|deck| deck.path.is_some());
    let (is_heard, is_open) = (around.listening.is_some(), around.deck.is_some());
    let is_foreign = config::foreign(state, around.deck.is_some_and(Deck::is_foreign)).is_some();
    let is_meant = state.editing.chosen.is_some() || state.editing.new_us.is_some();
    let (can, why) = match command {
        Command::NextRecording | Command::RecordingBefore => (has_list, "no other recording is open"),
        Command::BorrowDongle => {
            (around.offers.iter().any(|offer| offer.is_held), "no dongle is held by another program")
        }
        Command::Record if !is_heard => (false, SILENT),
        Command::Record => {
            (around.listening.is_some_and(|listening| listening.file.is_none()), "it is recorded already")
        }
        Command::TakeAsOne if is_heard => {
            (state.filter.is_of_what_they_say(), "filter the bands by name, service or manufacturer first")
        }
        Command::Saw(_) => (is_heard || state.calibrate.confirming.is_some(), SILENT),
        Command::Stop | Command::FindBand | Command::EndSegment | Command::TakeAsOne => (is_heard, SILENT),
        Command::Begin(_) => (is_heard || edited && is_meant, "nothing is listened to, no segment is chosen"),
        Command::AddSegment | Command::AskSave => (edited, NOT_PLAYED),
        Command::DeleteSegment => (edited && state.editing.chosen.is_some(), "no segment is chosen"),
        Command::PlayPause
        | Command::SampleBefore
        | Command::SampleAfter
        | Command::EventBefore
        | Command::EventAfter
        | Command::Loop
        | Command::ShowAll => (played.is_some(), NOT_PLAYED),
        Command::Follow | Command::FitAll | Command::Recommend | Command::Symptoms => (is_open, NOTHING),
        Command::Undo => (state.values.can_undo(), "nothing was changed"),
        Command::Redo => (state.values.can_redo(), "nothing was taken back"),
        Command::SwapB | Command::DropB => (state.values.b().is_some(), "no values are kept as B"),
        Command::TakeRecommendation => (state.recommended().is_some(), "nothing is recommended yet"),
        Command::WriteConfig if is_foreign => (false, "the values or the recording are not of a Nymi Band"),
        Command::WriteConfig => (state.config.plan.is_some(), "nothing was compared yet"),
        Command::CopyIgel => (!is_foreign, "the values or the recording are not of a Nymi Band"),
        Command::MarkNfcTaps => {
            (played.is_some_and(|deck| !deck.trace.nfc.is_empty()), "no tap on an NFC reader is shown")
        }
        Command::CopyReport => (state.calibrate.report.is_some(), "no report was written"),
        Command::Calibration(act) => of_calibration(act, state, around),
        _ => (true, ""),
    };
    (!can).then_some(why)
}

/// Whether something in the calibration can be done, and why not.
fn of_calibration(act: &Do, state: &State, around: &Around<'_>) -> (bool, &'static str) {
    let calibrate = &state.calibrate;
    let is_guided = around.listening.is_some_and(|listening| listening.guidance.is_some());
    let is_confirming = calibrate.page == Page::Confirm && calibrate.confirming.is_some();
    match act {
        Do::Begin => {
            let is_ready = calibrate.is_open
                && calibrate.page == Page::Setup
                && calibrate::setup(state, around)
                    .is_some_and(|setup| setup.wishes.band_authenticated.is_some());
            (is_ready, "its first page is not filled in")
        }
        Do::Confirm | Do::Report => (calibrate.advice.is_some(), "no calibration has come to its end"),
        Do::Leave => (calibrate.is_open, "the plot is shown already"),
        Do::GoOn | Do::Again => (is_guided || is_confirming, "no step is under way"),
        Do::Skip | Do::Cue => (is_guided, "no step is under way"),
        _ => (true, ""),
    }
}
