//! Guided calibration as a state machine without a clock: which steps, how long, when to mark, when
//! a repeat is good enough, and what all of it recommends. Samples and time come in as data;
//! actions for the session's operator come out, and the marks they leave are what is resumed from.

mod gate;
mod outcome;
mod plan;
mod progress;
mod resume;
mod run;

pub use gate::{Other, Problem, Repeat, Severity, repeat_problems};
pub use outcome::Outcome;
pub use plan::{Plan, Setup, Step, Wishes, rate_hz};
pub use progress::{Done, Position};
pub use resume::done_in;
pub use run::{Calibration, Phase};
