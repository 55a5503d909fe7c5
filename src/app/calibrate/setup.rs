//! Before the first step: source, band, terminal and places, and how long all of it takes.

use eframe::egui::{Button, Checkbox, ComboBox, DragValue, Grid, RichText, TextEdit, Ui, vec2};

use crate::bench::{Jobs, Mishap, Place, Rehearsal};
use crate::calibration::{Plan, Setup, Wishes, rate_hz};
use crate::engine::parameters::Dongle;
use crate::tuning::still_allowed_95;

use super::super::command::{Command, Do};
use super::super::endpoint;
use super::super::look::Look;
use super::super::state::{State, Terminal};
use super::{Around, heading, reader, words};

/// What the rate is taken over, in µs.
const RATE_OVER_US: i64 = 30_000_000;

/// The page.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    around: &Around<'_>,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    heading(ui, "Calibrate this terminal", 24.0, None, commands);
    ui.weak("Taps, hovers and walks at cues; then the values that fit this terminal, and how sure they are.");
    broken_off(ui, state, around, jobs, commands);
    if let Some(path) = state.calibrate.finished.clone().filter(|_| jobs.running().is_none()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ui.link("Show the result of the last calibration again").on_hover_text(name).clicked() {
            commands.push(Command::Calibration(Do::Reopen(path)));
        }
    }
    section(ui, "1  Source", |ui| source(ui, state, around, commands));
    section(ui, "2  Band", |ui| band(ui, state, around, commands));
    section(ui, "3  Terminal", |ui| terminal(ui, state, reader::is_heard(around.listening), commands));
    section(ui, "4  Is the band on the wrist, and authenticated?", |ui| {
        worn(ui, &mut state.calibrate.wishes);
    });
    begin(ui, state, around, commands);
}

fn section(ui: &mut Ui, title: &str, show: impl FnOnce(&mut Ui)) {
    ui.add_space(12.0);
    ui.label(RichText::new(title).size(15.0).strong());
    ui.indent(title, show);
}

fn broken_off(ui: &mut Ui, state: &mut State, around: &Around<'_>, jobs: &Jobs, commands: &mut Vec<Command>) {
    let Some(path) = state.calibrate.broken_off.clone() else { return };
    let look = Look::of(ui);
    ui.add_space(8.0);
    eframe::egui::Frame::group(ui.style()).show(ui, |ui| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ui.label(RichText::new("A calibration was interrupted").strong());
        ui.label(format!("{name}: what was accepted is kept, and need not be done again."));
        if around.listening.is_none() {
            ui.colored_label(look.ink, "To go on with it, first choose the source below.");
        }
        ui.horizontal(|ui| {
            let can = around.listening.is_some() && jobs.running().is_none();
            if ui.add_enabled(can, Button::new("Go on with it")).clicked() {
                commands.push(Command::Calibration(Do::Resume(path.clone())));
            }
            if ui.button("Not now").clicked() {
                commands.push(Command::Calibration(Do::NotNow));
            }
            if let Some(name) = jobs.running() {
                ui.spinner();
                ui.weak(name);
            }
        });
    });
}

fn source(ui: &mut Ui, state: &mut State, around: &Around<'_>, commands: &mut Vec<Command>) {
    if let Some(listening) = around.listening {
        ui.label(listening.title());
    } else if around.is_opening {
        ui.spinner();
    } else {
        ui.label("Choose the terminal's dongle. The Endpoint must not hold it meanwhile.");
    }
    let dongles: Vec<_> =
        around.offers.iter().filter(|offer| matches!(offer.place, Place::Dongle(..))).collect();
    if dongles.is_empty() {
        ui.weak("No dongle is plugged in now.");
    }
    for offer in dongles {
        ui.horizontal_wrapped(|ui| {
            let button = Button::new(offer.place.title());
            let response = ui.add_enabled(offer.obstacle.is_none(), button);
            if response.clicked() {
                commands.push(Command::Listen(offer.place.clone()));
            }
            if let Some(obstacle) = &offer.obstacle {
                let remedy = obstacle.remedy.as_deref().unwrap_or_default();
                ui.weak(format!("{}: {remedy}", obstacle.what));
            }
            if offer.is_held {
                endpoint::stop_and_listen(ui, &offer.place, commands);
            }
        });
    }
    reader::offer(ui, around.offers, around.listening, commands);
    ui.horizontal(|ui| {
        ui.label("Without hardware:");
        let has_reader = state.calibrate.rehearsal.has_reader();
        let Rehearsal { mishap, pace, with_reader } = &mut state.calibrate.rehearsal;
        ComboBox::from_id_salt("mishap").width(230.0).selected_text(mishap.words()).show_ui(ui, |ui| {
            for each in Mishap::ALL {
                ui.selectable_value(mishap, each, each.words());
            }
        });
        ComboBox::from_id_salt("pace").width(110.0).selected_text(pace_words(*pace)).show_ui(ui, |ui| {
            for each in [1, 10, 60] {
                ui.selectable_value(pace, each, pace_words(each));
            }
        });
        let mut is_on = has_reader;
        // What goes wrong at a reader needs one.
        let checkbox = Checkbox::new(&mut is_on, "with an NFC reader");
        if ui.add_enabled(*with_reader == has_reader, checkbox).changed() {
            *with_reader = is_on;
        }
        if ui.button("Rehearse").on_hover_text("A simulated person follows the cues").clicked() {
            commands.push(Command::Listen(Place::Rehearsal(state.calibrate.rehearsal)));
        }
    });
}

fn pace_words(pace: u32) -> String {
    if pace == 1 { "real time".to_owned() } else { format!("{pace} times faster") }
}

fn band(ui: &mut Ui, state: &mut State, around: &Around<'_>, commands: &mut Vec<Command>) {
    let Some(deck) = around.deck.filter(|deck| deck.is_live) else {
        ui.weak("It is chosen when something is heard.");
        return;
    };
    ui.horizontal_wrapped(|ui| {
        match state.chosen.and_then(|at| deck.trace.series.get(at)) {
            Some(series) => {
                ui.label(RichText::new(deck.trace.name(series)).strong());
                match rate(state, around) {
                    Some(rate) => ui.weak(format!("heard {rate:.1} times a second")),
                    None => ui.weak("measuring how often it is heard; hold it still"),
                };
            }
            None => {
                ui.label("Choose it in the list on the left, or let it be found:");
            }
        }
        if ui.button("Find my band").on_hover_text("Then hold it to the dongle (F)").clicked() {
            commands.push(Command::FindBand);
        }
        if is_rehearsal(around) {
            ui.weak("The simulated person then holds theirs to the dongle.");
        }
    });
    as_one(ui, state, around, commands);
}

/// A band whose address changes is chosen by what it says of itself.
fn as_one(ui: &mut Ui, state: &mut State, around: &Around<'_>, commands: &mut Vec<Command>) {
    let (Some(deck), Some(listening)) = (around.deck, around.listening) else { return };
    if let (Some(name), Some(filter)) = (listening.whom.name(), &listening.whom.followed) {
        ui.weak(format!("All whose {} is {} are taken for one band.", filter.by.words(), filter.text.trim()));
        if state.chosen.is_none() {
            state.chosen = deck.trace.series.iter().position(|series| deck.trace.band(series) == Some(name));
        }
    } else if state.filter.is_of_what_they_say() {
        let hint = "Starts again; then it is followed from address to address";
        if ui.button("Take what the filter shows for one band").on_hover_text(hint).clicked() {
            commands.push(Command::TakeAsOne);
        }
    } else {
        ui.weak("One whose address changes: filter the list by name, service or manufacturer, and take what it shows for one band.");
    }
}

/// What is known before the first step; `None` while something is missing.
pub fn setup(state: &State, around: &Around<'_>) -> Option<Setup> {
    let deck = around.deck.filter(|deck| deck.is_live)?;
    let band = deck.trace.band(deck.trace.series.get(state.chosen?)?)?;
    // A rehearsal hears as a BLED112 does.
    let dongle = if is_rehearsal(around) { Some(Dongle::Bluegiga) } else { deck.trace.dongle() };
    let mut wishes = state.calibrate.wishes;
    if !reader::is_heard(around.listening) {
        wishes.reader_taps = 0;
    }
    Some(Setup {
        wishes,
        band,
        dongle,
        rules: State::rules(state.values.now()),
        rate_hz: rate(state, around)?,
    })
}

fn is_rehearsal(around: &Around<'_>) -> bool {
    around.listening.is_some_and(|listening| listening.places.iter().any(Place::is_rehearsal))
}

/// Samples a second of the chosen band.
fn rate(state: &State, around: &Around<'_>) -> Option<f64> {
    let trace = &around.deck?.trace;
    let times = &trace.series.get(state.chosen?)?.t_us;
    let from = times.place_behind(trace.last_t_us - RATE_OVER_US);
    rate_hz(&times.iter(from..times.len()).collect::<Vec<_>>())
}

fn terminal(ui: &mut Ui, state: &mut State, has_reader: bool, commands: &mut Vec<Command>) {
    let calibrate = &mut state.calibrate;
    ui.horizontal_wrapped(|ui| {
        for terminal in Terminal::ALL {
            ui.radio_value(&mut calibrate.terminal, terminal, terminal.words());
        }
        let hint =
            "Values in use are what is recommended is compared with, and stay where there is no evidence";
        if ui.small_button("Load its nbe.toml\u{2026}").on_hover_text(hint).clicked() {
            commands.push(Command::AskLoad);
        }
    });
    calibrate.wishes.locks = calibrate.terminal == Terminal::Windows;
    let locks = calibrate.wishes.locks;
    let wishes = &mut calibrate.wishes;
    Grid::new("wishes").num_columns(2).spacing([14.0, 5.0]).show(ui, |ui| {
        let number = |ui: &mut Ui, name: &str, value: &mut u16, range, unit: &str, hint: &str| {
            let label = ui.label(name);
            ui.horizontal(|ui| {
                ui.add_sized([68.0, 20.0], DragValue::new(value).range(range).suffix(unit))
                    .labelled_by(label.id);
                ui.weak(hint);
            });
            ui.end_row();
        };
        let allowed = still_allowed_95(u64::from(wishes.repeats)) * 100.0;
        let proof =
            format!("taps and as many hovers; without an error they still allow a rate of {allowed:.0} %");
        number(ui, "Repeats", &mut wishes.repeats, 1..=60, "", &proof);
        number(ui, "Tap wanted at", &mut wishes.tap_cm, 0..=30, " cm", "both wrists, two grips");
        number(
            ui,
            "No tap wanted at",
            &mut wishes.hover_cm,
            1..=100,
            " cm",
            "as a hand that types or reaches",
        );
        if locks {
            number(ui, "Sitting at", &mut wishes.sit_cm, 10..=300, " cm", "must stay unlocked");
            number(ui, "Unlocked as far as", &mut wishes.stay_cm, 20..=1000, " cm", "must stay unlocked");
            number(ui, "Locked from", &mut wishes.lock_cm, 50..=3000, " cm", "must lock");
        }
        if has_reader {
            let hint = "the first and the last after a rest of 30 s; 0 leaves them out";
            number(ui, "Taps on the reader", &mut wishes.reader_taps, 0..=30, "", hint);
        }
        for (name, text, hint) in [
            ("Site", &mut calibrate.site, "such as Ward 3, terminal 12; for the report"),
            ("Operator", &mut calibrate.operator, "for the report"),
        ] {
            let label = ui.label(name);
            let edit = TextEdit::singleline(text).desired_width(280.0).hint_text(hint).char_limit(120);
            ui.add(edit).labelled_by(label.id);
            ui.end_row();
        }
    });
}

fn worn(ui: &mut Ui, wishes: &mut Wishes) {
    ui.horizontal(|ui| {
        ui.radio_value(&mut wishes.band_authenticated, Some(true), "Yes");
        ui.radio_value(&mut wishes.band_authenticated, Some(false), "No");
        ui.weak("One that is not may advertise otherwise, and may count for nothing in NBE.");
    });
}

fn begin(ui: &mut Ui, state: &mut State, around: &Around<'_>, commands: &mut Vec<Command>) {
    ui.add_space(16.0);
    let missing = if around.listening.is_none() {
        Some("Choose a source first.")
    } else if state.chosen.is_none() {
        Some("Choose the band first.")
    } else if rate(state, around).is_none() {
        Some("One moment: it is measured how often the band is heard.")
    } else if state.calibrate.wishes.band_authenticated.is_none() {
        Some("Say whether the band is on the wrist and authenticated.")
    } else {
        None
    };
    if let Some(setup) = setup(state, around) {
        let plan = Plan::of(&setup);
        let text = format!(
            "{} in all if nothing is redone: {}. Each step says what to do and counts down; it is recorded in {}.",
            words::length(plan.total_us()),
            words::plan(&plan),
            state.folder.display()
        );
        ui.label(text);
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let button = Button::new(RichText::new("Begin").size(16.0)).min_size(vec2(140.0, 36.0));
        if ui.add_enabled(missing.is_none(), button).clicked() {
            commands.push(Command::Calibration(Do::Begin));
        }
        if let Some(missing) = missing {
            ui.label(missing);
        }
    });
    ui.add_space(12.0);
}
