//! Choosing recordings in a folder, filtering bands, hearing two places at once, and what is kept
//! from one start to the next.

use std::collections::HashMap;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapbench::app::{App, Begin, Command};
use tapbench::bench::Place;

use super::{Window, sample};

fn type_path(window: &mut Window, text: &str) {
    // The field has the focus from the start.
    window.until("shown", |w| w.shows("Path"));
    window.harness.get_by(|node| node.role() == Role::TextInput && node.is_focused()).type_text(text);
    window.harness.run_steps(2);
}

#[test]
fn recordings_are_picked_in_a_folder_and_opened_together() {
    let mut window = Window::empty();
    window.command(Command::AskOpen);
    let folder = std::path::PathBuf::from(sample("x")).parent().unwrap().to_path_buf();
    window.command(Command::GoTo(folder.to_string_lossy().into_owned()));
    window.until("read", |w| w.shows("synthetic-calibration-hard.rssi.jsonl "));
    for name in ["hard", "easy"] {
        let label = window.label_with(&format!("synthetic-calibration-{name}.rssi.jsonl ")).unwrap();
        window.click(&label);
    }
    window.click("Open 2 recordings");
    window.until("judged together", |w| w.shows("All 2: 23 of 24 hit"));
    // What was opened is offered the next time.
    window.command(Command::AskOpen);
    window.until("offered", |w| w.shows("Opened lately"));
    window.click("Up");
    window.until("the folder above", |w| w.shows("recordings/"));
}

#[test]
fn a_path_is_typed_completed_and_opened() {
    let mut window = Window::empty();
    window.command(Command::AskOpen);
    let folder = std::path::PathBuf::from(sample("x")).parent().unwrap().to_path_buf();
    type_path(&mut window, &folder.to_string_lossy());
    window.press(Key::Enter);
    window.until("read", |w| w.shows("synthetic-calibration-hard.rssi.jsonl "));
    type_path(&mut window, "synthetic-calibration-h");
    window.press(Key::Tab);
    window.press(Key::Enter);
    window.until("opened", |w| w.shows("11 of 12"));
    window.command(Command::AskOpen);
    type_path(&mut window, "no such folder");
    window.press(Key::Enter);
    window.until("refused", |w| w.shows("no such folder: there is no such file or folder"));
}

#[test]
fn recordings_go_into_the_folder_that_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = folder.path().join("ward 3");
    std::fs::create_dir(&chosen).unwrap();
    let mut window = Window::empty();
    window.command(Command::AskOpen);
    type_path(&mut window, &chosen.to_string_lossy());
    window.press(Key::Enter);
    window.until("there", |w| w.shows("There is no folder and no recording"));
    window.click("Record into this folder");
    window.press(Key::Escape);
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("live"));
    window.command(Command::Record);
    let written = || std::fs::read_dir(&chosen).unwrap().count();
    window.until("recorded", |w| written() == 1 && w.shows("REC"));
    window.command(Command::Stop);
    window.until("said where", |w| w.shows("Recorded to") && w.shows("ward 3"));
}

#[test]
fn bands_are_filtered_and_both_terminals_are_heard() {
    let mut window = Window::empty();
    window.command(Command::Listen(Place::Simulated("two-terminals")));
    window.until("streaming", |w| w.shows("live"));
    window.command(Command::ListenToo(Place::Simulated("two-terminals-right")));
    window.until("both heard", |w| w.shows(" at simulated-1,") && w.shows(" at simulated-2,"));
    // Either is chosen by a click, and stays chosen.
    for source in ["simulated-2", "simulated-1"] {
        let name = format!(" at {source},");
        window.choose(&name);
        window.harness.run_steps(20);
        assert!(window.is_shown(&name));
    }
}

#[test]
fn the_list_shows_only_what_is_wanted() {
    let mut window = Window::empty();
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    assert!(window.shows("Filter by address"));
    window.harness.get_by_role(Role::TextInput).focus();
    window.harness.step();
    window.harness.get_by_role(Role::TextInput).type_text("02:02");
    // What is drawn is of a band that is listed.
    window.until("the other", |w| w.is_shown("C6:05:04:03:02:02,") && !w.shows("C6:05:04:03:02:01,"));
    window.harness.get_by_role(Role::TextInput).type_text("AA:BB");
    window.until("none", |w| w.shows(" bands is that."));
    window.click("List all bands");
    window.until("all again", |w| w.shows("C6:05:04:03:02:01,"));
}

/// A store in memory.
#[derive(Clone, Default)]
struct Store(HashMap<String, String>);

impl eframe::Storage for Store {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }
    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }
    fn flush(&mut self) {}
}

fn restored(store: Store) -> Window {
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_step_dt(0.02);
    let build =
        move |cc: &mut eframe::CreationContext<'_>| App::restored(&cc.egui_ctx, &Begin::Empty, Some(&store));
    Window { harness: builder.build_eframe(build) }
}

#[test]
fn values_zoom_and_recordings_are_kept_and_a_damaged_store_is_none() {
    let mut window = Window::empty();
    let paths = vec![sample("synthetic-calibration-hard"), sample("synthetic-calibration-easy")];
    window.command(Command::OpenAll { paths, beside: false });
    window.until("judged", |w| w.shows("All 2: 23 of 24 hit") && w.shows("Line: rssi_tap_threshold"));
    window.command(Command::KeepB);
    window.harness.get_by_label("Line: rssi_tap_threshold").focus();
    window.harness.run_steps(3);
    window.press(Key::ArrowDown);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    window.harness.run_steps(2);
    let mut store = Store::default();
    eframe::App::save(window.harness.state_mut(), &mut store);

    let mut again = restored(store.clone());
    again.harness.run_steps(3);
    assert!((again.harness.ctx.zoom_factor() - 1.1).abs() < 0.01);
    assert!(again.shows("rssi_tap_threshold: A \u{2212}43, B \u{2212}42"));
    again.command(Command::ZoomReset);
    again.harness.run_steps(3);
    again.click("Open the 2 recordings that were open");
    again.until("judged", |w| w.shows("All 2: "));

    for damaged in ["", "{", "{\"zoom\":[],\"values\":7,\"recent\":{\"a\":1}}"] {
        store.0.insert("tapbench".into(), damaged.into());
        let mut window = restored(store.clone());
        window.harness.run_steps(3);
        assert!(window.shows("Start the simulated bench"));
    }
}
