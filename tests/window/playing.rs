//! A recording is played: what lies behind the play head is not shown yet.

use eframe::egui::{Key, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use tapbench::app::Command;

use super::Window;

const RECORDING: &str = "synthetic-calibration-hard";

#[test]
fn it_plays_pauses_and_shows_all_again() {
    let mut window = Window::with(RECORDING);
    assert!(window.shows("all 0:05:"), "all is shown at first");
    window.press(Key::P);
    window.until("playing", |w| w.shows("Pause") && w.shows("0:00:00."));
    assert!(window.shows("No event yet"), "what comes is not known yet");
    // Half a second of frames at 100×.
    (0..6).for_each(|_| window.press(Key::Plus));
    window.harness.run_steps(25);
    window.until("further on", |w| !w.shows("0:00:00."));
    assert!(window.shows("of the whole recording"), "the verdict says what it is of");
    window.press(Key::P);
    window.until("paused", |w| w.shows("Play"));
    let head = window.label_with(" / ");
    window.harness.run_steps(5);
    assert_eq!(window.label_with(" / "), head, "it stands still");
    window.command(Command::ShowAll);
    window.harness.run_steps(2);
    assert!(!window.shows("of the whole recording"));
}

#[test]
fn it_steps_by_sample_and_by_event_and_explains_what_is_there() {
    let mut window = Window::with(RECORDING);
    window.press(Key::Period);
    window.until("the first sample", |w| w.shows("0:00:00."));
    let first = window.label_with(" / ");
    window.press(Key::Period);
    window.harness.run_steps(2);
    assert_ne!(window.label_with(" / "), first);
    window.press(Key::Comma);
    window.harness.run_steps(2);
    assert_eq!(window.label_with(" / "), first);
    window.press(Key::PageDown);
    window.until("the first event", |w| w.shows("Last event: "));
    let event = window.label_with("Last event: ");
    window.press(Key::PageDown);
    window.harness.run_steps(2);
    assert_ne!(window.label_with("Last event: "), event);
    window.press(Key::PageUp);
    window.harness.run_steps(2);
    assert_eq!(window.label_with("Last event: "), event);
}

#[test]
fn the_strip_seeks_and_a_segment_is_repeated() {
    let mut window = Window::with(RECORDING);
    let strip = window.harness.get_by_label("Time strip").rect();
    window.click_at(strip.left_top() + vec2(strip.width() / 2.0, strip.height() / 2.0));
    window.until("in the middle", |w| w.label_with(" / ").is_some_and(|label| !label.starts_with("0:00:0")));
    window.click("Loop");
    let is_on = |window: &Window| {
        let toggled = window.harness.get_by_label("Loop").accesskit_node().toggled();
        toggled == Some(eframe::egui::accesskit::Toggled::True)
    };
    assert!(is_on(&window));
    window.press(Key::X);
    assert!(!is_on(&window));
}

#[test]
fn what_is_heard_now_is_not_played() {
    let mut window = Window::empty();
    window.command(Command::Listen(tapbench::bench::Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    window.press(Key::P);
    assert!(!window.shows("Pause") && !window.shows("Time strip"));
}
