//! The cue in the whole window: one instruction and the countdown, to be read from 5 m. What to do
//! now is white on black, what comes next black on white, so that the change is seen too.

use eframe::egui::{Align2, Color32, Context, FontId, Frame, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::bench::{Guidance, Seen};
use crate::calibration::Phase;

use super::super::command::{Command, Do};
use super::super::state::State;
use super::words;

/// The window's content while the cue fills it.
pub fn show(ui: &mut Ui, state: &mut State, guidance: &Guidance, commands: &mut Vec<Command>) {
    let seen = guidance.seen().clone();
    state.calibrate.drawn = Some(seen.position);
    let (title, word, below) = texts(guidance, &seen);
    let is_now = matches!(seen.phase, Phase::Running(_));
    let (paper, ink) =
        if is_now { (Color32::BLACK, Color32::WHITE) } else { (Color32::WHITE, Color32::BLACK) };
    eframe::egui::CentralPanel::default().frame(Frame::NONE.fill(paper)).show(ui, |ui| {
        let rect = ui.max_rect();
        let response = ui.interact(rect, Id::unique("cue"), Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Cue: {title} {word} {below}")));
        if response.clicked() {
            commands.push(Command::Calibration(Do::Cue));
        }
        let height = rect.height();
        let row = |from: f32, to: f32| {
            Rect::from_min_max(
                pos2(rect.left() + 24.0, rect.top() + height * from),
                pos2(rect.right() - 24.0, rect.top() + height * to),
            )
        };
        fitted(ui, row(0.02, 0.18), &title, ink);
        fitted(ui, row(0.18, 0.62), &word, ink);
        fitted(ui, row(0.62, 0.80), &below, ink);
        fitted(ui, row(0.82, 0.91), how(guidance, &seen), ink);
        let hint =
            "F11 or a click leaves this. Backspace: do it again. Delete: leave it out. Enter: let it count.";
        ui.painter().text(
            pos2(rect.center().x, rect.bottom() - 8.0),
            Align2::CENTER_BOTTOM,
            hint,
            FontId::proportional(14.0),
            ink,
        );
    });
}

fn texts(guidance: &Guidance, seen: &Seen) -> (String, String, String) {
    let Some(step) = guidance.plan.steps.get(seen.position.step) else {
        return (String::new(), "DONE".to_owned(), "come to the screen".to_owned());
    };
    let (what, at) = words::cue(step);
    let seconds = |us: i64| (us.max(0) + 999_999) / 1_000_000;
    match &seen.phase {
        Phase::Ready(at_us) => (format!("Get ready: {}", seconds(at_us - seen.now_us)), what.to_owned(), at),
        Phase::Running(until_us) => {
            (format!("Now: {}", seconds(until_us - seen.now_us)), what.to_owned(), at)
        }
        Phase::Refused(problems) => {
            let why = problems.first().map_or("", words::problem);
            ("Not counted".to_owned(), "AGAIN?".to_owned(), why.to_owned())
        }
        Phase::Waiting | Phase::Finished => (String::new(), "WAIT".to_owned(), String::new()),
    }
}

/// On which wrist, and how it is held.
fn how(guidance: &Guidance, seen: &Seen) -> &'static str {
    let step = guidance.plan.steps.get(seen.position.step);
    let words = step.and_then(|step| step.repeats.get(seen.position.repeat)).map_or("", |turn| turn.how);
    if matches!(seen.phase, Phase::Ready(_) | Phase::Running(_)) { words } else { "" }
}

/// A text as large as fits into a rectangle, in its middle.
fn fitted(ui: &Ui, rect: Rect, text: &str, color: Color32) {
    const TRIED: f32 = 100.0;
    if text.is_empty() {
        return;
    }
    let size = |ctx: &Context, points: f32| {
        let galley =
            ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), FontId::proportional(points), color));
        galley.size()
    };
    let tried = size(ui.ctx(), TRIED);
    let scale = (rect.width() / tried.x.max(1.0)).min(rect.height() / tried.y.max(1.0));
    let font = FontId::proportional((TRIED * scale).floor().clamp(12.0, 320.0));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, color);
}
