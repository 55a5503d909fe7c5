//! Taps on NFC readers, put together from the rows of a session or a recording: each tap, figures
//! over all of them, and the stretches in which they say that a tap belongs.

mod figures;
mod ground_truth;
mod tap;

pub use figures::{Bar, HOLD_MS, Rate, TapQuality, Unread};
pub use ground_truth::{GroundTruth, LeftOut, mark_taps};
pub use tap::{Gather, IDLE_MS, Tap, atr_words};
