//! The NFC reader in the calibration: the choice before it begins, what lies on the reader in its step,
//! and what the taps on it came to.

use eframe::egui::{Button, ProgressBar, RichText, Ui};

use crate::bench::{Listening, Offer, Place, Seen};
use crate::calibration::ReaderTaps;
use crate::tap_quality::HOLD_MS;

use super::super::command::{Command, Do};
use super::super::look::Look;
use super::super::symbols;

/// Whether taps on an NFC reader are seen where it is listened.
pub fn is_heard(listening: Option<&Listening>) -> bool {
    listening.is_some_and(|listening| listening.places.iter().any(Place::has_reader))
}

/// Readers that are there and not listened to.
pub fn offer(ui: &mut Ui, offers: &[Offer], listening: Option<&Listening>, commands: &mut Vec<Command>) {
    let Some(listening) = listening.filter(|listening| listening.file.is_none()) else { return };
    let is_open =
        |offer: &&Offer| matches!(offer.place, Place::Nfc(_)) && !listening.places.contains(&offer.place);
    for offer in offers.iter().filter(is_open) {
        let title = offer.place.title();
        if ui
            .button(format!("Hear {title} too"))
            .on_hover_text("Start again with both on one clock; then taps on the reader can be a step")
            .clicked()
        {
            commands.push(Command::ListenToo(offer.place.clone()));
        }
    }
}

/// What lies on the reader, and for how long, in the place of the meter.
pub fn show(ui: &mut Ui, seen: &Seen) {
    let lies_ms = seen.on_reader_since_us.map(|since_us| (seen.now_us - since_us).max(0) / 1000);
    let words = match lies_ms {
        Some(ms) => format!("On the reader: the band, for {:.1} s", ms as f64 / 1000.0),
        None => "On the reader: nothing".to_owned(),
    };
    let part = lies_ms.unwrap_or(0) as f32 / HOLD_MS as f32;
    ui.label(words);
    let bar = ProgressBar::new(part.clamp(0.0, 1.0)).desired_height(30.0).corner_radius(4.0);
    // Without rounding a bar of nothing is empty.
    ui.add(if lies_ms.is_none() { bar.corner_radius(0.0) } else { bar });
    ui.weak("The bar is full after the second that the guide asks for.");
}

/// What the taps on the reader came to, and what to do where some failed.
pub fn outcome(ui: &mut Ui, taps: &ReaderTaps, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    ui.horizontal_wrapped(|ui| {
        let holds = taps.is_ok();
        symbols::verdict(ui, holds, if holds { look.good } else { look.bad });
        ui.label(RichText::new(taps.headline()).size(15.0).strong());
    });
    for words in taps.figures() {
        ui.label(format!("{words}."));
    }
    for words in taps.failures() {
        ui.colored_label(look.bad, format!("{words}."));
    }
    for remedy in taps.remedies() {
        ui.label(format!("What to do: {remedy}."));
    }
    if !taps.is_ok() {
        let button = Button::new("Read the reader's settings");
        let hint = "Compare them with the guide below the plot, where they can be set";
        if ui.add(button).on_hover_text(hint).clicked() {
            commands.push(Command::Calibration(Do::Leave));
            commands.push(Command::ReadReaders);
        }
    }
}
