//! `record` and `devices` on the operating system's Bluetooth: the real program and a mocked
//! BlueZ on a bus of its own. Skipped, with a word, where Debian's `python3-dbusmock` is missing.

#![cfg(all(target_os = "linux", feature = "os-bluetooth"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Folder, LIMIT, tapbench, until};

/// Debian's; only this one has its modules.
const PYTHON: &str = "/usr/bin/python3";
const LOUD: &str = "C6:05:04:03:02:01";
const FAINT: &str = "5A:00:00:0F:00:02";
/// Heard while waiting for a recording to begin.
const EARLY: &str = "C6:00:00:00:00:03";

#[expect(clippy::print_stderr, reason = "a test that was skipped must not look like one that ran")]
fn is_missing() -> bool {
    let works = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let is_there = works("dbus-daemon", &["--version"]) && works(PYTHON, &["-c", "import dbusmock"]);
    if !is_there {
        eprintln!("skipped: apt-get install dbus-daemon python3-dbusmock");
    }
    !is_there
}

/// A process that ends with the test.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bus of its own, and a folder for what is recorded.
struct Bench {
    folder: Folder,
    bus: Option<Guarded>,
}

impl Bench {
    /// A system whose bus does not run yet.
    fn without_bus() -> Self {
        Self { folder: Folder::new(), bus: None }
    }

    /// A system where nobody offers Bluetooth yet.
    fn new() -> Self {
        let mut bench = Self::without_bus();
        bench.start_bus();
        bench
    }

    fn start_bus(&mut self) {
        let socket = self.folder.path().join("bus");
        let _ = std::fs::remove_file(&socket);
        let policy =
            r#"<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>"#;
        let config = format!(
            r#"<busconfig><type>system</type><listen>unix:path={}</listen><policy context="default">{policy}</policy></busconfig>"#,
            socket.display()
        );
        self.folder.write("bus.conf", config);
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg("--config-file").arg(self.folder.path().join("bus.conf"));
        daemon.args(["--nofork", "--nopidfile"]).stderr(Stdio::null());
        self.bus = Some(Guarded(daemon.spawn().unwrap()));
        until("the bus", || UnixStream::connect(&socket).is_ok());
    }

    fn on_bus<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let address = format!("unix:path={}", self.folder.path().join("bus").display());
        command.env("DBUS_SYSTEM_BUS_ADDRESS", address)
    }

    /// Starts BlueZ with these adapters.
    fn bluez(&self, adapters: &[&str]) -> Bluez {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/bluez.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).args(adapters).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = self.on_bus(&mut command).spawn().unwrap();
        let (said, answers) = sync_channel(1);
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).all(|line| said.send(line).is_ok()));
        let bluez = Bluez { orders: child.stdin.take().unwrap(), answers, _process: Guarded(child) };
        bluez.wait();
        bluez
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("a.rssi.jsonl")
    }

    fn record(&self, options: &[&str]) -> Child {
        let mut command = tapbench();
        command.arg("record").arg(self.out()).args(["--source", "os"]).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.on_bus(&mut command).spawn().unwrap()
    }

    /// What `devices` lists of the system's adapters.
    fn devices(&self) -> Value {
        let mut command = tapbench();
        let output = self.on_bus(command.args(["devices", "--format", "json"])).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let mut listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        listed["devices"].as_array_mut().unwrap().retain(|device| device["kind"] == "os");
        listed
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.out()).unwrap_or_default()
    }

    fn rows(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What was recorded of a band.
    fn rssi_of(&self, band: &str) -> Vec<i64> {
        let rows = self.rows();
        rows.iter().filter(|row| row["band"] == band).map(|row| row["rssi"].as_i64().unwrap()).collect()
    }

    /// Waits for the `count`th row of this source event, for so long at most.
    fn event(&self, event: &str, count: usize, limit: Duration) {
        let start = Instant::now();
        until(event, || self.text().matches(&format!(r#""source_event":"{event}""#)).count() >= count);
        assert!(start.elapsed() < limit, "{event}: after {:?}", start.elapsed());
    }
}

/// A mocked BlueZ; dropping it kills it.
struct Bluez {
    orders: ChildStdin,
    answers: Receiver<String>,
    _process: Guarded,
}

impl Bluez {
    fn wait(&self) {
        assert_eq!(self.answers.recv_timeout(LIMIT).unwrap(), "done");
    }

    fn tell(&mut self, order: &Value) {
        writeln!(self.orders, "{order}").unwrap();
        self.wait();
    }

    fn device(&mut self, address: &str) {
        self.tell(&json!(["device", address]));
    }

    /// Lets one advertisement after the other be heard until they are recorded.
    fn until_recording(&mut self, bench: &Bench, after: &str) {
        until("samples", || {
            self.tell(&json!(["hear", 100, [[EARLY, -99]]]));
            bench.text().rsplit_once(after).is_some_and(|(_, rows)| rows.contains(EARLY))
        });
    }
}

fn ended(mut child: Child) -> (i32, String) {
    until("the end of the recording", || child.try_wait().unwrap().is_some());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

fn interrupted(child: Child) -> (i32, String) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    ended(child)
}

#[test]
fn five_hundred_advertisements_a_second_are_recorded_exactly() {
    if is_missing() {
        return;
    }
    let bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    for band in [LOUD, FAINT, EARLY] {
        bluez.device(band);
    }
    let child = bench.record(&["--all"]);
    bluez.until_recording(&bench, "rssi_recording");
    let loud: Vec<i64> = (0..500).map(|i| -40 - i % 7).collect();
    let faint: Vec<i64> = (0..500).map(|i| -80 - i % 11).collect();
    let heard: Vec<_> =
        loud.iter().zip(&faint).flat_map(|(l, f)| [json!([LOUD, l]), json!([FAINT, f])]).collect();
    bluez.tell(&json!(["hear", 500, heard]));
    until("the last rows", || bench.text().matches(FAINT).count() >= 500);
    let (code, said) = interrupted(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("warning: best effort"), "{said}");
    // Known from before, they are not counted before they are heard.
    assert_eq!((bench.rssi_of(LOUD), bench.rssi_of(FAINT)), (loud, faint));
    let rows = bench.rows();
    let source = json!([{"id": "os-1", "kind": "os", "adapter": "hci0 (usb:v1D6Bp0245d050A)"}]);
    assert_eq!(rows[0]["sources"], source);
    let times: Vec<_> = rows.iter().filter_map(|row| row["t_us"].as_i64()).collect();
    assert!(times.is_sorted());
    assert_eq!(rows.last().unwrap()["end"], true);
}

#[test]
fn new_devices_count_and_what_has_no_strength_is_unavailable() {
    if is_missing() {
        return;
    }
    let bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    let child = bench.record(&["--all"]);
    bluez.until_recording(&bench, "rssi_recording");
    bluez.device(LOUD);
    until("the discovery", || bench.text().contains(LOUD));
    bluez.tell(&json!(["forget", LOUD]));
    bluez.tell(&json!(["hear", 100, [[LOUD, 127], [LOUD, -200], [LOUD, -50]]]));
    until("the last row", || bench.rssi_of(LOUD).last() == Some(&-50));
    let (code, said) = interrupted(child);
    assert_eq!(code, 0, "{said}");
    // The mock discovers all devices at -79.
    assert_eq!(bench.rssi_of(LOUD), [-79, 127, 127, -50]);
    let rows = bench.rows();
    let samples = rows.iter().filter(|row| row["rssi"].as_i64().is_some_and(|rssi| rssi != 127)).count();
    assert_eq!(rows.last().unwrap()["samples"].as_u64(), u64::try_from(samples).ok());
    for command in ["replay", "tune"] {
        let output =
            tapbench().arg(command).arg(bench.out()).args(["--dongle", "bluegiga"]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("a.rssi.jsonl: best effort"), "{command}: {said}");
    }
}

/// The mock's devices are named "band"; what they say is told after they were heard first.
#[test]
fn bands_are_chosen_by_what_the_system_knows_of_them() {
    if is_missing() {
        return;
    }
    let by = |options: &[&str], said: Value| {
        let bench = Bench::new();
        let mut bluez = bench.bluez(&["hci0"]);
        for band in [LOUD, FAINT, EARLY] {
            bluez.device(band);
        }
        bluez.tell(&json!(["say", EARLY, said]));
        let child = bench.record(options);
        until("the recording's begin", || bench.text().contains("rssi_recording"));
        // What is heard is taken in order: when this one is there, the others were looked at.
        bluez.tell(&json!(["hear", 100, [[LOUD, -50], [FAINT, -70], [EARLY, -60]]]));
        until("the one that said it before", || bench.text().contains(EARLY));
        bluez.tell(&json!(["say", LOUD, said]));
        until("the chosen band", || {
            bluez.tell(&json!(["hear", 50, [[LOUD, -51], [FAINT, -71]]]));
            bench.text().contains(LOUD)
        });
        let (code, said) = interrupted(child);
        assert_eq!(code, 0, "{said}");
        assert!(bench.rssi_of(LOUD).iter().all(|rssi| *rssi == -51), "{}", bench.text());
        assert!(bench.rssi_of(FAINT).is_empty(), "{}", bench.text());
        assert!(said.contains("rows of other bands left out"), "{said}");
    };
    by(&["--company", "0x075B"], json!({"ManufacturerData": {"1883": "0102"}}));
    by(&["--service", "180F"], json!({"UUIDs": ["0000180f-0000-1000-8000-00805f9b34fb"]}));
    let bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    let child = bench.record(&["--name", "ban", "--as", "left"]);
    until("a row", || {
        bluez.tell(&json!(["hear", 50, [[EARLY, -60]]]));
        bench.text().contains("~left")
    });
    assert_eq!(interrupted(child).0, 0);
}

#[test]
fn a_bluetooth_service_that_dies_is_lost_and_recovered_when_it_is_back() {
    if is_missing() {
        return;
    }
    let bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    let child = bench.record(&["--all"]);
    bluez.until_recording(&bench, "rssi_recording");
    drop(bluez);
    bench.event("lost", 1, Duration::from_secs(5));
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    bench.event("recovered", 1, Duration::from_secs(6));
    bluez.until_recording(&bench, "recovered");
    // Restarted before anyone could miss it, it has forgotten the scan all the same.
    drop(bluez);
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    bench.event("recovered", 2, Duration::from_secs(6));
    bluez.until_recording(&bench, "recovered");
    let (code, said) = interrupted(child);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("os: times lost: 2;") && !said.contains("panicked"), "{said}");
    assert_eq!(bench.rows().last().unwrap()["end"], true);
}

#[test]
fn an_adapter_that_is_switched_off_is_lost_at_once() {
    if is_missing() {
        return;
    }
    let bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    let child = bench.record(&["--all"]);
    bluez.until_recording(&bench, "rssi_recording");
    bluez.tell(&json!(["power", false]));
    bench.event("lost", 1, Duration::from_secs(1));
    let off = &bench.devices()["devices"];
    let off = off.as_array().unwrap().last().unwrap();
    assert_eq!((&off["adapter"], &off["free"]), (&json!("hci0 (usb:v1D6Bp0245d050A)"), &json!(false)));
    assert!(off["reason"].as_str().unwrap().contains("off") && off["remedy"].is_string(), "{off}");
    bluez.tell(&json!(["power", true]));
    bench.event("recovered", 1, Duration::from_secs(6));
    bluez.until_recording(&bench, "recovered");
    // A quiet room is no loss.
    let quiet = Instant::now();
    until("a silence longer than the watch bears", || quiet.elapsed() > Duration::from_millis(2500));
    bluez.until_recording(&bench, "recovered");
    let (code, said) = interrupted(child);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("os: times lost: 1;"), "{said}");
}

#[test]
fn a_bus_that_dies_is_lost_and_the_recording_ends_cleanly() {
    if is_missing() {
        return;
    }
    let mut bench = Bench::new();
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.device(EARLY);
    let child = bench.record(&["--all"]);
    bluez.until_recording(&bench, "rssi_recording");
    bench.bus = None;
    bench.event("lost", 1, Duration::from_secs(5));
    let (code, said) = interrupted(child);
    assert_eq!(code, 3, "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(bench.rows().last().unwrap()["end"], true);
}

#[test]
fn what_is_in_the_way_is_said_and_exits_4() {
    if is_missing() {
        return;
    }
    let refused = |bench: &Bench, says: &str| {
        let (code, said) = ended(bench.record(&[]));
        assert_eq!(code, 4, "{said}");
        assert!(said.contains(&format!("error: os: {says}")) && said.contains("try: "), "{said}");
        assert!(!bench.out().exists());
        let listed = bench.devices();
        let adapter = listed["devices"].as_array().unwrap().last().unwrap();
        assert_eq!((&adapter["source"], &adapter["free"]), (&json!("os"), &json!(false)));
        assert!(adapter["reason"].as_str().unwrap().starts_with(says), "{adapter}");
        assert!(adapter["caveat"].as_str().unwrap().starts_with("best effort"), "{adapter}");
    };
    let mut bench = Bench::without_bus();
    refused(&bench, "the D-Bus system bus");
    bench.start_bus();
    refused(&bench, "BlueZ, the system's Bluetooth service, is not running");
    let bluez = bench.bluez(&[]);
    refused(&bench, "the system knows of no Bluetooth adapter");
    drop(bluez);
    let mut bluez = bench.bluez(&["hci0"]);
    bluez.tell(&json!(["power", false]));
    refused(&bench, "the Bluetooth adapter is switched off");
}

#[test]
fn a_bus_that_never_answers_keeps_nobody_waiting() {
    let bench = Bench::without_bus();
    // Takes connections, and says nothing.
    let _silent = std::os::unix::net::UnixListener::bind(bench.folder.path().join("bus")).unwrap();
    let asked = Instant::now();
    let listed = bench.devices();
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    let reason = &listed["devices"].as_array().unwrap().last().unwrap()["reason"];
    assert_eq!(reason, "the system's Bluetooth does not answer");
}
