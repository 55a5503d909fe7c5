//! Colours that the colour-blind can tell apart (Okabe and Ito), for light and dark; no meaning
//! is in a colour alone.

use eframe::egui::{Color32, Ui};

use crate::engine::parameters::Parameter;
use crate::recording::Intent;

/// The colours of one theme.
#[derive(Clone, Copy)]
pub struct Look {
    /// Text and axes.
    pub ink: Color32,
    /// Less important text.
    pub faint: Color32,
    /// Grid lines.
    pub grid: Color32,
    /// The tap mean and threshold.
    pub tap: Color32,
    /// The long mean and `rssi_cutoff_close`.
    pub close: Color32,
    /// `rssi_cutoff_far` and what failed.
    pub far: Color32,
    /// What held.
    pub good: Color32,
    /// What failed.
    pub bad: Color32,
}

impl Look {
    /// Of the theme in use.
    pub fn of(ui: &Ui) -> Self {
        let visuals = ui.visuals();
        let (ink, faint) = (visuals.text_color(), visuals.weak_text_color());
        let grid = ink.gamma_multiply(0.12);
        if visuals.dark_mode {
            Self {
                ink,
                faint,
                grid,
                tap: Color32::from_rgb(0xE6, 0x9F, 0x00),
                close: Color32::from_rgb(0x2F, 0xC4, 0x96),
                far: Color32::from_rgb(0xCC, 0x79, 0xA7),
                good: Color32::from_rgb(0x2F, 0xC4, 0x96),
                bad: Color32::from_rgb(0xFF, 0x7A, 0x45),
            }
        } else {
            Self {
                ink,
                faint,
                grid,
                tap: Color32::from_rgb(0xB3, 0x6B, 0x00),
                close: Color32::from_rgb(0x00, 0x7A, 0x59),
                far: Color32::from_rgb(0xA0, 0x3E, 0x7B),
                good: Color32::from_rgb(0x00, 0x7A, 0x59),
                bad: Color32::from_rgb(0xC0, 0x45, 0x00),
            }
        }
    }

    /// The samples of series number `at`.
    pub fn series(&self, ui: &Ui, at: usize) -> Color32 {
        const DARK: [Color32; 5] = [
            Color32::from_rgb(0x56, 0xB4, 0xE9),
            Color32::from_rgb(0xF0, 0xE4, 0x42),
            Color32::from_rgb(0xCC, 0x79, 0xA7),
            Color32::from_rgb(0x2F, 0xC4, 0x96),
            Color32::from_rgb(0xBB, 0xBB, 0xBB),
        ];
        const LIGHT: [Color32; 5] = [
            Color32::from_rgb(0x00, 0x5F, 0x96),
            Color32::from_rgb(0x8A, 0x6D, 0x00),
            Color32::from_rgb(0xA0, 0x3E, 0x7B),
            Color32::from_rgb(0x00, 0x7A, 0x59),
            Color32::from_rgb(0x66, 0x66, 0x66),
        ];
        let palette = if ui.visuals().dark_mode { &DARK } else { &LIGHT };
        palette[at % palette.len()]
    }
}

/// The intent's words on buttons and segments.
pub fn intent_words(intent: Intent) -> &'static str {
    match intent {
        Intent::Tap => "tap",
        Intent::NoTap => "no tap",
        Intent::Stay => "stay",
        Intent::Leave => "leave",
        Intent::Return => "return",
        Intent::Note => "note",
    }
}

/// The key that marks a segment so, as a letter.
pub fn intent_key(intent: Intent) -> &'static str {
    match intent {
        Intent::Tap => "T",
        Intent::NoTap => "N",
        Intent::Stay => "S",
        Intent::Leave => "L",
        Intent::Return => "R",
        Intent::Note => "O",
    }
}

/// What a line is called that strengths are compared with.
pub fn line_name(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::TapThreshold => "tap threshold",
        Parameter::CutoffClose => "close cutoff",
        Parameter::CutoffFar => "far cutoff",
        other => other.key(),
    }
}

/// How many bytes, in a few words.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// A number with a true minus sign.
pub fn minus(text: impl ToString) -> String {
    text.to_string().replace('-', "\u{2212}")
}

/// True minus signs before numbers only: words and names of files have hyphens.
pub fn minus_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_number = rest.peek().is_some_and(char::is_ascii_digit);
        let is_sign = c == '-' && is_number && !before.is_alphanumeric();
        out.push(if is_sign { '\u{2212}' } else { c });
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_below_zero_have_a_minus_sign() {
        let text = minus_numbers("tapbench-2026.jsonl: no-tap at -42 dBm (-7, 3), 2-3");
        assert_eq!(text, "tapbench-2026.jsonl: no-tap at \u{2212}42 dBm (\u{2212}7, 3), 2-3");
    }
}
