//! A calibration from begin to end, without anything drawn.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use crate::app::Begin;
use crate::bench::{KeptCalibration, Mishap, Place, Rehearsal, Resumable, beside, new_recording};
use crate::calibration::{Phase, Setup, Wishes};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::reading::Band;

use super::super::application::App;
use super::super::command::Command;
use super::super::state::Page;

fn setup() -> Setup {
    let parameters = ParameterSet::published(Dongle::Bluegiga);
    let wishes = Wishes { repeats: 1, band_authenticated: Some(true), reader_taps: 0, ..Wishes::default() };
    Setup {
        wishes,
        band: Band::Address(0xC605_0403_0201),
        dongle: Some(Dongle::Bluegiga),
        rules: Rules { parameters, ..Rules::default() },
        rate_hz: 1e6 / 105_000.0,
    }
}

/// A window that leads a short calibration into this folder.
fn guided(ctx: &Context, folder: &Path) -> App {
    let mut app = App::new(ctx, &Begin::Empty);
    app.write_into(folder.to_owned());
    let rehearsal = Rehearsal { mishap: Mishap::None, pace: 2_000, with_reader: false };
    app.carry_out(Command::Listen(Place::Rehearsal(rehearsal)), ctx);
    let file = new_recording(folder);
    let (setup, path) = (setup(), beside(&file));
    app.guide(file, Resumable { kept: KeptCalibration::new(&setup), path, setup, done: Vec::new() });
    app
}

#[test]
fn one_that_has_come_to_its_end_is_not_interrupted_by_what_is_asked_for_then() {
    let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
    let mut app = guided(&ctx, folder.path());
    let begin = Instant::now();
    while app.guidance().is_some_and(|guidance| guidance.seen().phase != Phase::Finished) {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::yield_now();
    }
    // Before the window has looked.
    app.carry_out(Command::Listen(Place::Simulated("tap-session")), &ctx);
    app.look();
    assert_eq!(app.state.calibrate.page, Page::Outcome);
    while app.state.calibrate.advice.is_none() {
        assert!(begin.elapsed() < Duration::from_secs(60));
        app.look();
    }
}

#[test]
fn a_recording_is_not_closed_for_what_was_asked_for_before_it_began() {
    let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
    let mut app = App::new(&ctx, &Begin::Empty);
    app.write_into(folder.path().to_owned());
    let simulated = Command::Listen(Place::Simulated("tap-session"));
    app.carry_out(simulated.clone(), &ctx);
    app.may_take_its_place();
    app.carry_out(Command::Record, &ctx);
    let recorded = app.listening.as_ref().and_then(|listening| listening.file.clone());
    assert!(recorded.is_some());
    let setup = setup();
    let kept = KeptCalibration::new(&setup);
    let path = folder.path().join("a.calibration.json");
    let interrupted =
        || Resumable { kept: kept.clone(), path: path.clone(), setup: setup.clone(), done: Vec::new() };
    app.resume(interrupted());
    assert_eq!(app.listening.as_ref().and_then(|listening| listening.file.clone()), recorded);
    assert!(app.state.problem.take().unwrap().what.contains("a recording was begun meanwhile"));
    // Asked for now, it takes the place of the recording.
    app.may_take_its_place();
    app.resume(interrupted());
    assert!(app.guidance().is_some() && app.state.problem.is_none());
}

#[test]
fn one_that_never_began_is_not_offered() {
    let (folder, ctx) = (tempfile::tempdir().unwrap(), Context::default());
    let mut app = App::new(&ctx, &Begin::Empty);
    app.session_ended(folder.path().join("a.calibration.json"), None, false);
    assert_eq!((app.state.calibrate.page, app.state.calibrate.broken_off.clone()), (Page::Setup, None));
}
