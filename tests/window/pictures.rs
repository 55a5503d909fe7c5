//! The pictures of the documentation, drawn by Mesa's software Vulkan without a display.
//! `cargo xtask screenshots` makes them; it looks at each test named `picture_of_…`.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use tapbench::app::{Command, Foot};
use tapbench::bench::{Mishap, Place};

use super::{Window, calibrate};

/// Where they go.
const FOLDER: &str = "TAPBENCH_PICTURES";

/// Where none is asked for, the scene is only played.
fn draw(window: &mut Window, name: &str) {
    // What was pointed at last fades.
    window.harness.run_steps(20);
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let path = PathBuf::from(folder).join(format!("{name}.png"));
    match window.harness.render().map(|picture| picture.save(&path)) {
        Ok(Ok(())) => println!("{}", path.display()),
        failed => panic!("{}: {failed:?}", path.display()),
    }
}

/// An empty folder, by a name that does not say where this machine keeps it.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(name);
    // There is none at the first time.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&folder).to_owned()
}

fn in_light(mut window: Window) -> Window {
    window.harness.set_size(vec2(1280.0, 800.0));
    window.command(Command::Theme);
    window
}

/// Types into the only field that there is, in the place of what it says.
fn fill(window: &mut Window, text: &str) {
    window.field().focus();
    window.harness.step();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.harness.step();
    window.field().type_text(text);
    window.harness.run_steps(2);
}

#[test]
fn picture_of_a_replay() {
    let mut window = in_light(Window::with("synthetic-calibration-hard"));
    window.until("decided", |w| w.shows("11 of 12"));
    draw(&mut window, "replay");
}

#[test]
fn picture_in_dark() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.until("decided", |w| w.shows("11 of 12"));
    window.command(Command::Show(15_000_000, 45_000_000));
    window.command(Command::KeepB);
    window.harness.get_by_label("Line: rssi_tap_threshold").focus();
    window.harness.run_steps(3);
    (0..3).for_each(|_| window.press(Key::ArrowDown));
    window.until("compared", |w| w.shows("A \u{2212}45, B \u{2212}42") && !w.shows("deciding anew"));
    draw(&mut window, "dark");
}

#[test]
fn picture_of_a_recommendation() {
    let mut window = in_light(Window::with("synthetic-calibration-hard"));
    window.command(Command::Recommend);
    window.until("recommended", |w| w.shows("Use these values"));
    draw(&mut window, "recommendation");
}

#[test]
fn picture_of_the_symptoms() {
    let mut window = in_light(Window::with("synthetic-calibration-hard"));
    window.command(Command::Symptoms);
    window.until("answered", |w| w.shows("Are taps not detected?") && w.shows("Yes."));
    draw(&mut window, "symptoms");
}

#[test]
fn picture_of_a_change_of_the_config() {
    let config = folder("change").join("nbe.toml");
    let text = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_tap_threshold = -42\n";
    std::io::Write::write_all(&mut std::fs::File::create(&config).unwrap(), text.as_bytes()).unwrap();
    let mut window = in_light(Window::with("synthetic-calibration-hard"));
    window.command(Command::Recommend);
    window.until("recommended", |w| w.shows("Use these values"));
    window.command(Command::TakeRecommendation);
    window.command(Command::ShowConfig);
    window.harness.run_steps(3);
    fill(&mut window, &config.to_string_lossy());
    window.click("Compare");
    window.until("compared", |w| w.shows("rssi_tap_threshold = -44"));
    draw(&mut window, "diff");
}

#[test]
fn picture_of_a_live_source() {
    let mut window = in_light(Window::empty());
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    let is_drawn = std::env::var_os(FOLDER).is_some();
    if is_drawn {
        window.until("heard for a while", |w| w.shows("samples in 25 s"));
    }
    window.until("heard for a while", Window::has_heard_for_two_seconds);
    draw(&mut window, "live");
}

#[test]
fn picture_of_nfc_taps() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = in_light(Window::empty());
    window.open(&super::nfc::recording(folder.path()).to_string_lossy());
    window.command(Command::Foot(Foot::Nfc));
    window.until("the taps", |w| w.shows("left too early"));
    draw(&mut window, "nfc");
}

/// A calibration by a simulated person, some times as fast as a real one.
fn calibration(folder: &Path, pace: u32) -> Window {
    let mut window = in_light(calibrate::ready(folder, Mishap::None, pace));
    window.click("Begin");
    window.until("led", |w| w.shows("Step ") || w.shows("Use these values"));
    window
}

#[test]
fn picture_of_a_calibration() {
    let mut window = calibration(&folder("calibration"), 3);
    window.until("the first tap", |w| w.shows("Now: "));
    draw(&mut window, "calibrate");
}

#[test]
fn picture_of_what_a_calibration_recommends() {
    let mut window = calibration(&folder("outcome"), 200);
    window.until("the end", |w| w.shows("Use these values"));
    draw(&mut window, "outcome");
}
