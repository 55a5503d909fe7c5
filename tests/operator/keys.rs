//! Single keys on a terminal become marks and observations; the terminal is left as it was.

use std::fs::File;
use std::io::{Read, Write};

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::*;

/// A terminal with somebody at it.
struct Desk {
    hand: File,
    terminal: File,
    screen: String,
}

impl Desk {
    fn new() -> Self {
        let hand = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        unlockpt(&hand).unwrap();
        fcntl_setfl(&hand, OFlags::NONBLOCK).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = open(ptsname(&hand, Vec::new()).unwrap(), flags, Mode::empty()).unwrap();
        tcsetwinsize(&terminal, Winsize { ws_row: 25, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        Self { hand: hand.into(), terminal: terminal.into(), screen: String::new() }
    }

    /// Starts the recorder with this as its controlling terminal.
    fn record(&self, out: &Path, source: &str, options: &[&str]) -> Child {
        let mut command = Command::new("setsid");
        command.args(["--ctty", env!("CARGO_BIN_EXE_tapbench"), "record"]).arg(out);
        command.args(["--source", source]).args(options).env("TERM", "xterm").env("NO_COLOR", "1");
        let terminal = || Stdio::from(self.terminal.try_clone().unwrap());
        command.stdin(terminal()).stdout(Stdio::null()).stderr(terminal()).spawn().unwrap()
    }

    fn press(&mut self, key: &str) {
        self.hand.write_all(key.as_bytes()).unwrap();
    }

    /// Waits until something is to be read there.
    fn shows(&mut self, what: &str) {
        let Self { hand, screen, .. } = self;
        let mut bytes = [0; 4096];
        until(what, || {
            while let Ok(count @ 1..) = hand.read(&mut bytes) {
                *screen += &String::from_utf8_lossy(&bytes[..count]);
            }
            screen.contains(what)
        });
    }

    fn ended(&mut self, mut child: Child) -> i32 {
        let mut code = None;
        let mut bytes = [0; 4096];
        until("the end of the recording", || {
            while let Ok(count @ 1..) = self.hand.read(&mut bytes) {
                self.screen += &String::from_utf8_lossy(&bytes[..count]);
            }
            code = child.try_wait().unwrap().map(|status| status.code().unwrap());
            code.is_some()
        });
        code.unwrap()
    }

    fn mode(&self) -> String {
        let Termios { input_modes, output_modes, local_modes, special_codes, .. } =
            tcgetattr(&self.terminal).unwrap();
        format!("{input_modes:?} {output_modes:?} {local_modes:?} {special_codes:?}")
    }
}

const ROOM: &str = r#"
[[advertiser]]
address = "C6:05:04:03:02:01"
address_type = "random"
interval_ms = 20
rssi = -40
"#;

const BAND: &str = "C6:05:04:03:02:01";

#[test]
fn keys_mark_segments_and_what_was_seen() {
    let folder = Folder::new();
    let dongle = Dongle::hearing(&folder, ROOM);
    let (out, mut desk) = (out(&folder), Desk::new());
    let before = desk.mode();
    let child = desk.record(&out, &dongle.source, &["--band", BAND, "--dongle", "bluegiga"]);
    desk.shows("space ends it");
    assert_ne!(desk.mode(), before);
    for (key, says) in [
        ("t", "segment 1: tap begins"),
        ("1", "seen: tap"),
        ("\x1b[A", "TAP"),
        (" ", "segment 1: tap ended"),
        ("N", "segment 2: no_tap begins"),
        ("x", "segment 2: no_tap taken back"),
        ("l", "segment 3: leave begins"),
        ("r", "segment 4: return begins"),
        ("2", "seen: locked"),
        ("3", "seen: unlocked"),
        (" ", "segment 4: return ended"),
        ("\x7f", "segment 4: return taken back"),
        ("q", "samples in"),
    ] {
        desk.press(key);
        desk.shows(says);
    }
    // As the terminal itself says it, not the test.
    desk.press("\x03");
    assert_eq!(desk.ended(child), 0, "{}", desk.screen);
    assert_eq!(desk.mode(), before);
    let text = text(&out);
    let is_mark = |line: &&str| ["mark", "observed", "cancelled"].iter().any(|key| line.contains(key));
    let marks: Vec<_> =
        text.lines().filter(is_mark).filter_map(|line| Some(line.split_once(',')?.1)).collect();
    assert_eq!(
        marks,
        [
            r#""mark":"begin","id":1,"intent":"tap","band":"C6:05:04:03:02:01"}"#,
            r#""observed":"tap","by":"operator"}"#,
            r#""mark":"end","id":1}"#,
            r#""mark":"begin","id":3,"intent":"leave","band":"C6:05:04:03:02:01"}"#,
            r#""mark":"end","id":3}"#,
            r#""observed":"locked","by":"operator"}"#,
            r#""observed":"unlocked","by":"operator"}"#,
        ]
    );
    let times: Vec<_> = rows(&out)[1..].iter().map(|row| row["t_us"].as_i64().unwrap()).collect();
    assert!(times.is_sorted());
    let summary: Value = serde_json::from_str(replayed(&out, &[]).lines().last().unwrap()).unwrap();
    assert_eq!(summary["summary"]["segments"]["tap"]["count"], 1);
    assert_eq!(summary["summary"]["segments"]["no_tap"]["count"], 0);
    assert_eq!(summary["summary"]["segments"]["leave"]["failed"], 1);
}

#[test]
fn a_killed_recording_still_says_which_segment_is_not_meant() {
    let folder = Folder::new();
    let dongle = Dongle::hearing(&folder, ROOM);
    let (out, mut desk) = (out(&folder), Desk::new());
    let mut child = desk.record(&out, &dongle.source, &["--all"]);
    desk.shows("space ends it");
    desk.press("tx");
    until("the row", || text(&out).contains("\"cancelled\":1}\n"));
    child.kill().unwrap();
    child.wait().unwrap();
    let left = text(&out);
    let whole = left.get(..=left.rfind('\n').unwrap()).unwrap();
    assert!(whole.contains(r#""mark":"begin","id":1,"intent":"tap"}"#), "{whole}");
    folder.write("whole", whole);
    assert!(replayed(&folder.path().join("whole"), &[]).contains("\"tap\":{\"count\":1"));
}

#[test]
fn where_stdin_is_no_terminal_there_are_no_keys() {
    let folder = Folder::new();
    let (out, desk) = (out(&folder), Desk::new());
    let dongle = Dongle::hearing(&folder, ROOM);
    let before = desk.mode();
    let mut command = record(&out, &dongle.source, &["--all", "--duration", "500ms"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // It may be over before these come.
    let _ = child.stdin.take().unwrap().write_all(b"t1 x");
    let (code, said) = ended(child);
    assert_eq!((code, desk.mode()), (0, before));
    assert!(!said.contains("segment"), "{said}");
    assert!(rows(&out).iter().all(|row| row.get("mark").is_none()));
}
