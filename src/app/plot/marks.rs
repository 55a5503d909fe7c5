//! Events, segments, gaps and what the real terminal was seen to do.

use eframe::egui::{Color32, FontId, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::bench::{Decided, Deck, time};
use crate::drivers::nfc::Outcome;
use crate::engine::Event;
use crate::replay::{JudgedSegment, Placed, Verdict};

use super::super::look::{Look, intent_key, intent_words};
use super::super::symbols;
use super::view::Scale;

/// Silences of the chosen series, hatched.
pub(super) fn gaps(painter: &Painter, scale: &Scale, deck: &Deck, chosen: usize, look: &Look) {
    for gap in deck.trace.gaps.iter().filter(|gap| gap.series == chosen) {
        let end_us = gap.end_us.min(scale.until_us());
        let (from, to) =
            (scale.x(gap.begin_us).max(scale.rect.left()), scale.x(end_us).min(scale.rect.right()));
        if to - from < 2.0 {
            continue;
        }
        let area = Rect::from_x_y_ranges(from..=to, scale.rect.y_range());
        painter.rect_filled(area, 0.0, look.ink.gamma_multiply(0.06));
        let inside = painter.with_clip_rect(area);
        let mut x = from - area.height();
        while x < to {
            let points = [pos2(x, area.bottom()), pos2(x + area.height(), area.top())];
            inside.line_segment(points, Stroke::new(1.0, look.ink.gamma_multiply(0.07)));
            x += 14.0;
        }
        let words = format!("gap {}", time(gap.end_us - gap.begin_us, 1));
        let galley = inside.layout_no_wrap(words, FontId::proportional(11.0), look.faint);
        if galley.size().x < area.width() {
            inside.galley(
                pos2(area.center().x, area.bottom() - 4.0) - galley.size() * vec2(0.5, 1.0),
                galley,
                look.faint,
            );
        }
    }
}

fn letter(event: Event) -> &'static str {
    match event {
        Event::Tap => "tap",
        Event::Present => "present",
        Event::Away => "away",
        Event::CountdownStarted => "countdown",
        Event::CountdownCancelled => "stays",
        Event::Locked => "locked",
        Event::Unlocked => "unlocked",
    }
}

/// Taps at their means; other events as lines with their names along the top.
#[expect(clippy::too_many_arguments, reason = "what is drawn, where, and what of it")]
pub(super) fn events(
    ui: &Ui,
    painter: &Painter,
    scale: &Scale,
    deck: &Deck,
    decided: &Decided,
    chosen: usize,
    look: &Look,
    is_shown: &dyn Fn(&Placed) -> bool,
) {
    let Some(series) = deck.trace.series.get(chosen) else { return };
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let first = decided.events.partition_point(|e| e.decision.t_us < begin_us);
    let last = decided.events.partition_point(|e| e.decision.t_us <= end_us);
    let font = FontId::proportional(10.5);
    let (mut named, mut drawn_x) = ([f32::NEG_INFINITY; 3], f32::NEG_INFINITY);
    let right = scale.rect.right();
    for placed in decided.events[first..last.max(first)].iter().filter(|placed| is_shown(placed)) {
        let x = scale.x(placed.decision.t_us);
        let is_chosen = (placed.source, placed.band) == (series.source, series.band);
        if placed.decision.event == Event::Tap {
            if x - drawn_x < 1.0 {
                continue;
            }
            drawn_x = x;
            let dbm = placed.decision.mean.map_or(-60.0, |mean| mean.as_dbm() as f32);
            let color = if is_chosen { look.tap } else { look.tap.gamma_multiply(0.4) };
            symbols::triangle(
                painter,
                pos2(x, scale.y(dbm) + 2.0),
                11.0,
                color,
                ui.visuals().extreme_bg_color,
            );
            continue;
        }
        if !is_chosen {
            continue;
        }
        let color = match placed.decision.event {
            Event::Away | Event::Locked => look.far,
            Event::CountdownStarted | Event::CountdownCancelled => look.faint,
            _ => look.close,
        };
        painter.vline(x, scale.rect.y_range(), Stroke::new(1.0, color.gamma_multiply(0.45)));
        let words = painter.layout_no_wrap(letter(placed.decision.event).to_owned(), font.clone(), color);
        let width = words.size().x;
        // Where there is no room to the right of its line, it stands to the left.
        let left = if x + 3.0 + width > right { x - 3.0 - width } else { x + 3.0 };
        if let Some(row) = named.iter().position(|end| *end < left - 3.0) {
            painter.galley(pos2(left, scale.rect.top() + 2.0 + 13.0 * row as f32), words, color);
            named[row] = left + width + 4.0;
        }
    }
}

/// Taps on NFC readers as bars along the foot of the curves, from being detected to being gone: filled
/// where they went well, else hollow with a cross.
pub(super) fn nfc_taps(painter: &Painter, scale: &Scale, deck: &Deck, look: &Look) {
    let (begin_us, end_us) = (scale.range_us().0, scale.until_us());
    let nfc = &deck.trace.nfc;
    let first = nfc.taps.partition_point(|tap| tap.gone_us.is_some_and(|gone_us| gone_us < begin_us));
    let bottom = scale.rect.bottom() - 3.0;
    let (mut drawn_x, mut named_x) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for tap in nfc.taps.get(first..).unwrap_or_default().iter().chain(nfc.lying()) {
        if tap.at_us() > end_us {
            continue;
        }
        let from = scale.x(tap.at_us());
        // How it went shows once the play head has passed its end.
        let gone_us = tap.gone_us.unwrap_or(deck.trace.last_t_us);
        let to = scale.x(gone_us.min(end_us)).max(from + 3.0);
        if to - drawn_x < 1.0 {
            continue;
        }
        drawn_x = to;
        let is_well =
            tap.outcome.is_none() || !scale.is_played(gone_us) || tap.known_outcome() == Some(Outcome::Ok);
        let color = if is_well { look.good } else { look.bad };
        let area = Rect::from_x_y_ranges(from..=to, bottom - 9.0..=bottom);
        if is_well {
            painter.rect_filled(area, 2.0, color);
        } else {
            painter.rect_stroke(area, 2.0, Stroke::new(1.0, color), StrokeKind::Inside);
            symbols::cross(painter, area.center(), 7.0, color);
        }
        // Where taps follow each other closely, only the first of them is named.
        if from > named_x {
            let words = painter.layout_no_wrap("NFC".to_owned(), FontId::proportional(10.5), color);
            named_x = from + words.size().x + 4.0;
            painter.galley(pos2(from, bottom - 10.0 - words.size().y), words, color);
        }
    }
}

/// Labelled segments along the foot: held ones with a check mark, others with a cross, and what was meant;
/// in little room its key, or the cross alone.
pub(super) fn segments(
    ui: &Ui,
    scale: &Scale,
    strip: Rect,
    deck: &Deck,
    decided: &Decided,
    look: &Look,
    is_stale: bool,
) {
    let mut painter = ui.painter().with_clip_rect(strip);
    if is_stale {
        painter.multiply_opacity(0.35);
    }
    for segment in &decided.segments {
        let end_us = segment.end_us.unwrap_or(deck.trace.last_t_us);
        let (from, to) =
            (scale.x(segment.segment.begin_us), scale.x(end_us).max(scale.x(segment.segment.begin_us) + 2.0));
        if to < strip.left() || from > strip.right() || !scale.is_played(segment.segment.begin_us) {
            continue;
        }
        if scale.is_played(end_us) {
            one(&painter, strip, from, to, segment, look);
        } else {
            unfinished(&painter, strip, from, scale.x(scale.until_us()), segment, look);
        }
    }
    for (t_us, _) in deck.trace.observed.iter().filter(|(t_us, _)| scale.is_played(*t_us)) {
        symbols::diamond(&painter, pos2(scale.x(*t_us), strip.center().y), 11.0, look.ink);
    }
}

/// So wide is a segment with room for its verdict and a letter.
const BOTH: f32 = 23.0;

fn one(painter: &Painter, strip: Rect, from: f32, to: f32, segment: &JudgedSegment, look: &Look) {
    let color = match segment.verdict() {
        _ if !segment.judged => look.faint,
        Verdict::Held => look.good,
        _ => look.bad,
    };
    let area = Rect::from_x_y_ranges(from..=to, strip.y_range()).shrink2(vec2(0.5, 2.0));
    painter.rect(area, 2.0, color.gamma_multiply(0.18), Stroke::new(1.0, color), StrokeKind::Inside);
    let is_held = segment.verdict() == Verdict::Held;
    if !segment.judged || (is_held && area.width() < BOTH) {
        name(painter, area, false, segment, look.ink);
    } else if area.width() >= BOTH {
        let at = pos2(area.left() + 9.0, area.center().y);
        if is_held {
            symbols::check(painter, at, 8.0, color);
        } else {
            symbols::cross(painter, at, 8.0, color);
        }
        name(painter, area, true, segment, look.ink);
    } else {
        symbols::cross(painter, area.center(), 7.0, color);
    }
}

/// A segment that the play head is in: what will come of it is not known yet.
fn unfinished(painter: &Painter, strip: Rect, from: f32, to: f32, segment: &JudgedSegment, look: &Look) {
    let area = Rect::from_x_y_ranges(from..=to.max(from + 2.0), strip.y_range()).shrink2(vec2(0.5, 2.0));
    painter.rect(area, 2.0, look.ink.gamma_multiply(0.1), Stroke::new(1.0, look.faint), StrokeKind::Inside);
    name(painter, area, false, segment, look.ink);
}

/// What was meant, behind the verdict's symbol where there is one; in little room the key that marks it so.
fn name(painter: &Painter, area: Rect, has_symbol: bool, segment: &JudgedSegment, color: Color32) {
    let intent = segment.segment.intent;
    let layout =
        |words: &str, size| painter.layout_no_wrap(words.to_owned(), FontId::proportional(size), color);
    let words = layout(intent_words(intent), 11.0);
    let indent = if has_symbol { 18.0 } else { 6.0 };
    let (left, galley) = if area.width() > indent + words.size().x + 4.0 {
        (area.left() + indent, words)
    } else {
        let letter = layout(intent_key(intent), 10.5);
        let centre = area.center().x - letter.size().x / 2.0;
        (if has_symbol { area.left() + 15.0 } else { centre }, letter)
    };
    if left >= area.left() {
        painter.galley(pos2(left, area.center().y - galley.size().y / 2.0), galley, color);
    }
}
