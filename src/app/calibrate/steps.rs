//! A step: what to do in large letters, a countdown, the meter, and whether the last repeat counts.

use eframe::egui::{Button, Label, ProgressBar, RichText, Ui, vec2};

use crate::bench::{Awake, Bell, Seen};
use crate::calibration::{Phase, Plan, Position, Problem, Step};

use super::super::command::{Command, Do};
use super::super::look::Look;
use super::super::state::State;
use super::super::symbols;
use super::{Around, meter, reader, words};
use crate::engine::parameters::Parameter;

/// The page.
pub fn show(ui: &mut Ui, state: &mut State, around: &Around<'_>, commands: &mut Vec<Command>) {
    let Some(guidance) = around.listening.and_then(|listening| listening.guidance.as_ref()) else {
        ui.spinner();
        return;
    };
    let seen = guidance.seen().clone();
    state.calibrate.drawn = Some(seen.position);
    ui.add_space(10.0);
    heading(ui, state, &guidance.plan, &seen, commands);
    ui.add_space(18.0);
    instruction(ui, &guidance.plan, &seen);
    ui.add_space(14.0);
    if guidance.plan.steps.get(seen.position.step).is_some_and(Step::is_on_reader) {
        reader::show(ui, &seen);
    } else {
        let threshold = guidance.setup.rules.parameters.get(Parameter::TapThreshold).filter(|t| *t != 0);
        meter::show(ui, &guidance.setup.band.to_string(), &seen.meter, threshold);
    }
    ui.add_space(16.0);
    result(ui, &guidance.plan, &seen);
    ui.add_space(10.0);
    answers(ui, &seen, commands);
    ui.with_layout(eframe::egui::Layout::bottom_up(eframe::egui::Align::Min), |ui| {
        foot(ui, state, commands);
    });
}

fn heading(ui: &mut Ui, state: &State, plan: &Plan, seen: &Seen, commands: &mut Vec<Command>) {
    let all: usize = plan.steps.iter().map(|step| step.repeats.len()).sum();
    ui.horizontal(|ui| {
        let title = match plan.steps.get(seen.position.step) {
            Some(step) => format!(
                "Step {} of {}, repeat {} of {}",
                seen.position.step + 1,
                plan.steps.len(),
                seen.position.repeat + 1,
                step.repeats.len()
            ),
            None => "All steps are through".to_owned(),
        };
        ui.label(RichText::new(title).size(16.0).strong());
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let cue = Button::new("Full-screen cue (F11)").selected(state.calibrate.is_cue);
            if ui.add(cue).on_hover_text("One instruction that can be read from 5 m").clicked() {
                commands.push(Command::Calibration(Do::Cue));
            }
        });
    });
    let done = seen.done.len();
    let bar = ProgressBar::new(done as f32 / all.max(1) as f32).desired_height(10.0).corner_radius(3.0);
    ui.add(bar);
    ui.weak(format!("{done} of {all} repeats done, {} left at least", words::length(left_us(plan, seen))));
}

/// How long what is left takes.
fn left_us(plan: &Plan, seen: &Seen) -> i64 {
    let is_done = |step: usize, repeat: usize| {
        seen.done.iter().any(|d| usize::from(d.step) == step + 1 && usize::from(d.repeat) == repeat + 1)
    };
    let each = plan.steps.iter().enumerate();
    each.map(|(at, step)| step.takes_us(|repeat| !is_done(at, repeat))).sum()
}

fn instruction(ui: &mut Ui, plan: &Plan, seen: &Seen) {
    let look = Look::of(ui);
    let Some(step) = plan.steps.get(seen.position.step) else {
        ui.label(RichText::new("That is all. One moment.").size(32.0));
        return;
    };
    ui.label(RichText::new(&step.instruction).size(28.0).color(look.ink));
    let turn = step.repeats.get(seen.position.repeat);
    if let Some(turn) = turn {
        ui.label(RichText::new(turn.how).size(20.0).color(look.faint));
    }
    ui.add_space(10.0);
    let (word, left_us, of_us) = match &seen.phase {
        Phase::Ready(at_us) => ("Get ready", at_us - seen.now_us, turn.map_or(0, |turn| turn.lead_us)),
        Phase::Running(until_us) => ("Now", until_us - seen.now_us, step.length_us),
        Phase::Refused(_) => {
            ui.label(RichText::new("This repeat does not count yet").size(36.0).strong().color(look.bad));
            return;
        }
        Phase::Waiting | Phase::Finished => return,
    };
    let seconds = (left_us.max(0) + 999_999) / 1_000_000;
    let color = if matches!(seen.phase, Phase::Running(_)) { look.good } else { look.ink };
    ui.label(RichText::new(format!("{word}: {seconds}")).size(60.0).strong().color(color));
    let part = 1.0 - left_us.max(0) as f32 / of_us.max(1) as f32;
    ui.add(ProgressBar::new(part.clamp(0.0, 1.0)).desired_height(8.0).corner_radius(3.0));
}

/// What the quality gate said of the repeat under way, or of the last one.
fn result(ui: &mut Ui, plan: &Plan, seen: &Seen) {
    let look = Look::of(ui);
    if let Phase::Refused(problems) = &seen.phase {
        for problem in problems {
            ui.horizontal_wrapped(|ui| {
                symbols::verdict(ui, false, look.bad);
                ui.label(RichText::new(sentence(problem)).size(16.0));
            });
        }
        return;
    }
    let Some(last) = seen.done.last() else { return };
    let at = Position { step: usize::from(last.step) - 1, repeat: usize::from(last.repeat) - 1 };
    let what = plan.steps.get(at.step).map_or("", |step| words::cue(step).0).to_lowercase();
    ui.horizontal_wrapped(|ui| {
        symbols::verdict(ui, !last.skipped, if last.skipped { look.faint } else { look.good });
        let words = if last.skipped { "was left out" } else { "counts" };
        ui.label(RichText::new(format!("The last repeat ({what} {}) {words}.", last.repeat)).size(16.0));
    });
    for (_, problem) in seen.warnings.iter().filter(|(of, _)| *of == at) {
        ui.label(RichText::new(format!("Mind: {}", sentence(problem))).color(look.bad));
    }
}

/// A problem as a sentence.
fn sentence(problem: &Problem) -> String {
    let text = problem.to_string();
    let mut letters = text.chars();
    let first = letters.next().map_or(String::new(), |first| first.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
}

fn answers(ui: &mut Ui, seen: &Seen, commands: &mut Vec<Command>) {
    let is_refused = matches!(seen.phase, Phase::Refused(_));
    ui.horizontal(|ui| {
        let size = vec2(150.0, 34.0);
        let button = |words: &str| Button::new(RichText::new(words).size(15.0)).min_size(size);
        let is_open = seen.phase != Phase::Finished;
        for (words, act, can) in [
            ("Do it again (Backspace)", Do::Again, is_open),
            ("Leave it out (Delete)", Do::Skip, is_open),
            ("Let it count (Enter)", Do::GoOn, is_refused),
        ] {
            if ui.add_enabled(can, button(words)).clicked() {
                commands.push(Command::Calibration(act));
            }
        }
    });
}

fn foot(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Interrupt").on_hover_text("Close the recording; it can be gone on with later").clicked()
        {
            commands.push(Command::Stop);
        }
        let mut has_sound = state.calibrate.bell.is_some();
        if ui.checkbox(&mut has_sound, "Sound at each cue").changed() {
            state.calibrate.bell = has_sound.then(Bell::start);
            if let Some(bell) = &state.calibrate.bell {
                bell.ring();
            }
        }
    });
    // They stand above.
    let sound = state.calibrate.bell.as_ref().and_then(Bell::remark);
    let display = state.calibrate.awake.as_mut().and_then(Awake::remark);
    for remark in [sound, display].into_iter().flatten() {
        in_whole(ui, remark);
    }
}

/// In as many lines as it takes.
fn in_whole(ui: &mut Ui, remark: &str) {
    ui.add(Label::new(RichText::new(remark).weak()).wrap());
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Align, Layout};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_remark_at_the_foot_is_not_cut() {
        let words =
            "This system offers no way to keep the display awake: set its power options so that it stays on.";
        let draw = |ui: &mut Ui| _ = ui.with_layout(Layout::bottom_up(Align::Min), |ui| in_whole(ui, words));
        let harness = Harness::builder().with_size(vec2(300.0, 200.0)).build_ui(draw);
        let (rect, within) = (harness.get_by_label(words).rect(), harness.ctx.content_rect());
        assert!(within.contains_rect(rect) && rect.height() > 25.0, "{rect:?} in {within:?}");
    }
}
