//! The settings of a reader: our simulated OMNIKEY 5022, which answers in place of a card.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use dongle_protocols::omnikey::device::Device;
use dongle_protocols::omnikey::{Command, Setting};
use serde_json::Value;

use super::bench::{ATR, Card, LOOK, Service, is_missing, until};
use super::support::Folder;

/// A simulated reader behind the virtual one. Where it restarts, its card is gone for a while.
struct Bench {
    device: Arc<Mutex<Device>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    folder: Folder,
    service: Service,
}

impl Bench {
    fn new(device: Device) -> Self {
        let service = Service::start();
        let folder = service.folder();
        let (device, over) = (Arc::new(Mutex::new(device)), Arc::new(AtomicBool::new(false)));
        let (shared, ends) = (Arc::clone(&device), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let (told, asks) = (Arc::clone(&shared), Arc::clone(&shared));
                let reboots = asks.lock().unwrap().reboots();
                let mut card = Card::new(ATR, move |apdu| Some(told.lock().unwrap().answer(apdu)));
                card.lie_until(|| ends.load(Ordering::Relaxed) || asks.lock().unwrap().reboots() != reboots);
                drop(card);
                std::thread::park_timeout(LOOK);
            }
        });
        let bench = Self { device, over, thread: Some(thread), folder, service };
        until("the card", || {
            let listed = bench.folder.run("devices").stdout;
            listed.contains("a card lies on it").then_some(())
        });
        bench
    }

    fn json(&self, command: &str) -> (i32, Value) {
        let ran = self.folder.run(command);
        let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        (ran.code, value)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn a_reader_is_checked_configured_once_and_restored() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new("KJ0J0G00X01110202"));
    let nobody = bench.folder.run("nfc check --reader ACR");
    assert_eq!(nobody.code, 4, "{nobody:?}");
    assert!(nobody.stderr.contains("no NFC reader has \"ACR\" in its name; there are: "), "{nobody:?}");
    let slots = bench.folder.run("nfc check");
    assert!(!slots.stderr.contains("readers are plugged in"), "two slots of one reader: {slots:?}");
    let (code, seen) = bench.json("nfc check --format json");
    // The second slot of the virtual reader has no card, and vpcd lets nothing through without.
    assert_eq!(code, 4);
    let (reader, blocked) = (&seen["readers"][0], &seen["readers"][1]);
    assert_eq!((&reader["serial"], &reader["firmware"]), (&"KJ0J0G00X01110202".into(), &"2.0.0".into()));
    assert_eq!(reader["as_recommended"], false);
    assert_eq!(reader["settings"][0]["words"], "0.7 Hz (1.4 s)");
    assert!(blocked["remedy"].as_str().unwrap().contains("card on the reader"), "{blocked}");

    let several = bench.folder.run("nfc configure --yes");
    assert_eq!(several.code, 2, "{several:?}");
    let (code, dry) = bench.json("nfc configure --all --dry-run --format json");
    assert_eq!((code, &dry["readers"][0]["state"]), (4, &"would_change".into()), "{dry}");
    let nobody = bench.folder.run("nfc configure --all");
    assert_eq!(nobody.code, 2, "{nobody:?}");
    assert_eq!(bench.device.lock().unwrap().changes, [], "nothing was written so far");

    let (_, done) = bench.json("nfc configure --all --yes --format json");
    assert_eq!(done["readers"][0]["state"], "changed", "{done}");
    // Behind vpcd only its card goes.
    assert_eq!(done["readers"][0]["restart_seen"], false, "{done}");
    {
        let device = bench.device.lock().unwrap();
        let set = |setting, value: &[u8]| Command::Set(setting, value.to_vec());
        let expected = [
            set(Setting::SleepPolling, &[0]),
            set(Setting::SearchOrder, &[2, 0, 0, 0, 0]),
            Command::Apply,
            Command::Reboot,
        ];
        assert_eq!(device.changes, expected, "only what differs, kept, and a restart");
        assert_eq!(device.applied(Setting::SleepPolling), Some(&[0][..]));
    }
    let (_, again) = bench.json("nfc configure --all --yes --format json");
    assert_eq!(again["readers"][0]["state"], "as_wanted", "{again}");
    assert_eq!(bench.device.lock().unwrap().reboots(), 1);

    let backup = done["readers"][0]["backup"].as_str().unwrap();
    let back = bench.folder.run(&format!("nfc configure --yes --restore {backup}"));
    assert!(back.stdout.contains("written and read back; the restart was not seen"), "{back:?}");
    assert_eq!(bench.device.lock().unwrap().applied(Setting::SleepPolling), Some(&[6][..]));
}

#[test]
fn refusals_with_the_status_of_success_and_writes_that_do_nothing_are_failures() {
    if is_missing() {
        return;
    }
    let mut device = Device::new("S2");
    device.is_deaf = true;
    let bench = Bench::new(device);
    let state = |bench: &Bench| {
        let (_, done) = bench.json("nfc configure --all --yes --format json");
        done["readers"][0].clone()
    };
    let deaf = state(&bench);
    let error = "sleep_mode_polling_frequency is 0.7 Hz (1.4 s) after it was set to 41 Hz (24 ms)";
    assert_eq!((&deaf["state"], &deaf["error"]), (&"failed".into(), &error.into()), "{deaf}");
    {
        let mut device = bench.device.lock().unwrap();
        device.is_deaf = false;
        device.read_only.insert(Setting::SleepPolling);
    }
    let refused = state(&bench);
    let error =
        "sleep_mode_polling_frequency: the reader's firmware refused the command: read only (code 15)";
    assert_eq!(refused["error"], error, "{refused}");
    assert_eq!(bench.device.lock().unwrap().reboots(), 0);
    {
        let mut device = bench.device.lock().unwrap();
        device.product_name = "OMNIKEY 3121".into();
        device.changes.clear();
    }
    let other = state(&bench);
    assert!(other["error"].as_str().unwrap().contains("OMNIKEY 3121"), "{other}");
    assert_eq!(bench.device.lock().unwrap().changes, [], "another model is told nothing");
}

/// What `nfc check` says of a card that does this when it is spoken to.
fn checked(mut answer: impl FnMut() -> bool + Send + 'static) -> Value {
    let service = Service::start();
    let folder = service.folder();
    let gone = Arc::new(AtomicBool::new(false));
    let (over, leaves) = (Arc::clone(&gone), Arc::clone(&gone));
    let card = std::thread::spawn(move || {
        let mut card = Card::new(ATR, move |_| {
            leaves.fetch_or(answer(), Ordering::Relaxed);
            None
        });
        card.lie_until(|| over.load(Ordering::Relaxed));
    });
    until("the card", || folder.run("devices").stdout.contains("a card lies on it").then_some(()));
    let ran = folder.run("nfc check --format json");
    gone.store(true, Ordering::Relaxed);
    card.join().unwrap();
    assert_eq!(ran.code, 4, "{ran:?}");
    let seen: Value = serde_json::from_str(&ran.stdout).unwrap();
    seen["readers"][0]["error"].clone()
}

#[test]
fn a_card_that_leaves_in_mid_exchange_or_stays_silent_hangs_nobody() {
    if is_missing() {
        return;
    }
    let left = checked(|| true);
    // vpcd answers with nothing.
    assert_eq!(left, "the card was lifted, or lost contact, while the reader was spoken to through it");
    let silent = checked(|| false);
    assert_eq!(silent, "the card that lies on it does not answer");
}

#[test]
fn a_backup_of_another_reader_is_told_of_although_one_cannot_be_read() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new("S4"));
    let backup = r#"{"omnikey_settings":1,"serial":"ELSEWHERE","settings":{"iso14443a_enable":"01"}}"#;
    bench.folder.write("other.json", backup);
    let ran = bench.folder.run("nfc configure --yes --restore other.json");
    assert_eq!(ran.code, 4, "{ran:?}");
    let what = "the reader with the serial number ELSEWHERE is not connected, or is one of those that cannot be read";
    assert!(
        ran.stderr.contains(what) && ran.stdout.contains("its driver lets no settings through"),
        "{ran:?}"
    );
}

#[test]
fn a_reader_without_a_serial_number_is_written_only_where_it_is_alone() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new(""));
    let (code, done) = bench.json("nfc configure --reader Reader --all --yes --format json");
    let error = "it has no serial number, and another reader is connected with which it could be confused";
    assert_eq!((code, &done["readers"][0]["error"]), (4, &error.into()), "{done}");
    assert_eq!(bench.device.lock().unwrap().changes, []);
}

#[test]
fn the_endpoint_is_stopped_for_the_settings_and_started_again_whatever_happens() {
    use std::os::unix::fs::PermissionsExt;
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new("S3"));
    let systemctl = bench.folder.path().join("bin/systemctl");
    let script = format!(
        "#!/bin/sh\ncd {}\ncase \"$*\" in\n\
         list-unit-files*) echo 'nymi-bluetooth-endpoint.service enabled enabled';;\n\
         *' stop '*) echo inactive > active; echo stop >> orders;;\n\
         *' start '*) echo active > active; echo start >> orders;;\n\
         *) echo LoadState=loaded; echo UnitFileState=enabled; echo ActiveState=$(cat active);;\nesac\n",
        bench.folder.path().display()
    );
    bench.folder.write("bin/systemctl", script);
    std::fs::set_permissions(&systemctl, std::fs::Permissions::from_mode(0o755)).unwrap();
    bench.folder.write("active", "active\n");
    let run = |arguments: &str| {
        let mut command = bench.service.tapbench();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", bench.folder.path().join("bin").display()));
        command.env("XDG_STATE_HOME", bench.folder.path().join("state"));
        command.args(arguments.split(' ')).current_dir(bench.folder.path());
        command.stdin(std::process::Stdio::null()).output().unwrap()
    };
    let orders = || std::fs::read_to_string(bench.folder.path().join("orders")).unwrap_or_default();
    let left = run("nfc configure --all --yes");
    assert!(orders().is_empty(), "it is left alone without being asked for: {left:?}");
    bench.device.lock().unwrap().is_deaf = true;
    run("nfc configure --yes --restore nothing.json --stop-endpoint");
    assert!(orders().is_empty(), "what is wrong before is said before");
    bench.device.lock().unwrap().product_name = "OMNIKEY 3121".into();
    let failed = run("nfc configure --all --yes --stop-endpoint");
    assert_eq!(failed.status.code(), Some(4), "{failed:?}");
    assert_eq!((orders().as_str(), bench.folder.read("active").as_str()), ("stop\nstart\n", "active\n"));
    run("nfc check");
    assert_eq!(orders(), "stop\nstart\n", "nor is it stopped for a check that is not told to");
    run("nfc check --stop-endpoint");
    assert_eq!(
        (orders().as_str(), bench.folder.read("active").as_str()),
        ("stop\nstart\n".repeat(2).as_str(), "active\n")
    );

    bench.folder.write("active", "inactive\n");
    let said = |arguments| String::from_utf8(run(arguments).stderr).unwrap();
    let not_running = "warning: --stop-endpoint: the service nymi-bluetooth-endpoint.service is not running; nothing was stopped";
    for command in ["nfc check --stop-endpoint", "nfc configure --all --dry-run --stop-endpoint"] {
        let said = said(command);
        assert!(said.contains(not_running), "{command}: {said}");
    }
    assert!(!said("nfc check").contains("--stop-endpoint"), "nobody asked for it");
    bench.folder.write("bin/systemctl", "#!/bin/sh\nexit 1\n");
    let unknown = said("nfc check --stop-endpoint");
    let which = "which service is the Nymi Bluetooth Endpoint could not be told; nothing was stopped";
    assert!(unknown.contains(which), "{unknown}");
    assert_eq!(orders(), "stop\nstart\n".repeat(2));
}
