//! Playing a recording: a strip of its whole time to seek in, and the buttons below it.

use eframe::egui::{
    Align, Button, ComboBox, Key, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::bench::{Deck, Transport, time, time_like};
use crate::replay::Verdict;

use super::command::Command;
use super::look::Look;
use super::state::State;
use super::symbols;

/// How high both rows are together, in points.
pub const HEIGHT: f32 = 46.0;

const STRIP: f32 = 16.0;

/// Both rows.
pub fn show(ui: &mut Ui, state: &mut State, deck: &Deck, commands: &mut Vec<Command>) {
    strip(ui, state, deck, commands);
    ui.horizontal(|ui| {
        let is_playing = state.transport.is_playing();
        let (name, hint) =
            if is_playing { ("Pause", "Stop here (P)") } else { ("Play", "Play from here (P)") };
        if ui.add(Button::new(name).min_size(vec2(48.0, 0.0))).on_hover_text(hint).clicked() {
            commands.push(Command::PlayPause);
        }
        for (command, name, hint) in [
            (Command::EventBefore, "Event before", "The event before (Page Up)"),
            (Command::SampleBefore, "Sample before", "The sample before (,)"),
            (Command::SampleAfter, "Sample after", "The next sample (.)"),
            (Command::EventAfter, "Event after", "The next event (Page Down)"),
        ] {
            let is_event = matches!(command, Command::EventBefore | Command::EventAfter);
            let is_back = matches!(command, Command::EventBefore | Command::SampleBefore);
            if step(ui, name, is_back, is_event).on_hover_text(hint).clicked() {
                commands.push(command);
            }
        }
        speed(ui, &mut state.transport);
        let is_repeating = state.transport.repeat().is_some();
        let hint = "Repeat the segment at the play head, else the stretch that is shown (X)";
        if ui.selectable_label(is_repeating, "Loop").on_hover_text(hint).clicked() {
            commands.push(Command::Loop);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let last_us = deck.trace.last_t_us;
            let last = time(last_us, 2);
            let Some(head_us) = state.transport.head_us() else {
                ui.weak(format!("all {last}"));
                return;
            };
            if ui.small_button("All").on_hover_text("Show all of the recording again").clicked() {
                commands.push(Command::ShowAll);
            }
            ui.label(format!("{} / {last}", time_like(head_us, last_us, 2)));
        });
    });
}

fn speed(ui: &mut Ui, transport: &mut Transport) {
    let words = |tenths: u32| match tenths % 10 {
        0 => format!("{}\u{d7}", tenths / 10),
        rest => format!("{}.{rest}\u{d7}", tenths / 10),
    };
    let now = transport.speed_tenths();
    let response = ComboBox::from_id_salt("speed").selected_text(words(now)).width(52.0).show_ui(ui, |ui| {
        for tenths in Transport::speeds() {
            if ui.selectable_label(now == *tenths, words(*tenths)).clicked() {
                transport.set_speed(*tenths);
            }
        }
    });
    let response = response.response.on_hover_text("How fast it plays (+ and \u{2212})");
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Speed {}", words(now))));
}

/// A button with a drawn arrow; the arrow of an event has a bar.
fn step(ui: &mut Ui, name: &str, is_back: bool, is_event: bool) -> eframe::egui::Response {
    let response = ui.add(Button::new("").min_size(vec2(24.0, 0.0)));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let color = ui.style().interact(&response).text_color();
    symbols::step(ui.painter(), response.rect.center(), is_back, is_event, color);
    response
}

/// The whole recording: its segments, what the plot shows of it, and the play head.
fn strip(ui: &mut Ui, state: &mut State, deck: &Deck, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), STRIP), Sense::click_and_drag());
    let last_us = deck.trace.last_t_us.max(1);
    let x = |t_us: i64| rect.left() + (t_us as f64 / last_us as f64).clamp(0.0, 1.0) as f32 * rect.width();
    let head_us = state.transport.head_us();
    response.widget_info(|| {
        let seconds = head_us.unwrap_or(last_us) as f64 / 1e6;
        WidgetInfo::slider(true, seconds, "Time strip")
    });
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let share = f64::from((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        commands.push(Command::Seek((share * last_us as f64) as i64));
    }
    if response.has_focus() {
        let by = ui
            .input(|i| i64::from(i.key_pressed(Key::ArrowRight)) - i64::from(i.key_pressed(Key::ArrowLeft)));
        let arrows = eframe::egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        if by != 0 {
            commands.push(Command::Seek(head_us.unwrap_or(last_us) + by * 1_000_000));
        }
    }
    let response = response.on_hover_text("Click or drag to move the play head");
    let painter = ui.painter().with_clip_rect(rect);
    let edge = if response.has_focus() { look.ink } else { look.grid };
    painter.rect(rect, 2.0, ui.visuals().extreme_bg_color, Stroke::new(1.0, edge), StrokeKind::Inside);
    let middle = rect.shrink2(vec2(0.0, 5.0)).y_range();
    for segment in deck.decided.iter().flat_map(|decided| &decided.segments) {
        let (from, to) = (x(segment.segment.begin_us), x(segment.end_us.unwrap_or(last_us)));
        let (color, range) = match segment.verdict() {
            _ if !segment.judged => (look.faint, middle),
            Verdict::Held => (look.good, middle),
            // What failed is taller, too.
            _ => (look.bad, rect.shrink2(vec2(0.0, 2.0)).y_range()),
        };
        painter.rect_filled(
            Rect::from_x_y_ranges(from..=to.max(from + 1.5), range),
            1.0,
            color.gamma_multiply(0.7),
        );
    }
    if let Some((begin_us, end_us)) = state.transport.repeat() {
        let area = Rect::from_x_y_ranges(x(begin_us)..=x(end_us), rect.y_range());
        painter.rect_filled(area, 0.0, look.tap.gamma_multiply(0.25));
    }
    let (begin_us, end_us) = state.view.stretch_us();
    let shown = Rect::from_x_y_ranges(x(begin_us)..=x(end_us), rect.y_range());
    painter.rect_stroke(shown, 2.0, Stroke::new(1.0, look.faint), StrokeKind::Inside);
    if let Some(head_us) = head_us {
        let at = x(head_us).clamp(rect.left() + 1.0, rect.right() - 1.0);
        painter.vline(at, rect.y_range(), Stroke::new(2.0, look.ink));
        symbols::triangle(&painter, pos2(at, rect.bottom() - 6.0), 6.0, look.ink, look.ink);
    }
}
