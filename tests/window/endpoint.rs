//! The Endpoint's service is stopped from the window for what it holds, said as long as it is stopped, and
//! started again when nothing needs it any more.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dongle_protocols::omnikey::device::Device;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;
use tapbench::app::Command;
use tapbench::bench::{Endpoint, Place};
use tapbench::drivers::discovery::Model;
use tapbench::drivers::nfc::{Code, Connection, PcSc, Presence, ReaderState, Watch, Way};
use tapbench::system::Commands;

use super::support::until;
use super::ward::{STARTS, STOPS, Ward};
use super::{Window, sample};

const STOPPED: &str = "The Endpoint is stopped";

fn window_on(ward: &Ward) -> Window {
    let terminal = &ward.terminal;
    let commands = Commands::in_folder(terminal.path("bin"));
    let endpoint =
        Endpoint::with(terminal.program(), commands, vec![terminal.path("state/tapbench")], Arc::new(|| ()));
    let mut window = Window::empty();
    window.harness.state_mut().use_endpoint(endpoint);
    window
}

fn listen(window: &mut Window, ward: &Ward) {
    let port = ward.terminal.path("port").to_string_lossy().into_owned();
    let listen = Command::Listen(Place::Dongle(Model::BleuIo, port));
    window.command(Command::StopEndpointFor(Box::new(listen)));
    window.until("listening", |w| w.shows(STOPPED) && w.shows("live"));
    assert!(ward.marker_is_there());
}

#[test]
fn it_is_stopped_while_its_dongle_is_listened_to() {
    let ward = Ward::new(STOPS, STARTS);
    let mut window = window_on(&ward);
    listen(&mut window, &ward);
    window.command(Command::Stop);
    window.until("given back", |w| ward.is_as_before() && w.shows("The Endpoint runs again"));
    assert!(!window.shows(STOPPED));
    assert_eq!(ward.orders(), ["stop", "start"]);
}

#[test]
fn it_is_started_again_when_the_window_is_closed() {
    let ward = Ward::new(STOPS, STARTS);
    let mut window = window_on(&ward);
    listen(&mut window, &ward);
    drop(window);
    until("the start", || ward.is_as_before());
}

#[test]
fn one_that_may_not_be_stopped_is_left_alone_and_nothing_is_listened_to() {
    let denied = "echo 'Failed to stop: Interactive authentication required.' >&2; exit 1";
    let ward = Ward::new(denied, STARTS);
    let mut window = window_on(&ward);
    window.command(Command::StopEndpointFor(Box::new(Command::Listen(Place::Simulated("tap-session")))));
    window.until("refused", |w| w.shows("is not stopped: ") && w.shows("run this as root"));
    assert!(!window.shows("live") && !window.shows(STOPPED));
    assert!(ward.is_as_before());
}

#[test]
fn it_is_restarted_to_read_its_config() {
    let ward = Ward::new(STOPS, STARTS);
    let mut window = window_on(&ward);
    window.command(Command::RestartEndpoint);
    window.until("restarted", |_| ward.is_as_before() && ward.orders() == ["stop", "start"]);
    window.until("said", |w| !w.shows("is being started"));
}

#[test]
fn what_a_killed_run_left_stopped_is_said_and_started() {
    let ward = Ward::new(STOPS, STARTS);
    let note = "{\"service\":\"x\",\"since\":\"2026-11-24T00:15:00Z\",\"start\":\"y\"}";
    ward.terminal.folder.write("state/tapbench/endpoint-stopped.json", note);
    ward.terminal.folder.write("active", "inactive\n");
    let mut window = window_on(&ward);
    window.until("said", |w| w.shows("The Endpoint is stopped by tapbench since 2026-11-24 00:15 UTC"));
    window.click("Start the Endpoint again");
    window.until("started", |w| ward.is_as_before() && !w.shows("stopped by tapbench"));
}

#[test]
fn it_is_not_stopped_for_what_is_not_done_after_all() {
    let ward = Ward::new(STOPS, STARTS);
    let mut window = window_on(&ward);
    window.open(&sample("synthetic-calibration-hard"));
    window.press(Key::Insert);
    let port = ward.terminal.path("port").to_string_lossy().into_owned();
    let listen = Command::Listen(Place::Dongle(Model::BleuIo, port));
    window.command(Command::StopEndpointFor(Box::new(listen)));
    window.until("asked", |w| w.shows("Segments were changed and are not saved"));
    window.click("Stay here");
    assert!(ward.orders().is_empty() && !window.shows(STOPPED));
}

/// A service whose reader the Endpoint has for itself while it runs.
#[derive(Clone)]
struct Shared(std::path::PathBuf, Arc<Mutex<Device>>);

impl PcSc for Shared {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        Ok(Box::new(self.clone()))
    }

    fn connect(&self, _: &str, _: Way) -> Result<Box<dyn Connection>, Code> {
        let is_stopped = std::fs::read_to_string(&self.0).is_ok_and(|word| word == "inactive\n");
        if is_stopped { Ok(Box::new(self.clone())) } else { Err(Code(0x8010_000B)) }
    }
}

impl Watch for Shared {
    fn look(&mut self, _: Duration) -> Result<Vec<ReaderState>, Code> {
        let name = "HID Global OMNIKEY 5022 Smart Card Reader 0".to_owned();
        Ok(vec![ReaderState { name, presence: Presence::Empty, events: Some(0), atr: Vec::new() }])
    }
}

impl Connection for Shared {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        Ok(self.1.lock().unwrap().answer(command))
    }
}

#[test]
fn it_is_stopped_while_a_reader_that_it_has_is_read() {
    let ward = Ward::new(STOPS, STARTS);
    let mut window = window_on(&ward);
    let device = Arc::new(Mutex::new(Device::new("TESTREADER3")));
    let shared = Shared(ward.terminal.path("active"), device);
    window.harness.state_mut().use_smart_cards(Arc::new(shared));
    window.open(&sample("synthetic-calibration-hard"));
    window.command(Command::ReadReaders);
    window.until("held", |w| w.shows("another program has the reader for itself"));
    // It may lie below the fold.
    window.harness.get_by_label("Stop the Endpoint meanwhile, and read").click_accesskit();
    window.until("read", |w| w.shows("serial number TESTREADER3"));
    window.until("given back", |w| ward.is_as_before() && w.shows("The Endpoint runs again"));
}
