//! The settings of an OMNIKEY 5022 that the test plays: with and without a card, and whatever may come between.

use std::time::{Duration, Instant};

use dongle_protocols::omnikey::device::Device;
use dongle_protocols::omnikey::{Command, ISO14443A_ONLY, SLEEP_POLLING_41_HZ, Setting};
use ifd_handler::wire::Question;
use serde_json::Value;

use super::bench::{NAME, Service, is_missing, until};
use super::played::Played;
use super::support::Folder;

const SERIAL: &str = "KJ0J0G00X01110202";

/// One reader, and a folder to run commands in.
struct Bench {
    reader: Played,
    folder: Folder,
    _service: Service,
}

impl Bench {
    fn new(device: Device, has_card: bool) -> Self {
        let reader = Played::new(device);
        reader.card(has_card);
        let service = Service::with_played([(NAME, reader.address())]);
        let bench = Self { reader, folder: service.folder(), _service: service };
        bench.listed(if has_card { "a card lies on it" } else { "free" });
        bench
    }

    /// Until `devices` says so of the reader.
    fn listed(&self, state: &str) {
        until(state, || {
            let listed = self.folder.run("devices").stdout;
            let line = listed.lines().find(|line| line.contains(NAME)).unwrap_or("not there").to_owned();
            line.contains(state).then_some(())
        });
    }

    fn json(&self, command: &str) -> (i32, Value) {
        json(&self.folder, command)
    }
}

/// The exit status of a command, and what it says of the first reader.
fn json(folder: &Folder, command: &str) -> (i32, Value) {
    let ran = folder.run(&format!("{command} --format json"));
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.code, value["readers"][0].clone())
}

fn configured() -> [Command; 4] {
    [
        Command::Set(Setting::SleepPolling, SLEEP_POLLING_41_HZ.to_vec()),
        Command::Set(Setting::SearchOrder, ISO14443A_ONLY.to_vec()),
        Command::Apply,
        Command::Reboot,
    ]
}

#[test]
fn with_and_without_a_card_a_reader_is_checked_configured_once_and_restored() {
    if is_missing() {
        return;
    }
    for has_card in [false, true] {
        let bench = Bench::new(Device::new(SERIAL), has_card);
        // Its answer to the restart may come or be lost.
        bench.reader.omnikey().loses_answer = has_card;
        let (code, seen) = bench.json("nfc check");
        assert_eq!((code, &seen["serial"], &seen["as_recommended"]), (1, &SERIAL.into(), &false.into()));
        assert_eq!(bench.reader.omnikey().device.changes, [], "a check changes nothing");
        let (code, done) = bench.json("nfc configure --yes");
        assert_eq!((code, &done["state"]), (0, &"changed".into()), "{done}");
        assert_eq!(done["restart_seen"], true, "{done}");
        assert_eq!(bench.reader.omnikey().device.changes, configured());
        let (code, again) = bench.json("nfc configure --yes");
        assert_eq!((code, &again["state"]), (0, &"as_wanted".into()), "{again}");
        assert_eq!(bench.reader.omnikey().device.changes, configured(), "nothing more was written");
        assert_eq!(bench.json("nfc check").0, 0);

        let backup = done["backup"].as_str().unwrap();
        let (code, back) = bench.json(&format!("nfc configure --yes --restore {backup}"));
        assert_eq!((code, &back["state"]), (0, &"changed".into()), "{back}");
        let omnikey = bench.reader.omnikey();
        assert_eq!(omnikey.device.applied(Setting::SleepPolling), Some(&[6][..]));
        assert_eq!(omnikey.device.applied(Setting::SearchOrder), Some(&[2, 3, 4, 6, 1][..]));
        let is_through_card = |question: &Question| matches!(question, Question::Transmit(_));
        assert!(omnikey.exchanges.iter().all(|question| is_through_card(question) == has_card));
        assert_eq!(omnikey.resets, 0, "the card is left as it is");
    }
}

#[test]
fn refusals_with_the_status_of_success_are_failures_without_a_card_too() {
    if is_missing() {
        return;
    }
    let mut device = Device::new(SERIAL);
    // As a real one says of settings it does not have: 9E 02 00 03 90 00.
    device.refuses.insert(Setting::Iso15693, 0x03);
    let bench = Bench::new(device, false);
    let (code, seen) = bench.json("nfc check");
    let names: Vec<_> = seen["settings"].as_array().unwrap().iter().map(|s| s["name"].as_str()).collect();
    assert!(code == 1 && names.len() == 13 && !names.contains(&Some("iso15693_enable")), "{seen}");
    bench.reader.omnikey().device.refuses.insert(Setting::SearchOrder, 0x05);
    let (code, seen) = bench.json("nfc check");
    let error = "polling_search_order: the reader's firmware refused the command: malformed (code 05)";
    assert_eq!((code, &seen["error"]), (4, &error.into()), "{seen}");
    {
        let mut omnikey = bench.reader.omnikey();
        omnikey.device.refuses.clear();
        omnikey.device.read_only.insert(Setting::SearchOrder);
    }
    let (code, done) = bench.json("nfc configure --yes");
    let error = "polling_search_order: the reader's firmware refused the command: read only (code 15)";
    assert_eq!((code, &done["error"]), (4, &error.into()), "{done}");
    let undone = Command::Set(Setting::SleepPolling, vec![6]);
    let omnikey = bench.reader.omnikey();
    assert_eq!(omnikey.device.changes, [configured()[0].clone(), undone], "half of it is taken back");
    assert_eq!(done["left_changed"], Value::Array(Vec::new()), "{done}");
}

#[test]
fn what_could_not_be_taken_back_is_named_with_the_command_that_does() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new(SERIAL), false);
    // Two exchanges write the first setting, the third begins the second.
    bench.reader.omnikey().pulled_in = Some(23);
    let ran = bench.folder.run("nfc configure --yes");
    assert_eq!(ran.code, 4, "{ran:?}");
    let file = ran.stdout.lines().find_map(|line| line.trim().strip_prefix("as it was: ")).unwrap();
    let left = "may be left changed: sleep_mode_polling_frequency, polling_search_order";
    assert!(ran.stdout.contains(left), "{ran:?}");
    assert!(ran.stdout.contains(&format!("tapbench nfc configure --restore {file}")), "{ran:?}");
}

#[test]
fn a_blocked_escape_is_explained_and_a_card_gets_around_it() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new(SERIAL), false);
    bench.reader.omnikey().blocks_escape = true;
    for command in ["nfc check", "nfc configure --yes", "nfc configure --dry-run"] {
        let (code, said) = bench.json(command);
        let remedy = said["remedy"].as_str().unwrap();
        assert_eq!(code, 4, "{said}");
        assert!(said["error"].as_str().unwrap().contains("its driver lets no settings through"), "{said}");
        assert!(remedy.contains("card on the reader") && remedy.contains("ifdDriverOptions"), "{said}");
    }
    assert_eq!(bench.reader.omnikey().device.changes, []);
    bench.reader.card(true);
    bench.listed("a card lies on it");
    let (code, done) = bench.json("nfc configure --yes");
    assert_eq!((code, &done["state"]), (0, &"changed".into()), "{done}");
}

#[test]
fn readers_that_swap_places_when_they_start_anew_are_told_apart_by_their_serial_numbers() {
    if is_missing() {
        return;
    }
    let readers = ["S1", "S2"].map(|serial| Played::new(Device::new(serial)));
    let [first, second] = readers.each_ref().map(|reader| (NAME, reader.address()));
    let mut service = Service::with_played([first, second]);
    let folder = service.folder();
    until("both", || (folder.run("devices").stdout.matches(NAME).count() == 2).then_some(()));
    let ran = std::thread::scope(|scope| {
        let ran = scope.spawn(|| json(&folder, "nfc configure --all --yes"));
        for (reader, order) in readers.iter().zip([[second, first], [first, second]]) {
            until("the restart", || {
                let is_restarted = reader.omnikey().device.reboots() == 1;
                (is_restarted || ran.is_finished()).then_some(())
            });
            // As on Windows, where the service stops with its last reader.
            service.kill();
            service.configure(order);
            // Both are there again before it looks, else it would leave one out.
            until("the reader", || reader.is_plugged().then_some(()));
            service.start_again();
        }
        ran.join().unwrap()
    });
    assert_eq!((ran.0, &ran.1["state"]), (0, &"changed".into()), "{ran:?}");
    for reader in &readers {
        assert_eq!(reader.omnikey().device.changes, configured());
    }
    let (code, seen) = json(&folder, "nfc check");
    assert_eq!((code, &seen["serial"]), (0, &"S1".into()), "{seen}");
}

#[test]
fn a_check_counts_all_nfc_readers_whichever_it_reads() {
    if is_missing() {
        return;
    }
    let readers = [Played::new(Device::new("S1")), Played::new(Device::new("S2"))];
    let names = [NAME, "ACS ACR122U PICC Interface"];
    let service = Service::with_played(names.into_iter().zip(readers.iter().map(Played::address)));
    let folder = service.folder();
    until("both", || {
        let listed = folder.run("devices").stdout;
        names.iter().all(|name| listed.contains(name)).then_some(())
    });
    let ran = folder.run("nfc check --reader 5022");
    assert!(ran.code == 1 && ran.stdout.contains("serial number S1"), "{ran:?}");
    assert!(ran.stderr.contains("2 NFC readers are plugged in: "), "{ran:?}");
    assert!(ran.stderr.contains("the guide on Windows 7: \"Only one NFC reader"), "{ran:?}");
}

#[test]
fn a_reader_that_does_not_come_back_is_told_of_with_its_serial_number() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new(SERIAL), false);
    bench.reader.omnikey().stays_away = true;
    let (code, done) = bench.json("nfc configure --yes");
    let error = format!("the reader with the serial number {SERIAL} did not come back after its restart");
    assert_eq!((code, &done["error"]), (4, &error.into()), "{done}");
    bench.reader.plug();
    bench.listed("free");
    assert_eq!(bench.json("nfc check").0, 0, "what was written was kept");
}

#[test]
fn of_a_reader_that_comes_back_and_cannot_be_read_it_is_said_why() {
    if is_missing() {
        return;
    }
    let bench = Bench::new(Device::new(SERIAL), false);
    let (code, done) = std::thread::scope(|scope| {
        let ran = scope.spawn(|| bench.json("nfc configure --yes"));
        until("the restart", || {
            (bench.reader.omnikey().device.reboots() == 1 || ran.is_finished()).then_some(())
        });
        bench.reader.omnikey().blocks_escape = true;
        ran.join().unwrap()
    });
    assert_eq!((code, &done["state"]), (4, &"failed".into()), "{done}");
    assert!(done["error"].as_str().unwrap().starts_with("its driver lets no settings through"), "{done}");
    let settings = vec!["sleep_mode_polling_frequency", "polling_search_order"];
    assert_eq!(done["may_be_left_changed"], Value::from(settings), "{done}");
}

#[test]
fn a_setting_of_the_guide_that_the_reader_does_not_have_is_a_failure_and_the_others_are_written() {
    if is_missing() {
        return;
    }
    let mut device = Device::new(SERIAL);
    device.refuses.insert(Setting::SearchOrder, 0x03);
    let bench = Bench::new(device, false);
    let error = "the reader does not have polling_search_order, so it cannot be as the guide wants it";
    let lacks = |value: &Value| value["missing"] == Value::from(vec!["polling_search_order"]);
    let (code, dry) = bench.json("nfc configure --dry-run");
    assert!(code == 4 && dry["state"] == "would_change" && dry["error"] == error, "{dry}");
    let (code, done) = bench.json("nfc configure --yes");
    assert_eq!(
        (code, &done["state"], &done["error"]),
        (4, &"changed_in_part".into(), &error.into()),
        "{done}"
    );
    assert!(lacks(&done) && done["remedy"].as_str().unwrap().contains("firmware"), "{done}");
    assert_eq!(bench.reader.omnikey().device.applied(Setting::SleepPolling), Some(&[0][..]));

    let (code, seen) = bench.json("nfc check");
    assert_eq!((code, &seen["as_recommended"]), (1, &false.into()), "{seen}");
    assert!(lacks(&seen) && seen["remedy"].as_str().unwrap().contains("firmware"), "{seen}");
    let table = bench.folder.run("nfc check");
    assert!(table.code == 1 && table.stdout.contains(error), "{table:?}");
    assert!(!table.stderr.contains("sets what differs"), "nothing could be set: {table:?}");
    let (code, again) = bench.json("nfc configure --yes");
    assert_eq!((code, &again["state"], &again["error"]), (4, &"failed".into(), &error.into()), "{again}");
    let table = bench.folder.run("nfc configure --yes");
    assert!(table.code == 4 && table.stdout.contains("nothing was written") && table.stdout.contains(error));
    assert!(!table.stdout.contains("as wanted already"), "{table:?}");

    let backup = format!(
        r#"{{"omnikey_settings":1,"serial":"{SERIAL}","settings":{{"sleep_mode_polling_frequency":"06","polling_search_order":"0203040601"}}}}"#
    );
    bench.folder.write("backup.json", backup);
    let (code, back) = bench.json("nfc configure --yes --restore backup.json");
    assert_eq!((code, &back["state"]), (4, &"changed_in_part".into()), "{back}");
    assert!(lacks(&back) && back["error"].as_str().unwrap().ends_with("as the backup has it"), "{back}");
    assert_eq!(bench.reader.omnikey().device.applied(Setting::SleepPolling), Some(&[6][..]));
}

#[test]
fn a_reader_pulled_out_in_mid_exchange_hangs_nobody_and_is_set_right_the_next_time() {
    if is_missing() {
        return;
    }
    // The 21st exchange is the first that writes.
    for (command, exchange, is_changed) in [("nfc check", 2, false), ("nfc configure --yes", 21, true)] {
        let bench = Bench::new(Device::new(SERIAL), false);
        bench.reader.omnikey().pulled_in = Some(exchange);
        let begun = Instant::now();
        let (code, said) = bench.json(command);
        assert!(begun.elapsed() < Duration::from_secs(5), "{said}");
        assert_eq!(code, 4, "{said}");
        let remedy = said["remedy"].as_str().unwrap();
        assert!(remedy.contains("plug the reader in again"), "{said}");
        assert_eq!(!bench.reader.omnikey().device.changes.is_empty(), is_changed);
        assert_eq!(said["backup"].is_string(), is_changed, "{said}");
        bench.reader.omnikey().pulled_in = None;
        bench.reader.plug();
        bench.listed("free");
        assert_eq!(bench.json("nfc configure --yes").0, 0);
        assert_eq!(bench.json("nfc check").0, 0);
    }
}
