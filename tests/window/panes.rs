//! The panes keep their widths and leave the plot its room; menus close before dialogs; the wheel is for
//! the plot wherever the pointer is in it.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapbench::app::{App, Begin, Command};
use tapbench::bench::Place;

use super::{Window, sample};

const RECORDING: &str = "synthetic-calibration-hard";

fn plot(window: &Window) -> eframe::egui::Rect {
    window.harness.get_by_label_contains("RSSI over time, ").rect()
}

#[test]
fn what_is_in_a_pane_does_not_make_it_wider() {
    let mut window = Window::empty();
    window.command(Command::Listen(Place::Simulated("tap-session")));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,"));
    let before = plot(&window).x_range();
    window.harness.get_by_role(eframe::egui::Role::TextInput).focus();
    window.harness.step();
    window
        .harness
        .get_by_role(eframe::egui::Role::TextInput)
        .type_text("no band is called so, and that is long");
    window.harness.run_steps(20);
    assert_eq!(plot(&window).x_range(), before, "typing moves nothing");
    drop(window);

    let mut window = Window::with(RECORDING);
    let before = plot(&window).x_range();
    for command in [Command::Recommend, Command::Symptoms, Command::Close] {
        window.command(command);
        window.harness.run_steps(5);
        assert_eq!(plot(&window).x_range(), before, "nor do jobs");
    }
}

#[test]
fn panes_leave_the_plot_its_room_in_a_small_window() {
    let mut window = Window::with(RECORDING);
    let before = plot(&window);
    // Both are made as wide as can be.
    let y = before.center().y;
    let edge = |x: f32| pos2(x, y);
    window.drag(edge(before.right() + 8.0), edge(before.right() - 300.0));
    window.drag(edge(before.left() - 8.0), edge(before.left() + 300.0));
    window.harness.run_steps(3);
    assert!(plot(&window).width() < before.width(), "they are wider");
    for (width, height) in [(1280.0, 800.0), (1024.0, 700.0)] {
        window.harness.set_size(vec2(width, height));
        window.harness.run_steps(5);
        let share = plot(&window).width() / width;
        assert!(share > 0.45, "the plot has {share} of {width}");
    }
}

#[test]
fn a_menu_closes_before_the_dialog_below_it() {
    let mut window = Window::empty();
    window.command(Command::Help);
    window.click("Listen to\u{2026}");
    let is_open = |w: &Window| w.shows("Simulated bench: two terminals");
    window.until("the menu", is_open);
    window.press(Key::Escape);
    window.until("closed", |w| !is_open(w));
    assert!(window.shows("Mark: tap begins"), "the dialog stays");
    window.press(Key::Escape);
    assert!(!window.shows("Mark: tap begins"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    window.until("keys do what they did", |w| w.shows("Mark: tap begins"));
}

#[test]
fn the_wheel_zooms_over_a_line_too() {
    let mut window = Window::with(RECORDING);
    window.until("decided", |w| w.shows("11 of 12"));
    let at = window.harness.get_by_label("Line: rssi_tap_threshold").rect().center();
    window.harness.event(Event::PointerMoved(at));
    window.harness.run_steps(2);
    assert!(!window.shows("Last event: "), "what is under the pointer is explained");
    let width = |w: &Window| w.harness.get_by_label_contains("Segment 1: ").rect().width();
    let before = width(&window);
    for _ in 0..3 {
        window.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: Vec2::new(0.0, 60.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        window.harness.run_steps(5);
    }
    let label = window.harness.query_by_label_contains("Segment 1: ").map(|node| node.rect().width());
    assert!(label.is_none_or(|after| (after - before).abs() > 1.0), "{before}, {label:?}");
}

#[test]
fn a_large_recording_shows_how_far_it_is_and_is_given_up() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("large.rssi.jsonl");
    let text = std::fs::read_to_string(sample(RECORDING)).unwrap();
    let header = text.lines().next().unwrap();
    let mut file = std::io::BufWriter::new(std::fs::File::create_new(&path).unwrap());
    let mut write = |line: &str| std::io::Write::write_all(&mut file, line.as_bytes()).unwrap();
    write(&format!("{header}\n"));
    let row = text.lines().find(|line| line.contains("rssi")).unwrap();
    let (_, rest) = row.split_once(',').unwrap();
    (0..400_000).for_each(|at| write(&format!("{{\"t_us\":{},{rest}\n", at * 1000)));
    drop(file);
    let mut window = Window::empty();
    window.command(Command::Open(path.to_string_lossy().into_owned()));
    window.until("said", |w| w.shows("Cancel: Opening large.rssi.jsonl"));
    window.click("Cancel: Opening large.rssi.jsonl");
    window.until("given up", |w| !w.shows("Opening large") && w.shows("Start the simulated bench"));
}

#[test]
fn the_sentence_is_of_the_last_event_where_nothing_is_under_the_pointer() {
    let mut window = Window::with(RECORDING);
    let plot = plot(&window);
    window.harness.event(Event::PointerMoved(pos2(plot.right() - 4.0, plot.center().y)));
    window.harness.run_steps(2);
    assert!(window.shows("Last event: 0:05:31.42") && !window.shows("No event yet"));
}

#[test]
fn parameters_are_loaded_from_a_file_and_none_is_written() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("nbe.toml");
    let text = b"agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\nrssi_tap_threshold = -50\n";
    let mut file = std::fs::File::create_new(&path).unwrap();
    std::io::Write::write_all(&mut file, text).unwrap();
    let mut window = Window::with(RECORDING);
    window.command(Command::KeepB);
    window.click("Profile");
    window.click("From nbe.toml or a profile\u{2026}");
    window.command(Command::Load(folder.path().join("none.toml")));
    window.until("refused", |w| w.shows("Load parameters") && w.shows("What to do: "));
    window.command(Command::Load(path.clone()));
    window.until("loaded", |w| w.shows("rssi_tap_threshold: A \u{2212}50, B \u{2212}42"));
    assert!(window.shows("nbe.toml are in use") && !window.shows("Load parameters"));
    assert_eq!(std::fs::read(path).unwrap(), text);
    window.click("Profile");
    window.click("Bluegiga defaults");
    assert!(window.shows("A and B are the same."));
}

#[test]
fn recordings_of_the_command_line_are_open_from_the_start() {
    let begin = Begin::Recordings(vec![sample(RECORDING), sample("synthetic-calibration-easy")]);
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_step_dt(0.02);
    let harness = builder.build_eframe(move |cc| App::new(&cc.egui_ctx, &begin));
    let mut window = Window { harness };
    window.until("judged", |w| w.shows("All 2: 23 of 24 hit"));
}
