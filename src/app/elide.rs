//! Names in little room: their middle is left out, since they differ at their ends.

use eframe::egui::{Color32, FontId, Painter, Pos2};

/// Of what is kept, so much is the end.
const END: f32 = 0.6;

/// Writes `text` with its upper left corner at `at`, without its middle where it is wider than `width`.
pub fn elided(painter: &Painter, at: Pos2, width: f32, text: &str, font: FontId, color: Color32) {
    let measure = |text: &str| painter.layout_no_wrap(text.to_owned(), font.clone(), color).size().x;
    let words = within(text, width, measure);
    painter.galley(at, painter.layout_no_wrap(words, font.clone(), color), color);
}

/// As much of `text` as is at most `width` wide.
fn within(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> String {
    if measure(text) <= width {
        return text.to_owned();
    }
    let chars: Vec<_> = text.chars().collect();
    let with = |kept: usize| {
        let end = (kept as f32 * END).round() as usize;
        let begin: String = chars[..kept - end].iter().collect();
        let end: String = chars[chars.len() - end..].iter().collect();
        format!("{}\u{2026}{}", begin.trim_end(), end.trim_start())
    };
    let fits: Vec<_> = (0..chars.len()).collect();
    let most = fits.partition_point(|kept| measure(&with(*kept)) <= width);
    with(most.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_middle() {
        let measure = |text: &str| text.chars().count() as f32;
        assert_eq!(within("short", 5.0, measure), "short");
        assert_eq!(within("synthetic-calibration-hard-1", 11.0, measure), "synt\u{2026}hard-1");
        assert_eq!(within("w\u{e4}rd w\u{e4}rd", 6.0, measure), "w\u{e4}\u{2026}\u{e4}rd");
        assert_eq!(within("nothing", 0.0, measure), "\u{2026}");
    }
}
