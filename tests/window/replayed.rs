//! A recording: the decision, changed by hand and taken back, compared, recommended and written.

use eframe::egui::{Key, Modifiers, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use tapbench::app::Command;

use super::Window;

#[test]
fn nothing_open_offers_the_bench_and_the_samples() {
    let mut window = Window::empty();
    window.harness.run_steps(2);
    assert!(window.shows("Start the simulated bench") && window.shows("synthetic calibration hard"));
    window.click("synthetic calibration hard");
    window.until("decided", |w| w.shows("11 of 12"));
    assert!(window.shows("3300 samples") || window.shows("samples in"));
}

#[test]
fn dragging_the_threshold_changes_the_verdict_and_undo_takes_it_back() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.until("one tap missed", |w| w.shows("11 of 12"));
    let missed = window.label_with("did not tap: the best window mean").unwrap_or_default();
    assert!(missed.starts_with("tap at 0:"), "the miss is explained, where it is on the strip: {missed}");
    let line = window.harness.get_by_label("Line: rssi_tap_threshold").rect().center();
    window.drag(line, pos2(line.x, line.y + 24.0));
    window.until("all taps hit", |w| w.shows("12 of 12"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.until("as before", |w| w.shows("11 of 12"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    window.until("again", |w| w.shows("12 of 12"));
}

#[test]
fn a_parameter_is_set_by_its_number_and_compared_with_b() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.until("one tap missed", |w| w.shows("11 of 12"));
    window.click("Keep as B");
    let line = window.harness.get_by_label("Line: rssi_tap_threshold");
    line.focus();
    window.harness.run_steps(3);
    for _ in 0..3 {
        window.press(Key::ArrowDown);
    }
    window.until("both", |w| w.shows("12 of 12") && w.shows("11 of 12"));
    assert!(window.shows("rssi_tap_threshold: A \u{2212}45, B \u{2212}42"));
    window.click("Swap A and B");
    window.until("swapped", |w| w.shows("rssi_tap_threshold: A \u{2212}42, B \u{2212}45"));
}

#[test]
fn a_recommendation_is_found_and_used() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.command(Command::Recommend);
    window.until("recommended", |w| w.shows("Use these values"));
    assert!(window.shows("A window of 7 samples and a threshold of \u{2212}44 dBm register all 12 taps"));
    window.command(Command::TakeRecommendation);
    window.until("all taps hit", |w| w.shows("12 of 12") && w.shows("in use"));
}

#[test]
fn what_cannot_be_opened_is_said_with_a_remedy() {
    let mut window = Window::empty();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("garbage.rssi.jsonl");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), b"\x00\xffgarbage").unwrap();
    window.command(Command::Open(path.to_string_lossy().into_owned()));
    window.until("refused", |w| w.shows("What to do: if it is a capture or a CSV file"));
    window.click("Dismiss");
    window.until("dismissed", |w| !w.shows("What to do"));
    window.command(Command::Open("no such file".into()));
    window.until("refused", |w| w.shows("no such file: cannot be opened"));
}

#[test]
fn every_command_is_in_the_palette_and_the_help() {
    let mut window = Window::with("synthetic-calibration-easy");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.harness.run_steps(3);
    window.field().type_text("forget");
    window.harness.run_steps(3);
    assert!(window.shows("Forget B") && !window.shows("Recommend parameters"));
    window.press(Key::Escape);
    window.command(Command::Help);
    window.harness.run_steps(2);
    assert!(window.shows("Seen: the terminal registered a tap") && window.shows("Ctrl+Z"));
}

#[test]
fn a_command_is_chosen_with_the_arrow_keys_and_what_cannot_be_done_says_why() {
    let mut window = Window::with("synthetic-calibration-easy");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.harness.run_steps(3);
    let confirm = window.harness.get_by_label("Calibration: confirm with NBE");
    assert!(confirm.accesskit_node().is_disabled() && window.shows("no calibration has come to its end"));
    window.field().type_text("again");
    window.harness.run_steps(3);
    let is_chosen = |window: &Window, name: &str| {
        let toggled = window.harness.get_by_label(name).accesskit_node().toggled();
        toggled == Some(eframe::egui::accesskit::Toggled::True)
    };
    let first = "Start the Endpoint again";
    assert!(is_chosen(&window, first), "what Enter does can be seen");
    window.press(Key::ArrowDown);
    let last = "Calibration: again from the beginning";
    assert!(is_chosen(&window, last) && !is_chosen(&window, first));
    window.press(Key::ArrowDown);
    assert!(is_chosen(&window, last), "what cannot be done is passed over");
    window.press(Key::ArrowUp);
    assert!(is_chosen(&window, first));
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.until("done", |w| w.shows("Calibrate this terminal") && !w.shows(first));
}

#[test]
fn symptoms_are_answered_from_what_is_open() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.command(Command::Symptoms);
    window.until("answered", |w| w.shows("Are taps not detected?") && w.shows("Yes."));
    assert!(
        window.shows("Does the desktop lock at an undesirable distance?") && window.shows("segment 13: ")
    );
}

#[test]
fn the_strip_below_the_plot_counts_by_segment() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.until("decided", |w| w.shows("11 of 12"));
    assert!(!window.shows("Distribution by segment. "));
    window.press(Key::D);
    window.until("shown", |w| w.shows("Distribution by segment. outside segments: "));
    assert!(window.shows("no tap: ") && window.shows(" samples, \u{2212}"));
    window.click("Distribution by segment");
    window.until("closed", |w| !w.shows("Distribution by segment. "));
}

#[test]
fn nothing_is_drawn_without_a_cause() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.harness.run_steps(60);
    let output = window.harness.output();
    let delay = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min();
    assert!(delay > Some(std::time::Duration::from_secs(1)), "{delay:?}");
}
