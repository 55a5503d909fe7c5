//! Where OpenGL is missing: another renderer, else a sentence that helps.

use std::path::Path;

use super::display::{Display, Program, until};

/// Mesa finds no driver here, so that OpenGL does not start.
const NO_OPEN_GL: (&str, &str) = ("LIBGL_DRIVERS_PATH", "/nonexistent");
/// Nor does Vulkan.
const NO_VULKAN: (&str, &str) = ("VK_DRIVER_FILES", "/nonexistent");

/// Mesa's software Vulkan.
const LAVAPIPE: &str = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

#[test]
fn without_a_display_the_command_line_is_named() {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (status, said) = Program::start(None, home.path(), &[], &[]).ended();
    assert_eq!(status, Some(4), "{said}");
    assert!(said.contains("the window cannot be shown: there is no display"), "{said}");
    assert!(said.contains("tapbench record, tune, replay and report") && !said.contains(".rs:"), "{said}");
}

#[test]
fn where_no_renderer_starts_both_are_named() {
    let Some(display) = Display::start() else { return };
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (status, said) =
        Program::start(Some(&display), home.path(), &["demo"], &[NO_OPEN_GL, NO_VULKAN]).ended();
    assert_eq!(status, Some(4), "{said}");
    assert!(said.contains("the window cannot be shown: neither OpenGL 2 ("), "{said}");
    assert!(said.contains(") nor Vulkan (") && said.contains("tapbench --help"), "{said}");
}

#[test]
fn where_open_gl_is_missing_the_window_is_drawn_with_vulkan() {
    let Some(display) = Display::start() else { return };
    if !Path::new(LAVAPIPE).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI has it: apt-get install mesa-vulkan-drivers");
        println!("skipped: apt-get install mesa-vulkan-drivers");
        return;
    }
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let environment = [NO_OPEN_GL, ("VK_DRIVER_FILES", LAVAPIPE)];
    let mut program = Program::start(Some(&display), home.path(), &["demo"], &environment);
    let window = display.window();
    until("drawn", || display.colors(&home.path().join("window.png")).filter(|count| *count > 100));
    display.run("xdotool", &["windowfocus", &window]);
    display.run("xdotool", &["key", "--delay", "100", "ctrl+q"]);
    let (status, said) = program.ended();
    assert_eq!(status, Some(0), "{said}");
}
