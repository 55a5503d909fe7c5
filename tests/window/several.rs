//! Several recordings at once: a verdict each, all of them in one line, and one recommendation.

use eframe::egui::{Key, Modifiers};
use tapbench::app::Command;

use super::{Window, sample};

#[test]
fn several_are_judged_together_and_one_is_shown() {
    let mut window = Window::empty();
    let paths = vec![sample("synthetic-calibration-hard"), sample("synthetic-calibration-easy")];
    window.command(Command::OpenAll { paths, beside: false });
    window.until("judged", |w| w.shows("All 2: 23 of 24 hit") && w.shows("11 of 12"));
    assert!(window.shows("synthetic-calibration-hard: 11 of 12 hit"));
    assert!(window.shows("synthetic-calibration-easy: 12 of 12 hit"));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::PageDown);
    window.until("the other", |w| w.shows("12 of 12") && !w.shows("did not tap: the best window mean"));
    window.command(Command::Symptoms);
    window.until("answered", |w| w.shows("From the 2 recordings that are open"));
    // The miss is in the one that is not shown.
    window.until("cited", |w| w.shows("synthetic-calibration-hard.rssi.jsonl, segment "));
    window.command(Command::Close);
    window.command(Command::Recommend);
    window.until("recommended", |w| w.shows("register all 24 taps"));
    window.command(Command::TakeRecommendation);
    window.until("judged anew", |w| w.shows("All 2: 24 of 24 hit"));
    window.click("Close");
    window.until("one is left", |w| !w.shows("All 2:") && w.shows("12 of 12"));
}

#[test]
fn a_folder_opens_and_what_cannot_be_read_is_not_counted() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let easy = std::fs::read(sample("synthetic-calibration-easy")).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = std::fs::File::create_new(folder.path().join(name));
        std::io::Write::write_all(&mut file.unwrap(), bytes).unwrap();
    };
    write("a.rssi.jsonl", &easy);
    write("b-torn.rssi.jsonl", &easy[..easy.len() - 20]);
    write("c-garbage.rssi.jsonl", b"\x00\xffgarbage");
    let mut window = Window::empty();
    window.open(&folder.path().to_string_lossy());
    window.until("judged", |w| w.shows("All 2: 24 of 24 hit") && w.shows("1 cannot be read"));
    assert!(window.shows("c-garbage: cannot be read") && window.shows("b-torn: 12 of 12 hit"));
    window.command(Command::ShowRecording(folder.path().join("b-torn.rssi.jsonl").to_string_lossy().into()));
    window.until("shown", |w| w.shows("the last line is torn"));
    window
        .command(Command::ShowRecording(folder.path().join("c-garbage.rssi.jsonl").to_string_lossy().into()));
    window.until("refused", |w| w.shows("What to do: if it is a capture or a CSV file"));
    window.command(Command::Open(folder.path().join("*.zst").to_string_lossy().into()));
    window.until("refused", |w| w.shows("no file matches"));
    assert!(window.shows("All 2:"), "what was open stays open");
}

#[test]
fn the_list_is_shown_and_walked_through_where_some_cannot_be_read() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let easy = std::fs::read(sample("synthetic-calibration-easy")).unwrap();
    for (name, bytes) in
        [("a-garbage", &b"\x00\xffgarbage"[..]), ("b-easy", &easy), ("c-empty", b""), ("d-easy", &easy)]
    {
        let file = std::fs::File::create_new(folder.path().join(format!("{name}.rssi.jsonl")));
        std::io::Write::write_all(&mut file.unwrap(), bytes).unwrap();
    }
    let mut window = Window::empty();
    window.open(&folder.path().join("*.rssi.jsonl").to_string_lossy());
    window.until("the first that can be read", |w| w.is_shown("b-easy: ") && w.shows("2 cannot be read"));
    assert!(!window.shows("What to do"), "the list says it");
    let turn = |window: &mut Window, key, name: &str| {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        window.until(name, |w| w.is_shown(name));
    };
    turn(&mut window, Key::PageDown, "d-easy: ");
    turn(&mut window, Key::PageUp, "b-easy: ");
    // From one that was asked for and cannot be read it goes on, too.
    window.command(Command::ShowRecording(folder.path().join("c-empty.rssi.jsonl").to_string_lossy().into()));
    window.until("refused", |w| w.shows("the file is empty") && w.shows("What to do: "));
    turn(&mut window, Key::PageDown, "d-easy: ");
}
