//! A recording that is being read: how far that is, and whether it is still wanted.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crate::recording::Progress;

/// A recording on its way to the workbench.
#[derive(Debug)]
pub struct Reading {
    /// Where it is read from.
    pub path: String,
    /// When it was begun.
    pub begun: Instant,
    read: AtomicU64,
    of: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Reading {
    /// Nothing of it is read yet.
    pub(super) fn new(path: String) -> Arc<Self> {
        Arc::new(Self {
            path,
            begun: Instant::now(),
            read: AtomicU64::new(0),
            of: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
        })
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        Path::new(&self.path).file_name().and_then(|name| name.to_str()).unwrap_or(&self.path)
    }

    /// How much of the file is read, from 0 to 1; a small file is read at once, and says nothing.
    pub fn share(&self) -> Option<f32> {
        let of = self.of.load(Ordering::Relaxed);
        let share = self.read.load(Ordering::Relaxed) as f32 / of as f32;
        (of > 0).then_some(share)
    }

    /// It is wanted no longer.
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it is wanted no longer.
    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// What takes note of the bytes that are read.
    pub(super) fn progress(self: &Arc<Self>) -> Progress {
        let reading = Arc::clone(self);
        Box::new(move |read, of| {
            reading.read.store(read, Ordering::Relaxed);
            reading.of.store(of, Ordering::Relaxed);
        })
    }
}
