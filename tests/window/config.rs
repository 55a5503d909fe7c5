//! `nbe.toml` is shown before it is written, and what is written is what was shown; the IGEL table is copied.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, OutputCommand, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use tapbench::app::Command;

use super::{Window, sample};

const CONFIG: &str = "# kept\nagent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_tap_threshold = -42 # near\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn write(path: &Path, text: &str) {
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
}

/// A config, and a recording that may be written to it from.
fn own(folder: &Path) -> (PathBuf, PathBuf) {
    let (own, config) = (folder.join("own.rssi.jsonl"), folder.join("nbe.toml"));
    let text = std::fs::read_to_string(sample("synthetic-calibration-hard")).unwrap();
    write(&own, &text.replace(",\"not_a_nymi_band\":true", ""));
    write(&config, CONFIG);
    (own, config)
}

fn compare(window: &mut Window, config: &Path) {
    window.command(Command::ShowConfig);
    window.harness.run_steps(2);
    assert!(window.field().is_focused(), "the path is typed without a click");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.step();
    window.field().type_text(&config.to_string_lossy());
    window.harness.run_steps(2);
    window.press(Key::Enter);
}

fn lower_the_threshold(window: &mut Window) {
    window.harness.get_by_label("Line: rssi_tap_threshold").focus();
    window.harness.run_steps(3);
    window.press(Key::ArrowDown);
}

/// A window that shows what a threshold lower by one would change in the config.
fn compared(folder: &Path) -> (Window, PathBuf) {
    let (own, config) = own(folder);
    let mut window = Window::empty();
    window.open(&own.to_string_lossy());
    lower_the_threshold(&mut window);
    compare(&mut window, &config);
    window.until("compared", |w| w.shows("+ rssi_tap_threshold = -43 # near"));
    (window, config)
}

#[test]
fn nbe_toml_is_compared_and_written_with_a_backup() {
    let folder = folder();
    let (mut window, config) = compared(folder.path());
    assert_eq!(
        std::fs::read_to_string(&config).unwrap(),
        CONFIG,
        "nothing is written before it is asked for"
    );
    window.click("Back up and write");
    window.until("written", |w| w.shows("Written and read back"));
    let after = std::fs::read_to_string(&config).unwrap();
    assert!(after.starts_with("# kept\n") && after.contains("rssi_tap_threshold = -43 # near\n"), "{after}");
    let backups = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path != config
            && path.to_string_lossy().contains("nbe.toml")
            && std::fs::read_to_string(path).unwrap() == CONFIG
    });
    assert_eq!(backups.count(), 1);
    assert!(window.shows("restart the Nymi Bluetooth Endpoint service"));
}

#[test]
fn what_is_no_longer_wanted_is_not_written() {
    let folder = folder();
    let (mut window, config) = compared(folder.path());
    window.press(Key::Escape);
    window.command(Command::Undo);
    window.command(Command::WriteConfig);
    window
        .until("asked anew", |w| w.shows("Compare shows what would change") && !w.shows("Back up and write"));
    assert_eq!(std::fs::read_to_string(&config).unwrap(), CONFIG);
    // Where the file is there, showing it compares at once, with the values as they are now.
    lower_the_threshold(&mut window);
    window.press(Key::Escape);
    window.command(Command::ShowConfig);
    window
        .until("compared", |w| w.shows("+ rssi_tap_threshold = -43 # near") && w.shows("Back up and write"));
}

#[test]
fn what_the_terminal_has_otherwise_is_written_only_where_that_is_chosen() {
    let folder = folder();
    let (mut window, config) = compared(folder.path());
    window.press(Key::Escape);
    write(&config, &format!("{CONFIG}rssi_cutoff_close = -64\n"));
    window.command(Command::ShowConfig);
    let cutoff = "rssi_cutoff_close: write \u{2212}70 instead of \u{2212}64";
    window.until("compared", |w| w.shows(cutoff) && w.shows("Back up and write"));
    assert!(window.shows("+ rssi_tap_threshold = -43 # near") && !window.shows("- rssi_cutoff_close"));
    assert!(
        window.shows("NBE keeps what is not written"),
        "what is decided here is not what NBE will decide"
    );
    window.click(cutoff);
    window.until("compared anew", |w| w.shows("+ rssi_cutoff_close = -70"));
    assert!(!window.shows("NBE keeps what is not written"));
    window.click(cutoff);
    window
        .until("left as it is", |w| !w.shows("+ rssi_cutoff_close = -70") && w.shows("Use \u{2212}64 here"));
    window.click("Use \u{2212}64 here");
    window.until("used here", |w| {
        w.shows("+ rssi_tap_threshold = -43 # near") && !w.shows("rssi_cutoff_close: write")
    });
    window.click("Back up and write");
    window.until("written", |w| w.shows("Written and read back"));
    let expected = CONFIG.replace("-42", "-43") + "rssi_cutoff_close = -64\n";
    assert_eq!(std::fs::read_to_string(&config).unwrap(), expected);
}

#[test]
fn all_that_can_be_chosen_fits_a_small_window() {
    let folder = folder();
    let (mut window, config) = compared(folder.path());
    let others =
        "rssi_window_tap = 9\nrssi_window_long = 40\nrssi_cutoff_close = -64\nrssi_cutoff_far = -90\n";
    write(&config, &format!("{CONFIG}{others}"));
    window.harness.set_size(vec2(1024.0, 700.0));
    window.press(Key::Escape);
    window.command(Command::ShowConfig);
    window.until("compared", |w| w.shows("Use 9 here") && w.shows("Back up and write"));
    window.harness.run_steps(3);
    for button in ["Back up and write", "Copy the table"] {
        let (rect, screen) = (window.harness.get_by_label(button).rect(), window.harness.ctx.content_rect());
        assert!(screen.contains_rect(rect), "{button} at {rect:?} is not within {screen:?}");
    }
}

#[test]
fn no_config_is_written_from_other_transmitters() {
    let mut window = Window::with("synthetic-calibration-easy");
    let folder = folder();
    let config = folder.path().join("nbe.toml");
    std::fs::File::create_new(&config).unwrap();
    lower_the_threshold(&mut window);
    compare(&mut window, &config);
    window.until("compared", |w| w.shows("Back up and write"));
    assert!(window.shows("is not of a Nymi Band, so nothing is written"));
    assert!(window.harness.get_by_label("Back up and write").accesskit_node().is_disabled());
    assert!(window.harness.get_by_label("Copy the table").accesskit_node().is_disabled());
    let why = "is not of a Nymi Band, so no value is copied";
    let said = |window: &Window| window.harness.query_all_by_label_contains(why).count();
    assert_eq!(said(&window), 1, "the reason can be seen");
    window.harness.get_by_label("Copy the value of RSSI_TAP_THRESHOLD").hover();
    window.until("it is said at the button", |w| said(w) == 2);
    window.command(Command::CopyIgel);
    assert_eq!(copied(&window), None);
}

/// What the last frame copied.
fn copied(window: &Window) -> Option<String> {
    let commands = &window.harness.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn the_igel_table_is_copied_whole_and_value_by_value() {
    let mut window = Window::empty();
    window.command(Command::ShowConfig);
    window.harness.run_steps(3);
    let mut copy = |label: &str| {
        window.harness.get_by_label(label).click();
        (0..4).find_map(|_| {
            window.harness.step();
            copied(&window)
        })
    };
    let table = "RSSI_WINDOW_TAP=10\nRSSI_WINDOW_LONG=50\nRSSI_TAP_THRESHOLD=-42\nRSSI_CUTOFF_CLOSE=-70\nRSSI_CUTOFF_FAR=-83\n";
    assert_eq!(copy("Copy the table").as_deref(), Some(table));
    assert_eq!(copy("Copy the value of RSSI_TAP_THRESHOLD").as_deref(), Some("-42"));
}
