//! The simulated bench: samples, decisions, marks, a band that is found, and a recording.

use eframe::egui::Key;
use tapbench::app::Command;
use tapbench::bench::Place;
use tapbench::recording::Intent;

use super::Window;

#[test]
fn the_simulated_bench_streams_is_marked_and_stops() {
    let mut window = Window::empty();
    window.harness.run_steps(2);
    window.click("Start the simulated bench");
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,") && w.shows("live"));
    window.until("heard for a while", |w| w.shows(" samples in 2 s"));
    window.press(Key::N);
    window.until("marked", |w| w.shows("end"));
    window.click("end");
    window.until("judged", |w| w.shows("0 in 1"));
    window.command(Command::Stop);
    window.until("stopped", |w| !w.shows("Stop"));
    assert!(window.shows("0 in 1"), "what was heard stays open");
}

#[test]
fn the_band_that_comes_near_is_found() {
    let mut window = Window::empty();
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    window.click("Find my band");
    window.until("found", |w| w.shows("C6:05:04:03:02:01 rose most"));
    window.click("This is it");
    assert!(!window.shows("rose most"));
}

#[test]
fn marks_need_a_session() {
    let mut window = Window::with("synthetic-calibration-easy");
    window.command(Command::Begin(Intent::Tap));
    window.command(Command::Record);
    assert!(!window.shows("REC"));
}
