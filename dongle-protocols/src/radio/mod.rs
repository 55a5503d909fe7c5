//! The scripted scene that device simulators hear: who advertises what, how often, from how far.
//! Everything follows from the script and its seed, in whole microseconds: the same scene gives
//! the same advertisements in the same order, however it is asked for them.

mod advertiser;
mod random;
mod scene;
mod signal;

pub use advertiser::{Advertiser, BadAdvertiser};
pub use random::SplitMix64;
pub use scene::{Heard, Scene};
pub use signal::{BadSignal, Path, Signal};
