//! The promise: a recording that stopped the endpoint starts it again, however it ends; and when
//! everything was killed, the next run says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command};

use tapbench::helper::{Helper, Rights};
use tapbench::service::{Hold, Manager, NotHeld, Refusal, marker};
use tapbench::system::Commands;

use super::support::until;
use super::ward::{STARTS, STOPS, Terminal, UNIT, Ward};

impl Ward {
    fn record(&self, options: &[&str]) -> Command {
        self.terminal
            .tapbench(&[&["record", "out.rssi.jsonl", "--all", "--source", "bleuio:port"], options].concat())
    }

    /// A recording that is under way.
    fn recording(&self) -> Child {
        let child = self.record(&["--stop-endpoint"]).spawn().unwrap();
        until("rows", || self.text("out.rssi.jsonl").lines().count() > 2);
        assert_eq!(self.text("active"), "inactive\n");
        child
    }
}

fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// The process of a recording that holds the service.
fn holder_of(recording: &Child) -> u32 {
    let parent = format!("PPid:\t{}", recording.id());
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line == parent)
    };
    pids.find(is_child).unwrap()
}

#[test]
fn the_service_runs_again_when_the_recording_ends() {
    let ward = Ward::new(STOPS, STARTS);
    let (code, said) = ended(ward.record(&["--stop-endpoint", "--duration", "500ms"]).spawn().unwrap());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("is stopped while this records") && said.contains("is started again"), "{said}");
    assert_eq!(ward.orders(), ["stop", "start"]);
    assert!(ward.is_as_before());
    assert!(ward.text("out.rssi.jsonl").contains("\"end\":true"));
}

#[test]
fn the_service_runs_again_after_ctrl_c() {
    let ward = Ward::new(STOPS, STARTS);
    let recording = ward.recording();
    assert!(ward.marker_is_there());
    assert_eq!(ward.terminal.finding("stopped-by-tapbench", &[]).0, "warning");
    signal("-INT", recording.id());
    let (code, said) = ended(recording);
    assert_eq!(code, 0, "{said}");
    assert!(ward.is_as_before() && ward.text("out.rssi.jsonl").contains("\"end\":true"));
}

#[test]
fn the_service_runs_again_after_a_recording_that_fails() {
    let ward = Ward::new(STOPS, STARTS);
    // A device that is always full, behind a name that was checked before the service was stopped.
    let arguments = ["record", "/dev/full", "--force", "--source", "bleuio:port", "--stop-endpoint"];
    let ran = ward.terminal.run(&arguments);
    assert!(ran.code != 0 && ran.stderr.contains("/dev/full"), "{ran:?}");
    assert!(ran.stderr.contains("is started again"), "{ran:?}");
    assert_eq!(ward.orders(), ["stop", "start"]);
    assert!(ward.is_as_before());
}

#[test]
fn the_service_runs_again_after_a_kill() {
    let ward = Ward::new(STOPS, STARTS);
    let recording = ward.recording();
    signal("-KILL", recording.id());
    ended(recording);
    until("the start", || ward.is_as_before());
    assert_eq!(ward.orders(), ["stop", "start"]);
}

#[test]
fn the_service_runs_again_after_a_panic() {
    let ward = Ward::new(STOPS, STARTS);
    let manager = Manager::Systemd { unit: UNIT.into() };
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        let mut helper = Helper::start(&ward.terminal.program(), Rights::Own).unwrap();
        helper.hold(&manager).unwrap();
        assert_eq!(ward.text("active"), "inactive\n");
        panic!("as a recording must not");
    }));
    assert!(crashed.is_err_and(|why| why.downcast_ref() == Some(&"as a recording must not")));
    until("the start", || ward.is_as_before());
}

#[test]
fn when_all_is_killed_the_next_run_says_so_and_can_start_it() {
    let ward = Ward::new(STOPS, STARTS);
    let recording = ward.recording();
    signal("-KILL", holder_of(&recording));
    signal("-KILL", recording.id());
    ended(recording);
    assert!(ward.marker_is_there() && ward.text("active") == "inactive\n");
    let (state, command) = ward.terminal.finding("stopped-by-tapbench", &[]);
    assert_eq!((state.as_str(), command), ("problem", Some(format!("sudo systemctl start {UNIT}"))));
    let (code, said) = ended(ward.record(&["--duration", "300ms", "--force"]).spawn().unwrap());
    assert!(said.contains("stopped by tapbench since") && said.contains("sudo systemctl start"), "{said}");
    assert!(code == 4 && said.contains("is still stopped: an earlier recording left it so"), "{said}");
    let again = ward.record(&["--duration", "300ms", "--force", "--stop-endpoint"]).spawn().unwrap();
    let (code, said) = ended(again);
    assert!(code == 0 && said.contains("is started again"), "{said}");
    assert!(ward.is_as_before());
}

#[test]
fn a_service_that_may_not_be_stopped_is_left_alone() {
    let denied = "echo 'Failed to stop: Interactive authentication required.' >&2; exit 1";
    let ward = Ward::new(denied, STARTS);
    let (code, said) = ended(ward.record(&["--stop-endpoint"]).spawn().unwrap());
    assert!(code == 4 && said.contains("may not stop or start services"), "{said}");
    assert!(said.contains("run this as root") && said.contains("sudo systemctl stop"), "{said}");
    assert!(ward.is_as_before());
}

#[test]
fn a_service_that_does_not_come_back_is_no_success() {
    let ward = Ward::new(STOPS, "echo 'Job failed.' >&2; exit 1");
    let (code, said) = ended(ward.record(&["--stop-endpoint", "--duration", "300ms"]).spawn().unwrap());
    assert!(code == 4 && said.contains("is still stopped: ended with status 1: Job failed."), "{said}");
    assert!(ward.marker_is_there());
    assert_eq!(ward.terminal.finding("stopped-by-tapbench", &[]).0, "problem");
}

#[test]
fn unasked_the_service_is_not_touched() {
    let ward = Ward::new(STOPS, STARTS);
    let (code, said) = ended(ward.record(&[]).spawn().unwrap());
    assert!(code == 4 && said.contains("port busy") && said.contains("--stop-endpoint"), "{said}");
    assert!(ward.orders().is_empty());
}

/// The service control manager of Windows, played by a script.
fn windows(terminal: &Terminal, stop: &str) -> Commands {
    let folder = terminal.folder.path().display().to_string();
    terminal.command(
        "sc",
        &format!(
            "cd {folder}; echo \"x $*\" >> orders\n\
             case \"$1\" in\n\
             stop) {stop};;\n\
             start) echo 2 > state;;\n\
             queryex) s=$(cat state); printf 'TYP : 10\\r\\nSTATUS : %s\\r\\n' $s\n\
             case $s in 3) echo 1 > state;; 2) echo 4 > state;; esac;;\nesac"
        ),
    );
    terminal.folder.write("state", "4\n");
    Commands::in_folder(terminal.path("bin"))
}

fn take(terminal: &Terminal, commands: Commands) -> Result<Hold, NotHeld> {
    Hold::take(commands, Manager::Windows, &[terminal.path("marks")])
}

fn state(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("state")).unwrap()
}

#[test]
fn the_service_of_windows_is_stopped_and_started() {
    let terminal = Terminal::new();
    let commands = windows(&terminal, "echo 3 > state");
    let hold = take(&terminal, commands.clone()).unwrap();
    assert_eq!(state(terminal.folder.path()), "1\n");
    assert!(marker::left(&[terminal.path("marks")]).is_some_and(|left| left.is_held));
    assert_eq!(hold.release(), Ok(()));
    assert_eq!(state(terminal.folder.path()), "4\n");
    assert_eq!(marker::left(&[terminal.path("marks")]), None);
    // Stopped by someone else: it stays so.
    terminal.folder.write("state", "1\n");
    assert_eq!(take(&terminal, commands).err(), Some(NotHeld::WasStopped));
    assert_eq!(state(terminal.folder.path()), "1\n");
}

#[test]
fn windows_may_refuse() {
    let terminal = Terminal::new();
    let commands = windows(&terminal, "printf '[SC] ControlService FEHLER 5:\\r\\n'; exit 5");
    assert_eq!(take(&terminal, commands).err(), Some(NotHeld::Refused(Refusal::NoRights)));
    assert_eq!(state(terminal.folder.path()), "4\n");
    assert_eq!(marker::left(&[terminal.path("marks")]), None);
}
