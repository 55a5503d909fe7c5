//! NFC taps in the window: the list, the figures, what to do, and the readers' settings.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use dongle_protocols::omnikey::Setting;
use dongle_protocols::omnikey::device::Device;
use egui_kittest::kittest::Queryable;
use tapbench::app::{Command, Foot};
use tapbench::bench::Place;
use tapbench::drivers::nfc::{Code, Connection, NfcReaders, PcSc, Presence, ReaderState, Watch, Way};

use super::Window;

const READER: &str = "HID Global OMNIKEY 5022 Smart Card Reader 0";

/// Ten samples a second for 40 s, near the dongle at each tap on the reader.
pub fn recording(folder: &Path) -> PathBuf {
    let mut text = format!(
        "{{\"rssi_recording\":1,\"sources\":[{{\"id\":\"b1\",\"kind\":\"bluegiga\"}},{{\"id\":\"nfc-1\",\"kind\":\"nfc\",\"readers\":\"{READER}\"}}]}}\n"
    );
    for t_ms in (100..40_000).step_by(100) {
        let is_near = (5_000..7_000).contains(&t_ms) || (36_500..38_500).contains(&t_ms);
        let rssi = if is_near { -38 } else { -70 };
        writeln!(
            text,
            "{{\"t_us\":{t_ms}000,\"source\":\"b1\",\"band\":\"C6:05:04:03:02:01\",\"rssi\":{rssi}}}"
        )
        .unwrap();
        let nfc = match t_ms {
            5_200 => {
                "\"nfc\":\"inserted\",\"atr\":\"3B8F8001804F0CA000000306030001000000006A\",\"idle_ms\":4000"
            }
            5_300 => "\"nfc\":\"read\",\"uid\":\"hmac:00\",\"read_ms\":34",
            6_600 => "\"nfc\":\"removed\",\"dwell_ms\":1400,\"outcome\":\"ok\"",
            37_000 => "\"nfc\":\"inserted\",\"atr\":\"3B80800101\",\"idle_ms\":30400",
            37_300 => "\"nfc\":\"removed\",\"dwell_ms\":300,\"outcome\":\"left_early\"",
            _ => continue,
        };
        let (kind, details) = nfc.split_once(',').unwrap();
        writeln!(
            text,
            "{{\"t_us\":{t_ms}001,\"source\":\"nfc-1\",{kind},\"reader\":\"{READER}\",{details}}}"
        )
        .unwrap();
    }
    let path = folder.join("taps.rssi.jsonl");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    path
}

#[test]
fn a_recording_with_nfc_rows_shows_its_taps_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let mut window = Window::empty();
    window.open(path.to_str().unwrap());
    assert!(window.shows("399 samples, 2 NFC taps"), "on the plot");
    window.command(Command::Foot(Foot::Nfc));
    window.until("the taps", |w| w.shows("left too early"));
    for text in [
        "1400 ms",
        "34 ms",
        "What to do: hold the band on the reader for at least 1 second",
        "Taps: 1 of 2 ok (95 % sure: 1 to 99 %)",
        "After 30 s or more of rest: 0 of 1 ok",
        "Held for less than 1 s: 1",
        "Time to UID",
        READER,
    ] {
        assert!(window.shows(text), "{text}");
    }
    window.harness.get_by_label("37.00 s").hover();
    window.until("what the card is", |w| w.shows("3B80800101 (ISO 14443-4 card, no historical bytes)"));
    window.command(Command::Symptoms);
    window.until("the NFC symptom", |w| w.shows("1 of 2 taps failed"));
    window.command(Command::Close);
    window.click("Mark as taps");
    window.until("the marked copy", |w| w.shows("2 of 2"));
    let copy = std::fs::read_to_string(folder.path().join("taps-taps.rssi.jsonl")).unwrap();
    assert!(copy.contains("\"note\":\"NFC tap, held 300 ms, left_early\""), "{copy}");
}

#[test]
fn without_nfc_rows_the_view_says_so() {
    let mut window = Window::with("synthetic-calibration-hard");
    window.command(Command::Foot(Foot::Nfc));
    assert!(window.shows("No tap on an NFC reader is in here."));
}

/// A service with one reader, which is simulated.
#[derive(Clone)]
struct Simulated(Arc<Mutex<Device>>);

impl PcSc for Simulated {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        Ok(Box::new(self.clone()))
    }

    fn connect(&self, _: &str, _: Way) -> Result<Box<dyn Connection>, Code> {
        Ok(Box::new(self.clone()))
    }
}

impl Watch for Simulated {
    fn look(&mut self, _: Duration) -> Result<Vec<ReaderState>, Code> {
        let name = READER.to_owned();
        Ok(vec![ReaderState { name, presence: Presence::Empty, events: Some(0), atr: Vec::new() }])
    }
}

impl Connection for Simulated {
    fn exchange(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        Ok(self.0.lock().unwrap().answer(command))
    }
}

/// Backups whose names begin so.
fn backups(beginning: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(".").unwrap().filter_map(Result::ok);
    entries.filter(|e| e.file_name().to_string_lossy().starts_with(beginning)).map(|e| e.path()).collect()
}

#[test]
fn settings_are_shown_and_written_only_when_that_is_agreed() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let device = Arc::new(Mutex::new(Device::new("TESTREADER1")));
    let mut window = Window::empty();
    window.harness.state_mut().use_smart_cards(Arc::new(Simulated(Arc::clone(&device))));
    window.open(path.to_str().unwrap());
    window.command(Command::ReadReaders);
    window.until("the settings", |w| w.shows("sleep mode polling frequency: 0.7 Hz (1.4 s)"));
    assert!(window.shows("OMNIKEY 5022, firmware 2.0.0, serial number TESTREADER1"));
    window.command(Command::AskReaderFix(0));
    window.until("the question", |w| w.shows("41 Hz (24 ms)") && w.shows("omnikey-TESTREADER1-"));
    window.click("Leave it as it is");
    assert!(device.lock().unwrap().changes.is_empty(), "nothing is written without a yes");
    window.command(Command::AskReaderFix(0));
    window.click("Write to the reader");
    window.until("written and read again", |w| {
        w.shows("read back") && w.shows("sleep mode polling frequency: 41 Hz (24 ms)")
    });
    assert_eq!(device.lock().unwrap().applied(Setting::SleepPolling), Some(&[0][..]));
    let backups = backups("omnikey-TESTREADER1-");
    let text = std::fs::read_to_string(&backups[0]).unwrap();
    assert!(text.contains("\"sleep_mode_polling_frequency\": \"06\""), "{text}");
    backups.iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

/// A service whose only reader is as it is told.
#[derive(Clone, Default)]
struct Told(Arc<(Mutex<Vec<ReaderState>>, Condvar)>);

impl Told {
    fn tell(&self, presence: Option<(Presence, u32)>) {
        let state = presence.map(|(presence, events)| {
            let atr =
                if presence == Presence::Card { vec![0x3B, 0x80, 0x80, 0x01, 0x01] } else { Vec::new() };
            ReaderState { name: READER.to_owned(), presence, events: Some(events), atr }
        });
        *self.0.0.lock().unwrap() = state.into_iter().collect();
        self.0.1.notify_all();
    }
}

impl PcSc for Told {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        Ok(Box::new(self.clone()))
    }

    fn connect(&self, _: &str, _: Way) -> Result<Box<dyn Connection>, Code> {
        Err(Code::COMM_ERROR)
    }
}

impl Watch for Told {
    fn look(&mut self, limit: Duration) -> Result<Vec<ReaderState>, Code> {
        let (states, told) = &*self.0;
        let (states, _) = told.wait_timeout(states.lock().unwrap(), limit).unwrap();
        Ok(states.clone())
    }
}

#[test]
fn what_lies_on_a_reader_and_that_it_is_gone_is_seen_live() {
    let service = Told::default();
    service.tell(Some((Presence::Empty, 0)));
    let mut window = Window::empty();
    let readers = NfcReaders {
        id: "nfc-1".into(),
        pcsc: Arc::new(service.clone()),
        name: None,
        must_be_there: true,
        uids: None,
    };
    window.harness.state_mut().listen_to(Box::new(readers), Place::Nfc(READER.to_owned()), None);
    window.command(Command::Foot(Foot::Nfc));
    let says = |words: &str| format!("{READER}: {words}");
    window.until("empty", |w| w.shows(&says("empty")));
    service.tell(Some((Presence::Card, 1)));
    window.until("a card", |w| w.shows(&says("a card for ")));
    service.tell(Some((Presence::Empty, 2)));
    window.until("a tap", |w| w.shows(&says("empty")));
    service.tell(None);
    window.until("gone", |w| w.shows(&says("gone; unplugged, or its service stopped")));
    service.tell(Some((Presence::Empty, 0)));
    window.until("there again", |w| w.shows(&says("empty")));
}

/// The same reader, whose answers wait until they are let through.
#[derive(Clone)]
struct Held(Simulated, Arc<(Mutex<bool>, Condvar)>);

impl PcSc for Held {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        self.0.watch()
    }

    fn connect(&self, reader: &str, way: Way) -> Result<Box<dyn Connection>, Code> {
        let (is_free, freed) = &*self.1;
        drop(freed.wait_while(is_free.lock().unwrap(), |is_free| !*is_free).unwrap());
        self.0.connect(reader, way)
    }
}

#[test]
fn what_is_written_to_a_reader_is_not_given_up_for_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(folder.path());
    let device = Arc::new(Mutex::new(Device::new("TESTREADER2")));
    let gate = Arc::new((Mutex::new(true), Condvar::new()));
    let mut window = Window::empty();
    window.harness.state_mut().use_smart_cards(Arc::new(Held(Simulated(device), Arc::clone(&gate))));
    window.open(path.to_str().unwrap());
    window.command(Command::ReadReaders);
    window.until("the settings", |w| w.shows("serial number TESTREADER2"));
    *gate.0.lock().unwrap() = false;
    window.command(Command::AskReaderFix(0));
    window.click("Write to the reader");
    window.command(Command::Symptoms);
    window
        .until("refused", |w| w.shows("not begun, as something else is still done (Writing to the reader)"));
    window.command(Command::Close);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    window.until("written and read again", |w| w.shows("read back"));
    backups("omnikey-TESTREADER2-").iter().for_each(|path| std::fs::remove_file(path).unwrap());
}
