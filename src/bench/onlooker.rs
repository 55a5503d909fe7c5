//! Looks on while a session records: passes lines and the list of bands to the workbench, and
//! never waits. What the workbench cannot take in time is counted and not shown; the recording
//! has it all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use crate::drivers::Row;
use crate::drivers::rehearsed::Stage;
use crate::reading::Band;
use crate::session::{Action, Bands, Keep, Said, Watch};

use super::ask::{Ask, Batch};
use super::guide::Guide;
use super::rehearsal::{HELD_US, to_dongle};

/// How often a batch is passed on, at most.
const EVERY_US: i64 = 60_000;

/// How often the list of bands is passed on.
const LISTED_EVERY_US: i64 = 250_000;

/// How far a rehearsal may run ahead while no cue is in sight.
const NO_CUE_US: i64 = 500_000;

/// Bytes that may wait to be passed on: those of a fifth of a second of the densest radio, and of
/// many seconds of a usual one.
const WAITING: usize = 1 << 20;

/// The session's onlooker.
pub(super) struct Onlooker {
    asks: SyncSender<Ask>,
    batch: Batch,
    not_shown: u64,
    sent_us: i64,
    listed_us: i64,
    bands: Bands,
    find: Arc<AtomicU64>,
    finding: u64,
    stage: Arc<Stage>,
    /// Until when a simulated person holds the band to the dongle, in microseconds.
    held_until_us: Option<i64>,
    guide: Option<Guide>,
}

impl Onlooker {
    pub(super) fn new(
        asks: SyncSender<Ask>,
        find: Arc<AtomicU64>,
        stage: Arc<Stage>,
        guide: Option<Guide>,
    ) -> Self {
        Self {
            asks,
            batch: Batch::default(),
            not_shown: 0,
            sent_us: i64::MIN,
            listed_us: i64::MIN,
            bands: Bands::new(Keep::default()),
            finding: find.load(Ordering::Relaxed),
            find,
            stage,
            held_until_us: None,
            guide,
        }
    }

    /// The session is over: what waits is passed on, and now there is time to wait for that.
    pub(super) fn finish(mut self) {
        if let Some(guide) = self.guide.take() {
            guide.finish();
        }
        let batch = self.next_batch(self.sent_us);
        // A workbench that is gone needs no word.
        let _ = self.asks.send(Ask::Heard(Box::new(batch)));
    }

    fn pass_on(&mut self, now_us: i64) {
        let batch = self.next_batch(now_us);
        if let Err(TrySendError::Full(Ask::Heard(batch))) = self.asks.try_send(Ask::Heard(Box::new(batch))) {
            self.batch = *batch;
            self.not_shown = self.batch.not_shown;
        }
    }

    fn next_batch(&mut self, now_us: i64) -> Batch {
        if now_us.saturating_sub(self.listed_us) >= LISTED_EVERY_US {
            self.listed_us = now_us;
            self.batch.listed = Some(self.bands.listed());
        }
        self.sent_us = now_us;
        self.batch.now_us = now_us;
        self.batch.not_shown = std::mem::take(&mut self.not_shown);
        std::mem::take(&mut self.batch)
    }
}

impl Watch for Onlooker {
    fn heard(&mut self, row: &Row) {
        let asked = self.find.load(Ordering::Relaxed);
        if asked != self.finding {
            self.finding = asked;
            self.bands = Bands::new(Keep::default());
            if self.guide.is_none() {
                self.stage.send(to_dongle(true));
                self.held_until_us = Some(row.t_us.saturating_add(HELD_US));
            }
        }
        if self.held_until_us.take_if(|until_us| row.t_us >= *until_us).is_some() {
            self.stage.send(to_dongle(false));
        }
        self.bands.hear(row);
        if let Some(guide) = &mut self.guide {
            guide.hear(row);
        }
    }

    fn row(&mut self, now_us: i64, line: &[u8]) {
        if self.batch.lines.len() + line.len() > WAITING {
            self.not_shown += 1;
            return;
        }
        self.batch.lines.extend_from_slice(line);
        if now_us.saturating_sub(self.sent_us) >= EVERY_US {
            self.pass_on(now_us);
        }
    }

    fn quiet(&mut self, until_us: i64) {
        self.batch.quiet_us = Some(until_us);
    }

    fn said(&mut self, now_us: i64, said: Said) {
        self.batch.said = Some(said);
        self.pass_on(now_us);
    }

    fn two_at_once(&mut self, both: (Band, Band)) {
        self.batch.two_at_once = Some(both);
    }

    fn act(&mut self, t_us: i64) -> Option<Action> {
        let action = self.guide.as_mut().and_then(|guide| guide.act(t_us));
        if action.is_none() {
            let cue_us = self.guide.as_ref().and_then(Guide::next_cue_us);
            self.stage.free(cue_us.unwrap_or(t_us.saturating_add(NO_CUE_US)));
        }
        action
    }

    fn tick(&mut self, now_us: i64) {
        if now_us.saturating_sub(self.sent_us) >= EVERY_US {
            self.pass_on(now_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn a_window_that_stands_still_holds_nothing_up() {
        let (asks, taken) = sync_channel(1);
        let mut onlooker = Onlooker::new(asks, Arc::default(), Arc::default(), None);
        let line = [b'x'; 100];
        for i in 0..100_000 {
            onlooker.row(i * 1000, &line);
        }
        let Ok(Ask::Heard(first)) = taken.recv() else { panic!("the first batch") };
        assert_eq!(first.lines.len(), 100);
        onlooker.tick(i64::MAX);
        let Ok(Ask::Heard(second)) = taken.recv() else { panic!("the rest") };
        assert_eq!(second.lines.len() as u64 / 100 + 1 + second.not_shown, 100_000);
        assert!(second.not_shown > 0 && second.lines.len() <= WAITING);
    }
}
