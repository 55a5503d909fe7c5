//! What the window and the workbench's thread both hold: the deck, and what one is to know of the
//! other.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::engine::Rules;
use crate::session::{Listed, Said};

use super::ask::Wake;
use super::deck::Deck;
use super::live::LiveState;
use super::problem::Problem;
use super::reading::Reading;
use super::segments::Marks;

/// Batches and wishes that may wait: four seconds of a session.
pub(super) const ASKS: usize = 64;

/// What is to be decided by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The rules.
    pub rules: Rules,
    /// Rules to compare with.
    pub compare: Option<Rules>,
    /// Edited segments, and the generation of the deck that they belong to.
    pub marks: Option<(u64, Marks)>,
}

/// What the window may see of the thread's work, beside the deck.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) wanted: Wanted,
    /// What was decided last.
    pub(super) judged: Option<Wanted>,
    pub(super) opening: Option<Arc<Reading>>,
    /// What could not be opened.
    pub(super) not_opened: Option<String>,
    /// How large the file is that was opened last, in bytes.
    pub(super) size: u64,
    pub(super) problem: Option<Problem>,
    pub(super) live: LiveState,
    /// The session that was begun last, counted from the first.
    pub(super) session: u64,
    pub(super) listed: Option<Listed>,
    pub(super) said: Option<Said>,
    pub(super) now_us: i64,
}

/// What the window and the thread both hold.
pub(super) struct Shared {
    pub(super) deck: RwLock<Option<Deck>>,
    news: Mutex<News>,
    pub(super) wake: Wake,
}

impl Shared {
    pub(super) fn new(wake: Wake) -> Self {
        Self { deck: RwLock::new(None), news: Mutex::default(), wake }
    }

    pub(super) fn tell<T>(&self, change: impl FnOnce(&mut News) -> T) -> T {
        change(&mut self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn with_deck<T>(&self, change: impl FnOnce(&mut Option<Deck>) -> T) -> T {
        change(&mut self.deck.write().unwrap_or_else(PoisonError::into_inner))
    }
}
