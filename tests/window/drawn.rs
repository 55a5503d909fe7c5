//! What is drawn in the plot and has no place in the accessibility tree: levels, and words that must not
//! be cut nor run into each other.
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests, of what is drawn alike")]

use std::fmt::Write;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Rect, Shape};
use egui_kittest::kittest::Queryable;
use tapbench::app::Command;

use super::Window;

const BAND: &str = "\"band\":\"C6:05:04:03:02:01\"";

/// A window that shows so many samples, ten a second, the first 50 of them nearer; between them what
/// `also` says at each.
fn shown(samples: u64, also: impl Fn(u64) -> Option<String>) -> Window {
    let mut text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b1\",\"kind\":\"bluegiga\"},{\"id\":\"nfc-1\",\"kind\":\"nfc\"}]}\n".to_owned();
    for at in 0..samples {
        let (t_us, rssi) = (100_000 * (at + 1), if at < 50 { -60 } else { -65 });
        writeln!(text, "{{\"t_us\":{t_us},\"source\":\"b1\",{BAND},\"rssi\":{rssi}}}").unwrap();
        if let Some(what) = also(at) {
            writeln!(text, "{{\"t_us\":{},\"source\":\"nfc-1\",{what}}}", t_us + 1).unwrap();
        }
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("drawn.rssi.jsonl");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    let mut window = Window::empty();
    window.open(path.to_str().unwrap());
    window.command(Command::FitAll);
    window.harness.run_steps(3);
    window
}

fn shapes(window: &Window) -> impl Iterator<Item = &ClippedShape> {
    window.harness.output().shapes.iter()
}

/// Where these words stand, and what is seen of the surface that they are drawn on.
fn words(window: &Window, wanted: &str) -> Vec<(Rect, Rect)> {
    let of = |drawn: &ClippedShape| match &drawn.shape {
        Shape::Text(text) if text.galley.text() == wanted => {
            Some((text.visual_bounding_rect(), drawn.clip_rect))
        }
        _ => None,
    };
    shapes(window).filter_map(of).collect()
}

/// The levels of distance checks, from left to right: where each begins and ends, and how high it is.
fn levels(window: &Window) -> Vec<[f32; 3]> {
    let plot = window.harness.get_by_label_contains("RSSI over time, ").rect();
    let of = |drawn: &ClippedShape| match &drawn.shape {
        Shape::LineSegment { points: [a, b], stroke } if a.y == b.y && plot.contains(*a) => {
            // The lines of the parameters are thinner, or as wide as the plot.
            let is_level = stroke.width == 2.0 && b.x - a.x < 0.8 * plot.width();
            is_level.then_some([a.x, b.x, a.y])
        }
        _ => None,
    };
    shapes(window).filter_map(of).collect()
}

#[test]
fn the_first_and_the_last_distance_check_are_drawn() {
    let window = shown(120, |_| None);
    let levels = levels(&window);
    assert!(
        matches!(levels[..], [[_, end, near], [begin, _, far]] if end == begin && near < far),
        "{levels:?}"
    );
    let [begin, end, _] = levels[0];
    let length = levels[1][1] - levels[1][0];
    assert!(((end - begin) / length - 0.98).abs() < 0.02, "50 samples are 49 steps: {levels:?}");
}

#[test]
fn the_name_of_the_last_event_is_not_cut() {
    let window = shown(51, |_| None);
    let present = words(&window, "present");
    assert!(matches!(present[..], [(words, seen)] if seen.contains_rect(words)), "{present:?}");
}

#[test]
fn taps_on_a_reader_that_follow_closely_are_named_once() {
    let tap = |at: u64| match at % 20 {
        10 => Some("\"nfc\":\"inserted\",\"reader\":\"R\"".to_owned()),
        12 => Some("\"nfc\":\"removed\",\"reader\":\"R\",\"dwell_ms\":200,\"outcome\":\"ok\"".to_owned()),
        _ => None,
    };
    let window = shown(1_200, tap);
    assert!(window.shows("60 NFC taps"));
    let names = words(&window, "NFC");
    let apart = names.windows(2).all(|pair| pair[0].0.right() < pair[1].0.left());
    assert!(apart && (10..60).contains(&names.len()), "{names:?}");
}
