//! The trade-off over (`rssi_window_tap`, `rssi_tap_threshold`) as inline SVG, with a table that
//! says the same.

use std::fmt::Write;

use super::html::{escape, table};
use crate::tuning::{Cell, Pair, TradeOff};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 8.0;
const ROW: f64 = 7.0;
const FOOT: f64 = 50.0;

/// Two colours that the colour-blind tell apart, and two patterns for all others.
const PATTERNS: &str = "<defs>\n\
<pattern id=\"missed\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><rect width=\"5\" height=\"5\" fill=\"#a9cce8\" /><path d=\"M0,5L5,0\" stroke=\"#0b5394\" stroke-width=\"0.9\" /></pattern>\n\
<pattern id=\"false\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><rect width=\"5\" height=\"5\" fill=\"#fbd3a2\" /><circle cx=\"2.5\" cy=\"2.5\" r=\"0.9\" fill=\"#a34a00\" /></pattern>\n\
<pattern id=\"both\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><rect width=\"5\" height=\"5\" fill=\"#b9b9b9\" /><path d=\"M0,5L5,0M0,0L5,5\" stroke=\"#333\" stroke-width=\"0.7\" /></pattern>\n\
</defs>\n";

/// The map and its table; `marked` are pairs with the letters that stand for them.
pub(super) fn write(out: &mut String, map: &TradeOff, marked: &[(Pair, char, &str)]) {
    let columns = map.thresholds.clone().count() as f64;
    let width = (WIDTH - LEFT - 10.0) / columns;
    let height = TOP + map.rows.len() as f64 * ROW + FOOT;
    let _ = write!(
        out,
        "<figure>\n<svg role=\"img\" font-family=\"sans-serif\" font-size=\"8.5\" fill=\"#111\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" aria-labelledby=\"heat-title heat-desc\">\n\
         <title id=\"heat-title\">Missed and false taps over window and threshold</title>\n<desc id=\"heat-desc\">{}</desc>\n{PATTERNS}",
        escape(&description(map, marked))
    );
    for (place, cells) in map.rows.iter().enumerate() {
        let y = top(map, map.windows.start() + place);
        let mut from = 0;
        for run in cells.chunk_by(|a, b| looks(*a) == looks(*b)) {
            let (fill, opacity) = looks(run[0]);
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{ROW:.0}\" fill=\"{fill}\" fill-opacity=\"{opacity}\" />",
                LEFT + from as f64 * width,
                run.len() as f64 * width
            );
            from += run.len();
        }
        let window = map.windows.start() + place;
        if window == 1 || window.is_multiple_of(5) {
            let _ = writeln!(
                out,
                "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{window}</text>",
                LEFT - 4.0,
                y + 6.5
            );
        }
    }
    let foot = TOP + map.rows.len() as f64 * ROW;
    for dbm in map.thresholds.clone().filter(|dbm| dbm % 5 == 0) {
        let x = LEFT + (f64::from(dbm - map.thresholds.start()) + 0.5) * width;
        let _ =
            writeln!(out, "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{dbm}</text>", foot + 11.0);
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">rssi_tap_threshold, dBm</text>\n<text x=\"10\" y=\"{:.0}\" text-anchor=\"middle\" transform=\"rotate(-90 10 {:.0})\">rssi_window_tap, samples</text>",
        LEFT + (WIDTH - LEFT) / 2.0,
        foot + 24.0,
        TOP + (foot - TOP) / 2.0,
        TOP + (foot - TOP) / 2.0
    );
    for (x, fill, words) in [
        (LEFT, "#ffffff", "none missed, none false"),
        (LEFT + 160.0, "url(#missed)", "taps missed"),
        (LEFT + 260.0, "url(#false)", "false taps"),
        (LEFT + 350.0, "url(#both)", "both"),
    ] {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.0}\" y=\"{:.0}\" width=\"14\" height=\"9\" fill=\"{fill}\" stroke=\"#555\" stroke-width=\"0.6\" /><text x=\"{:.0}\" y=\"{:.0}\">{words}</text>",
            foot + 34.0,
            x + 19.0,
            foot + 42.0
        );
    }
    for (pair, letter, _) in marked.iter().filter(|(pair, ..)| map.cell(*pair).is_some()) {
        let x = LEFT + (f64::from(pair.threshold_dbm - map.thresholds.start()) + 0.5) * width;
        let y = top(map, pair.window) + 0.5 * ROW;
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\" fill=\"#fff\" stroke=\"#111\" stroke-width=\"1.4\" /><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{letter}</text>",
            y + 3.0
        );
    }
    let legend: Vec<_> = marked
        .iter()
        .map(|(pair, letter, what)| {
            format!("{letter}: {what}, {} samples and {} dBm", pair.window, pair.threshold_dbm)
        })
        .chain(["taps detected twice are not counted here".to_owned()])
        .collect();
    let legend = legend.join("; ");
    let _ = writeln!(out, "</svg>\n<figcaption>{}</figcaption>\n</figure>", escape(&legend));
    let rows: Vec<_> = free(map)
        .into_iter()
        .map(|(window, low, high)| {
            vec![window.to_string(), format!("{low} to {high} dBm"), (high - low + 1).to_string()]
        })
        .collect();
    if !rows.is_empty() {
        let columns = ["rssi_window_tap", "thresholds", "how many"];
        table(out, "Where neither a missed nor a false tap comes", &columns, &rows);
    }
}

/// Where the row of a window begins: the smallest window is at the bottom, as in the tool's window.
fn top(map: &TradeOff, window: usize) -> f64 {
    TOP + map.windows.end().saturating_sub(window) as f64 * ROW
}

fn looks(cell: Cell) -> (&'static str, &'static str) {
    let shade = |n: u64| match n {
        1 => "0.45",
        2..=3 => "0.7",
        _ => "1",
    };
    match (cell.missed, cell.false_taps) {
        (0, 0) => ("#ffffff", "1"),
        (missed, 0) => ("url(#missed)", shade(missed)),
        (0, false_taps) => ("url(#false)", shade(false_taps)),
        (missed, false_taps) => ("url(#both)", shade(missed + false_taps)),
    }
}

/// Of windows with error-free thresholds: the first and the last of those next to each other.
fn free(map: &TradeOff) -> Vec<(usize, i32, i32)> {
    let mut found = Vec::new();
    for (window, cells) in map.windows.clone().zip(&map.rows) {
        let mut first = *map.thresholds.start();
        for run in cells.chunk_by(|a, b| a.is_free() == b.is_free()) {
            let length = i32::try_from(run.len()).unwrap_or(i32::MAX);
            if run[0].is_free() {
                found.push((window, first, first + length - 1));
            }
            first += length;
        }
    }
    found
}

fn description(map: &TradeOff, marked: &[(Pair, char, &str)]) -> String {
    let all: usize = map.rows.iter().map(Vec::len).sum();
    let free = map.rows.iter().flatten().filter(|c| c.is_free()).count();
    let mut text = format!(
        "Windows {} to {}, thresholds {} to {} dBm: {free} of {all} pairs miss no tap and have no false one; taps detected twice are not counted here.",
        map.windows.start(),
        map.windows.end(),
        map.thresholds.start(),
        map.thresholds.end()
    );
    for (pair, _, what) in marked {
        if let Some(cell) = map.cell(*pair) {
            let _ = write!(
                text,
                " {what} ({}, {} dBm): {} missed, {} false taps.",
                pair.window, pair.threshold_dbm, cell.missed, cell.false_taps
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_window_is_at_the_bottom() {
        let rows = vec![vec![Cell::default(); 11]; 6];
        let map = TradeOff { windows: 3..=8, thresholds: -50..=-40, rows };
        assert!(top(&map, 3) > top(&map, 4) && (top(&map, 8) - TOP).abs() < 1e-9);
    }
}
