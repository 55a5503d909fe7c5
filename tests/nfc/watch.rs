//! Taps as they happen.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use dongle_protocols::omnikey::device::Device;
use serde_json::Value;

use super::bench::{ATR, Card, LIMIT, LOOK, NAME, Service, is_missing, until};
use super::played::Played;

/// `nfc watch --format jsonl`.
pub struct Watching {
    pub child: Child,
    pub rows: Receiver<Value>,
}

impl Watching {
    pub fn start(service: &Service) -> Self {
        Self::of(service, "00 00", &[])
    }

    pub fn of(service: &Service, reader: &str, more: &[&str]) -> Self {
        let mut command = service.tapbench();
        command.args(["nfc", "watch", "--reader", reader, "--format", "jsonl"]).args(more);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut words = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        words.read_line(&mut first).unwrap();
        assert!(first.starts_with(&format!("watching {NAME} 00 00")), "{first}");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, rows) = sync_channel(1024);
        std::thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            lines.map(|line| serde_json::from_str(&line).unwrap()).try_for_each(|row| sender.send(row))
        });
        Self { child, rows }
    }

    pub fn next(&self) -> Value {
        self.rows.recv_timeout(LIMIT).unwrap()
    }

    /// The next row must be this.
    pub fn expect(&self, key: &str, value: &str) -> Value {
        let row = self.next();
        assert_eq!(row[key], value, "{row}");
        row
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Ends it by Ctrl-C; the exit status and the summary.
    pub fn ended(mut self) -> (i32, Value) {
        self.signal("-INT");
        let mut last = Value::Null;
        while let Ok(row) = self.rows.recv_timeout(LIMIT) {
            last = row;
        }
        let status = until("its end", || self.child.try_wait().unwrap());
        (status.code().unwrap(), last["summary"].clone())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Readers with two slots each, as many as pcscd takes, to have many taps in a short time.
const READERS: u16 = 8;
const TAPS_EACH: u32 = 7;

#[test]
fn of_a_hundred_taps_none_is_missed_and_none_is_doubled() {
    if is_missing() {
        return;
    }
    let service = Service::with_readers(READERS);
    let watching = Watching::of(&service, "5022", &[]);
    let tap = |slot| {
        for _ in 0..TAPS_EACH {
            Card::in_slot(slot, ATR, |_| None).lie(2 * LOOK);
            // Away for longer than a look too, else there is no pause to be seen.
            std::thread::park_timeout(2 * LOOK);
        }
    };
    std::thread::scope(|scope| {
        for slot in 0..2 * READERS {
            scope.spawn(move || tap(slot));
        }
    });
    let (code, summary) = watching.ended();
    let taps = u32::from(2 * READERS) * TAPS_EACH;
    assert_eq!((code, &summary["taps"], &summary["ok"]), (0, &taps.into(), &taps.into()), "{summary}");
}

/// Lies there until the watch has a row of it, which it gives.
fn seen(watching: &Watching, mut card: Card) -> Value {
    let mut seen = None;
    card.lie_until(|| {
        seen = seen.take().or_else(|| watching.rows.try_recv().ok());
        seen.is_some()
    });
    seen.unwrap()
}

#[test]
fn a_mute_card_is_told_apart_and_garbage_hurts_nobody() {
    if is_missing() {
        return;
    }
    let service = Service::start();
    let watching = Watching::start(&service);
    assert_eq!(seen(&watching, Card::plain())["atr"], ATR);
    watching.expect("outcome", "ok");
    // Longer than an answer to reset can be: pcscd takes it for none.
    let mute = seen(&watching, Card::new(&"3B".repeat(40), |_| None));
    assert_eq!((&mute["nfc"], &mute["atr"]), (&"inserted".into(), &Value::Null));
    watching.expect("code", "SCARD_W_UNRESPONSIVE_CARD");
    watching.expect("outcome", "mute");
    // No answer to reset at all, though pcscd lets it pass.
    assert_eq!(seen(&watching, Card::new("FFFFFF", |_| None))["atr"], "FFFFFF");
    watching.expect("nfc", "removed");
    let (code, summary) = watching.ended();
    assert_eq!(
        (code, &summary["taps"], &summary["outcomes"]["mute"]),
        (0, &3.into(), &1.into()),
        "{summary}"
    );
}

#[test]
fn the_table_says_what_a_card_is() {
    if is_missing() {
        return;
    }
    let service = Service::start();
    let mut command = service.tapbench();
    let child = command.args(["nfc", "watch"]).stdin(Stdio::null());
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut table = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, lines) = sync_channel(1024);
    std::thread::spawn(move || table.try_for_each(|line| sender.send(line.unwrap())));
    let says = |mut card: Card, words: &str| {
        let (begun, mut said) = (Instant::now(), Vec::new());
        card.lie_until(|| {
            assert!(begun.elapsed() < LIMIT, "{words}\nin {said:?}");
            said.extend(lines.try_recv());
            said.last().is_some_and(|line: &String| line.contains(words))
        });
        drop(card);
        // One that comes sooner would be taken for the same.
        while !lines.recv_timeout(LIMIT).unwrap().contains("removed") {}
    };
    says(Card::plain(), &format!("inserted  {ATR} (MIFARE Classic 1K, ISO 14443 A part 3)"));
    says(Card::new("FFFFFF", |_| None), "inserted  FFFFFF (not a valid answer: ");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn with_active_the_uid_of_each_card_is_read_and_a_silent_one_hangs_nobody() {
    if is_missing() {
        return;
    }
    let service = Service::start();
    let watching = Watching::of(&service, "00 00", &["--active", "--plain-uid"]);
    let card = || Card::new(ATR, |apdu| (apdu == b"\xFF\xCA\0\0\0").then(|| vec![1, 2, 3, 0xAB, 0x90, 0]));
    let tap = |mut card: Card, wanted: &str| {
        let mut rows = Vec::new();
        card.lie_until(|| {
            rows.extend(watching.rows.try_recv());
            rows.last().is_some_and(|row| row["nfc"] == wanted)
        });
        drop(card);
        until("the removal", || {
            rows.push(watching.next());
            (rows[rows.len() - 1]["nfc"] == "removed").then_some(())
        });
        rows
    };
    let rows = tap(card(), "read");
    assert_eq!((&rows[1]["uid"], &rows[2]["outcome"]), (&"010203AB".into(), &"ok".into()), "{rows:?}");
    assert!(rows[1]["read_ms"].as_u64().unwrap() < 1000, "{rows:?}");
    let rows = tap(Card::new(ATR, |_| None), "inserted");
    assert_eq!(rows[rows.len() - 1]["outcome"], "left_early", "{rows:?}");
    // It is told of while it lies there.
    let rows = tap(Card::new(ATR, |_| None), "problem");
    assert_eq!(
        (&rows[1]["code"], &rows[2]["outcome"]),
        (&"SCARD_E_TIMEOUT".into(), &"mute".into()),
        "{rows:?}"
    );
    let rows = tap(card(), "read");
    assert_eq!(rows[2]["outcome"], "ok", "as before: {rows:?}");
    let rows = tap(Card::new(ATR, |_| Some(vec![0x6A, 0x81])), "problem");
    assert_eq!((&rows[1]["code"], &rows[2]["outcome"]), (&"no_uid".into(), &"ok".into()), "{rows:?}");
    let (code, summary) = watching.ended();
    assert_eq!((code, &summary["taps"], &summary["ok"]), (0, &5.into(), &3.into()), "{summary}");
    assert!(summary["read_ms"]["p50"].is_u64(), "{summary}");
    assert_eq!(summary["ok_unread"], 0, "{summary}");
}

const RESTARTS: u32 = 20;

#[test]
fn a_killed_service_is_told_of_and_taken_up_again_within_two_seconds() {
    if is_missing() {
        return;
    }
    let reader = Played::new(Device::new("S1"));
    let mut service = Service::with_played([(NAME, reader.address())]);
    let watching = Watching::start(&service);
    let tap = || {
        reader.card(true);
        watching.expect("nfc", "inserted");
        reader.card(false);
        watching.expect("outcome", "ok");
    };
    tap();
    for _ in 0..RESTARTS {
        service.kill();
        watching.expect("code", "reader_went");
        watching.expect("code", "SCARD_F_COMM_ERROR");
        watching.expect("source_event", "lost");
        service.start_again();
        let back = Instant::now();
        watching.expect("source_event", "recovered");
        assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
        watching.expect("code", "reader_came");
        tap();
    }
    let taps = 1 + RESTARTS;
    let (code, summary) = watching.ended();
    assert_eq!((code, &summary["taps"], &summary["ok"]), (3, &taps.into(), &taps.into()), "{summary}");
}

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn taps_of_5_ms_are_all_counted_even_those_between_two_looks() {
    if is_missing() {
        return;
    }
    let reader = Played::new(Device::new("S1"));
    let service = Service::with_played([(NAME, reader.address())]);
    let watching = Watching::start(&service);
    let ends = |count: usize| {
        let mut outcomes = Vec::new();
        until("the taps", || {
            let row = watching.next();
            outcomes.extend((row["nfc"] == "removed").then(|| row["outcome"].as_str().unwrap().to_owned()));
            (outcomes.len() == count).then_some(())
        });
        outcomes
    };
    let tap = || {
        for is_there in [true, false] {
            reader.card(is_there);
            std::thread::park_timeout(SHORT);
        }
    };
    (0..20).for_each(|_| tap());
    let outcomes = ends(20);
    assert!(outcomes.iter().all(|outcome| ["ok", "missed"].contains(&outcome.as_str())), "{outcomes:?}");
    // What it does not see at all, it is told by the service's count.
    watching.signal("-STOP");
    let before = reader.omnikey().power_ups;
    (0..10).for_each(|_| tap());
    until("the last card", || (reader.omnikey().power_ups >= before + 10).then_some(()));
    watching.signal("-CONT");
    let outcomes = ends(10);
    let missed = outcomes.iter().filter(|outcome| *outcome == "missed").count();
    // The last one may still lie there when it looks again.
    assert!(missed >= 9, "{outcomes:?}");
    let (code, summary) = watching.ended();
    assert_eq!((code, &summary["taps"]), (0, &30.into()), "{summary}");
    // But for the first, of which nobody knows what was before the watch.
    assert_eq!(summary["back_to_back"]["taps"], 29, "{summary}");
    assert_eq!(summary["ok_unread"], summary["ok"], "nobody asked for UIDs: {summary}");
}

#[test]
fn a_reader_that_is_unplugged_takes_its_card_with_it_and_is_taken_up_again() {
    if is_missing() {
        return;
    }
    let reader = Played::new(Device::new("S1"));
    let service = Service::with_played([(NAME, reader.address())]);
    let watching = Watching::start(&service);
    reader.card(true);
    watching.expect("nfc", "inserted");
    reader.unplug();
    watching.expect("outcome", "host");
    watching.expect("code", "reader_went");
    reader.card(false);
    reader.plug();
    watching.expect("code", "reader_came");
    reader.card(true);
    watching.expect("nfc", "inserted");
    reader.card(false);
    watching.expect("outcome", "ok");
    let (code, summary) = watching.ended();
    assert_eq!((code, &summary["taps"], &summary["ok"]), (0, &1.into(), &1.into()), "{summary}");
    assert_eq!(summary["cut_off"], 1, "{summary}");
}

#[test]
fn taps_stand_in_a_recording_on_its_clock() {
    if is_missing() {
        return;
    }
    let service = Service::start();
    let folder = service.folder();
    let mut command = service.tapbench();
    command.args("record out.rssi.jsonl --all --source nfc:5022 --duration 5s".split(' '));
    let child = command.current_dir(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
    until("the recording", || std::fs::metadata(folder.path().join("out.rssi.jsonl")).ok());
    Card::plain().lie_until(|| folder.read("out.rssi.jsonl").contains("inserted"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = folder.read("out.rssi.jsonl");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["sources"][0]["kind"], "nfc");
    assert_eq!((&rows[1]["nfc"], &rows[1]["source"]), (&"inserted".into(), &"nfc-1".into()));
    assert_eq!(rows[2]["outcome"], "ok");
    assert!(rows.iter().all(|row| row["uid"].is_null() && row["nfc"] != "read"), "{rows:?}");
    let us = |row: &Value, key: &str| row[key].as_i64().unwrap();
    let between_ms = (us(&rows[2], "t_us") - us(&rows[1], "t_us")) / 1000;
    assert!((between_ms - us(&rows[2], "dwell_ms")).abs() <= 1);
    assert_eq!(folder.run("replay out.rssi.jsonl --set rssi_tap_threshold=-50 --format jsonl").code, 2);
    let devices = folder.run("devices");
    assert!(devices.stdout.contains(&format!("nfc:{NAME} 00 00")), "{devices:?}");
}
