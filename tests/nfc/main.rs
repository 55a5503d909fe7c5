//! NFC readers: the real program, a real pcscd, a virtual reader and cards of our own.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bench;
mod record;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};

/// Only one pcscd can run on a machine: the tests take turns, in whatever process they run.
fn turn() -> (MutexGuard<'static, ()>, std::fs::File) {
    static TURN: Mutex<()> = Mutex::new(());
    let guard = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let file = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).unwrap();
    flock(&file, FlockOperation::LockExclusive).unwrap();
    (guard, file)
}
