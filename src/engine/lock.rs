//! When does it lock? Away starts a countdown, presence stops it, its end locks; presence unlocks
//! ("keep unlocked when present, lock when away, or unlock when present", guide, Table 5). Rules
//! 10–12 of `docs/nbe-model.md`.

use super::Event;
use super::model::{Model, Policy, UnlockRule};
use super::proximity::Report;

/// The Lock Control switches and policy of one engine.
#[derive(Clone, Debug)]
pub struct LockRule {
    countdown_us: i64,
    locks: bool,
    unlocks: bool,
    presence_cancels: bool,
}

impl LockRule {
    /// From the model's switches and the NES policy.
    pub fn new(model: &Model, policy: &Policy) -> Self {
        Self {
            countdown_us: i64::from(model.lock_countdown_s) * 1_000_000,
            locks: policy.lock_when_away,
            unlocks: policy.unlock_when_present && model.unlock_rule == UnlockRule::OnPresent,
            presence_cancels: policy.keep_unlocked_when_present,
        }
    }
}

/// The terminal as one (source, band) would drive it; it starts unlocked (rule 12, A6).
#[derive(Debug, Default)]
pub(crate) struct Lock {
    locked: bool,
    ends_at_us: Option<i64>,
}

impl Lock {
    /// What a report does to the terminal.
    pub(crate) fn report(&mut self, rule: &LockRule, t_us: i64, report: Report) -> Option<Event> {
        match report {
            Report::Present if self.locked => {
                self.locked = !rule.unlocks;
                rule.unlocks.then_some(Event::Unlocked)
            }
            Report::Present if rule.presence_cancels => {
                self.ends_at_us.take().map(|_| Event::CountdownCancelled)
            }
            Report::Away if rule.locks && !self.locked && self.ends_at_us.is_none() => {
                self.ends_at_us = Some(t_us.saturating_add(rule.countdown_us));
                Some(Event::CountdownStarted)
            }
            _ => None,
        }
    }

    /// When the running countdown ends.
    pub(crate) fn ends_at_us(&self) -> Option<i64> {
        self.ends_at_us
    }

    /// The countdown has ended.
    pub(crate) fn end(&mut self) {
        self.ends_at_us = None;
        self.locked = true;
    }
}
