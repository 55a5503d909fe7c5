//! A smart-card service that the test plays over its socket: of other versions than the installed
//! one, and with faults that a real one shows on no command.

use std::io::{self, Read, Write};
use std::ops::RangeInclusive;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::bench::{NAME, SOCKET_VARIABLE};
use super::support::{Folder, Ran};

const ESTABLISH_CONTEXT: u32 = 0x01;
const CONNECT: u32 = 0x04;
const TRANSMIT: u32 = 0x09;
const VERSION: u32 = 0x11;
const WAIT: u32 = 0x13;
const SERVICE_STOPPED: u32 = 0x8010_001E;

const READERS: usize = 16;
const READER_LEN: usize = 184;
const NAME_LEN: usize = 128;
const EMPTY: u32 = 0x02;
const CARD: u32 = 0x34;

/// The service; what it answers is said by who plays it.
struct Scripted {
    folder: Folder,
    /// The minor versions that it was asked for, in order; one list for each line.
    asked: Arc<Mutex<Vec<Vec<u32>>>>,
}

/// A line that a program has to it.
struct Line {
    stream: UnixStream,
    /// How many came before.
    number: usize,
    asked: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Scripted {
    /// Each line is served by `serve` until it returns, which hangs up.
    fn new(serve: impl Fn(&mut Line) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let folder = Folder::new();
        let address = folder.path().join("socket");
        let listener = UnixListener::bind(&address).unwrap();
        let asked: Arc<Mutex<Vec<Vec<u32>>>> = Arc::default();
        let (serve, of_lines) = (Arc::new(serve), Arc::clone(&asked));
        // It ends with the test's process.
        thread::spawn(move || {
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                of_lines.lock().unwrap().push(Vec::new());
                let mut line = Line { stream, number, asked: Arc::clone(&of_lines) };
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(&mut line));
            }
        });
        Self { folder: folder.with_env(SOCKET_VARIABLE, address), asked }
    }

    fn run(&self, command: &str) -> Ran {
        self.folder.run(command)
    }

    /// It must not be usable, for this reason.
    fn refuses(&self, command: &str, says: &[&str]) {
        let ran = self.run(command);
        assert_eq!(ran.code, 4, "{command}: {ran:?}");
        let said = ran.stdout.clone() + &ran.stderr;
        for words in says {
            assert!(said.contains(words), "{command}: {words}\nin {ran:?}");
        }
        assert!(!said.contains("apt-get install"), "{command}: {ran:?}");
    }

    fn lines(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Line {
    fn message(&mut self) -> io::Result<(u32, Vec<u8>)> {
        let mut head = [0; 8];
        self.stream.read_exact(&mut head)?;
        let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(word(0)).unwrap()];
        self.stream.read_exact(&mut body)?;
        Ok((word(4), body))
    }

    fn say(&mut self, words: &[u32]) -> io::Result<()> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.stream.write_all(&bytes)
    }

    /// As a service of this version that takes these; the first message that is another.
    fn greet(&mut self, own: u32, takes: &RangeInclusive<u32>) -> io::Result<(u32, Vec<u8>)> {
        loop {
            match self.message()? {
                (VERSION, body) => {
                    let minor = u32::from_ne_bytes(body[4..8].try_into().unwrap());
                    self.asked.lock().unwrap()[self.number].push(minor);
                    let code = if takes.contains(&minor) { 0 } else { SERVICE_STOPPED };
                    self.say(&[4, own, code])?;
                }
                (ESTABLISH_CONTEXT, _) => self.say(&[2, 77, 0])?,
                other => return Ok(other),
            }
        }
    }

    /// Waits to be told how its one reader is, and tells it.
    fn tell(&mut self, state: u32, atr: &[u8]) -> io::Result<()> {
        let (message, _) = self.greet(4, &(4..=4))?;
        assert_eq!(message, WAIT);
        self.stream.write_all(&table(state, atr))
    }

    /// Until the program does.
    fn hang_up_last(&mut self) -> io::Result<()> {
        io::copy(&mut self.stream, &mut io::sink()).map(|_| ())
    }
}

/// How the readers are, of which there is one.
fn table(state: u32, atr: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; READERS * READER_LEN];
    bytes[..NAME.len()].copy_from_slice(NAME.as_bytes());
    bytes[NAME_LEN + 4..NAME_LEN + 8].copy_from_slice(&state.to_ne_bytes());
    bytes[NAME_LEN + 12..NAME_LEN + 12 + atr.len()].copy_from_slice(atr);
    let len = u32::try_from(atr.len()).unwrap();
    bytes[NAME_LEN + 48..NAME_LEN + 52].copy_from_slice(&len.to_ne_bytes());
    bytes
}

/// A service of version 4:`own` that takes these minor versions.
fn of_version(own: u32, takes: RangeInclusive<u32>) -> Scripted {
    Scripted::new(move |line| {
        let (message, _) = line.greet(own, &takes)?;
        assert_eq!(message, WAIT);
        line.stream.write_all(&table(EMPTY, &[]))?;
        line.hang_up_last()
    })
}

#[test]
fn a_version_is_agreed_on_with_each_service_since_1_8_24() {
    let of = |own, takes, asked: &[u32]| {
        let service = of_version(own, takes);
        let listed = service.run("devices");
        assert!(listed.stdout.contains(&format!("nfc:{NAME}")), "4:{own}: {listed:?}");
        assert_eq!(*service.asked.lock().unwrap(), [asked], "4:{own}");
    };
    of(4, 4..=4, &[4]);
    of(5, 5..=5, &[4, 5]);
    of(5, 4..=5, &[4]);
    of(6, 4..=6, &[4]);
    of(6, 5..=6, &[4, 5]);
}

#[test]
fn of_a_service_of_an_unknown_version_it_is_said_whether_it_is_too_old() {
    of_version(3, 3..=3).refuses("nfc watch", &["the smart-card service is too old", "at least 1.8.24"]);
    let newer = of_version(6, 6..=6);
    newer.refuses("nfc watch", &["speaks a protocol that this program does not", "tell the makers"]);
    assert_eq!(*newer.asked.lock().unwrap(), [[4, 5]]);
}

const TURNED_AWAY: &[&str] = &["turned this program away", "not over SSH", "access_pcsc", "access_card"];

#[test]
fn who_is_turned_away_without_a_word_is_told_of_rights_and_not_of_installing() {
    let service = Scripted::new(|_| Ok(()));
    service.refuses("nfc watch", TURNED_AWAY);
    assert_eq!(service.lines(), 4, "a few times, in case that it is being started");
    let busy = Scripted::new(|line| {
        if line.number < 2 {
            return Ok(());
        }
        line.tell(EMPTY, &[])?;
        line.hang_up_last()
    });
    let listed = busy.run("devices");
    assert!(listed.stdout.contains(&format!("nfc:{NAME}")), "{listed:?}");
}

#[test]
fn who_may_see_readers_but_speak_to_none_is_told_so() {
    let service = Scripted::new(|line| {
        if line.number > 0 {
            return Ok(());
        }
        line.tell(EMPTY, &[])?;
        line.hang_up_last()
    });
    service.refuses("nfc check", TURNED_AWAY);
}

#[test]
fn a_service_that_hangs_is_to_be_restarted() {
    let service = Scripted::new(Line::hang_up_last);
    service.refuses("nfc watch", &["runs, but does not answer", "systemctl restart pcscd"]);
}

#[test]
fn a_card_that_keeps_the_settings_from_being_read_is_to_be_taken_away() {
    let service = Scripted::new(|line| {
        if line.number == 0 {
            line.tell(CARD, &[0x3B, 0])?;
            return line.hang_up_last();
        }
        let (message, mut body) = line.greet(4, &(4..=4))?;
        assert_eq!(message, CONNECT);
        let at = body.len() - 12;
        body[at..].copy_from_slice(&[1u32, 2, 0].map(u32::to_ne_bytes).concat());
        line.stream.write_all(&body)?;
        assert_eq!(line.message()?.0, TRANSMIT);
        line.hang_up_last()
    });
    service.refuses("nfc check", &["the card that lies on it does not answer", "take the card away"]);
}

#[test]
fn a_service_that_breaks_down_at_each_look_is_not_hurried_and_not_called_back() {
    let service = Scripted::new(|line| match line.number {
        0 => line.tell(EMPTY, &[]),
        // Hangs up where it should tell of its readers.
        _ => line.greet(4, &(4..=4)).map(|_| ()),
    });
    let ran = service.run("nfc watch --duration 2s --format jsonl");
    let rows: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = |what: &str| rows.iter().filter(|row| row["source_event"] == what).count();
    assert_eq!((ran.code, told("lost"), told("recovered")), (3, 1, 0), "{ran:?}");
    assert!(service.lines() <= 12, "{} lines in 2 s", service.lines());
}
