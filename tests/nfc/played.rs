//! A reader that the test itself plays, behind a driver of our own in a real pcscd: cards come and go within
//! milliseconds, commands reach the reader without a card, and it can be unplugged at any moment.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dongle_protocols::omnikey::device::Device;
use ifd_handler::wire::{self, Answer, CARD, EMPTY, EXCHANGE, FAILED, NOT_SUPPORTED, PRESENCE, Question};

use super::bench::ATR;
use super::support::Folder;

/// Get Data of PC/SC part 3.
const GET_UID: [u8; 5] = [0xFF, 0xCA, 0, 0, 0];
pub const UID: [u8; 4] = [1, 2, 3, 0xAB];
/// `SCARD_CTL_CODE(1)`, libccid's escape.
const ESCAPE: u32 = 0x4200_0001;

/// How long a reader that starts anew is gone.
const RESTART: Duration = Duration::from_millis(1500);

/// An OMNIKEY 5022 as pcscd's driver sees it.
pub struct Omnikey {
    pub device: Device,
    /// As libccid is installed: no command reaches the reader itself.
    pub blocks_escape: bool,
    /// Whether its answer to a restart is lost, as it leaves at once.
    pub loses_answer: bool,
    /// Whether it stays away when it is told to start anew.
    pub stays_away: bool,
    /// Exchanges until it is pulled out in the middle of one.
    pub pulled_in: Option<u32>,
    /// What it was asked, but for switching cards on and off.
    pub exchanges: Vec<Question>,
    /// How often a card was switched on: once when it comes.
    pub power_ups: u32,
    /// How often a card was reset, which others who read it would notice.
    pub resets: u32,
    has_card: bool,
}

impl Omnikey {
    fn answer(&mut self, question: Question) -> Answer {
        let answer = match &question {
            Question::PowerUp => {
                self.power_ups += 1;
                return Ok(hex(ATR));
            }
            Question::PowerDown => return Ok(Vec::new()),
            Question::Reset => {
                self.resets += 1;
                return Ok(hex(ATR));
            }
            Question::Transmit(_) if !self.has_card => Err(FAILED),
            Question::Transmit(bytes) if *bytes == GET_UID => Ok([&UID[..], &[0x90, 0]].concat()),
            Question::Transmit(bytes) => Ok(self.device.answer(bytes)),
            Question::Control(..) if self.blocks_escape => Err(FAILED),
            Question::Control(ESCAPE, bytes) => Ok(self.device.answer(bytes)),
            Question::Control(..) => Err(NOT_SUPPORTED),
        };
        self.exchanges.push(question);
        answer
    }
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[derive(Default)]
struct Plug {
    is_in: bool,
    presence: Option<UnixStream>,
    exchange: Option<UnixStream>,
}

struct Shared {
    omnikey: Mutex<Omnikey>,
    /// Taken after the other, where both are.
    plug: Mutex<Plug>,
    is_over: AtomicBool,
}

/// A reader that is plugged in until the end of the test.
pub struct Played {
    shared: Arc<Shared>,
    address: PathBuf,
    doorman: Option<JoinHandle<()>>,
    _folder: Folder,
}

impl Played {
    pub fn new(device: Device) -> Self {
        let folder = Folder::new();
        let address = folder.path().join("reader");
        let listener = UnixListener::bind(&address).unwrap();
        let omnikey = Omnikey {
            device,
            blocks_escape: false,
            loses_answer: false,
            stays_away: false,
            pulled_in: None,
            exchanges: Vec::new(),
            power_ups: 0,
            resets: 0,
            has_card: false,
        };
        let shared = Arc::new(Shared {
            omnikey: Mutex::new(omnikey),
            plug: Mutex::new(Plug { is_in: true, ..Plug::default() }),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let doorman = thread::spawn(move || {
            for line in listener.incoming().map_while(Result::ok) {
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                serving.take(line);
            }
        });
        Self { shared, address, doorman: Some(doorman), _folder: folder }
    }

    /// For pcscd's configuration.
    pub fn address(&self) -> &Path {
        &self.address
    }

    pub fn omnikey(&self) -> MutexGuard<'_, Omnikey> {
        self.shared.omnikey.lock().unwrap()
    }

    /// A card comes, or goes.
    pub fn card(&self, is_there: bool) {
        self.shared.card(is_there);
    }

    /// Out of its socket, in the middle of whatever.
    pub fn unplug(&self) {
        self.shared.unplug();
    }

    pub fn is_plugged(&self) -> bool {
        self.shared.plug.lock().unwrap().is_in
    }

    pub fn plug(&self) {
        self.shared.plug.lock().unwrap().is_in = true;
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.unplug();
        // The doorman waits for somebody.
        let _ = UnixStream::connect(&self.address);
        self.doorman.take().unwrap().join().unwrap();
    }
}

impl Shared {
    fn take(self: &Arc<Self>, mut line: UnixStream) {
        let mut role = [0];
        let has_role = line.read_exact(&mut role).is_ok();
        let omnikey = self.omnikey.lock().unwrap();
        let mut plug = self.plug.lock().unwrap();
        if !has_role || !plug.is_in {
            return;
        }
        match role {
            [PRESENCE] => {
                // Who hangs up at once looks for it again.
                let _ = line.write_all(&[if omnikey.has_card { CARD } else { EMPTY }]);
                plug.presence = Some(line);
            }
            [EXCHANGE] => {
                plug.exchange = Some(line.try_clone().unwrap());
                let shared = Arc::clone(self);
                thread::spawn(move || shared.serve(line));
            }
            _ => panic!("no line is called {role:?}"),
        }
    }

    fn card(&self, is_there: bool) {
        let mut omnikey = self.omnikey.lock().unwrap();
        omnikey.has_card = is_there;
        let mut plug = self.plug.lock().unwrap();
        if let Some(line) = &mut plug.presence {
            // Where nobody listens the next one is told at first.
            let _ = line.write_all(&[if is_there { CARD } else { EMPTY }]);
        }
    }

    fn unplug(&self) {
        let mut plug = self.plug.lock().unwrap();
        plug.is_in = false;
        for line in [plug.presence.take(), plug.exchange.take()].into_iter().flatten() {
            let _ = line.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Answers until the line is hung up.
    fn serve(&self, mut line: UnixStream) {
        while let Ok(question) = Question::receive(&mut line) {
            let mut omnikey = self.omnikey.lock().unwrap();
            let reboots = omnikey.device.reboots();
            let answer = omnikey.answer(question.clone());
            let is_exchange = matches!(question, Question::Transmit(_) | Question::Control(..));
            let is_last = is_exchange
                && omnikey.pulled_in.as_mut().is_some_and(|left| {
                    *left -= 1;
                    *left == 0
                });
            let starts_anew = omnikey.device.reboots() != reboots;
            let (loses_answer, stays_away) = (omnikey.loses_answer, omnikey.stays_away);
            drop(omnikey);
            if is_last {
                return self.unplug();
            }
            if !(starts_anew && loses_answer) && wire::send_answer(&mut line, &answer).is_err() {
                return;
            }
            if starts_anew {
                self.unplug();
                thread::park_timeout(RESTART);
                self.plug.lock().unwrap().is_in = !stays_away;
                return;
            }
        }
    }
}
