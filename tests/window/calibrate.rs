//! A guided calibration, from its first page to the report, with a simulated person who follows
//! the cues faster than a clock; and each scene that spoils it.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::path::{Path, PathBuf};

use eframe::egui::{Event, Key, Role};
use egui_kittest::kittest::Queryable;
use tapbench::app::{Command, Do};
use tapbench::bench::{Mishap, Place, Rehearsal};

use super::Window;

const BAND: &str = "C6:05:04:03:02:01,";

/// A window that writes into `folder`, with a calibration about to begin.
pub fn ready(folder: &Path, mishap: Mishap, pace: u32) -> Window {
    ready_for(folder, Rehearsal { mishap, pace, with_reader: false })
}

fn ready_for(folder: &Path, rehearsal: Rehearsal) -> Window {
    let mut window = listening(folder, rehearsal);
    window.until("the band is heard", |w| w.shows(BAND));
    window.choose(BAND);
    window.click("Yes");
    window.until("the rate is measured", |w| w.shows("in all if nothing is redone"));
    window
}

fn listening(folder: &Path, rehearsal: Rehearsal) -> Window {
    let mut window = Window::empty();
    window.harness.state_mut().write_into(folder.to_owned());
    window.command(Command::Calibration(Do::Open));
    window.command(Command::Listen(Place::Rehearsal(rehearsal)));
    window
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The only file whose name ends so.
pub fn path(folder: &Path, ending: &str) -> PathBuf {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "{ending}: {found:?}");
    found.remove(0)
}

/// Its text.
fn only(folder: &Path, ending: &str) -> String {
    std::fs::read_to_string(path(folder, ending)).unwrap()
}

#[test]
fn from_the_first_page_to_the_report() {
    let folder = folder();
    let mut window = ready(folder.path(), Mishap::None, 200);
    assert!(window.shows("12 taps, 12 hovers, 2 stays, 1 walk away, 1 return"));
    window.click("Begin");
    window.until("the end", |w| w.shows("Use these values"));
    assert!(window.shows("Taps and hovers can be told apart here without an error."));
    assert!(window.shows("Missed and false taps: ") && window.shows("Tap latency p50 "));
    assert!(window.shows("0 misses in 12 tap repeats still allow a miss rate of 22 % at 95 % confidence"));
    let recording = only(folder.path(), "Z.rssi.jsonl");
    assert_eq!(recording.matches("calibration step").count(), 28);
    assert!(recording.lines().next().unwrap().contains("\"band_authenticated\":true"));

    window.click("Use these values");
    window.click("Confirm with NBE\u{2026}");
    for tap in 1..=10 {
        window.until("the next tap", |w| w.shows(&format!("Tap {tap} of 10")));
        if tap != 4 {
            window.press(Key::Num1);
        }
        window.press(Key::Enter);
    }
    for hover in 1..=3 {
        window.until("the next hover", |w| w.shows(&format!("Hover {hover} of 3")));
        window.press(Key::Enter);
    }
    window.until("over", |w| w.shows("All attempts are through") && w.shows("Recorded to"));
    assert!(
        window.shows("9 of 10 taps were registered once") && window.shows("3 of 3 hovers registered nothing")
    );
    window.click("Write the report");
    window.until("written", |w| w.shows("The report is written"));
    let report = only(folder.path(), ".report.html");
    assert!(
        report.contains("<td>12 of 12") && report.contains("<td>9 of 10</td>"),
        "predicted and confirmed: {report}"
    );
    assert!(report.contains("was not made with a Nymi Band"), "a rehearsal confirms nothing");
    // Where it stands below what is shown, it is scrolled to.
    window.harness.set_size(eframe::egui::vec2(1024.0, 500.0));
    window.command(Command::Calibration(Do::Outcome));
    window.command(Command::Calibration(Do::Report));
    window.until("in sight", |w| {
        let said = w.harness.query_all_by_label_contains("The report is written").next();
        said.is_some_and(|said| w.harness.ctx.content_rect().contains_rect(said.rect()))
    });
}

#[test]
fn keys_lead_it_and_a_repeat_is_done_again() {
    let folder = folder();
    let mut window = ready(folder.path(), Mishap::None, 3);
    window.click("Begin");
    window.until("the first tap", |w| w.shows("Now: "));
    window.press(Key::Backspace);
    window.until("taken back", |w| w.shows("Get ready") && w.shows("Step 1 of 6, repeat 1 of 12"));
    window.press(Key::Delete);
    window.until("left out", |w| w.shows("The last repeat (tap 1) was left out."));
    window.press(Key::T);
    window.until("not marked by hand", |w| w.shows("The calibration sets its own marks."));
    window.press(Key::F11);
    window.until("the cue", |w| w.shows("Cue: ") && !w.shows("Full-screen cue"));
    window.press(Key::F11);
    window.until("the pane", |w| w.shows("Full-screen cue"));
    window.click("Interrupt");
    window.until("interrupted", |w| w.shows("A calibration was interrupted"));
    let recording = only(folder.path(), ".rssi.jsonl");
    assert!(!recording.contains("cancelled"), "{recording}");
    assert!(only(folder.path(), ".calibration.json").contains("\"skipped\": true"));
}

#[test]
fn what_was_interrupted_is_offered_at_the_next_start() {
    let folder = folder();
    let mut window = ready(folder.path(), Mishap::None, 60);
    window.click("Begin");
    window.until("some are done", |w| {
        let words = w.label_with(" of 28 repeats done").unwrap_or_default();
        words.split(' ').next().and_then(|done| done.parse::<u32>().ok()).is_some_and(|done| done >= 3)
    });
    drop(window);
    let mut window =
        listening(folder.path(), Rehearsal { mishap: Mishap::None, pace: 200, with_reader: false });
    window.until("offered", |w| w.shows("A calibration was interrupted") && w.shows(BAND));
    window.click("Go on with it");
    window.until("the end", |w| w.shows("Use these values"));
    assert!(window.shows("0 misses in 12 tap repeats"));
}

#[test]
fn taps_on_a_reader_are_a_step_from_the_first_page_to_the_report() {
    let folder = folder();
    let rehearsal = Rehearsal { mishap: Mishap::None, pace: 200, with_reader: true };
    let mut window = ready_for(folder.path(), rehearsal);
    assert!(window.shows("Taps on the reader") && window.shows("1 return, 6 taps on the reader"));
    window.click("Begin");
    window.until("the end", |w| w.shows("Use these values"));
    assert!(window.shows("Taps and hovers can be told apart here without an error."));
    for text in [
        "6 of 6 taps on the reader went well.",
        "Taps on the reader: 6 of 6 ok (95 % sure: 54 to 100 %).",
        "After 30 s or more of rest: 2 of 2 ok",
        "Sooner: 4 of 4 ok",
        "Held: 1300 ms as a rule",
    ] {
        assert!(window.shows(text), "{text}");
    }
    assert!(!window.shows("Read the reader's settings"), "nothing failed");
    let recording = only(folder.path(), "Z.rssi.jsonl");
    assert_eq!(recording.matches("\"intent\":\"note\"").count(), 6);
    window.click("Write the report");
    window.until("written", |w| w.shows("The report is written"));
    let report = only(folder.path(), ".report.html");
    assert!(
        report.contains("Taps on the NFC reader") && report.contains("6 of 6 taps on the reader went well.")
    );
}

#[test]
fn a_band_that_leaves_the_reader_early_is_refused_and_the_guide_has_a_remedy() {
    let folder = folder();
    let mut window = ready(folder.path(), Mishap::LeavesReaderEarly, 200);
    window.click("Begin");
    let refused = "Left too early: the band was moved away before it was read";
    window.until("refused", |w| w.shows(refused) && w.shows("This repeat does not count yet"));
    for text in ["Step 7 of 7, repeat 1 of 6", "lay the band flat on the reader", "On the reader: nothing"] {
        assert!(window.shows(text), "{text}");
    }
    window.click("Let it count (Enter)");
    for tap in 2..=6 {
        window.until("refused", |w| w.shows("does not count yet") && w.shows(&format!("repeat {tap} of 6")));
        window.press(Key::Delete);
    }
    window.until("the end", |w| w.shows("0 of 6 taps on the reader went well."));
    assert!(window.shows("Use these values"), "the dongle's values do not hang on the reader");
    assert!(window.shows("Not ok, left too early: 6 of 6.") && window.shows("41 Hz, ISO 14443 A only"));
    window.click("Read the reader's settings");
    window.until("the readers", |w| w.shows("Readers") && !w.shows("What this calibration recommends"));
}

#[test]
fn the_set_up_asks_for_taps_on_a_reader_only_where_one_is_heard() {
    let folder = folder();
    let window = ready(folder.path(), Mishap::None, 200);
    assert!(!window.shows("Taps on the reader") && !window.shows("taps on the reader"));
    window.harness.get_by_label("with an NFC reader");
}

#[test]
fn a_band_whose_address_changes_is_followed_by_its_name() {
    let folder = folder();
    let mut window =
        listening(folder.path(), Rehearsal { mishap: Mishap::AddressChanges, pace: 200, with_reader: false });
    window.until("heard", |w| w.shows(BAND));
    window.click("Yes");
    window.harness.get_by_role_and_label(Role::ComboBox, "Filter by address").click();
    window.harness.run_steps(3);
    window.click("name");
    let fields = window.harness.get_all_by_role(Role::TextInput);
    let filter = fields.min_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).unwrap();
    filter.focus();
    window.harness.step();
    window.harness.event(Event::Text("Band 1".into()));
    window.harness.run_steps(3);
    window.click("Take what the filter shows for one band");
    window.until("followed", |w| w.shows("All whose name is Band 1 are taken for one band."));
    window.until("the rate is measured", |w| w.shows("in all if nothing is redone"));
    window.click("Begin");
    window.until("the end", |w| w.shows("Use these values"));
    let recording = only(folder.path(), "Z.rssi.jsonl");
    assert!(recording.contains("\"band\":\"~followed\",\"addr\":\"4A:05:04:03:02:03\""));
    assert!(!recording.contains("C6:05:04:03:02:02"), "the other band is left out");
    assert!(only(folder.path(), ".calibration.json").contains("\"text\": \"Band 1\""));
}

#[test]
fn another_calibration_begins_in_the_same_window_and_the_last_is_shown_again() {
    let folder = folder();
    let mut window = begun(folder.path(), Mishap::None);
    window.until("the end", |w| w.shows("Use these values"));
    assert!(window.shows("The values in use are not the recommended ones."));
    window.click("Use these values");
    window.until("in use", |w| w.shows("In use") && !w.shows("The values in use are not"));
    window.click("Calibrate again");
    window
        .until("the first page", |w| w.shows("Calibrate this terminal") && w.shows("Choose a source first."));
    let rehearsal = Rehearsal { mishap: Mishap::HoversTooNear, pace: 200, with_reader: false };
    window.command(Command::Listen(Place::Rehearsal(rehearsal)));
    window.until("heard", |w| w.shows("live") && w.shows(BAND));
    window.choose(BAND);
    window.click("Yes");
    window.until("the rate is measured", |w| w.shows("in all if nothing is redone"));
    window.click("Begin");
    window.until("the end", |w| w.shows("Taps and hovers cannot be separated here."));
    assert!(
        !window.shows("nbe.toml and IGEL\u{2026}") && !window.shows("Confirm with NBE"),
        "nothing to write"
    );
    drop(window);

    let mut window = Window::empty();
    window.harness.state_mut().write_into(folder.path().to_owned());
    window.command(Command::Calibration(Do::Open));
    window.click("Show the result of the last calibration again");
    window.until("shown again", |w| w.shows("Taps and hovers cannot be separated here."));
    window.click("Write the report");
    window.until("written", |w| w.shows("The report is written"));
}

fn begun(folder: &Path, mishap: Mishap) -> Window {
    let mut window = ready(folder, mishap, 200);
    window.click("Begin");
    window
}

#[test]
fn a_second_band_is_refused_and_the_operator_decides() {
    let folder = folder();
    let mut window = ready(folder.path(), Mishap::SecondBand, 20);
    window.click("Begin");
    window.until("refused", |w| w.shows("take other bands away from the adapter"));
    assert!(window.shows("C6:05:04:03:02:02 was heard ") && window.shows("This repeat does not count yet"));
    window.click("Let it count (Enter)");
    window.until("accepted", |w| w.shows("(tap 1) counts.") && w.shows("Mind: C6:05:04:03:02:02"));
}

#[test]
fn lost_samples_and_a_changing_address_are_named() {
    let folder = folder();
    let mut window = begun(folder.path(), Mishap::LosesHalf);
    window.until("refused", |w| w.shows("This repeat does not count yet") || w.shows("Use these values"));
    assert!(window.shows("samples where about"), "nothing was refused");
    let mut window = begun(folder.path(), Mishap::AddressChanges);
    window.until("refused", |w| w.shows("its address changes. Interrupt this"));
}

#[test]
fn clipping_is_a_warning_and_overlap_the_honest_end() {
    let folder = folder();
    let mut window = begun(folder.path(), Mishap::Clips);
    window.until("warned", |w| w.shows("stand at the dongle's top value"));
    let mut window = begun(folder.path(), Mishap::HoversTooNear);
    window.until("the end", |w| w.shows("Taps and hovers cannot be separated here."));
    assert!(window.shows(" dB below the strongest non-tap") || window.shows("the means would part"));
    assert!(!window.shows("Use these values"));
}

#[test]
fn the_band_of_a_rehearsal_is_found_again_and_again() {
    let folder = folder();
    let rehearsal = Rehearsal { mishap: Mishap::SecondBand, pace: 20, with_reader: false };
    let mut window = listening(folder.path(), rehearsal);
    window.until("both are heard", |w| w.shows(BAND) && w.shows("C6:05:04:03:02:02,"));
    assert!(window.shows("The simulated person then holds theirs to the dongle."));
    window.command(Command::FindBand);
    for again in ["Try again", "This is it"] {
        while !window.shows("C6:05:04:03:02:01 rose most") {
            window.until("an end", |w| w.shows("rose most") || w.shows("No band stood out"));
            if !window.shows("C6:05:04:03:02:01 rose most") {
                window.click("Try again");
            }
        }
        window.click(again);
    }
    window.click("Yes");
    window.until("the rate is measured", |w| w.shows("in all if nothing is redone"));
}
