//! The driver: one thread, one watch over all readers that are meant.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::code::Code;
use super::service::{PcSc, ReaderState, Watch};
use super::taps::{Taps, What};
use super::uid::{UidForm, UidReader};
use super::{is_meant, rows};
use crate::drivers::{Driver, Ending, Outlet, SourceError, live};
use crate::reading::SourceKind;

/// How long at most until the driver notices that it is to stop.
const LOOK_UP: Duration = Duration::from_millis(100);
/// The same while a card is being read.
const READ_UP: Duration = Duration::from_millis(10);

/// The pause before a service that is gone is asked for again.
const BACK_OFF: Duration = Duration::from_millis(200);

/// Why there is nothing to watch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NfcError {
    /// The smart-card service cannot be used.
    #[error("{0}")]
    Service(Code),
    /// No reader at all.
    #[error("no NFC reader is connected")]
    NoReader,
    /// None of that name.
    #[error("no NFC reader has {name:?} in its name; there are: {}", .others.join(", "))]
    NoSuchReader {
        /// What was asked for.
        name: String,
        /// The readers that are there.
        others: Vec<String>,
    },
}

impl NfcError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Service(code) => code.remedy(),
            Self::NoReader => {
                "plug one in; on Linux its driver is in the package libccid. tapbench devices lists readers"
            }
            Self::NoSuchReader { .. } => "name a part of one of these, or leave the name out",
        }
    }
}

/// Readers as a source.
pub struct NfcReaders {
    /// What the recording calls the source.
    pub id: String,
    /// The service.
    pub pcsc: Arc<dyn PcSc>,
    /// A part of the name of the readers that are meant; all without.
    pub name: Option<String>,
    /// Whether one must be there when the session begins.
    pub must_be_there: bool,
    /// Reads the UID of each card; without, no card is spoken to.
    pub uids: Option<UidForm>,
}

impl Driver for NfcReaders {
    fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
        let mut watch = self.pcsc.watch().map_err(NfcError::Service)?;
        let states = watch.look(Duration::ZERO).map_err(NfcError::Service)?;
        let names: Vec<_> = self.meant(states.clone()).into_iter().map(|state| state.name).collect();
        if names.is_empty() && self.must_be_there {
            return Err(self.not_there(states).into());
        }
        // What lies there now was there before; what comes from here on is a tap.
        let mut seen = Some(states);
        let known = (!names.is_empty()).then(|| ("readers", names.join(", ")));
        let mut origin = live::origin(&self.id, SourceKind::Nfc, known);
        let salt = self.uids.as_ref().and_then(UidForm::salt);
        origin.header.extend(salt.map(|salt| ("uid_salt".to_owned(), salt.into())));
        let Some(start) = outlet.opened(origin) else {
            return Ok(Ending::Complete);
        };
        let mut taps = if self.uids.is_some() { Taps::with_uids() } else { Taps::default() };
        loop {
            let Err(code) = self.stream(watch.as_mut(), seen.take(), &mut taps, outlet, start) else {
                return Ok(Ending::Complete);
            };
            // Its line to the service must not outlive it.
            drop(watch);
            let Some((back, states)) = self.rebuilt(code, &mut taps, outlet, start) else {
                return Ok(Ending::Complete);
            };
            (watch, seen) = (back, Some(states));
        }
    }
}

impl NfcReaders {
    fn meant(&self, mut states: Vec<ReaderState>) -> Vec<ReaderState> {
        states.retain(|state| is_meant(&state.name, self.name.as_deref()));
        states
    }

    fn not_there(&self, states: Vec<ReaderState>) -> NfcError {
        let others: Vec<_> = states.into_iter().map(|state| state.name).collect();
        match &self.name {
            Some(name) if !others.is_empty() => NfcError::NoSuchReader { name: name.clone(), others },
            _ => NfcError::NoReader,
        }
    }

    /// Until the session ends; or the watch does, with an error. `seen` is what its first look saw.
    fn stream(
        &self,
        watch: &mut dyn Watch,
        mut seen: Option<Vec<ReaderState>>,
        taps: &mut Taps,
        outlet: &Outlet,
        start: Instant,
    ) -> Result<(), Code> {
        let (mut limit, mut events, mut last_us) = (Duration::ZERO, Vec::new(), 0);
        let mut reads = self.uids.as_ref().map(|form| (UidReader::new(Arc::clone(&self.pcsc)), form));
        while !outlet.is_stopped() {
            let states = match seen.take() {
                Some(states) => states,
                None => watch.look(limit)?,
            };
            let t_us = live::micros(start, Instant::now());
            let mut new = Vec::new();
            if let Some((reads, form)) = &mut reads {
                for read in reads.finished() {
                    let trouble = read.uid.as_ref().err().and_then(|unread| unread.trouble());
                    if taps.read(&read.reader, read.since_us, trouble.map_or(Ok(()), Err)) {
                        last_us = live::micros(start, read.at).clamp(last_us, t_us);
                        new.push(rows::read(&self.id, last_us, &read, form));
                    }
                }
            }
            last_us = t_us;
            taps.look(t_us, &self.meant(states), &mut events);
            for event in events.drain(..) {
                let answered_since_us = match &event.what {
                    What::Inserted { atr, .. } if !atr.is_empty() => Some(t_us),
                    What::Answered { after_us, .. } => Some(t_us - after_us),
                    _ => None,
                };
                if let (Some((reads, _)), Some(since_us)) = (&mut reads, answered_since_us) {
                    let detected = start + Duration::from_micros(since_us.unsigned_abs());
                    reads.begin(&event.reader, since_us, detected);
                }
                new.push(rows::event(&self.id, t_us, &event));
            }
            if !new.into_iter().all(|row| outlet.offer(row)) {
                return Ok(());
            }
            let is_reading = reads.as_ref().is_some_and(|(reads, _)| reads.is_waiting());
            limit = if is_reading { READ_UP } else { LOOK_UP };
        }
        Ok(())
    }

    /// Says that the service is gone, and waits until it is back, which is when it tells of its
    /// readers; `None` if the session ends first.
    fn rebuilt(
        &self,
        code: Code,
        taps: &mut Taps,
        outlet: &Outlet,
        start: Instant,
    ) -> Option<(Box<dyn Watch>, Vec<ReaderState>)> {
        let (t_us, mut events) = (live::micros(start, Instant::now()), Vec::new());
        taps.service_lost(t_us, &mut events);
        let told = [rows::problem(&self.id, t_us, None, code), live::lost(&self.id, start)];
        let rows = events.iter().map(|event| rows::event(&self.id, t_us, event)).chain(told);
        if !rows.into_iter().all(|row| outlet.hand_over(row)) {
            return None;
        }
        // Not at once even the first time: a service that breaks down at each look must not be hurried.
        while outlet.wait_until(Instant::now() + BACK_OFF) {
            let Ok(mut watch) = self.pcsc.watch() else { continue };
            if let Ok(states) = watch.look(Duration::ZERO) {
                let is_told = outlet.hand_over(live::recovered(&self.id, start));
                return is_told.then_some((watch, states));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use serde_json::Value;

    use super::super::fake::{Fake, reader};
    use super::super::service::Presence;
    use super::*;
    use crate::session::{NotOpened, Stream, listen};

    /// The first rows of a session over a scripted service.
    fn rows(count: usize, fake: Fake, name: Option<&str>) -> Result<Vec<Value>, NotOpened> {
        rows_with(count, fake, name, None)
    }

    fn rows_with(
        count: usize,
        fake: Fake,
        name: Option<&str>,
        uids: Option<UidForm>,
    ) -> Result<Vec<Value>, NotOpened> {
        let name = name.map(str::to_owned);
        let driver = NfcReaders { id: "nfc-1".into(), pcsc: Arc::new(fake), name, must_be_there: true, uids };
        let stream = Stream::start(vec![Box::new(driver)])?;
        let (stop, mut seen) = (AtomicBool::new(false), Vec::new());
        stream.opened(&stop, |_| {})?;
        let each = |row: &crate::drivers::Row| {
            seen.push(serde_json::from_slice(&row.line).unwrap());
            stop.store(seen.len() >= count, Ordering::Relaxed);
        };
        listen(&stream, &stop, 60_000_000, each, |_| {}).unwrap();
        stream.close();
        Ok(seen)
    }

    fn kinds(rows: &[Value]) -> Vec<String> {
        let word = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
        rows.iter()
            .filter_map(|row| word(row, "outcome").or(word(row, "nfc")).or(word(row, "source_event")))
            .collect()
    }

    #[test]
    fn a_service_that_breaks_down_is_told_of_and_taken_up_again() {
        let (empty, card) = (reader("R", Presence::Empty, 0), reader("R", Presence::Card, 1));
        let fake = Fake::new([
            Ok(vec![empty.clone()]),
            Ok(vec![card]),
            // ERROR_BROKEN_PIPE, which is none of PC/SC's own.
            Err(Code(109)),
            Ok(vec![empty]),
            Ok(vec![reader("R", Presence::Card, 1)]),
            Ok(vec![reader("R", Presence::Empty, 2)]),
        ]);
        let rows = rows(9, fake, Some("r")).unwrap();
        let expected =
            ["inserted", "host", "problem", "problem", "lost", "recovered", "problem", "inserted", "ok"];
        assert_eq!(kinds(&rows), expected);
        assert_eq!(rows[3]["code"], "0x0000006D");
        assert_eq!((&rows[0]["reader"], &rows[0]["was_there"]), (&"R".into(), &Value::Null));
    }

    #[test]
    fn a_service_that_opens_and_breaks_down_at_the_first_look_is_not_back() {
        let empty = reader("R", Presence::Empty, 0);
        let broken = || Err(Code::COMM_ERROR);
        let fake = Fake::new([Ok(vec![empty.clone()]), broken(), broken(), broken(), Ok(vec![empty])]);
        let begun = Instant::now();
        let rows = rows(5, fake, None).unwrap();
        assert_eq!(kinds(&rows), ["problem", "problem", "lost", "recovered", "problem"]);
        assert!(begun.elapsed() >= 3 * BACK_OFF, "{:?}", begun.elapsed());
    }

    #[test]
    fn a_card_that_answers_late_is_read_all_the_same() {
        let looks = [(Presence::Empty, 0), (Presence::Mute, 1), (Presence::Card, 1)];
        let looks = looks.map(|(presence, events)| Ok(vec![reader("R", presence, events)]));
        let mut fake = Fake::new(looks);
        fake.answers = Arc::new(|_| Ok(vec![0x0A, 0x90, 0]));
        fake.pause = Duration::from_millis(60);
        let rows = rows_with(3, fake, None, Some(UidForm::Plain)).unwrap();
        assert_eq!(kinds(&rows), ["inserted", "problem", "read"]);
        let late = &rows[1];
        assert_eq!((&late["code"], &late["atr"]), (&"answered_late".into(), &"3B".into()));
        assert_eq!(rows[2]["uid"], "0A");
        assert!(rows[2]["read_ms"].as_u64().unwrap() >= 60, "from being detected: {}", rows[2]);
    }

    #[test]
    fn a_tap_between_two_looks_says_how_long_the_reader_had_been_empty() {
        let looks = [(Presence::Empty, 0), (Presence::Empty, 4)];
        let mut fake = Fake::new(looks.map(|(presence, events)| Ok(vec![reader("R", presence, events)])));
        fake.pause = Duration::from_millis(60);
        let rows = rows(2, fake, None).unwrap();
        assert_eq!(kinds(&rows), ["missed", "missed"]);
        let idle = |row: &Value| (row["idle_ms"].as_u64().unwrap() >= 60, row["idle_at_least"] == true);
        assert_eq!(idle(&rows[0]), (true, true), "since the watch began: {}", rows[0]);
        assert_eq!((&rows[1]["idle_ms"], &rows[1]["idle_at_least"]), (&0.into(), &Value::Null));
    }

    #[test]
    fn readers_that_are_not_meant_are_left_alone_and_named_when_the_meant_one_is_missing() {
        let empty = |name| reader(name, Presence::Empty, 0);
        let card = |name| reader(name, Presence::Card, 1);
        let none = || Ok(vec![empty("A"), empty("B")]);
        let script = [none(), none(), Ok(vec![card("A"), empty("B")]), Ok(vec![card("A"), card("B")])];
        let of = |name| rows(1, Fake::new(script.clone()), name);
        assert_eq!(of(Some("b")).unwrap()[0]["reader"], "B");
        assert_eq!(of(None).unwrap()[0]["reader"], "A");
        let error = of(Some("5022")).unwrap_err().to_string();
        assert_eq!(error, "nfc: no NFC reader has \"5022\" in its name; there are: A, B");
        let error = rows(1, Fake::new([Ok(vec![])]), None).unwrap_err().to_string();
        assert_eq!(error, "nfc: no NFC reader is connected");
    }
}
