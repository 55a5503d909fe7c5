//! Reading the UID of each card, where that is asked for: connected for milliseconds, shared with
//! others, the card left as it is.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::code::{Code, Trouble};
use super::service::{PcSc, Way};

/// Get Data of PC/SC part 3: the UID.
const GET_UID: [u8; 5] = [0xFF, 0xCA, 0, 0, 0];

/// Cards that are silent hang the thread that reads them; no more of these are started than this.
const THREADS: usize = 8;

/// Another program reset the card: worth another try.
const RESET_CARD: Code = Code(0x8010_0068);

/// How UIDs stand in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UidForm {
    /// As they are.
    Plain,
    /// `hmac:` and the first 16 bytes of HMAC-SHA-256, keyed with this salt. It keeps recordings
    /// apart; a UID of 4 bytes can still be guessed by whoever has the salt.
    Hashed([u8; 16]),
}

impl UidForm {
    /// Hashed with a new salt.
    pub fn hashed() -> Self {
        // Keyed by the system's random numbers.
        let half = || RandomState::new().hash_one(0u8).to_ne_bytes();
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&half());
        salt[8..].copy_from_slice(&half());
        Self::Hashed(salt)
    }

    /// The salt as the header has it.
    pub fn salt(&self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Hashed(salt) => Some(hex(salt)),
        }
    }

    /// A UID as a row has it.
    pub fn spell(&self, uid: &[u8]) -> String {
        match self {
            Self::Plain => hex(uid).to_uppercase(),
            Self::Hashed(salt) => {
                // A key of any length will do.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else { return String::new() };
                mac.update(uid);
                let code = mac.finalize().into_bytes();
                format!("hmac:{}", hex(code.get(..16).unwrap_or_default()))
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why there is no UID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// What the service said.
    Code(Code),
    /// What the card or the reader said.
    Status(u16),
    /// Too many cards before this one still do not answer.
    Busy,
}

impl Unread {
    /// What it says of the tap.
    pub fn trouble(self) -> Trouble {
        match self {
            Self::Code(code) => code.trouble(),
            Self::Status(_) => Trouble::Mute,
            Self::Busy => Trouble::Host,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}; {}", code.remedy()),
            Self::Status(status) => write!(f, "there was no UID, but the status {status:04X}"),
            Self::Busy => f.write_str("not read: cards before it still do not answer"),
        }
    }
}

/// How reading a card's UID went.
#[derive(Debug)]
pub struct Read {
    /// On this reader.
    pub reader: String,
    /// The card that came then.
    pub since_us: i64,
    /// When it was over.
    pub at: Instant,
    /// From the first word to the answer, in milliseconds.
    pub read_ms: u64,
    /// The UID.
    pub uid: Result<Vec<u8>, Unread>,
}

/// Reads cards on threads of their own.
pub struct UidReader {
    pcsc: Arc<dyn PcSc>,
    /// Each thread that runs holds a clone.
    running: Arc<()>,
    send: SyncSender<Read>,
    reads: Receiver<Read>,
}

impl UidReader {
    /// For this service.
    pub fn new(pcsc: Arc<dyn PcSc>) -> Self {
        let (send, reads) = sync_channel(2 * THREADS);
        Self { pcsc, running: Arc::default(), send, reads }
    }

    /// Whether an answer may still come.
    pub fn is_waiting(&self) -> bool {
        Arc::strong_count(&self.running) > 1
    }

    /// What has been read.
    pub fn finished(&self) -> Vec<Read> {
        self.reads.try_iter().collect()
    }

    /// Begins to read the card that came at `since_us`.
    pub fn begin(&self, reader: &str, since_us: i64) {
        let (pcsc, send, mine) = (Arc::clone(&self.pcsc), self.send.clone(), Arc::clone(&self.running));
        let reader = reader.to_owned();
        let begun = Instant::now();
        let answer = move |uid| {
            let at = Instant::now();
            let read_ms = u64::try_from(at.duration_since(begun).as_millis()).unwrap_or(u64::MAX);
            Read { reader: reader.clone(), since_us, at, read_ms, uid }
        };
        if Arc::strong_count(&mine) > THREADS + 1 {
            // A full queue means that nobody looks any more.
            let _ = send.try_send(answer(Err(Unread::Busy)));
            return;
        }
        let of = answer(Err(Unread::Busy)).reader;
        let thread = thread::Builder::new().name("nfc-uid".into()).spawn(move || {
            let uid = match uid(pcsc.as_ref(), &of) {
                Err(Unread::Code(RESET_CARD)) => uid(pcsc.as_ref(), &of),
                first => first,
            };
            // Nobody waits for it when the session has ended.
            let _ = send.try_send(answer(uid));
            drop(mine);
        });
        // Without a thread the card stays unread, which its tap will show.
        drop(thread);
    }
}

fn uid(pcsc: &dyn PcSc, reader: &str) -> Result<Vec<u8>, Unread> {
    let mut connection = pcsc.connect(reader, Way::Card).map_err(Unread::Code)?;
    let mut answer = connection.exchange(&GET_UID).map_err(Unread::Code)?;
    let Some(at) = answer.len().checked_sub(2) else {
        // As when the card is taken away in mid exchange.
        return Err(Unread::Code(Code::REMOVED_CARD));
    };
    match answer.split_off(at)[..] {
        [0x90, 0x00] if at > 0 => Ok(answer),
        [high, low] => Err(Unread::Status(u16::from_be_bytes([high, low]))),
        _ => Err(Unread::Code(Code::REMOVED_CARD)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_needs_the_salt() {
        let (a, b) = (UidForm::Hashed([1; 16]), UidForm::Hashed([2; 16]));
        assert_eq!(a.spell(&[1, 2]), a.spell(&[1, 2]));
        assert_ne!(a.spell(&[1, 2]), b.spell(&[1, 2]));
        assert_eq!(a.spell(&[1, 2]).len(), "hmac:".len() + 32);
        assert_eq!(UidForm::Plain.spell(&[0x0A, 0xFF]), "0AFF");
        assert_ne!(UidForm::hashed(), UidForm::hashed());
    }
}
