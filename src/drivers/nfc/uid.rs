//! Reading the UID of each card, where that is asked for: connected for milliseconds, shared with
//! others, the card left as it is.

mod form;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

pub use self::form::UidForm;

use super::code::{Code, Trouble};
use super::service::{PcSc, Way};

/// Get Data of PC/SC part 3: the UID.
const GET_UID: [u8; 5] = [0xFF, 0xCA, 0, 0, 0];

/// A card that does not give its UID within this is told of as silent, and left to itself.
const LIMIT: Duration = Duration::from_secs(2);

/// What may pass by itself: worth another try at once.
const ONCE_MORE: [Code; 3] = [Code::RESET_CARD, Code::NOT_TRANSACTED, Code::COMM_DATA_LOST];
/// What passes by itself within moments.
const SOON: [Code; 2] = [Code::NOT_READY, Code::SERVER_TOO_BUSY];
/// For these moments it is tried this often.
const SOON_TRIES: usize = 5;
const SOON_PAUSE: Duration = Duration::from_millis(50);

/// The statuses of a card that has no UID: success with nothing, and function not supported.
const NO_UID: [u16; 2] = [0x9000, 0x6A81];

/// Room for what threads have read until somebody looks; they wait where there is none.
const READS: usize = 64;

/// Why there is no UID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// What the service said.
    Code(Code),
    /// The card answered that it has none.
    None,
    /// What else the card or the reader said.
    Status(u16),
    /// A card that lay there before is still being waited for.
    Busy,
}

impl Unread {
    /// What was wrong with the tap; nothing, where the card answered that it has no UID.
    pub fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Code(code) => Some(code.trouble()),
            Self::None => None,
            Self::Status(_) => Some(Trouble::Mute),
            Self::Busy => Some(Trouble::Host),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}; {}", code.remedy()),
            Self::None => f.write_str("the card answered that it has no UID"),
            Self::Status(status) => write!(f, "there was no UID, but the status {status:04X}"),
            Self::Busy => f.write_str("not read: the reader still waits for the card before it"),
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
    /// From the card being detected to the answer, in milliseconds.
    pub read_ms: u64,
    /// The UID.
    pub uid: Result<Vec<u8>, Unread>,
}

/// A card whose UID is to be read.
struct Asked {
    since_us: i64,
    detected: Instant,
    /// When it was asked for, which is later where the card answered late: so long it is waited for.
    begun: Instant,
    /// Whether a thread has taken it up.
    is_taken_up: bool,
}

#[derive(Default)]
struct Reader {
    asked: Option<Asked>,
    /// Held by the thread that speaks to this reader, if one does.
    thread: Weak<()>,
}

/// Reads cards, each reader on a thread of its own. A card that is silent hangs its reader's
/// thread, which is then waited for no longer than [`LIMIT`].
pub struct UidReader {
    pcsc: Arc<dyn PcSc>,
    readers: BTreeMap<String, Reader>,
    send: SyncSender<Read>,
    reads: Receiver<Read>,
}

impl UidReader {
    /// For this service.
    pub fn new(pcsc: Arc<dyn PcSc>) -> Self {
        let (send, reads) = sync_channel(READS);
        Self { pcsc, readers: BTreeMap::new(), send, reads }
    }

    /// Whether an answer may still come.
    pub fn is_waiting(&self) -> bool {
        self.readers.values().any(|reader| reader.asked.is_some())
    }

    /// Begins to read the card that came at `since_us`, which is the instant `detected`.
    pub fn begin(&mut self, name: &str, since_us: i64, detected: Instant) {
        let asked = Asked { since_us, detected, begun: Instant::now(), is_taken_up: false };
        self.readers.entry(name.to_owned()).or_default().asked = Some(asked);
        self.take_up();
    }

    /// What has been read, and what is no longer waited for.
    pub fn finished(&mut self) -> Vec<Read> {
        let mut finished = Vec::new();
        for read in self.reads.try_iter() {
            let reader = self.readers.get_mut(&read.reader);
            // What nobody waits for any more, or what is of the card before, is left out.
            let asked = reader.and_then(|r| r.asked.take_if(|asked| asked.since_us == read.since_us));
            finished.extend(asked.map(|_| read));
        }
        self.take_up();
        for (name, reader) in &mut self.readers {
            let late = reader.asked.take_if(|asked| asked.begun.elapsed() >= LIMIT);
            finished.extend(late.map(|asked| {
                let why = if asked.is_taken_up { Unread::Code(Code::TIMEOUT) } else { Unread::Busy };
                Read::now(name, asked.since_us, asked.detected, Err(why))
            }));
        }
        finished
    }

    /// Has threads take up what is asked, where no earlier one still speaks to the reader.
    fn take_up(&mut self) {
        for (name, reader) in &mut self.readers {
            let is_free = reader.thread.strong_count() == 0;
            let Some(asked) = reader.asked.as_mut().filter(|asked| is_free && !asked.is_taken_up) else {
                continue;
            };
            let mine = Arc::new(());
            reader.thread = Arc::downgrade(&mine);
            let (pcsc, send, name) = (Arc::clone(&self.pcsc), self.send.clone(), name.clone());
            let (since_us, detected, begun) = (asked.since_us, asked.detected, asked.begun);
            let thread = thread::Builder::new().name("nfc-uid".into()).spawn(move || {
                let uid = patiently(pcsc.as_ref(), &name, begun + LIMIT);
                // Nobody waits for it when the session has ended.
                let _ = send.send(Read::now(&name, since_us, detected, uid));
                drop(mine);
            });
            // Without a thread it is tried again at the next look.
            asked.is_taken_up = thread.is_ok();
        }
    }
}

impl Read {
    fn now(reader: &str, since_us: i64, detected: Instant, uid: Result<Vec<u8>, Unread>) -> Self {
        let at = Instant::now();
        let read_ms = u64::try_from(at.duration_since(detected).as_millis()).unwrap_or(u64::MAX);
        Self { reader: reader.to_owned(), since_us, at, read_ms, uid }
    }
}

/// Tries again what may pass by itself; not after `due`, when another card may lie there.
fn patiently(pcsc: &dyn PcSc, reader: &str, due: Instant) -> Result<Vec<u8>, Unread> {
    let (mut once_more, mut soon) = (0..1, 0..SOON_TRIES);
    loop {
        let uid = uid(pcsc, reader);
        let Err(Unread::Code(code)) = uid else { return uid };
        let pause = if ONCE_MORE.contains(&code) && once_more.next().is_some() {
            Duration::ZERO
        } else if SOON.contains(&code) && soon.next().is_some() {
            SOON_PAUSE
        } else {
            return uid;
        };
        if Instant::now() + pause >= due {
            return uid;
        }
        thread::park_timeout(pause);
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
        [high, low] => Err(match u16::from_be_bytes([high, low]) {
            status if NO_UID.contains(&status) => Unread::None,
            status => Unread::Status(status),
        }),
        _ => Err(Unread::Code(Code::REMOVED_CARD)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::fake::Fake;
    use super::*;

    /// Reads of cards that answer so, one on each reader.
    fn reads(
        readers: usize,
        answer: impl Fn(&[u8]) -> Result<Vec<u8>, Code> + Send + Sync + 'static,
    ) -> UidReader {
        let mut fake = Fake::new([]);
        fake.answers = Arc::new(answer);
        let mut reads = UidReader::new(Arc::new(fake));
        (0..readers).for_each(|n| reads.begin(&format!("R {n}"), 5, Instant::now()));
        reads
    }

    fn all(reads: &mut UidReader) -> Vec<Read> {
        let mut all = Vec::new();
        while reads.is_waiting() {
            all.extend(reads.finished());
            thread::park_timeout(Duration::from_millis(1));
        }
        all
    }

    #[test]
    fn a_silent_card_is_told_of_while_it_lies_there_and_hangs_no_other_reader() {
        // Until this is dropped.
        let (hold, held) = sync_channel::<()>(0);
        let held = Mutex::new(held);
        let mut reads = reads(16, move |_| {
            let _ = held.lock().unwrap().recv();
            Ok(vec![1, 0x90, 0])
        });
        reads.begin("R 0", 7, Instant::now());
        let begun = Instant::now();
        let all = all(&mut reads);
        assert!(begun.elapsed() < LIMIT + Duration::from_secs(1), "{:?}", begun.elapsed());
        let why = |read: &Read| (read.since_us, read.uid.clone());
        assert_eq!(all.iter().map(why).filter(|of| *of == (5, Err(Unread::Code(Code::TIMEOUT)))).count(), 15);
        // The one that came after a silent one is not called silent itself.
        assert_eq!(all.iter().map(why).filter(|of| *of == (7, Err(Unread::Busy))).count(), 1);
        drop(hold);
        // What comes too late is not of the next card.
        let busy = |reads: &UidReader| reads.readers.values().any(|r| r.thread.strong_count() > 0);
        while busy(&reads) {
            thread::park_timeout(Duration::from_millis(1));
        }
        reads.begin("R 0", 9, Instant::now());
        assert!(!reads.finished().iter().any(|read| read.since_us != 9));
    }

    #[test]
    fn how_long_it_took_counts_from_the_card_being_detected_and_the_limit_from_being_asked_for() {
        let mut reads = reads(0, |_| Ok(vec![1, 0x90, 0]));
        reads.begin("R", 5, Instant::now() - 2 * LIMIT);
        let read = all(&mut reads).remove(0);
        assert_eq!(read.uid, Ok(vec![1]));
        assert!(u128::from(read.read_ms) >= (2 * LIMIT).as_millis(), "{} ms", read.read_ms);
    }

    #[test]
    fn sixteen_cards_at_once_are_all_read() {
        let mut reads = reads(16, |_| {
            thread::park_timeout(Duration::from_millis(50));
            Ok(vec![1, 2, 0x90, 0])
        });
        let all = all(&mut reads);
        assert_eq!(all.iter().filter(|read| read.uid == Ok(vec![1, 2])).count(), 16, "{all:?}");
    }

    /// After each of these codes; how it went, and how often it was tried.
    fn after(codes: Vec<Code>) -> (Result<Vec<u8>, Unread>, usize) {
        let tries = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&tries);
        let mut reads = reads(1, move |_| {
            let mut tries = counted.lock().unwrap();
            *tries += 1;
            codes.get(*tries - 1).map_or_else(|| Ok(vec![1, 0x90, 0]), |code| Err(*code))
        });
        let uid = all(&mut reads).remove(0).uid;
        (uid, *tries.lock().unwrap())
    }

    #[test]
    fn what_may_pass_by_itself_is_tried_again() {
        for code in ONCE_MORE {
            assert_eq!(after(vec![code]), (Ok(vec![1]), 2));
            assert_eq!(after(vec![code; 2]), (Err(Unread::Code(code)), 2));
        }
        for code in SOON {
            assert_eq!(after(vec![code; SOON_TRIES]), (Ok(vec![1]), 1 + SOON_TRIES));
            assert_eq!(after(vec![code; 9]), (Err(Unread::Code(code)), 1 + SOON_TRIES));
        }
        assert_eq!(after(vec![Code::REMOVED_CARD]), (Err(Unread::Code(Code::REMOVED_CARD)), 1));
    }

    #[test]
    fn a_card_without_a_uid_has_answered() {
        for status in NO_UID {
            let mut reads = reads(1, move |_| Ok(status.to_be_bytes().to_vec()));
            let uid = all(&mut reads).remove(0).uid;
            assert_eq!((uid.clone(), uid.unwrap_err().trouble()), (Err(Unread::None), None));
        }
        let mut reads = reads(1, |_| Ok(vec![0x63, 0]));
        assert_eq!(all(&mut reads).remove(0).uid, Err(Unread::Status(0x6300)));
    }
}
