//! The Endpoint's service is stopped from the window for what it holds, said as long as it is stopped, and
//! started again when nothing needs it any more.

#![allow(clippy::unwrap_used, reason = "a failed set-up fails the test")]

use std::sync::Arc;

use tapbench::app::Command;
use tapbench::bench::{Endpoint, Place};
use tapbench::drivers::discovery::Model;
use tapbench::system::Commands;

use super::Window;
use super::support::until;
use super::ward::{STARTS, STOPS, Ward};

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
