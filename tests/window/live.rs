//! The simulated bench: samples, decisions, marks, a band that is found, and a recording.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use eframe::egui::Key;
use egui_kittest::kittest::Queryable;
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
    window.until("heard for a while", |w| w.has_heard_for_two_seconds());
    window.press(Key::N);
    window.until("marked", |w| w.has("end"));
    window.click("end");
    window.until("judged", |w| w.shows("0 in 1"));
    window.command(Command::Stop);
    window.until("stopped", |w| !w.shows("Stop"));
    assert!(window.shows("0 in 1"), "what was heard stays open");
}

#[test]
fn what_was_marked_and_not_recorded_is_not_lost_unasked() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = Window::empty();
    window.harness.state_mut().write_into(folder.path().to_owned());
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    window.press(Key::N);
    window.until("marked", |w| w.has("end"));
    window.click("end");
    window.until("judged", |w| w.shows("0 in 1"));
    window.command(Command::Record);
    assert!(window.shows("the segments that were marked in it are lost") && !window.shows("REC"));
    window.click("Stay here");
    window.command(Command::Stop);
    window.until("stopped", |w| !w.shows("Stop"));
    window.command(Command::AskSave);
    window.until("told", |w| w.shows("this was not recorded, so it cannot be saved"));
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.click("Go on without them");
    window.until("streaming anew", |w| w.shows("live") && !w.shows("0 in 1"));
    window.command(Command::Record);
    window.until("recorded", |w| w.shows("REC"));
}

#[test]
fn the_band_that_comes_near_is_found() {
    let mut window = Window::empty();
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    window.click("Find my band");
    window.until("counted down", |w| w.shows("Now hold your band to the dongle: "));
    // The simulated person may do something else meanwhile.
    while !window.shows("C6:05:04:03:02:01 rose most") {
        window.until("an end", |w| w.shows("rose most") || w.shows("No band stood out"));
        if !window.shows("C6:05:04:03:02:01 rose most") {
            window.click("Try again");
        }
    }
    window.click("This is it");
    assert!(!window.shows("rose most"));
    window.click("Find my band");
    window.until("again", |w| w.shows("Now hold your band"));
    // Its name goes on with how strong it is, and that changes.
    window.harness.get_by_label_contains("C6:05:04:03:02:01,").click();
    window.harness.run_steps(3);
    window.until("chosen by hand", |w| !w.shows("Now hold your band") && !w.shows("rose most"));
}

#[test]
fn what_was_recorded_is_open_and_can_be_edited() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = Window::empty();
    window.harness.state_mut().write_into(folder.path().to_owned());
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    window.command(Command::Record);
    window.until("recorded", |w| w.shows("REC") && w.shows("C6:05:04:03:02:01,"));
    window.press(Key::N);
    window.until("marked", |w| w.has("end"));
    window.click("end");
    window.until("judged", |w| w.shows("0 in 1"));
    window.command(Command::Stop);
    window.until("open", |w| w.shows("Recorded to") && w.shows("Time strip") && w.shows("0 in 1"));
    let name = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().file_name();
    window.until("called by its file", |w| w.harness.query_by_label(&name.to_string_lossy()).is_some());
    window.press(Key::Insert);
    window.until("edited", |w| w.shows("Save segments as"));
    window.command(Command::AskSave);
    window.until("asked", |w| w.shows("becomes a new file"));
    window.click("Save");
    window.until("saved", |w| w.shows("Saved as ") && !w.shows("Save segments as"));
}

#[test]
fn a_recording_that_cannot_be_written_ends_nothing() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("no folder");
    std::fs::File::create_new(&file).unwrap();
    let mut window = Window::empty();
    window.harness.state_mut().write_into(file.join("inside"));
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,") && w.shows("live"));
    window.command(Command::Record);
    window.until("refused", |w| w.shows("no recording can be written here"));
    assert!(window.shows("live") && window.shows("Stop"), "it is still listened to");
    // Nor is such a folder taken.
    window.command(Command::RecordInto(file));
    window.harness.run_steps(2);
    assert!(!window.shows("Recordings go to"));
}

#[test]
fn marks_need_a_session() {
    let mut window = Window::with("synthetic-calibration-easy");
    window.command(Command::Begin(Intent::Tap));
    window.press(Key::Insert);
    window.command(Command::Record);
    assert!(!window.shows("REC") && !window.shows("Segments were changed"), "nothing is lost by it");
}
