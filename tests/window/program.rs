//! The real program on a virtual display, clicked through. Without Xvfb this says so and is skipped.

use super::display::{Display, Program, until};

#[test]
fn demo_opens_streams_records_and_closes() {
    let Some(display) = Display::start() else { return };
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // What was kept is damaged: the window opens all the same.
    let store = home.path().join("tapbench");
    std::fs::create_dir_all(&store).unwrap();
    let mut damaged = std::fs::File::create(store.join("app.ron")).unwrap();
    std::io::Write::write_all(&mut damaged, b"{\"egui\": \xff(((").unwrap();
    let mut program = Program::start(Some(&display), home.path(), &["demo"], &[]);
    let window = display.window();
    let picture = home.path().join("window.png");
    // Text and dots have many colours.
    until("drawn", || display.colors(&picture).filter(|count| *count > 100));
    let before = std::fs::read(&picture).unwrap();
    until("streaming", || {
        display.colors(&picture)?;
        (std::fs::read(&picture).unwrap() != before).then_some(())
    });
    display.run("xdotool", &["windowfocus", &window]);
    let keys = |keys: &[&str]| display.run("xdotool", &[&["key", "--delay", "100"], keys].concat());
    keys(&["ctrl+r"]);
    // This home has no documents.
    let recording = || {
        let files = std::fs::read_dir(home.path().join("tapbench"))
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.path()));
        files.into_iter().find(|path| path.to_string_lossy().ends_with(".rssi.jsonl"))
    };
    until("recording", || std::fs::metadata(recording()?).ok().filter(|file| file.len() > 1000));
    // Help by the mouse, closed by its key; then a segment, begun and ended by theirs.
    display.run("xdotool", &["mousemove", "1258", "17", "click", "1"]);
    let recorded = || std::fs::read_to_string(recording().unwrap()).unwrap();
    let marked = |mark: &str, key| {
        until(mark, || {
            keys(&["Escape", key]);
            recorded().contains(mark).then_some(())
        });
    };
    marked("\"mark\":\"begin\"", "t");
    marked("\"mark\":\"end\"", "e");
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    println!("peak memory: {peak}");
    keys(&["ctrl+q"]);
    let (status, said) = program.ended();
    assert_eq!(status, Some(0), "{said}");
    let text = recorded();
    assert!(text.contains("\"intent\":\"tap\""), "the key marks a tap");
    assert!(text.lines().last().unwrap().contains("\"end\":true"), "closing the window closes the recording");
}

#[test]
fn what_is_copied_reaches_other_programs() {
    let Some(display) = Display::start() else { return };
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut program = Program::start(Some(&display), home.path(), &[], &[]);
    let window = display.window();
    display.run("xdotool", &["windowfocus", &window]);
    let said = until("copied", || {
        display.run("xdotool", &["key", "--delay", "100", "Escape", "ctrl+p"]);
        display.run("xdotool", &["type", "--delay", "50", "copy the table"]);
        display.run("xdotool", &["key", "Return"]);
        display.run("xclip", &["-selection", "clipboard", "-out"])
    });
    assert!(said.starts_with("RSSI_WINDOW_TAP=10\n"), "{said}");
    display.run("xdotool", &["key", "ctrl+q"]);
    assert_eq!(program.ended().0, Some(0));
}
