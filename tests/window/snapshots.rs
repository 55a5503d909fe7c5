//! How the plot looks: samples, means, lines, zones, events and segments, in dark and in light, pixel by
//! pixel as Mesa's software Vulkan draws them. `UPDATE_SNAPSHOTS=1` writes the pictures anew; look at them.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "tests")]

use std::path::Path;

use eframe::egui::pos2;
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable;
use tapbench::app::Command;

use super::Window;
use super::display::LAVAPIPE;

/// Compares what lies within the plot; panes beside it may change.
fn check(mut window: Window, name: &str) {
    if !Path::new(LAVAPIPE).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI has it: apt-get install mesa-vulkan-drivers");
        println!("skipped: apt-get install mesa-vulkan-drivers");
        return;
    }
    window.until("decided", |w| w.shows("11 of 12"));
    window.command(Command::Show(20_000_000, 40_000_000));
    window.harness.run_steps(20);
    let plot = window.harness.get_by_label_contains("RSSI over time, ").rect();
    let mut picture = window.harness.render().unwrap();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if !plot.contains(pos2(x as f32, y as f32)) {
            *pixel = [0, 0, 0, 255].into();
        }
    }
    let options = SnapshotOptions::new().output_path("tests/window/snapshots").max_failed_pixels(50);
    egui_kittest::image_snapshot_options(&picture, name, &options);
}

#[test]
fn the_plot_in_dark() {
    check(Window::with("synthetic-calibration-hard"), "plot-dark");
}

#[test]
fn the_plot_in_light() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.command(Command::Theme);
    check(window, "plot-light");
}
