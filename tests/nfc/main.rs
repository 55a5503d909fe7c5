//! NFC readers: the real program, a real pcscd, a virtual reader and cards of our own.

#![cfg(all(target_os = "linux", feature = "nfc"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bench;
mod omnikey;
mod played;
mod record;
mod scripted;
mod settings;
mod soak;
#[path = "../support/mod.rs"]
mod support;
mod watch;
mod without;
