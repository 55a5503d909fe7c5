//! Segments are edited by hand, taken back, and saved as a new recording that `tapbench replay`
//! judges as the window does.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command as Process;

use eframe::egui::{Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::Queryable;
use tapbench::app::Command;

use super::{Window, sample};

const RECORDING: &str = "synthetic-calibration-hard";

/// The segments that can be seen, from left to right.
fn segments(window: &Window) -> Vec<Rect> {
    let nodes = window.harness.query_all_by_label_contains("Segment ");
    let mut rects: Vec<_> = nodes.map(|node| node.rect()).filter(|rect| rect.width() > 0.0).collect();
    rects.sort_by(|a, b| a.left().total_cmp(&b.left()));
    rects
}

/// The middle of the widest empty part of the strip.
fn gap(window: &Window) -> Rect {
    let strip = window.harness.get_by_label("Segments: drag to add one").rect();
    let rects = segments(window);
    let ends = rects.iter().map(|r| r.right());
    let begins = rects.iter().skip(1).map(|r| r.left()).chain([strip.right()]);
    let gaps = ends.zip(begins).filter(|(from, to)| from < to);
    let (from, to) = gaps.max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0))).unwrap();
    Rect::from_x_y_ranges(from..=to, strip.y_range()).shrink2(vec2((to - from) / 4.0, 0.0))
}

#[test]
fn a_segment_is_added_by_a_drag_retyped_moved_and_deleted() {
    let mut window = Window::with(RECORDING);
    window.until("decided", |w| w.shows("11 of 12"));
    window.command(Command::Show(20_000_000, 60_000_000));
    window.harness.run_steps(2);
    let gap = gap(&window);
    window.drag(gap.left_center(), gap.right_center());
    window.until("asked", |w| w.shows("New segment, meant as"));
    window.click("tap");
    window.until("one more is missed", |w| w.shows("11 of 13"));
    // It is chosen: a key gives it another meaning.
    window.press(Key::N);
    window.until("it holds", |w| w.shows("11 of 12") && w.shows(": no tap, "));
    window.press(Key::Delete);
    window.until("deleted", |w| !w.shows("Save segments as"));
    for (key, words) in [(Key::Z, "11 of 12"), (Key::Z, "11 of 13"), (Key::Z, "11 of 12")] {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        window.until("taken back", |w| w.shows(words));
    }
    assert!(!window.shows("Save segments as"), "all is as it was recorded");
}

#[test]
fn segments_are_dragged_and_what_is_saved_is_judged_as_shown() {
    let mut window = Window::with(RECORDING);
    window.until("decided", |w| w.shows("11 of 12"));
    let label = window.label_with("Segment 1: ").unwrap();
    window.click(&label);
    window.until("chosen", |w| w.shows("Done"));
    window.press(Key::L);
    window.until("retyped", |w| w.shows("Segment 1: leave") && w.shows("10 of 11"));
    window.press(Key::Escape);
    window.press(Key::Insert);
    window.until("added", |w| w.shows("10 of 12") || w.shows("11 of 12"));
    window.click("Done");
    window.command(Command::Show(172_000_000, 175_000_000));
    window.harness.run_steps(2);
    let added = window.harness.get_by_label_contains("0:02:52.88 to 0:02:54.88").rect();
    window.drag(added.right_center() - vec2(2.0, 0.0), added.right_center() + vec2(60.0, 0.0));
    window.until("longer", |w| w.shows("0:02:52.88 to 0:02:5") && !w.shows("to 0:02:54.88"));
    let longer = window.harness.get_by_label_contains("0:02:52.88 to 0:02:5").rect();
    window.drag(longer.center(), longer.center() - vec2(50.0, 0.0));
    window.until("moved", |w| !w.shows("0:02:52.88 to 0:02:5"));
    window.command(Command::FitAll);
    window.until("decided", |w| w.shows("Segment 1: leave") && !w.shows("deciding anew"));

    window.command(Command::Open(sample("synthetic-calibration-easy")));
    window.until("asked", |w| w.shows("Segments were changed and are not saved."));
    window.click("Stay here");
    assert!(window.shows("Save segments as"), "nothing is lost");

    let hit = if window.shows("10 of 12") { 10 } else { 11 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let new = folder.path().join("marked.rssi.jsonl.zst");
    window.command(Command::Save(sample("synthetic-calibration-easy").into()));
    window.until("refused", |w| w.shows("is there already; nothing was written"));
    window.command(Command::Save(new.clone()));
    window.until("saved", |w| w.shows("Saved as ") && !w.shows("Save segments as"));
    window.until("shown", |w| w.shows(&format!("{hit} of 12")) && w.shows("Segment 1: leave"));
    let (saved, old) = (replayed(&new), replayed(Path::new(&sample(RECORDING))));
    assert_eq!(saved["segments"]["tap"]["hit"], hit);
    assert_eq!(saved["segments"]["leave"]["count"], old["segments"]["leave"]["count"].as_u64().unwrap() + 1);
    assert_eq!(saved["samples"], old["samples"]);
    assert_eq!(old["segments"]["tap"]["hit"], 11, "the old file stays as it is");
}

#[test]
fn segments_that_are_given_up_are_gone() {
    let mut window = Window::with(RECORDING);
    window.press(Key::Insert);
    window.until("added", |w| w.shows("of 13"));
    window.press(Key::Escape);
    window.command(Command::Open(sample("synthetic-calibration-easy")));
    window.until("asked", |w| w.shows("Segments were changed and are not saved."));
    window.click("Give them up");
    window.until("the other is open", |w| w.shows("12 of 12") && !w.shows("Save segments as"));
}

fn replayed(path: &Path) -> serde_json::Value {
    let output = Process::new(env!("CARGO_BIN_EXE_tapbench"))
        .args(["replay", "--dongle", "bluegiga", "--format", "jsonl"])
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let line: serde_json::Value = serde_json::from_str(last).unwrap_or_default();
    line["summary"].clone()
}

#[test]
fn one_segment_is_asked_about_at_a_time_and_a_key_answers() {
    let mut window = Window::with(RECORDING);
    window.until("decided", |w| w.shows("11 of 12"));
    window.command(Command::Show(20_000_000, 60_000_000));
    window.harness.run_steps(2);
    let (ground, others) = (gap(&window), segments(&window));
    window.drag(ground.left_center(), ground.right_center());
    window.until("asked", |w| w.shows("New segment, meant as"));
    let other = others.iter().min_by(|a, b| a.width().total_cmp(&b.width())).unwrap();
    window.click_at(other.center());
    assert!(window.shows("Done") && !window.shows("New segment, meant as"), "the other one is chosen");
    window.drag(ground.left_center(), ground.right_center());
    window.until("asked", |w| w.shows("New segment, meant as"));
    assert!(!window.shows("Done"), "nothing else is chosen");
    window.press(Key::T);
    window.until("one more is missed", |w| w.shows("11 of 13"));
    assert!(window.shows("Done") && !window.shows("New segment, meant as"));
}

#[test]
fn no_segment_is_made_of_what_was_not_recorded() {
    let mut window = Window::with(RECORDING);
    window.until("decided", |w| w.shows("11 of 12"));
    window.command(Command::Show(-60_000_000, 30_000_000));
    window.harness.run_steps(2);
    let strip = window.harness.get_by_label("Segments: drag to add one").rect();
    // 90 s and as much again beside them: the recording begins in the middle and a bit.
    let left = |share: f32| strip.left_center() + vec2(strip.width() * share, 0.0);
    window.drag(left(0.05), left(0.5));
    window.harness.run_steps(3);
    assert!(!window.shows("New segment, meant as"), "there is nothing to mark");
    window.drag(left(0.3), left(0.62));
    window.until("asked", |w| w.shows("New segment, meant as"));
    window.press(Key::O);
    window.until("added", |w| w.shows("note, 0.00 s to "));
    window.command(Command::Show(400_000_000, 500_000_000));
    window.press(Key::Insert);
    window.until("said", |w| w.shows("Nothing was recorded there"));
}
