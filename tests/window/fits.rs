//! Small windows and large letters: no button is covered by another or lies outside.

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use eframe::egui::{Key, Rect, Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use tapbench::bench::{Mishap, Place};
use tapbench::drivers::Scan;
use tapbench::drivers::simulated::Simulated;

use super::{Window, calibrate};

/// All buttons that are shown, by name.
fn buttons(window: &Window) -> Vec<(String, Rect)> {
    let nodes = window.harness.query_all_by_role(Role::Button);
    let named = nodes.map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()));
    // Segments lie in time, one beside the other; their grips reach over their ends.
    named.filter(|(name, _)| !name.starts_with("Segment ")).collect()
}

fn check(window: &Window, case: &str, bar_has: &[&str]) {
    let screen = window.harness.ctx.content_rect();
    let buttons = buttons(window);
    for (at, (name, rect)) in buttons.iter().enumerate() {
        // What is below can be scrolled to.
        let is_within = screen.x_range().contains(rect.left()) && screen.x_range().contains(rect.right());
        assert!(is_within, "{case}: {name} at {rect:?} is not within {screen:?}");
        for (other, covered) in &buttons[at + 1..] {
            // A point in common is a border's.
            let common = rect.shrink(1.0).intersect(*covered);
            assert!(!common.is_positive(), "{case}: {name} {rect:?} covers {other} {covered:?}");
        }
    }
    for name in bar_has {
        let is_shown = |(button, rect): &(String, Rect)| button == name && screen.contains_rect(*rect);
        assert!(buttons.iter().any(is_shown), "{case}: no {name} in {buttons:?}");
    }
}

#[test]
fn every_button_has_its_place_while_a_segment_is_recorded() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let band = Advertiser::new(0xC605_0403_0201, AddressType::Random, 100_000, Signal::Constant(-57));
    let driver = Simulated {
        id: "simulated-1".into(),
        scenario: "one band".into(),
        scene: Scene::new(7, vec![band.unwrap()]),
        seed: 7,
        scan: Scan::Passive,
    };
    let mut window = Window::empty();
    let file = folder.path().join("recorded.rssi.jsonl");
    let place = Place::Simulated("a scenario with a rather long name");
    window.harness.state_mut().listen_to(Box::new(driver), place, Some(file));
    window.until("streaming", |w| w.shows("C6:05:04:03:02:01,") && w.shows("REC"));
    window.press(Key::T);
    window.until("marked", |w| w.has("end"));
    for (size, zoom) in [((1024.0, 700.0), 1.0), ((1024.0, 700.0), 1.25), ((1280.0, 800.0), 1.0)] {
        window.harness.set_size(vec2(size.0, size.1) / zoom);
        window.harness.run_steps(3);
        check(&window, &format!("{size:?} at {zoom}"), &["Stop", "tap", "return", "end"]);
    }
    window.harness.set_size(vec2(1024.0, 700.0) / 1.25);
    window.click("More");
    assert!(window.shows("Help") && window.shows("Commands"), "what has no room is in the menu");
}

#[test]
fn the_page_of_a_step_fits_a_small_window() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut window = calibrate::ready(folder.path(), Mishap::None, 1);
    window.harness.set_size(vec2(1024.0, 700.0));
    window.click("Begin");
    window.until("the first tap", |w| w.shows("Get ready: "));
    window.harness.run_steps(3);
    check(&window, "a step", &["Interrupt", "Do it again (Backspace)"]);
    // Where there is no sound or the display cannot be kept awake, that is said in whole.
    window.click("Sound at each cue");
    window.harness.run_steps(20);
    let screen = window.harness.ctx.content_rect();
    for remark in ["No program here can play a sound", "keep the display awake"] {
        let mut said = window.harness.query_all_by_label_contains(remark);
        assert!(said.all(|said| screen.contains_rect(said.rect())), "{remark} is cut");
    }
}

#[test]
fn every_button_has_its_place_beside_a_recording() {
    let mut window = Window::with("synthetic-calibration-hard");
    for size in [vec2(1024.0, 700.0), vec2(1280.0, 800.0)] {
        window.harness.set_size(size);
        window.harness.run_steps(3);
        check(&window, &format!("{size:?}"), &["Undo", "Help"]);
    }
}
