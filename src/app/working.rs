//! What takes its time, wherever that is shown: what it is, how far it is, and a button that ends it.

use std::time::{Duration, Instant};

use eframe::egui::{Align, Label, Layout, ProgressBar, Role, Ui, WidgetInfo};

use crate::bench::{Jobs, Reading};

use super::command::Command;
use super::state::{Dialog, State};

/// How wide a bar is, in points.
const BAR: f32 = 180.0;

/// What is done sooner moves nothing.
const SHORT: Duration = Duration::from_millis(300);

fn is_long(ui: &Ui, begun: Instant) -> bool {
    let left = SHORT.saturating_sub(begun.elapsed());
    if !left.is_zero() {
        ui.ctx().request_repaint_after(left);
    }
    left.is_zero()
}

/// One row; `true` where it is to be ended.
fn row(ui: &mut Ui, words: &str, share: Option<f32>, can_cancel: bool) -> bool {
    let height = ui.spacing().interact_size.y;
    let size = eframe::egui::vec2(ui.available_width(), height);
    let rest = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let is_ended = can_cancel && {
            let button = ui.button("Cancel");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Cancel: {words}")));
            button.clicked()
        };
        match share {
            Some(share) => {
                let bar = ui.add(ProgressBar::new(share).desired_width(BAR).show_percentage());
                bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, words));
            }
            None => _ = ui.spinner(),
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(words).truncate());
        });
        is_ended
    });
    rest.inner
}

/// The job that is being done, where there is one; `true` then.
pub fn job(ui: &mut Ui, jobs: &mut Jobs) -> bool {
    let Some(name) = jobs.running() else { return false };
    if row(ui, name, None, jobs.can_be_cancelled()) {
        jobs.cancel();
    }
    true
}

/// The recording that is being read.
pub fn opening(ui: &mut Ui, reading: &Reading, commands: &mut Vec<Command>) {
    if row(ui, &format!("Opening {}", reading.name()), reading.share(), true) {
        commands.push(Command::CancelOpening);
    }
}

/// All of it along the foot of the window, but for a job that a dialog shows already.
pub fn line(
    ui: &mut Ui,
    state: &State,
    reading: Option<&Reading>,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    if let Some(reading) = reading.filter(|reading| is_long(ui, reading.begun)) {
        opening(ui, reading, commands);
    }
    let is_in_dialog = matches!(state.dialog, Dialog::Symptoms | Dialog::SaveAs(_) | Dialog::Load(_));
    if !is_in_dialog && jobs.begun().is_some_and(|begun| is_long(ui, begun)) {
        job(ui, jobs);
    }
}
